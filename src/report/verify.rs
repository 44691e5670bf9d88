//! `cutover verify`: which connectors meet the definition of done.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::layout::{filled, names, one_line};
use super::schema;
use super::style::{Ink, Style};
use crate::base::{UnitName, count};

/// A connector and the criteria of `success:` that it does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The connector.
    pub name: UnitName,
    /// Criteria that do not hold, each with why.
    pub unmet: Vec<String>,
    /// Criteria that cannot be told without a run: they read what a step gives.
    pub unknown: Vec<String>,
}

impl Row {
    fn outcome(&self) -> &'static str {
        if !self.unmet.is_empty() {
            "unmet"
        } else if !self.unknown.is_empty() {
            "unknown"
        } else {
            "met"
        }
    }
}

/// Each connector once: those that do not meet the criteria first, by what they miss. The last line counts.
pub fn text(rows: &[Row], style: &Style) -> String {
    if rows.is_empty() {
        return "No connector is selected: there is nothing to verify.\n".to_owned();
    }
    let mut text = String::new();
    for (outcome, title, ink) in [
        ("unmet", "Not done", Ink::Bad),
        ("unknown", "Not told without a run", Ink::Attention),
        ("met", "Done", Ink::Good),
    ] {
        let members: Vec<&Row> = rows.iter().filter(|row| row.outcome() == outcome).collect();
        if members.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{}", style.paint(ink, format!("{title} ({})", members.len())));
        for (criteria, names_of) in by_criteria(&members) {
            for criterion in &criteria {
                text.push_str(&filled("  ", &one_line(criterion), style.width));
            }
            text.push_str(&names(&names_of, if criteria.is_empty() { 2 } else { 4 }, style.width));
        }
        text.push('\n');
    }
    let number = |outcome: &str| rows.iter().filter(|row| row.outcome() == outcome).count();
    let mut line = format!("{}: {} done", count(rows.len(), "connector"), number("met"));
    for (outcome, words) in [("unmet", "not done"), ("unknown", "not told without a run")] {
        if number(outcome) > 0 {
            let _ = write!(line, ", {} {words}", number(outcome));
        }
    }
    text.push_str(&filled("", &format!("{line}."), style.width));
    text
}

/// Connectors that miss the same.
fn by_criteria<'a>(rows: &[&'a Row]) -> Vec<(Vec<&'a str>, Vec<&'a str>)> {
    let mut groups: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for row in rows {
        let criteria: Vec<&str> = row.unmet.iter().chain(&row.unknown).map(String::as_str).collect();
        match groups.iter_mut().find(|(known, _)| *known == criteria) {
            Some((_, members)) => members.push(row.name.as_str()),
            None => groups.push((criteria, vec![row.name.as_str()])),
        }
    }
    groups.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    groups
}

/// The same as one object.
pub fn json(rows: &[Row]) -> Value {
    let number = |outcome: &str| rows.iter().filter(|row| row.outcome() == outcome).count();
    let connectors = rows
        .iter()
        .map(|row| json!({ "name": row.name, "outcome": row.outcome(), "unmet": row.unmet, "unknown": row.unknown }));
    json!({
        "schema": schema("verify"),
        "summary": {
            "connectors": rows.len(),
            "met": number("met"),
            "unmet": number("unmet"),
            "unknown": number("unknown"),
        },
        "connectors": connectors.collect::<Vec<_>>(),
    })
}
