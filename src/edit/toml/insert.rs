//! Inserting what a path does not find: a key into a table, an item into an array, a table with its header.

use serde_json::Value;
use toml_edit::{Array, InlineTable, Table};

use super::super::brackets::Brackets;
use super::super::verify::nest;
use super::super::{EditError, Segment, Splice, ValuePath};
use super::{Document, Node, holds, render};

/// The splices for a path of which `way` is what exists, from the root down.
pub(super) fn splices(
    document: &Document<'_>,
    path: &ValuePath,
    way: &[Node<'_>],
    value: &Value,
) -> Result<Vec<Splice>, EditError> {
    let depth = way.len() - 1;
    let node = way[depth];
    match (&path.segments()[depth], node) {
        (Segment::Key(_), Node::Table(table)) => into_table(document, path, way, table, value),
        (Segment::Key(key), Node::Value(toml_edit::Value::InlineTable(table))) if !table.is_dotted() => {
            let entry = render::entry(key, &made(path, depth + 1, value)?)?;
            Ok(into_inline_table(document, table, &entry))
        }
        (Segment::Append, _) => append(document, path, depth, node, value),
        (Segment::Index(_), _) if node.items().is_some() => Err(EditError::OutOfRange {
            path: path.prefix(depth + 1),
            length: node.items().map_or(0, |items| items.len()),
        }),
        (segment, _) => Err(EditError::WrongKind {
            path: path.prefix(depth),
            line: document.line_of(node.span().start),
            found: node.describe(),
            wanted: if matches!(segment, Segment::Key(_)) { "a table" } else { "an array" },
        }),
    }
}

fn made(path: &ValuePath, depth: usize, value: &Value) -> Result<Value, EditError> {
    nest(&path.segments()[depth..], value.clone())
        .ok_or_else(|| EditError::OutOfRange { path: path.clone(), length: 0 })
}

fn into_inline_table(document: &Document<'_>, table: &InlineTable, entry: &str) -> Vec<Splice> {
    let node_span = table.span().unwrap_or_default();
    if table.is_empty() {
        return vec![Splice::replace(node_span, format!("{{ {entry} }}"))];
    }
    let brackets = inline_table_brackets(document, table);
    brackets.insert(brackets.entries.len(), entry)
}

/// An inline table for the editing of what is between its braces.
pub(super) fn inline_table_brackets<'d>(document: &Document<'d>, table: &InlineTable) -> Brackets<'d> {
    let span = table.span().unwrap_or_default();
    let keys = table.iter().filter_map(|(name, value)| Some((table.key(name)?.span()?.start, inline_end(value))));
    brackets(document, span, keys.map(|(start, end)| start..end).collect())
}

/// A dotted key inside braces, `{ a.b = 1 }`, makes a table that ends with its last value.
fn inline_end(value: &toml_edit::Value) -> usize {
    match value.as_inline_table().filter(|table| table.is_dotted()) {
        Some(table) => table.iter().map(|(_, value)| inline_end(value)).max().unwrap_or_default(),
        None => value.span().map_or(0, |span| span.end),
    }
}

/// An array for the editing of what is between its brackets.
pub(super) fn array_brackets<'d>(document: &Document<'d>, array: &Array) -> Brackets<'d> {
    let entries = array.iter().map(|item| item.span().unwrap_or_default()).collect();
    brackets(document, array.span().unwrap_or_default(), entries)
}

fn brackets<'d>(
    document: &Document<'d>,
    span: std::ops::Range<usize>,
    entries: Vec<std::ops::Range<usize>>,
) -> Brackets<'d> {
    let close = span.end.saturating_sub(1);
    Brackets { text: document.text, newline: document.newline(), open: span.start, close, entries }
}

fn append(
    document: &Document<'_>,
    path: &ValuePath,
    depth: usize,
    node: Node<'_>,
    value: &Value,
) -> Result<Vec<Splice>, EditError> {
    let item = made(path, depth + 1, value)?;
    if node.items().is_some_and(|items| items.into_iter().any(|found| holds(found, &item))) {
        return Ok(Vec::new());
    }
    match (node, &item) {
        (Node::Value(toml_edit::Value::Array(array)), item) => {
            let item = render::value(item)?;
            if array.is_empty() {
                return Ok(vec![Splice::replace(node.span(), format!("[{item}]"))]);
            }
            Ok(array_brackets(document, array).insert(array.len(), &item))
        }
        (Node::Tables(_), Value::Object(map)) => {
            let keys = keys_of(&path.segments()[..depth]);
            let header = format!("[[{}]]", render::dotted(&keys));
            Ok(vec![new_lines(document, node.end(), true, &[vec![header], render::entries(map)?].concat())])
        }
        _ => Err(EditError::WrongKind {
            path: path.prefix(depth),
            line: document.line_of(node.span().start),
            found: if matches!(node, Node::Tables(_)) { "an array of tables" } else { node.describe() },
            wanted: if matches!(node, Node::Tables(_)) { "an array of values" } else { "an array" },
        }),
    }
}

/// A key of a table, or a table below it with a header of its own.
fn into_table(
    document: &Document<'_>,
    path: &ValuePath,
    way: &[Node<'_>],
    table: &Table,
    value: &Value,
) -> Result<Vec<Splice>, EditError> {
    let depth = way.len() - 1;
    let segments = &path.segments()[depth..];
    let Segment::Key(key) = &segments[0] else { unreachable!("tables have keys") };
    let leads_to_table = segments.len() > 1 && matches!(segments[1], Segment::Key(_));
    if table.is_dotted() {
        let owner = (0..depth).rev().find(|above| !matches!(way[*above], Node::Table(table) if table.is_dotted()));
        let keys = keys_of(&path.segments()[owner.unwrap_or(0)..depth]);
        let line = format!("{}.{}", render::dotted(&keys), render::entry(key, &made(path, depth + 1, value)?)?);
        return Ok(vec![new_lines(document, Node::Table(table).end(), false, &[line])]);
    }
    if leads_to_table || table.is_implicit() {
        return new_table(document, path, way, value);
    }
    let line = render::entry(key, &made(path, depth + 1, value)?)?;
    let is_root = depth == 0;
    match own_end(table).or_else(|| (!is_root).then(|| Node::Table(table).span().end)) {
        Some(end) => Ok(vec![new_lines(document, end, false, &[line])]),
        None => Ok(vec![first_in_root(document, table, &line)]),
    }
}

/// Where the table's own keys end, those with dots included; `None` if it has none.
fn own_end(table: &Table) -> Option<usize> {
    let nodes = table.iter().filter_map(|(_, item)| Node::of(item));
    nodes.filter(|node| is_own(*node)).map(Node::end).max()
}

fn is_own(node: Node<'_>) -> bool {
    match node {
        Node::Value(_) => true,
        Node::Table(table) => table.is_dotted(),
        Node::Tables(_) => false,
    }
}

/// A first key at the top of a text that has only tables, below the comment at its head.
fn first_in_root(document: &Document<'_>, table: &Table, line: &str) -> Splice {
    let text = document.text;
    let newline = document.newline();
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if table.is_empty() {
        return new_lines(document, text.len(), false, &[line.to_owned()]);
    }
    let mut at = start;
    while text[at..].starts_with('#') {
        at += text[at..].find('\n').map_or(text.len() - at, |length| length + 1);
    }
    let is_head = at > start && text[at..].trim_start_matches('\r').starts_with('\n');
    if is_head {
        return Splice::insert(at, format!("{newline}{line}{newline}"));
    }
    Splice::insert(start, format!("{line}{newline}{newline}"))
}

/// A new header with its keys, behind everything that belongs to the nearest table that exists.
fn new_table(
    document: &Document<'_>,
    path: &ValuePath,
    way: &[Node<'_>],
    value: &Value,
) -> Result<Vec<Splice>, EditError> {
    let depth = way.len() - 1;
    let segments = path.segments();
    let last_key = segments.iter().rposition(|segment| matches!(segment, Segment::Key(_))).unwrap_or(depth);
    let split = segments[depth..=last_key].iter().position(|segment| !matches!(segment, Segment::Key(_)));
    let leaf = split.map_or(last_key, |at| depth + at - 1).max(depth);
    let Segment::Key(key) = &segments[leaf] else { unreachable!("the leaf is a key") };
    if segments[..leaf].iter().any(|segment| !matches!(segment, Segment::Key(_))) {
        let node = way[depth];
        return Err(super::own_header(document, path, node));
    }
    let header = format!("[{}]", render::dotted(&keys_of(&segments[..leaf])));
    let line = render::entry(key, &made(path, leaf + 1, value)?)?;
    let end = if depth == 0 { document.text.trim_end().len() } else { way[depth].end() };
    Ok(vec![new_lines(document, end, true, &[header, line])])
}

fn keys_of(segments: &[Segment]) -> Vec<&str> {
    segments
        .iter()
        .filter_map(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            _ => None,
        })
        .collect()
}

/// Lines behind the line of `end`, after a blank one if they begin a table.
fn new_lines(document: &Document<'_>, end: usize, blank: bool, lines: &[String]) -> Splice {
    let text = document.text;
    let newline = document.newline();
    let joined = lines.join(newline);
    let before = text[..end].trim_start_matches('\u{feff}');
    if before.is_empty() {
        return Splice::insert(end, format!("{joined}{newline}"));
    }
    let line_end = text[end..].find('\n').map_or(text.len(), |length| end + length);
    if line_end == text.len() && text.ends_with('\n') {
        return Splice::insert(line_end, format!("{joined}{newline}"));
    }
    let line_end = if text[..line_end].ends_with('\r') && line_end > end { line_end - 1 } else { line_end };
    Splice::insert(line_end, format!("{newline}{}{joined}", if blank { newline } else { "" }))
}
