//! `cutover run`: carries a migration out.

use std::num::NonZeroUsize;
use std::sync::Arc;

use camino::Utf8Path;
use clap::Args;

use crate::action::Outside;
use crate::base::{Clock, SystemClock, count};
use crate::cli::arguments::{Publishing, Target, WorkflowArguments};
use crate::cli::carry::{Taken, carry, conclude, runtime};
use crate::cli::context::Context;
use crate::cli::failed::Failed;
use crate::cli::manner::{Manner, executor};
use crate::cli::outside::OutsideArguments;
use crate::cli::prepare::{Wishes, prepare};
use crate::cli::state::State;
use crate::cli::{Exit, plan_file, secrets, terminal};
use crate::engine::{InPlace, carry_out_in_place};
use crate::event::{Event, Holder, RunState, UnitOutcome};
use crate::journal::{Journal, Lock, RunRecord};
use crate::plan::Migration;
use crate::process::Cancel;
use crate::report;
use crate::workflow::MaxFailures;

/// What `run` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    workflow: WorkflowArguments,
    /// Connectors that are worked on at once; all cores if not given.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Edit the files of the working tree only: nothing is committed, published or journaled.
    #[arg(long)]
    in_place: bool,
    /// Start no new connectors after the first failure.
    #[arg(long)]
    fail_fast: bool,
    /// Start no new connectors once more than so many (or so many percent) have failed.
    #[arg(long, value_name = "N|N%", value_parser = max_failures)]
    max_failures: Option<MaxFailures>,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    outside: OutsideArguments,
    /// Do not ask before anything is done.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    target: Target,
}

fn max_failures(text: &str) -> Result<MaxFailures, String> {
    let wrong = || format!("`{text}` is neither a number nor a percentage such as 10%");
    match text.strip_suffix('%') {
        Some(percent) => match percent.parse() {
            Ok(percent @ 1..=100) => Ok(MaxFailures::Percent(percent)),
            _ => Err(wrong()),
        },
        None => text.parse().map(MaxFailures::Count).map_err(|_| wrong()),
    }
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let context = Context::open(&arguments.target.place, &arguments.target.base)?;
    let migration = migration(&context, arguments)?;
    if migration.frozen.units.is_empty() {
        terminal::say("cutover: no connector is selected; nothing to do. `cutover list --all` says why each is out.");
        if arguments.target.output.is_json() {
            terminal::answer_json(&nobody(&migration, arguments.in_place))?;
        }
        return Ok(Exit::Done);
    }
    if arguments.in_place {
        return in_place(context, migration, arguments);
    }
    if !arguments.yes && terminal::can_ask() && !confirmed(&migration) {
        terminal::say("cutover: nothing was done");
        return Ok(Exit::Done);
    }
    let taken = begin(context, migration, arguments.outside.open()?)?;
    conclude(
        &carry(Taken { manner: arguments.manner, ..taken })?,
        "run",
        arguments.target.output.is_json(),
        arguments.target.place.repo.as_str(),
    )
}

fn migration(context: &Context, arguments: &Arguments) -> Result<Migration, Failed> {
    let wishes = Wishes {
        jobs: arguments.jobs.map(NonZeroUsize::get),
        fail_fast: arguments.fail_fast,
        max_failures: arguments.max_failures,
        needs_author: !arguments.in_place,
    };
    let WorkflowArguments { workflow, input, date, publishing } = &arguments.workflow;
    if let Some(frozen) = plan_file::read(Utf8Path::new(workflow))? {
        let given = !input.is_empty() || date.is_some() || *publishing != Publishing::default();
        if given || arguments.target.selection.is_given() {
            return Err(Failed::usage("a plan says itself which connectors, inputs, date and forge it is for")
                .hint("leave those options out, or plan again with them"));
        }
        return plan_file::migration(context, frozen, &wishes);
    }
    prepare(context, &arguments.workflow, &arguments.target.selection, &wishes)
}

/// The answer of a run over no connector: the usual one, of a run that was not made.
fn nobody(migration: &Migration, in_place: bool) -> serde_json::Value {
    if in_place {
        return report::in_place::json(migration, &[]);
    }
    let state = RunState::new(Arc::clone(&migration.compiled.graph), 0);
    let facts =
        report::run::Facts { migration, state: &state, stopped: None, elapsed: None, running: false, next: &[] };
    let mut answer = report::run::json("run", &facts);
    answer["run"] = serde_json::Value::Null;
    answer
}

fn confirmed(migration: &Migration) -> bool {
    let frozen = &migration.frozen;
    let connectors = count(frozen.units.len(), "connector");
    terminal::ask(&format!("Run {} on {connectors}, each on a branch of its own?", frozen.workflow.name))
}

/// Writes the run into the journal, under the lock.
pub(in crate::cli) fn begin(context: Context, migration: Migration, outside: Arc<Outside>) -> Result<Taken, Failed> {
    let state = State::of(&context.repository);
    // Missing secrets are found before anything is written down.
    secrets::read(&migration)?;
    let journal = Journal::open(state.directory())?;
    let now = SystemClock.now();
    let lock = Lock::acquire(state.directory(), &migration.frozen.run, now)?;
    let frozen = &migration.frozen;
    let plan = frozen.to_json()?;
    let record = RunRecord::new(frozen.run.clone(), &frozen.workflow.name, now, &frozen.base.to_string(), plan);
    journal.create_run(&record, &lock)?;
    let holder = Holder { pid: lock.facts().pid, host: lock.facts().host.clone() };
    let mut folded = RunState::new(Arc::clone(&migration.compiled.graph), frozen.units.len());
    let opened = Event::Opened { holder, at: now };
    folded.apply(&opened)?;
    let migration = Arc::new(migration);
    let (first, contents) = (vec![opened], Vec::new());
    Ok(Taken { migration, context, outside, journal, lock, state: folded, first, contents, manner: Manner::default() })
}

fn in_place(context: Context, migration: Migration, arguments: &Arguments) -> Result<Exit, Failed> {
    let head = context.repository.resolve("HEAD")?;
    if head != context.base {
        return Err(Failed::usage("--in-place works on what is checked out; --base names another commit")
            .hint("check that commit out, or leave out --base"));
    }
    let state = State::of(&context.repository);
    let migration = Arc::new(migration);
    let run = &migration.frozen.run;
    let places = (state.logs(run), state.scratch(run));
    let outside = arguments.outside.open()?;
    let executor = executor(Arc::clone(&migration), places, outside, Cancel::never(), arguments.manner.keep)?;
    let job = InPlace { head: context.files(), repository: context.repository, executor };
    let units = runtime()?.block_on(carry_out_in_place(job))?;
    if arguments.target.output.is_json() {
        terminal::answer_json(&report::in_place::json(&migration, &units))?;
    } else {
        terminal::answer(&report::in_place::text(&migration, &units, &terminal::stdout_style()))?;
    }
    let failed = units.iter().any(|unit| matches!(unit.outcome, UnitOutcome::Failed { .. }));
    Ok(if failed { Exit::SomeFailed } else { Exit::Done })
}
