//! Where an open pull request stands: its checks, its reviews, and whether it can be merged.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PullRequest;

/// A pull request with everything that decides whether it can be merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The pull request.
    pub pull_request: PullRequest,
    /// The commit that it was merged as, in hexadecimal, once it is.
    pub merge_commit: Option<String>,
    /// Whether it can be merged without conflicts.
    pub mergeable: Mergeable,
    /// The checks of its head commit, in the forge's order.
    pub checks: Vec<Check>,
    /// What people said last, one review for each of them.
    pub reviews: Vec<Review>,
    /// Whether the forge's own rules ask for a review that is not there yet.
    pub review_required: bool,
    /// Its place in the merge queue, from 1, while it is in it.
    pub queue_position: Option<u64>,
    /// When anything was last done to it, where the forge tells.
    pub updated_at: Option<Timestamp>,
}

/// Whether a pull request can be merged without conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mergeable {
    /// It can.
    Yes,
    /// It conflicts with its base.
    Conflict,
    /// The forge has not found out yet; ask again.
    Unknown,
}

/// One check of a commit: a check run or a commit status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// How the forge calls it in its interface; opaque.
    #[serde(default)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: CheckState,
    /// Whether the base branch's rules require it.
    #[serde(default)]
    pub required: bool,
    /// Where a person can look at it.
    #[serde(default)]
    pub url: Option<String>,
}

/// Where a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// Not ended.
    Pending,
    /// It passed, or ended neutral.
    Passed,
    /// It was left out by its own conditions.
    Skipped,
    /// It failed, was cancelled, or ran out of time.
    Failed,
    /// It waits for a person (GitHub's `action_required`).
    ActionRequired,
}

/// What a person said last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Review {
    /// Who.
    pub by: String,
    /// What.
    pub verdict: Verdict,
    /// The commit that was looked at, in hexadecimal, where the forge tells.
    #[serde(default)]
    pub commit: Option<String>,
    /// The teams in whose name it was said, as `organisation/team` or `team`.
    #[serde(default)]
    pub teams: Vec<String>,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It may be merged.
    Approved,
    /// It may not be merged like this.
    ChangesRequested,
    /// Neither.
    Commented,
}

/// How a pull request becomes part of its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MergeMethod {
    /// All its changes as one commit.
    Squash,
    /// A merge commit.
    Merge,
    /// Its commits, each again on top of the base.
    Rebase,
}

impl MergeMethod {
    /// The method's name in workflow files and in GitHub's interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Squash => "squash",
            Self::Merge => "merge",
            Self::Rebase => "rebase",
        }
    }
}

/// A merge to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRequest {
    /// The pull request's number.
    pub number: u64,
    /// The commit that was found green and approved, in hexadecimal: another head is not merged.
    pub head: String,
    /// Methods in the order of preference; the first that the repository allows is used.
    pub methods: Vec<MergeMethod>,
    /// What the commit says, below the pull request's title, if it is one for all; `None`: what the forge makes of the
    /// messages of the commits. A merge queue has its own way.
    pub squash_text: Option<String>,
}

/// What came of a merge request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// It is merged.
    Merged {
        /// The commit on the base, in hexadecimal, where the forge tells.
        commit: Option<String>,
    },
    /// It is in the merge queue now.
    Queued,
    /// Not now: what is in the way, as the forge says it. Asking again later may do.
    NotNow(String),
}

/// How a forge that limits calls looks at a number of writes to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// When the next write may go out.
    pub next: Timestamp,
    /// When the last of them may.
    pub last: Timestamp,
}

/// One line of `cutover doctor`: what was looked at, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, as a noun: `token`, `merge methods`.
    pub what: String,
    /// How it stands.
    pub state: FindingState,
    /// What was found.
    pub says: String,
    /// What to do, where something is to be done.
    pub hint: Option<String>,
}

/// How a finding of `cutover doctor` stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingState {
    /// As it should be.
    Fine,
    /// Worth knowing; a run works.
    Notice,
    /// A run will fail.
    Problem,
}
