//! A documentation page as the changelog sees it: its tables, their headings, and
//! what readers do not see.

use std::ops::Range;

use pulldown_cmark::{Alignment, Event, Options, Parser, Tag, TagEnd};

/// The tables of a page, in the page's byte offsets.
pub(super) struct Page {
    pub(super) tables: Vec<Table>,
    /// Code blocks and HTML blocks, with what they are called.
    hidden: Vec<(Range<usize>, &'static str)>,
}

/// One table.
pub(super) struct Table {
    pub(super) range: Range<usize>,
    pub(super) head: Row,
    pub(super) rows: Vec<Row>,
    pub(super) alignments: Vec<Alignment>,
    /// The nearest heading above it.
    pub(super) heading: Option<Range<usize>>,
    /// Whether it stands in a list item or a quotation, where lines have prefixes of their own.
    pub(super) nested: bool,
}

/// One row: its line and what stands between its pipes.
#[derive(Default)]
pub(super) struct Row {
    /// The whole line, with indentation, without its line ending.
    pub(super) line: Range<usize>,
    /// One for each column of the table: missing ones are empty, surplus ones are left out.
    pub(super) cells: Vec<Range<usize>>,
}

impl Page {
    pub(super) fn read(text: &str) -> Self {
        let mut page = Self { tables: Vec::new(), hidden: Vec::new() };
        let mut heading = None;
        let mut containers = 0_usize;
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(range),
                Event::Start(Tag::CodeBlock(_)) => page.hidden.push((range, "a code block")),
                Event::Start(Tag::HtmlBlock) => {
                    let comment = text[range.clone()].trim_start().starts_with("<!--");
                    page.hidden.push((range, if comment { "an HTML comment" } else { "an HTML block" }));
                }
                Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => containers += 1,
                Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => containers = containers.saturating_sub(1),
                Event::Start(Tag::Table(alignments)) => page.tables.push(Table {
                    range,
                    head: Row::default(),
                    rows: Vec::new(),
                    alignments,
                    heading: heading.clone(),
                    nested: containers > 0,
                }),
                Event::Start(tag @ (Tag::TableHead | Tag::TableRow | Tag::TableCell)) => {
                    if let Some(table) = page.tables.last_mut() {
                        table.grow(text, &tag, range);
                    }
                }
                _ => {}
            }
        }
        page
    }

    /// What keeps readers from seeing the text at an offset, if anything does.
    pub(super) fn hidden_at(&self, offset: usize) -> Option<&'static str> {
        self.hidden.iter().find(|(range, _)| range.contains(&offset)).map(|(_, name)| *name)
    }
}

impl Table {
    fn grow(&mut self, text: &str, tag: &Tag<'_>, range: Range<usize>) {
        let row = Row { line: line_around(text, range.start), cells: Vec::new() };
        match tag {
            Tag::TableHead => self.head = row,
            Tag::TableRow => self.rows.push(row),
            _ => self.rows.last_mut().unwrap_or(&mut self.head).cells.push(range),
        }
    }

    /// Whether a line is one of the table's; the table's own range begins after its indentation.
    pub(super) fn holds(&self, line: &Range<usize>) -> bool {
        (self.head.line.start..self.range.end).contains(&line.start)
    }

    /// The delimiter row's line.
    pub(super) fn delimiter(&self, text: &str) -> Range<usize> {
        line_around(text, after_line_ending(text, self.head.line.end))
    }
}

impl Row {
    /// The cell of a column without the spaces around it.
    pub(super) fn cell<'t>(&self, text: &'t str, column: usize) -> &'t str {
        self.cells.get(column).map_or("", |range| text[range.clone()].trim())
    }
}

/// The line that holds an offset, without its line ending.
pub(super) fn line_around(text: &str, offset: usize) -> Range<usize> {
    let ending = |c: char| c == '\n' || c == '\r';
    let start = text[..offset].rfind(ending).map_or(0, |at| at + 1);
    let end = text[offset..].find(ending).map_or(text.len(), |at| offset + at);
    start..end
}

/// The first offset of the next line, given the end of a line's text.
pub(super) fn after_line_ending(text: &str, line_end: usize) -> usize {
    line_end + line_ending(text, line_end).len()
}

/// `\n`, `\r\n`, `\r`, or nothing at the end of the text.
pub(super) fn line_ending(text: &str, line_end: usize) -> &str {
    let rest = &text[line_end..];
    ["\r\n", "\n", "\r"].into_iter().find(|ending| rest.starts_with(ending)).map_or("", |ending| &rest[..ending.len()])
}

/// The number of the line that holds an offset, from 1.
pub(super) fn line_number(text: &str, offset: usize) -> usize {
    let before = &text[..offset];
    let lone_returns = before.matches('\r').count() - before.matches("\r\n").count();
    before.matches('\n').count() + lone_returns + 1
}

/// The cells of a line that need not be part of a table: what stands between its unescaped pipes.
pub(super) fn split_cells(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let trimmed = text[line.clone()].trim();
    let start = line.start + (text[line.clone()].len() - text[line].trim_start().len());
    let inner = trimmed.strip_prefix('|');
    let start = start + usize::from(inner.is_some());
    let inner = inner.unwrap_or(trimmed);
    let inner = if ends_with_pipe(inner) { &inner[..inner.len() - 1] } else { inner };
    let mut cells = Vec::new();
    let mut from = 0;
    for (at, _) in inner.match_indices('|').filter(|(at, _)| !inner[..*at].ends_with('\\')) {
        cells.push(start + from..start + at);
        from = at + 1;
    }
    cells.push(start + from..start + inner.len());
    cells
}

/// Whether a line ends with a pipe that closes its last cell.
pub(super) fn ends_with_pipe(line: &str) -> bool {
    line.trim_end().strip_suffix('|').is_some_and(|before| !before.ends_with('\\'))
}
