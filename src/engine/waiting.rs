//! Steps that wait for the world: looked at once in each round, and again in the next.

use std::collections::{HashSet, VecDeque};

use crate::event::{Event, StepIndex, StepState, UnitIndex, Waiting, WaitsFor};

use super::EngineError;
use super::dispatcher::Dispatcher;

/// Who has been looked at in this round.
#[derive(Default)]
pub(super) struct Round {
    /// Steps whose time had not come.
    pub(super) looked_at: HashSet<(UnitIndex, StepIndex)>,
    /// Units that are let in again.
    pub(super) again: VecDeque<UnitIndex>,
}

impl Dispatcher {
    /// Whether a step was looked at in this round, and waits.
    pub(super) fn has_looked(&self, unit: UnitIndex, step: StepIndex) -> bool {
        self.round.looked_at.contains(&(unit, step))
    }

    /// A step's time has not come. Only what is new is written down.
    pub(super) fn waits(&mut self, unit: UnitIndex, step: StepIndex, waiting: Waiting) -> Result<(), EngineError> {
        if waiting.on == WaitsFor::Turn && self.turn_of(unit).is_none() {
            // Whoever went first has ended meanwhile: it is looked at again at once.
            return Ok(());
        }
        self.round.looked_at.insert((unit, step));
        let known = &self.state.unit(unit).steps[step.position()];
        if matches!(known, StepState::Waiting(before) if **before == waiting) {
            return Ok(());
        }
        self.record(Event::Waiting { unit, step, waiting })
    }

    /// A unit has ended: those that waited for it to go first are looked at again in this round.
    pub(super) fn call_behind(&mut self, unit: UnitIndex) {
        for behind in self.turns.behind(unit) {
            let steps = &self.state.unit(behind).steps;
            let waits = |step: StepIndex| matches!(&steps[step.position()], StepState::Waiting(waiting) if waiting.on == WaitsFor::Turn);
            let before = self.round.looked_at.len();
            self.round.looked_at.retain(|(other, step)| *other != behind || !waits(*step));
            if self.round.looked_at.len() < before {
                self.round.again.push_back(behind);
            }
        }
    }

    /// Whether anything waits that another look may move.
    pub(super) fn has_waiting(&self) -> bool {
        !self.round.looked_at.is_empty()
    }

    /// Begins another round: what waits is looked at again.
    pub(super) fn look_again(&mut self) {
        if let Some(gate) = &mut self.gate {
            gate.forget();
        }
        let waiting = std::mem::take(&mut self.round.looked_at);
        let mut units: Vec<UnitIndex> = waiting.into_iter().map(|(unit, _)| unit).collect();
        units.sort_unstable();
        units.dedup();
        self.round.again.extend(units);
    }
}
