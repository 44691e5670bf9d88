//! `cutover status`: where a run stands.

use std::sync::Arc;

use clap::Args;

use crate::base::{Clock, SystemClock, count};
use crate::cli::arguments::RunTarget;
use crate::cli::carry::runtime;
use crate::cli::failed::Failed;
use crate::cli::look::Look;
use crate::cli::state::{Loaded, State, find_run};
use crate::cli::{Exit, terminal};
use crate::engine::{Sync, sync};
use crate::event::Failure;
use crate::git::Repository;
use crate::journal::Lock;
use crate::report;

/// What `status` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Ask the forge first what became of the pull requests: merged, closed, their checks and reviews.
    #[arg(long)]
    sync: bool,
    #[command(flatten)]
    target: RunTarget,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let target = &arguments.target;
    if arguments.sync {
        ask_forge(target)?;
    }
    let look = Look::at(&target.place, target.run.as_deref())?;
    if target.output.is_json() {
        terminal::answer_json(&report::run::json("status", &look.facts()))?;
    } else {
        terminal::answer(&report::run::text(&look.facts(), &terminal::stdout_style()))?;
    }
    Ok(look.exit())
}

/// Brings the journal up to what the forge says. A process that carries the run out does so by itself.
fn ask_forge(target: &RunTarget) -> Result<(), Failed> {
    let repository = Repository::open(&target.place.repo)?;
    let state = State::of(&repository);
    let journal = state.journal()?;
    let header = find_run(&journal, target.run.as_deref())?;
    if state.is_held(&header.id) {
        terminal::say(&format!("cutover: run {} is being carried out, and asks the forge itself", header.id));
        return Ok(());
    }
    let lock = Lock::acquire(state.directory(), &header.id, SystemClock.now())?;
    let Loaded { migration, context, state: mut folded, .. } = state.load(&repository, &journal, &header.id)?;
    let migration = Arc::new(migration);
    let what = Sync {
        migration: Arc::clone(&migration),
        repository,
        base: context.files(),
        journal: journal.clone(),
        forge: state.forge(&migration.frozen)?,
    };
    let synced = runtime()?.block_on(sync(what, &mut folded))?;
    if !synced.events.is_empty() {
        let writer = journal.writer(lock, Arc::new(SystemClock))?;
        let written = writer.append(&synced.events, Vec::new()).wait();
        written.map_err(|error| Failed::new(Exit::SomeFailed, error.to_string()))?;
        writer.close();
    }
    if let Some((unit, Failure { message, hint, .. })) = synced.unknown.first() {
        let name = &migration.frozen.unit(*unit).connector.name;
        let others = match synced.unknown.len() - 1 {
            0 => String::new(),
            more => format!(" (and {} more)", count(more, "connector")),
        };
        let hint = hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
        terminal::say(&format!("cutover: nothing could be learned of {name}{others}: {message}{hint}"));
    }
    Ok(())
}
