//! A pull request as a file: what is in it, and how it is read and written.

use std::fs::Metadata;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::super::{ForgeError, Mark, NewPullRequest, PullRequest, PullRequestState};

/// What the files say they are.
const SCHEMA: &str = "cutover.pull-request/1";

/// What half-written files are called.
pub(super) const SCRATCH_PREFIX: &str = ".writing-";

/// The content of a file. The text comes last, because it is long.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: String,
    number: u64,
    state: PullRequestState,
    title: String,
    head: String,
    base: String,
    draft: bool,
    labels: Vec<String>,
    reviewers: Vec<String>,
    assignees: Vec<String>,
    created_at: Option<Timestamp>,
    body: String,
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
pub(super) fn read(directory: &Utf8Path, number: u64) -> Result<PullRequest, ForgeError> {
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
    Ok(pull_request(record, &path))
}

fn pull_request(record: Record, path: &Utf8Path) -> PullRequest {
    let Record { number, state, title, head, base, draft, labels, reviewers, assignees, created_at, body, .. } = record;
    let mark = Mark::parse(&body);
    let url = url(path);
    PullRequest { number, url, state, title, body, head, base, draft, labels, reviewers, assignees, created_at, mark }
}

/// The pull request that `new` becomes under this number.
pub(super) fn opened(directory: &Utf8Path, number: u64, new: &NewPullRequest, at: Timestamp) -> PullRequest {
    let NewPullRequest { head, base, title, body, labels, draft, reviewers, assignees, mark } = new.clone();
    let url = url(&path(directory, number));
    let (state, body) = (PullRequestState::Open, mark.attach(&body));
    let (created_at, mark) = (Some(at), Some(mark));
    PullRequest { number, url, state, title, body, head, base, draft, labels, reviewers, assignees, created_at, mark }
}

/// Writes the file beside its place and syncs it; it has still to be given its name.
pub(super) fn write(directory: &Utf8Path, pull_request: &PullRequest) -> Result<NamedTempFile, ForgeError> {
    let failed = |error: std::io::Error| ForgeError::io(directory, &error);
    let PullRequest { number, state, title, body, head, base, draft, labels, reviewers, assignees, created_at, .. } =
        pull_request.clone();
    let schema = SCHEMA.to_owned();
    let record =
        Record { schema, number, state, title, head, base, draft, labels, reviewers, assignees, created_at, body };
    let mut text = serde_json::to_vec_pretty(&record).expect("a record has nothing that JSON cannot hold");
    text.push(b'\n');
    let mut file = tempfile::Builder::new()
        .prefix(SCRATCH_PREFIX)
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(directory)
        .map_err(failed)?;
    file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
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
