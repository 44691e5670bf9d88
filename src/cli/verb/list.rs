//! `cutover list`: connectors, and why each is in or out.

use clap::Args;

use crate::cli::arguments::Target;
use crate::cli::context::{Context, inputs};
use crate::cli::failed::Failed;
use crate::cli::{Exit, terminal, workflow_file};
use crate::expression::Scope;
use crate::report;
use crate::select::Filters;
use crate::workflow::input_values;

/// What `list` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// A workflow whose selection counts too.
    workflow: Option<String>,
    /// Also those that are left out, with the reason.
    #[arg(long)]
    all: bool,
    /// An input of the workflow (may be repeated).
    #[arg(long, value_name = "KEY=VALUE")]
    input: Vec<String>,
    #[command(flatten)]
    target: Target,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let context = Context::open(&arguments.target.place, &arguments.target.base)?;
    let mut scope = Scope::new();
    let mut filters = None;
    if let Some(name) = &arguments.workflow {
        let workflow = workflow_file::load(&workflow_file::find(name, Some(&context))?)?;
        let values = input_values(&workflow, &inputs(&arguments.input)?).map_err(Failed::diagnostics)?;
        scope = scope.with("inputs", &values);
        let of_workflow = Filters::of_workflow(&workflow.connectors);
        filters = Some(of_workflow.map_err(|wrong| Failed::diagnostics(vec![*wrong]))?);
    }
    let listing = context.select(filters, &arguments.target.selection, &scope)?;
    terminal::warn(&listing.warnings);
    if arguments.target.output.is_json() {
        terminal::answer_json(&report::list::json(&listing))?;
    } else {
        terminal::answer(&report::list::text(&listing, arguments.all, &terminal::stdout_style()))?;
    }
    Ok(Exit::Done)
}
