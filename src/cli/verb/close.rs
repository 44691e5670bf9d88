//! `cutover close`: gives a run up: closes its open pull requests and deletes the branches that it made.

use std::sync::Arc;

use clap::Args;

use crate::base::{Clock, SystemClock, count};
use crate::cli::arguments::RunTarget;
use crate::cli::carry::runtime;
use crate::cli::failed::Failed;
use crate::cli::publishing::PublishingPlace;
use crate::cli::state::{Loaded, State, find_run};
use crate::cli::{Exit, github, terminal};
use crate::engine::{Closed, Closing, Recovery, recover};
use crate::event::{Event, Holder, RunState, UnitIndex, UnitOutcome};
use crate::git::Repository;
use crate::journal::{Journal, Lock, WriteError, Writer};
use crate::plan::Migration;
use crate::report;
use crate::report::each::Row;

/// What `close` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// What to say on each pull request.
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Do not ask before anything is done.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    target: RunTarget,
}

/// The outcomes of closing.
pub(in crate::cli) const OUTCOMES: [(&str, &str); 4] =
    [("closed", "Closed"), ("merged", "Merged already"), ("nothing", "Nothing to close"), ("failed", "Failed")];

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let repository = Repository::open(&arguments.target.place.repo)?;
    let state = State::of(&repository);
    let journal = state.journal()?;
    let header = find_run(&journal, arguments.target.run.as_deref())?;
    let lock = Lock::acquire(state.directory(), &header.id, SystemClock.now())?;
    let loaded = state.load(&repository, &journal, &header.id)?;
    if !arguments.yes && terminal::can_ask() && !confirmed(&loaded.migration, &loaded.state) {
        terminal::say("cutover: nothing was done");
        return Ok(Exit::Done);
    }
    let comment =
        arguments.comment.clone().unwrap_or_else(|| format!("Closed by `cutover close` (run {}).", header.id));
    let given_up = give_up(&state, (&journal, lock), loaded, comment, false)?;
    let (run, base) = (&given_up.migration.frozen.run, given_up.migration.frozen.base.to_string());
    if arguments.target.output.is_json() {
        terminal::answer_json(&report::each::json("close", run, &base, &given_up.rows))?;
    } else {
        let heading = format!("Closing run {run}");
        terminal::answer(&report::each::text(&heading, &OUTCOMES, &given_up.rows, &terminal::stdout_style()))?;
    }
    Ok(if given_up.rows.iter().any(|row| row.is_trouble) { Exit::SomeFailed } else { Exit::Done })
}

fn confirmed(migration: &Migration, state: &RunState) -> bool {
    let open = |(unit, unit_state): &(UnitIndex, &crate::event::UnitState)| {
        let at_its_end = matches!(state.outcome(*unit), UnitOutcome::Merged { .. } | UnitOutcome::Closed { .. });
        migration.pull_request(unit_state).is_some() && !at_its_end
    };
    let pull_requests = count(state.connectors().filter(open).count(), "pull request");
    terminal::ask(&format!("Close {pull_requests} of run {} and delete its branches?", migration.frozen.run))
}

/// A run that was given up.
pub(in crate::cli) struct GivenUp {
    pub(in crate::cli) migration: Arc<Migration>,
    pub(in crate::cli) state: RunState,
    pub(in crate::cli) rows: Vec<Row>,
}

/// Gives a run up, writing down what becomes true as soon as it is.
pub(in crate::cli) fn give_up(
    state: &State,
    (journal, lock): (&Journal, Lock),
    loaded: Loaded,
    comment: String,
    merged_too: bool,
) -> Result<GivenUp, Failed> {
    let Loaded { migration, context, state: mut folded, .. } = loaded;
    let holder = Holder { pid: lock.facts().pid, host: lock.facts().host.clone() };
    let opened =
        recover(&migration, &context.repository, &mut folded, &Recovery::default(), (holder, SystemClock.now()))?;
    let migration = Arc::new(migration);
    let closing = Closing {
        migration: Arc::clone(&migration),
        repository: context.repository.clone(),
        forge: state.forge(&migration.frozen)?,
        remote: github::branches(&PublishingPlace::of(&migration.frozen), &context.repository)?,
        comment,
        merged_too,
    };
    let units: Vec<UnitIndex> = folded.connectors().map(|(unit, _)| unit).collect();
    let writer = journal.writer(lock, Arc::new(SystemClock))?;
    let mut receipts = Vec::new();
    let mut opened = Some(opened);
    let mut record = |event: &Event| {
        // A run in which there is nothing to close is not written to.
        let mut events = opened.take().unwrap_or_default();
        events.push(event.clone());
        receipts.push(writer.append(&events, Vec::new()));
    };
    let closed = runtime()?.block_on(closing.close(&mut folded, &units, &mut record))?;
    if !receipts.is_empty() {
        let event = Event::Closed { at: SystemClock.now() };
        folded.apply(&event)?;
        receipts.push(writer.append(&[event], Vec::new()));
    }
    receipts.into_iter().try_for_each(crate::journal::Receipt::wait).map_err(|error: WriteError| unwritten(&error))?;
    Writer::close(writer);
    let rows = closed.into_iter().map(|(unit, closed)| row(&migration, unit, closed)).collect();
    Ok(GivenUp { migration, state: folded, rows })
}

fn unwritten(error: &WriteError) -> Failed {
    Failed::new(Exit::SomeFailed, error.to_string()).hint("say it again: what is closed is found closed")
}

fn row(migration: &Migration, unit: UnitIndex, closed: Closed) -> Row {
    let name = migration.frozen.unit(unit).connector.name.clone();
    let (outcome, reason, is_trouble) = match closed {
        Closed::Done => ("closed", None, false),
        Closed::Nothing => ("nothing", None, false),
        Closed::Merged { .. } => ("merged", None, false),
        Closed::BranchStays(why) => ("closed", Some(format!("its branch stays: {why}")), false),
        Closed::Failed(why) => ("failed", Some(why), true),
    };
    Row { name, outcome, reason, is_trouble }
}
