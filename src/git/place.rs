//! Putting branches where they are known to belong: made where there is none, moved only from where they are expected.

use super::refs::Move;
use super::{CommitId, GitError, Repository};

/// A branch that is to be made or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The branch.
    pub branch: String,
    /// Where it must be now; `None`: it must not exist.
    pub from: Option<CommitId>,
    /// Where it is to be.
    pub to: CommitId,
}

impl Repository {
    /// Puts these branches in their places, all in one transaction. Those that are somewhere else than expected, or
    /// checked out in a work tree, are left alone; for each, whether it is where it is to be.
    pub fn place_branches(&self, placements: &[Placement]) -> Result<Vec<bool>, GitError> {
        let names: Vec<&str> = placements.iter().map(|placement| placement.branch.as_str()).collect();
        let current = self.refs().current(&names)?;
        let checked_out = self.refs().checked_out()?;
        let is_there = |placement: &Placement| current.get(&placement.branch) == Some(&placement.to);
        let possible = |placement: &&Placement| {
            !is_there(placement)
                && current.get(&placement.branch).copied() == placement.from
                && !checked_out.contains_key(&placement.branch)
        };
        let moves: Vec<Move<'_>> = placements
            .iter()
            .filter(possible)
            .map(|placement| Move { branch: &placement.branch, old: placement.from, new: placement.to })
            .collect();
        if !moves.is_empty() {
            self.refs().update(&moves, "cutover: adopt")?;
            self.refs().sync(moves.iter().map(|placed| placed.branch))?;
        }
        Ok(placements.iter().map(|placement| is_there(placement) || possible(&placement)).collect())
    }
}
