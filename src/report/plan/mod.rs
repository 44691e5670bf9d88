//! `cutover plan`: what a run would do, connector by connector, with the shapes of its diffs.

mod json;
mod shape;
mod text;
mod unit;

use crate::base::{StepId, UnitName};
use crate::event::Failure;
use crate::plan::{Migration, PlannedUnit, UnitPlan};

use super::causes::{Cause, causes};

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
        Some((name(migration, planned), step, failure))
    }))
}

fn failure<'a>(migration: &'a Migration, planned: &'a PlannedUnit) -> Option<(Option<&'a StepId>, &'a Failure)> {
    match &planned.outcome {
        UnitPlan::Failed(step, failure) => Some((step.map(|step| &migration.compiled.step(step).id), failure)),
        _ => None,
    }
}

/// Warnings that are the same, with the step that gave them and their connectors.
struct Warned<'a> {
    step: &'a StepId,
    message: &'a str,
    connectors: Vec<&'a UnitName>,
}

/// What a person should look at; each warning once, the most frequent first.
fn warnings<'a>(migration: &'a Migration, units: &'a [PlannedUnit]) -> Vec<Warned<'a>> {
    let mut warned: Vec<Warned<'a>> = Vec::new();
    for planned in units {
        for (step, message) in planned.warnings() {
            let (step, name) = (&migration.compiled.step(step).id, name(migration, planned));
            match warned.iter_mut().find(|known| known.step == step && known.message == message) {
                Some(known) if known.connectors.last() == Some(&name) => {}
                Some(known) => known.connectors.push(name),
                None => warned.push(Warned { step, message, connectors: vec![name] }),
            }
        }
    }
    warned.sort_by_key(|warned| std::cmp::Reverse(warned.connectors.len()));
    warned
}
