//! `cutover plan`: the dry run.

use std::fs;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::base::{Clock as _, SystemClock};
use crate::cli::arguments::{Target, WorkflowArguments};
use crate::cli::context::Context;
use crate::cli::failed::Failed;
use crate::cli::outside::{self, OutsideArguments};
use crate::cli::prepare::{Wishes, prepare};
use crate::cli::trial::{TrialArguments, try_out};
use crate::cli::{Exit, plan_file, terminal};
use crate::plan::{Migration, PlannedUnit, UnitPlan, schedule};
use crate::report;
use crate::rollout::Assumptions;
use crate::workflow::parse_duration;

/// What `plan` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    workflow: WorkflowArguments,
    /// Show every diff.
    #[arg(long)]
    diff: bool,
    /// Write one patch for each connector, in the form that `git apply` takes.
    #[arg(long, value_name = "DIR")]
    patch_dir: Option<Utf8PathBuf>,
    /// Write the plan to a file; `cutover run FILE` carries out exactly that. Images that it found stand in images.lock
    /// beside it.
    #[arg(long, value_name = "FILE")]
    out: Option<Utf8PathBuf>,
    /// Exit with 3 if the plan has changes.
    #[arg(long)]
    exit_code: bool,
    /// Build and test as well: carry out every step that runs a process, in scratch. Nothing is published.
    #[arg(long)]
    execute: bool,
    #[command(flatten)]
    trial: TrialArguments,
    /// How long checks of a pull request take, for the timetable of the rollout, such as 20m.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "20m", help_heading = "What the timetable assumes")]
    assume_checks: Duration,
    /// How long it takes until a pull request is approved, such as 4h.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "4h", help_heading = "What the timetable assumes")]
    assume_review: Duration,
    #[command(flatten)]
    outside: OutsideArguments,
    #[command(flatten)]
    target: Target,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| format!("`{text}` is no duration; write it as 20m, 4h or 1h30m"))
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let context = Context::open(&arguments.target.place, &arguments.target.base)?;
    let wishes = Wishes { needs_author: arguments.out.is_some(), ..Wishes::default() };
    let mut migration = prepare(&context, &arguments.workflow, &arguments.target.selection, &wishes)?;
    let mut units = outside::plan(&mut migration, &context.files(), &arguments.outside)?;
    if arguments.execute {
        let Some(tried) = try_out(migration, &context, &arguments.outside, &arguments.trial)? else {
            return Ok(Exit::Interrupted);
        };
        (migration, units) = tried;
    }
    if let Some(directory) = &arguments.patch_dir {
        write_patches(directory, &migration, &units)?;
    }
    if let Some(file) = &arguments.out {
        plan_file::write(file, &context, &migration, &units)?;
        outside::write_lock(file, &migration, &arguments.outside)?;
    }
    let assumptions = Assumptions { checks: arguments.assume_checks, review: arguments.assume_review };
    let schedule = schedule(&migration, &units, SystemClock.now(), assumptions)?;
    if arguments.target.output.is_json() {
        terminal::answer_json(&report::plan::json(&migration, &units, schedule.as_ref()))?;
    } else {
        let options = report::plan::Options { diff: arguments.diff };
        terminal::answer(&report::plan::text(
            &migration,
            &units,
            schedule.as_ref(),
            &options,
            &terminal::stdout_style(),
        ))?;
    }
    Ok(exit(&units, arguments.exit_code))
}

fn exit(units: &[PlannedUnit], exit_code: bool) -> Exit {
    if units.iter().any(|unit| matches!(unit.outcome, UnitPlan::Failed(..))) {
        return Exit::SomeFailed;
    }
    if exit_code && units.iter().any(|unit| unit.outcome == UnitPlan::Changed) { Exit::Changes } else { Exit::Done }
}

fn write_patches(directory: &Utf8Path, migration: &Migration, units: &[PlannedUnit]) -> Result<(), Failed> {
    let failed = |path: &Utf8Path, error: &std::io::Error| {
        Failed::new(Exit::Permission, format!("failed to write {path}: {error}"))
    };
    fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    for unit in units.iter().filter(|unit| !unit.files.is_empty()) {
        let name = migration.frozen.unit(unit.unit).connector.name.file_name();
        let path = directory.join(format!("{name}.patch"));
        fs::write(&path, unit.patch()).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}
