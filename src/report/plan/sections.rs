//! What the plan says of several connectors at once: shapes of diffs, what waits for the run, warnings.

use std::fmt::Write as _;

use crate::base::count;
use crate::event::StepIndex;
use crate::plan::{ChangeKind, Migration, PlannedOutcome, PlannedUnit, UnitPlan, run_steps};
use crate::workflow::Effect;

use super::super::causes::alike_text;
use super::super::layout::{columns, cut, filled, folded, one_line, padded};
use super::super::style::{Ink, Style};
use super::{Said, Shape, ShapeFile, by_step, name, warnings};

/// How many shapes are shown with their lines.
const SHAPES_IN_FULL: usize = 20;

/// How many further shapes get a line each.
const SHAPES_IN_SHORT: usize = 10;

/// How many lines of a shape's file are shown.
const SHAPE_LINES: usize = 8;

/// The shapes, the most frequent first; each with an example and its lines.
pub(super) fn shapes(migration: &Migration, units: &[PlannedUnit], shapes: &[Shape], style: Style) -> String {
    if shapes.is_empty() {
        return String::new();
    }
    let title = match shapes.len() {
        1 => "All diffs have the same shape".to_owned(),
        number => format!("The diffs have {}", count(number, "shape")),
    };
    let mut text = format!("\n{}\n", style.paint(Ink::Heading, title));
    for (at, shape) in shapes.iter().enumerate().take(SHAPES_IN_FULL) {
        let example = one_line(name(migration, &units[shape.units[0]]).as_str());
        let such = if shape.units.len() == 1 { example } else { format!("such as {example}") };
        let head = format!("{}: {}, {such}", shape.label, count(shape.units.len(), "connector"));
        let _ = writeln!(text, "  {}", style.paint(Ink::Attention, head));
        let widest = shape
            .files
            .iter()
            .chain(&shapes[0].files)
            .map(|file| columns(&file.path))
            .max()
            .unwrap_or(0)
            .min(style.width / 2);
        for file in &shape.files {
            // Only what sets a shape apart from those before it is shown again.
            let known = shapes[..at].iter().find(|before| before.files.iter().any(|other| other.is_like(file)));
            match known {
                Some(before) => {
                    let _ = writeln!(text, "     {}  as in {}", path(file, widest), before.label);
                }
                None => text.push_str(&shape_file(file, widest, style)),
            }
        }
        // A file that is missing sets a shape apart too.
        let stays = |file: &&ShapeFile| !shape.files.iter().any(|own| own.path == file.path);
        for file in shapes[0].files.iter().filter(stays) {
            let _ = writeln!(text, "     {}  stays, unlike in {}", path(file, widest), shapes[0].label);
        }
    }
    for shape in shapes.iter().skip(SHAPES_IN_FULL).take(SHAPES_IN_SHORT) {
        let example = name(migration, &units[shape.units[0]]);
        let files: Vec<String> = shape.files.iter().map(|file| format!("{} {}", file.path, change_of(file))).collect();
        let such = if shape.units.len() == 1 { "" } else { "such as " };
        let number = count(shape.units.len(), "connector");
        let line = format!("{}: {number}, {such}{example}: {}", shape.label, files.join(", "));
        text.push_str(&filled("  ", &line, style.width));
    }
    let rest = shapes.len().saturating_sub(SHAPES_IN_FULL + SHAPES_IN_SHORT);
    if rest > 0 {
        let _ = writeln!(text, "  and {} more; `--format json` has them all", count(rest, "shape"));
    }
    text
}

fn path(file: &ShapeFile, widest: usize) -> String {
    padded(&cut(&file.path, widest), widest)
}

fn shape_file(file: &ShapeFile, widest: usize, style: Style) -> String {
    let mut text = format!("     {}  {}\n", path(file, widest), change_of(file));
    for line in file.lines.iter().take(SHAPE_LINES) {
        let line = line.text();
        let ink = match line.as_bytes().first() {
            Some(b'+') => Some(Ink::Good),
            Some(b'-') => Some(Ink::Bad),
            _ => None,
        };
        for row in folded(&without_padding(&line), 7, style.width) {
            let row = ink.map_or_else(|| row.clone(), |ink| style.paint(ink, &row));
            let _ = writeln!(text, "       {row}");
        }
    }
    if file.lines.len() > SHAPE_LINES {
        let _ = writeln!(text, "       … and {}", count(file.lines.len() - SHAPE_LINES, "more line"));
    }
    text
}

/// The line with its indentation, and otherwise single spaces: the padding of tables is not what is read.
fn without_padding(line: &str) -> String {
    let text = line.trim_start_matches(['+', '-', ' ', '\t']);
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("{}{}", &line[..line.len() - text.len()], words.join(" "))
}

/// `+3 -1`, `removed (14 to 22 lines)`.
fn change_of(file: &ShapeFile) -> String {
    let range = |range: &std::ops::RangeInclusive<usize>| {
        if range.start() == range.end() {
            range.start().to_string()
        } else {
            format!("{} to {}", range.start(), range.end())
        }
    };
    let signed = |sign: char, numbers: &std::ops::RangeInclusive<usize>| {
        (*numbers.end() > 0).then(|| format!("{sign}{}", range(numbers)))
    };
    match file.change {
        ChangeKind::Deleted if *file.deleted.end() == 1 => "removed (1 line)".to_owned(),
        ChangeKind::Deleted => format!("removed ({} lines)", range(&file.deleted)),
        ChangeKind::Added => format!("added (+{})", range(&file.added)),
        ChangeKind::Modified => {
            let parts: Vec<String> =
                [signed('+', &file.added), signed('-', &file.deleted)].into_iter().flatten().collect();
            parts.join(" ")
        }
    }
}

/// The run's own steps: what they found out is the same for every connector.
pub(super) fn for_all(migration: &Migration, style: Style) -> String {
    let steps = run_steps(migration).steps;
    if steps.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", style.paint(Ink::Heading, "Once for all connectors"));
    for planned in steps {
        let id = &migration.compiled.step(planned.step).id;
        text.push_str(&filled(&format!("  {id}: "), &one_line(&planned.detail), style.width));
        for warning in &planned.warnings {
            let lines = filled("    warning: ", &one_line(warning), style.width);
            text.push_str(&lines.replacen("warning:", &style.paint(Ink::Attention, "warning:"), 1));
        }
    }
    text
}

/// What only the run will do, step by step; and edits that only the run can tell.
pub(super) fn in_the_run(migration: &Migration, units: &[PlannedUnit], style: Style) -> String {
    let waiting = units.iter().filter(|planned| planned.outcome == UnitPlan::Changed).flat_map(|planned| {
        let steps = planned.steps.iter().filter(|step| step.outcome == PlannedOutcome::InTheRun);
        steps.map(|step| (planned.unit, step.step, step.detail.as_str()))
    });
    let is_edit = |step: StepIndex| migration.compiled.graph.node(step).effect == Effect::Edit;
    let (edits, acts): (Vec<_>, Vec<_>) = waiting.partition(|(_, step, _)| is_edit(*step));
    let all = changed(units);
    let mut text = String::new();
    for said in by_step(migration, acts) {
        let number = said.alike.connectors.len();
        let number = if number == all { format!("all {number}") } else { format!("{number} of {all}") };
        text.push_str(&filled("  ", &format!("{}: {} ({number})", said.step, said.alike.line.text()), style.width));
    }
    if !text.is_empty() {
        text.insert_str(0, &format!("\n{}\n", style.paint(Ink::Heading, "Only in the run")));
    }
    text + &section("Edits that only the run can tell", &by_step(migration, edits), all, style)
}

fn changed(units: &[PlannedUnit]) -> usize {
    units.iter().filter(|planned| planned.outcome == UnitPlan::Changed).count()
}

/// What a person should look at.
pub(super) fn warned(migration: &Migration, units: &[PlannedUnit], style: Style) -> String {
    section("Warnings", &warnings(migration, units), changed(units), style)
}

fn section(title: &str, said: &[Said<'_>], all: usize, style: Style) -> String {
    if said.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", style.paint(Ink::Attention, title));
    for said in said {
        text.push_str(&alike_text(said.step.as_str(), &said.alike, all, style));
    }
    text
}
