//! The gate before a unit's first publication: whether it may be published already is asked of
//! [`Rollout::decide`], with what the journal and the forge say of the others.
//!
//! The forge is asked once in a round, and only if the workflow's limits need it. Who was let through stays so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use crate::event::{
    Event, Held, Next, RunState, StepIndex, StepState, Stop, UnitIndex, UnitOutcome, UnitState, WaitsFor,
};
use crate::forge::{CheckState, ForgeError, PullRequestState, Standing};
use crate::plan::Migration;
use crate::rollout::{Checks, Decision, Member, Open, Population, Rollout, RolloutError, Stage};
use crate::workflow::Effect;

use super::EngineError;
use super::dispatcher::{Dispatcher, Message};

#[cfg(test)]
mod tests;

/// How long checks may take to appear on a pull request: one without any is not green before.
const CHECKS_APPEAR: SignedDuration = SignedDuration::from_mins(2);

/// What the forge said of pull requests, by unit and number.
pub(super) type Survey = Vec<(UnitIndex, u64, Result<Box<Standing>, ForgeError>)>;

/// What the gate knows.
pub(super) struct Gate {
    rollout: Rollout,
    /// The units as they were seen last, in the order of the run.
    members: Vec<Member>,
    /// Units of which something has changed since.
    changed: BTreeSet<UnitIndex>,
    /// Units that were let through in this process.
    admitted: BTreeSet<UnitIndex>,
    facts: Facts,
    /// Units that wait for the forge's answer, with what they were about to do.
    parked: Vec<(UnitIndex, Next)>,
    /// Units that were told to wait in this round, at which step.
    waiting: BTreeMap<UnitIndex, StepIndex>,
    is_over_budget: bool,
}

/// What is known of pull requests beyond the journal, in this round.
enum Facts {
    /// Nobody has asked yet.
    Unknown,
    /// The forge is being asked.
    Asked,
    /// This is what it said.
    Known(HashMap<UnitIndex, Stage>),
}

impl Gate {
    /// The gate of a run; `None` if its workflow has no rollout.
    pub(super) fn new(migration: &Migration, state: &RunState) -> Result<Option<Self>, RolloutError> {
        let Some(rollout) = migration.rollout().transpose()? else { return Ok(None) };
        let facts = if rollout.needs_facts() { Facts::Unknown } else { Facts::Known(HashMap::new()) };
        Ok(Some(Self {
            rollout,
            members: vec![Member::default(); state.connectors().len()],
            changed: state.connectors().map(|(unit, _)| unit).collect(),
            admitted: BTreeSet::new(),
            facts,
            parked: Vec::new(),
            waiting: BTreeMap::new(),
            is_over_budget: false,
        }))
    }

    /// Notes that something of a unit has changed.
    pub(super) fn note(&mut self, event: &Event) {
        self.changed.extend(event.unit().filter(|unit| *unit != UnitIndex::RUN));
    }

    /// Another round begins: everything is asked again.
    pub(super) fn forget(&mut self) {
        if self.rollout.needs_facts() {
            self.facts = Facts::Unknown;
        }
        self.waiting.clear();
        self.is_over_budget = false;
    }

    /// Brings what is known of the units up to the run's state.
    fn refresh(&mut self, migration: &Migration, state: &RunState, now: Timestamp) {
        for unit in std::mem::take(&mut self.changed) {
            let fact = match &self.facts {
                Facts::Known(facts) => facts.get(&unit).copied(),
                Facts::Unknown | Facts::Asked => None,
            };
            let admitted = self.admitted.contains(&unit);
            self.members[unit.position() - 1] = member(migration, state, unit, fact, admitted, now);
        }
    }

    fn decide(&self, state: &RunState, unit: UnitIndex, now: Timestamp) -> Decision {
        let population = Population { members: &self.members, done: state.waves_done() };
        self.rollout.decide(&population, unit.position() - 1, now)
    }

    fn let_through(&mut self, unit: UnitIndex) {
        self.admitted.insert(unit);
        self.changed.insert(unit);
    }
}

impl Dispatcher {
    /// Whether the rollout keeps this from being done now. Then the unit waits, or what it was about to do is under way
    /// until the forge has answered.
    pub(super) fn is_held_back(&mut self, unit: UnitIndex, action: Next) -> Result<bool, EngineError> {
        let Some(gate) = &mut self.gate else { return Ok(false) };
        let graph = self.state.graph();
        let publishes = match action {
            Next::Push => true,
            Next::Start(step) => graph.node(step).effect == Effect::Publish,
            Next::Commit | Next::Verify => false,
        };
        let state = self.state.unit(unit);
        if !publishes || unit == UnitIndex::RUN || gate.admitted.contains(&unit) || has_published(&self.state, state) {
            return Ok(false);
        }
        if gate.waiting.contains_key(&unit) {
            return Ok(true);
        }
        match gate.facts {
            Facts::Known(_) => {}
            Facts::Unknown | Facts::Asked => {
                gate.parked.push((unit, action));
                if matches!(gate.facts, Facts::Unknown) {
                    gate.facts = Facts::Asked;
                    self.survey();
                }
                self.occupy(unit, action);
                return Ok(true);
            }
        }
        // What is left out anyway, or has nothing to publish, takes nobody's place.
        let left_out = matches!(action, Next::Start(step) if !matches!(self.is_left_out(unit, step), Ok(None)));
        if left_out || self.state.unit(unit).checkpoint.is_none() {
            return Ok(false);
        }
        self.ask_gate(unit)
    }

    /// Asks whether the unit may be published; if not, says so at the step that is to publish it.
    fn ask_gate(&mut self, unit: UnitIndex) -> Result<bool, EngineError> {
        let now = Timestamp::now();
        self.note_waves(now)?;
        let Some(gate) = &mut self.gate else { return Ok(false) };
        let waiting = match gate.decide(&self.state, unit, now) {
            Decision::Admit => {
                gate.let_through(unit);
                return Ok(false);
            }
            Decision::Wait(waiting) => waiting,
            Decision::Stop(waiting) => {
                gate.is_over_budget = true;
                waiting
            }
        };
        let Some(step) = publishes_first(&self.state, unit) else { return Ok(false) };
        gate.waiting.insert(unit, step);
        self.waits(unit, step, waiting)?;
        Ok(true)
    }

    /// Writes down which waves are done by now.
    fn note_waves(&mut self, now: Timestamp) -> Result<(), EngineError> {
        loop {
            let Some(gate) = &mut self.gate else { return Ok(()) };
            gate.refresh(&self.migration, &self.state, now);
            let done = self.state.waves_done();
            if !gate.rollout.next_wave_is_done(&Population { members: &gate.members, done }) {
                return Ok(());
            }
            let wave = u32::try_from(done.len()).unwrap_or(u32::MAX);
            self.record(Event::WaveDone { wave, at: now })?;
        }
    }

    /// Asks the forge where the open pull requests of the run stand.
    fn survey(&mut self) {
        let mut questions = JoinSet::new();
        for (unit, state) in self.state.connectors() {
            let number = self.migration.pull_request(state).filter(|_| state.merged.is_none() && !is_closed(state));
            if let Some(number) = number {
                let forge = std::sync::Arc::clone(&self.forge);
                questions.spawn(async move { (unit, number, forge.standing(number).await.map(Box::new)) });
            }
        }
        self.answer(async move {
            let mut survey: Survey = questions.join_all().await;
            survey.sort_by_key(|(unit, ..)| *unit);
            Message::Surveyed(survey)
        });
    }

    /// The forge has answered: who waited for that is asked now.
    pub(super) fn surveyed(&mut self, survey: Survey) -> Result<(), EngineError> {
        let now = Timestamp::now();
        let mut facts = HashMap::new();
        for (unit, number, standing) in survey {
            match standing {
                Ok(standing) => {
                    facts.insert(unit, stage(&standing, now));
                    self.settle(unit, number, standing.pull_request.state)?;
                }
                // It counts as open, with its checks running.
                Err(error) => tracing::warn!(number, %error, "nothing could be learned of a pull request"),
            }
        }
        let Some(gate) = &mut self.gate else { return Ok(()) };
        gate.changed.extend(facts.keys());
        gate.facts = Facts::Known(facts);
        for (unit, action) in std::mem::take(&mut gate.parked) {
            self.leave(unit, action);
            self.advance(unit)?;
        }
        Ok(())
    }

    /// Writes down that a person merged or closed a pull request, unless a step of the unit will find it itself.
    fn settle(&mut self, unit: UnitIndex, number: u64, found: PullRequestState) -> Result<(), EngineError> {
        let state = self.state.unit(unit);
        if self.desks.contains_key(&unit) || state.merged.is_some() || state.held.is_some() {
            return Ok(());
        }
        match found {
            PullRequestState::Merged => self.record(Event::Merged { unit, number }),
            PullRequestState::Closed => self.record(Event::Held { unit, by: Held::ClosedByHuman { number } }),
            PullRequestState::Open => Ok(()),
        }
    }

    /// With nothing else to do: lets in whom the rollout lets through by now. Whether there was anybody.
    pub(super) fn reconsider(&mut self) -> Result<bool, EngineError> {
        let idle = |gate: &Gate| gate.waiting.is_empty() || gate.changed.is_empty();
        if self.state.stopping().is_some() || self.fatal.is_some() || self.gate.as_ref().is_none_or(idle) {
            return Ok(false);
        }
        let now = Timestamp::now();
        self.note_waves(now)?;
        let Some(gate) = &mut self.gate else { return Ok(false) };
        gate.is_over_budget = false;
        let mut again = false;
        for position in gate.rollout.turns().to_vec() {
            let unit = UnitIndex(u32::try_from(position + 1).unwrap_or(u32::MAX));
            let Some(step) = gate.waiting.get(&unit).copied() else { continue };
            match gate.decide(&self.state, unit, now) {
                Decision::Admit => {
                    gate.waiting.remove(&unit);
                    gate.let_through(unit);
                    gate.refresh(&self.migration, &self.state, now);
                    self.round.looked_at.remove(&(unit, step));
                    self.round.again.push_back(unit);
                    again = true;
                }
                Decision::Wait(_) => {}
                Decision::Stop(_) => gate.is_over_budget = true,
            }
        }
        Ok(again)
    }

    /// The run ends like this: whoever resumes it has a look at what failed first.
    pub(super) fn stop_over_budget(&mut self) -> Result<(), EngineError> {
        if self.is_over_budget() && self.state.stopping().is_none() {
            self.record(Event::Stopping { reason: Stop::FailureBudget })?;
        }
        Ok(())
    }

    /// Whether the rollout goes no further because too much has failed.
    pub(super) fn is_over_budget(&self) -> bool {
        self.gate.as_ref().is_some_and(|gate| gate.is_over_budget)
    }
}

/// Whether anything of a unit has been published, or was begun to be.
fn has_published(run: &RunState, state: &UnitState) -> bool {
    let graph = run.graph();
    let began = |(at, step): (usize, &StepState)| {
        graph.nodes()[at].effect == Effect::Publish
            && match step {
                StepState::Pending | StepState::Skipped { .. } => false,
                StepState::Waiting(waiting) => waiting.on != WaitsFor::Rollout,
                StepState::Running { .. }
                | StepState::Retrying { .. }
                | StepState::Succeeded(_)
                | StepState::Failed(_) => true,
            }
    };
    state.pushed.is_some() || state.merged.is_some() || state.steps.iter().enumerate().any(began)
}

/// The step at which a unit that is held back waits: the first that could publish it now.
fn publishes_first(run: &RunState, unit: UnitIndex) -> Option<StepIndex> {
    let steps = &run.unit(unit).steps;
    run.steps_of(unit).find(|step| {
        run.graph().node(*step).effect == Effect::Publish
            && matches!(steps[step.position()], StepState::Pending | StepState::Waiting(_))
            && run.may_begin(unit, *step)
    })
}

fn is_closed(state: &UnitState) -> bool {
    matches!(state.held, Some(Held::ClosedByHuman { .. }))
}

/// How far a unit is, by the journal and what the forge said.
fn member(
    migration: &Migration,
    run: &RunState,
    unit: UnitIndex,
    fact: Option<Stage>,
    admitted: bool,
    now: Timestamp,
) -> Member {
    let state = run.unit(unit);
    let outcome = run.outcome(unit);
    let failed = matches!(outcome, UnitOutcome::Failed { .. } | UnitOutcome::Blocked { .. });
    let stage = match (state.merged, fact) {
        (Some(_), _) => Stage::Merged,
        _ if is_closed(state) => Stage::Gone,
        (None, Some(fact)) => fact,
        (None, None) if migration.pull_request(state).is_some() => {
            Stage::Open(Open { last_activity: now, checks: Checks::Pending, reviewed: false })
        }
        // It has come to its end without a pull request.
        _ if outcome.is_final() && !failed && state.held.is_none() => Stage::Gone,
        _ if admitted || has_published(run, state) => Stage::Begun,
        _ => Stage::NotBegun,
    };
    Member { stage, failed, held: state.held.is_some() }
}

/// How far a pull request is, by what the forge says of it.
fn stage(standing: &Standing, now: Timestamp) -> Stage {
    let pull_request = &standing.pull_request;
    match pull_request.state {
        PullRequestState::Merged => return Stage::Merged,
        PullRequestState::Closed => return Stage::Gone,
        PullRequestState::Open => {}
    }
    let last_activity = standing.updated_at.or(pull_request.created_at).unwrap_or(now);
    Stage::Open(Open {
        last_activity,
        checks: checks(standing, last_activity, now),
        reviewed: !standing.reviews.is_empty(),
    })
}

/// The required checks decide, or all of them where none is required.
fn checks(standing: &Standing, last_activity: Timestamp, now: Timestamp) -> Checks {
    let all = &standing.checks;
    let any_required = all.iter().any(|check| check.required);
    let count = || all.iter().filter(|check| check.required || !any_required).map(|check| check.state);
    if all.is_empty() {
        let appeared = now.duration_since(last_activity) >= CHECKS_APPEAR;
        return if appeared { Checks::Green } else { Checks::Pending };
    }
    if count().any(|state| state == CheckState::Failed) {
        return Checks::Red;
    }
    let open = count().any(|state| matches!(state, CheckState::Pending | CheckState::ActionRequired));
    if open { Checks::Pending } else { Checks::Green }
}
