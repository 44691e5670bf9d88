//! A pull request as a file: what is in it, and how it is read and written.

use std::fs::Metadata;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::super::body::compose;
use super::super::{
    Check, ForgeError, Mark, Mergeable, NewPullRequest, PullRequest, PullRequestState, Review, Standing,
};

/// What the files say they are.
const SCHEMA: &str = "cutover.pull-request/1";

/// What half-written files are called.
pub(super) const SCRATCH_PREFIX: &str = ".writing-";

/// The content of a file. The text comes last, because it is long. What a person may add to rehearse the life of a
/// pull request (`checks`, `reviews`, and what is below them) is left out where there is none.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    schema: String,
    number: u64,
    pub(super) state: PullRequestState,
    pub(super) title: String,
    head: String,
    base: String,
    pub(super) draft: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) reviewers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) teams: Vec<String>,
    pub(super) assignees: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) milestone: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) checks: Vec<Check>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) reviews: Vec<Review>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head_commit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mergeable: Option<Mergeable>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    review_required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue_position: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merge_commit: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) comments: Vec<String>,
    created_at: Option<Timestamp>,
    pub(super) body: String,
}

impl Record {
    /// A pull request that is opened now.
    pub(super) fn opened(number: u64, new: &NewPullRequest, at: Timestamp) -> Self {
        let NewPullRequest { head, base, title, body, labels, draft, reviewers, teams, assignees, milestone, mark } =
            new.clone();
        Self {
            schema: SCHEMA.to_owned(),
            number,
            state: PullRequestState::Open,
            title,
            head,
            base,
            draft,
            author: None,
            labels,
            reviewers,
            teams,
            assignees,
            milestone,
            checks: Vec::new(),
            reviews: Vec::new(),
            head_commit: None,
            mergeable: None,
            review_required: false,
            queue_position: None,
            merge_commit: None,
            comments: Vec::new(),
            created_at: Some(at),
            body: compose(&new.title, &body, &mark).0,
        }
    }

    /// What everybody sees of it.
    pub(super) fn pull_request(&self, directory: &Utf8Path) -> PullRequest {
        PullRequest {
            number: self.number,
            url: url(&path(directory, self.number)),
            state: self.state,
            title: self.title.clone(),
            body: self.body.clone(),
            author: self.author.clone(),
            head: self.head.clone(),
            head_commit: self.head_commit.clone(),
            base: self.base.clone(),
            draft: self.draft,
            labels: self.labels.clone(),
            reviewers: self.reviewers.clone(),
            teams: self.teams.clone(),
            assignees: self.assignees.clone(),
            milestone: self.milestone.clone(),
            created_at: self.created_at,
            mark: Mark::parse(&self.body),
        }
    }

    /// Where it stands. Nothing runs checks here and nothing conflicts: there is what a person wrote into the file.
    pub(super) fn standing(self, directory: &Utf8Path) -> Standing {
        Standing {
            pull_request: self.pull_request(directory),
            merge_commit: self.merge_commit,
            mergeable: self.mergeable.unwrap_or(Mergeable::Yes),
            checks: self.checks,
            reviews: self.reviews,
            review_required: self.review_required,
            queue_position: self.queue_position,
            updated_at: None,
        }
    }
}

/// Which content a file had when it was read: another one has another stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        Self { inode: metadata.ino(), size: metadata.size(), modified }
    }

    /// The stamp of what is at this path now; `None` if nothing is.
    pub(super) fn at(path: &Utf8Path) -> Result<Option<Self>, ForgeError> {
        match std::fs::metadata(path) {
            Ok(metadata) => Ok(Some(Self::of(&metadata))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ForgeError::io(path, &error)),
        }
    }
}

/// The file of a pull request.
pub(super) fn path(directory: &Utf8Path, number: u64) -> Utf8PathBuf {
    directory.join(format!("{number}.json"))
}

/// The number in a file's name; `None` for files that are none of ours.
pub(super) fn number(file_name: &str) -> Option<u64> {
    let digits = file_name.strip_suffix(".json")?;
    let number: u64 = digits.parse().ok()?;
    (number > 0 && number.to_string() == digits).then_some(number)
}

/// Reads a pull request's file.
pub(super) fn read(directory: &Utf8Path, number: u64) -> Result<Record, ForgeError> {
    let path = path(directory, number);
    let text = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ForgeError::NotFound(number),
        _ => ForgeError::io(&path, &error),
    })?;
    let damaged = |error: serde_json::Error| ForgeError::Damaged { path: path.clone(), message: error.to_string() };
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(damaged)?;
    let schema = value.get("schema").and_then(serde_json::Value::as_str).unwrap_or_default();
    if schema != SCHEMA && schema.starts_with("cutover.pull-request/") {
        return Err(ForgeError::Newer { schema: schema.to_owned(), path });
    }
    // Read from the text once more: errors then come with line and column.
    let record: Record = serde_json::from_slice(&text).map_err(damaged)?;
    if schema != SCHEMA || record.number != number {
        let message = format!("it says that it is `{schema}` number {}", record.number);
        return Err(ForgeError::Damaged { path, message });
    }
    Ok(record)
}

/// The content of its file.
pub(super) fn text(record: &Record) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(record).expect("a record has nothing that JSON cannot hold");
    text.push(b'\n');
    text
}

/// Writes the file beside its place and syncs it; it has still to be given its name.
pub(super) fn write(directory: &Utf8Path, record: &Record) -> Result<NamedTempFile, ForgeError> {
    let failed = |error: std::io::Error| ForgeError::io(directory, &error);
    let mut file = tempfile::Builder::new()
        .prefix(SCRATCH_PREFIX)
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(directory)
        .map_err(failed)?;
    file.write_all(&text(record)).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    Ok(file)
}

fn url(path: &Utf8Path) -> String {
    let mut url = "file://".to_owned();
    for character in path.as_str().chars() {
        match character {
            ' ' => url.push_str("%20"),
            '%' => url.push_str("%25"),
            '#' => url.push_str("%23"),
            '?' => url.push_str("%3F"),
            other => url.push(other),
        }
    }
    url
}
