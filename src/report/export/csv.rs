//! A run as comma-separated values by RFC 4180: a header and one record for each unit, in the order of the run.
//!
//! Spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula and carry it out; such cells get an
//! apostrophe before them, which spreadsheets do not show.

use crate::base::StepId;

use super::super::layout::one_line;
use super::super::run::UnitFacts;
use super::sheet::Sheet;

/// The columns. Scripts read them by name: more may come at the end, none goes away.
const HEADER: [&str; 17] = [
    "run",
    "workflow",
    "name",
    "path",
    "type",
    "language",
    "support_level",
    "version",
    "outcome",
    "step",
    "class",
    "reason",
    "hint",
    "branch",
    "commit",
    "pull_request",
    "pull_request_url",
];

pub(super) fn records(sheet: &Sheet<'_>) -> String {
    let mut text = record(&HEADER.map(str::to_owned));
    for unit in &sheet.units {
        text.push_str(&record(&cells(sheet, unit)));
    }
    text
}

fn cells(sheet: &Sheet<'_>, unit: &UnitFacts<'_>) -> [String; HEADER.len()] {
    let (frozen, connector) = (&sheet.facts.migration.frozen, unit.connector);
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let failed = unit.failure(&sheet.facts);
    let pull_request = unit.pull_request;
    [
        frozen.run.to_string(),
        frozen.workflow.name.clone(),
        connector.name.to_string(),
        connector.path.to_string(),
        optional(&connector.connector_type),
        optional(&connector.language),
        optional(&connector.support_level),
        optional(&connector.version),
        unit.outcome.as_str().to_owned(),
        failed.and_then(|(step, _)| step).map(StepId::to_string).unwrap_or_default(),
        failed.map(|(_, failure)| failure.class.to_string()).unwrap_or_default(),
        sheet.reason(unit).unwrap_or_default(),
        failed.and_then(|(_, failure)| failure.hint.clone()).unwrap_or_default(),
        unit.branch.to_owned(),
        unit.commit.unwrap_or_default().to_owned(),
        pull_request.map(|found| found.number.to_string()).unwrap_or_default(),
        pull_request.and_then(|found| found.url).unwrap_or_default().to_owned(),
    ]
}

fn record(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",") + "\r\n"
}

/// The text as one cell of one line.
pub(super) fn cell(text: &str) -> String {
    let mut text = one_line(text);
    // The wide forms too: some spreadsheets read them as the narrow ones.
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
