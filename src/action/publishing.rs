//! What a publication may know and do: the unit's branch and commit, and the forge.

use crate::base::{RunId, UnitName};
use crate::event::{Failure, Held};
use crate::forge::{Forge, ForgeError};

pub use crate::forge::BoxFuture;

use super::Subject;

/// The unit that is published, and where.
#[derive(Clone, Copy)]
pub struct Publishing<'a> {
    /// The connector, the profile and the date.
    pub subject: Subject<'a>,
    /// The run: part of the mark by which what it published is found again.
    pub run: &'a RunId,
    /// The unit: the other part of the mark.
    pub unit: &'a UnitName,
    /// The branch that carries the unit's commits.
    pub branch: &'a str,
    /// The branch that it is to be merged into.
    pub base_branch: &'a str,
    /// The head of the unit's branch, in hexadecimal; `None` if the unit has no commit.
    pub head: Option<&'a str>,
    /// Where pull requests live.
    pub forge: &'a dyn Forge,
}

/// Why nothing was published.
#[derive(Debug)]
pub enum PublishError {
    /// It failed.
    Failed(Failure),
    /// A person has taken the unit over.
    Held(Held),
}

impl From<ForgeError> for PublishError {
    fn from(error: ForgeError) -> Self {
        Self::Failed(error.into())
    }
}
