//! `cutover runs`: the runs of a repository, newest first.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::layout::{ago, columns, names, one_line, padded};
use super::run::Standing;
use super::schema;
use super::style::{Ink, Style};
use crate::event::Counts;
use crate::journal::RunHeader;

/// A run with where it stands.
#[derive(Debug, Clone)]
pub struct Row {
    /// What the journal knows of it.
    pub header: RunHeader,
    /// Where it stands; an error where its plan or journal cannot be read, as a fragment.
    pub standing: Result<(Standing, Counts), String>,
}

/// A line for each run, newest first; `now` is what ages are counted to.
pub fn text(rows: &[Row], now: Timestamp, style: &Style) -> String {
    if rows.is_empty() {
        return "There are no runs in this repository. `cutover run WORKFLOW` begins one.\n".to_owned();
    }
    let sorted = newest_first(rows);
    let mut lines = vec![["RUN", "WORKFLOW", "BEGUN", "STATE", "CONNECTORS"].map(str::to_owned)];
    lines.extend(sorted.iter().map(|row| line(row, now)));
    let widths: Vec<usize> =
        (0..4).map(|column| lines.iter().map(|line| columns(&line[column])).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let mut used = 0;
        for (column, width) in widths.iter().enumerate() {
            let cell = padded(&line[column], *width);
            used += width + 2;
            text.push_str(&match (at.checked_sub(1), column) {
                (None, _) => style.paint(Ink::Heading, cell),
                (Some(row), 3) => ink(sorted[row]).map_or_else(|| cell.clone(), |ink| style.paint(ink, &cell)),
                _ => cell,
            });
            text.push_str("  ");
        }
        if at == 0 {
            let _ = writeln!(text, "{}", style.paint(Ink::Heading, &line[4]));
        } else {
            let parts: Vec<&str> = line[4].split(", ").collect();
            text.push_str(names(&parts, used, style.width).trim_start());
        }
    }
    text
}

fn newest_first(rows: &[Row]) -> Vec<&Row> {
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(|row| std::cmp::Reverse(row.header.created_at));
    sorted
}

fn ink(row: &Row) -> Option<Ink> {
    match row.standing {
        Ok((Standing::Finished, _)) => Some(Ink::Good),
        Ok((Standing::Failed | Standing::Stopped, _)) | Err(_) => Some(Ink::Bad),
        Ok((Standing::Interrupted | Standing::Waiting, _)) => Some(Ink::Attention),
        Ok((Standing::Running, _)) => None,
    }
}

fn line(row: &Row, now: Timestamp) -> [String; 5] {
    let age = ago(now.as_second() - row.header.created_at.as_second());
    let (state, counts) = match &row.standing {
        Ok((standing, counts)) => (standing.as_str(), super::run::numbers(counts)),
        Err(why) => ("unreadable", one_line(why)),
    };
    [row.header.id.to_string(), one_line(&row.header.workflow), age, state.to_owned(), counts]
}

/// The runs as one object, newest first.
pub fn json(rows: &[Row]) -> Value {
    let runs = newest_first(rows).into_iter().map(|row| {
        let header = &row.header;
        let (state, error, counts) = match &row.standing {
            Ok((standing, counts)) => (standing.as_str(), None, Some(counts)),
            Err(why) => ("unreadable", Some(why), None),
        };
        let mut summary = Map::new();
        if let Some(counts) = counts {
            summary.insert("connectors".into(), counts.total().into());
            if let Ok(Value::Object(counts)) = serde_json::to_value(counts) {
                summary.extend(counts);
            }
        }
        json!({
            "run": header.id,
            "workflow": header.workflow,
            "created_at": header.created_at.to_string(),
            "base": header.base,
            "program": header.program,
            "state": state,
            "error": error,
            "summary": summary,
        })
    });
    json!({ "schema": schema("runs"), "runs": runs.collect::<Vec<_>>() })
}
