//! The look of a new row: that of the rows beside it.
//!
//! Nothing but the new row is ever formatted. A cell that is longer than its column overflows, as it does when a
//! person adds a row by hand.

use pulldown_cmark::Alignment;
use unicode_width::UnicodeWidthStr;

use super::Entry;
use super::cell::{self, DateForm, LinkForm};
use super::choose::Columns;
use super::order::Order;
use super::page::{Row, Table, ends_with_pipe, split_cells};

/// How many rows are asked. One can be the exception; the far end of a long table is another age.
const NEIGHBOURS: usize = 3;

/// The four texts of the new row, each at its column, in the dress that its neighbours wear.
pub(super) fn cells(text: &str, table: &Table, columns: Columns, order: Order, entry: &Entry) -> Vec<String> {
    let mut cells = vec![String::new(); table.head.cells.len()];
    let column = |column: usize| order.newest_on(&table.rows).map(move |row| row.cell(text, column));

    let dress = |column_cells: &mut dyn Iterator<Item = &'_ str>| {
        let dresses = column_cells.map(cell::undress).map(|d| (d.before.to_owned(), d.after.to_owned()));
        most_common(dresses.take(NEIGHBOURS)).unwrap_or_default()
    };
    let readable = |cell: &&str| cell::version(cell).is_some();
    let (before, after) = dress(&mut column(columns.version).filter(readable));
    cells[columns.version] = format!("{before}{}{after}", entry.version);

    let dated = |cell: &&str| DateForm::read(cell).is_some();
    let (before, after) = dress(&mut column(columns.date).filter(dated));
    let form = date_form(&mut column(columns.date).filter_map(DateForm::read).map(|(form, _)| form));
    cells[columns.date] = format!("{before}{}{after}", form.write(entry.date));

    let form = most_common(column(columns.pull_request).filter_map(LinkForm::read).take(NEIGHBOURS));
    cells[columns.pull_request] = match &entry.pull_request {
        None => String::new(),
        Some(number) => form.unwrap_or(LinkForm::Labelled("")).write(&number.to_string(), &entry.repository_url),
    };
    cells[columns.subject] = cell::escape(&entry.message);
    cells
}

/// The neighbours' form; where it can be read in two ways, the rest of the table decides.
fn date_form(forms: &mut dyn Iterator<Item = DateForm>) -> DateForm {
    let forms: Vec<DateForm> = forms.collect();
    let usual = most_common(forms.iter().copied().take(NEIGHBOURS)).unwrap_or(DateForm::YearFirst('-'));
    let DateForm::DayOrMonthFirst(separator) = usual else { return usual };
    let clear = |form: &&DateForm| **form == DateForm::DayFirst(separator) || **form == DateForm::MonthFirst(separator);
    let mut clear: Vec<DateForm> = forms.iter().filter(clear).copied().collect();
    clear.dedup();
    match clear[..] {
        [only] => only,
        _ => usual,
    }
}

/// The new row's line, without its line ending.
pub(super) fn line(text: &str, table: &Table, order: Order, cells: &[String]) -> String {
    let count = cells.len();
    let rows: Vec<Sample> =
        order.newest_on(&table.rows).map(|row| sample(text, row)).filter(|row| row.widths.len() == count).collect();
    let rows = &rows[..rows.len().min(NEIGHBOURS)];
    let head = sample(text, &table.head);
    let delimiter = sample(text, &Row { line: table.delimiter(text), cells: Vec::new() });
    let nearest = rows.first().unwrap_or(&head);
    let closed = most_common(rows.iter().map(|row| row.closed)).unwrap_or(head.closed);

    let mut line = nearest.indent.to_owned();
    for (at, content) in cells.iter().enumerate() {
        if at > 0 || head.opened {
            line.push('|');
        }
        let column = Column::measure(at, rows, &head, &delimiter, table.alignments.get(at).copied());
        if at + 1 < count || closed {
            column.fit(content, &mut line);
        } else {
            line.extend(std::iter::repeat_n(' ', column.left));
            line.push_str(content);
        }
    }
    if closed { line + "|" } else { line.trim_end().to_owned() }
}

/// What one line shows of the table's layout; widths count the columns on a screen between two pipes.
struct Sample<'t> {
    indent: &'t str,
    opened: bool,
    closed: bool,
    widths: Vec<Width>,
}

#[derive(Clone, Copy)]
struct Width {
    left: usize,
    right: usize,
    total: usize,
}

fn sample<'t>(text: &'t str, row: &Row) -> Sample<'t> {
    let line = &text[row.line.clone()];
    let indent = &line[..line.len() - line.trim_start().len()];
    let width = |cell: std::ops::Range<usize>| {
        let cell = &text[cell];
        let total = cell.width();
        let left = total - cell.trim_start().width();
        // An empty cell has all its spaces on the right.
        let left = if left == total { 0 } else { left };
        Width { left, right: total - left - cell.trim().width(), total }
    };
    let opened = line.trim_start().starts_with('|');
    let closed = ends_with_pipe(line);
    Sample { indent, opened, closed, widths: split_cells(text, row.line.clone()).into_iter().map(width).collect() }
}

/// How one column lays out its cells.
struct Column {
    left: usize,
    right: usize,
    /// The column's width, if its cells are padded to one.
    width: Option<usize>,
    alignment: Alignment,
}

impl Column {
    fn measure(at: usize, rows: &[Sample], head: &Sample, delimiter: &Sample, alignment: Option<Alignment>) -> Self {
        let last = at + 1 == head.widths.len();
        // The last cell of a line that is not closed ends where its text ends.
        let widths_of = |sample: &Sample| sample.widths.get(at).copied().filter(|_| sample.closed || !last);
        let rows: Vec<Width> = rows.iter().filter_map(widths_of).collect();
        let head = widths_of(head);
        let delimiter = widths_of(delimiter);

        let text_cells = || rows.iter().copied().chain(head);
        let filled = || rows.iter().copied().filter(|cell| cell.left + cell.right < cell.total).chain(head);
        let left = most_common(filled().map(|cell| cell.left)).unwrap_or(1);
        let right = filled().map(|cell| cell.right.min(1)).max().unwrap_or(1);
        let aligned = text_cells().any(|cell| cell.left > 1);
        Self {
            left: if aligned { left.min(1) } else { left },
            right,
            width: column_width(&rows, head, delimiter),
            alignment: alignment.filter(|_| aligned).unwrap_or(Alignment::None),
        }
    }

    /// Writes a cell with the spaces around it.
    fn fit(&self, content: &str, line: &mut String) {
        let length = content.width();
        // A backslash directly before the pipe would escape it.
        let right = if content.ends_with('\\') { 1 } else { self.right };
        let natural = if length == 0 { self.left.max(right) } else { self.left + length + right };
        let spare = self.width.unwrap_or(0).saturating_sub(natural);
        let before = match self.alignment {
            Alignment::Right => spare,
            Alignment::Center => spare / 2,
            Alignment::None | Alignment::Left => 0,
        };
        let left = if length == 0 { 0 } else { self.left + before };
        let total = natural + spare;
        line.extend(std::iter::repeat_n(' ', left));
        line.push_str(content);
        line.extend(std::iter::repeat_n(' ', total - left - length));
    }
}

/// The width that a column's cells are padded to: the one that header and delimiter row agree on, unless most of the
/// neighbours fall short of it without any padding; failing that, one that the neighbours themselves are padded to.
fn column_width(rows: &[Width], head: Option<Width>, delimiter: Option<Width>) -> Option<usize> {
    let spare = |cell: &Width| cell.left > 1 || cell.right > 1;
    let ruled = head.zip(delimiter).filter(|(head, rule)| head.total == rule.total).map(|(head, _)| head.total);
    let unpadded = |width: usize| rows.iter().filter(|cell| cell.total < width && !spare(cell)).count();
    if let Some(width) = ruled.filter(|width| unpadded(*width) * 2 <= rows.len()) {
        return Some(width);
    }
    let usual = most_common(rows.iter().map(|cell| cell.total))?;
    rows.iter().any(|cell| cell.total == usual && spare(cell)).then_some(usual)
}

/// The item that occurs most often; of several, the one that comes first.
fn most_common<T: PartialEq>(items: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: Vec<(T, usize)> = Vec::new();
    for item in items {
        match counts.iter_mut().find(|(known, _)| *known == item) {
            Some((_, count)) => *count += 1,
            None => counts.push((item, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(item, _)| item)
}
