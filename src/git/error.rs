//! What can go wrong with a repository, and what a person can do about it.

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{RepoPath, TreeError, closest};

use super::{ObjectId, RemoteError};

/// A failed operation on a repository. The text reads on after "failed to …: "; [`GitError::hint`] says what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GitError {
    /// The `git` executable cannot be started.
    #[error("the `git` executable cannot be started: {0}")]
    NoGit(String),
    /// No repository at this path or above it.
    #[error("`{0}` is not inside a git repository")]
    NotARepository(Utf8PathBuf),
    /// The directory does not exist.
    #[error("the directory `{0}` does not exist")]
    NoDirectory(Utf8PathBuf),
    /// git refuses a repository that belongs to somebody else.
    #[error("git does not trust `{0}`, because it belongs to another user")]
    UntrustedOwner(Utf8PathBuf),
    /// The repository names objects in a way that is not supported.
    #[error("the repository stores objects as {0}, and only sha1 is supported")]
    ObjectFormat(String),
    /// The repository has no commit at all.
    #[error("the repository has no commit yet")]
    Empty,
    /// `HEAD` names a branch without commits, though other branches have some.
    #[error("HEAD names the branch `{head}`, which has no commit")]
    UnbornHead {
        /// The branch that `HEAD` names.
        head: String,
        /// Branches that have commits.
        branches: Vec<String>,
    },
    /// No commit has this name.
    #[error("there is no revision `{revision}`")]
    UnknownRevision {
        /// What was asked for.
        revision: String,
        /// The branch or tag that was probably meant.
        suggestion: Option<String>,
    },
    /// A name that fits several objects, or something that is not a commit.
    #[error("`{revision}` does not name one commit: {message}")]
    NotACommit {
        /// What was asked for.
        revision: String,
        /// What git says about it.
        message: String,
    },
    /// Two commits without a common history.
    #[error("`{0}` and `{1}` have no commit in common")]
    NoMergeBase(String, String),
    /// The configuration has no name or no address for commits.
    #[error("git does not know who you are: `{0}` is not set")]
    NoIdentity(&'static str),
    /// A name or address that a commit cannot carry.
    #[error("`{0}` cannot stand in a commit as a name or an address")]
    Signature(String),
    /// A name that no branch can have.
    #[error("`{name}` cannot be the name of a branch: {reason}")]
    BranchName {
        /// The name.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// Two commits of one batch for the same branch.
    #[error("the branch `{0}` is asked for twice in one batch")]
    BranchTwice(String),
    /// Moving the branch would turn a work tree's files into changes that nobody made.
    #[error("the branch `{branch}` is checked out in `{work_tree}`")]
    CheckedOut {
        /// The branch.
        branch: String,
        /// The work tree that has it.
        work_tree: Utf8PathBuf,
    },
    /// git keeps branches as paths: `a` and `a/b` cannot both exist.
    #[error("the branch `{branch}` cannot exist beside the branch `{other}`")]
    NameTaken {
        /// The branch that was asked for.
        branch: String,
        /// The one that exists.
        other: String,
    },
    /// An object that the repository should have.
    #[error("the {kind} {id} is missing from the repository")]
    MissingObject {
        /// `blob`, `tree` or `commit`.
        kind: &'static str,
        /// Its id.
        id: ObjectId,
    },
    /// An object that is there but cannot be read.
    #[error("the {kind} {id} cannot be read: {message}")]
    CorruptObject {
        /// `blob`, `tree` or `commit`.
        kind: &'static str,
        /// Its id.
        id: ObjectId,
        /// What is wrong with it.
        message: String,
    },
    /// A change that does not fit the tree: a file where a directory is, or the reverse.
    #[error("`{path}` cannot be written: {reason}")]
    PathInTheWay {
        /// What was to be written or removed.
        path: RepoPath,
        /// What stands there.
        reason: String,
    },
    /// Another git, alive or dead, holds a lock.
    #[error("`{0}` exists: another git is at work there, or one was killed")]
    Locked(Utf8PathBuf),
    /// No space left, or the quota is used up.
    #[error("no space left on the disk that holds `{0}`")]
    DiskFull(Utf8PathBuf),
    /// The disk is mounted read-only.
    #[error("`{0}` is on a read-only disk")]
    ReadOnly(Utf8PathBuf),
    /// The user may not write there.
    #[error("no permission to write `{0}`")]
    PermissionDenied(Utf8PathBuf),
    /// Anything else that the operating system says.
    #[error("`{path}`: {message}")]
    Io {
        /// The file or directory.
        path: Utf8PathBuf,
        /// The system's words.
        message: String,
    },
    /// A hook of the repository said no to the new branches.
    #[error("a `reference-transaction` hook refused the branches: {0}")]
    Hook(String),
    /// A remote as a whole does not do what it is asked.
    #[error("{0}")]
    Remote(RemoteError),
    /// A git command failed in a way that is not foreseen; its own words follow.
    #[error("`git {command}` failed: {message}")]
    Command {
        /// The command, without the options that are always there.
        command: String,
        /// Its last words.
        message: String,
    },
}

impl GitError {
    /// What to do now, as a sentence; `None` where the message says it all.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoGit(_) => "Install git, or put it on the PATH.".to_owned(),
            Self::NotARepository(_) => "Go to a clone of the monorepo, or name one with `--repo DIR`.".to_owned(),
            Self::NoDirectory(_) => "Check the spelling of `--repo`.".to_owned(),
            Self::UntrustedOwner(dir) => {
                format!("If you trust it: git config --global --add safe.directory {dir}")
            }
            Self::ObjectFormat(_) => "Use a clone whose object format is sha1.".to_owned(),
            Self::Empty => {
                "Make a first commit; cutover works on commits, not on files that git does not know.".to_owned()
            }
            Self::UnbornHead { branches, .. } => match branches.first() {
                Some(branch) => format!("Name the commit to start from, such as `--base {branch}`."),
                None => "Name the commit to start from with `--base REV`.".to_owned(),
            },
            Self::UnknownRevision { suggestion: Some(near), .. } => format!("Did you mean `{near}`?"),
            Self::UnknownRevision { .. } => {
                "Give a branch, a tag or a commit that this repository has; `git fetch` brings those that it has not."
                    .to_owned()
            }
            Self::NotACommit { .. } => "Give a branch, a tag, or more digits of the commit's id.".to_owned(),
            Self::NoMergeBase(..) => {
                "Give a revision of the same history; a shallow clone may need `git fetch --unshallow`.".to_owned()
            }
            Self::NoIdentity(_) => {
                "Type: git config --global user.name \"Your Name\" and: git config --global user.email you@example.com"
                    .to_owned()
            }
            Self::Signature(_) => {
                "Set `user.name` and `user.email` with `git config` to text without `<`, `>` and line breaks."
                    .to_owned()
            }
            Self::BranchName { .. } => "Change `branch:` in the workflow.".to_owned(),
            Self::BranchTwice(_) => {
                "Let `branch:` in the workflow depend on the connector, as `${{ connector.name }}` does.".to_owned()
            }
            Self::CheckedOut { work_tree, .. } => {
                format!("Switch to another branch there (git -C '{work_tree}' switch -), then resume.")
            }
            Self::NameTaken { other, .. } => {
                format!("Rename one of the two: git branch -m {other} NEW-NAME, or change `branch:` in the workflow.")
            }
            Self::MissingObject { .. } => {
                "Fetch it (`git fetch --refetch` in a partial clone), or look for damage with `git fsck`.".to_owned()
            }
            Self::CorruptObject { .. } => {
                "Look for damage with `git fsck`, and clone again if there is more of it.".to_owned()
            }
            Self::PathInTheWay { .. } => {
                "Move what stands there in an earlier step, or leave this connector out.".to_owned()
            }
            Self::Locked(path) => {
                format!("If no git is running in this repository, remove the file (rm '{path}') and resume.")
            }
            Self::DiskFull(_) => "Free some space, then resume; nothing is half-written.".to_owned(),
            Self::ReadOnly(_) | Self::PermissionDenied(_) => {
                "Work in a clone that you may write to: git clone --shared REPOSITORY DIRECTORY".to_owned()
            }
            Self::Hook(_) => "Ask the hook, in the repository's `hooks` directory or `core.hooksPath`.".to_owned(),
            Self::Remote(error) => return error.hint(),
            Self::Io { .. } | Self::Command { .. } => return None,
        };
        Some(hint)
    }

    /// An error of the operating system, in the words of this enum.
    pub(super) fn io(path: &Utf8Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(path.to_owned()),
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path.to_owned()),
            ErrorKind::PermissionDenied => Self::PermissionDenied(path.to_owned()),
            _ => Self::Io { path: path.to_owned(), message: error.to_string() },
        }
    }

    /// What a git command wrote before it failed, in the words of this enum.
    /// `place` is what it was writing to. Commands run with `LC_ALL=C`, so the words are git's English ones.
    pub(super) fn from_stderr(command: &str, place: &Utf8Path, stderr: &str) -> Self {
        let message = stderr.trim().to_owned();
        if let Some(path) = lock_in_the_way(&message) {
            return Self::Locked(path.into());
        }
        let place = place.to_owned();
        if message.contains("No space left on device") || message.contains("Disk quota exceeded") {
            Self::DiskFull(place)
        } else if message.contains("Read-only file system") {
            Self::ReadOnly(place)
        } else if message.contains("Permission denied") {
            Self::PermissionDenied(place)
        } else if message.contains("aborted by") && message.contains("hook") {
            Self::Hook(message)
        } else {
            Self::Command { command: command.to_owned(), message }
        }
    }

    /// No revision of this name; the nearest of the known ones is suggested.
    pub(super) fn unknown_revision(revision: &str, known: &[String]) -> Self {
        let suggestion = closest(revision, known.iter().map(String::as_str)).map(str::to_owned);
        Self::UnknownRevision { revision: revision.to_owned(), suggestion }
    }

    /// As the error of a tree that is being read.
    pub(super) fn in_tree(self, path: &str) -> TreeError {
        let hint = self.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
        TreeError { path: path.to_owned(), message: format!("{self}{hint}") }
    }
}

/// The lock file in `Unable to create '/…/refs/heads/x.lock': File exists.`
fn lock_in_the_way(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Unable to create '")?;
    let (path, rest) = rest.split_once("': ")?;
    rest.starts_with("File exists").then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_lock_is_named_with_the_command_that_removes_it() {
        let stderr = "fatal: prepare: cannot lock ref 'refs/heads/a': Unable to create '/r/.git/refs/heads/a.lock': \
                      File exists.\n\nAnother git process seems to be running";
        let error = GitError::from_stderr("update-ref", Utf8Path::new("/r/.git"), stderr);
        assert!(matches!(&error, GitError::Locked(path) if path == "/r/.git/refs/heads/a.lock"), "{error}");
        assert!(error.hint().unwrap().contains("rm '/r/.git/refs/heads/a.lock'"));
    }

    #[test]
    fn what_the_system_says_through_git_is_told_apart() {
        let place = Utf8Path::new("/r/.git");
        let of = |stderr: &str| GitError::from_stderr("update-ref", place, stderr);
        assert!(matches!(of("error: unable to write: No space left on device"), GitError::DiskFull(_)));
        assert!(matches!(of("Unable to create '/r/x.lock': Read-only file system"), GitError::ReadOnly(_)));
        assert!(matches!(of("Unable to create '/r/x.lock': Permission denied"), GitError::PermissionDenied(_)));
        assert!(matches!(of("no!\nfatal: ref updates aborted by hook"), GitError::Hook(_)));
        assert!(matches!(of("update aborted by the reference-transaction hook"), GitError::Hook(_)));
        assert!(matches!(of("fatal: something new"), GitError::Command { .. }));
    }
}
