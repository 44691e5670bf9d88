//! Where the new row goes: which end of the table is the new one, and what stands there.

use std::cmp::Ordering;

use jiff::civil::Date;
use semver::Version;

use super::cell::{self, DateForm};
use super::choose::{Columns, shorten};
use super::error::ChangelogError;
use super::page::{Row, Table, line_number};
use super::{About, Entry};

/// Which end of a table is the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    NewestFirst,
    OldestFirst,
}

impl Order {
    /// Asks all neighbouring pairs of rows: by their versions, then by their dates, then by the table's two ends.
    ///
    /// A table in which fewer than two rows have a version counts as newest first.
    pub(super) fn of(text: &str, table: &Table, columns: Columns) -> Result<Self, ChangelogError> {
        let cells = |column: usize| table.rows.iter().map(move |row| row.cell(text, column));
        let versions: Vec<Version> = cells(columns.version).filter_map(cell::version).collect();
        let dates: Vec<Date> =
            cells(columns.date).filter_map(|cell| DateForm::read(cell).and_then(|(_, date)| date)).collect();
        let verdict =
            falls(&versions).then_with(|| falls(&dates)).then_with(|| ends(&versions)).then_with(|| ends(&dates));
        match verdict {
            Ordering::Greater => Ok(Self::NewestFirst),
            Ordering::Less => Ok(Self::OldestFirst),
            Ordering::Equal if versions.len() < 2 => Ok(Self::NewestFirst),
            Ordering::Equal => Err(ChangelogError::OrderUnclear { line: line_number(text, table.range.start) }),
        }
    }

    /// The rows beginning with the one beside the new row.
    pub(super) fn newest_on<'t>(self, rows: &'t [Row]) -> Box<dyn Iterator<Item = &'t Row> + 't> {
        match self {
            Self::NewestFirst => Box::new(rows.iter()),
            Self::OldestFirst => Box::new(rows.iter().rev()),
        }
    }
}

/// `Greater` where more neighbours fall than rise.
fn falls<T: Ord>(items: &[T]) -> Ordering {
    let count = |wanted: Ordering| items.windows(2).filter(|pair| pair[0].cmp(&pair[1]) == wanted).count();
    count(Ordering::Greater).cmp(&count(Ordering::Less))
}

fn ends<T: Ord>(items: &[T]) -> Ordering {
    match items {
        [first, .., last] => first.cmp(last),
        _ => Ordering::Equal,
    }
}

/// Checks that the new row may stand beside the newest one; gives warnings.
pub(super) fn check_newest(
    text: &str,
    table: &Table,
    columns: Columns,
    order: Order,
    entry: &Entry,
    about: &About<'_>,
) -> Result<Vec<String>, ChangelogError> {
    let mut warnings = Vec::new();
    let Some(newest) = order.newest_on(&table.rows).next() else { return Ok(warnings) };
    let line = line_number(text, newest.line.start);
    let version_cell = newest.cell(text, columns.version);
    let found = cell::version(version_cell)
        .ok_or_else(|| ChangelogError::NewestUnreadable { line, text: shorten(version_cell) })?;
    let higher = found.cmp_precedence(&entry.version).is_gt();
    if higher && about.shared_with.is_empty() {
        return Err(ChangelogError::NewestIsHigher { line, found, version: entry.version.clone() });
    }
    if higher {
        warnings.push(format!(
            "the newest row (line {line}) is for {found}, above {}: the page is shared with {}, so the table holds \
             more than one line of versions",
            entry.version,
            crate::base::sentence_list(about.shared_with)
        ));
    } else if about.shared_with.is_empty() {
        warnings.extend(about.current_version.and_then(|current| lag(&found, current, line)));
        warnings.extend(higher_elsewhere(text, table, columns, &entry.version));
    }
    Ok(warnings)
}

/// The page and the metadata disagree about the version before the bump.
fn lag(newest: &Version, current: &Version, line: usize) -> Option<String> {
    match newest.cmp_precedence(current) {
        Ordering::Less => Some(format!(
            "the newest row (line {line}) is for {newest} while the connector is at {current}: a row is missing"
        )),
        Ordering::Greater => Some(format!(
            "the newest row (line {line}) is for {newest} while the connector is at {current}: the page is ahead"
        )),
        Ordering::Equal => None,
    }
}

fn higher_elsewhere(text: &str, table: &Table, columns: Columns, version: &Version) -> Option<String> {
    table.rows.iter().find_map(|row| {
        let found = cell::version(row.cell(text, columns.version))?;
        let line = line_number(text, row.line.start);
        found.cmp_precedence(version).is_gt().then(|| format!("the row at line {line} is for {found}, above {version}"))
    })
}
