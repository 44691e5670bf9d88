//! A unit leaves its desk: what it came to, who had waited for that, and whether it stops the run.

use crate::event::{Event, Stop, UnitIndex, UnitOutcome, WaitsFor};

use super::EngineError;
use super::dispatcher::Dispatcher;
use super::progress::Progress;

impl Dispatcher {
    /// Nothing more can be done for a unit now.
    pub(super) fn end(&mut self, unit: UnitIndex) -> Result<(), EngineError> {
        self.desks.remove(&unit);
        let outcome = self.state.outcome(unit);
        if let UnitOutcome::Waiting { waiting, .. } = &outcome {
            (self.observer)(Progress::Waits { unit, waiting });
            if waiting.on == WaitsFor::Rollout {
                // It does not go first as long as it may not go at all.
                self.call_behind(unit);
            }
        }
        if unit == UnitIndex::RUN || !outcome.is_final() {
            return Ok(());
        }
        self.call_behind(unit);
        (self.observer)(Progress::Ended { unit, outcome: &outcome, state: &self.state });
        if matches!(outcome, UnitOutcome::Failed { .. }) {
            self.failures += 1;
            let options = &self.migration.frozen.options;
            let reason = if options.fail_fast {
                Some(Stop::FailFast)
            } else {
                options.max_failures.filter(|most| self.failures > *most).map(|_| Stop::FailureBudget)
            };
            if let Some(reason) = reason
                && self.state.stopping().is_none()
            {
                self.record(Event::Stopping { reason })?;
            }
        }
        Ok(())
    }
}
