//! Entries between brackets, separated by commas: JSON, and YAML's flow collections. Where an entry goes in,
//! and what goes away with one.

use std::ops::Range;

use super::Splice;

/// A collection between brackets.
pub(super) struct Brackets<'a> {
    pub(super) text: &'a str,
    pub(super) newline: &'a str,
    /// The offset of the opening bracket.
    pub(super) open: usize,
    /// The offset of the closing bracket.
    pub(super) close: usize,
    /// The bytes of the entries, from key to value.
    pub(super) entries: Vec<Range<usize>>,
}

impl Brackets<'_> {
    /// Inserts an entry so that it has this index. There has to be an entry already.
    pub(super) fn insert(&self, index: usize, entry: &str) -> Vec<Splice> {
        match self.entries.get(index) {
            Some(next) => vec![Splice::insert(next.start, format!("{entry},{}", self.separator(index)))],
            None => self.append(entry),
        }
    }

    /// What stands between a comma and an entry: a line break and indentation, or the spaces between the first
    /// two entries.
    fn separator(&self, index: usize) -> String {
        let entry = &self.entries[index];
        if !self.begins_line(index) {
            let tight = self.entries.len() > 1 && self.text[..self.entries[1].start].ends_with(',');
            return if tight { String::new() } else { " ".to_owned() };
        }
        let line = self.text[..entry.start].rfind('\n').map_or(0, |newline| newline + 1);
        format!("{}{}", self.newline, &self.text[line..entry.start])
    }

    /// Whether only spaces stand before an entry on its line.
    pub(super) fn begins_line(&self, index: usize) -> bool {
        let before = &self.text[..self.entries[index].start];
        before.trim_end_matches([' ', '\t']).ends_with('\n')
    }

    fn append(&self, entry: &str) -> Vec<Splice> {
        let index = self.entries.len() - 1;
        let end = self.entries[index].end;
        let comma = self.comma_after(index);
        let separator = self.separator(index);
        if !self.begins_line(index) {
            return vec![match comma {
                Some(comma) => Splice::insert(comma + 1, format!("{separator}{entry},")),
                None => Splice::insert(end, format!(",{separator}{entry}")),
            }];
        }
        let after = comma.map_or(end, |comma| comma + 1);
        let line_end = self.line_end(after).filter(|line_end| *line_end < self.close).unwrap_or(after);
        match comma {
            Some(_) => vec![Splice::insert(line_end, format!("{separator}{entry},"))],
            None if line_end == end => vec![Splice::insert(end, format!(",{separator}{entry}"))],
            None => vec![Splice::insert(end, ","), Splice::insert(line_end, format!("{separator}{entry}"))],
        }
    }

    /// Removes an entry with its comma and, where it stands on lines of its own, these lines.
    pub(super) fn remove(&self, index: usize) -> Vec<Splice> {
        let entry = &self.entries[index];
        if self.entries.len() == 1 {
            return vec![Splice::delete(self.open + 1..self.close)];
        }
        if let Some(next) = self.entries.get(index + 1) {
            let lines = self.begins_line(index) && self.begins_line(index + 1);
            let comma = self.comma_after(index).unwrap_or(entry.end);
            return vec![Splice::delete(match self.line_end(comma).filter(|_| lines) {
                Some(line_end) => self.line_break_before(entry.start)..line_end,
                None => entry.start..next.start,
            })];
        }
        self.remove_last(index)
    }

    fn remove_last(&self, index: usize) -> Vec<Splice> {
        let (before, entry) = (&self.entries[index - 1], &self.entries[index]);
        let own_comma = self.comma_after(index);
        let end = own_comma.map_or(entry.end, |comma| comma + 1);
        let line_end = self.line_end(end).filter(|line_end| *line_end < self.close && self.begins_line(index));
        let Some(line_end) = line_end else {
            return vec![Splice::delete(before.end..entry.end)];
        };
        let mut splices = vec![Splice::delete(self.line_break_before(entry.start)..line_end)];
        if let (None, Some(comma)) = (own_comma, self.comma_after(index - 1)) {
            splices.push(Splice::delete(comma..comma + 1));
        }
        splices
    }

    /// The comma behind an entry, looking over spaces, line breaks and comments.
    fn comma_after(&self, index: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut offset = self.entries[index].end;
        while offset < self.close {
            match bytes[offset] {
                b',' => return Some(offset),
                b' ' | b'\t' | b'\r' | b'\n' => offset += 1,
                b'#' => offset = self.line_end(offset)?,
                _ => return None,
            }
        }
        None
    }

    /// Where the line ends, before its line break; `None` on the text's last line.
    fn line_end(&self, offset: usize) -> Option<usize> {
        let newline = offset + self.text[offset..].find('\n')?;
        Some(if newline > offset && self.text.as_bytes()[newline - 1] == b'\r' { newline - 1 } else { newline })
    }

    fn line_break_before(&self, offset: usize) -> usize {
        let newline = self.text[..offset].rfind('\n').unwrap_or(0);
        if self.text[..newline].ends_with('\r') { newline - 1 } else { newline }
    }
}

/// Where a key belongs among others: where the alphabet wants it if there are several and they are in order, with
/// or without regard to case; else at the end.
pub(super) fn alphabetical_index(keys: &[&str], key: &str) -> usize {
    if keys.len() < 2 {
        return keys.len();
    }
    if keys.is_sorted() {
        return keys.partition_point(|other| *other < key);
    }
    let lower: Vec<String> = keys.iter().map(|key| key.to_lowercase()).collect();
    if lower.is_sorted() {
        let key = key.to_lowercase();
        return lower.partition_point(|other| *other < key);
    }
    keys.len()
}
