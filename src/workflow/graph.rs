//! The DAG of a workflow as text for drawing programs.
//!
//! A solid arrow is a `needs`, a dashed one an output that a step reads without naming it there; the label says which.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{references, step_read};
use super::{Scope, Step, Workflow};

/// An arrow to the step that waits.
struct Edge {
    from: usize,
    to: usize,
    named: bool,
    outputs: BTreeSet<String>,
}

/// The DAG as a Mermaid flowchart.
pub fn mermaid(workflow: &Workflow) -> String {
    let mut lines = vec!["flowchart TD".to_owned()];
    let node = |step: &Step| {
        let label = escape_mermaid(&label(step, "\n"));
        format!("{}[\"{}\"]", mermaid_id(step), label.replace('\n', "<br/>"))
    };
    if workflow.steps.iter().any(|step| step.scope == Scope::Run) {
        lines.push("  subgraph run [\"once per run\"]".to_owned());
        lines.extend(of_scope(workflow, Scope::Run).map(|step| format!("    {}", node(step))));
        lines.push("  end".to_owned());
    }
    lines.extend(of_scope(workflow, Scope::Unit).map(|step| format!("  {}", node(step))));
    for edge in edges(workflow) {
        let (from, to) = (mermaid_id(&workflow.steps[edge.from]), mermaid_id(&workflow.steps[edge.to]));
        let outputs = escape_mermaid(&edge.words());
        let arrow = match (edge.named, outputs.is_empty()) {
            (true, true) => "-->".to_owned(),
            (true, false) => format!("-->|\"{outputs}\"|"),
            (false, true) => "-.->".to_owned(),
            (false, false) => format!("-.->|\"{outputs}\"|"),
        };
        lines.push(format!("  {from} {arrow} {to}"));
    }
    lines.join("\n") + "\n"
}

/// The DAG in Graphviz's DOT language.
pub fn dot(workflow: &Workflow) -> String {
    let mut lines = vec![
        format!("digraph {} {{", quote_dot(&workflow.name)),
        "  rankdir=TB;".to_owned(),
        "  node [shape=box, style=rounded, fontname=\"sans-serif\"];".to_owned(),
    ];
    let node = |step: &Step| format!("{} [label={}];", quote_dot(step.id.as_str()), quote_dot(&label(step, "\n")));
    if workflow.steps.iter().any(|step| step.scope == Scope::Run) {
        lines.push("  subgraph cluster_run {".to_owned());
        lines.push("    label=\"once per run\";".to_owned());
        lines.extend(of_scope(workflow, Scope::Run).map(|step| format!("    {}", node(step))));
        lines.push("  }".to_owned());
    }
    lines.extend(of_scope(workflow, Scope::Unit).map(|step| format!("  {}", node(step))));
    for edge in edges(workflow) {
        let ids = [edge.from, edge.to].map(|index| quote_dot(workflow.steps[index].id.as_str()));
        let mut attributes = Vec::new();
        if !edge.named {
            attributes.push("style=dashed".to_owned());
        }
        if !edge.outputs.is_empty() {
            attributes.push(format!("label={}", quote_dot(&edge.words())));
        }
        let attributes = if attributes.is_empty() { String::new() } else { format!(" [{}]", attributes.join(", ")) };
        lines.push(format!("  {} -> {}{attributes};", ids[0], ids[1]));
    }
    lines.push("}".to_owned());
    lines.join("\n") + "\n"
}

impl Edge {
    fn words(&self) -> String {
        self.outputs.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

fn of_scope(workflow: &Workflow, scope: Scope) -> impl Iterator<Item = &Step> {
    workflow.steps.iter().filter(move |step| step.scope == scope)
}

/// Every arrow once, by the step that waits and then by the step it waits for, both in the file's order.
fn edges(workflow: &Workflow) -> Vec<Edge> {
    let steps = &workflow.steps;
    let mut edges: BTreeMap<(usize, usize), Edge> = BTreeMap::new();
    for (to, step) in steps.iter().enumerate() {
        let edge = |from| Edge { from, to, named: false, outputs: BTreeSet::new() };
        for need in step.needs.iter().filter_map(|need| steps.iter().position(|other| other.id == *need)) {
            edges.entry((to, need)).or_insert_with(|| edge(need)).named = true;
        }
        for reference in references(step) {
            let Some(read) = step_read(steps, &reference) else { continue };
            edges.entry((to, read)).or_insert_with(|| edge(read)).outputs.extend(reference.path.get(2).cloned());
        }
    }
    edges.into_values().collect()
}

/// The title or id, and the action.
fn label(step: &Step, line_break: &str) -> String {
    let title = step.name.as_deref().unwrap_or(step.id.as_str());
    format!("{title}{line_break}{}", step.action.name())
}

/// An id that is no word of Mermaid's, such as `end`.
fn mermaid_id(step: &Step) -> String {
    format!("step_{}", step.id.identifier())
}

fn escape_mermaid(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

fn quote_dot(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
