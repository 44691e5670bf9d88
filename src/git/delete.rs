//! Deleting branches, each only where it stands as expected.

use super::{CommitId, GitError, Repository};
use std::fmt::Write as _;

/// What became of a branch that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deleted {
    /// It is deleted.
    Done,
    /// It was not there.
    AlreadyGone,
    /// It stands somewhere else and was left alone.
    Moved {
        /// Where.
        found: CommitId,
    },
    /// A work tree has it checked out; it was left alone.
    CheckedOut,
}

impl Repository {
    /// Deletes branches of this repository, each only if it is at this commit, all in one transaction.
    pub fn delete_branches(&self, branches: &[(String, CommitId)]) -> Result<Vec<Deleted>, GitError> {
        let names: Vec<&str> = branches.iter().map(|(name, _)| name.as_str()).collect();
        let current = self.refs().current(&names)?;
        let checked_out = self.refs().checked_out()?;
        let judge = |(name, expected): &(String, CommitId)| match current.get(name) {
            None => Deleted::AlreadyGone,
            Some(found) if found != expected => Deleted::Moved { found: *found },
            Some(_) if checked_out.contains_key(name) => Deleted::CheckedOut,
            Some(_) => Deleted::Done,
        };
        let judged: Vec<Deleted> = branches.iter().map(judge).collect();
        let doomed = branches.iter().zip(&judged).filter(|(_, judged)| **judged == Deleted::Done);
        let mut orders = String::new();
        for ((name, expected), _) in doomed {
            let _ = writeln!(orders, "delete refs/heads/{name} {expected}");
        }
        if !orders.is_empty() {
            self.git().expect(&["update-ref", "-m", "cutover: delete", "--stdin"], orders.as_bytes())?;
        }
        Ok(judged)
    }
}
