//! What can go wrong with a journal, and what to do about it.

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::ErrorCode;

use crate::base::{RunId, count};

/// A journal that could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The state directory could not be made.
    #[error("failed to make the state directory {path}: {source}; check the permissions of the git directory")]
    Directory {
        /// The directory.
        path: Utf8PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// No room on the disk.
    #[error(
        "the disk of {path} is full; free at least {} on it, then go on with `cutover resume`: everything \
        acknowledged so far is safe",
        mebibytes(*.needed)
    )]
    DiskFull {
        /// The journal.
        path: Utf8PathBuf,
        /// How many bytes the next step needs.
        needed: u64,
    },
    /// The file is not a journal any more.
    #[error(
        "the journal {path} is damaged ({message}); restore it from a backup, or move `journal.db`, `journal.db-wal` \
        and `journal.mark` away to begin anew: branches and pull requests are not touched by that"
    )]
    Damaged {
        /// The journal.
        path: Utf8PathBuf,
        /// What SQLite or a check of ours says.
        message: String,
    },
    /// The file is a database of something else.
    #[error("{path} is a database, but not a journal of cutover; move it away")]
    Foreign {
        /// The file.
        path: Utf8PathBuf,
    },
    /// Acknowledged events are missing.
    #[error(
        "the journal {path} has lost events that were acknowledged: {mark} knows of event {acknowledged} of run \
        number {run}, the journal ends at {found}; bring back the missing `journal.db-wal` (or the backup's newer \
        copy), or delete {mark} to accept the loss: steps whose events are lost are then done again, and find what \
        they already did"
    )]
    Lost {
        /// The journal.
        path: Utf8PathBuf,
        /// The file that knows better.
        mark: Utf8PathBuf,
        /// The number of the run, counted in the journal.
        run: i64,
        /// The last acknowledged event of that run.
        acknowledged: u64,
        /// The last event that is there.
        found: u64,
    },
    /// A newer cutover wrote the file.
    #[error(
        "the journal {path} has version {found}, this cutover knows versions up to {known}; use the cutover that \
        wrote it, or a newer one"
    )]
    Newer {
        /// The journal.
        path: Utf8PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// A newer cutover began the run.
    #[error(
        "run {run} was begun by {program}, whose plan this cutover cannot read; go on with that version or a newer one"
    )]
    NewerRun {
        /// The run.
        run: RunId,
        /// The program that began it.
        program: String,
    },
    /// The file or its directory may not be written.
    #[error("the journal {path} cannot be written ({message}); check the permissions of its directory")]
    NotWritable {
        /// The journal.
        path: Utf8PathBuf,
        /// What SQLite says.
        message: String,
    },
    /// The directory may not be written, but the last writes can only be read with the help of a file in it.
    #[error(
        "the journal {path} ends in a `journal.db-wal` that cannot be read where nothing may be written; make its \
        directory writable, or copy the directory elsewhere"
    )]
    UnfinishedReadOnly {
        /// The journal.
        path: Utf8PathBuf,
    },
    /// Another process keeps the file busy.
    #[error("another process keeps the journal {path} busy; wait for it to end and try again")]
    Busy {
        /// The journal.
        path: Utf8PathBuf,
    },
    /// The disk, or another part of the machine, failed.
    #[error("failed to read or write the journal {path}: {message}; check the disk and the system's log")]
    Io {
        /// The journal.
        path: Utf8PathBuf,
        /// What SQLite says.
        message: String,
    },
    /// There is no such run.
    #[error("there is no run `{wanted}`{}; `cutover runs` lists them", did_you_mean(.closest.as_deref()))]
    NoSuchRun {
        /// What was asked for.
        wanted: String,
        /// The run that may have been meant.
        closest: Option<String>,
    },
    /// Several runs begin so.
    #[error("`{wanted}` could be {}; give more of the id", choices(.matches))]
    AmbiguousRun {
        /// What was asked for.
        wanted: String,
        /// The runs that begin so.
        matches: Vec<RunId>,
    },
    /// There is a run with this id already.
    #[error("there is a run {run} already; give the new run another id, or go on with `cutover resume {run}`")]
    RunExists {
        /// The id.
        run: RunId,
    },
    /// The lock is held for another run.
    #[error("the lock is held for run {held}, not for {wanted}")]
    OtherRunLocked {
        /// The run that the lock names.
        held: RunId,
        /// The run to write.
        wanted: RunId,
    },
    /// An event is there but cannot be understood.
    #[error(
        "event {seq} of run {run} cannot be read ({message}); if a newer cutover wrote it go on with that one, else \
        restore the journal from a backup"
    )]
    UnreadableEvent {
        /// The run.
        run: RunId,
        /// The event's number in it, from 1.
        seq: u64,
        /// What the parser says.
        message: String,
    },
    /// A stored content is missing or is not what its name says.
    #[error(
        "the content {hash} is not in the journal {path}, or is damaged; do the step that made it again (`cutover \
        resume --retry-failed`)"
    )]
    NoContent {
        /// The journal.
        path: Utf8PathBuf,
        /// The SHA-256 of what is missing.
        hash: String,
    },
    /// The writer's thread could not be started.
    #[error("failed to start the journal's writer: {0}")]
    Thread(std::io::Error),
}

impl JournalError {
    /// Reads SQLite's codes as errors that say what to do.
    pub(super) fn sqlite(path: &Utf8Path, error: &rusqlite::Error) -> Self {
        let (path, message) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path, needed: super::space::RESERVE },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { path, message },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotWritable { path, message }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            _ => Self::Io { path, message },
        }
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

fn did_you_mean(closest: Option<&str>) -> String {
    closest.map(|id| format!(" (did you mean `{id}`?)")).unwrap_or_default()
}

fn choices(matches: &[RunId]) -> String {
    let quoted: Vec<String> = matches.iter().take(5).map(|id| format!("`{id}`")).collect();
    match (matches.len().saturating_sub(quoted.len()), quoted.split_last()) {
        (0, Some((last, others))) => format!("{} or {last}", others.join(", ")),
        (more, _) => format!("{} or {}", quoted.join(", "), count(more, "other run")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_to_do() {
        let path = || Utf8PathBuf::from("<state>/journal.db");
        let run = || RunId::new("r1").unwrap();
        let refused = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let many = (1..=7).map(|number| RunId::new(&format!("r{number}")).unwrap()).collect();
        let errors = [
            JournalError::Directory { path: "<state>".into(), source: refused() },
            JournalError::DiskFull { path: path(), needed: (1 << 20) + 1 },
            JournalError::NotWritable { path: path(), message: "attempt to write a readonly database".into() },
            JournalError::UnfinishedReadOnly { path: path() },
            JournalError::Busy { path: path() },
            JournalError::Io { path: path(), message: "disk I/O error".into() },
            JournalError::AmbiguousRun { wanted: "r".into(), matches: many },
            JournalError::UnreadableEvent { run: run(), seq: 3, message: "unknown variant".into() },
            JournalError::NoContent { path: path(), hash: "2cf2".into() },
        ];
        let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(messages.join("\n"), @r"
        failed to make the state directory <state>: permission denied; check the permissions of the git directory
        the disk of <state>/journal.db is full; free at least 2 MiB on it, then go on with `cutover resume`: everything acknowledged so far is safe
        the journal <state>/journal.db cannot be written (attempt to write a readonly database); check the permissions of its directory
        the journal <state>/journal.db ends in a `journal.db-wal` that cannot be read where nothing may be written; make its directory writable, or copy the directory elsewhere
        another process keeps the journal <state>/journal.db busy; wait for it to end and try again
        failed to read or write the journal <state>/journal.db: disk I/O error; check the disk and the system's log
        `r` could be `r1`, `r2`, `r3`, `r4`, `r5` or 2 other runs; give more of the id
        event 3 of run r1 cannot be read (unknown variant); if a newer cutover wrote it go on with that one, else restore the journal from a backup
        the content 2cf2 is not in the journal <state>/journal.db, or is damaged; do the step that made it again (`cutover resume --retry-failed`)
        ");
    }
}
