//! Where a run stands: after `run` and `resume`, and for `status`. One form for the three.

mod json;
mod standing;
mod text;
mod unit;
mod waves;

use std::time::Duration;

use crate::event::{RunState, Stop};
use crate::plan::Migration;

pub use json::json;
pub use standing::{Standing, standing};
pub(super) use text::numbers;
pub use text::text;
pub(super) use unit::{UnitFacts, run_failure, step_outcome, units, warnings};

/// What is known of a run.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// What is carried out.
    pub migration: &'a Migration,
    /// Where it stands.
    pub state: &'a RunState,
    /// Whether a living process works on it.
    pub running: bool,
    /// Why this process stopped before the end of the run, if it did.
    pub stopped: Option<Stop>,
    /// How long this process worked on it.
    pub elapsed: Option<Duration>,
    /// The commands to type next: the last lines.
    pub next: &'a [String],
}

impl Facts<'_> {
    /// Where the run stands as a whole.
    pub fn standing(&self) -> Standing {
        standing(self.state, self.running, self.stopped)
    }
}
