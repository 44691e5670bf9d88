//! What executors answer, turned into events.

use crate::action::{Look, PublishError, Published};
use crate::event::{Event, Failure, FailureClass, Next, ResetReason, StepIndex, StepState, UnitIndex};
use crate::overlay::Overlay;
use crate::plan::Tried;

use super::EngineError;
use super::commit;
use super::dispatcher::{Dispatcher, Message};
use super::edits::Bench;
use super::execute::Executed;
use super::restore::NotReady;
use super::retry;

impl Dispatcher {
    pub(super) fn handle(&mut self, message: Message) -> Result<(), EngineError> {
        if let Message::RetryDue(unit, step) = message {
            self.timers -= 1;
            self.leave(unit, Next::Start(step));
            return self.advance(unit);
        }
        self.in_flight -= 1;
        let unit = match message {
            Message::Durable(batch, result) => {
                self.durable(batch, result);
                return Ok(());
            }
            Message::Died => {
                self.fail(EngineError::Worker);
                return Ok(());
            }
            Message::RetryDue(unit, _) => unit,
            Message::Ready(unit, ready) => self.ready(unit, *ready)?,
            Message::Edited(unit, step, edited) => self.edited(unit, step, *edited)?,
            Message::Executed(unit, step, executed) => self.executed(unit, step, *executed)?,
            Message::Resolved(unit, step, resolved) => self.resolved(unit, step, *resolved)?,
            Message::Looked(unit, step, looked) => self.looked(unit, step, *looked)?,
            Message::Published(unit, step, published) => self.acted(unit, step, *published)?,
            Message::Pushed(pushed) => return self.pushed(pushed),
            Message::Surveyed(survey) => return self.surveyed(survey),
            Message::Committed(unit, outcome) => self.committed(unit, *outcome)?,
            Message::Verified(unit, unmet) => {
                self.leave(unit, Next::Verify);
                self.record(Event::Verified { unit, unmet })?;
                unit
            }
        };
        self.advance(unit)
    }

    fn ready(&mut self, unit: UnitIndex, ready: Result<Bench, NotReady>) -> Result<UnitIndex, EngineError> {
        let (bench, refusal) = match ready {
            Ok(bench) => (Some(bench), None),
            Err(NotReady::Refused(step, failure)) => (None, Some((Some(step), failure))),
            Err(NotReady::Failed(failure)) => (None, Some((None, failure))),
        };
        if let Some((step, failure)) = refusal {
            self.record(Event::Refused { unit, step, failure })?;
        }
        if let Some(desk) = self.desks.get_mut(&unit) {
            // A refused unit needs no files: what is left for it is to leave.
            let empty = || Bench {
                fixed: crate::expression::Scope::new(),
                ground: None,
                overlay: None,
                outputs: crate::plan::Outputs::default(),
            };
            desk.bench = Some(bench.unwrap_or_else(empty));
        }
        Ok(unit)
    }

    fn edited(
        &mut self,
        unit: UnitIndex,
        step: StepIndex,
        (overlay, tried): (Overlay, Tried),
    ) -> Result<UnitIndex, EngineError> {
        self.leave(unit, Next::Start(step));
        if self.is_stopping() {
            // Computed again when the run is resumed.
            return Ok(unit);
        }
        let event = match tried {
            Tried::Done(result) => {
                self.give(unit, step, result.changed, &result.outputs);
                Event::Succeeded { unit, step, result }
            }
            Tried::Skipped(reason) => {
                self.give(unit, step, false, &std::collections::BTreeMap::new());
                Event::Skipped { unit, step, reason }
            }
            Tried::Failed(failure) => {
                self.give(unit, step, false, &std::collections::BTreeMap::new());
                Event::Failed { unit, step, failure, retry_in: None }
            }
            Tried::Undecided(reason) => {
                // In a run everything is known; what is not, is a value that no step gave.
                let failure = Failure::new(FailureClass::Expression, reason);
                Event::Failed { unit, step, failure, retry_in: None }
            }
        };
        if let Some(bench) = self.desks.get_mut(&unit).and_then(|desk| desk.bench.as_mut()) {
            bench.overlay = Some(overlay);
        }
        self.record(event)?;
        Ok(unit)
    }

    fn executed(&mut self, unit: UnitIndex, step: StepIndex, executed: Executed) -> Result<UnitIndex, EngineError> {
        self.leave(unit, Next::Start(step));
        match executed {
            Executed::Done { result, changes, contents } => {
                let taken = match self.desks.get_mut(&unit).and_then(|desk| desk.bench.as_mut()) {
                    Some(Bench { overlay: Some(overlay), .. }) => overlay.take(changes),
                    _ => Ok(()),
                };
                match taken {
                    Ok(()) => {
                        self.give(unit, step, result.changed, &result.outputs);
                        self.keep(contents);
                        self.record(Event::Succeeded { unit, step, result })?;
                    }
                    Err(error) => self.failed(unit, step, error.into())?,
                }
            }
            Executed::Skipped(reason) => {
                self.give(unit, step, false, &std::collections::BTreeMap::new());
                self.record(Event::Skipped { unit, step, reason })?;
            }
            Executed::Failed(failure) => self.failed(unit, step, failure)?,
            Executed::Interrupted => self.record(Event::Reset { unit, step, reason: ResetReason::Interrupted })?,
        }
        self.release(step)?;
        Ok(unit)
    }

    /// What a look at the world says: go, nothing to do, or not yet.
    fn looked(
        &mut self,
        unit: UnitIndex,
        step: StepIndex,
        looked: Result<Look, PublishError>,
    ) -> Result<UnitIndex, EngineError> {
        if self.is_stopping() || !self.state.may_begin(unit, step) {
            // Nothing was done; the next process looks for itself.
            self.leave(unit, Next::Start(step));
            return Ok(unit);
        }
        match looked {
            Ok(Look::Act) => self.line_up(unit, step)?,
            Ok(Look::Settled(Published::Waits(waiting))) => {
                self.leave(unit, Next::Start(step));
                self.waits(unit, step, waiting)?;
            }
            Ok(Look::Settled(settled)) => {
                self.start(unit, step)?;
                self.published(unit, step, Ok(settled))?;
            }
            Err(error) => {
                self.start(unit, step)?;
                self.published(unit, step, Err(error))?;
            }
        }
        Ok(unit)
    }

    /// An act of publication has ended, and its place is free again.
    fn acted(
        &mut self,
        unit: UnitIndex,
        step: StepIndex,
        published: Result<Published, PublishError>,
    ) -> Result<UnitIndex, EngineError> {
        self.published(unit, step, published)?;
        self.release(step)?;
        Ok(unit)
    }

    fn published(
        &mut self,
        unit: UnitIndex,
        step: StepIndex,
        published: Result<Published, PublishError>,
    ) -> Result<(), EngineError> {
        self.leave(unit, Next::Start(step));
        match published {
            Ok(Published::Done(result)) => {
                self.give(unit, step, result.changed, &result.outputs);
                self.record(Event::Succeeded { unit, step, result })
            }
            Ok(Published::Merged { result, number }) => {
                self.give(unit, step, result.changed, &result.outputs);
                self.record(Event::Succeeded { unit, step, result })?;
                if self.state.unit(unit).merged.is_none() {
                    self.record(Event::Merged { unit, number })?;
                }
                Ok(())
            }
            Ok(Published::Waits(waiting)) => self.waits(unit, step, waiting),
            // It waited for its turn when the run was told to stop: nothing was done.
            Err(PublishError::Failed(failure)) if failure.class == FailureClass::Interrupted => {
                self.record(Event::Reset { unit, step, reason: ResetReason::Interrupted })
            }
            Err(PublishError::Failed(failure)) => self.failed(unit, step, failure),
            Err(PublishError::Held(by)) => self.record(Event::Held { unit, by }),
        }
    }

    /// A try failed: for good, or until the pause before the next one is over.
    pub(super) fn failed(&mut self, unit: UnitIndex, step: StepIndex, failure: Failure) -> Result<(), EngineError> {
        let attempt = match &self.state.unit(unit).steps[step.position()] {
            StepState::Running { attempt } => *attempt,
            _ => 1,
        };
        let policy = &self.migration.compiled.step(step).retry;
        let pause = retry::pause(policy, &failure, attempt, (&self.migration.frozen.run, unit, step));
        let retry_in = pause.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
        if let Some(pause) = pause
            && !self.is_stopping()
        {
            if let Some(desk) = self.desks.get_mut(&unit) {
                desk.busy.push(Next::Start(step));
            }
            self.wake(pause, Message::RetryDue(unit, step));
        }
        if retry_in.is_none() {
            self.give(unit, step, false, &std::collections::BTreeMap::new());
        }
        self.record(Event::Failed { unit, step, failure, retry_in })
    }

    fn committed(&mut self, unit: UnitIndex, outcome: commit::Outcome) -> Result<UnitIndex, EngineError> {
        self.leave(unit, Next::Commit);
        match outcome {
            commit::Outcome::Committed(checkpoint) => self.record(Event::Committed { unit, checkpoint })?,
            commit::Outcome::Failed(failure) => self.record(Event::Refused { unit, step: None, failure })?,
            commit::Outcome::Held(by) => self.record(Event::Held { unit, by })?,
            commit::Outcome::Fatal(error) => self.fail(error.into()),
        }
        Ok(unit)
    }
}
