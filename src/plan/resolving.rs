//! Questions to the outside world on a unit's way: asked once, their answers frozen.
//!
//! A rehearsal stays pure: it uses what is known, and says what it would have to ask. [`ask`] puts those questions, all of
//! a round at once, and rehearses again, until nothing is left to ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::action::{Outside, Resolve};
use crate::base::Tree;
use crate::event::{Failure, FailureClass, Question, StepIndex, StepResult, UnitIndex};
use crate::expression::contains_unknown;
use crate::overlay::Overlay;
use crate::workflow::Scope;

use super::answers::Answers;
use super::compiled::{Compiled, StepDeed};
use super::rehearse::{PlannedOutcome, PlannedStep};
use super::unit::{Outputs, Unit, render};
use super::{Migration, PlannedUnit, plan, plan_again, unknown_outputs};

/// What becomes of a step that asks the outside world, with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// The answer is known.
    Answered(StepResult),
    /// The question has to be put.
    Open(Question),
    /// The step's `if` is false.
    Skipped(String),
    /// What it asks depends on something that only the run will know.
    Undecided(String),
    /// It asks nothing that could be answered, or there was no answer.
    Failed(Failure),
}

impl Unit<'_> {
    /// What a step of class resolve comes to, given these answers.
    pub fn asked(&self, step: StepIndex, overlay: Option<&Overlay>, outputs: &Outputs, answers: &Answers) -> Asked {
        let found = self.question(step, overlay, outputs).map(|asked| match asked {
            Asked::Open(question) => match answers.get(&question) {
                Some(Ok(result)) => Asked::Answered(result.clone()),
                Some(Err(failure)) => Asked::Failed(failure.clone()),
                None => Asked::Open(question),
            },
            other => other,
        });
        found.unwrap_or_else(Asked::Failed)
    }

    fn question(&self, step: StepIndex, overlay: Option<&Overlay>, outputs: &Outputs) -> Result<Asked, Failure> {
        let compiled = self.migration.compiled.step(step);
        let StepDeed::Resolve(resolve, with) = &compiled.deed else {
            return Err(Failure::new(FailureClass::Machine, "only steps that resolve something ask"));
        };
        let scope = self.scope(compiled.reads, overlay, outputs)?;
        if let Some(condition) = &compiled.condition
            && self.reads_unknown(condition, outputs)
        {
            return Ok(Asked::Undecided(format!("`if: {}` is known only in the run", condition.source())));
        }
        if let Some(reason) = self.skip_reason(step, &scope)? {
            return Ok(Asked::Skipped(reason));
        }
        let with = render(with, &scope)?;
        if contains_unknown(&with) {
            return Ok(Asked::Undecided("asks for what is known only in the run".to_owned()));
        }
        Ok(Asked::Open(resolve.question(&with)?))
    }

    /// Plans such a step: with its answer, or as a question that is still to be put.
    pub(super) fn plan_asking(
        &self,
        step: StepIndex,
        overlay: Option<&Overlay>,
        outputs: &mut Outputs,
        questions: &mut Vec<(StepIndex, Question)>,
    ) -> PlannedStep {
        let compiled = self.migration.compiled.step(step);
        let planned = |outcome, detail: String| PlannedStep { step, outcome, detail, warnings: vec![] };
        match self.asked(step, overlay, outputs, &self.migration.frozen.answers) {
            Asked::Answered(result) => {
                outputs.add(compiled, result.changed, &result.outputs);
                PlannedStep { warnings: result.warnings, ..planned(PlannedOutcome::Unchanged, result.detail) }
            }
            Asked::Open(question) => {
                outputs.add_unknown(compiled);
                questions.push((step, question));
                planned(PlannedOutcome::InTheRun, "asks the outside world".to_owned())
            }
            Asked::Skipped(reason) => {
                outputs.add(compiled, false, &BTreeMap::new());
                planned(PlannedOutcome::Skipped, reason)
            }
            Asked::Undecided(reason) => {
                outputs.add_unknown(compiled);
                planned(PlannedOutcome::InTheRun, reason)
            }
            Asked::Failed(failure) => {
                outputs.add(compiled, false, &BTreeMap::new());
                let detail = failure.message.clone();
                planned(PlannedOutcome::Failed(failure), detail)
            }
        }
    }
}

/// The run's own steps on paper.
#[derive(Debug, Clone, Default)]
pub struct RunSteps {
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
    /// What they give to the units, as far as it is known.
    pub outputs: Outputs,
    /// What they ask and nobody has answered yet.
    pub questions: Vec<(StepIndex, Question)>,
}

impl RunSteps {
    /// The first step whose failure leaves nothing to be done for any unit.
    pub fn refusal(&self, compiled: &Compiled) -> Option<(StepIndex, &Failure)> {
        self.steps.iter().find_map(|planned| match &planned.outcome {
            PlannedOutcome::Failed(failure) if !compiled.graph.node(planned.step).continue_on_error => {
                Some((planned.step, failure))
            }
            _ => None,
        })
    }
}

/// What is known of the run's own steps before the run: answers where there are some; of processes, nothing.
pub fn run_steps(migration: &Migration) -> RunSteps {
    let fixed = migration.fixed(UnitIndex::RUN);
    let handle = migration.unit(UnitIndex::RUN, &fixed);
    let mut run = RunSteps::default();
    for step in migration.compiled.graph.of_scope(Scope::Run) {
        let compiled = migration.compiled.step(step);
        let planned = if matches!(compiled.deed, StepDeed::Resolve(..)) {
            handle.plan_asking(step, None, &mut run.outputs, &mut run.questions)
        } else {
            run.outputs.add_unknown(compiled);
            let detail = "acts only in the run".to_owned();
            PlannedStep { step, outcome: PlannedOutcome::InTheRun, detail, warnings: vec![] }
        };
        run.steps.push(planned);
    }
    run
}

/// Puts the questions of the run's own steps and freezes the answers.
///
/// # Errors
/// The step without whose answer nothing can be planned for any unit, and why there is none.
pub async fn ask_run_steps(migration: &mut Migration, outside: &Arc<Outside>) -> Result<(), (StepIndex, Failure)> {
    loop {
        let run = run_steps(migration);
        if let Some((step, failure)) = run.refusal(&migration.compiled) {
            return Err((step, failure.clone()));
        }
        if run.questions.is_empty() {
            return Ok(());
        }
        put(migration, run.questions, outside).await;
    }
}

/// Plans every unit; what its steps ask is asked first, and the answers are frozen.
///
/// # Errors
/// A step of the run itself without whose answer nothing can be planned. A unit whose own question has no answer is
/// planned as failed.
pub async fn ask(
    migration: &mut Migration,
    base: &Arc<dyn Tree>,
    outside: &Arc<Outside>,
) -> Result<Vec<PlannedUnit>, (StepIndex, Failure)> {
    ask_run_steps(migration, outside).await?;
    let mut units = plan(migration, base);
    loop {
        let questions: Vec<(StepIndex, Question)> =
            units.iter().flat_map(|planned| planned.questions.iter().cloned()).collect();
        if questions.is_empty() {
            return Ok(units);
        }
        put(migration, questions, outside).await;
        plan_again(migration, base, &mut units);
    }
}

/// What the steps of each unit give without being carried out: answers to what the units ask of the outside world as their
/// files are, nothing known of all else. The definition of done is checked with this.
///
/// # Errors
/// A step of the run itself that has no answer.
pub async fn ask_to_verify(
    migration: &mut Migration,
    base: &Arc<dyn Tree>,
    outside: &Arc<Outside>,
) -> Result<Vec<Outputs>, (StepIndex, Failure)> {
    ask_run_steps(migration, outside).await?;
    loop {
        let (outputs, questions) = unit_answers(migration, base);
        if questions.is_empty() {
            return Ok(outputs);
        }
        put(migration, questions, outside).await;
    }
}

fn unit_answers(migration: &Migration, base: &Arc<dyn Tree>) -> (Vec<Outputs>, Vec<(StepIndex, Question)>) {
    let mut all = unknown_outputs(&migration.compiled);
    all.take(run_steps(migration).outputs);
    let units = migration.frozen.units.iter().enumerate();
    let answered = units.map(|(position, frozen)| {
        let unit = UnitIndex(u32::try_from(position + 1).expect("units are counted in 32 bits"));
        let fixed = migration.fixed(unit);
        let handle = migration.unit(unit, &fixed);
        let connector = &frozen.connector;
        let overlay = Overlay::new(Arc::clone(base), connector.path.clone(), connector.documentation.clone());
        let (mut outputs, mut questions) = (all.clone(), Vec::new());
        for step in migration.compiled.graph.of_scope(Scope::Unit) {
            if matches!(migration.compiled.step(step).deed, StepDeed::Resolve(..)) {
                handle.plan_asking(step, Some(&overlay), &mut outputs, &mut questions);
            }
        }
        (outputs, questions)
    });
    let (outputs, questions): (Vec<Outputs>, Vec<Vec<_>>) = answered.unzip();
    (outputs, questions.into_iter().flatten().collect())
}

/// Puts each question once, all at the same time. Afterwards each has an answer, or a failure in its place.
async fn put(migration: &mut Migration, questions: Vec<(StepIndex, Question)>, outside: &Arc<Outside>) {
    let each: BTreeMap<Question, StepIndex> = questions.into_iter().map(|(step, question)| (question, step)).collect();
    let mut asking = JoinSet::new();
    for (question, step) in each {
        let StepDeed::Resolve(resolve, _) = &migration.compiled.step(step).deed else { continue };
        let (resolve, outside): (Resolve, _) = (resolve.clone(), Arc::clone(outside));
        asking.spawn(async move {
            let answer = resolve.answer(&question, &outside, 1).await;
            (question, answer)
        });
    }
    for (question, answer) in asking.join_all().await {
        migration.frozen.answers.insert(question, answer);
    }
}
