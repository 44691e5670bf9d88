//! A unit's whole way on paper: every edit computed, everything else announced.

use std::sync::Arc;

use crate::base::Tree;
use crate::event::{Failure, FailureClass, Question, StepIndex, StepResult};
use crate::overlay::Overlay;
use crate::workflow::Scope;

use super::compiled::StepDeed;
use super::unit::{Outputs, Tried, Unit, render, text};

/// What a step would do.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedOutcome {
    /// An edit that changes something.
    Changed,
    /// An edit that finds everything as wanted.
    Unchanged,
    /// Left out.
    Skipped,
    /// It cannot be done.
    Failed(Failure),
    /// A step that it needs cannot be done.
    Blocked(StepIndex),
    /// It acts only in the run: a process, a publication.
    InTheRun,
}

impl PlannedOutcome {
    /// The outcome's name in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::Failed(_) => "failed",
            Self::Blocked(_) => "blocked",
            Self::InTheRun => "in-the-run",
        }
    }
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStep {
    /// Which.
    pub step: StepIndex,
    /// What it would do.
    pub outcome: PlannedOutcome,
    /// That, for people.
    pub detail: String,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// A unit's way on paper.
pub struct Rehearsal {
    /// Its steps, in order.
    pub steps: Vec<PlannedStep>,
    /// Its files after them.
    pub overlay: Overlay,
    /// Criteria that would not hold.
    pub unmet: Vec<String>,
    /// What its steps ask and nobody has answered yet.
    pub questions: Vec<(StepIndex, Question)>,
}

impl Rehearsal {
    /// The first edit that cannot be made.
    pub fn refusal(&self) -> Option<(StepIndex, &Failure)> {
        self.steps.iter().find_map(|planned| match &planned.outcome {
            PlannedOutcome::Failed(failure) => Some((planned.step, failure)),
            _ => None,
        })
    }

    /// Whether anything waits for the run.
    pub fn is_final(&self) -> bool {
        !self.steps.iter().any(|planned| planned.outcome == PlannedOutcome::InTheRun)
    }
}

/// Computes every edit of a unit on the base. `outputs` holds what the run's own steps gave, or unknowns.
pub fn rehearse(unit: &Unit<'_>, base: Arc<dyn Tree>, mut outputs: Outputs) -> Result<Rehearsal, Failure> {
    let Some(mut overlay) = unit.overlay(base) else {
        return Err(Failure::new(FailureClass::Machine, "the run itself has no files to rehearse"));
    };
    let graph = &unit.migration.compiled.graph;
    let mut steps: Vec<PlannedStep> = Vec::new();
    let mut executed = false;
    let mut questions = Vec::new();
    for step in graph.of_scope(Scope::Unit) {
        let planned = match blocker(unit, &steps, step) {
            Some(on) => {
                let detail = format!("needs {}", graph.node(on).id);
                PlannedStep { step, outcome: PlannedOutcome::Blocked(on), detail, warnings: vec![] }
            }
            None if matches!(unit.migration.compiled.step(step).deed, StepDeed::Resolve(..)) => {
                unit.plan_asking(step, Some(&overlay), &mut outputs, &mut questions)
            }
            None => one(unit, step, &mut overlay, &mut outputs, &mut executed),
        };
        steps.push(planned);
    }
    let open =
        steps.iter().any(|planned| matches!(planned.outcome, PlannedOutcome::Failed(_) | PlannedOutcome::Blocked(_)));
    let unmet = if open || executed { Vec::new() } else { unit.unmet(&overlay, &outputs)? };
    Ok(Rehearsal { steps, overlay, unmet, questions })
}

fn blocker(unit: &Unit<'_>, steps: &[PlannedStep], step: StepIndex) -> Option<StepIndex> {
    let graph = &unit.migration.compiled.graph;
    graph.node(step).needs.iter().find_map(|need| {
        let planned = steps.iter().find(|planned| planned.step == *need)?;
        match &planned.outcome {
            PlannedOutcome::Failed(_) if !graph.node(*need).continue_on_error => Some(*need),
            PlannedOutcome::Blocked(on) => Some(*on),
            _ => None,
        }
    })
}

fn one(
    unit: &Unit<'_>,
    step: StepIndex,
    overlay: &mut Overlay,
    outputs: &mut Outputs,
    executed: &mut bool,
) -> PlannedStep {
    let compiled = unit.migration.compiled.step(step);
    let planned = |outcome, detail: String| PlannedStep { step, outcome, detail, warnings: vec![] };
    if !matches!(compiled.deed, StepDeed::Edit(..)) {
        return match announce(unit, step, overlay, outputs) {
            Ok(Some(detail)) => {
                *executed |= unit.migration.compiled.graph.node(step).writes;
                outputs.add_unknown(compiled);
                planned(PlannedOutcome::InTheRun, detail)
            }
            Ok(None) => {
                outputs.add(compiled, false, &StepResult::default().outputs);
                planned(PlannedOutcome::Skipped, "its `if` is false".to_owned())
            }
            Err(failure) => {
                let detail = failure.message.clone();
                planned(PlannedOutcome::Failed(failure), detail)
            }
        };
    }
    match unit.edit(step, overlay, outputs) {
        Tried::Done(result) => {
            outputs.add(compiled, result.changed, &result.outputs);
            let outcome = if result.changed { PlannedOutcome::Changed } else { PlannedOutcome::Unchanged };
            PlannedStep { step, outcome, detail: result.detail, warnings: result.warnings }
        }
        Tried::Skipped(reason) => {
            outputs.add(compiled, false, &StepResult::default().outputs);
            planned(PlannedOutcome::Skipped, reason)
        }
        Tried::Undecided(reason) => {
            outputs.add_unknown(compiled);
            planned(PlannedOutcome::InTheRun, reason)
        }
        // A process before it may make the file that the edit misses.
        Tried::Failed(failure) if *executed => {
            outputs.add_unknown(compiled);
            planned(PlannedOutcome::InTheRun, format!("not possible yet ({failure}); an earlier step may change that"))
        }
        Tried::Failed(failure) => {
            let detail = failure.message.clone();
            planned(PlannedOutcome::Failed(failure), detail)
        }
    }
}

/// What a step that acts only in the run would do; `None` if its `if` is false.
fn announce(unit: &Unit<'_>, step: StepIndex, overlay: &Overlay, outputs: &Outputs) -> Result<Option<String>, Failure> {
    let compiled = unit.migration.compiled.step(step);
    let scope = unit.scope(compiled.reads, Some(overlay), outputs)?;
    let decided = compiled.condition.as_ref().is_none_or(|condition| !unit.reads_unknown(condition, outputs));
    if decided && unit.skip_reason(step, &scope)?.is_some() {
        return Ok(None);
    }
    Ok(Some(match &compiled.deed {
        StepDeed::Run(command) => format!("run `{}`", first_line(&text(command, &scope)?)),
        StepDeed::Publish(publish, with) => (publish.preview)(&render(with, &scope)?)?,
        StepDeed::Execute(execute, with) => (execute.preview)(&render(with, &scope)?)?,
        StepDeed::Edit(..) | StepDeed::Resolve(..) => unreachable!("edits and answers are computed, not announced"),
    }))
}

fn first_line(command: &str) -> String {
    let mut lines = command.trim().lines();
    let first = lines.next().unwrap_or_default();
    if lines.next().is_some() { format!("{first} …") } else { first.to_owned() }
}
