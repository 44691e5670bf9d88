//! What the engine tells whoever is watching, and what it can be told while it runs.

use std::sync::Arc;

use jiff::Timestamp;

use crate::event::{Event, RunState, StepIndex, UnitIndex, UnitOutcome, Waiting};

/// Something that happened. Told in order, and after the state has taken it.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A transition.
    Event(&'a Event),
    /// A unit's step is being worked on; pure edits are too short to tell.
    Working {
        /// Whose step.
        unit: UnitIndex,
        /// Which step; `None` while its edits are computed or committed.
        step: Option<StepIndex>,
    },
    /// A unit waits for the world: nothing can be done for it until that moves.
    Waits {
        /// Which unit.
        unit: UnitIndex,
        /// For what.
        waiting: &'a Waiting,
    },
    /// The remote repository says that it is at another address now. Pushes are led there.
    Moved {
        /// The new address.
        to: String,
    },
    /// The forge's limits let no write go out for a while.
    Paced {
        /// When the next one may.
        until: Timestamp,
    },
    /// A unit is at its end.
    Ended {
        /// Which unit.
        unit: UnitIndex,
        /// What became of it.
        outcome: &'a UnitOutcome,
        /// The state that says so.
        state: &'a RunState,
    },
}

/// How urgently the run is to stop; it only ever rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Interrupt {
    /// Go on.
    #[default]
    None,
    /// Finish what is running, then stop: the first Ctrl-C.
    Drain,
    /// Stop what is running: the second.
    Kill,
}

/// Who is told of progress.
pub type Observer = Arc<dyn Fn(Progress<'_>) + Send + Sync>;
