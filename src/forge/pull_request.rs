//! Pull requests: one to be opened, and one that is there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Mark;

/// A pull request to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPullRequest {
    /// The branch with the changes.
    pub head: String,
    /// The branch they shall go to.
    pub base: String,
    /// The title, one line.
    pub title: String,
    /// The text, without the mark.
    pub body: String,
    /// Labels.
    pub labels: Vec<String>,
    /// Whether it is not yet for review.
    pub draft: bool,
    /// Who is asked for a review.
    pub reviewers: Vec<String>,
    /// Teams that are asked for a review, by their short names.
    pub teams: Vec<String>,
    /// Who looks after it.
    pub assignees: Vec<String>,
    /// The milestone's title.
    pub milestone: Option<String>,
    /// Whose it is; goes into the text, hidden.
    pub mark: Mark,
}

/// Where a pull request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PullRequestState {
    /// Open, as a draft or for review.
    Open,
    /// Closed without being merged.
    Closed,
    /// Merged.
    Merged,
}

/// A pull request that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PullRequest {
    /// Its number; none is given twice.
    pub number: u64,
    /// Where a person can look at it.
    pub url: String,
    /// Where it stands.
    pub state: PullRequestState,
    /// The title.
    pub title: String,
    /// The text, mark included.
    pub body: String,
    /// Who opened it, where the forge tells. An App has no `[bot]` behind its name here.
    pub author: Option<String>,
    /// The branch with the changes.
    pub head: String,
    /// The commit at the head of that branch, in hexadecimal, where the forge knows it.
    pub head_commit: Option<String>,
    /// The branch they shall go to.
    pub base: String,
    /// Whether it is not yet for review.
    pub draft: bool,
    /// Labels.
    pub labels: Vec<String>,
    /// Who is asked for a review.
    pub reviewers: Vec<String>,
    /// Teams that are asked for a review.
    pub teams: Vec<String>,
    /// Who looks after it.
    pub assignees: Vec<String>,
    /// The milestone's title.
    pub milestone: Option<String>,
    /// When it was opened, where the forge tells.
    pub created_at: Option<Timestamp>,
    /// Whose it is; `None` for one that is not cutover's.
    pub mark: Option<Mark>,
}
