//! Inserting an entry into a mapping, or an item into a sequence.

use serde_json::Value;

use super::super::brackets::{Brackets, alphabetical_index};
use super::super::{EditError, Obstacle, Splice, ValuePath};
use super::locate::{Place, Slot, in_the_way};
use super::page::Page;
use super::render::{self, indented};
use super::tree::{Document, Entry, Kind, Node};

/// Inserts `key: value` into a mapping that has entries.
pub(super) fn entry(
    document: &Document<'_>,
    page: &Page<'_>,
    path: &ValuePath,
    place: Place<'_, '_>,
    key: &str,
    value: &Value,
) -> Result<Vec<Splice>, EditError> {
    let Kind::Mapping { flow, entries } = &place.node.kind else { unreachable!("entries go into mappings") };
    let keys: Option<Vec<&str>> = entries.iter().map(|entry| entry.key.scalar()).collect();
    let index = keys.map_or(entries.len(), |keys| alphabetical_index(&keys, key));
    if *flow {
        return Ok(brackets(document, page, path, place.node)?.insert(index, &render::flow_entry(key, value)));
    }
    let lines = page.indent.entry(key, value);
    let first = entries[0].key.span.start;
    let column = page.column(first);
    let Some(before) = index.checked_sub(1) else {
        return Ok(vec![before_first(page, place, first, &lines)]);
    };
    if page.is_cut_off(&entries[before].value) {
        return Err(in_the_way(document, path, Obstacle::CutOffScalar, entries[before].value.last()));
    }
    let is_last = index == entries.len();
    let is_root = matches!(place.slot, Slot::Root);
    let comments_from = if is_last && !is_root { column } else { column + 1 };
    let end = page.past_comments(page.last_line_end(page.entry_end(&entries[before])), comments_from);
    Ok(vec![after_line(page, end, &indented(&lines, column))])
}

/// Appends an item to a sequence that has items.
pub(super) fn item(
    document: &Document<'_>,
    page: &Page<'_>,
    path: &ValuePath,
    place: Place<'_, '_>,
    value: &Value,
) -> Result<Vec<Splice>, EditError> {
    let Kind::Sequence { flow, items } = &place.node.kind else { unreachable!("items go into sequences") };
    if *flow {
        return Ok(brackets(document, page, path, place.node)?.insert(items.len(), &render::flow(value)));
    }
    let last = &items[items.len() - 1];
    if page.is_cut_off(last) {
        return Err(in_the_way(document, path, Obstacle::CutOffScalar, last.last()));
    }
    let column = page.dash(items, items.len() - 1).map_or(0, |dash| page.column(dash));
    let end = page.content_end(last);
    let end = page.past_comments(page.last_line_end(end), column + 1);
    Ok(vec![after_line(page, end, &indented(&page.indent.item(value), column))])
}

/// Lines after a line; or before the next one, where the end of a block scalar is already the start of a line.
fn after_line(page: &Page<'_>, end: usize, lines: &[String]) -> Splice {
    let lines = lines.join(page.newline);
    if end > 0 && page.text[..end].ends_with('\n') {
        return Splice::insert(end, format!("{lines}{}", page.newline));
    }
    Splice::insert(end, format!("{}{lines}", page.newline))
}

/// Before the first key, and before the comment above it, unless that is the head of the file.
fn before_first(page: &Page<'_>, place: Place<'_, '_>, first: usize, lines: &[String]) -> Splice {
    let column = page.column(first);
    let lines = indented(lines, column).join(page.newline);
    if !page.begins_line(first) {
        return Splice::insert(first, format!("{}{}{}", lines.trim_start(), page.newline, " ".repeat(column)));
    }
    let mut at = page.line_start(first);
    while at > page.text_start() {
        let above = page.line_start(at - 1);
        if !page.text[above..at].trim_start().starts_with('#') {
            break;
        }
        at = above;
    }
    let is_head = matches!(place.slot, Slot::Root) && at == page.text_start();
    let at = if is_head { page.line_start(first) } else { at };
    Splice::insert(at, format!("{lines}{}", page.newline))
}

/// A flow collection for the editing of what is between its brackets.
pub(super) fn brackets<'d>(
    document: &Document<'_>,
    page: &Page<'d>,
    path: &ValuePath,
    node: &Node<'_>,
) -> Result<Brackets<'d>, EditError> {
    if !page.text[node.span.clone()].starts_with(['{', '[']) {
        return Err(in_the_way(document, path, Obstacle::BarePair, node));
    }
    let entries = match &node.kind {
        Kind::Mapping { entries, .. } => entries.iter().map(|entry| flow_entry_range(page, entry)).collect(),
        Kind::Sequence { items, .. } => items.iter().map(|item| item.span.clone()).collect(),
        Kind::Scalar { .. } | Kind::Alias(_) => unreachable!("only collections have brackets"),
    };
    let close = node.span.end - 1;
    Ok(Brackets { text: page.text, newline: page.newline, open: node.span.start, close, entries })
}

fn flow_entry_range(page: &Page<'_>, entry: &Entry<'_>) -> std::ops::Range<usize> {
    let end = match entry.value.kind {
        Kind::Scalar { written: false, .. } => page.after_colon(&entry.key, true).unwrap_or(entry.key.span.end),
        _ => entry.value.span.end,
    };
    entry.key.span.start..end
}
