//! Replacing a node by a value, where it stands.

use std::ops::Range;

use granit_parser::ScalarStyle;
use serde_json::Value;

use super::super::Splice;
use super::locate::{Place, Slot};
use super::page::Page;
use super::render::{self, Block, BlockKind};
use super::scalar::{self, Meaning};
use super::tree::{Document, Kind, Node};

/// The splices that put a value in a node's place.
pub(super) fn replace(document: &Document<'_>, page: &Page<'_>, place: Place<'_, '_>, value: &Value) -> Vec<Splice> {
    if place.in_flow {
        return vec![replace_in_flow(page, place, value)];
    }
    match place.slot {
        Slot::Root => replace_root(document, page, place.node, value),
        Slot::Entry { entries, index } => {
            let key = &entries[index].key;
            let after = page.after_colon(key, false).unwrap_or(key.span.end);
            replace_in_block(page, place, after, page.column(key.span.start), value)
        }
        Slot::Item { items, index } => {
            let dash = page.dash(items, index).unwrap_or(place.node.span.start);
            replace_in_block(page, place, (dash + 1).min(page.text.len()), page.column(dash), value)
        }
    }
}

/// The splices that begin a document in a text that has none.
pub(super) fn start_document(document: &Document<'_>, page: &Page<'_>, value: &Value) -> Vec<Splice> {
    let lines = page.indent.block(value).lines.join(page.newline);
    let at = document.end;
    let before = document.text[..at].trim_start_matches('\u{feff}');
    vec![Splice::insert(
        at,
        if before.is_empty() || before.ends_with('\n') {
            format!("{lines}{}", page.newline)
        } else {
            format!("{}{lines}", page.newline)
        },
    )]
}

fn replace_root(document: &Document<'_>, page: &Page<'_>, root: &Node<'_>, value: &Value) -> Vec<Splice> {
    if root.span.is_empty() {
        return start_document(document, page, value);
    }
    let lines = page.indent.block(value).lines.join(page.newline);
    let before = &page.text[document.start..root.span.start];
    let spaces = before.len() - before.trim_end_matches(' ').len();
    let own_line = page.begins_line(root.span.start);
    let start = if own_line { root.span.start } else { root.span.start - spaces };
    let text = if own_line { lines } else { format!("{}{lines}", page.newline) };
    vec![Splice::replace(start..root.span.end, text)]
}

fn replace_in_flow(page: &Page<'_>, place: Place<'_, '_>, value: &Value) -> Splice {
    let node = place.node;
    let (style, written) = match node.kind {
        Kind::Scalar { style, written, .. } => (style, written),
        _ => (ScalarStyle::Plain, true),
    };
    let text = match value.as_str().filter(|_| stays_timestamp(node, value)) {
        Some(date) => date.to_owned(),
        None => render::scalar_like(value, style),
    };
    let Slot::Entry { entries, index } = place.slot else {
        return Splice::replace(node.span.clone(), text);
    };
    let key = &entries[index].key;
    match page.after_colon(key, true) {
        _ if written => Splice::replace(node.span.clone(), text),
        None => Splice::insert(key.span.end, format!(": {text}")),
        Some(after) => {
            let rest = &page.text[after..];
            let spaces = rest.len() - rest.trim_start_matches(' ').len();
            let end = if rest[spaces..].starts_with(',') { after + spaces } else { after };
            Splice::replace(after..end, format!(" {text}"))
        }
    }
}

/// Where an old value stands: what is on the line of its colon or dash, and the lines below that are all its own.
struct Layout {
    inline: Range<usize>,
    below: Range<usize>,
}

fn layout(page: &Page<'_>, node: &Node<'_>, after: usize, owner: usize, new: &Block) -> Layout {
    let line_end = page.line_end(after);
    let nothing_inline = after..after;
    let inline_only = |inline: Range<usize>| {
        let end = page.line_end(inline.end);
        Layout { inline, below: end..end }
    };
    match &node.kind {
        Kind::Scalar { written: false, .. } => {
            let rest = &page.text[after..line_end];
            let end = if rest.trim().is_empty() { line_end } else { after };
            let below = if new.lines.is_empty() { line_end } else { page.past_comments(line_end, owner + 1) };
            Layout { inline: after..end, below: below..below }
        }
        Kind::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. } => {
            let header = page.block_header(&node.span).unwrap_or(nothing_inline);
            let header_end = page.line_end(header.end);
            Layout { inline: header, below: header_end..page.last_own_line_end(page.content_end(node)).max(header_end) }
        }
        Kind::Sequence { flow: false, .. } | Kind::Mapping { flow: false, .. } => {
            let end = page.last_own_line_end(page.content_end(node));
            if page.same_line(after, node.span.start) {
                Layout { inline: page.first_of(node)..end, below: end..end }
            } else {
                Layout { inline: nothing_inline, below: line_end..end }
            }
        }
        _ if page.same_line(after, node.span.start) || new.lines.is_empty() => inline_only(node.span.clone()),
        _ => Layout { inline: nothing_inline, below: line_end..page.line_end(node.span.end) },
    }
}

/// What the value looks like here: a flow collection stays one, a block scalar stays one if it can.
fn block_like(page: &Page<'_>, node: &Node<'_>, value: &Value) -> Block {
    let is_collection = matches!(value, Value::Array(_) | Value::Object(_));
    let inline = |inline| Block { inline, lines: Vec::new(), kind: BlockKind::Inline };
    match &node.kind {
        Kind::Sequence { flow: true, items } if is_collection && !items.is_empty() => inline(render::flow(value)),
        Kind::Mapping { flow: true, entries } if is_collection && !entries.is_empty() => inline(render::flow(value)),
        Kind::Scalar { style: ScalarStyle::Plain, written: false, .. } => page.indent.block(value),
        _ if stays_timestamp(node, value) => inline(value.as_str().unwrap_or_default().to_owned()),
        Kind::Scalar { style, .. }
            if !is_collection && !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) =>
        {
            inline(render::scalar_like(value, *style))
        }
        _ => page.indent.block(value),
    }
}

/// A date in place of a date needs no quotes, which would make it a text for other readers.
fn stays_timestamp(node: &Node<'_>, value: &Value) -> bool {
    node.plain_meaning() == Some(Meaning::Timestamp)
        && value.as_str().is_some_and(|text| scalar::meaning(text) == Meaning::Timestamp)
}

fn replace_in_block(page: &Page<'_>, place: Place<'_, '_>, after: usize, owner: usize, value: &Value) -> Vec<Splice> {
    let node = place.node;
    let is_item = matches!(place.slot, Slot::Item { .. });
    let mut new = block_like(page, node, value);
    let layout = layout(page, node, after, owner, &new);
    let column = lines_column(page, node, owner, is_item, &layout, new.kind);
    if is_item && new.inline.is_empty() {
        new.inline = new.lines.remove(0);
    }
    let spaces = page.text[after..layout.inline.start].len();
    let inline = match new.inline.as_str() {
        "" => Splice::delete(layout.inline.start - spaces..layout.inline.end),
        text if layout.inline.start == after => Splice::replace(layout.inline, format!(" {text}")),
        text => Splice::replace(layout.inline, text),
    };
    let lines = render::indented(&new.lines, column);
    let below: String = lines.iter().flat_map(|line| [page.newline, line]).collect();
    vec![inline, Splice::replace(layout.below, below)]
}

/// The column at which the lines of a new value begin: that of the old ones, if they are of the same kind.
fn lines_column(
    page: &Page<'_>,
    node: &Node<'_>,
    owner: usize,
    is_item: bool,
    layout: &Layout,
    kind: BlockKind,
) -> usize {
    let was = match node.kind {
        Kind::Mapping { flow: false, .. } => BlockKind::Mapping,
        Kind::Sequence { flow: false, .. } => BlockKind::Sequence,
        _ => BlockKind::Inline,
    };
    if is_item {
        return if was != BlockKind::Inline && !layout.inline.is_empty() {
            page.column(layout.inline.start)
        } else {
            owner + 2
        };
    }
    if was == kind && kind != BlockKind::Inline {
        page.column(page.first_of(node))
    } else {
        owner + page.indent.below_key(kind)
    }
}
