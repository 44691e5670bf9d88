//! Values as YAML text.

use granit_parser::ScalarStyle;
use serde_json::{Map, Value};

use super::scalar;

/// How nested collections are indented.
#[derive(Debug, Clone, Copy)]
pub(super) struct Indent {
    pub(super) step: usize,
    pub(super) dash_step: usize,
    /// Whether texts of several lines may become literal scalars, which need a line break at their end.
    pub(super) literals: bool,
}

/// A value in block style: what stands on the line of its key or dash, and the lines below it, which are
/// relative to a column that [`Block::kind`] decides.
pub(super) struct Block {
    pub(super) inline: String,
    pub(super) lines: Vec<String>,
    pub(super) kind: BlockKind,
}

/// What the lines of a [`Block`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// There are none.
    Inline,
    /// Keys.
    Mapping,
    /// Items with dashes.
    Sequence,
    /// The content of a literal scalar; what is inline is its header.
    Literal,
}

impl Indent {
    /// A value in block style. A text of several lines becomes a literal scalar where it can.
    pub(super) fn block(self, value: &Value) -> Block {
        let nested = |lines, kind| Block { inline: String::new(), lines, kind };
        match value {
            Value::Object(map) if !map.is_empty() => nested(self.entries(map), BlockKind::Mapping),
            Value::Array(items) if !items.is_empty() => {
                nested(items.iter().flat_map(|item| self.item(item)).collect(), BlockKind::Sequence)
            }
            Value::String(text) if self.literals && can_be_literal(text) => Block {
                inline: if text.ends_with('\n') { "|" } else { "|-" }.to_owned(),
                lines: text.strip_suffix('\n').unwrap_or(text).split('\n').map(str::to_owned).collect(),
                kind: BlockKind::Literal,
            },
            _ => Block { inline: flow(value), lines: Vec::new(), kind: BlockKind::Inline },
        }
    }

    /// How far the lines of a block are indented below the column of their key.
    pub(super) fn below_key(self, kind: BlockKind) -> usize {
        if kind == BlockKind::Sequence { self.dash_step } else { self.step }
    }

    /// `key: value` with the lines below it, relative to the key's column.
    pub(super) fn entry(self, key: &str, value: &Value) -> Vec<String> {
        let block = self.block(value);
        let space = if block.inline.is_empty() { "" } else { " " };
        let mut lines = vec![format!("{}:{space}{}", key_text(key), block.inline)];
        lines.extend(indented(&block.lines, self.below_key(block.kind)));
        lines
    }

    /// `- value` with the lines below it, relative to the dash's column.
    pub(super) fn item(self, value: &Value) -> Vec<String> {
        let block = self.block(value);
        let mut lines = indented(&block.lines, 2);
        if block.inline.is_empty() {
            let first = lines.remove(0);
            lines.insert(0, format!("-{}", &first[1..]));
        } else {
            lines.insert(0, format!("- {}", block.inline));
        }
        lines
    }

    fn entries(self, map: &Map<String, Value>) -> Vec<String> {
        map.iter().flat_map(|(key, value)| self.entry(key, value)).collect()
    }
}

/// Lines moved to the right; empty ones stay empty.
pub(super) fn indented(lines: &[String], columns: usize) -> Vec<String> {
    let indent = " ".repeat(columns);
    lines.iter().map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") }).collect()
}

/// A value on one line, in flow style where it is a collection.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => string(text, ScalarStyle::Plain),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| flow_entry(key, value)).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Number(number) => number_text(number),
        Value::Null | Value::Bool(_) => value.to_string(),
    }
}

/// `key: value` inside braces.
pub(super) fn flow_entry(key: &str, value: &Value) -> String {
    format!("{}: {}", key_text(key), flow(value))
}

/// A value in place of a scalar of this style.
pub(super) fn scalar_like(value: &Value, style: ScalarStyle) -> String {
    match value {
        Value::String(text) => string(text, style),
        _ => flow(value),
    }
}

/// JSON writes large and small floats as `1e20`, which YAML 1.1 takes for text.
fn number_text(number: &serde_json::Number) -> String {
    let text = number.to_string();
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

fn key_text(key: &str) -> String {
    if matches!(key, "y" | "n" | "Y" | "N") { key.to_owned() } else { string(key, ScalarStyle::Plain) }
}

/// A text in the wanted style if it can live in it, else between double quotes.
pub(super) fn string(text: &str, style: ScalarStyle) -> String {
    match style {
        ScalarStyle::SingleQuoted if text.chars().all(is_printable) => format!("'{}'", text.replace('\'', "''")),
        ScalarStyle::Plain if can_be_plain(text) => text.to_owned(),
        _ => double_quoted(text),
    }
}

/// Whether a text needs no quotes anywhere, inside braces neither.
pub(super) fn can_be_plain(text: &str) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return false };
    let second = characters.next();
    let opens = match first {
        '-' | '?' | ':' => second.is_some_and(|second| second != ' ') && !text.starts_with("---"),
        '.' => !text.starts_with("..."),
        _ => !",[]{}#&*!|>'\"%@` ".contains(first),
    };
    opens
        && !text.ends_with([' ', ':'])
        && !text.contains([',', '[', ']', '{', '}'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(is_printable)
        && !matches!(text, "y" | "n" | "Y" | "N")
        && scalar::is_text_everywhere(text)
}

/// Whether a text can be the content of a literal block scalar that says `|` or `|-`.
fn can_be_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.split('\n').all(|line| line.chars().all(is_printable) && !line.ends_with(' '))
}

/// Printable on one line: no control characters, line breaks of any kind, byte order marks, private or
/// unassigned ends of planes.
fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            _ if is_printable(character) => quoted.push(character),
            _ => quoted.push_str(&escape(character)),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(character: char) -> String {
    match u32::from(character) {
        code @ 0..=0xff => format!("\\x{code:02X}"),
        code => format!("\\u{code:04X}"),
    }
}
