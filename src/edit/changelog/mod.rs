//! One row in the changelog table of a documentation page.
//!
//! Owns finding the table, deciding where the row goes, and writing it in the table's own style. It refuses, with
//! a reason, wherever a careful person would have to guess. It does not know how a connector finds its page, nor
//! what today's date is.
//!
//! The page is read by a CommonMark parser with GitHub's tables (<https://github.github.com/gfm/#tables-extension->),
//! so that what counts as a table, a code block or a comment is what readers of the page see.

mod cell;
mod choose;
mod error;
mod order;
mod page;
mod style;
#[cfg(test)]
mod tests;
mod unfilled;

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use semver::Version;

use crate::edit::splice::behind_mark;
use crate::edit::{Edit, Splice};
use choose::Columns;
pub use error::ChangelogError;
use order::Order;
use page::{Page, Table, after_line_ending, line_ending, line_number, split_cells};
pub use unfilled::{Unfilled, unfilled};

/// The pull request that a row links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullRequestNumber {
    /// Its number.
    Number(u64),
    /// Text that stands for a number not known before the run; only a plan shows it, as it is.
    Unknown(String),
}

impl fmt::Display for PullRequestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

/// What the new row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The version that is released.
    pub version: Version,
    /// The day of the release, frozen by the run.
    pub date: Date,
    /// The pull request; without one its cell stays empty.
    pub pull_request: Option<PullRequestNumber>,
    /// What changed, as one line. Pipes are escaped here.
    pub message: String,
    /// The repository's address, such as `https://github.com/airbytehq/airbyte`; links are `{address}/pull/{number}`.
    pub repository_url: String,
}

/// Whose row it is.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The connector, such as `source-clickhouse-strict-encrypt`.
    pub connector: &'a str,
    /// Other connectors that use the same page.
    pub shared_with: &'a [String],
    /// The connector's version before the bump.
    pub current_version: Option<&'a Version>,
}

/// A page with its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The page's new text; without splices if the row was there already.
    pub edit: Edit,
    /// What happened, for the plan: `row for 0.1.1 at the top of the table (line 42)`.
    pub detail: String,
    /// What a person should look at, as sentence fragments.
    pub warnings: Vec<String>,
}

/// Adds a row for a version to the page's changelog table; where it is there already, changes nothing.
pub fn add(page: &str, entry: &Entry, about: &About<'_>) -> Result<Added, ChangelogError> {
    if let Some(page) = behind_mark(page) {
        let added = add(page, entry, about)?;
        return Ok(Added { edit: added.edit.behind_mark(), ..added });
    }
    check_entry(entry)?;
    let read = Page::read(page);
    let (table, columns) = choose::choose(page, &read, about)?;
    let detached = detached_rows(page, &read, table);
    if let Some(present) = find_version(page, table, columns, &detached, entry, about)? {
        return Ok(present);
    }
    let order = Order::of(page, table, columns)?;
    check_shape(page, table, order, &detached)?;
    let warnings = order::check_newest(page, table, columns, order, entry, about)?;

    let cells = style::cells(page, table, columns, order, entry);
    let row = style::line(page, table, order, &cells);
    let splice = place(page, table, order, &row);
    let edit = apply(page, splice);
    let line = verify(page, &edit, table, order, &cells)?;
    let place = match order {
        Order::NewestFirst => "at the top of the table",
        Order::OldestFirst => "at the end of the table, whose order is oldest first",
    };
    Ok(Added { edit, detail: format!("row for {} {place} (line {line})", entry.version), warnings })
}

fn check_entry(entry: &Entry) -> Result<(), ChangelogError> {
    let breaks = |text: &str| text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
    if entry.message.trim().is_empty() {
        return Err(ChangelogError::Message("is empty"));
    }
    if breaks(entry.message.trim()) {
        return Err(ChangelogError::Message("has a line break or another control character in it"));
    }
    let url = &entry.repository_url;
    if url.is_empty() || breaks(url) || url.contains([' ', '|', '(', ')', '<', '>', '[', ']', '`', '\\']) {
        return Err(ChangelogError::Link(url.clone()));
    }
    match &entry.pull_request {
        Some(PullRequestNumber::Unknown(text)) if breaks(text) || text.contains(['|', '(', ')', '[', ']', '\\']) => {
            Err(ChangelogError::Link(text.clone()))
        }
        _ => Ok(()),
    }
}

/// Looks for a row of this version, also among lines that a blank line has cut off from the table.
fn find_version(
    page: &str,
    table: &Table,
    columns: Columns,
    detached: &[Range<usize>],
    entry: &Entry,
    about: &About<'_>,
) -> Result<Option<Added>, ChangelogError> {
    let version = entry.version.to_string();
    let mut other = None;
    for line in table.rows.iter().map(|row| &row.line).chain(detached) {
        let cells = split_cells(page, line.clone());
        let cell = |column: usize| cells.get(column).map_or("", |range| page[range.clone()].trim());
        if !cell::is_version(cell(columns.version), &version) {
            continue;
        }
        let number = line_number(page, line.start);
        let message = cell(columns.subject);
        if cell::plain(message) == cell::plain(&entry.message) {
            let edit = Edit { text: page.to_owned(), splices: Vec::new() };
            let warnings = other_pull_request(cell(columns.pull_request), number, entry).into_iter().collect();
            let detail = format!("the row for {version} is there already (line {number})");
            return Ok(Some(Added { edit, detail, warnings }));
        }
        other.get_or_insert((number, choose::shorten(message)));
    }
    match other {
        Some((line, message)) => {
            let shared = !about.shared_with.is_empty();
            Err(ChangelogError::VersionTaken { line, version: entry.version.clone(), message, shared })
        }
        None => Ok(None),
    }
}

/// Lines below the table that look like rows, but that a blank line keeps from being any.
fn detached_rows(page: &str, read: &Page, table: &Table) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let mut start = table.range.end;
    while start < page.len() {
        let line = page::line_around(page, start);
        start = after_line_ending(page, line.end).max(line.end + 1);
        let content = page[line.clone()].trim();
        let of_another_table = read.tables.iter().any(|other| other.holds(&line));
        if of_another_table || read.hidden_at(line.start).is_some() {
            break;
        }
        if content.starts_with('|') || split_cells(page, line.clone()).len() >= table.head.cells.len() {
            rows.push(line);
        } else if !content.is_empty() {
            break;
        }
    }
    rows
}

fn other_pull_request(cell: &str, line: usize, entry: &Entry) -> Option<String> {
    let Some(PullRequestNumber::Number(number)) = entry.pull_request else { return None };
    match cell::pull_request_number(cell) {
        Some(found) if found == number => None,
        Some(found) => {
            Some(format!("the row for {} (line {line}) names pull request {found}, not {number}", entry.version))
        }
        None => {
            Some(format!("the row for {} (line {line}) names no pull request; this one is {number}", entry.version))
        }
    }
}

/// Refuses tables whose rows beside the new one are not certainly rows.
fn check_shape(page: &str, table: &Table, order: Order, detached: &[Range<usize>]) -> Result<(), ChangelogError> {
    let header = line_number(page, table.head.line.start);
    let end_is_cut = table.rows.is_empty() || order == Order::OldestFirst;
    if end_is_cut && !detached.is_empty() {
        let last = table.rows.last().map_or_else(|| table.delimiter(page), |row| row.line.clone());
        return Err(ChangelogError::RowsDetached { header, line: line_number(page, last.start) + 1 });
    }
    let opened = |line: &Range<usize>| page[line.clone()].trim_start().starts_with('|');
    if let Some(row) = order.newest_on(&table.rows).next() {
        let pipe = opened(&row.line);
        if pipe != opened(&table.head.line) {
            return Err(ChangelogError::LeadingPipe { header, line: line_number(page, row.line.start), pipe });
        }
    }
    Ok(())
}

/// The one insertion: below the delimiter row, or below the last row.
fn place(page: &str, table: &Table, order: Order, row: &str) -> Splice {
    let above = match (order, table.rows.last()) {
        (Order::OldestFirst, Some(last)) => last.line.clone(),
        _ => table.delimiter(page),
    };
    let ending = line_ending(page, above.end);
    if ending.is_empty() {
        // The page ends here, without a line ending; it still does afterwards.
        let ending = line_ending(page, table.head.line.end);
        return Splice { range: above.end..above.end, text: format!("{ending}{row}") };
    }
    let at = above.end + ending.len();
    Splice { range: at..at, text: format!("{row}{ending}") }
}

fn apply(page: &str, splice: Splice) -> Edit {
    let text = [&page[..splice.range.start], &splice.text, &page[splice.range.end..]].concat();
    Edit { text, splices: vec![splice] }
}

/// Reads the table again: one row more, at its place, with these cells, and no other row changed. Gives its line.
fn verify(page: &str, edit: &Edit, table: &Table, order: Order, cells: &[String]) -> Result<usize, ChangelogError> {
    let [splice] = edit.splices.as_slice() else { unreachable!("a row is one splice") };
    let blank = splice.text.len() - splice.text.trim_start_matches(['\n', '\r']).len();
    let line = line_number(&edit.text, splice.range.start + blank);
    let fail = |reason: &str| Err(ChangelogError::NotVerified { line, reason: reason.to_owned() });

    // A table is a block of its own: from its first line on, nothing before it can change how it reads.
    let slice = &edit.text[table.head.line.start..table.range.end + splice.text.len()];
    let read = Page::read(slice);
    let [new] = read.tables.as_slice() else { return fail("it is not one table any more") };
    let at = if order == Order::NewestFirst { 0 } else { table.rows.len() };
    if new.rows.len() != table.rows.len() + 1 || new.range.end != slice.len() {
        return fail("it has not exactly one row more");
    }
    let row = &new.rows[at];
    let same = cells.iter().enumerate().all(|(column, expected)| row.cell(slice, column) == expected.trim());
    if !same || split_cells(slice, row.line.clone()).len() != cells.len() {
        return fail("the new row's cells are not what was written");
    }
    let untouched = |(old, new): (&page::Row, &page::Row)| page[old.line.clone()] == slice[new.line.clone()];
    let others = new.rows.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, row)| row);
    if !table.rows.iter().zip(others).all(untouched) {
        return fail("another row changed");
    }
    Ok(line)
}
