//! What can go wrong with pull requests, sorted by what helps.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::github::GitHubError;

/// What kind of failure it is: decides whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgeErrorClass {
    /// The forge was not reached, or did not answer; try again.
    Network,
    /// Not allowed; a person has to act.
    Permission,
    /// Too many calls; try again later.
    RateLimit,
    /// What is there already contradicts what was asked for.
    Conflict,
    /// There is no such pull request.
    NotFound,
    /// It did not go out, because the run was told to stop.
    Stopped,
    /// The forge's own records, or the disk they are on, are not in order.
    State,
}

/// A failed call. The text reads on after "failed to …: "; [`ForgeError::hint`] says what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ForgeError {
    /// The branch has an open pull request.
    #[error("the branch `{head}` has an open pull request already, number {number} ({url})")]
    AlreadyOpen {
        /// The branch.
        head: String,
        /// The open pull request's number.
        number: u64,
        /// Where to look at it.
        url: String,
    },
    /// A pull request that no forge would take.
    #[error("a pull request cannot be opened: {0}")]
    Invalid(&'static str),
    /// No pull request has this number.
    #[error("there is no pull request {0}")]
    NotFound(u64),
    /// A pull request's file does not read as one.
    #[error("`{path}` does not read as a pull request: {message}")]
    Damaged {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A pull request's file of a newer cutover.
    #[error("`{path}` was written by a newer cutover ({schema})")]
    Newer {
        /// The file.
        path: Utf8PathBuf,
        /// What the file says it is.
        schema: String,
    },
    /// No space left, or the quota is used up.
    #[error("no space left on the disk that holds `{0}`")]
    DiskFull(Utf8PathBuf),
    /// Files cannot be written there.
    #[error("no permission to write `{0}`")]
    NotWritable(Utf8PathBuf),
    /// Anything else that the operating system says.
    #[error("`{path}`: {message}")]
    Io {
        /// The file or directory.
        path: Utf8PathBuf,
        /// The system's words.
        message: String,
    },
    /// The forge was not reached, or did not answer.
    #[error("the forge did not answer: {0}")]
    Network(String),
    /// A write that may or may not have been carried out: no answer to it came. It is not sent again; whoever looks
    /// finds what it did.
    #[error("the forge did not say whether it is done: {0}")]
    Unanswered(String),
    /// GitHub refuses.
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    /// The forge does not allow it.
    #[error("the forge does not allow it: {0}")]
    Permission(String),
    /// The run was told to stop while the call waited for its turn. Nothing was done.
    #[error("the run was told to stop before the call went out")]
    Stopped,
    /// Too many calls.
    #[error("the forge allows no more calls for now")]
    RateLimit {
        /// How long it asks to wait, if it says.
        retry_after: Option<Duration>,
    },
}

impl ForgeError {
    /// What kind of failure it is.
    pub fn class(&self) -> ForgeErrorClass {
        match self {
            Self::AlreadyOpen { .. } | Self::Invalid(_) => ForgeErrorClass::Conflict,
            Self::NotFound(_) => ForgeErrorClass::NotFound,
            Self::Damaged { .. } | Self::Newer { .. } | Self::DiskFull(_) | Self::Io { .. } => ForgeErrorClass::State,
            Self::NotWritable(_) | Self::Permission(_) => ForgeErrorClass::Permission,
            Self::Network(_) | Self::Unanswered(_) => ForgeErrorClass::Network,
            Self::GitHub(error) => error.class(),
            Self::RateLimit { .. } => ForgeErrorClass::RateLimit,
            Self::Stopped => ForgeErrorClass::Stopped,
        }
    }

    /// What to do now, as a sentence; `None` where the message says it all.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::AlreadyOpen { number, .. } => {
                format!("Close pull request {number}, or let `branch:` in the workflow name another branch.")
            }
            Self::Invalid(_) => "Change the `with:` of the step that opens it.".to_owned(),
            Self::NotFound(_) => "Look at the numbers with `cutover status`.".to_owned(),
            Self::Damaged { path, .. } => {
                format!("Mend the file, or remove it to forget the pull request (rm '{path}').")
            }
            Self::Newer { .. } => "Use the cutover that wrote it.".to_owned(),
            Self::DiskFull(_) => "Free some space, then resume; nothing is half-written.".to_owned(),
            Self::NotWritable(_) => "Let the user who runs cutover write there, then resume.".to_owned(),
            Self::Network(_) => "Look at the connection, then resume.".to_owned(),
            Self::Unanswered(_) => "Resume: it is looked up first, and nothing is done twice.".to_owned(),
            Self::GitHub(error) => return error.hint(),
            Self::Permission(_) => "Look at what the token may do, then resume.".to_owned(),
            Self::RateLimit { retry_after: Some(wait) } => format!("Resume in {} seconds.", wait.as_secs().max(1)),
            Self::RateLimit { retry_after: None } => "Resume later.".to_owned(),
            Self::Io { .. } | Self::Stopped => return None,
        };
        Some(hint)
    }

    pub(super) fn io(path: &Utf8Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(path.to_owned()),
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::NotWritable(path.to_owned()),
            _ => Self::Io { path: path.to_owned(), message: error.to_string() },
        }
    }
}
