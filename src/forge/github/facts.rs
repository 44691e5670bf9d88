//! What is asked about the repository once in a run: what it is called, what it allows, who asks, which labels and
//! milestones it has.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use crate::base::closest;

use super::super::{ForgeError, MergeMethod};
use super::client::Client;
use super::graphql::Document;
use super::http::Request;
use super::pull::Actor;
use super::refusal::GitHubError;

/// The repository, and who asks.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// `OWNER/NAME` as GitHub spells it.
    pub(super) name: String,
    /// Who the credential is.
    pub(super) viewer: String,
    /// What the credential may do: `READ`, `WRITE`, `ADMIN`, …; none for Apps.
    pub(super) permission: Option<String>,
    pub(super) archived: bool,
    /// The ways to merge that are allowed.
    pub(super) methods: Vec<MergeMethod>,
    pub(super) default_branch: Option<String>,
    pub(super) deletes_branches: bool,
}

#[derive(Deserialize)]
struct Wire {
    viewer: Actor,
    repository: Repository,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "they are GitHub's")]
struct Repository {
    name_with_owner: String,
    #[serde(default)]
    viewer_permission: Option<String>,
    #[serde(default)]
    is_archived: bool,
    merge_commit_allowed: bool,
    squash_merge_allowed: bool,
    rebase_merge_allowed: bool,
    #[serde(default)]
    delete_branch_on_merge: bool,
    #[serde(default)]
    default_branch_ref: Option<Ref>,
}

#[derive(Deserialize)]
struct Ref {
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Label {
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Milestone {
    number: u64,
    title: String,
}

/// What has been asked once.
#[derive(Default)]
pub(super) struct Known {
    facts: OnceCell<Facts>,
    /// In the repository's spelling, by lowercase name: GitHub does not tell labels apart by case.
    labels: OnceCell<HashMap<String, String>>,
    milestones: OnceCell<Vec<Milestone>>,
}

const FACTS: &str = "query($owner: String!, $name: String!) { viewer { login } repository(owner: $owner, name: $name) { \
nameWithOwner viewerPermission isArchived mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed \
deleteBranchOnMerge defaultBranchRef { name } } }";

impl Known {
    /// The repository, asked once.
    pub(super) async fn facts(&self, client: &Client) -> Result<&Facts, ForgeError> {
        self.facts
            .get_or_try_init(|| async {
                let facts = fetch(client).await?;
                if !facts.name.eq_ignore_ascii_case(client.repository()) {
                    let (old, new) = (client.repository(), facts.name.as_str());
                    tracing::warn!("the repository {old} is called {new} now; reads follow, writes are refused");
                }
                Ok(facts)
            })
            .await
    }

    /// The repository, if it can be written to under the name that was given.
    pub(super) async fn writable(&self, client: &Client) -> Result<&Facts, ForgeError> {
        let facts = self.facts(client).await?;
        if !facts.name.eq_ignore_ascii_case(client.repository()) {
            let (old, new) = (client.repository().to_owned(), facts.name.clone());
            return Err(GitHubError::Renamed { old, new }.into());
        }
        if facts.archived {
            return Err(GitHubError::Archived(facts.name.clone()).into());
        }
        Ok(facts)
    }

    /// The labels in the repository's spelling; an error that names the first one that it has not.
    pub(super) async fn labels(&self, client: &Client, wanted: &[String]) -> Result<Vec<String>, ForgeError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let fetch = || async {
            let labels: Vec<Label> = pages(client, "labels?per_page=100").await?;
            Ok::<_, ForgeError>(labels.into_iter().map(|label| (label.name.to_lowercase(), label.name)).collect())
        };
        let known: &HashMap<String, String> = self.labels.get_or_try_init(fetch).await?;
        let unknown = |label: &String| {
            let closest = closest(label, known.values().map(String::as_str)).map(str::to_owned);
            GitHubError::LabelUnknown { label: label.clone(), closest }
        };
        let spelt = |label: &String| known.get(&label.to_lowercase()).cloned().ok_or_else(|| unknown(label).into());
        wanted.iter().map(spelt).collect()
    }

    /// An open milestone's number.
    pub(super) async fn milestone(&self, client: &Client, title: &str) -> Result<u64, ForgeError> {
        let fetch = || pages::<Milestone>(client, "milestones?state=open&per_page=100");
        let known = self.milestones.get_or_try_init(fetch).await?;
        let unknown = || {
            let closest = closest(title, known.iter().map(|milestone| milestone.title.as_str())).map(str::to_owned);
            GitHubError::MilestoneUnknown { milestone: title.to_owned(), closest }.into()
        };
        known.iter().find(|known| known.title == title).map(|known| known.number).ok_or_else(unknown)
    }
}

async fn fetch(client: &Client) -> Result<Facts, ForgeError> {
    let mut variables = Map::new();
    variables.insert("owner".to_owned(), client.owner().into());
    variables.insert("name".to_owned(), client.repository_name().into());
    let answer = client.query(&Document { text: FACTS.to_owned(), variables }).await?;
    if let (Some(fault), true) = (answer.errors.first(), answer.data.get("repository").is_none_or(Value::is_null)) {
        let credential = client.credential().to_owned();
        return Err(match fault.kind.as_str() {
            "NOT_FOUND" => GitHubError::RepositoryUnknown { repository: client.repository().to_owned(), credential },
            _ => GitHubError::Forbidden { credential, message: fault.message.clone(), needs: READ.to_owned() },
        }
        .into());
    }
    let Wire { viewer, repository } = serde_json::from_value(answer.data)
        .map_err(|error| ForgeError::Network(format!("its answer is cut off or unknown: {error}")))?;
    let methods = [
        (repository.squash_merge_allowed, MergeMethod::Squash),
        (repository.merge_commit_allowed, MergeMethod::Merge),
        (repository.rebase_merge_allowed, MergeMethod::Rebase),
    ];
    Ok(Facts {
        name: repository.name_with_owner,
        viewer: viewer.login,
        permission: repository.viewer_permission,
        archived: repository.is_archived,
        methods: methods.into_iter().filter_map(|(allowed, method)| allowed.then_some(method)).collect(),
        default_branch: repository.default_branch_ref.map(|branch| branch.name),
        deletes_branches: repository.delete_branch_on_merge,
    })
}

/// The permission to read, in GitHub's words.
pub(super) const READ: &str = "the permission “Metadata: read” (a classic token: the scope `repo`)";

/// All pages of a list below the repository.
pub(super) async fn pages<T: serde::de::DeserializeOwned>(client: &Client, list: &str) -> Result<Vec<T>, ForgeError> {
    let mut target = format!("/repos/{}/{list}", client.repository());
    let mut all = Vec::new();
    loop {
        let reply = client.read(&Request::get(target)).await?;
        let page: Vec<T> = client.parse(&reply, READ)?;
        all.extend(page);
        match reply.header("link").and_then(next_page) {
            Some(next) => target = next,
            None => return Ok(all),
        }
    }
}

/// Where a `Link` header says that the next page is.
fn next_page(link: &str) -> Option<String> {
    link.split(',').find_map(|part| {
        let (target, relation) = part.split_once('>')?;
        relation.contains(r#"rel="next""#).then(|| target.trim().trim_start_matches('<').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_read_from_the_header() {
        let link =
            r#"<https://h/r?page=1>; rel="prev", <https://h/r?page=3>; rel="next", <https://h/r?page=9>; rel="last""#;
        assert_eq!(next_page(link).as_deref(), Some("https://h/r?page=3"));
        assert_eq!(next_page(r#"<https://h/r?page=1>; rel="prev""#), None);
    }
}
