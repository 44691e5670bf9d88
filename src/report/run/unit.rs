//! What is worked out of one unit of a run.

use serde_json::Value;

use crate::base::StepId;
use crate::connector::Connector;
use crate::event::{Failure, StepIndex, StepState, UnitIndex, UnitOutcome};
use crate::workflow::Scope;

use super::super::line::{Alike, alike};
use super::Facts;

/// A unit and what became of it.
pub(crate) struct UnitFacts<'a> {
    pub(crate) unit: UnitIndex,
    pub(crate) connector: &'a Connector,
    pub(crate) outcome: UnitOutcome,
    pub(crate) branch: &'a str,
    pub(crate) commit: Option<&'a str>,
    pub(crate) pull_request: Option<PullRequestFacts<'a>>,
}

/// A unit's pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PullRequestFacts<'a> {
    pub(crate) number: u64,
    pub(crate) url: Option<&'a str>,
}

/// Every unit, in the order of the run.
pub(crate) fn units<'a>(facts: &Facts<'a>) -> Vec<UnitFacts<'a>> {
    let Facts { migration, state, .. } = *facts;
    let units = state.connectors().map(|(unit, unit_state)| {
        let frozen = migration.frozen.unit(unit);
        UnitFacts {
            unit,
            connector: &frozen.connector,
            outcome: state.outcome(unit),
            branch: &frozen.branch,
            commit: unit_state.checkpoint.as_ref().map(|checkpoint| checkpoint.commit.as_str()),
            pull_request: pull_request(facts, unit),
        }
    });
    units.collect()
}

fn pull_request<'a>(facts: &Facts<'a>, unit: UnitIndex) -> Option<PullRequestFacts<'a>> {
    let Facts { migration, state, .. } = *facts;
    let opened = migration.opened(state.unit(unit)).and_then(|result| {
        let number = result.outputs.get("number").and_then(Value::as_u64)?;
        Some(PullRequestFacts { number, url: result.outputs.get("url").and_then(Value::as_str) })
    });
    opened.or_else(|| match state.outcome(unit) {
        UnitOutcome::ClosedByHuman { number } => Some(PullRequestFacts { number, url: None }),
        _ => None,
    })
}

impl<'a> UnitFacts<'a> {
    /// Why the outcome is what it is, where it needs a reason.
    pub(crate) fn reason(&self, facts: &Facts<'_>) -> Option<String> {
        match &self.outcome {
            UnitOutcome::Pending
            | UnitOutcome::Unfinished
            | UnitOutcome::Changed
            | UnitOutcome::Unchanged
            | UnitOutcome::Merged { .. } => None,
            UnitOutcome::Waiting { waiting, .. } => Some(waiting.to_string()),
            UnitOutcome::Skipped { reason } => Some(reason.clone()),
            UnitOutcome::Failed { failure, .. } => Some(failure.message.clone()),
            UnitOutcome::Blocked { on } => {
                Some(format!("step {} of the run has failed", facts.migration.compiled.step(*on).id))
            }
            UnitOutcome::EditedByHuman { branch, found } => {
                Some(format!("branch {branch} has commit {found}, which this run did not make"))
            }
            UnitOutcome::ClosedByHuman { number } => {
                Some(format!("pull request {number} was closed without being merged"))
            }
            UnitOutcome::Closed { number: Some(number) } => {
                Some(format!("pull request {number} was closed by `cutover close`"))
            }
            UnitOutcome::Closed { number: None } => Some("given up by `cutover close`".to_owned()),
        }
    }

    /// The failure and its step, if it failed.
    pub(crate) fn failure(&self, facts: &Facts<'a>) -> Option<(Option<&'a StepId>, &Failure)> {
        match &self.outcome {
            UnitOutcome::Failed { step, failure } => {
                Some((step.map(|step| &facts.migration.compiled.step(step).id), failure))
            }
            _ => None,
        }
    }

    /// The step that it is at: running, waiting for another try, or next.
    pub(crate) fn at(&self, facts: &Facts<'a>) -> Option<(&'a StepId, &'static str)> {
        let steps = &facts.state.unit(self.unit).steps;
        let of_unit = || facts.state.steps_of(self.unit);
        let busy =
            |step: &StepIndex| matches!(steps[step.position()], StepState::Running { .. } | StepState::Retrying { .. });
        let step = of_unit().find(busy).or_else(|| of_unit().find(|step| !steps[step.position()].is_settled()))?;
        Some((&facts.migration.compiled.step(step).id, steps[step.position()].as_str()))
    }
}

/// A step of the run itself that failed: everything waits for it.
pub(crate) fn run_failure<'a>(facts: &Facts<'a>) -> Option<(&'a StepId, &'a Failure)> {
    let Facts { migration, state, .. } = *facts;
    let step = state.failed_step(UnitIndex::RUN)?;
    match &state.unit(UnitIndex::RUN).steps[step.position()] {
        StepState::Failed(failure) => Some((&migration.compiled.step(step).id, failure)),
        _ => None,
    }
}

/// What a person should look at, by step; the same words of several connectors once.
pub(in crate::report) fn warnings<'a>(facts: &Facts<'a>, units: &[UnitFacts<'a>]) -> Vec<(&'a StepId, Alike<'a>)> {
    let Facts { migration, state, .. } = *facts;
    let of_step = |step: StepIndex| {
        let said = units.iter().flat_map(move |unit| {
            let warnings = match &state.unit(unit.unit).steps[step.position()] {
                StepState::Succeeded(result) => result.warnings.as_slice(),
                _ => &[],
            };
            warnings.iter().map(|warning| (unit.connector, warning.as_str()))
        });
        alike(said).into_iter().map(move |alike| (&migration.compiled.step(step).id, alike))
    };
    migration.compiled.graph.of_scope(Scope::Unit).flat_map(of_step).collect()
}

/// A step's outcome, in the words that plans use too.
pub(crate) fn step_outcome(facts: &Facts<'_>, unit: UnitIndex, step: StepIndex) -> &'static str {
    match &facts.state.unit(unit).steps[step.position()] {
        StepState::Succeeded(result) if result.changed => "changed",
        StepState::Succeeded(_) => "unchanged",
        StepState::Pending if facts.state.blocked(unit)[step.position()].is_some() => "blocked",
        other => other.as_str(),
    }
}
