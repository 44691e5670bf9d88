//! Where a pull request stands: checks, reviews and whether it can be merged, as GitHub tells them.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::super::{Check, CheckState, ForgeError, Mergeable, PullRequestState, Review, Standing, Verdict};
use super::Inner;
use super::checks::{self, Checked};
use super::facts::{READ, pages};
use super::gather::Question;
use super::http::Request;
use super::pull::{Actor, Commit, Nodes, Part, PullNode};

/// The teams in whose name a review was given; left out for tokens that may not see teams.
pub(super) const ON_BEHALF: &str = "onBehalfOf(first: 10) { nodes { combinedSlug } } ";

/// What is asked beyond what everybody asks; the checks come beside it, because they name the number.
pub(super) const FIELDS: &str = "updatedAt mergeCommit { oid } mergeable mergeStateStatus reviewDecision isInMergeQueue \
mergeQueueEntry { position } latestOpinionatedReviews(first: 100) { nodes { author { login } state \
onBehalfOf(first: 10) { nodes { combinedSlug } } commit { oid } } } \
latestReviews(first: 100) { nodes { author { login } state commit { oid } } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    #[serde(flatten)]
    pull: PullNode,
    #[serde(default)]
    updated_at: Option<Timestamp>,
    #[serde(default)]
    merge_commit: Option<Commit>,
    #[serde(default)]
    mergeable: String,
    #[serde(default)]
    merge_state_status: String,
    #[serde(default)]
    review_decision: Option<String>,
    #[serde(default)]
    merge_queue_entry: Option<QueueEntry>,
    #[serde(default)]
    latest_opinionated_reviews: Option<Nodes<ReviewNode>>,
    #[serde(default)]
    latest_reviews: Option<Nodes<ReviewNode>>,
    #[serde(flatten)]
    checked: Checked,
}

#[derive(Deserialize)]
struct QueueEntry {
    #[serde(default)]
    position: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewNode {
    #[serde(default)]
    author: Option<Actor>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    commit: Option<Commit>,
    #[serde(default)]
    on_behalf_of: Option<Nodes<Team>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Team {
    combined_slug: String,
}

/// A rule for a branch, as `rules/branches` tells it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Rule {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) parameters: Value,
}

impl Rule {
    /// The names of the checks that this rule requires.
    pub(super) fn required_checks(&self) -> impl Iterator<Item = &str> {
        let checks = self.parameters.get("required_status_checks").and_then(Value::as_array);
        checks.into_iter().flatten().filter_map(|check| check.get("context")?.as_str())
    }
}

/// A branch, as REST tells it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Branch {
    pub(super) name: String,
    #[serde(default)]
    protection: Value,
}

impl Branch {
    /// The names of the checks that its classic protection requires.
    pub(super) fn required_checks(&self) -> Vec<String> {
        let contexts = self.protection["required_status_checks"]["contexts"].as_array();
        contexts.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }
}

impl Inner {
    /// Where a pull request stands.
    pub(super) async fn standing(&self, number: u64) -> Result<Standing, ForgeError> {
        let found = self.ask(Question::Pull { number, part: Part::Standing }).await?;
        let node: Node = Self::read_as(found)?;
        let (mut all, mut next) = node.checked.page();
        while let Some(after) = next {
            let further = self.ask(Question::Checks { number, after }).await?;
            let page = checks::further(further).map_err(|error| Self::unreadable(&error))?;
            all.extend(page.0);
            next = page.1;
        }
        let open = node.pull.state() == PullRequestState::Open;
        if open && node.merge_state_status != "CLEAN" {
            let base = super::super::PullRequest::from(node.pull.clone()).base;
            expect_missing(&mut all, &self.required_checks(&base).await);
        }
        let review_required =
            open && matches!(node.review_decision.as_deref(), Some("REVIEW_REQUIRED" | "CHANGES_REQUESTED"));
        let mergeable = match (node.mergeable.as_str(), node.merge_state_status.as_str()) {
            ("CONFLICTING", _) | (_, "DIRTY") => Mergeable::Conflict,
            ("MERGEABLE", _) => Mergeable::Yes,
            _ => Mergeable::Unknown,
        };
        Ok(Standing {
            merge_commit: node.merge_commit.map(|commit| commit.oid),
            mergeable,
            checks: all,
            reviews: reviews(node.latest_opinionated_reviews, node.latest_reviews),
            review_required,
            queue_position: node.merge_queue_entry.map(|entry| entry.position.max(1)),
            updated_at: node.updated_at,
            pull_request: self.told(node.pull),
        })
    }

    /// The checks that rules require for a branch, asked once for each branch. Rules that the credential may not see
    /// are none here: GitHub itself still keeps to them.
    async fn required_checks(&self, base: &str) -> Vec<String> {
        let mut known = self.required.lock().await;
        if let Some(found) = known.get(base) {
            return found.clone();
        }
        let asked = async {
            let branch = self.branch(base).await?;
            let rules = self.rules(base).await?;
            let of_rules = rules.iter().flat_map(Rule::required_checks).map(str::to_owned);
            Ok::<_, ForgeError>(branch.iter().flat_map(Branch::required_checks).chain(of_rules).collect())
        };
        let found: Vec<String> = asked.await.unwrap_or_else(|error| {
            tracing::debug!(%error, base, "the rules of the branch cannot be seen");
            Vec::new()
        });
        known.insert(base.to_owned(), found.clone());
        found
    }

    /// A branch; `None` if it is not there.
    pub(super) async fn branch(&self, name: &str) -> Result<Option<Branch>, ForgeError> {
        let target = format!("/repos/{}/branches/{}", self.client.repository(), segment(name));
        let reply = self.client.read(&Request::get(target)).await?;
        if reply.status == 404 { Ok(None) } else { self.client.parse(&reply, READ).map(Some) }
    }

    /// The rules of rulesets for a branch.
    pub(super) async fn rules(&self, base: &str) -> Result<Vec<Rule>, ForgeError> {
        pages(&self.client, &format!("rules/branches/{}?per_page=100", segment(base))).await
    }
}

/// Adds the required checks that have not begun: GitHub tells a commit's checks only from when they are there.
fn expect_missing(checks: &mut Vec<Check>, required: &[String]) {
    for name in required {
        if !checks.iter().any(|check| check.name == *name) {
            let (id, name) = (checks::CheckId::Status.to_string(), name.clone());
            checks.push(Check { id, name, state: CheckState::Pending, required: true, url: None });
        }
    }
}

/// What people said last: what counts for merging, or else the last comment.
fn reviews(opinions: Option<Nodes<ReviewNode>>, latest: Option<Nodes<ReviewNode>>) -> Vec<Review> {
    let mut order = Vec::new();
    let mut by: HashMap<String, Review> = HashMap::new();
    let opinions = opinions.unwrap_or_default().nodes.into_iter();
    for node in opinions.chain(latest.unwrap_or_default().nodes) {
        let verdict = match node.state.as_str() {
            "APPROVED" => Verdict::Approved,
            "CHANGES_REQUESTED" => Verdict::ChangesRequested,
            "COMMENTED" => Verdict::Commented,
            // Taken back, or not sent yet.
            _ => continue,
        };
        let Some(author) = node.author.map(|author| author.login).filter(|login| !by.contains_key(login)) else {
            continue;
        };
        order.push(author.clone());
        let teams = node.on_behalf_of.unwrap_or_default().nodes.into_iter().map(|team| team.combined_slug).collect();
        let commit = node.commit.map(|commit| commit.oid);
        by.insert(author.clone(), Review { by: author, verdict, commit, teams });
    }
    order.into_iter().filter_map(|author| by.remove(&author)).collect()
}

/// A name as one part of a path.
pub(super) fn segment(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
            other => drop(write!(text, "%{other:02X}")),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_opinion_outlives_a_later_comment() {
        let nodes = |value| serde_json::from_value::<Nodes<ReviewNode>>(value).unwrap();
        let opinions = nodes(json!({"nodes": [
            {"author": {"login": "ada"}, "state": "APPROVED", "commit": {"oid": "abc"}},
            {"author": null, "state": "APPROVED"},
            {"author": {"login": "bob"}, "state": "DISMISSED"},
        ]}));
        let latest = nodes(json!({"nodes": [
            {"author": {"login": "ada"}, "state": "COMMENTED"},
            null,
            {"author": {"login": "cyd"}, "state": "COMMENTED"},
        ]}));
        let said: Vec<(String, Verdict)> =
            reviews(Some(opinions), Some(latest)).into_iter().map(|review| (review.by, review.verdict)).collect();
        assert_eq!(said, [("ada".to_owned(), Verdict::Approved), ("cyd".to_owned(), Verdict::Commented)]);
    }

    #[test]
    fn a_required_check_that_has_not_begun_is_pending() {
        let rule: Rule = serde_json::from_value(json!({"type": "required_status_checks", "parameters":
            {"required_status_checks": [{"context": "ci", "integration_id": 1}, {"context": "legal"}]}}))
        .unwrap();
        let required: Vec<String> = rule.required_checks().map(str::to_owned).collect();
        let passed =
            Check { id: String::new(), name: "ci".to_owned(), state: CheckState::Passed, required: true, url: None };
        let mut checks = vec![passed];
        expect_missing(&mut checks, &required);
        let told: Vec<(&str, CheckState)> = checks.iter().map(|check| (check.name.as_str(), check.state)).collect();
        assert_eq!(told, [("ci", CheckState::Passed), ("legal", CheckState::Pending)]);
    }

    #[test]
    fn what_only_some_tokens_may_ask_can_be_taken_out() {
        let all = Part::Standing.fields(7);
        assert!(all.contains(ON_BEHALF) && all.contains(super::super::pull::TEAM), "{all}");
    }

    #[test]
    fn a_branch_is_one_part_of_a_path() {
        assert_eq!(segment("release/1.x ü"), "release%2F1.x%20%C3%BC");
    }
}
