//! A unit made anew on another commit of the base branch.

use serde::{Deserialize, Serialize};

use crate::connector::Connector;

use super::{Checkpoint, Failure, StepIndex, StepResult};

/// A unit's work, made anew on a base that has moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refresh {
    /// What it stands on now.
    pub ground: Ground,
    /// Steps that were computed again, with what came of them: edits, in order.
    pub redone: Vec<(StepIndex, Redone)>,
    /// Steps that have to be done again for the new commit: a text that names the version, checks of the head.
    pub again: Vec<StepIndex>,
    /// The commit that stands in for all that the unit had committed.
    pub checkpoint: Checkpoint,
}

/// What a unit stands on, where that is not the base of its run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ground {
    /// The commit, in hexadecimal.
    pub base: String,
    /// The connector as it is in that commit.
    pub connector: Connector,
}

/// What came of a step that was computed again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redone {
    /// It succeeded.
    Succeeded(StepResult),
    /// It was left out.
    Skipped(String),
    /// It failed, and others go on without it.
    Failed(Failure),
}
