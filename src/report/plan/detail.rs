//! One connector of the plan in full: its steps, its files, its diff.

use std::fmt::Write as _;

use crate::plan::{Migration, PlannedOutcome, PlannedUnit, UnitPlan};

use super::super::hint;
use super::super::layout::{columns, cut_start, filled, harmless, one_line, padded, right};
use super::super::style::{Ink, Style};
use super::super::versions::Versions;
use super::{Options, name};

/// One connector: its steps, its files, its diff.
pub(super) fn in_detail(migration: &Migration, planned: &PlannedUnit, options: Options, style: Style) -> String {
    let versions = Versions::of(migration, planned).text();
    let mut text = style.paint(Ink::Heading, one_line(name(migration, planned).as_str()));
    if !versions.is_empty() {
        let _ = write!(text, "  {versions}");
    }
    match &planned.outcome {
        UnitPlan::Changed => text.push('\n'),
        UnitPlan::Unchanged => text.push_str("  already as wanted\n"),
        UnitPlan::Skipped(reason) => {
            let _ = writeln!(text, "  skipped: {}", one_line(reason));
        }
        UnitPlan::Failed(..) => {
            let _ = writeln!(text, "  {}", style.paint(Ink::Bad, "would fail"));
        }
    }
    text.push_str(&steps(migration, planned, style));
    if let UnitPlan::Failed(step, failure) = &planned.outcome {
        if step.is_none() {
            text.push_str(&filled("  ", &one_line(&failure.message), style.width));
        }
        if let Some(hint) = &failure.hint {
            text.push_str(&filled("  ", &hint::sentence(hint), style.width));
        }
    }
    text.push_str(&files(planned, style));
    if options.diff {
        for line in planned.files.iter().flat_map(|file| file.patch.lines()) {
            text.push_str(&diff_line(line, style));
            text.push('\n');
        }
    }
    text
}

fn steps(migration: &Migration, planned: &PlannedUnit, style: Style) -> String {
    let mut text = String::new();
    let id = |step| migration.compiled.step(step).id.as_str();
    let widest = planned.steps.iter().map(|planned| columns(id(planned.step))).max().unwrap_or(0);
    for step in &planned.steps {
        let (word, ink) = match &step.outcome {
            PlannedOutcome::Changed => ("changed", Some(Ink::Good)),
            PlannedOutcome::Unchanged => ("unchanged", Some(Ink::Faint)),
            PlannedOutcome::Skipped => ("skipped", Some(Ink::Faint)),
            PlannedOutcome::Failed(_) => ("fails", Some(Ink::Bad)),
            PlannedOutcome::Blocked(_) => ("blocked", Some(Ink::Attention)),
            PlannedOutcome::InTheRun => ("in the run", None),
        };
        let first = format!("  {}  {}  ", padded(word, 10), padded(id(step.step), widest));
        let lines = filled(&first, &step.detail, style.width);
        let lines = match ink {
            Some(ink) => lines.replacen(word, &style.paint(ink, word), 1),
            None => lines,
        };
        text.push_str(&lines);
        for warning in &step.warnings {
            let label = style.paint(Ink::Attention, "warning:");
            let lines = filled("    warning: ", warning, style.width);
            text.push_str(&lines.replacen("warning:", &label, 1));
        }
    }
    text
}

fn files(planned: &PlannedUnit, style: Style) -> String {
    let mut text = String::new();
    let widest = planned.files.iter().map(|file| columns(file.path.as_str())).max().unwrap_or(0);
    let widest = widest.min(style.width.saturating_sub(26));
    for file in &planned.files {
        let path = padded(&cut_start(file.path.as_str(), widest.max(20)), widest);
        let added = style.paint(Ink::Good, right(&format!("+{}", file.added), 5));
        let deleted = style.paint(Ink::Bad, right(&format!("-{}", file.deleted), 5));
        let _ = writeln!(text, "  {path}  {} {added} {deleted}", padded(file.change.as_str(), 8));
    }
    text
}

/// A line of a patch in the colours that git gives it.
fn diff_line(line: &str, style: Style) -> String {
    let line = harmless(line);
    let ink = match line.as_bytes() {
        [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => Some(Ink::Heading),
        [b'+', ..] => Some(Ink::Good),
        [b'-', ..] => Some(Ink::Bad),
        [b'@', b'@', ..] => Some(Ink::Place),
        [b' ', ..] | [] => None,
        _ => Some(Ink::Heading),
    };
    match ink {
        Some(ink) => style.paint(ink, line),
        None => line.into_owned(),
    }
}
