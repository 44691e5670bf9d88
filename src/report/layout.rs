//! Fitting text into columns: widths as a terminal counts them, wrapping, cutting, aligning.

use std::borrow::Cow;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns below which nothing is laid out any more: the text runs over instead.
const NARROWEST: usize = 20;

/// The columns that a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Text from files, logs and names without what would move the cursor or change colours.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    let harmful =
        |c: char| (c.is_control() && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.contains(harmful) {
        Cow::Owned(text.chars().map(|c| if harmful(c) { '\u{fffd}' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The text in one line, cut to so many columns with `…` at its end if it is longer.
pub(super) fn cut(text: &str, width: usize) -> String {
    let line = one_line(text);
    if columns(&line) <= width {
        return line;
    }
    let mut cut = String::new();
    let mut used = 1;
    for character in line.chars() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        cut.push(character);
    }
    cut.truncate(cut.trim_end().len());
    if width > 0 {
        cut.push('…');
    }
    cut
}

/// The end of the text with `…` before it if it has more than so many columns: of a path the end says most.
pub(super) fn cut_start(text: &str, width: usize) -> String {
    let line = one_line(text);
    let mut start = line.len();
    let mut used = 1;
    for (at, character) in line.char_indices().rev() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        start = at;
    }
    if columns(&line) <= width { line } else { format!("…{}", &line[start..]) }
}

/// The text with line breaks and tabs as single spaces.
pub(super) fn one_line(text: &str) -> String {
    let line: Vec<&str> = text.split(['\n', '\r', '\t']).map(str::trim).filter(|part| !part.is_empty()).collect();
    harmless(&line.join(" ")).into_owned()
}

/// The text filled up with spaces to so many columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// The number with spaces before it, right-aligned in so many columns.
pub(super) fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Words in lines of at most `width` columns: the first begins with `first`, the others with as many spaces.
pub(super) fn filled(first: &str, text: &str, width: usize) -> String {
    // Where the first words are too long, what follows goes below them.
    let indent = if columns(first) * 2 > width { 4 } else { columns(first) };
    let words = text.split_whitespace().map(|word| harmless(word).into_owned());
    flow(first, indent, words, " ", width)
}

/// Names with commas between them, in lines of at most `width` columns, indented by so many.
pub(super) fn names<T: AsRef<str>>(names: &[T], indent: usize, width: usize) -> String {
    let last = names.len().saturating_sub(1);
    let pieces = names.iter().enumerate().map(|(at, name)| {
        let name = harmless(name.as_ref());
        if at == last { name.into_owned() } else { format!("{name},") }
    });
    flow(&" ".repeat(indent), indent, pieces, " ", width)
}

fn flow(first: &str, indent: usize, pieces: impl Iterator<Item = String>, between: &str, width: usize) -> String {
    let width = width.max(indent + NARROWEST);
    let mut text = String::from(first);
    let mut used = columns(first);
    let mut fresh = true;
    for piece in pieces {
        let wide = columns(&piece);
        if !fresh && used + between.len() + wide > width {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            used = indent;
            fresh = true;
        }
        if !fresh {
            text.push_str(between);
            used += between.len();
        }
        text.push_str(&piece);
        used += wide;
        fresh = false;
    }
    text.push('\n');
    text
}

/// A line of a file in rows of at most `width` columns less `indent`, cut anywhere; later rows are set in by two.
pub(super) fn folded(line: &str, indent: usize, width: usize) -> Vec<String> {
    let room = width.saturating_sub(indent).max(NARROWEST);
    let mut rows = vec![String::new()];
    let mut used = 0;
    for character in harmless(&line.replace('\t', "    ")).chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide > room {
            rows.push("  ".to_owned());
            used = 2;
        }
        if let Some(row) = rows.last_mut() {
            row.push(character);
        }
        used += wide;
    }
    rows
}

/// Rows of cells as a table without lines. The last column is cut where the line would be too long.
pub(super) fn table(rows: &[Vec<String>], width: usize) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let wide =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| columns(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(wide).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            if column + 1 == count {
                let left = width.saturating_sub(columns(&line)).max(NARROWEST);
                line.push_str(&cut(cell, left));
            } else {
                line.push_str(&padded(cell, widths[column] + 2));
            }
        }
        line.truncate(line.trim_end().len());
        line
    };
    rows.iter().map(line).collect()
}

/// `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{}.{} s", seconds, duration.subsec_millis() / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A number with its thousands set apart: `1,500`.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time that was given, without what it does not say: `20 min`, `4 h`, `1 h 30 min`.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number} {unit}")).collect();
    if parts.is_empty() { "no time".to_owned() } else { parts.join(" ") }
}

/// A time that is not known exactly: `6 s`, `3 min`, `2 h 10 min`.
pub(super) fn about(duration: Duration) -> String {
    let seconds = duration.as_secs() + 1;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 600 % 6 * 10),
    }
}

/// How long ago something was: `just now`, `5 minutes ago`, `3 days ago`.
pub(super) fn ago(seconds: i64) -> String {
    let of =
        |number: i64, noun: &str| format!("{} ago", crate::base::count(usize::try_from(number).unwrap_or(0), noun));
    match seconds {
        ..60 => "just now".to_owned(),
        60..3600 => of(seconds / 60, "minute"),
        3600..172_800 => of(seconds / 3600, "hour"),
        _ => of(seconds / 86_400, "day"),
    }
}
