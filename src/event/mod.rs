//! What can happen in a run, and the state that follows from it.
//!
//! A run's state is a fold over its [`Event`]s and nothing else: [`RunState::apply`] says which
//! event is legal in which state, and is used when running *and* when loading a journal. What
//! may be done next is a pure function of that state: [`next`]. The embedded engine asks it; a
//! distributed one could ask the same function.
//!
//! Nothing here knows what a step does, only what needs what and what came of it.

mod apply;
mod failure;
mod graph;
mod illegal;
mod next;
mod outcome;
mod refresh;
mod state;
mod step;
mod subject;
mod waiting;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::{FileMode, RepoPath};

pub use failure::{Failure, FailureClass};
pub use graph::{Graph, Node};
pub use illegal::IllegalEvent;
pub use next::{Next, next};
pub use outcome::{Counts, UnitOutcome};
pub use refresh::{Ground, Redone, Refresh};
pub use state::{Checkpoint, RunState, Stop, UnitState};
pub use step::StepState;
pub use waiting::{Waiting, WaitsFor};

/// Which unit of the run: 0 is the run itself (its `scope: run` steps), connectors count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitIndex(pub u32);

impl UnitIndex {
    /// The run itself, as the owner of its run-scoped steps.
    pub const RUN: Self = Self(0);

    /// The place in a list that holds the run first and then its connectors.
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// Which step of the workflow, counted in the fixed topological order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepIndex(pub u16);

impl StepIndex {
    /// The place in [`Graph::nodes`].
    pub fn position(self) -> usize {
        usize::from(self.0)
    }
}

/// What a step that succeeded did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// Whether anything is different from before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub changed: bool,
    /// What was done, as a sentence fragment for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Values for later steps, by output name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Value>,
    /// What a person should look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Files that a process changed. Edits are pure and computed again on resume; a process is
    /// not run twice, so what it made is part of its event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRecord>,
    /// The question that the step put to the outside world. Whoever asks the same later in this run gets this answer.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
}

/// What a step asks of the outside world: equal questions of one run have one answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// The action that asks.
    #[serde(rename = "a")]
    pub action: String,
    /// What it asks, as the JSON of the action's own form: without anything that cannot change the answer.
    #[serde(rename = "j")]
    pub text: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A file that a process made, changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Where.
    pub path: RepoPath,
    /// Mode and the SHA-256 of the content in the journal's content store; `None`: the file was removed.
    pub content: Option<(FileMode, String)>,
}

/// Who took a run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Host name.
    pub host: String,
}

/// Why a step goes back to pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResetReason {
    /// `resume --retry-failed`.
    RetryFailed,
    /// It was running when the process died, and doing it again is harmless.
    Interrupted,
}

/// Why cutover leaves a unit alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Its branch has commits that this run did not make.
    EditedByHuman {
        /// The branch.
        branch: String,
        /// The commit found on it.
        found: String,
    },
    /// Its pull request was closed without being merged.
    ClosedByHuman {
        /// The pull request's number.
        number: u64,
    },
    /// `cutover close` closed what the run had opened for it.
    Closed {
        /// The number of its pull request, if it had one.
        number: Option<u64>,
    },
}

/// One transition of a run. Serialised with short names: a journal holds hundreds of thousands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A process took the run on, for the first time or to resume it.
    Opened {
        /// Who.
        holder: Holder,
        /// When.
        at: Timestamp,
    },
    /// A step begins. Durable before the step acts; pure edits have no such event.
    Started {
        /// Whose step.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// Which step.
        #[serde(rename = "s")]
        step: StepIndex,
        /// Which try this is, from 1.
        #[serde(rename = "n")]
        attempt: u32,
    },
    /// A step succeeded.
    Succeeded {
        /// Whose step.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// Which step.
        #[serde(rename = "s")]
        step: StepIndex,
        /// What it did.
        #[serde(rename = "r")]
        result: StepResult,
    },
    /// A step was left out: its `if` was false, or a person skipped it.
    Skipped {
        /// Whose step.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// Which step.
        #[serde(rename = "s")]
        step: StepIndex,
        /// Why.
        #[serde(rename = "r")]
        reason: String,
    },
    /// A try of a step failed; with `retry_in` there will be another.
    Failed {
        /// Whose step.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// Which step.
        #[serde(rename = "s")]
        step: StepIndex,
        /// Why.
        #[serde(rename = "f")]
        failure: Failure,
        /// Milliseconds until the next try.
        #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
        retry_in: Option<u64>,
    },
    /// A step goes back to pending.
    Reset {
        /// Whose step.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// Which step.
        #[serde(rename = "s")]
        step: StepIndex,
        /// Why.
        reason: ResetReason,
    },
    /// The unit cannot go on: its rehearsal found an edit that cannot be made (then nothing of it is
    /// done), or its branch cannot be written.
    Refused {
        /// Which unit.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// The step that would fail.
        #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
        step: Option<StepIndex>,
        /// Why.
        #[serde(rename = "f")]
        failure: Failure,
    },
    /// A refusal is taken back: `resume --retry-failed`.
    Reconsidered {
        /// Which unit.
        #[serde(rename = "u")]
        unit: UnitIndex,
    },
    /// The unit's edits so far are a commit on its branch.
    Committed {
        /// Which unit.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// The commit, and the tree in it; `None` if the edits took each other back and left nothing to commit.
        #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
        checkpoint: Option<Checkpoint>,
    },
    /// A step has looked at the world and waits for something in it.
    Waiting {
        /// Whose step.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// Which step.
        #[serde(rename = "s")]
        step: StepIndex,
        /// For what.
        #[serde(rename = "w")]
        waiting: Waiting,
    },
    /// The remote repository has the unit's commit.
    Pushed {
        /// Which unit.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// The commit, in hexadecimal: the unit's checkpoint.
        #[serde(rename = "c")]
        commit: String,
    },
    /// The unit's pull request is merged.
    Merged {
        /// Which unit.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// The pull request's number.
        #[serde(rename = "n")]
        number: u64,
    },
    /// The definition of done was checked.
    Verified {
        /// Which unit.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// Criteria that do not hold, each with what was found instead.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unmet: Vec<String>,
    },
    /// The unit is in a person's hands; cutover leaves it alone.
    Held {
        /// Which unit.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// Why.
        by: Held,
    },
    /// A person's branch was taken as the unit's work.
    Adopted {
        /// Which unit.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// The head of the branch.
        #[serde(rename = "c")]
        checkpoint: Checkpoint,
    },
    /// The base has moved, and the unit's work was made anew on it.
    Refreshed {
        /// Which unit.
        #[serde(rename = "u")]
        unit: UnitIndex,
        /// What it is now.
        #[serde(rename = "r")]
        refresh: Box<Refresh>,
    },
    /// No new units are started any more; those under way are finished.
    Stopping {
        /// Why.
        reason: Stop,
    },
    /// A wave of the rollout was found to be done: from then on the next one may begin, also if a pull request of this
    /// one goes back to red.
    WaveDone {
        /// Which, from 0; they are done one after another.
        #[serde(rename = "n")]
        wave: u32,
        /// When it was seen.
        at: Timestamp,
    },
    /// The process let go of the run. A journal without it at its end belongs to a process that died.
    Closed {
        /// When.
        at: Timestamp,
    },
}
