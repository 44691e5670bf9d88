//! The plan for people.

use std::fmt::Write as _;

use crate::base::count;
use crate::plan::{Migration, PlannedUnit, Schedule, UnitPlan};

use super::super::causes;
use super::super::layout::{filled, harmless, names, one_line, right, table};
use super::super::style::{Ink, Style};
use super::super::versions::Versions;
use super::detail::in_detail;
use super::stat::DiffStat;
use super::{Options, Shape, failures, name, schedule, sections, shapes};

/// The plan: one line for each connector that would change, the others in groups, the shapes of the diffs, warnings,
/// what would fail, and how many. A plan of one connector, or one with diffs, has each connector's steps.
pub fn text(
    migration: &Migration,
    units: &[PlannedUnit],
    schedule: Option<&Schedule>,
    options: &Options,
    style: &Style,
) -> String {
    let style = *style;
    let mut text = heading(migration, units, style);
    if units.is_empty() {
        return text;
    }
    text.push_str(&sections::for_all(migration, style));
    let in_full = options.diff || units.len() == 1;
    let shapes = shapes(migration, units);
    if in_full {
        for planned in units {
            text.push('\n');
            text.push_str(&in_detail(migration, planned, *options, style));
        }
    } else {
        text.push_str(&changed(migration, units, &shapes, style));
        text.push_str(&unchanged(migration, units, style));
    }
    if units.len() > 1 {
        text.push_str(&sections::shapes(migration, units, &shapes, style));
        text.push_str(&sections::in_the_run(migration, units, style));
        text.push_str(&sections::warned(migration, units, style));
    }
    let failures = failures(migration, units);
    if !failures.is_empty() && units.len() > 1 {
        let _ = writeln!(text, "\n{}", style.paint(Ink::Heading, "Would fail"));
        text.push_str(&causes::text(&failures, style));
    }
    if let Some(schedule) = schedule {
        text.push_str(&schedule::text(schedule, style));
    }
    text.push('\n');
    text.push_str(&summary(units, style));
    text
}

fn heading(migration: &Migration, units: &[PlannedUnit], style: Style) -> String {
    let frozen = &migration.frozen;
    let title = format!(
        "Plan of {} on {} of {}, dated {}",
        frozen.workflow.name,
        frozen.base.short(),
        harmless(&frozen.base_branch),
        frozen.date
    );
    let nothing = if units.is_empty() { "No connector is selected: there is nothing to do.\n" } else { "" };
    format!("{}\n{nothing}", style.paint(Ink::Heading, title))
}

/// A line for each connector that would change.
fn changed(migration: &Migration, units: &[PlannedUnit], shapes: &[Shape], style: Style) -> String {
    let mut rows = Vec::new();
    for (at, planned) in units.iter().enumerate().filter(|(_, planned)| planned.outcome == UnitPlan::Changed) {
        let label = shapes.iter().find(|shape| shape.units.binary_search(&at).is_ok());
        let stat = DiffStat::of([planned]);
        let (files, lines) = match stat.files {
            0 => ("files known in the run".to_owned(), String::new()),
            files => (
                count(files, "file"),
                format!("{} {}", right(&format!("+{}", stat.added), 4), format_args!("-{}", stat.deleted)),
            ),
        };
        let note = match planned.warnings().count() {
            0 => String::new(),
            warnings => count(warnings, "warning"),
        };
        rows.push(vec![
            format!("  {}", one_line(name(migration, planned).as_str())),
            Versions::of(migration, planned).text(),
            files,
            lines,
            label.filter(|_| shapes.len() > 1).map(|shape| format!("shape {}", shape.label)).unwrap_or_default(),
            note,
        ]);
    }
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", style.paint(Ink::Heading, format!("Would change ({})", rows.len())));
    for line in table(&rows, style.width) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The connectors that would stay as they are, and those left out, by reason.
fn unchanged(migration: &Migration, units: &[PlannedUnit], style: Style) -> String {
    let mut text = String::new();
    let name = |planned| name(migration, planned).as_str();
    let unchanged: Vec<&str> =
        units.iter().filter(|planned| planned.outcome == UnitPlan::Unchanged).map(name).collect();
    if !unchanged.is_empty() {
        let _ = writeln!(text, "\n{}", style.paint(Ink::Heading, format!("Already as wanted ({})", unchanged.len())));
        text.push_str(&names(&unchanged, 2, style.width));
    }
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for planned in units {
        let UnitPlan::Skipped(reason) = &planned.outcome else { continue };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, members)) => members.push(name(planned)),
            None => reasons.push((reason, vec![name(planned)])),
        }
    }
    if !reasons.is_empty() {
        let number: usize = reasons.iter().map(|(_, members)| members.len()).sum();
        let _ = writeln!(text, "\n{}", style.paint(Ink::Heading, format!("Would be skipped ({number})")));
    }
    for (reason, members) in reasons {
        text.push_str(&filled("  ", &one_line(reason), style.width));
        text.push_str(&names(&members, 4, style.width));
    }
    text
}

fn summary(units: &[PlannedUnit], style: Style) -> String {
    let number = |outcome: &str| units.iter().filter(|planned| planned.outcome.as_str() == outcome).count();
    let mut parts = Vec::new();
    for (outcome, words) in [
        ("changed", "would change"),
        ("unchanged", "already as wanted"),
        ("skipped", "skipped"),
        ("failed", "would fail"),
    ] {
        let number = number(outcome);
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    let stat = DiffStat::of(units);
    let diff = match stat.files {
        0 => String::new(),
        files => format!(" {}, +{} -{}.", count(files, "file"), stat.added, stat.deleted),
    };
    let said = format!("{}: {}.", count(units.len(), "connector"), parts.join(", "));
    // Laid out first: colours are no text.
    let lines = filled("", &format!("{said}{diff}"), style.width);
    lines.replacen(&said, &style.paint(Ink::Heading, &said), 1)
}
