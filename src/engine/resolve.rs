//! Steps that ask the outside world: an answer that this run has had stands; only what is new is asked.

use std::sync::Arc;

use crate::action::Outside;
use crate::event::{
    Event, Failure, FailureClass, Next, Question, ResetReason, RunState, StepIndex, StepResult, StepState, UnitIndex,
};
use crate::plan::{Answers, Asked, CompiledStep, Migration, StepDeed};
use crate::process::{Cancel, Stop};

use super::EngineError;
use super::dispatcher::{Dispatcher, Message};

/// What came of asking.
pub(super) enum Resolved {
    /// The answer.
    Done(StepResult),
    /// There is none.
    Failed(Failure),
    /// It was stopped by the second Ctrl-C.
    Interrupted,
}

/// What a run has been answered: before it began, and in its journal. A run that is resumed asks none of it again.
pub(super) fn known(migration: &Migration, state: &RunState) -> Answers {
    let mut answers = migration.frozen.answers.clone();
    let units = std::iter::once(state.unit(UnitIndex::RUN)).chain(state.connectors().map(|(_, unit)| unit));
    for step in units.flat_map(|unit| &unit.steps) {
        if let StepState::Succeeded(result) = step {
            answers.remember(result);
        }
    }
    answers
}

impl Dispatcher {
    /// Begins a step that asks. It changes nothing, so it neither waits for a place nor for the journal.
    pub(super) fn resolve(&mut self, unit: UnitIndex, step: StepIndex) -> Result<(), EngineError> {
        let attempt = self.start(unit, step)?;
        let bench = self.bench(unit);
        let asked =
            bench.unit(&self.migration, unit).asked(step, bench.overlay.as_ref(), &bench.outputs, &self.answers);
        let resolved = match asked {
            Asked::Answered(result) => Err(Resolved::Done(result)),
            Asked::Failed(failure) => Err(Resolved::Failed(failure)),
            // In a run everything is known; what is not, is a value that no step gave.
            Asked::Undecided(reason) | Asked::Skipped(reason) => {
                Err(Resolved::Failed(Failure::new(FailureClass::Expression, reason)))
            }
            Asked::Open(question) => Ok(question),
        };
        let (outside, cancel) = (Arc::clone(&self.outside), self.executor.cancel.clone());
        let migration = Arc::clone(&self.migration);
        self.answer(async move {
            let resolved = match resolved {
                Ok(question) => put(migration.compiled.step(step), &question, &outside, cancel, attempt).await,
                Err(resolved) => resolved,
            };
            Message::Resolved(unit, step, Box::new(resolved))
        });
        Ok(())
    }

    /// Takes an answer down, and remembers it for whoever asks the same.
    pub(super) fn resolved(
        &mut self,
        unit: UnitIndex,
        step: StepIndex,
        resolved: Resolved,
    ) -> Result<UnitIndex, EngineError> {
        self.leave(unit, Next::Start(step));
        match resolved {
            Resolved::Done(result) => {
                // Two may have asked the same at the same time, and a tag can move between their answers.
                let first = result.question.as_ref().and_then(|question| self.answers.get(question)).cloned();
                let result = first.and_then(Result::ok).unwrap_or(result);
                self.answers.remember(&result);
                self.give(unit, step, result.changed, &result.outputs);
                self.record(Event::Succeeded { unit, step, result })?;
            }
            Resolved::Failed(failure) => self.failed(unit, step, failure)?,
            Resolved::Interrupted => self.record(Event::Reset { unit, step, reason: ResetReason::Interrupted })?,
        }
        Ok(unit)
    }
}

/// Puts a question within the step's time.
pub(super) async fn put(
    step: &CompiledStep,
    question: &Question,
    outside: &Outside,
    mut cancel: Cancel,
    attempt: u32,
) -> Resolved {
    let StepDeed::Resolve(resolve, _) = &step.deed else {
        return Resolved::Failed(Failure::new(FailureClass::Machine, "only steps that resolve something ask"));
    };
    let answer = async {
        let answer = resolve.answer(question, outside, attempt);
        let Some(limit) = step.timeout else { return answer.await };
        tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| {
            let message = format!("there was no answer within {} s", limit.as_secs());
            Err(Failure::new(FailureClass::Timeout, message))
        })
    };
    tokio::select! {
        answer = answer => answer.map_or_else(Resolved::Failed, Resolved::Done),
        () = cancel.at_least(Stop::Gently) => Resolved::Interrupted,
    }
}
