//! What a run would do: workflow × units → plan, computed by the code that the run uses.
//!
//! [`Compiled`] is the workflow made ready, [`Frozen`] what a run fixes before its first step,
//! [`plan`] the dry run. Nothing here writes anything.

mod answers;
mod binary;
mod compiled;
mod diff;
mod frozen;
mod rehearse;
mod resolving;
mod schedule;
mod unit;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rayon::prelude::*;

use crate::base::Tree;
use crate::connector::{Connector, Profile};
use crate::diagnostic::Diagnostic;
use crate::event::{Failure, FailureClass, Ground, Question, StepIndex, StepResult, UnitIndex, UnitOutcome, UnitState};
use crate::expression::Scope;
use crate::overlay::Changes;
use crate::rollout::{Rollout, RolloutError};

pub use answers::Answers;
pub use compiled::{CompileError, Compiled, CompiledEnv, CompiledStep, Reads, RetryPolicy, StepDeed, WithValue};
pub use diff::{ChangeKind, FileChange, diff};
pub use frozen::{FROZEN_VERSION, Frozen, FrozenError, FrozenUnit, RunOptions};
pub use rehearse::{PlannedOutcome, PlannedStep, Rehearsal, Rehearsing, rehearse};
pub use resolving::{Asked, RunSteps, ask, ask_run_steps, ask_to_verify, run_steps};
pub use schedule::{Schedule, schedule};
pub use unit::{Outputs, Tried, Unit, fixed_scope, render, text};

/// The action that opens pull requests: its outputs `number` and `url` are the unit's pull request.
const OPENS: &str = "pull-request.open";

/// Whether a step opens its unit's pull request.
pub fn opens_pull_requests(step: &CompiledStep) -> bool {
    step.action == OPENS
}

/// Everything that decides what a run does.
pub struct Migration {
    /// The workflow made ready.
    pub compiled: Compiled,
    /// What was fixed before the first step.
    pub frozen: Frozen,
    /// How the base commit keeps its connectors.
    pub profile: Profile,
}

impl Migration {
    /// What stays the same for every step of a unit.
    pub fn fixed(&self, unit: UnitIndex) -> Scope {
        fixed_scope(&self.frozen, self.connector(unit))
    }

    /// A unit ready to be carried out, with its fixed scope.
    pub fn unit<'a>(&'a self, unit: UnitIndex, fixed: &'a Scope) -> Unit<'a> {
        Unit { migration: self, connector: self.connector(unit), fixed }
    }

    /// The same for a unit that stands on another commit than its run.
    pub fn fixed_on(&self, unit: UnitIndex, ground: Option<&Ground>) -> Scope {
        fixed_scope(&self.frozen, ground.map_or_else(|| self.connector(unit), |ground| Some(&ground.connector)))
    }

    /// The same for a unit that stands on another commit than its run.
    pub fn unit_on<'a>(&'a self, unit: UnitIndex, ground: Option<&'a Ground>, fixed: &'a Scope) -> Unit<'a> {
        let connector = ground.map_or_else(|| self.connector(unit), |ground| Some(&ground.connector));
        Unit { migration: self, connector, fixed }
    }

    /// What the step that opened a unit's pull request gave: `number`, `url`.
    pub fn opened<'a>(&self, state: &'a UnitState) -> Option<&'a StepResult> {
        let mut steps = self.compiled.graph.of_scope(crate::workflow::Scope::Unit);
        steps.find_map(|step| {
            let result = state.result(step).filter(|_| opens_pull_requests(self.compiled.step(step)))?;
            result.outputs.contains_key("number").then_some(result)
        })
    }

    /// The number of a unit's pull request, if its run has opened one.
    pub fn pull_request(&self, state: &UnitState) -> Option<u64> {
        self.opened(state)?.outputs.get("number")?.as_u64()
    }

    /// The workflow's rollout, made ready for the run's units; `None` if it has none.
    pub fn rollout(&self) -> Option<Result<Rollout, RolloutError>> {
        let options = self.frozen.workflow.rollout.as_ref()?;
        Some(Rollout::new(options, &self.names()))
    }

    /// What a person should look at before a run with this rollout begins.
    pub fn rollout_warnings(&self) -> Vec<Diagnostic> {
        let options = self.frozen.workflow.rollout.as_ref();
        options.map_or_else(Vec::new, |options| Rollout::warnings(options, &self.names()))
    }

    /// Every name that each unit goes by, in order.
    fn names(&self) -> Vec<Vec<&str>> {
        self.frozen.units.iter().map(|unit| unit.connector.names().to_vec()).collect()
    }

    /// A unit's connector; the run itself has none.
    pub fn connector(&self, unit: UnitIndex) -> Option<&Connector> {
        if unit == UnitIndex::RUN { None } else { Some(&self.frozen.unit(unit).connector) }
    }
}

/// What would become of a unit.
#[derive(Debug, Clone, PartialEq)]
pub enum UnitPlan {
    /// Its files change.
    Changed,
    /// Its files stay as they are.
    Unchanged,
    /// Every step would be left out.
    Skipped(String),
    /// A step would fail.
    Failed(Option<StepIndex>, Failure),
}

impl UnitPlan {
    /// The outcome's name in JSON, the same as a run's.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Skipped(_) => "skipped",
            Self::Failed(..) => "failed",
        }
    }

    /// The same as the outcome of a run.
    pub fn as_outcome(&self) -> UnitOutcome {
        match self {
            Self::Changed => UnitOutcome::Changed,
            Self::Unchanged => UnitOutcome::Unchanged,
            Self::Skipped(reason) => UnitOutcome::Skipped { reason: reason.clone() },
            Self::Failed(step, failure) => UnitOutcome::Failed { step: *step, failure: failure.clone() },
        }
    }
}

/// One unit of the plan.
#[derive(Debug, Clone)]
pub struct PlannedUnit {
    /// Which unit.
    pub unit: UnitIndex,
    /// What would become of it.
    pub outcome: UnitPlan,
    /// Its steps, in order.
    pub steps: Vec<PlannedStep>,
    /// Its changed files, in order of their paths. Empty for a unit that would fail: it changes nothing.
    pub files: Vec<FileChange>,
    /// The same as content.
    pub changes: Changes,
    /// Whether the files are just those that the run will commit; otherwise something is known only in the run.
    pub is_final: bool,
    /// What its steps ask of the outside world and nobody has answered yet.
    pub questions: Vec<(StepIndex, Question)>,
}

impl PlannedUnit {
    /// The unit's patch, in the form that `git apply` takes.
    pub fn patch(&self) -> String {
        self.files.iter().map(|file| file.patch.as_str()).collect()
    }

    /// What a person should look at, step by step.
    pub fn warnings(&self) -> impl Iterator<Item = (StepIndex, &str)> {
        let steps = self.steps.iter();
        steps.flat_map(|planned| planned.warnings.iter().map(|warning| (planned.step, warning.as_str())))
    }
}

/// Plans every unit of a frozen run, on all cores, with the answers that are frozen in it; what is still to be asked reads
/// as unknown. [`ask`] asks first.
///
/// # Panics
/// Never: units are counted in 32 bits.
pub fn plan(migration: &Migration, base: &Arc<dyn Tree>) -> Vec<PlannedUnit> {
    let run = run_steps(migration).outputs;
    let units = (1..=migration.frozen.units.len()).into_par_iter();
    let planned = units.map(|position| {
        let index = UnitIndex(u32::try_from(position).expect("units are counted in 32 bits"));
        plan_one(migration, index, base, &run)
    });
    planned.collect()
}

/// Plans those units again that had asked something.
fn plan_again(migration: &Migration, base: &Arc<dyn Tree>, units: &mut [PlannedUnit]) {
    let run = run_steps(migration).outputs;
    units.par_iter_mut().filter(|planned| !planned.questions.is_empty()).for_each(|planned| {
        *planned = plan_one(migration, planned.unit, base, &run);
    });
}

fn plan_one(migration: &Migration, unit: UnitIndex, base: &Arc<dyn Tree>, run: &Outputs) -> PlannedUnit {
    let fixed = migration.fixed(unit);
    plan_unit(unit, &migration.unit(unit, &fixed), base, run.clone())
}

/// The outputs of every step, none of them known: what there is to go by without a run.
pub fn unknown_outputs(compiled: &Compiled) -> Outputs {
    let mut outputs = Outputs::default();
    compiled.steps.iter().for_each(|step| outputs.add_unknown(step));
    outputs
}

fn plan_unit(index: UnitIndex, unit: &Unit<'_>, base: &Arc<dyn Tree>, outputs: Outputs) -> PlannedUnit {
    rehearsed(index, &unit.migration.compiled, rehearse(unit, Arc::clone(base), outputs))
}

/// What becomes of a unit that was rehearsed.
pub fn rehearsed(index: UnitIndex, compiled: &Compiled, rehearsal: Result<Rehearsal, Failure>) -> PlannedUnit {
    let nothing = |outcome| PlannedUnit {
        unit: index,
        outcome,
        steps: vec![],
        files: vec![],
        changes: Changes::new(),
        is_final: true,
        questions: vec![],
    };
    let rehearsal = match rehearsal {
        Ok(rehearsal) => rehearsal,
        Err(failure) => return nothing(UnitPlan::Failed(None, failure)),
    };
    let is_final = rehearsal.is_final();
    if let Some((step, failure)) = rehearsal.refusal() {
        let outcome = UnitPlan::Failed(Some(step), failure.clone());
        return PlannedUnit { steps: rehearsal.steps, questions: rehearsal.questions, ..nothing(outcome) };
    }
    let changes = rehearsal.overlay.changes().clone();
    let files = changes.iter().map(|(path, after)| {
        let before = rehearsal.overlay.read_base(path)?;
        Ok(diff(path, before.as_ref(), after.as_ref()))
    });
    let files = match files.collect::<Result<Vec<_>, crate::overlay::OverlayError>>() {
        Ok(files) => files,
        Err(error) => return nothing(UnitPlan::Failed(None, error.into())),
    };
    let outcome = if !rehearsal.unmet.is_empty() {
        UnitPlan::Failed(None, Failure::new(FailureClass::Unmet, rehearsal.unmet.join("; ")))
    } else if !changes.is_empty() {
        UnitPlan::Changed
    } else {
        without_changes(compiled, &rehearsal.steps)
    };
    PlannedUnit {
        unit: index,
        outcome,
        steps: rehearsal.steps,
        files,
        changes,
        is_final,
        questions: rehearsal.questions,
    }
}

fn without_changes(compiled: &Compiled, steps: &[PlannedStep]) -> UnitPlan {
    let skipped = |planned: &PlannedStep| planned.outcome == PlannedOutcome::Skipped;
    // A process, or an edit that waits for one, may change something; without changes nothing is published.
    let may_change =
        |planned: &PlannedStep| planned.outcome == PlannedOutcome::InTheRun && compiled.graph.node(planned.step).writes;
    match steps.first() {
        Some(first) if steps.iter().all(skipped) => UnitPlan::Skipped(first.detail.clone()),
        _ if steps.iter().any(may_change) => UnitPlan::Changed,
        _ => UnitPlan::Unchanged,
    }
}
