//! What a verb did, or would do, for each connector: one outcome with its reason, grouped.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::layout::{filled, names, one_line};
use super::schema;
use super::style::{Ink, Style};
use crate::base::{RunId, UnitName, count};

/// A connector and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The connector.
    pub name: UnitName,
    /// What was done, or would be, in one word: `refreshed`, `current`, `left`.
    pub outcome: &'static str,
    /// Why, where that is not clear.
    pub reason: Option<String>,
    /// Whether a person has something to do about it.
    pub is_trouble: bool,
}

/// The outcomes that a verb has: the word, and the title for people, in the order in which they are shown.
pub type Titles = [(&'static str, &'static str)];

/// Each connector once, by outcome and reason; the last line counts.
pub fn text(heading: &str, titles: &Titles, rows: &[Row], style: &Style) -> String {
    let mut text = format!("{heading}\n");
    for (outcome, title) in titles {
        let members: Vec<&Row> = rows.iter().filter(|row| row.outcome == *outcome).collect();
        if members.is_empty() {
            continue;
        }
        let ink = if members.iter().any(|row| row.is_trouble) { Ink::Bad } else { Ink::Heading };
        let _ = writeln!(text, "\n{}", style.paint(ink, format!("{title} ({})", members.len())));
        for (reason, of) in by_reason(&members) {
            if let Some(reason) = &reason {
                text.push_str(&filled("  ", reason, style.width));
            }
            text.push_str(&names(&of, if reason.is_some() { 4 } else { 2 }, style.width));
        }
    }
    let counted: Vec<String> = titles
        .iter()
        .map(|(outcome, title)| (rows.iter().filter(|row| row.outcome == *outcome).count(), title))
        .filter(|(number, _)| *number > 0)
        .map(|(number, title)| format!("{number} {}", title.to_lowercase()))
        .collect();
    let line = if counted.is_empty() { "nothing to do".to_owned() } else { counted.join(", ") };
    text.push('\n');
    text.push_str(&filled("", &format!("{}: {line}.", count(rows.len(), "connector")), style.width));
    text
}

fn by_reason<'a>(rows: &[&'a Row]) -> Vec<(Option<String>, Vec<&'a str>)> {
    let mut groups: Vec<(Option<String>, Vec<&str>)> = Vec::new();
    for row in rows {
        let reason = row.reason.as_deref().map(one_line);
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, members)) => members.push(row.name.as_str()),
            None => groups.push((reason, vec![row.name.as_str()])),
        }
    }
    groups.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    groups
}

/// The rows for scripts.
pub fn rows(rows: &[Row]) -> Value {
    rows.iter().map(|row| json!({ "name": row.name, "outcome": row.outcome, "reason": row.reason })).collect()
}

/// The same as one object: `cutover.<verb>-plan/1` where nothing was done.
pub fn json(verb: &str, run: &RunId, base: &str, all: &[Row]) -> Value {
    json!({ "schema": schema(verb), "run": run, "base": base, "connectors": rows(all) })
}
