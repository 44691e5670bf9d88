//! Which table of a page is the connector's changelog, and why there is none.

use std::ops::Range;

use super::About;
use super::error::ChangelogError;
use super::page::{Page, Table, after_line_ending, line_around, line_number, split_cells};

/// Where the four things that a row says stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) version: usize,
    pub(super) date: usize,
    pub(super) pull_request: usize,
    pub(super) subject: usize,
}

/// What a column can be, with its usual name.
const ROLES: [(&str, Role); 4] =
    [("Version", is_version), ("Date", is_date), ("Pull Request", is_pull_request), ("Subject", is_subject)];

type Role = fn(&[String]) -> bool;

const SUBJECT_WORDS: [&str; 14] = [
    "subject",
    "description",
    "descriptions",
    "note",
    "notes",
    "message",
    "messages",
    "change",
    "changes",
    "summary",
    "comment",
    "comments",
    "title",
    "details",
];

fn is_version(words: &[String]) -> bool {
    words.iter().any(|word| word == "version")
}

fn is_date(words: &[String]) -> bool {
    words.iter().any(|word| word == "date")
}

fn is_pull_request(words: &[String]) -> bool {
    let pair = |pair: &[String]| pair[0] == "pull" && matches!(pair[1].as_str(), "request" | "requests");
    words.windows(2).any(pair) || words.iter().any(|word| matches!(word.as_str(), "pr" | "prs"))
}

fn is_subject(words: &[String]) -> bool {
    words.iter().any(|word| SUBJECT_WORDS.contains(&word.as_str()))
}

/// The one column of a table that is for pull requests, if there is one, whatever the others are for.
pub(super) fn pull_request_column(text: &str, table: &Table) -> Option<usize> {
    only(text, table, is_pull_request)
}

/// The one column of a table that is for versions.
pub(super) fn version_column(text: &str, table: &Table) -> Option<usize> {
    only(text, table, is_version)
}

fn only(text: &str, table: &Table, role: Role) -> Option<usize> {
    let names = names(text, &table.head.cells);
    let mut fitting = names.iter().enumerate().filter(|(_, words)| role(words)).map(|(at, _)| at);
    fitting.next().filter(|_| fitting.next().is_none())
}

/// Finds the one table that is certainly this connector's changelog.
pub(super) fn choose<'p>(
    text: &str,
    page: &'p Page,
    about: &About<'_>,
) -> Result<(&'p Table, Columns), ChangelogError> {
    let headers = page.tables.iter().map(|table| (table, columns(&names(text, &table.head.cells))));
    let (changelogs, others): (Vec<_>, Vec<_>) = headers.partition(|(_, columns)| columns.is_ok());
    let mut found: Vec<(&Table, Columns)> =
        changelogs.into_iter().filter_map(|(table, columns)| Some((table, columns.ok()?))).collect();
    let loose = loose_headers(text, page);
    let visible = loose.iter().find(|line| page.hidden_at(line.start).is_none());
    match (found.as_slice(), visible) {
        ([], Some(line)) => return Err(why_not_a_table(text, line)),
        ([], None) => {
            if let Some(line) = loose.first() {
                let inside = page.hidden_at(line.start).unwrap_or("a block that is not shown as a table");
                return Err(ChangelogError::Hidden { line: line_number(text, line.start), inside });
            }
            return Err(almost(text, &others));
        }
        (_, Some(line)) => {
            let mut lines: Vec<usize> = found.iter().map(|(table, _)| line_number(text, table.range.start)).collect();
            lines.push(line_number(text, line.start));
            lines.sort_unstable();
            return Err(ChangelogError::SeveralTables { lines, connector: about.connector.to_owned() });
        }
        (_, None) => {}
    }
    let chosen = by_heading(text, &found, about)?;
    let (table, columns) = found.swap_remove(chosen);
    if table.nested {
        let line = line_number(text, table.range.start);
        return Err(ChangelogError::Hidden { line, inside: "a list or a quotation" });
    }
    Ok((table, columns))
}

/// The lower-case words of each header cell.
fn names(text: &str, cells: &[Range<usize>]) -> Vec<Vec<String>> {
    let words = |cell: &Range<usize>| {
        let words = text[cell.clone()].split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    cells.iter().map(words).collect()
}

/// The columns by their names; every role once, and no column without one. The error says what is wrong.
fn columns(names: &[Vec<String>]) -> Result<Columns, String> {
    let mut places = [0; ROLES.len()];
    for ((title, role), place) in ROLES.iter().zip(&mut places) {
        let mut fitting = names.iter().enumerate().filter(|(_, words)| role(words));
        let first = fitting.next().ok_or_else(|| format!("none is named {title}"))?;
        if fitting.next().is_some() {
            return Err(format!("more than one could be {title}"));
        }
        *place = first.0;
    }
    let [version, date, pull_request, subject] = places;
    if let Some(at) = (0..names.len()).find(|at| !places.contains(at)) {
        return Err(format!("`{}` is none of Version, Date, Pull Request and Subject", names[at].join(" ")));
    }
    let mut distinct = places.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < ROLES.len() {
        return Err("one column carries the names of two".to_owned());
    }
    Ok(Columns { version, date, pull_request, subject })
}

/// Lines outside any table that read like a changelog's header.
fn loose_headers(text: &str, page: &Page) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let line = line_around(text, start);
        start = after_line_ending(text, line.end);
        let in_table = |line: &Range<usize>| page.tables.iter().any(|table| table.holds(line));
        let named = |line: &Range<usize>| text[line.clone()].to_ascii_lowercase().contains("version");
        let likely = text[line.clone()].contains('|') && !in_table(&line) && named(&line);
        if likely && columns(&names(text, &split_cells(text, line.clone()))).is_ok() {
            lines.push(line);
        }
    }
    lines
}

/// What keeps a header and the lines below it from being a table.
fn why_not_a_table(text: &str, header: &Range<usize>) -> ChangelogError {
    let number = line_number(text, header.start);
    let mut lines = Vec::new();
    let mut start = after_line_ending(text, header.end);
    while start < text.len() && lines.len() < 64 {
        let line = line_around(text, start);
        start = after_line_ending(text, line.end);
        let content = text[line].trim();
        if content.is_empty() {
            break;
        }
        lines.push(content);
    }
    let dashes =
        |line: &&str| line.contains('-') && !line.chars().any(char::is_alphanumeric) && line.contains(['|', ':']);
    match lines.iter().position(dashes) {
        Some(0) => {
            ChangelogError::DelimiterMalformed { line: number + 1, reason: odd_delimiter(text, header, lines[0]) }
        }
        Some(below) => ChangelogError::DelimiterMisplaced { header: number, line: number + 1 + below },
        None => ChangelogError::DelimiterMissing { header: number },
    }
}

/// The first thing that is wrong with a would-be delimiter row.
fn odd_delimiter(text: &str, header: &Range<usize>, delimiter: &str) -> String {
    let columns = split_cells(text, header.clone()).len();
    let cells: Vec<&str> =
        split_cells(delimiter, 0..delimiter.len()).into_iter().map(|cell| delimiter[cell].trim()).collect();
    let rule = |cell: &str| {
        let dashes = cell.strip_prefix(':').unwrap_or(cell);
        let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
        !dashes.is_empty() && dashes.bytes().all(|b| b == b'-')
    };
    match cells.iter().position(|cell| !rule(cell)) {
        Some(at) if cells[at].is_empty() => format!("its cell {} is empty", at + 1),
        Some(at) => format!("its cell {} is `{}`", at + 1, shorten(cells[at])),
        None if cells.len() != columns => format!("it has {} cells, the header {columns}", cells.len()),
        None => "it does not stand directly below the header".to_owned(),
    }
}

/// The first forty characters.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

/// No table has all four columns; is there one that means to?
fn almost(text: &str, others: &[(&Table, Result<Columns, String>)]) -> ChangelogError {
    let dated = |table: &&(&Table, Result<Columns, String>)| {
        let names = names(text, &table.0.head.cells);
        names.iter().any(|words| is_version(words)) && names.iter().any(|words| is_date(words))
    };
    match others.iter().find(dated) {
        Some((table, Err(reason))) => {
            ChangelogError::Columns { line: line_number(text, table.range.start), reason: reason.clone() }
        }
        _ => ChangelogError::NoTable,
    }
}

/// The table whose heading names this connector; or the only one whose heading names no connector.
fn by_heading(text: &str, found: &[(&Table, Columns)], about: &About<'_>) -> Result<usize, ChangelogError> {
    let owners: Vec<Vec<&str>> = found.iter().map(|(table, _)| owners(text, table, about)).collect();
    let only = |fits: &dyn Fn(&[&str]) -> bool| {
        let mut fitting = owners.iter().enumerate().filter(|(_, owners)| fits(owners));
        fitting.next().filter(|_| fitting.next().is_none()).map(|(at, _)| at)
    };
    let ours = |owners: &[&str]| owners.contains(&about.connector);
    if let Some(at) = only(&ours).or_else(|| only(&|owners| owners.is_empty())) {
        // A heading without names is only ours if none of the others is.
        if ours(&owners[at]) || !owners.iter().any(|owners| ours(owners)) {
            return Ok(at);
        }
    }
    let line = |table: &Table| line_number(text, table.range.start);
    match (found, owners.as_slice()) {
        ([(table, _)], [owners]) => {
            Err(ChangelogError::TableOfAnother { line: line(table), owner: owners.join(" and ") })
        }
        _ => Err(ChangelogError::SeveralTables {
            lines: found.iter().map(|(table, _)| line(table)).collect(),
            connector: about.connector.to_owned(),
        }),
    }
}

/// The connectors that the heading above a table names.
fn owners<'t>(text: &'t str, table: &Table, about: &About<'_>) -> Vec<&'t str> {
    let heading = table.heading.clone().map_or("", |range| &text[range]);
    let tokens = heading.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    let named = |token: &&str| {
        let typed =
            ["source-", "destination-"].iter().any(|kind| token.strip_prefix(kind).is_some_and(|n| !n.is_empty()));
        *token == about.connector || about.shared_with.iter().any(|other| other == token) || typed
    };
    tokens.filter(named).collect()
}
