//! A run as GitHub-flavoured Markdown: how many have which outcome, the failures by cause, a table of every connector.
//!
//! Fit for the summary of a CI step (1 MiB) and, up to a few hundred connectors, for a comment (65,536 characters).

mod escape;

use std::fmt::Write as _;

use crate::base::count;

use super::super::hint;
use super::super::layout::one_line;
use super::super::run::UnitFacts;
use super::sheet::{Sheet, link as linkable, short};
use super::story::Story;

/// Longer tables are folded away, so that what comes after them is seen.
const LONGEST_OPEN_TABLE: usize = 50;

pub(super) fn page(sheet: &Sheet<'_>) -> String {
    let frozen = &sheet.facts.migration.frozen;
    let mut text = format!("## {}\n\n", escape::inline(&sheet.title()));
    if let Some(description) = &frozen.workflow.description {
        let _ = writeln!(text, "{}\n", escape::inline(description));
    }
    let base = frozen.base.to_string();
    let branch = escape::code(&frozen.base_branch);
    let _ = writeln!(text, "{} Made on {} of {branch}, {}.", sheet.summary(), escape::code(short(&base)), frozen.date);
    outcomes(&mut text, sheet);
    of_the_run(&mut text, sheet);
    failures(&mut text, sheet);
    warnings(&mut text, sheet);
    connectors(&mut text, sheet);
    next(&mut text, sheet);
    text
}

fn outcomes(text: &mut String, sheet: &Sheet<'_>) {
    if sheet.units.is_empty() {
        return;
    }
    text.push_str("\n| Outcome | Connectors |\n|:--|--:|\n");
    for (kind, number) in sheet.kinds() {
        let _ = writeln!(text, "| {} | {number} |", kind.words);
    }
}

fn of_the_run(text: &mut String, sheet: &Sheet<'_>) {
    if let Some((step, failure)) = sheet.run_failure() {
        let _ = write!(text, "\n### Failed for the whole run\n\n**{step}**: {}\n", escape::inline(&failure.message));
        if let Some(words) = &failure.hint {
            let _ = writeln!(text, "\n{}", escape::inline(&hint::sentence(words)));
        }
        if !failure.tail.is_empty() {
            tail(text, "The log ends", &failure.tail);
        }
    }
}

fn failures(text: &mut String, sheet: &Sheet<'_>) {
    let causes = sheet.causes();
    if causes.is_empty() {
        return;
    }
    text.push_str("\n### Failures by cause\n");
    for story in causes.iter().map(Story::of) {
        let number = count(story.number, "connector");
        let _ = write!(text, "\n#### {} ({number})\n\n", escape::inline(&story.title));
        for group in &story.groups {
            let names: Vec<String> = group.names.iter().map(|name| escape::inline(name)).collect();
            let _ = write!(text, "- {}", names.join(", "));
            if let Some(message) = &group.message {
                let _ = write!(text, ": {}", escape::inline(message));
            }
            text.push('\n');
            if let Some(words) = &group.hint {
                let _ = writeln!(text, "  <br>{}", escape::inline(&hint::sentence(words)));
            }
        }
        for words in &story.hints {
            let _ = writeln!(text, "\n{}", escape::inline(&hint::sentence(words)));
        }
        for (name, lines) in &story.tails {
            tail(text, &format!("The log of {} ends", escape::in_html(name)), lines);
        }
    }
}

fn tail(text: &mut String, summary: &str, lines: &[String]) {
    let _ = write!(text, "\n<details><summary>{summary}</summary>\n\n{}\n</details>\n", escape::block(lines));
}

fn warnings(text: &mut String, sheet: &Sheet<'_>) {
    let warnings = sheet.warnings();
    if warnings.is_empty() {
        return;
    }
    text.push_str("\n### Warnings\n\n");
    for (step, said) in &warnings {
        let _ = write!(text, "- **{step}**: {}", escape::inline(&said.line.text()));
        if said.connectors.len() == sheet.units.len() && sheet.units.len() > 1 {
            let _ = writeln!(text, " (all {})", count(said.connectors.len(), "connector"));
        } else {
            let names: Vec<String> =
                said.connectors.iter().map(|connector| escape::inline(connector.name.as_str())).collect();
            let _ = writeln!(text, " ({})", names.join(", "));
        }
    }
}

fn connectors(text: &mut String, sheet: &Sheet<'_>) {
    text.push_str("\n### Connectors\n\n");
    if sheet.units.is_empty() {
        text.push_str("The run has none.\n");
        return;
    }
    let is_folded = sheet.units.len() > LONGEST_OPEN_TABLE;
    if is_folded {
        let all = count(sheet.units.len(), "connector");
        let _ = write!(text, "<details><summary>All {all}</summary>\n\n");
    }
    text.push_str("| Connector | Outcome | Branch | Commit | Pull request | Reason |\n|:--|:--|:--|:--|:--|:--|\n");
    for unit in sheet.by_urgency() {
        row(text, sheet, unit);
    }
    if is_folded {
        text.push_str("\n</details>\n");
    }
}

fn row(text: &mut String, sheet: &Sheet<'_>, unit: &UnitFacts<'_>) {
    let number = unit.pull_request.map(|found| format!("#{}", found.number)).unwrap_or_default();
    // Without a link the number would become one, to whatever has that number where the report is read.
    let pull_request = match linkable(unit.pull_request.and_then(|found| found.url)) {
        Some(url) => escape::link(&number, url),
        None => escape::inline(&number),
    };
    let cells = [
        escape::inline(unit.connector.name.as_str()),
        Sheet::kind(unit).words.to_owned(),
        escape::code(Sheet::branch(unit).unwrap_or_default()),
        escape::code(unit.commit.map(short).unwrap_or_default()),
        pull_request,
        sheet.reason(unit).map(|reason| escape::inline(&reason)).unwrap_or_default(),
    ];
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn next(text: &mut String, sheet: &Sheet<'_>) {
    if !sheet.facts.next.is_empty() {
        let commands: Vec<String> = sheet.facts.next.iter().map(|command| one_line(command)).collect();
        let _ = write!(text, "\n### Next\n\n{}", escape::block(&commands).replacen("text\n", "sh\n", 1));
    }
}
