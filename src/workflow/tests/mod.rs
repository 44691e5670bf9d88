//! What authors of workflow files see, and what a run can rely on.

mod actions;
mod arguments;
mod inputs;
mod model;
mod properties;
mod references;
mod rollout;
mod schema;
mod settings;
mod steps;
mod syntax;
mod validator;

use super::{Loaded, Workflow, load};
use crate::diagnostic::{SourceText, render};

/// A workflow with these steps, indented by two spaces; the file's other keys are in order.
fn with_steps(steps: &str) -> String {
    let steps: Vec<String> = steps.trim_matches('\n').lines().map(|line| format!("  {line}")).collect();
    format!("version: 1\nname: w\nsteps:\n{}\n", steps.join("\n"))
}

/// A workflow with these lines at the top level and one step.
fn with_lines(lines: &str) -> String {
    let lines = lines.trim_matches('\n');
    format!(
        "version: 1\nname: w\n{lines}\nsteps:\n  remove:\n    uses: file.remove\n    with: {{ path: Dockerfile }}\n"
    )
}

fn loaded(text: &str) -> Loaded {
    load(&SourceText::new("w.yaml", text), &actions::all())
}

/// The workflow of a text without errors.
fn workflow(text: &str) -> Workflow {
    let loaded = loaded(text);
    loaded.workflow.unwrap_or_else(|| panic!("{}", render(&loaded.diagnostics, false)))
}

/// The file's values without their places.
fn json(text: &str) -> serde_json::Value {
    let source = SourceText::new("w.yaml", text);
    let root = super::document::parse(&mut super::findings::Findings::new(&source));
    root.expect("a document").to_json()
}

/// Whether an editor that has the schema finds nothing wrong.
fn fits_schema(text: &str) -> bool {
    let schema = super::schema(&actions::all());
    validator::fits(&json(text), &schema, &schema)
}

/// What the author sees.
fn shown(text: &str) -> String {
    let loaded = loaded(text);
    assert!(loaded.workflow.is_none() || fits_schema(text), "what loads fits the schema");
    assert_eq!(
        loaded.workflow.is_none(),
        super::load::any_error(&loaded.diagnostics),
        "a workflow only without errors"
    );
    render(&loaded.diagnostics, false)
}

/// The codes of the findings, in the order of the file.
fn codes(text: &str) -> Vec<&'static str> {
    loaded(text).diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}
