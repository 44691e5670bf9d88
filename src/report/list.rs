//! `cutover list`: the connectors, and why each is in or out.

use std::fmt::Write as _;

use std::collections::HashMap;

use serde_json::{Value, json};

use super::layout::{filled, one_line, table};
use super::schema;
use super::style::{Ink, Style};
use crate::base::count;
use crate::diagnostic::{Diagnostic, Severity};
use crate::select::{Listed, Listing};

/// How many reasons are named where they do not stand beside the connectors.
const REASONS: usize = 5;

/// The connectors that are in, one line each, and how many are in and out for which reason. With `all` those left out
/// too, each with its own reason, however long the line gets: lists are searched line by line.
///
/// The listing's warnings are not part of it: they belong on another stream, see [`crate::diagnostic::render`].
pub fn text(listing: &Listing, all: bool, style: &Style) -> String {
    let shown: Vec<&Listed> = listing.connectors.iter().filter(|listed| all || listed.selected).collect();
    let mut text = String::new();
    if !shown.is_empty() {
        let rows = std::iter::once(header(all)).chain(shown.iter().map(|listed| row(listed, all))).collect::<Vec<_>>();
        for (at, line) in table(&rows, usize::MAX).iter().enumerate() {
            let ink = match at {
                0 => Some(Ink::Heading),
                _ if !shown[at - 1].selected => Some(Ink::Faint),
                _ => None,
            };
            text.push_str(&ink.map_or_else(|| line.clone(), |ink| style.paint(ink, line)));
            text.push('\n');
        }
        text.push('\n');
    }
    text.push_str(&summary(listing, all, *style));
    text
}

fn header(all: bool) -> Vec<String> {
    let mut header = vec!["NAME", "TYPE", "LANGUAGE", "SUPPORT", "VERSION"];
    if all {
        header.insert(0, "");
        header.push("WHY");
    }
    header.into_iter().map(str::to_owned).collect()
}

fn row(listed: &Listed, all: bool) -> Vec<String> {
    let connector = &listed.connector;
    let or_dash = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), one_line);
    let mut row = vec![
        one_line(connector.name.as_str()),
        or_dash(&connector.connector_type),
        or_dash(&connector.language),
        or_dash(&connector.support_level),
        or_dash(&connector.version),
    ];
    if all {
        row.insert(0, if listed.selected { "in" } else { "out" }.to_owned());
        row.push(one_line(&listed.reason));
    }
    row
}

fn summary(listing: &Listing, all: bool, style: Style) -> String {
    let total = listing.connectors.len();
    let selected = listing.selected().count();
    if total == 0 {
        return "There are no connectors here.\n".to_owned();
    }
    let said = if selected == total {
        format!("{} selected: all there are.", count(total, "connector"))
    } else {
        format!("{selected} of {} selected.", count(total, "connector"))
    };
    let mut text = format!("{}\n", style.paint(Ink::Heading, said));
    if selected < total && !all {
        if selected > 0 {
            text.push_str("Selected because:\n");
            text.push_str(&reasons(listing, true, style));
        }
        text.push_str("Left out (`--all` names them):\n");
        text.push_str(&reasons(listing, false, style));
    }
    text
}

/// Why connectors are in, or left out, the most frequent reason first.
fn reasons(listing: &Listing, selected: bool, style: Style) -> String {
    let mut order: Vec<(String, usize)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for listed in listing.connectors.iter().filter(|listed| listed.selected == selected) {
        let place = *places.entry(&listed.reason).or_insert_with(|| {
            order.push((one_line(&listed.reason), 0));
            order.len() - 1
        });
        order[place].1 += 1;
    }
    order.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let mut text = String::new();
    for (reason, number) in order.iter().take(REASONS) {
        text.push_str(&filled(&format!("  {number:>5}  "), reason, style.width));
    }
    let rest: usize = order.iter().skip(REASONS).map(|(_, number)| number).sum();
    if rest > 0 {
        let _ = writeln!(text, "  {rest:>5}  for other reasons");
    }
    text
}

/// Every connector with its properties, whether it is in, and why.
pub fn json(listing: &Listing) -> Value {
    let connectors = listing.connectors.iter().map(|listed| {
        let connector = &listed.connector;
        json!({
            "name": connector.name,
            "path": connector.path,
            "type": connector.connector_type,
            "language": connector.language,
            "support_level": connector.support_level,
            "version": connector.version,
            "documentation": connector.documentation,
            "selected": listed.selected,
            "reason": listed.reason,
        })
    });
    json!({
        "schema": schema("list"),
        "total": listing.connectors.len(),
        "selected": listing.selected().count(),
        "connectors": connectors.collect::<Vec<_>>(),
        "warnings": listing.warnings.iter().map(diagnostic).collect::<Vec<_>>(),
    })
}

fn diagnostic(diagnostic: &Diagnostic) -> Value {
    let severity = match diagnostic.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    json!({
        "severity": severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    })
}
