//! `cutover resume`: goes on where a run stopped.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;

use crate::base::{Clock, SystemClock};
use crate::cli::arguments::RunTarget;
use crate::cli::carry::{Carried, Taken, carry, conclude};
use crate::cli::failed::Failed;
use crate::cli::manner::Manner;
use crate::cli::outside::OutsideArguments;
use crate::cli::publishing::PublishingPlace;
use crate::cli::state::{Loaded, State, find_run};
use crate::cli::{Exit, github, terminal};
use crate::engine::{Recovery, recover};
use crate::event::Holder;
use crate::git::{CommitId, Repository};
use crate::journal::Lock;
use crate::plan::Migration;

/// What `resume` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Try again what failed.
    #[arg(long)]
    retry_failed: bool,
    /// Leave a step out where it is not done (may be repeated).
    #[arg(long, value_name = "STEP")]
    skip: Vec<String>,
    /// I fixed this connector by hand: take its branch as it is (may be repeated).
    #[arg(long, value_name = "NAME")]
    adopt: Vec<String>,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    outside: OutsideArguments,
    #[command(flatten)]
    target: RunTarget,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let repository = Repository::open(&arguments.target.place.repo)?;
    let state = State::of(&repository);
    let journal = state.journal()?;
    let header = find_run(&journal, arguments.target.run.as_deref())?;
    // The lock first: what is read after it cannot change any more.
    let now = SystemClock.now();
    let lock = Lock::acquire(state.directory(), &header.id, now)?;
    if let Some(left_by) = lock.left_by() {
        terminal::say(&format!(
            "cutover: the last process of this repository's runs ({} on {}) died; going on from the journal",
            left_by.pid, left_by.host
        ));
    }
    let Loaded { migration, context, state: mut folded, .. } = state.load(&repository, &journal, &header.id)?;
    let Arguments { retry_failed, skip, adopt, .. } = arguments;
    let heads = heads(&migration, &repository, adopt)?;
    let wish = Recovery { retry_failed: *retry_failed, skip: skip.clone(), adopt: adopt.clone(), heads };
    let holder = Holder { pid: lock.facts().pid, host: lock.facts().host.clone() };
    let first = recover(&migration, &repository, &mut folded, &wish, (holder, now))?;
    let migration = Arc::new(migration);
    let json = arguments.target.output.is_json();
    let repo = arguments.target.place.repo.as_str();
    if folded.counts().open() == 0 {
        // Nothing is written for a run that has nothing left to do.
        let carried = Carried { migration, state: folded, stopped: None, elapsed: std::time::Duration::ZERO };
        if !json {
            terminal::say(&format!("cutover: run {} has nothing left to do", header.id));
        }
        return conclude(&carried, "resume", json, repo);
    }
    let outside = arguments.outside.open()?;
    let (contents, manner) = (Vec::new(), arguments.manner);
    let taken = Taken { migration, context, outside, journal, lock, state: folded, first, contents, manner };
    conclude(&carry(taken)?, "resume", json, repo)
}

/// Where the branches of these connectors stand in the run's remote repository, fetched.
fn heads(
    migration: &Migration,
    repository: &Repository,
    names: &[String],
) -> Result<BTreeMap<String, CommitId>, Failed> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let place = PublishingPlace::of(&migration.frozen);
    let Some(remote) = github::branches(&place, repository)? else { return Ok(BTreeMap::new()) };
    let units =
        migration.frozen.units.iter().filter(|unit| names.iter().any(|name| name == unit.connector.name.as_str()));
    let branches: Vec<String> = units.map(|unit| unit.branch.clone()).collect();
    Ok(repository.fetch(&remote, &branches)?)
}
