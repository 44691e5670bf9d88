//! `cutover runs`: the runs of this repository, newest first.

use clap::Args;

use crate::base::{Clock, SystemClock};
use crate::cli::arguments::{Output, Place};
use crate::cli::failed::Failed;
use crate::cli::state::State;
use crate::cli::{Exit, terminal};
use crate::git::Repository;
use crate::journal::Journal;
use crate::report;

/// What `runs` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    output: Output,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let repository = Repository::open(&arguments.place.repo)?;
    let state = State::of(&repository);
    let mut rows = Vec::new();
    if let Some(journal) = Journal::open_existing(state.directory())? {
        for header in journal.runs()? {
            let standing = match state.load(&repository, &journal, &header.id) {
                Ok(loaded) => {
                    let stopped = loaded.state.stopping();
                    Ok((report::run::standing(&loaded.state, loaded.is_held, stopped), loaded.state.counts()))
                }
                Err(failed) => Err(failed.message()),
            };
            rows.push(report::runs::Row { header, standing });
        }
    }
    let now = SystemClock.now();
    if arguments.output.is_json() {
        terminal::answer_json(&report::runs::json(&rows))?;
    } else {
        terminal::answer(&report::runs::text(&rows, now, &terminal::stdout_style()))?;
    }
    Ok(Exit::Done)
}
