//! The plan for people.

use std::fmt::Write as _;

use crate::base::count;
use crate::plan::{ChangeKind, Migration, PlannedOutcome, PlannedUnit, UnitPlan};

use super::super::causes;
use super::super::layout::{columns, cut, filled, harmless, names, one_line, padded, right, table};
use super::super::style::{Ink, Style};
use super::unit::{DiffStat, Versions};
use super::{Options, Shape, ShapeFile, failures, name, shapes, warnings};

/// How many shapes are shown with their lines.
const SHAPES_IN_FULL: usize = 8;

/// How many further shapes get a line each.
const SHAPES_IN_SHORT: usize = 12;

/// How many lines of a shape's file are shown.
const SHAPE_LINES: usize = 8;

/// The plan: one line for each connector that would change, the others in groups, the shapes of the diffs, warnings,
/// what would fail, and how many. A plan of one connector, or one with diffs, has each connector's steps.
pub fn text(migration: &Migration, units: &[PlannedUnit], options: &Options, style: &Style) -> String {
    let style = *style;
    let mut text = heading(migration, units, style);
    if units.is_empty() {
        return text;
    }
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
        text.push_str(&shapes_text(migration, units, &shapes, style));
        text.push_str(&in_the_run(migration, units, style));
        text.push_str(&warnings_text(migration, units, style));
    }
    let failures = failures(migration, units);
    if !failures.is_empty() && units.len() > 1 {
        let _ = writeln!(text, "\n{}", style.paint(Ink::Heading, "Would fail"));
        text.push_str(&causes::text(&failures, style));
    }
    text.push('\n');
    text.push_str(&filled("", &summary(units, style), style.width));
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
            label.map(|shape| shape.label.clone()).unwrap_or_default(),
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
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for planned in units {
        let reason = match &planned.outcome {
            UnitPlan::Unchanged => "",
            UnitPlan::Skipped(reason) => reason.as_str(),
            UnitPlan::Changed | UnitPlan::Failed(..) => continue,
        };
        let name = name(migration, planned).as_str();
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => groups.push((reason, vec![name])),
        }
    }
    groups.sort_by_key(|(reason, _)| !reason.is_empty());
    for (reason, members) in groups {
        let title = if reason.is_empty() {
            format!("Already as wanted ({})", members.len())
        } else {
            format!("Would be skipped ({}): {}", members.len(), one_line(reason))
        };
        let _ = writeln!(text, "\n{}", style.paint(Ink::Heading, title));
        text.push_str(&names(&members, 2, style.width));
    }
    text
}

/// One connector: its steps, its files, its diff.
fn in_detail(migration: &Migration, planned: &PlannedUnit, options: Options, style: Style) -> String {
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
            text.push_str(&filled("  ", &super::super::hint::sentence(hint), style.width));
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
        let path = padded(&cut(file.path.as_str(), widest.max(20)), widest);
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

fn shapes_text(migration: &Migration, units: &[PlannedUnit], shapes: &[Shape], style: Style) -> String {
    if shapes.is_empty() {
        return String::new();
    }
    let title = match shapes.len() {
        1 => "All diffs have the same shape".to_owned(),
        number => format!("The diffs have {}", count(number, "shape")),
    };
    let mut text = format!("\n{}\n", style.paint(Ink::Heading, title));
    for shape in shapes.iter().take(SHAPES_IN_FULL) {
        let example = one_line(name(migration, &units[shape.units[0]]).as_str());
        let such = if shape.units.len() == 1 { example } else { format!("such as {example}") };
        let head = format!("{}: {}, {such}", shape.label, count(shape.units.len(), "connector"));
        let _ = writeln!(text, "  {}", style.paint(Ink::Attention, head));
        for file in &shape.files {
            text.push_str(&shape_file(file, style));
        }
    }
    for shape in shapes.iter().skip(SHAPES_IN_FULL).take(SHAPES_IN_SHORT) {
        let example = name(migration, &units[shape.units[0]]);
        let files: Vec<String> = shape.files.iter().map(|file| format!("{} {}", file.path, change_of(file))).collect();
        let number = shape.units.len();
        let line = format!("{}: {}, {example}: {}", shape.label, count(number, "connector"), files.join(", "));
        let _ = writeln!(text, "  {}", cut(&line, style.width.saturating_sub(2).max(20)));
    }
    let rest = shapes.len().saturating_sub(SHAPES_IN_FULL + SHAPES_IN_SHORT);
    if rest > 0 {
        let _ = writeln!(text, "  and {} more; `--format json` has them all", count(rest, "shape"));
    }
    text
}

fn shape_file(file: &ShapeFile, style: Style) -> String {
    let mut text = format!("     {}  {}\n", one_line(&file.path), change_of(file));
    let room = style.width.saturating_sub(9).max(20);
    for line in file.lines.iter().take(SHAPE_LINES) {
        let line = cut(line, room);
        let ink = if line.starts_with('+') { Ink::Good } else { Ink::Bad };
        let _ = writeln!(text, "       {}", style.paint(ink, line));
    }
    if file.lines.len() > SHAPE_LINES {
        let _ = writeln!(text, "       … and {}", count(file.lines.len() - SHAPE_LINES, "line"));
    }
    text
}

fn change_of(file: &ShapeFile) -> String {
    let range = |range: &std::ops::RangeInclusive<usize>| {
        if range.start() == range.end() {
            range.start().to_string()
        } else {
            format!("{} to {}", range.start(), range.end())
        }
    };
    match file.change {
        ChangeKind::Deleted if *file.deleted.end() == 1 => "removed (1 line)".to_owned(),
        ChangeKind::Deleted => format!("removed ({} lines)", range(&file.deleted)),
        ChangeKind::Added => format!("added (+{})", range(&file.added)),
        ChangeKind::Modified => format!("+{} -{}", range(&file.added), range(&file.deleted)),
    }
}

/// What only the run will do, step by step.
fn in_the_run(migration: &Migration, units: &[PlannedUnit], style: Style) -> String {
    let mut steps: Vec<(&str, usize, &str)> = Vec::new();
    for planned in units.iter().filter(|planned| planned.outcome == UnitPlan::Changed) {
        for step in planned.steps.iter().filter(|step| step.outcome == PlannedOutcome::InTheRun) {
            let id = migration.compiled.step(step.step).id.as_str();
            match steps.iter_mut().find(|(known, ..)| *known == id) {
                Some((_, number, _)) => *number += 1,
                None => steps.push((id, 1, &step.detail)),
            }
        }
    }
    if steps.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", style.paint(Ink::Heading, "Only in the run"));
    for (id, number, example) in steps {
        let line = format!("{id}: for {}, such as: {}", count(number, "connector"), one_line(example));
        text.push_str(&filled("  ", &line, style.width));
    }
    text
}

fn warnings_text(migration: &Migration, units: &[PlannedUnit], style: Style) -> String {
    let warnings = warnings(migration, units);
    if warnings.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", style.paint(Ink::Heading, "Warnings"));
    for warned in warnings {
        let message = one_line(warned.message);
        match warned.connectors.as_slice() {
            [one] => text.push_str(&filled("  ", &format!("{one}, {}: {message}", warned.step), style.width)),
            many => {
                let line = format!("{}: {message} ({})", warned.step, count(many.len(), "connector"));
                text.push_str(&filled("  ", &line, style.width));
                let many: Vec<&str> = many.iter().map(|name| name.as_str()).collect();
                text.push_str(&names(&many, 4, style.width));
            }
        }
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
    format!("{}{diff}", style.paint(Ink::Heading, said))
}
