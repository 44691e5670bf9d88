//! The fold: which event is legal in which state, and the state after it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::workflow::{Effect, Scope};

use super::{Event, Failure, Graph, Held, Holder, StepIndex, StepResult, UnitIndex};

/// An event that cannot follow the events before it. In a journal it means that the journal was
/// written by something else, or damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalEvent {
    /// A unit that the run does not have.
    #[error("unit {} does not exist; the run has {units}", .unit.0)]
    Unit {
        /// The unit named.
        unit: UnitIndex,
        /// How many there are.
        units: usize,
    },
    /// A step that the workflow does not have, or not in that scope.
    #[error("step {} does not belong to unit {}", .step.0, .unit.0)]
    Step {
        /// The unit named.
        unit: UnitIndex,
        /// The step named.
        step: StepIndex,
    },
    /// A step's event that is not legal in the step's state.
    #[error("step {} of unit {} cannot have {event} while it is {state}", .step.0, .unit.0)]
    Transition {
        /// The unit.
        unit: UnitIndex,
        /// The step.
        step: StepIndex,
        /// The state it is in.
        state: &'static str,
        /// The event's name.
        event: &'static str,
    },
    /// A step that would begin before what it needs.
    #[error("step {} of unit {} cannot begin before what it needs", .step.0, .unit.0)]
    Early {
        /// The unit.
        unit: UnitIndex,
        /// The step.
        step: StepIndex,
    },
    /// A unit's event that is not legal in the unit's state.
    #[error("unit {} cannot have {event}: {why}", .unit.0)]
    Unfit {
        /// The unit.
        unit: UnitIndex,
        /// The event's name.
        event: &'static str,
        /// What is in its way.
        why: &'static str,
    },
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum StepState {
    /// Not begun.
    #[default]
    Pending,
    /// Begun and not ended. In a journal whose process died: in doubt.
    Running {
        /// Which try.
        attempt: u32,
    },
    /// A try failed; another is due.
    Retrying {
        /// Which try failed.
        attempt: u32,
        /// Why.
        failure: Box<Failure>,
    },
    /// Done.
    Succeeded(Box<StepResult>),
    /// Left out.
    Skipped {
        /// Why.
        reason: Box<str>,
    },
    /// Failed for good.
    Failed(Box<Failure>),
}

impl StepState {
    /// The state's name in JSON and messages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running { .. } => "running",
            Self::Retrying { .. } => "retrying",
            Self::Succeeded(_) => "succeeded",
            Self::Skipped { .. } => "skipped",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether nothing more will come of it by itself.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Succeeded(_) | Self::Skipped { .. } | Self::Failed(_))
    }
}

/// A commit of a unit's edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The commit's id in hexadecimal.
    pub commit: String,
    /// Its tree's id in hexadecimal.
    pub tree: String,
}

/// Where a unit stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UnitState {
    /// One state for each step of the workflow, in order; steps of the other scope stay pending.
    pub steps: Vec<StepState>,
    /// Why the unit cannot go on, and the step that this is about, if it is about one.
    pub refused: Option<(Option<StepIndex>, Failure)>,
    /// The last commit on its branch.
    pub checkpoint: Option<Checkpoint>,
    /// The steps that changed files since that commit, in order.
    pub uncommitted: Vec<StepIndex>,
    /// Criteria that do not hold; `None` until they were checked.
    pub unmet: Option<Vec<String>>,
    /// Why cutover leaves it alone.
    pub held: Option<Held>,
    /// A person's commit that stands in for the edits of the steps named.
    pub adopted: Option<(Checkpoint, Vec<StepIndex>)>,
}

impl UnitState {
    /// Whether anything of the unit was begun.
    pub fn has_begun(&self) -> bool {
        self.refused.is_some() || self.checkpoint.is_some() || self.steps.iter().any(|s| *s != StepState::Pending)
    }
}

/// Why no new units are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Ctrl-C or SIGTERM: not even further steps of units under way.
    Interrupted,
    /// `--fail-fast`.
    FailFast,
    /// `--max-failures`.
    FailureBudget,
}

/// The state of a run: a fold over its events.
#[derive(Debug, Clone, PartialEq)]
pub struct RunState {
    graph: Arc<Graph>,
    units: Vec<UnitState>,
    stopping: Option<Stop>,
    holder: Option<Holder>,
}

impl RunState {
    /// The state before any event, for a run over this many connectors.
    pub fn new(graph: Arc<Graph>, connectors: usize) -> Self {
        let unit = UnitState { steps: vec![StepState::Pending; graph.nodes().len()], ..UnitState::default() };
        Self { graph, units: vec![unit; connectors + 1], stopping: None, holder: None }
    }

    /// The steps and their needs.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// One unit.
    ///
    /// # Panics
    /// If the run has no such unit.
    pub fn unit(&self, unit: UnitIndex) -> &UnitState {
        &self.units[unit.position()]
    }

    /// The connectors' units in order, without the run's own.
    ///
    /// # Panics
    /// Never: units are counted in 32 bits.
    pub fn connectors(&self) -> impl ExactSizeIterator<Item = (UnitIndex, &UnitState)> {
        let indexed = self.units.iter().enumerate().skip(1);
        indexed.map(|(at, unit)| (UnitIndex(u32::try_from(at).expect("units are counted in 32 bits")), unit))
    }

    /// Why no new units are started, if so.
    pub fn stopping(&self) -> Option<Stop> {
        self.stopping
    }

    /// The process that has the run, or had it when it died.
    pub fn holder(&self) -> Option<&Holder> {
        self.holder.as_ref()
    }

    /// The indices of the steps that a unit has.
    pub fn steps_of(&self, unit: UnitIndex) -> impl DoubleEndedIterator<Item = StepIndex> + '_ {
        self.graph.of_scope(scope_of(unit))
    }

    /// For each step of a unit, the failed step that keeps it from ever starting.
    pub fn blocked(&self, unit: UnitIndex) -> Vec<Option<StepIndex>> {
        let state = self.unit(unit);
        let mut blocked: Vec<Option<StepIndex>> = vec![None; state.steps.len()];
        for step in self.steps_of(unit) {
            if state.steps[step.position()].is_settled() {
                continue;
            }
            let needs = self.graph.node(step).needs.iter();
            blocked[step.position()] = needs.copied().find_map(|need| {
                let owner = self.unit(self.owner(unit, need));
                match &owner.steps[need.position()] {
                    StepState::Failed(_) if !self.graph.node(need).continue_on_error => Some(need),
                    _ => blocked[need.position()],
                }
            });
        }
        blocked
    }

    /// Whether everything that the step needs is done, and it is the step's turn.
    pub fn may_begin(&self, unit: UnitIndex, step: StepIndex) -> bool {
        let state = self.unit(unit);
        if state.refused.is_some() || state.held.is_some() {
            return false;
        }
        if unit != UnitIndex::RUN && !self.run_steps_done() {
            return false;
        }
        let node = self.graph.node(step);
        let met = |need: &StepIndex| {
            let need_state = &self.unit(self.owner(unit, *need)).steps[need.position()];
            match need_state {
                StepState::Succeeded(_) | StepState::Skipped { .. } => true,
                StepState::Failed(_) => self.graph.node(*need).continue_on_error,
                StepState::Pending | StepState::Running { .. } | StepState::Retrying { .. } => false,
            }
        };
        node.needs.iter().all(met) && (!node.writes || self.is_turn_of(unit, step))
    }

    /// Steps that change files take turns in the fixed order, among themselves and with the steps
    /// that publish those files: an earlier one must be settled, or blocked for good. So what a
    /// commit holds does not depend on timing.
    fn is_turn_of(&self, unit: UnitIndex, step: StepIndex) -> bool {
        let state = self.unit(unit);
        let waiting: Vec<StepIndex> = self
            .steps_of(unit)
            .take_while(|earlier| *earlier < step)
            .filter(|earlier| {
                let node = self.graph.node(*earlier);
                (node.writes || node.effect == Effect::Publish) && !state.steps[earlier.position()].is_settled()
            })
            .collect();
        if waiting.is_empty() {
            return true;
        }
        let blocked = self.blocked(unit);
        waiting.iter().all(|earlier| blocked[earlier.position()].is_some())
    }

    fn run_steps_done(&self) -> bool {
        let run = self.unit(UnitIndex::RUN);
        self.graph.of_scope(Scope::Run).all(|step| match &run.steps[step.position()] {
            StepState::Succeeded(_) | StepState::Skipped { .. } => true,
            StepState::Failed(_) => self.graph.node(step).continue_on_error,
            _ => false,
        })
    }

    /// Whose step it is: a unit's needs may be steps of the run.
    fn owner(&self, unit: UnitIndex, step: StepIndex) -> UnitIndex {
        if self.graph.node(step).scope == Scope::Run { UnitIndex::RUN } else { unit }
    }

    /// Takes one event, or says why it cannot follow what was before. On error the state is unchanged.
    pub fn apply(&mut self, event: &Event) -> Result<(), IllegalEvent> {
        match event {
            Event::Opened { holder, .. } => {
                self.holder = Some(holder.clone());
                self.stopping = None;
            }
            Event::Closed { .. } => self.holder = None,
            Event::Stopping { reason } => self.stopping = Some(*reason),
            Event::Started { unit, step, attempt } => self.start(*unit, *step, *attempt)?,
            Event::Succeeded { unit, step, result } => {
                self.check_end(*unit, *step, "succeeded")?;
                let wrote = result.changed && self.graph.node(*step).writes;
                let state = self.unit_mut(*unit);
                if wrote {
                    state.uncommitted.push(*step);
                }
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
                let slot = self.step_mut(*unit, *step);
                if !matches!(slot, StepState::Pending | StepState::Failed(_) | StepState::Retrying { .. }) {
                    return Err(transition(*unit, *step, slot, "skipped"));
                }
                *slot = StepState::Skipped { reason: reason.as_str().into() };
            }
            Event::Reset { unit, step, .. } => self.reset(*unit, *step)?,
            Event::Refused { .. }
            | Event::Reconsidered { .. }
            | Event::Committed { .. }
            | Event::Verified { .. }
            | Event::Held { .. }
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
                let state = self.unit_mut(*unit);
                if state.uncommitted.is_empty() {
                    return Err(unfit(*unit, "committed", "it has no edits to commit"));
                }
                state.uncommitted.clear();
                if let Some(checkpoint) = checkpoint {
                    state.checkpoint = Some(checkpoint.clone());
                }
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
            StepState::Pending => attempt == 1,
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

    fn reset(&mut self, unit: UnitIndex, step: StepIndex) -> Result<(), IllegalEvent> {
        self.check_step(unit, step)?;
        let slot = &self.unit(unit).steps[step.position()];
        if !matches!(slot, StepState::Running { .. } | StepState::Retrying { .. } | StepState::Failed(_)) {
            return Err(transition(unit, step, slot, "reset"));
        }
        let dependent_begun = self.graph.nodes().iter().zip(&self.unit(unit).steps).any(|(node, state)| {
            node.needs.contains(&step) && !matches!(state, StepState::Pending | StepState::Skipped { .. })
        });
        if dependent_begun {
            return Err(unfit(unit, "reset", "a step that needs the step was begun"));
        }
        *self.step_mut(unit, step) = StepState::Pending;
        Ok(())
    }

    /// Whether every step of the unit is done, none failed, and nothing waits for a commit.
    pub fn is_complete(&self, unit: UnitIndex) -> bool {
        let state = self.unit(unit);
        let done = |step: StepIndex| match &state.steps[step.position()] {
            StepState::Succeeded(_) | StepState::Skipped { .. } => true,
            StepState::Failed(_) => self.graph.node(step).continue_on_error,
            _ => false,
        };
        state.refused.is_none() && state.held.is_none() && state.uncommitted.is_empty() && self.steps_of(unit).all(done)
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

fn scope_of(unit: UnitIndex) -> Scope {
    if unit == UnitIndex::RUN { Scope::Run } else { Scope::Unit }
}

fn transition(unit: UnitIndex, step: StepIndex, state: &StepState, event: &'static str) -> IllegalEvent {
    IllegalEvent::Transition { unit, step, state: state.as_str(), event }
}

fn unfit(unit: UnitIndex, event: &'static str, why: &'static str) -> IllegalEvent {
    IllegalEvent::Unfit { unit, event, why }
}
