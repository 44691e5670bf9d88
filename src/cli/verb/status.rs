//! `cutover status`: where a run stands.

use clap::Args;

use crate::cli::arguments::RunTarget;
use crate::cli::carry::exit;
use crate::cli::failed::Failed;
use crate::cli::state::{State, find_run};
use crate::cli::{Exit, next, terminal};
use crate::git::Repository;
use crate::report;

/// What `status` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    target: RunTarget,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let repository = Repository::open(&arguments.target.place.repo)?;
    let state = State::of(&repository);
    let journal = state.journal()?;
    let header = find_run(&journal, arguments.target.run.as_deref())?;
    let loaded = state.load(&repository, &journal, &header.id)?;
    let stopped = loaded.state.stopping();
    let commands = if loaded.is_held {
        Vec::new()
    } else {
        next::commands(&loaded.migration, &loaded.state, stopped, arguments.target.place.repo.as_str())
    };
    let facts = report::run::Facts {
        migration: &loaded.migration,
        state: &loaded.state,
        stopped,
        elapsed: None,
        running: loaded.is_held,
        next: &commands,
    };
    if arguments.target.output.is_json() {
        terminal::answer_json(&report::run::json("status", &facts))?;
    } else {
        terminal::answer(&report::run::text(&facts, &terminal::stdout_style()))?;
    }
    // Looking is no failure; what is open is told by 5, what failed by 1.
    let open = loaded.state.counts().open() > 0;
    Ok(match exit(&loaded.state, None) {
        Exit::Done if open => Exit::Blocked,
        exit => exit,
    })
}
