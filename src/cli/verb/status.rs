//! `cutover status`: where a run stands.

use clap::Args;

use crate::cli::arguments::RunTarget;
use crate::cli::failed::Failed;
use crate::cli::look::Look;
use crate::cli::{Exit, terminal};
use crate::report;

/// What `status` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    target: RunTarget,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let look = Look::at(&arguments.target.place, arguments.target.run.as_deref())?;
    if arguments.target.output.is_json() {
        terminal::answer_json(&report::run::json("status", &look.facts()))?;
    } else {
        terminal::answer(&report::run::text(&look.facts(), &terminal::stdout_style()))?;
    }
    Ok(look.exit())
}
