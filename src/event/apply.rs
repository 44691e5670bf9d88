//! The fold: which event is legal in which state, and the state after it.

use std::sync::Arc;

use crate::workflow::{Effect, Scope};

use super::illegal::{transition, unfit};
use super::state::scope_of;
use super::{Event, IllegalEvent, Redone, Refresh, ResetReason, RunState, StepIndex, StepState, UnitIndex, UnitState};

impl RunState {
    /// Takes one event, or says why it cannot follow what was before. On error the state is unchanged.
    pub fn apply(&mut self, event: &Event) -> Result<(), IllegalEvent> {
        match event {
            Event::Opened { holder, .. } => {
                self.holder = Some(holder.clone());
                self.stopping = None;
            }
            Event::Closed { .. } => self.holder = None,
            Event::Stopping { reason } => self.stopping = Some(*reason),
            Event::WaveDone { wave, at } => {
                let next = self.waves.len();
                if usize::try_from(*wave) != Ok(next) {
                    return Err(IllegalEvent::Wave { wave: *wave, next });
                }
                self.waves.push(*at);
            }
            Event::Started { unit, step, attempt } => self.start(*unit, *step, *attempt)?,
            Event::Succeeded { unit, step, result } => {
                self.check_end(*unit, *step, "succeeded")?;
                let wrote = result.changed && self.graph.node(*step).writes;
                let state = self.unit_mut(*unit);
                if wrote {
                    state.uncommitted.push(*step);
                }
                state.earlier.remove(step);
                state.steps[step.position()] = StepState::Succeeded(Box::new(result.clone()));
            }
            Event::Failed { unit, step, failure, retry_in } => {
                self.check_end(*unit, *step, "failed")?;
                let slot = self.step_mut(*unit, *step);
                let attempt = if let StepState::Running { attempt } = slot { *attempt } else { 1 };
                *slot = match retry_in {
                    Some(_) => StepState::Retrying { attempt, failure: Box::new(failure.clone()) },
                    None => StepState::Failed(Box::new(failure.clone())),
                };
            }
            Event::Skipped { unit, step, reason } => {
                self.check_step(*unit, *step)?;
                // Whether there is anything to execute, such as tests, may be known only when it is tried.
                let tried = self.graph.node(*step).effect == Effect::Execute;
                let slot = self.step_mut(*unit, *step);
                let under_way = matches!(slot, StepState::Running { .. }) && !tried;
                if under_way || matches!(slot, StepState::Succeeded(_) | StepState::Skipped { .. }) {
                    return Err(transition(*unit, *step, slot, "skipped"));
                }
                *slot = StepState::Skipped { reason: reason.as_str().into() };
            }
            Event::Reset { unit, step, reason } => self.reset(*unit, *step, *reason)?,
            Event::Waiting { unit, step, waiting } => {
                self.check_step(*unit, *step)?;
                let slot = &self.unit(*unit).steps[step.position()];
                if slot.is_settled() {
                    return Err(transition(*unit, *step, slot, "waiting"));
                }
                if !matches!(slot, StepState::Running { .. }) && !self.may_begin(*unit, *step) {
                    return Err(IllegalEvent::Early { unit: *unit, step: *step });
                }
                let has_acted = matches!(slot, StepState::Running { .. });
                let state = self.unit_mut(*unit);
                if has_acted {
                    *state.acted.entry(*step).or_default() += 1;
                }
                state.steps[step.position()] = StepState::Waiting(Box::new(waiting.clone()));
            }
            Event::Refused { .. }
            | Event::Reconsidered { .. }
            | Event::Committed { .. }
            | Event::Pushed { .. }
            | Event::Merged { .. }
            | Event::Verified { .. }
            | Event::Held { .. }
            | Event::Refreshed { .. }
            | Event::Adopted { .. } => self.apply_to_unit(event)?,
        }
        Ok(())
    }

    fn apply_to_unit(&mut self, event: &Event) -> Result<(), IllegalEvent> {
        match event {
            Event::Refused { unit, step, failure } => {
                self.check_unit(*unit)?;
                step.map_or(Ok(()), |step| self.check_step(*unit, step))?;
                let state = self.unit_mut(*unit);
                if state.refused.is_some() {
                    return Err(unfit(*unit, "refused", "it was refused before"));
                }
                state.refused = Some((*step, failure.clone()));
            }
            Event::Reconsidered { unit } => {
                self.check_unit(*unit)?;
                let state = self.unit_mut(*unit);
                let unmet = state.unmet.as_ref().is_some_and(|unmet| !unmet.is_empty());
                if state.refused.take().is_none() && !unmet {
                    return Err(unfit(*unit, "reconsidered", "it was not refused"));
                }
                state.unmet = None;
            }
            Event::Committed { unit, checkpoint } => {
                self.check_unit(*unit)?;
                let hides = self.hides_for_nothing(*unit);
                let state = self.unit_mut(*unit);
                if state.uncommitted.is_empty() && !hides {
                    return Err(unfit(*unit, "committed", "it has no edits to commit"));
                }
                state.uncommitted.clear();
                match (checkpoint, &mut state.checkpoint) {
                    (Some(checkpoint), _) => state.checkpoint = Some(checkpoint.clone()),
                    // There is nothing to be made once more.
                    (None, Some(before)) if hides => before.skips_ci = false,
                    (None, _) => {}
                }
            }
            Event::Pushed { unit, commit } => {
                self.check_unit(*unit)?;
                let state = self.unit_mut(*unit);
                if state.checkpoint.as_ref().is_none_or(|checkpoint| checkpoint.commit != *commit) {
                    return Err(unfit(*unit, "pushed", "it is at another commit"));
                }
                state.pushed = Some(commit.clone());
            }
            Event::Merged { unit, number } => {
                self.check_unit(*unit)?;
                self.unit_mut(*unit).merged = Some(*number);
            }
            Event::Verified { unit, unmet } => {
                self.check_unit(*unit)?;
                if !self.is_complete(*unit) {
                    return Err(unfit(*unit, "verified", "it has steps to do"));
                }
                self.unit_mut(*unit).unmet = Some(unmet.clone());
            }
            Event::Held { unit, by } => {
                self.check_unit(*unit)?;
                self.unit_mut(*unit).held = Some(by.clone());
            }
            Event::Refreshed { unit, refresh } => self.refresh(*unit, refresh)?,
            Event::Adopted { unit, checkpoint } => {
                self.check_unit(*unit)?;
                let taken = self.graph.of_scope(Scope::Unit).filter(|step| self.is_taken_over(*unit, *step)).collect();
                let state = self.unit_mut(*unit);
                state.held = None;
                state.unmet = None;
                state.uncommitted.clear();
                state.checkpoint = Some(checkpoint.clone());
                state.refused = None;
                state.adopted = Some((checkpoint.clone(), taken));
            }
            _ => unreachable!("the caller passes events of units only"),
        }
        Ok(())
    }

    /// The unit's work is made anew. What was pushed stays known: the next push takes its place and no other's.
    fn refresh(&mut self, unit: UnitIndex, refresh: &Refresh) -> Result<(), IllegalEvent> {
        let redone = refresh.redone.iter().map(|(step, _)| *step);
        redone.chain(refresh.again.iter().copied()).try_for_each(|step| self.check_step(unit, step))?;
        self.check_unit(unit)?;
        let state = self.unit(unit);
        let in_the_way = [
            (unit == UnitIndex::RUN, "the run itself stands on nothing"),
            (state.held.is_some(), "it is in a person's hands"),
            (state.refused.is_some(), "it was refused"),
            (state.merged.is_some(), "it is merged"),
            (state.adopted.is_some(), "its work is a person's"),
            (state.checkpoint.is_none(), "it has no commit"),
            (state.steps.iter().any(|step| matches!(step, StepState::Running { .. })), "a step of it is under way"),
        ];
        if let Some((_, why)) = in_the_way.into_iter().find(|(is, _)| *is) {
            return Err(unfit(unit, "refreshed", why));
        }
        let state = self.unit_mut(unit);
        for (step, redone) in &refresh.redone {
            state.steps[step.position()] = match redone {
                Redone::Succeeded(result) => StepState::Succeeded(Box::new(result.clone())),
                Redone::Skipped(reason) => StepState::Skipped { reason: reason.as_str().into() },
                Redone::Failed(failure) => StepState::Failed(Box::new(failure.clone())),
            };
        }
        for step in &refresh.again {
            let before = std::mem::take(&mut state.steps[step.position()]);
            if let StepState::Succeeded(result) = before {
                state.earlier.insert(*step, result);
            }
        }
        state.checkpoint = Some(refresh.checkpoint.clone());
        state.uncommitted.clear();
        state.unmet = None;
        state.ground = Some(Arc::new(refresh.ground.clone()));
        Ok(())
    }

    /// Whether an adopted branch stands in for this step: it changes files, and it either was
    /// tried already or does not wait for something that is published.
    fn is_taken_over(&self, unit: UnitIndex, step: StepIndex) -> bool {
        let state = self.unit(unit);
        let refused = state.refused.as_ref().is_some_and(|(refused, _)| *refused == Some(step));
        let tried = state.steps[step.position()] != StepState::Pending;
        self.graph.node(step).writes && (refused || tried || !self.waits_for_publishing(step))
    }

    fn waits_for_publishing(&self, step: StepIndex) -> bool {
        let publishes = |need: &StepIndex| self.graph.node(*need).effect == Effect::Publish;
        self.graph.node(step).needs.iter().any(|need| publishes(need) || self.waits_for_publishing(*need))
    }

    fn start(&mut self, unit: UnitIndex, step: StepIndex, attempt: u32) -> Result<(), IllegalEvent> {
        self.check_step(unit, step)?;
        let slot = &self.unit(unit).steps[step.position()];
        let legal = match slot {
            StepState::Pending | StepState::Waiting(_) => attempt == 1,
            StepState::Retrying { attempt: before, .. } => attempt == before + 1,
            _ => false,
        };
        if !legal {
            return Err(transition(unit, step, slot, "started"));
        }
        if !self.may_begin(unit, step) {
            return Err(IllegalEvent::Early { unit, step });
        }
        *self.step_mut(unit, step) = StepState::Running { attempt };
        Ok(())
    }

    /// An end is legal for a running step; a pure edit ends without having been started.
    fn check_end(&self, unit: UnitIndex, step: StepIndex, event: &'static str) -> Result<(), IllegalEvent> {
        self.check_step(unit, step)?;
        let slot = &self.unit(unit).steps[step.position()];
        match slot {
            StepState::Running { .. } => Ok(()),
            StepState::Pending if self.graph.node(step).effect == Effect::Edit => {
                if self.may_begin(unit, step) {
                    Ok(())
                } else {
                    Err(IllegalEvent::Early { unit, step })
                }
            }
            _ => Err(transition(unit, step, slot, event)),
        }
    }

    fn reset(&mut self, unit: UnitIndex, step: StepIndex, reason: ResetReason) -> Result<(), IllegalEvent> {
        self.check_step(unit, step)?;
        let slot = &self.unit(unit).steps[step.position()];
        if !matches!(
            slot,
            StepState::Running { .. } | StepState::Retrying { .. } | StepState::Waiting(_) | StepState::Failed(_)
        ) {
            return Err(transition(unit, step, slot, "reset"));
        }
        let dependent_begun = self.graph.nodes().iter().zip(&self.unit(unit).steps).any(|(node, state)| {
            node.needs.contains(&step) && !matches!(state, StepState::Pending | StepState::Skipped { .. })
        });
        // Of what is done again on a new base, the steps that need it have gone before.
        if dependent_begun && !self.unit(unit).earlier.contains_key(&step) {
            return Err(unfit(unit, "reset", "a step that needs the step was begun"));
        }
        let state = self.unit_mut(unit);
        if reason == ResetReason::RetryFailed {
            state.acted.remove(&step);
        }
        state.steps[step.position()] = StepState::Pending;
        Ok(())
    }

    fn check_unit(&self, unit: UnitIndex) -> Result<(), IllegalEvent> {
        let known = unit.position() < self.units.len();
        known.then_some(()).ok_or(IllegalEvent::Unit { unit, units: self.units.len() })
    }

    fn check_step(&self, unit: UnitIndex, step: StepIndex) -> Result<(), IllegalEvent> {
        self.check_unit(unit)?;
        match self.graph.nodes().get(step.position()) {
            Some(node) if node.scope == scope_of(unit) => Ok(()),
            _ => Err(IllegalEvent::Step { unit, step }),
        }
    }

    fn unit_mut(&mut self, unit: UnitIndex) -> &mut UnitState {
        &mut self.units[unit.position()]
    }

    fn step_mut(&mut self, unit: UnitIndex, step: StepIndex) -> &mut StepState {
        &mut self.units[unit.position()].steps[step.position()]
    }
}
