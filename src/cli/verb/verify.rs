//! `cutover verify`: the definition of done over the connectors of a commit, for CI.

use clap::Args;

use crate::cli::arguments::{Target, WorkflowArguments};
use crate::cli::context::Context;
use crate::cli::failed::Failed;
use crate::cli::outside::{self, OutsideArguments};
use crate::cli::prepare::{Wishes, prepare};
use crate::cli::{Exit, terminal};
use crate::event::UnitIndex;
use crate::overlay::Overlay;
use crate::report;

/// What `verify` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    workflow: WorkflowArguments,
    #[command(flatten)]
    outside: OutsideArguments,
    #[command(flatten)]
    target: Target,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let context = Context::open(&arguments.target.place, &arguments.target.base)?;
    let mut migration = prepare(&context, &arguments.workflow, &arguments.target.selection, &Wishes::default())?;
    if migration.compiled.success.is_empty() {
        return Err(Failed::usage(format!("{} has no `success:`", migration.frozen.workflow.name))
            .hint("say there what must hold when the migration is done"));
    }
    let outputs = outside::verify(&mut migration, &context.files(), &arguments.outside)?;
    let mut rows = Vec::new();
    for (position, outputs) in (1..).zip(&outputs) {
        let unit = UnitIndex(position);
        let fixed = migration.fixed(unit);
        let handle = migration.unit(unit, &fixed);
        let connector = &migration.frozen.unit(unit).connector;
        let overlay = Overlay::new(context.files(), connector.path.clone(), connector.documentation.clone());
        let unmet = handle.unmet(&overlay, outputs).unwrap_or_else(|failure| vec![failure.message]);
        let unknown = handle.unknown_criteria(outputs);
        rows.push(report::verify::Row { name: connector.name.clone(), unmet, unknown });
    }
    if arguments.target.output.is_json() {
        terminal::answer_json(&report::verify::json(&rows))?;
    } else {
        terminal::answer(&report::verify::text(&rows, &terminal::stdout_style()))?;
    }
    Ok(if rows.iter().any(|row| !row.unmet.is_empty()) { Exit::SomeFailed } else { Exit::Done })
}
