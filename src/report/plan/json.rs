//! The plan for scripts: `cutover.plan/1`.

use serde_json::{Value, json};

use crate::plan::{Migration, PlannedOutcome, PlannedStep, PlannedUnit, Schedule, UnitPlan, run_steps};

use super::super::causes::Cause;
use super::super::versions::Versions;
use super::super::{hint, schema};
use super::stat::DiffStat;
use super::{Line, Shape, failure, failures, name, shapes, warnings};

/// The whole plan: every selected connector with its steps, files and patch; the shapes of the diffs; what would fail;
/// with a schedule also `rollout` and `publishing`.
pub fn json(migration: &Migration, units: &[PlannedUnit], schedule: Option<&Schedule>) -> Value {
    let shapes = shapes(migration, units);
    let frozen = &migration.frozen;
    let mut answer = json!({
        "schema": schema("plan"),
        "workflow": frozen.workflow.name,
        "base": frozen.base.to_string(),
        "base_branch": frozen.base_branch,
        "date": frozen.date.to_string(),
        "inputs": frozen.inputs,
        "summary": summary(units),
        "steps": run_steps(migration).steps.iter().map(|planned| step(migration, planned)).collect::<Vec<_>>(),
        "connectors": units.iter().enumerate().map(|(at, planned)| connector(migration, planned, label(&shapes, at))).collect::<Vec<_>>(),
        "shapes": shapes.iter().map(|found| shape(migration, units, found)).collect::<Vec<_>>(),
        "failures": failures(migration, units).iter().map(Cause::json).collect::<Vec<_>>(),
        "warnings": warnings(migration, units).iter().map(|warned| json!({
            "step": warned.step,
            "message": warned.alike.line.text(),
            "connectors": warned.alike.connectors.iter().map(|connector| &connector.name).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    });
    if let Some(schedule) = schedule {
        let (rollout, publishing) = super::schedule::json(schedule);
        answer["rollout"] = rollout;
        answer["publishing"] = publishing;
    }
    answer
}

fn summary(units: &[PlannedUnit]) -> Value {
    let count = |name: &str| units.iter().filter(|planned| planned.outcome.as_str() == name).count();
    let stat = DiffStat::of(units);
    json!({
        "connectors": units.len(),
        "changed": count("changed"),
        "unchanged": count("unchanged"),
        "skipped": count("skipped"),
        "failed": count("failed"),
        "files": stat.files,
        "added": stat.added,
        "deleted": stat.deleted,
    })
}

fn label(shapes: &[Shape], unit: usize) -> Option<&str> {
    shapes.iter().find(|shape| shape.units.binary_search(&unit).is_ok()).map(|shape| shape.label.as_str())
}

fn connector(migration: &Migration, planned: &PlannedUnit, shape: Option<&str>) -> Value {
    let frozen = migration.frozen.unit(planned.unit);
    let versions = Versions::of(migration, planned);
    let failed = failure(migration, planned);
    let reason = match &planned.outcome {
        UnitPlan::Skipped(reason) => Some(reason.as_str()),
        UnitPlan::Failed(_, failure) => Some(failure.message.as_str()),
        UnitPlan::Changed | UnitPlan::Unchanged => None,
    };
    let files = planned
        .files
        .iter()
        .map(|file| json!({ "path": file.path, "change": file.change, "added": file.added, "deleted": file.deleted }));
    json!({
        "name": frozen.connector.name,
        "path": frozen.connector.path,
        "outcome": planned.outcome.as_str(),
        "reason": reason,
        "class": failed.map(|(_, failure)| failure.class),
        "hint": failed.and_then(|(_, failure)| failure.hint.as_deref()).map(hint::body),
        "branch": frozen.branch,
        "version": versions.before,
        "new_version": versions.after,
        "final": planned.is_final,
        "shape": shape,
        "steps": planned.steps.iter().map(|planned| step(migration, planned)).collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "patch": planned.patch(),
    })
}

fn step(migration: &Migration, planned: &PlannedStep) -> Value {
    let compiled = migration.compiled.step(planned.step);
    let class = match &planned.outcome {
        PlannedOutcome::Failed(failure) => Some(failure.class),
        _ => None,
    };
    json!({
        "id": compiled.id,
        "uses": compiled.action,
        "outcome": planned.outcome.as_str(),
        "detail": planned.detail,
        "class": class,
        "warnings": planned.warnings,
    })
}

fn shape(migration: &Migration, units: &[PlannedUnit], shape: &Shape) -> Value {
    let range = |range: &std::ops::RangeInclusive<usize>| json!([range.start(), range.end()]);
    let files = shape.files.iter().map(|file| {
        json!({
            "path": file.path,
            "change": file.change,
            "added": range(&file.added),
            "deleted": range(&file.deleted),
            "lines": file.lines.iter().map(Line::text).collect::<Vec<_>>(),
        })
    });
    let connectors: Vec<_> = shape.units.iter().map(|&at| name(migration, &units[at])).collect();
    json!({
        "label": shape.label,
        "example": connectors.first(),
        "connectors": connectors,
        "files": files.collect::<Vec<_>>(),
    })
}
