//! Removing an entry of a mapping or an item of a sequence.

use std::ops::Range;

use super::super::{EditError, Segment, Splice, ValuePath};
use super::insert::brackets;
use super::locate::{Place, Slot, Way, locate, refuse_anchors_within};
use super::page::Page;
use super::tree::{Document, Entry, Kind, Node};

pub(super) fn splices(document: &Document<'_>, path: &ValuePath) -> Result<Vec<Splice>, EditError> {
    if let Some(Segment::Append) = path.segments().last() {
        let reason = "`[+]` appends; there is nothing to remove".to_owned();
        return Err(EditError::Path { path: path.to_string(), column: 1, reason });
    }
    let page = Page::of(document);
    let Way::Found(place) = locate(document, &page, path)? else { return Ok(Vec::new()) };
    refuse_anchors_within(document, path, place.node)?;
    let length = path.segments().len();
    let parent = match locate(document, &page, &path.prefix(length - 1))? {
        Way::Found(parent) => parent,
        Way::Ends { .. } | Way::Nothing => unreachable!("what is found has a parent"),
    };
    match place.slot {
        Slot::Entry { index, .. } | Slot::Item { index, .. } if is_flow(parent.node) => {
            Ok(brackets(document, &page, path, parent.node)?.remove(index))
        }
        Slot::Entry { entries: [_], .. } => Ok(empty(&page, parent, "{}")),
        Slot::Item { items: [_], .. } => Ok(empty(&page, parent, "[]")),
        Slot::Entry { entries, index } => Ok(vec![Splice::delete(entry_range(&page, entries, index))]),
        Slot::Item { items, index } => Ok(vec![Splice::delete(item_range(&page, items, index))]),
        Slot::Root => unreachable!("a path has at least one segment"),
    }
}

fn is_flow(node: &Node<'_>) -> bool {
    matches!(node.kind, Kind::Mapping { flow: true, .. } | Kind::Sequence { flow: true, .. })
}

/// A block collection that loses its only entry: nothing in braces or brackets stands in its place.
fn empty(page: &Page<'_>, parent: Place<'_, '_>, nothing: &str) -> Vec<Splice> {
    let node = parent.node;
    let first = page.first_of(node);
    let end = page.last_own_line_end(page.content_end(node));
    let after = match parent.slot {
        Slot::Root => return vec![Splice::replace(first..end, nothing)],
        Slot::Entry { entries, index } => {
            let key = &entries[index].key;
            page.after_colon(key, false).unwrap_or(key.span.end)
        }
        Slot::Item { items, index } => page.dash(items, index).map_or(first, |dash| dash + 1),
    };
    if page.same_line(after, first) {
        return vec![Splice::replace(first..end, nothing)];
    }
    let line = page.line_end(after);
    vec![Splice::insert(after, format!(" {nothing}")), Splice::delete(line..end)]
}

fn entry_range(page: &Page<'_>, entries: &[Entry<'_>], index: usize) -> Range<usize> {
    let start = entries[index].key.span.start;
    let next = entries.get(index + 1).map(|next| next.key.span.start);
    let previous = index.checked_sub(1).map(|index| &entries[index].value);
    lines_range(page, start, page.entry_end(&entries[index]), previous, next)
}

fn item_range(page: &Page<'_>, items: &[Node<'_>], index: usize) -> Range<usize> {
    let start = page.dash(items, index).unwrap_or(items[index].span.start);
    let next = (index + 1 < items.len()).then(|| page.dash(items, index + 1)).flatten();
    let end = page.content_end(&items[index]).max(start + 1);
    let previous = index.checked_sub(1).map(|index| &items[index]);
    lines_range(page, start, end, previous, next)
}

/// The lines from `start` to `end`. Where the last one has no line break, the one before them goes instead,
/// unless it belongs to the value of a block scalar. What stands on the line of a dash leaves its place to what comes next.
fn lines_range(
    page: &Page<'_>,
    start: usize,
    end: usize,
    previous: Option<&Node<'_>>,
    next: Option<usize>,
) -> Range<usize> {
    let end = page.last_line_end(end);
    if page.begins_line(start) {
        let start = page.line_start(start);
        let ends_line = end > 0 && page.text[..end].ends_with('\n');
        let after = if ends_line { end } else { page.next_line(end) };
        let is_last_line = after == end && !ends_line;
        let needs_break = previous.is_some_and(|previous| page.ends_with_line_break(previous));
        return if is_last_line && !needs_break { page.line_break_before(start)..end } else { start..after };
    }
    match next.filter(|next| page.text[end..*next].trim().is_empty()) {
        Some(next) => start..next,
        None => start..end,
    }
}
