//! Opening a pull request: everything that can be looked at is looked at first, so that none is opened that could not
//! be completed; then one write.

use http::Method;
use serde_json::{Value, json};

use super::super::body::compose;
use super::super::{ForgeError, NewPullRequest, PullRequest, PullRequestState};
use super::Inner;
use super::http::{Reply, Request};
use super::pull::PullView;
use super::refusal::GitHubError;
use super::refuse::{is_about, message, refuse};

/// The permission for pull requests, in GitHub's words.
pub(super) const PULLS: &str = "the permission “Pull requests: write” (a classic token: the scope `repo`)";

/// The longest text and title that GitHub takes, in characters.
const LONGEST_BODY: usize = 65_536;
const LONGEST_TITLE: usize = 256;

impl Inner {
    /// Opens a pull request.
    pub(super) async fn open(&self, new: &NewPullRequest) -> Result<PullRequest, ForgeError> {
        let (body, _) = compose(&new.title, &new.body, &new.mark);
        acceptable(new, &body)?;
        self.known.writable(&self.client).await?;
        self.look_at_people(&new.reviewers).await?;
        self.known.labels(&self.client, &new.labels).await?;
        if let Some(milestone) = &new.milestone {
            self.known.milestone(&self.client, milestone).await?;
        }
        let head = self.head(&new.head);
        let mut wanted = json!({
            "title": new.title,
            "head": head,
            "base": new.base,
            "body": body,
            "draft": new.draft,
        });
        if head.contains(':') {
            // Whoever maintains the repository may then push to the fork's branch.
            wanted["maintainer_can_modify"] = true.into();
        }
        let target = format!("/repos/{}/pulls", self.client.repository());
        let reply = self.client.write(&Request::new(Method::POST, target, wanted)).await?;
        if reply.status == 201 {
            let view: PullView = serde_json::from_slice(&reply.body)
                .map_err(|error| ForgeError::Unanswered(format!("its answer is unknown: {error}")))?;
            return Ok(self.told(view));
        }
        Err(self.not_opened(new, &reply).await)
    }

    async fn not_opened(&self, new: &NewPullRequest, reply: &Reply) -> ForgeError {
        let body = reply.json().unwrap_or(Value::Null);
        let told = message(&body);
        if reply.status == 422 {
            if told.contains("already exists") {
                return self.already_open(new, told).await;
            }
            let known = match () {
                () if told.contains("No commits between") => {
                    Some(GitHubError::NoCommits { head: new.head.clone(), base: new.base.clone() })
                }
                () if told.contains("raft pull requests are not supported") => Some(GitHubError::DraftsUnsupported),
                () if is_about(&body, "base") => Some(GitHubError::BaseMissing(new.base.clone())),
                () if is_about(&body, "head") => Some(GitHubError::HeadMissing(new.head.clone())),
                () => None,
            };
            if let Some(error) = known {
                return error.into();
            }
        }
        refuse(reply, &self.client.asker(PULLS)).into()
    }

    /// There is one: which?
    async fn already_open(&self, new: &NewPullRequest, told: String) -> ForgeError {
        let all = match self.of_head(&new.head).await {
            Ok(all) => all,
            Err(error) => return error,
        };
        let there = |found: &&PullRequest| found.state == PullRequestState::Open && found.base == new.base;
        match all.iter().rev().find(there) {
            Some(found) => {
                ForgeError::AlreadyOpen { head: new.head.clone(), number: found.number, url: found.url.clone() }
            }
            // Reads may be a moment behind writes.
            None => ForgeError::Network(format!("{told}, but it cannot be seen yet")),
        }
    }
}

/// What GitHub would refuse, said before it is asked.
fn acceptable(new: &NewPullRequest, body: &str) -> Result<(), ForgeError> {
    let rules = [
        (new.title.trim().is_empty(), "its title is empty"),
        (new.title.contains('\n'), "its title has more than one line"),
        (new.title.chars().count() > LONGEST_TITLE, "its title has more than 256 characters"),
        (body.chars().count() > LONGEST_BODY, "its text has more than 65536 characters"),
        (new.head.is_empty() || new.base.is_empty(), "a branch's name is empty"),
        (new.head == new.base, "it goes from a branch to the same branch"),
    ];
    match rules.into_iter().find(|(broken, _)| *broken) {
        Some((_, rule)) => Err(ForgeError::Invalid(rule)),
        None => Ok(()),
    }
}
