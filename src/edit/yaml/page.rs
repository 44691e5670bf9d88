//! Where things stand on the page: lines, columns, colons, dashes, comments; and the document's habits of
//! indentation. Nothing here changes anything.

use std::ops::Range;

use granit_parser::ScalarStyle;

use super::super::splice::newline_of;
use super::render::Indent;
use super::tree::{Document, Entry, Kind, Node};

/// A document's text with its habits.
pub(super) struct Page<'d> {
    pub(super) text: &'d str,
    /// `\n` or `\r\n`, whichever the first line ends with.
    pub(super) newline: &'static str,
    /// How nested collections are indented.
    pub(super) indent: Indent,
}

impl<'d> Page<'d> {
    pub(super) fn of(document: &Document<'d>) -> Self {
        let text = document.text;
        let indent = Indent { step: 2, dash_step: 2, literals: text.is_empty() || text.ends_with('\n') };
        let mut page = Self { text, newline: newline_of(text), indent };
        let mut habits = Habits::default();
        if let Some(root) = &document.root {
            habits.look(&page, root, None);
        }
        page.indent.step = habits.step.unwrap_or(2);
        page.indent.dash_step = habits.dash_step.unwrap_or(page.indent.step);
        page
    }

    /// The first byte after a byte order mark.
    pub(super) fn text_start(&self) -> usize {
        if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
    }

    /// The first byte of the line, after a byte order mark.
    pub(super) fn line_start(&self, offset: usize) -> usize {
        match self.text[..offset].rfind('\n') {
            Some(newline) => newline + 1,
            None => self.text_start().min(offset),
        }
    }

    /// Where the line's content ends, before its line break.
    pub(super) fn line_end(&self, offset: usize) -> usize {
        match self.text[offset..].find('\n') {
            None => self.text.len(),
            Some(length) => {
                let newline = offset + length;
                if newline > offset && self.text.as_bytes()[newline - 1] == b'\r' { newline - 1 } else { newline }
            }
        }
    }

    /// Where the line of a content's end ends, with the comment behind it. The end of a block scalar can be the
    /// start of a line already; that line is not the content's.
    pub(super) fn last_line_end(&self, content_end: usize) -> usize {
        if self.text[..content_end].ends_with('\n') { content_end } else { self.line_end(content_end) }
    }

    /// Like [`Page::last_line_end`], but always before a line break, for what is to go away.
    pub(super) fn last_own_line_end(&self, content_end: usize) -> usize {
        let end = self.last_line_end(content_end);
        if self.text[..end].ends_with('\n') { self.line_break_before(end) } else { end }
    }

    /// The first byte of the line after this one, or the end of the text.
    pub(super) fn next_line(&self, offset: usize) -> usize {
        self.text[offset..].find('\n').map_or(self.text.len(), |length| offset + length + 1)
    }

    /// The column, from 0, in characters.
    pub(super) fn column(&self, offset: usize) -> usize {
        self.text[self.line_start(offset)..offset].chars().count()
    }

    /// Whether only spaces stand before this offset on its line.
    pub(super) fn begins_line(&self, offset: usize) -> bool {
        self.text[self.line_start(offset)..offset].bytes().all(|byte| byte == b' ')
    }

    /// Whether two offsets stand on one line.
    pub(super) fn same_line(&self, first: usize, second: usize) -> bool {
        !self.text[first.min(second)..first.max(second)].contains('\n')
    }

    /// Past spaces, tabs, line breaks and comments.
    pub(super) fn skip_blank(&self, mut offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(offset) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => offset += 1,
                b'#' => offset = self.line_end(offset),
                _ => break,
            }
        }
        offset
    }

    /// Just after the colon of a key; `None` where there is none, or where the key is written with `?`.
    pub(super) fn after_colon(&self, key: &Node<'_>, in_flow: bool) -> Option<usize> {
        let rest = &self.text[key.span.end..];
        let colon = if in_flow {
            self.skip_blank(key.span.end)
        } else {
            key.span.end + (rest.len() - rest.trim_start_matches([' ', '\t']).len())
        };
        (self.text.as_bytes().get(colon) == Some(&b':')).then_some(colon + 1)
    }

    /// The dash of an item of a block sequence: the first one after what comes before the item.
    pub(super) fn dash(&self, items: &[Node<'_>], index: usize) -> Option<usize> {
        let from = match index.checked_sub(1) {
            Some(before) => self.content_end(&items[before]),
            None => return self.dash_before(items.first()?),
        };
        let dash = self.skip_blank(from);
        (self.text.as_bytes().get(dash) == Some(&b'-')).then_some(dash)
    }

    /// The dash nearest before a first item, looking back over spaces, comment lines, anchor and tag.
    fn dash_before(&self, item: &Node<'_>) -> Option<usize> {
        let mut end = item.span.start;
        loop {
            let start = self.line_start(end);
            let line = &self.text[start..end];
            let line = if end == item.span.start { line } else { line.split(" #").next().unwrap_or(line) };
            let is_comment = line.trim_start().starts_with('#');
            let found = line.rmatch_indices('-').map(|(at, _)| at).find(|at| {
                let before = &line[..*at];
                let after = &line[at + 1..];
                let opens = before.is_empty() || before.ends_with([' ', '\t', '\u{feff}']);
                opens && (after.is_empty() || after.starts_with([' ', '\t', '\r']))
            });
            match found.filter(|_| !is_comment) {
                Some(at) => return Some(start + at),
                None => end = start.checked_sub(1)?,
            }
        }
    }

    /// Where a node's content ends: after its last letter, before a comment behind it.
    pub(super) fn content_end(&self, node: &Node<'_>) -> usize {
        match &node.kind {
            Kind::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. } => self.block_scalar_end(&node.span),
            Kind::Sequence { flow: false, items } => items.last().map_or(node.span.end, |last| self.content_end(last)),
            Kind::Mapping { flow: false, entries } => entries.last().map_or(node.span.end, |last| self.entry_end(last)),
            _ => node.span.end,
        }
    }

    /// Where a block collection begins: at its first key or dash.
    pub(super) fn first_of(&self, node: &Node<'_>) -> usize {
        match &node.kind {
            Kind::Sequence { flow: false, items } => self.dash(items, 0).unwrap_or(node.span.start),
            Kind::Mapping { flow: false, entries } => {
                entries.first().map_or(node.span.start, |entry| entry.key.span.start)
            }
            _ => node.span.start,
        }
    }

    /// Where the line break before a line begins.
    pub(super) fn line_break_before(&self, line_start: usize) -> usize {
        line_start.checked_sub(1).map_or(0, |newline| self.line_end(self.line_start(newline)))
    }

    /// Where an entry of a mapping ends.
    pub(super) fn entry_end(&self, entry: &Entry<'_>) -> usize {
        match &entry.value.kind {
            Kind::Scalar { written: false, .. } => {
                self.after_colon(&entry.key, false).unwrap_or_else(|| self.content_end(&entry.key))
            }
            _ => self.content_end(&entry.value),
        }
    }

    /// The blank lines after a block scalar belong to it only when its header says so with `+`.
    fn block_scalar_end(&self, span: &Range<usize>) -> usize {
        let keeps = self.block_header(span).is_some_and(|header| self.text[header].contains('+'));
        let content = &self.text[span.clone()];
        // The span may reach into the indentation of the line behind.
        let trimmed = if keeps { content.trim_end_matches(' ') } else { content.trim_end_matches(['\n', '\r', ' ']) };
        span.start + trimmed.len()
    }

    /// Whether a node ends with a block scalar to whose value a line break behind it belongs.
    pub(super) fn ends_with_line_break(&self, node: &Node<'_>) -> bool {
        let last = node.last();
        let strips = || self.block_header(&last.span).is_some_and(|header| self.text[header].contains('-'));
        last.is_block_scalar() && !strips()
    }

    /// Whether the text's end cuts off such a scalar, so that a line break behind it would change its value.
    pub(super) fn is_cut_off(&self, node: &Node<'_>) -> bool {
        let text = self.text.trim_end_matches(' ');
        text.len() <= node.last().span.end && !text.ends_with('\n') && self.ends_with_line_break(node)
    }

    /// The `|2-` of a block scalar.
    pub(super) fn block_header(&self, span: &Range<usize>) -> Option<Range<usize>> {
        if !self.begins_line(span.start) {
            // Without any content, at the end of the text, the span begins at the header.
            let header = find_block_header(&self.text[span.start..self.line_end(span.start)])?;
            return Some(span.start + header.start..span.start + header.end);
        }
        let mut line = self.line_start(span.start);
        while line > 0 {
            let end = self.line_end(self.line_start(line - 1));
            line = self.line_start(line - 1);
            if let Some(header) = find_block_header(&self.text[line..end]) {
                return Some(line + header.start..line + header.end);
            }
        }
        None
    }

    /// From the end of a line, over the comment lines that follow it without a blank line and are indented by
    /// at least `indent`.
    pub(super) fn past_comments(&self, mut line_end: usize, indent: usize) -> usize {
        if self.text[..line_end].ends_with('\n') {
            return line_end;
        }
        loop {
            let next = self.next_line(line_end);
            let line = &self.text[next..self.line_end(next)];
            let comment = line.trim_start_matches(' ');
            if next == self.text.len() || !comment.starts_with('#') || line.len() - comment.len() < indent {
                return line_end;
            }
            line_end = self.line_end(next);
        }
    }
}

/// The last `|` or `>` of a line that only indicators and a comment follow.
fn find_block_header(line: &str) -> Option<Range<usize>> {
    let mut candidates = line.match_indices(['|', '>']);
    candidates.find_map(|(at, _)| {
        let opens = line[..at].is_empty() || line[..at].ends_with([' ', '\t']);
        let rest = &line[at + 1..];
        let indicators = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || "+-".contains(c)).len();
        let behind = &rest[indicators..];
        let ends = behind.trim().is_empty() || behind.starts_with([' ', '\t']) && behind.trim_start().starts_with('#');
        (opens && ends).then_some(at..at + 1 + indicators)
    })
}

/// The first nested mapping and the first sequence below a key show how the document is indented.
#[derive(Default)]
struct Habits {
    step: Option<usize>,
    dash_step: Option<usize>,
}

impl Habits {
    fn look(&mut self, page: &Page<'_>, node: &Node<'_>, parent: Option<usize>) {
        if self.step.is_some() && self.dash_step.is_some() {
            return;
        }
        match &node.kind {
            Kind::Mapping { flow: false, entries } => {
                let column = entries.first().map(|entry| page.column(entry.key.span.start));
                if let (None, Some(parent), Some(column)) = (self.step, parent, column) {
                    self.step = column.checked_sub(parent).filter(|step| *step > 0);
                }
                for entry in entries {
                    self.look(page, &entry.value, column);
                }
            }
            Kind::Sequence { flow: false, items } => {
                if let (None, Some(parent), Some(dash)) = (self.dash_step, parent, page.dash(items, 0)) {
                    self.dash_step = page.column(dash).checked_sub(parent);
                }
                for item in items {
                    self.look(page, item, None);
                }
            }
            _ => {}
        }
    }
}
