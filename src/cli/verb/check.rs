//! `cutover check`: every error of a workflow file at once.

use clap::Args;

use crate::action;
use crate::cli::arguments::{Base, Output, Place};
use crate::cli::context::Context;
use crate::cli::failed::Failed;
use crate::cli::{Exit, terminal, workflow_file};
use crate::diagnostic::{Severity, render};
use crate::report;
use crate::workflow::load_bytes;

/// What `check` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Workflow files, or names.
    #[arg(required = true)]
    workflow: Vec<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    output: Output,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    // A workflow can be checked anywhere; in a repository its own workflows are found by name.
    let context = Context::open(&arguments.place, &Base { base: "HEAD".to_owned() }).ok();
    let mut checked = Vec::new();
    for workflow in &arguments.workflow {
        let found = workflow_file::find(workflow, context.as_ref())?;
        let loaded = load_bytes(&found.name, &found.bytes, &action::specs());
        checked.push((found.name, loaded));
    }
    let wrong = checked.iter().any(|(_, loaded)| loaded.workflow.is_none());
    if arguments.output.is_json() {
        terminal::answer_json(&report::check::json(&checked))?;
    } else {
        for (name, loaded) in &checked {
            if !loaded.diagnostics.is_empty() {
                terminal::say(&format!("{}\n", render(&loaded.diagnostics, terminal::stderr_style().colour)));
            }
            let errors = loaded.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
            terminal::answer(&match (&loaded.workflow, errors) {
                (Some(workflow), _) => {
                    format!("{name}: {} is fine, {}", workflow.name, crate::base::count(workflow.steps.len(), "step"))
                }
                (None, errors) => format!("{name}: {}", crate::base::count(errors, "error")),
            })?;
        }
    }
    Ok(if wrong { Exit::Usage } else { Exit::Done })
}
