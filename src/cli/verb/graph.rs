//! `cutover graph`: the steps of a workflow as a drawing.

use clap::{Args, ValueEnum};

use crate::cli::arguments::{Base, Place};
use crate::cli::context::Context;
use crate::cli::failed::Failed;
use crate::cli::{Exit, terminal, workflow_file};
use crate::workflow::graph::{dot, mermaid};

/// What `graph` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// A workflow file, or a name.
    workflow: String,
    /// The form of the drawing.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Form {
    /// For Markdown on most forges.
    #[default]
    Mermaid,
    /// For Graphviz.
    Dot,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let context = Context::open(&arguments.place, &Base { base: "HEAD".to_owned() }).ok();
    let workflow = workflow_file::load(&workflow_file::find(&arguments.workflow, context.as_ref())?)?;
    terminal::answer(&match arguments.format {
        Form::Mermaid => mermaid(&workflow),
        Form::Dot => dot(&workflow),
    })?;
    Ok(Exit::Done)
}
