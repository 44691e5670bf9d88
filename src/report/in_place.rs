//! `cutover run --in-place`: what became of the connectors in the working tree.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::causes::{self, Cause, causes};
use super::layout::{columns, filled, harmless, one_line, padded};
use super::style::{Ink, Style};
use super::{hint, schema};
use crate::base::{StepId, count};
use crate::connector::Connector;
use crate::engine::InPlaceUnit;
use crate::event::{Counts, Failure, UnitOutcome};
use crate::plan::Migration;

/// Each connector with its steps and the files written; failures by cause; how many of each.
pub fn text(migration: &Migration, units: &[InPlaceUnit], style: &Style) -> String {
    let style = *style;
    if units.is_empty() {
        return "No connector is selected: there is nothing to do.\n".to_owned();
    }
    let mut text = String::new();
    for unit in units.iter().filter(|unit| !matches!(unit.outcome, UnitOutcome::Failed { .. })) {
        text.push_str(&one(migration, unit, style));
        text.push('\n');
    }
    let causes = causes(units.iter().filter_map(|unit| failure(migration, unit)));
    if !causes.is_empty() {
        let _ = writeln!(text, "{}", style.paint(Ink::Bad, "Failed, and nothing written"));
        text.push_str(&causes::text(&causes, style));
        text.push('\n');
    }
    let files: usize = units.iter().map(|unit| unit.files.len()).sum();
    let line = format!(
        "{}: {}. {} written, nothing committed.",
        count(units.len(), "connector"),
        super::run::numbers(&counts(units)),
        count(files, "file")
    );
    text.push_str(&filled("", &line, style.width));
    text
}

fn counts(units: &[InPlaceUnit]) -> Counts {
    let mut counts = Counts::default();
    for unit in units {
        counts.add(&unit.outcome);
    }
    counts
}

fn one(migration: &Migration, unit: &InPlaceUnit, style: Style) -> String {
    let name = one_line(migration.frozen.unit(unit.unit).connector.name.as_str());
    let said = match &unit.outcome {
        UnitOutcome::Changed => count(unit.files.len(), "file"),
        UnitOutcome::Unchanged => "already as wanted".to_owned(),
        UnitOutcome::Skipped { reason } => format!("skipped: {}", one_line(reason)),
        other => other.as_str().to_owned(),
    };
    let mut text = format!("{}  {said}\n", style.paint(Ink::Heading, name));
    let widest = unit.steps.iter().map(|(id, ..)| columns(id.as_str())).max().unwrap_or(0);
    for (id, outcome, detail) in &unit.steps {
        let first = format!("  {}  {}  ", padded(outcome, 9), padded(id.as_str(), widest));
        text.push_str(&filled(&first, detail, style.width));
    }
    for file in &unit.files {
        let _ = writeln!(text, "  {}", style.paint(Ink::Place, harmless(file.as_str())));
    }
    text
}

type Failing<'a> = (&'a Connector, Option<&'a StepId>, &'a Failure);

fn failure<'a>(migration: &'a Migration, unit: &'a InPlaceUnit) -> Option<Failing<'a>> {
    match &unit.outcome {
        UnitOutcome::Failed { step, failure } => {
            let step = step.map(|step| &migration.compiled.step(step).id);
            Some((&migration.frozen.unit(unit.unit).connector, step, failure))
        }
        _ => None,
    }
}

/// The same as one object; `state` is `failed` if a connector did, otherwise `finished`.
pub fn json(migration: &Migration, units: &[InPlaceUnit]) -> Value {
    let counts = counts(units);
    let failures = causes(units.iter().filter_map(|unit| failure(migration, unit)));
    let mut summary = json!({ "connectors": units.len() });
    if let (Some(summary), Ok(Value::Object(counts))) = (summary.as_object_mut(), serde_json::to_value(counts)) {
        summary.extend(counts);
    }
    json!({
        "schema": schema("run"),
        "run": null,
        "in_place": true,
        "state": if counts.failed > 0 { "failed" } else { "finished" },
        "workflow": migration.frozen.workflow.name,
        "base": migration.frozen.base.to_string(),
        "date": migration.frozen.date.to_string(),
        "summary": summary,
        "units": units.iter().map(|one| unit(migration, one)).collect::<Vec<_>>(),
        "failures": failures.iter().map(Cause::json).collect::<Vec<_>>(),
    })
}

fn unit(migration: &Migration, unit: &InPlaceUnit) -> Value {
    let connector = &migration.frozen.unit(unit.unit).connector;
    let failed = failure(migration, unit).map(|(_, _, failure)| failure);
    let reason = match &unit.outcome {
        UnitOutcome::Skipped { reason } => Some(reason.as_str()),
        UnitOutcome::Failed { failure, .. } => Some(failure.message.as_str()),
        _ => None,
    };
    let steps =
        unit.steps.iter().map(|(id, outcome, detail)| json!({ "id": id, "outcome": outcome, "detail": detail }));
    json!({
        "name": connector.name,
        "path": connector.path,
        "outcome": unit.outcome.as_str(),
        "reason": reason,
        "class": failed.map(|failure| failure.class),
        "hint": failed.and_then(|failure| failure.hint.as_deref()).map(hint::body),
        "branch": null,
        "commit": null,
        "pull_request": null,
        "files": unit.files,
        "steps": steps.collect::<Vec<_>>(),
    })
}
