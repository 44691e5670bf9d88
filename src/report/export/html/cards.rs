//! What a person should read first: failures by cause, warnings, the commands to type next.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::base::count;
use crate::event::Failure;

use super::super::super::hint;
use super::super::sheet::Sheet;
use super::super::story::{Group, Story};
use super::{anchor, escape};

/// Longer lists of names are folded away: the table has them too.
const MOST_OPEN_NAMES: usize = 60;

/// Where the row of each name is.
type Rows<'a> = HashMap<&'a str, String>;

fn rows<'a>(sheet: &Sheet<'a>) -> Rows<'a> {
    sheet.units.iter().map(|unit| (unit.connector.name.as_str(), anchor(unit.unit))).collect()
}

pub(super) fn of_the_run(html: &mut String, sheet: &Sheet<'_>) {
    if let Some((step, failure)) = sheet.run_failure() {
        let step = escape::text(step.as_str());
        let message = escape::inline(&failure.message);
        let _ = write!(
            html,
            "<section>\n<h2>Failed for the whole run</h2>\n<article class=\"card\">\n<h3>{step}: {message}</h3>\n"
        );
        hints(html, failure.hint.as_deref().map(hint::body).as_slice());
        tail(html, "The log ends", failure);
        html.push_str("</article>\n</section>\n");
    }
}

fn tail(html: &mut String, summary: &str, failure: &Failure) {
    if !failure.tail.is_empty() {
        log(html, summary, &failure.tail);
    }
}

pub(super) fn failures(html: &mut String, sheet: &Sheet<'_>) {
    let causes = sheet.causes();
    if causes.is_empty() {
        return;
    }
    let rows = rows(sheet);
    html.push_str("<section>\n<h2>Failures by cause</h2>\n");
    for story in causes.iter().map(Story::of) {
        let number = count(story.number, "connector");
        let title = escape::inline(&story.title);
        let _ = write!(html, "<article class=\"card\">\n<h3>{title} <span class=\"badge bad\">{number}</span></h3>\n");
        for group in &story.groups {
            said(html, group, &rows);
        }
        hints(html, &story.hints);
        for (name, lines) in &story.tails {
            log(html, &format!("The log of {} ends", escape::text(name)), lines);
        }
        html.push_str("</article>\n");
    }
    html.push_str("</section>\n");
}

fn said(html: &mut String, group: &Group<'_>, rows: &Rows<'_>) {
    if let Some(message) = &group.message {
        let _ = writeln!(html, "<p>{}</p>", escape::inline(message));
    }
    names(html, &group.names, rows);
    hints(html, group.hint.as_slice());
}

fn names(html: &mut String, names: &[&str], rows: &Rows<'_>) {
    let is_folded = names.len() > MOST_OPEN_NAMES;
    if is_folded {
        let _ = writeln!(html, "<details><summary>{}</summary>", count(names.len(), "connector"));
    }
    html.push_str("<ul class=\"names\">");
    for name in names {
        let row = rows.get(name).map_or("", String::as_str);
        let _ = write!(html, "<li><a href=\"#{row}\">{}</a></li>", escape::text(name));
    }
    html.push_str(if is_folded { "</ul></details>\n" } else { "</ul>\n" });
}

fn hints(html: &mut String, hints: &[String]) {
    for words in hints {
        let _ = writeln!(html, "<p class=\"hint\">{}</p>", escape::inline(words));
    }
}

fn log(html: &mut String, summary: &str, lines: &[String]) {
    let lines = escape::lines(lines);
    let _ = writeln!(html, "<details><summary>{summary}</summary><pre>\n{lines}</pre></details>");
}

pub(super) fn warnings(html: &mut String, sheet: &Sheet<'_>) {
    let warnings = sheet.warnings();
    if warnings.is_empty() {
        return;
    }
    let rows = rows(sheet);
    html.push_str("<section>\n<h2>Warnings</h2>\n");
    for (step, said) in &warnings {
        let (step, words) = (escape::text(step.as_str()), escape::inline(&said.line.text()));
        let number = count(said.connectors.len(), "connector");
        let _ = writeln!(
            html,
            "<article class=\"card attention\">\n<h3>{step}: {words} <span class=\"badge attention\">{number}</span></h3>"
        );
        let all: Vec<&str> = said.connectors.iter().map(|connector| connector.name.as_str()).collect();
        names(html, &all, &rows);
        html.push_str("</article>\n");
    }
    html.push_str("</section>\n");
}

pub(super) fn next(html: &mut String, sheet: &Sheet<'_>) {
    if !sheet.facts.next.is_empty() {
        let commands = escape::lines(sheet.facts.next);
        let _ = write!(html, "<section>\n<h2>Next</h2>\n<pre>\n{commands}</pre>\n</section>\n");
    }
}
