//! The state of a run, and what follows from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::workflow::{Effect, Scope};

use super::{Failure, Graph, Ground, Held, Holder, StepIndex, StepResult, StepState, UnitIndex};

/// A commit of a unit's edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The commit's id in hexadecimal.
    pub commit: String,
    /// Its tree's id in hexadecimal.
    pub tree: String,
    /// Whether its message tells continuous integration to leave it alone, because another commit was to follow.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub skips_ci: bool,
}

impl Checkpoint {
    /// A commit that continuous integration looks at as at any other.
    pub fn new(commit: impl Into<String>, tree: impl Into<String>) -> Self {
        Self { commit: commit.into(), tree: tree.into(), skips_ci: false }
    }

    /// The same, of a commit whose message may tell continuous integration to leave it alone.
    #[must_use]
    pub fn skipping_ci(self, skips_ci: bool) -> Self {
        Self { skips_ci, ..self }
    }
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
    /// The last commit of it that the remote repository has, in hexadecimal.
    pub pushed: Option<String>,
    /// The number of its pull request, once that is merged.
    pub merged: Option<u64>,
    /// How often a publication has acted and went on to wait for what came of it, where it did.
    pub acted: BTreeMap<StepIndex, u32>,
    /// The steps that changed files since that commit, in order.
    pub uncommitted: Vec<StepIndex>,
    /// Criteria that do not hold; `None` until they were checked.
    pub unmet: Option<Vec<String>>,
    /// Why cutover leaves it alone.
    pub held: Option<Held>,
    /// A person's commit that stands in for the edits of the steps named.
    pub adopted: Option<(Checkpoint, Vec<StepIndex>)>,
    /// What it stands on, if it was made anew on a base that has moved; none: the base of the run.
    pub ground: Option<Arc<Ground>>,
    /// What steps had given that have to be done again since then. It stands until they are.
    pub earlier: BTreeMap<StepIndex, Box<StepResult>>,
}

impl UnitState {
    /// Whether anything of the unit was begun.
    pub fn has_begun(&self) -> bool {
        self.refused.is_some() || self.checkpoint.is_some() || self.steps.iter().any(|s| *s != StepState::Pending)
    }

    /// Whether the remote repository has all of its commits, or nothing is to be done about it any more.
    pub fn is_pushed(&self) -> bool {
        let head = self.checkpoint.as_ref().map(|checkpoint| checkpoint.commit.as_str());
        head.is_none() || self.merged.is_some() || head == self.pushed.as_deref()
    }

    /// What a step has given: now, or before the unit was made anew and the step has to be done again.
    pub fn result(&self, step: StepIndex) -> Option<&StepResult> {
        match &self.steps[step.position()] {
            StepState::Succeeded(result) => Some(result),
            StepState::Skipped { .. } => None,
            _ => self.earlier.get(&step).map(|result| &**result),
        }
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
    pub(super) graph: Arc<Graph>,
    pub(super) units: Vec<UnitState>,
    pub(super) stopping: Option<Stop>,
    /// When each wave of the rollout was found to be done.
    pub(super) waves: Vec<Timestamp>,
    pub(super) holder: Option<Holder>,
}

impl RunState {
    /// The state before any event, for a run over this many connectors.
    pub fn new(graph: Arc<Graph>, connectors: usize) -> Self {
        let unit = UnitState { steps: vec![StepState::Pending; graph.nodes().len()], ..UnitState::default() };
        Self { graph, units: vec![unit; connectors + 1], stopping: None, waves: Vec::new(), holder: None }
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

    /// When each wave of the rollout was found to be done, as far as they are.
    pub fn waves_done(&self) -> &[Timestamp] {
        &self.waves
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

    /// Whether a step that may change files is still to come.
    pub fn has_edits_to_come(&self, unit: UnitIndex) -> bool {
        let (state, blocked) = (self.unit(unit), self.blocked(unit));
        self.steps_of(unit).any(|step| {
            let at = step.position();
            self.graph.node(step).writes && !state.steps[at].is_settled() && blocked[at].is_none()
        })
    }

    /// Whether the unit's last commit hides from continuous integration though none will follow it: what was to come has
    /// changed nothing. It is made once more then, for all to see.
    pub fn hides_for_nothing(&self, unit: UnitIndex) -> bool {
        let state = self.unit(unit);
        let hides = state.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.skips_ci);
        hides && state.uncommitted.is_empty() && state.merged.is_none() && !self.has_edits_to_come(unit)
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
                StepState::Pending | StepState::Running { .. } | StepState::Retrying { .. } | StepState::Waiting(_) => {
                    false
                }
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
}

pub(super) fn scope_of(unit: UnitIndex) -> Scope {
    if unit == UnitIndex::RUN { Scope::Run } else { Scope::Unit }
}
