//! A plan as a file: what `plan --out` writes, and `run FILE` carries out or refuses as stale.
//!
//! It is the JSON of `plan --format json` with the frozen migration in `frozen`. The frozen units
//! hold the trees that the plan promises; a run that would make others stops.

use std::fs;

use camino::Utf8Path;
use serde_json::{Value, json};

use crate::plan::{Compiled, Frozen, Migration, PlannedUnit, UnitPlan};
use crate::report;

use super::Exit;
use super::context::Context;
use super::failed::Failed;
use super::prepare::{Wishes, options};

/// What the file says it is; the same object that `plan --format json` prints.
const SCHEMA: &str = "cutover.plan/1";

/// Writes a plan with the trees that it promises.
pub(super) fn write(
    file: &Utf8Path,
    context: &Context,
    migration: &Migration,
    units: &[PlannedUnit],
) -> Result<(), Failed> {
    let mut frozen = migration.frozen.clone();
    for (frozen_unit, unit) in frozen.units.iter_mut().zip(units) {
        if unit.is_final && unit.outcome == UnitPlan::Changed {
            let tree = context.repository.compute_tree(&frozen.base, &unit.changes)?;
            frozen_unit.promised_tree = Some(tree.to_string());
        }
    }
    let mut plan = report::plan::json(migration, units, None);
    plan["frozen"] = json!(frozen);
    plan["hash"] = Value::String(Frozen::hash(&frozen.to_json()?));
    fs::write(file, format!("{plan:#}\n"))
        .map_err(|error| Failed::new(Exit::Permission, format!("failed to write {file}: {error}")))
}

/// Reads the plan in a file, if it is one.
pub(super) fn read(file: &Utf8Path) -> Result<Option<Frozen>, Failed> {
    let Ok(text) = fs::read_to_string(file) else { return Ok(None) };
    if !text.trim_start().starts_with('{') {
        return Ok(None);
    }
    let unreadable = |why: &str| Failed::usage(format!("{file} is not a plan that can be run: {why}"));
    let plan: Value = serde_json::from_str(&text).map_err(|error| unreadable(&error.to_string()))?;
    if plan["schema"] != SCHEMA {
        return Err(unreadable(&format!("its schema is {}, not {SCHEMA:?}", plan["schema"])));
    }
    let frozen = plan.get("frozen").ok_or_else(|| unreadable("it has no frozen part; write it with `plan --out`"))?;
    let frozen = Frozen::from_json(&frozen.to_string())?;
    if plan["hash"] != Frozen::hash(&frozen.to_json()?) {
        return Err(unreadable("it was changed after it was written; plan again"));
    }
    Ok(Some(frozen))
}

/// The migration of a plan file, if the repository is still as it was when it was planned.
pub(super) fn migration(context: &Context, mut frozen: Frozen, wishes: &Wishes) -> Result<Migration, Failed> {
    if context.base != frozen.base {
        let message = format!(
            "the plan is stale: it was made on {}, and the base is {} by now",
            frozen.base.short(),
            context.base.short()
        );
        return Err(Failed::new(Exit::Stale, message)
            .hint(format!("plan again, or run it on its own base with `--base {}`", frozen.base.short())));
    }
    if frozen.tool != env!("CARGO_PKG_VERSION") {
        let message = format!("the plan is stale: it was made by cutover {}, this is another version", frozen.tool);
        return Err(Failed::new(Exit::Stale, message).hint("plan again"));
    }
    frozen.options = options(&frozen.workflow, wishes, frozen.units.len());
    let compiled = Compiled::new(frozen.workflow.clone())?.pushing(frozen.remote.is_some());
    Ok(Migration { compiled, frozen, profile: context.profile.clone() })
}
