//! `cutover plan`: what a run would do, connector by connector, with the shapes of its diffs.

mod detail;
mod json;
mod schedule;
mod sections;
mod shape;
mod stat;
mod text;

use std::collections::BTreeMap;

use crate::base::{StepId, UnitName};
use crate::connector::Connector;
use crate::event::{Failure, StepIndex, UnitIndex};
use crate::plan::{Migration, PlannedUnit, UnitPlan};

use super::causes::{Cause, causes};
use super::line::{Alike, alike};

pub use super::line::Line;
pub use json::json;
pub use shape::{Shape, ShapeFile, shapes};
pub use text::text;

/// What of a plan is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether each connector's steps and its whole diff are shown.
    pub diff: bool,
}

/// The name of a planned unit.
fn name<'a>(migration: &'a Migration, planned: &PlannedUnit) -> &'a UnitName {
    &migration.frozen.unit(planned.unit).connector.name
}

/// What would fail, by cause.
fn failures<'a>(migration: &'a Migration, units: &'a [PlannedUnit]) -> Vec<Cause<'a>> {
    causes(units.iter().filter_map(|planned| {
        let (step, failure) = failure(migration, planned)?;
        Some((&migration.frozen.unit(planned.unit).connector, step, failure))
    }))
}

fn failure<'a>(migration: &'a Migration, planned: &'a PlannedUnit) -> Option<(Option<&'a StepId>, &'a Failure)> {
    match &planned.outcome {
        UnitPlan::Failed(step, failure) => Some((step.map(|step| &migration.compiled.step(step).id), failure)),
        _ => None,
    }
}

/// What is said of the same step of several connectors in the same words.
struct Said<'a> {
    step: &'a StepId,
    alike: Alike<'a>,
}

/// What a person should look at; each warning once, the most frequent first.
fn warnings<'a>(migration: &'a Migration, units: &'a [PlannedUnit]) -> Vec<Said<'a>> {
    let said = units.iter().flat_map(|planned| planned.warnings().map(|(step, text)| (planned.unit, step, text)));
    by_step(migration, said)
}

/// Words about steps, by step and by what is alike; the most frequent first.
fn by_step<'a>(
    migration: &'a Migration,
    said: impl IntoIterator<Item = (UnitIndex, StepIndex, &'a str)>,
) -> Vec<Said<'a>> {
    let mut steps: BTreeMap<StepIndex, Vec<(&Connector, &str)>> = BTreeMap::new();
    for (unit, step, text) in said {
        steps.entry(step).or_default().push((&migration.frozen.unit(unit).connector, text));
    }
    let groups = steps.into_iter().flat_map(|(step, texts)| {
        let step = &migration.compiled.step(step).id;
        alike(texts).into_iter().map(move |alike| Said { step, alike })
    });
    let mut said: Vec<Said<'a>> = groups.collect();
    said.sort_by_key(|said| std::cmp::Reverse(said.alike.connectors.len()));
    said
}
