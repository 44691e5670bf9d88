//! Waves: which connectors are published first, how many at once, when, and when not to go on.
//!
//! Pure: [`Rollout::decide`] is asked by the engine before a connector's first publication, and by the simulation that
//! makes the plan's [`Timetable`]. What is known of pull requests comes in as [`Population`]; nobody is asked here and
//! no clock is read.

mod decide;
mod pace;
mod population;
mod simulate;
mod timetable;
mod waves;
mod window;

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::connector::{PatternError, Patterns};
use crate::diagnostic::Diagnostic;
use crate::workflow::RolloutOptions;

pub use decide::Decision;
pub use pace::Pace;
pub use population::{Checks, Member, Open, Population, Stage};
pub use simulate::{Assumptions, Work, simulate};
pub use timetable::{Timetable, WaveTimes};

use waves::Waves;
use window::Opening;

/// A workflow's rollout, made ready for the connectors of one run. Units are counted from 0 here, in the order of the
/// run.
#[derive(Debug, Clone)]
pub struct Rollout {
    options: RolloutOptions,
    waves: Waves,
    windows: Vec<Opening>,
}

/// Why a rollout cannot be made ready. Loading a workflow checks for both; a run that was frozen by another version
/// may have them still.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolloutError {
    /// A window's zone is not known.
    #[error("there is no time zone `{0}`, which a window of `rollout` names")]
    Zone(String),
    /// A canary's glob cannot be read.
    #[error(transparent)]
    Canary(#[from] PatternError),
}

impl Rollout {
    /// Makes a rollout ready for these units, each with all the names that it goes by.
    pub fn new(options: &RolloutOptions, units: &[Vec<&str>]) -> Result<Self, RolloutError> {
        let windows = options.windows.iter().map(Opening::new).collect::<Result<_, _>>()?;
        Ok(Self { waves: Waves::new(options, units)?, windows, options: options.clone() })
    }

    /// What was asked for.
    pub fn options(&self) -> &RolloutOptions {
        &self.options
    }

    /// How many waves there are; none is empty.
    pub fn waves(&self) -> usize {
        self.waves.sizes().len()
    }

    /// The wave that a unit is in, from 0.
    pub fn wave_of(&self, unit: usize) -> usize {
        self.waves.of(unit)
    }

    /// How many units a wave has.
    pub fn size_of(&self, wave: usize) -> usize {
        self.waves.sizes()[wave]
    }

    /// The zone whose clock the windows go by: that of the first; UTC without any.
    pub fn zone(&self) -> TimeZone {
        self.windows.first().map_or(TimeZone::UTC, |window| window.zone().clone())
    }

    /// The units in the order of their turns: wave after wave, within a wave in the order of the run.
    pub fn turns(&self) -> &[usize] {
        self.waves.turns()
    }

    /// What a person should look at before the run begins: canaries that match nobody, waves that stay empty.
    pub fn warnings(options: &RolloutOptions, units: &[Vec<&str>]) -> Vec<Diagnostic> {
        if units.is_empty() {
            return Vec::new();
        }
        let patterns = Patterns::new(&options.canary).unwrap_or_default();
        let unmatched = patterns.without_match(units);
        let canaries = unmatched.into_iter().map(|canary| {
            let message = format!("the canary `{canary}` of `rollout` matches no connector of the run");
            Diagnostic::warning("unmatched-canary", message)
                .hint("`cutover list` shows which connectors are selected, and how they are called.")
        });
        canaries.chain(waves::too_large(options, units.len())).collect()
    }
}

/// So much later; what lies beyond the calendar is never.
fn later(at: Timestamp, after: Duration) -> Timestamp {
    let after = SignedDuration::try_from(after).unwrap_or(SignedDuration::MAX);
    at.checked_add(after).unwrap_or(Timestamp::MAX)
}
