//! `cutover actions`: what steps can use.

use clap::Args;

use crate::action;
use crate::cli::arguments::Output;
use crate::cli::failed::Failed;
use crate::cli::{Exit, terminal};
use crate::report;

/// What `actions` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Only this action, with everything about it.
    name: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let specs = action::specs();
    if let Some(name) = &arguments.name {
        report::actions::find(&specs, name).map_err(Failed::usage)?;
    }
    if arguments.output.is_json() {
        terminal::answer_json(&report::actions::json(&specs, arguments.name.as_deref()))?;
    } else {
        terminal::answer(&report::actions::text(&specs, arguments.name.as_deref(), &terminal::stdout_style()))?;
    }
    Ok(Exit::Done)
}
