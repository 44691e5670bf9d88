//! A unit's whole way on paper: every edit computed, everything else announced.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::base::Tree;
use crate::event::{Failure, FailureClass, Question, StepIndex, StepResult};
use crate::expression::contains_unknown;
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
pub fn rehearse(unit: &Unit<'_>, base: Arc<dyn Tree>, outputs: Outputs) -> Result<Rehearsal, Failure> {
    let mut rehearsing = Rehearsing::new(*unit, base, outputs)?;
    while let Some(step) = rehearsing.until_execution() {
        rehearsing.announce(step);
    }
    rehearsing.finish()
}

/// A rehearsal on its way from step to step: whoever leads it may carry out what a rehearsal on paper announces.
pub struct Rehearsing<'a> {
    unit: Unit<'a>,
    upcoming: VecDeque<StepIndex>,
    overlay: Overlay,
    outputs: Outputs,
    steps: Vec<PlannedStep>,
    questions: Vec<(StepIndex, Question)>,
    /// Whether a process was announced that may change files.
    announced: bool,
}

impl<'a> Rehearsing<'a> {
    /// A rehearsal before its first step.
    pub fn new(unit: Unit<'a>, base: Arc<dyn Tree>, outputs: Outputs) -> Result<Self, Failure> {
        let Some(overlay) = unit.overlay(base) else {
            return Err(Failure::new(FailureClass::Machine, "the run itself has no files to rehearse"));
        };
        let upcoming = unit.migration.compiled.graph.of_scope(Scope::Unit).collect();
        let (steps, questions) = (Vec::new(), Vec::new());
        Ok(Self { unit, upcoming, overlay, outputs, steps, questions, announced: false })
    }

    /// Goes on to the next step of class execute that nothing blocks; `None` at the end. Whoever gets it either
    /// announces it or says what came of it.
    pub fn until_execution(&mut self) -> Option<StepIndex> {
        while let Some(step) = self.upcoming.pop_front() {
            if let Some(on) = blocker(&self.unit, &self.steps, step) {
                let detail = format!("needs {}", self.unit.migration.compiled.graph.node(on).id);
                self.take(step, PlannedOutcome::Blocked(on), detail);
                continue;
            }
            match &self.unit.migration.compiled.step(step).deed {
                StepDeed::Run(_) | StepDeed::Execute(..) => return Some(step),
                StepDeed::Publish(..) => self.announce(step),
                StepDeed::Edit(..) => self.edit(step),
                StepDeed::Resolve(..) => {
                    let (outputs, questions) = (&mut self.outputs, &mut self.questions);
                    let planned = self.unit.plan_asking(step, Some(&self.overlay), outputs, questions);
                    self.steps.push(planned);
                }
            }
        }
        None
    }

    /// Whether all that a step of class execute is given is known, and its `if` holds.
    pub fn can_execute(&self, step: StepIndex) -> Result<bool, Failure> {
        let compiled = self.unit.migration.compiled.step(step);
        if compiled.condition.as_ref().is_some_and(|condition| self.unit.reads_unknown(condition, &self.outputs)) {
            return Ok(false);
        }
        let scope = self.unit.scope(compiled.reads, Some(&self.overlay), &self.outputs)?;
        if self.unit.skip_reason(step, &scope)?.is_some() {
            return Ok(false);
        }
        let given = match &compiled.deed {
            StepDeed::Run(command) => text(command, &scope)?.into(),
            StepDeed::Execute(_, with) => render(with, &scope)?,
            StepDeed::Edit(..) | StepDeed::Publish(..) | StepDeed::Resolve(..) => return Ok(false),
        };
        Ok(!contains_unknown(&given))
    }

    /// Says what a step would do in the run; from here on its outputs read as unknown.
    pub fn announce(&mut self, step: StepIndex) {
        let compiled = self.unit.migration.compiled.step(step);
        match announced(&self.unit, step, &self.overlay, &self.outputs) {
            Ok(Some(detail)) => {
                self.announced |= self.unit.migration.compiled.graph.node(step).writes;
                self.outputs.add_unknown(compiled);
                self.take(step, PlannedOutcome::InTheRun, detail);
            }
            Ok(None) => self.skipped(step, "its `if` is false".to_owned()),
            Err(failure) => self.failed(step, failure),
        }
    }

    /// Takes what came of a step that was carried out. Its changes are in the overlay that comes with it.
    pub fn executed(&mut self, step: StepIndex, tried: Tried, overlay: Overlay) {
        self.overlay = overlay;
        self.tried(step, tried);
    }

    /// The unit's files as they are now.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// What the steps gave so far.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    fn edit(&mut self, step: StepIndex) {
        match self.unit.edit(step, &mut self.overlay, &self.outputs) {
            // A process before it may make the file that the edit misses.
            Tried::Failed(failure) if self.announced => {
                let why = format!("not possible yet ({failure}); an earlier step may change that");
                self.tried(step, Tried::Undecided(why));
            }
            tried => self.tried(step, tried),
        }
    }

    fn tried(&mut self, step: StepIndex, tried: Tried) {
        let compiled = self.unit.migration.compiled.step(step);
        match tried {
            Tried::Done(result) => {
                self.outputs.add(compiled, result.changed, &result.outputs);
                let outcome = if result.changed { PlannedOutcome::Changed } else { PlannedOutcome::Unchanged };
                self.steps.push(PlannedStep { step, outcome, detail: result.detail, warnings: result.warnings });
            }
            Tried::Skipped(reason) => self.skipped(step, reason),
            Tried::Undecided(reason) => {
                self.outputs.add_unknown(compiled);
                self.take(step, PlannedOutcome::InTheRun, reason);
            }
            Tried::Failed(failure) => self.failed(step, failure),
        }
    }

    fn skipped(&mut self, step: StepIndex, reason: String) {
        self.outputs.add(self.unit.migration.compiled.step(step), false, &StepResult::default().outputs);
        self.take(step, PlannedOutcome::Skipped, reason);
    }

    fn failed(&mut self, step: StepIndex, failure: Failure) {
        let detail = failure.message.clone();
        self.take(step, PlannedOutcome::Failed(failure), detail);
    }

    fn take(&mut self, step: StepIndex, outcome: PlannedOutcome, detail: String) {
        self.steps.push(PlannedStep { step, outcome, detail, warnings: vec![] });
    }

    /// The rehearsal at its end.
    pub fn finish(self) -> Result<Rehearsal, Failure> {
        let Self { unit, overlay, outputs, steps, questions, announced, .. } = self;
        let stuck =
            |planned: &PlannedStep| matches!(planned.outcome, PlannedOutcome::Failed(_) | PlannedOutcome::Blocked(_));
        let open = announced || steps.iter().any(stuck);
        let unmet = if open { Vec::new() } else { unit.unmet(&overlay, &outputs)? };
        Ok(Rehearsal { steps, overlay, unmet, questions })
    }
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

/// What a step that acts only in the run would do; `None` if its `if` is false.
fn announced(
    unit: &Unit<'_>,
    step: StepIndex,
    overlay: &Overlay,
    outputs: &Outputs,
) -> Result<Option<String>, Failure> {
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
