//! `plan --execute`: a plan whose builds and tests are carried out, in scratch.

use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::engine::{Trial, try_out as try_out_with};
use crate::event::FailureClass;
use crate::plan::{Migration, PlannedUnit, UnitPlan};
use crate::process::{Stop, cancellation};

use super::carry::{Say, runtime, watched};
use super::context::Context;
use super::failed::Failed;
use super::manner::{cache, executor};
use super::outside::OutsideArguments;
use super::{Exit, terminal};

/// How steps are carried out in a plan.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "With --execute")]
pub(super) struct TrialArguments {
    /// Processes at once; all cores if not given.
    #[arg(long, value_name = "N", requires = "execute")]
    jobs: Option<NonZeroUsize>,
    /// Keep the scratch directories of builds, tests and scripts for a look.
    #[arg(long, requires = "execute")]
    keep: bool,
}

/// Plans anew, with every process carried out; `None` if it was interrupted. Logs are kept where something failed.
pub(super) fn try_out(
    migration: Migration,
    context: &Context,
    outside: &OutsideArguments,
    arguments: &TrialArguments,
) -> Result<Option<(Migration, Vec<PlannedUnit>)>, Failed> {
    let runtime = runtime()?;
    let migration = Arc::new(migration);
    let home = cache().join("trials").join(migration.frozen.run.as_str());
    let (canceller, cancel) = cancellation();
    let places = (home.join("logs"), home.join("scratch"));
    let executor = executor(Arc::clone(&migration), places, outside.open()?, cancel, arguments.keep)?;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = arguments.jobs.or(migration.frozen.workflow.concurrency.jobs).map_or(cores, NonZeroUsize::get);
    let trial = Trial { base: context.files(), executor, jobs };
    let units = watched(&migration, 0, |observer, say| {
        runtime.block_on(async {
            let mut interrupted = interrupts()?;
            let trying = try_out_with(trial, observer);
            tokio::pin!(trying);
            tokio::select! {
                units = &mut trying => return Ok(Some(units)),
                _ = interrupted.recv() => stopping(&say),
            }
            canceller.stop(Stop::Gently);
            tokio::select! {
                _ = trying => {}
                _ = interrupted.recv() => canceller.stop(Stop::Now),
            }
            Ok::<_, Failed>(None)
        })
    })?;
    let Some(units) = units else { return Ok(None) };
    let failed = units.iter().any(|unit| matches!(&unit.outcome, UnitPlan::Failed(_, failure) if ran(failure.class)));
    if failed || arguments.keep {
        terminal::say(&format!("cutover: the logs of what was executed are in {home}"));
    } else {
        // What cannot be removed is in nobody's way.
        let _ = std::fs::remove_dir_all(&home);
    }
    let migration = Arc::into_inner(migration);
    let migration = migration.ok_or_else(|| Failed::new(Exit::SomeFailed, "a worker still holds the plan"))?;
    Ok(Some((migration, units)))
}

/// Whether a failure of this class comes from a process, and so has a log.
fn ran(class: FailureClass) -> bool {
    !matches!(class, FailureClass::Edit | FailureClass::Expression | FailureClass::Unmet)
}

fn interrupts() -> Result<tokio::sync::mpsc::Receiver<()>, Failed> {
    let failed =
        |error: std::io::Error| Failed::new(Exit::SomeFailed, format!("failed to listen for signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    tokio::spawn(async move {
        loop {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            if sender.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

fn stopping(say: &Say) {
    say("cutover: stopping what is running; a plan keeps nothing");
}
