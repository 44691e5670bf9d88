//! A run for scripts: `cutover.run/1`, `cutover.resume/1`, `cutover.status/1`, `cutover.report/1`, which have the same
//! keys.

use serde_json::{Map, Value, json};

use crate::event::{StepIndex, StepState, Stop, UnitIndex};
use crate::rollout::Rollout;

use super::super::causes::{Cause, causes};
use super::super::{hint, schema};
use super::unit::{UnitFacts, step_outcome, units};
use super::{Facts, waves};

/// The run as one object. Where the workflow has a rollout, it has `rollout`, and each unit its `wave`. `verb` is `run`, `resume`, `status` or `report`; `state` is one of [`Standing`](super::Standing).
pub fn json(verb: &str, facts: &Facts<'_>) -> Value {
    let frozen = &facts.migration.frozen;
    let units = units(facts);
    let failures = causes(units.iter().filter_map(|unit| {
        let (step, failure) = unit.failure(facts)?;
        Some((unit.connector, step, failure))
    }));
    let rollout = waves::rollout(facts);
    let mut answer = json!({
        "schema": schema(verb),
        "run": frozen.run,
        "state": facts.standing().as_str(),
        "workflow": frozen.workflow.name,
        "base": frozen.base.to_string(),
        "base_branch": frozen.base_branch,
        "date": frozen.date.to_string(),
        "created_at": frozen.created_at.to_string(),
        "holder": facts.state.holder().filter(|_| facts.running),
        "stopped": facts.stopped.or(facts.state.stopping()).map(stop),
        "elapsed_seconds": facts.elapsed.map(|elapsed| (elapsed.as_secs_f64() * 1000.0).round() / 1000.0),
        "summary": summary(facts),
        "steps": steps(facts, UnitIndex::RUN),
        "units": units.iter().map(|one| unit(facts, one, rollout.as_ref())).collect::<Vec<_>>(),
        "failures": failures.iter().map(Cause::json).collect::<Vec<_>>(),
        "next": facts.next,
    });
    if rollout.is_some() {
        answer["rollout"] = waves::json(facts);
    }
    answer
}

fn stop(stop: Stop) -> &'static str {
    match stop {
        Stop::Interrupted => "interrupted",
        Stop::FailFast => "fail-fast",
        Stop::FailureBudget => "failure-budget",
    }
}

/// How many connectors there are, and how many have which outcome.
fn summary(facts: &Facts<'_>) -> Value {
    let counts = facts.state.counts();
    let mut summary = Map::new();
    summary.insert("connectors".into(), counts.total().into());
    if let Ok(Value::Object(counts)) = serde_json::to_value(counts) {
        summary.extend(counts);
    }
    Value::Object(summary)
}

fn unit(facts: &Facts<'_>, unit: &UnitFacts<'_>, rollout: Option<&Rollout>) -> Value {
    let failed = unit.failure(facts);
    let mut answer = json!({
        "name": unit.connector.name,
        "path": unit.connector.path,
        "outcome": unit.outcome.as_str(),
        "reason": unit.reason(facts),
        "class": failed.map(|(_, failure)| failure.class),
        "hint": failed.and_then(|(_, failure)| failure.hint.as_deref()).map(hint::body),
        "branch": unit.branch,
        "commit": unit.commit,
        "pull_request": unit.pull_request.map(|found| json!({ "number": found.number, "url": found.url })),
        "steps": steps(facts, unit.unit),
    });
    if let Some(rollout) = rollout {
        answer["wave"] = waves::wave_of(rollout, unit.unit).into();
    }
    answer
}

fn steps(facts: &Facts<'_>, unit: UnitIndex) -> Vec<Value> {
    facts.state.steps_of(unit).map(|index| step(facts, unit, index)).collect()
}

fn step(facts: &Facts<'_>, unit: UnitIndex, index: StepIndex) -> Value {
    let compiled = facts.migration.compiled.step(index);
    let mut step = Map::new();
    step.insert("id".into(), compiled.id.as_str().into());
    step.insert("uses".into(), compiled.action.as_str().into());
    step.insert("outcome".into(), step_outcome(facts, unit, index).into());
    let mut detail = String::new();
    match &facts.state.unit(unit).steps[index.position()] {
        StepState::Pending => {
            if let Some(on) = facts.state.blocked(unit)[index.position()] {
                detail = format!("needs {}", facts.migration.compiled.step(on).id);
            }
        }
        StepState::Running { attempt } => {
            step.insert("attempt".into(), (*attempt).into());
        }
        StepState::Retrying { attempt, failure } => {
            step.insert("attempt".into(), (*attempt).into());
            step.insert("class".into(), failure.class.as_str().into());
            detail.clone_from(&failure.message);
        }
        StepState::Waiting(waiting) => {
            step.insert("waits_for".into(), waiting.on.as_str().into());
            step.insert("until".into(), json!(waiting.until));
            detail = waiting.to_string();
        }
        StepState::Succeeded(result) => {
            detail.clone_from(&result.detail);
            step.insert("outputs".into(), json!(result.outputs));
            step.insert("warnings".into(), json!(result.warnings));
        }
        StepState::Skipped { reason } => detail = reason.to_string(),
        StepState::Failed(failure) => {
            detail.clone_from(&failure.message);
            step.insert("class".into(), failure.class.as_str().into());
            step.insert("tail".into(), json!(failure.tail));
        }
    }
    step.insert("detail".into(), detail.into());
    Value::Object(step)
}
