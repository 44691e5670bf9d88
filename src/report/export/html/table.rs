//! The table of every connector, and that of the steps.

use std::fmt::Write as _;

use crate::event::{StepIndex, StepState, UnitIndex, UnitOutcome};
use crate::workflow::Scope;

use super::super::super::run::{UnitFacts, step_outcome};
use super::super::sheet::{Sheet, link, short};
use super::{anchor, escape, tone};

/// The outcomes of steps in the order of the columns.
const STEP_OUTCOMES: [&str; 9] =
    ["failed", "blocked", NOT_DONE, "running", "retrying", "pending", "changed", "unchanged", "skipped"];

/// A step that is open while its unit is at its end: nothing more will come of it.
const NOT_DONE: &str = "not done";

pub(super) fn connectors(html: &mut String, sheet: &Sheet<'_>) {
    html.push_str("<section>\n<h2>Connectors</h2>\n");
    if sheet.units.is_empty() {
        html.push_str("<p>The run has none.</p>\n</section>\n");
        return;
    }
    html.push_str(
        "<div class=\"tools\" hidden><input type=\"search\" placeholder=\"Filter by name, branch, reason …\" \
         aria-label=\"Filter connectors\" spellcheck=\"false\"><output class=\"faint\"></output></div>\n\
         <div class=\"wide\">\n<table id=\"connectors\">\n<thead><tr><th scope=\"col\">Connector</th>\
         <th scope=\"col\">Outcome</th><th scope=\"col\">Reason and steps</th><th scope=\"col\">Pull request</th>\
         <th scope=\"col\">Branch</th><th scope=\"col\">Commit</th></tr></thead>\n<tbody>\n",
    );
    for unit in sheet.by_urgency() {
        row(html, sheet, unit);
    }
    html.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn row(html: &mut String, sheet: &Sheet<'_>, unit: &UnitFacts<'_>) {
    let kind = Sheet::kind(unit);
    let _ = write!(
        html,
        "<tr id=\"{}\" data-outcome=\"{}\"><th scope=\"row\">{}</th><td><span class=\"badge {}\">{}</span></td><td class=\"why\">",
        anchor(unit.unit),
        kind.name,
        escape::text(unit.connector.name.as_str()),
        tone(kind),
        kind.words
    );
    if let Some(reason) = sheet.reason(unit) {
        html.push_str(&escape::inline(&reason));
    }
    way(html, sheet, unit);
    let _ = write!(html, "</td><td class=\"tight\">{}</td>", pull_request(unit));
    match Sheet::branch(unit) {
        Some(branch) => {
            let _ = write!(html, "<td class=\"branch\"><code>{}</code></td>", escape::text(branch));
        }
        None => html.push_str("<td></td>"),
    }
    match unit.commit.map(escape::text) {
        Some(commit) => {
            let _ = write!(html, "<td class=\"tight\"><code title=\"{commit}\">{}</code></td>", short(&commit));
        }
        None => html.push_str("<td></td>"),
    }
    html.push_str("</tr>\n");
}

fn pull_request(unit: &UnitFacts<'_>) -> String {
    let Some(found) = unit.pull_request else { return String::new() };
    match link(found.url) {
        Some(url) => format!("<a href=\"{}\" rel=\"noopener\">#{}</a>", escape::text(url), found.number),
        None => format!("#{}", found.number),
    }
}

/// What each step of the unit did, folded away.
fn way(html: &mut String, sheet: &Sheet<'_>, unit: &UnitFacts<'_>) {
    let facts = &sheet.facts;
    if matches!(unit.outcome, UnitOutcome::Pending | UnitOutcome::Blocked { .. }) {
        return;
    }
    html.push_str("<details><summary>steps</summary><ol class=\"steps\">");
    for step in facts.state.steps_of(unit.unit) {
        let id = escape::text(facts.migration.compiled.step(step).id.as_str());
        let _ = write!(html, "<li><b>{id}</b> {}", outcome(sheet, unit, step));
        let detail = detail(sheet, unit.unit, step);
        if !detail.is_empty() {
            let _ = write!(html, ": {}", escape::inline(detail));
        }
        html.push_str("</li>");
    }
    html.push_str("</ol></details>");
}

/// What became of a step; also where a unit ended before it.
fn outcome<'a>(sheet: &Sheet<'a>, unit: &UnitFacts<'a>, step: StepIndex) -> &'static str {
    let found = step_outcome(&sheet.facts, unit.unit, step);
    if !matches!(found, "pending" | "running" | "retrying") || !unit.outcome.is_final() {
        return found;
    }
    let id = &sheet.facts.migration.compiled.step(step).id;
    match unit.failure(&sheet.facts) {
        Some((Some(failed), _)) if failed == id => "failed",
        _ => NOT_DONE,
    }
}

fn detail<'a>(sheet: &Sheet<'a>, unit: UnitIndex, step: StepIndex) -> &'a str {
    match &sheet.facts.state.unit(unit).steps[step.position()] {
        StepState::Succeeded(result) => &result.detail,
        StepState::Skipped { reason } => reason,
        StepState::Failed(failure) | StepState::Retrying { failure, .. } => &failure.message,
        StepState::Waiting(waiting) => &waiting.detail,
        StepState::Pending | StepState::Running { .. } => "",
    }
}

/// Of each step, in how many connectors it had which outcome.
pub(super) fn steps(html: &mut String, sheet: &Sheet<'_>) {
    let compiled = &sheet.facts.migration.compiled;
    let steps: Vec<StepIndex> = compiled.graph.of_scope(Scope::Unit).collect();
    if sheet.units.is_empty() || steps.is_empty() {
        return;
    }
    let counted: Vec<(StepIndex, [usize; STEP_OUTCOMES.len()])> =
        steps.into_iter().map(|step| (step, counts(sheet, step))).collect();
    let columns: Vec<usize> =
        (0..STEP_OUTCOMES.len()).filter(|column| counted.iter().any(|(_, counts)| counts[*column] > 0)).collect();
    html.push_str(
        "<section>\n<h2>Steps</h2>\n<div class=\"wide\">\n<table>\n<thead><tr><th scope=\"col\">Step</th><th scope=\"col\">Uses</th>",
    );
    for column in &columns {
        let _ = write!(html, "<th scope=\"col\" class=\"number\">{}</th>", STEP_OUTCOMES[*column]);
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for (step, counts) in &counted {
        let step = compiled.step(*step);
        let (id, action) = (escape::text(step.id.as_str()), escape::text(&step.action));
        let _ = write!(html, "<tr><th scope=\"row\">{id}</th><td><code>{action}</code></td>");
        for column in &columns {
            let number = counts[*column];
            let words = if number == 0 { String::new() } else { number.to_string() };
            let _ = write!(html, "<td class=\"number\">{words}</td>");
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn counts(sheet: &Sheet<'_>, step: StepIndex) -> [usize; STEP_OUTCOMES.len()] {
    let mut counts = [0; STEP_OUTCOMES.len()];
    for unit in &sheet.units {
        let outcome = outcome(sheet, unit, step);
        if let Some(column) = STEP_OUTCOMES.iter().position(|known| *known == outcome) {
            counts[column] += 1;
        }
    }
    counts
}
