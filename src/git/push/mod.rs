//! Pushing many branches at once, each only from where it is expected.
//!
//! Owns what is asked of `git push`, how its answers are read, and what became of each branch. Which branches are to
//! be pushed, and what to do about one that was refused, is decided above.

mod chunk;
mod porcelain;
mod refusal;
mod run;

use std::fmt;

use super::remote::one_line;
use super::{CommitId, GitError};

/// How many branches go out in one push, unless something else is said. A server reads its list of all branches for
/// each push, so fewer pushes are faster; but one that breaks is repeated as a whole.
const CHUNK: usize = 100;

/// One branch to push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRequest {
    /// The branch, without `refs/heads/`. It has the same name on the remote.
    pub branch: String,
    /// The commit that it is to have; `None` deletes it.
    pub commit: Option<CommitId>,
    /// The commit that the remote must have; `None`: the remote must not have the branch. A branch that stands elsewhere
    /// is not touched.
    pub expected: Option<CommitId>,
}

/// How to push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushOptions {
    /// How many branches go out in one push, at most.
    pub chunk: usize,
    /// Push options (`git push --push-option`), such as GitLab's `ci.skip`. GitHub takes none.
    pub push_options: Vec<String>,
}

impl Default for PushOptions {
    fn default() -> Self {
        Self { chunk: CHUNK, push_options: Vec::new() }
    }
}

/// What became of a push.
#[derive(Debug)]
pub struct PushReport {
    /// What became of each branch, in the order in which they were asked for. `Err` is for what concerns the remote as
    /// a whole ([`GitError::Remote`]), or a request that no push can fulfil.
    pub outcomes: Vec<Result<Pushed, GitError>>,
    /// The address at which the repository is now, if the other side says that it has moved.
    pub moved_to: Option<String>,
}

/// What became of one branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The remote has it now as it was asked for.
    Done,
    /// The remote had it already as it was asked for.
    AlreadyThere,
    /// The remote has not taken it; nothing was changed.
    Rejected(PushRejection),
}

/// Why a remote did not take a branch. Reads on after "failed to …: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushRejection {
    /// The remote has something else than expected: somebody pushed, or deleted it.
    Moved {
        /// Where the branch stands there; `None` if it does not exist.
        found: Option<CommitId>,
    },
    /// A hook of the server refused.
    Hook {
        /// Its words.
        message: String,
    },
    /// The branch is protected, or a rule of the repository forbids the push.
    Protected {
        /// The server's words.
        message: String,
    },
    /// The server found a secret, or an address of mail that is to stay private.
    Secret {
        /// The server's words, with the place.
        message: String,
    },
    /// A file is larger than the server takes.
    TooLarge {
        /// The server's words, with the file.
        message: String,
    },
    /// The credentials may push, but not this: workflow files need a permission of their own.
    Permission {
        /// The server's words.
        message: String,
    },
    /// The remote has a branch whose name is a directory of this one's, or the reverse.
    NameTaken {
        /// The branch that is in the way.
        other: String,
    },
    /// This clone is shallow, and the server does not take branches from one.
    Shallow,
    /// Something else.
    Other {
        /// git's reason and the server's words.
        message: String,
    },
}

impl PushRejection {
    /// What to do now.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Moved { found: Some(_) } => {
                "Look at what was pushed there; cutover leaves branches alone that somebody else has touched."
            }
            Self::Moved { found: None } => {
                "Somebody deleted it there. If it is to come back, push it by hand, then resume."
            }
            Self::Hook { .. } => "Do what the hook asks for, or ask who looks after the server, then resume.",
            Self::Protected { .. } => {
                "Let `branch:` in the workflow name a branch that no rule covers, or ask an administrator for an exception."
            }
            Self::Secret { .. } => {
                "Take it out of the files and commit again, or allow it where the message says, then resume."
            }
            Self::TooLarge { .. } => "Leave the file out, or keep it with Git LFS.",
            Self::Permission { message } if message.contains("workflow") => {
                "Use a token with the `workflow` scope (or `Workflows: write`), for the change touches `.github/workflows`."
            }
            Self::Permission { .. } => "Use credentials that may do this.",
            Self::NameTaken { other } => {
                return Some(format!("Delete or rename `{other}` on the remote, or change `branch:` in the workflow."));
            }
            Self::Shallow => "Complete the clone: git fetch --unshallow",
            Self::Other { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for PushRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, message) = match self {
            Self::Moved { found: Some(found) } => {
                return write!(f, "the remote's branch has moved: it is at {} now", found.short());
            }
            Self::Moved { found: None } => return write!(f, "the remote's branch is gone"),
            Self::NameTaken { other } => {
                return write!(f, "the branch cannot exist beside the remote's branch `{other}`");
            }
            Self::Shallow => return write!(f, "the remote takes no branches from a shallow clone"),
            Self::Hook { message } => ("a hook of the remote refused the branch", message),
            Self::Protected { message } => ("a rule of the remote forbids the push", message),
            Self::Secret { message } => ("the remote found something that is to stay private", message),
            Self::TooLarge { message } => ("the remote does not take such large files", message),
            Self::Permission { message } => ("the remote does not allow it", message),
            Self::Other { message } => ("the remote did not take the branch", message),
        };
        if message.is_empty() { f.write_str(what) } else { write!(f, "{what}: {}", one_line(message)) }
    }
}

impl std::error::Error for PushRejection {}
