//! The way from a document's root to the value that a path addresses, and what is in the way.

use super::super::splice::line_of;
use super::super::{EditError, Obstacle, Segment, ValuePath};
use super::page::Page;
use super::tree::{Document, Entry, Kind, Node};

/// A node, and what holds it.
#[derive(Clone, Copy)]
pub(super) struct Place<'d, 'a> {
    pub(super) node: &'d Node<'a>,
    pub(super) slot: Slot<'d, 'a>,
    /// Whether a collection around the node is written with brackets.
    pub(super) in_flow: bool,
}

/// What holds a node.
#[derive(Clone, Copy)]
pub(super) enum Slot<'d, 'a> {
    Root,
    Entry { entries: &'d [Entry<'a>], index: usize },
    Item { items: &'d [Node<'a>], index: usize },
}

/// How far a path leads.
pub(super) enum Way<'d, 'a> {
    /// To a node.
    Found(Place<'d, 'a>),
    /// To a node without the child that the path wants next; `depth` segments were followed.
    Ends { place: Place<'d, 'a>, depth: usize },
    /// There is no document yet.
    Nothing,
}

/// Follows a path, refusing what cannot be edited safely.
pub(super) fn locate<'d, 'a>(
    document: &'d Document<'a>,
    page: &Page<'_>,
    path: &ValuePath,
) -> Result<Way<'d, 'a>, EditError> {
    let Some(root) = &document.root else { return Ok(Way::Nothing) };
    let mut place = Place { node: root, slot: Slot::Root, in_flow: false };
    for (depth, segment) in path.segments().iter().enumerate() {
        refuse_marks(document, path, place.node)?;
        match child(document, path, place, segment)? {
            Some(child) => place = child,
            None => return Ok(Way::Ends { place, depth }),
        }
        if let Slot::Entry { entries, index } = place.slot {
            refuse_odd_key(document, page, path, place, &entries[index].key)?;
        }
    }
    refuse_marks(document, path, place.node)?;
    Ok(Way::Found(place))
}

fn child<'d, 'a>(
    document: &Document<'_>,
    path: &ValuePath,
    place: Place<'d, 'a>,
    segment: &Segment,
) -> Result<Option<Place<'d, 'a>>, EditError> {
    Ok(match (&place.node.kind, segment) {
        (Kind::Mapping { flow, entries }, Segment::Key(key)) => {
            let found = entries.iter().position(|entry| entry.key.scalar() == Some(key) && !entry.key.is_merge_key());
            let merge = entries.iter().find(|entry| entry.key.is_merge_key());
            if let (None, Some(merge)) = (found, merge) {
                return Err(in_the_way(document, path, Obstacle::MergeKey, &merge.key));
            }
            found.map(|index| Place {
                node: &entries[index].value,
                slot: Slot::Entry { entries, index },
                in_flow: place.in_flow || *flow,
            })
        }
        (Kind::Sequence { flow, items }, _) => segment.index_in(items.len()).map(|index| Place {
            node: &items[index],
            slot: Slot::Item { items, index },
            in_flow: place.in_flow || *flow,
        }),
        _ => None,
    })
}

fn refuse_marks(document: &Document<'_>, path: &ValuePath, node: &Node<'_>) -> Result<(), EditError> {
    let obstacle = match node {
        Node { kind: Kind::Alias(_), .. } => Obstacle::Alias,
        Node { anchor, .. } if *anchor != 0 => Obstacle::Anchor,
        Node { tag: Some(_), .. } => Obstacle::Tag,
        _ => return Ok(()),
    };
    Err(in_the_way(document, path, obstacle, node))
}

fn refuse_odd_key(
    document: &Document<'_>,
    page: &Page<'_>,
    path: &ValuePath,
    place: Place<'_, '_>,
    key: &Node<'_>,
) -> Result<(), EditError> {
    refuse_marks(document, path, key)?;
    let marked = if place.in_flow {
        let before = document.text[..key.span.start].trim_end();
        before.ends_with('?') && page.text[before.len()..key.span.start].contains([' ', '\n', '\t'])
    } else {
        page.after_colon(key, false).is_none()
    };
    if marked { Err(in_the_way(document, path, Obstacle::ExplicitKey, key)) } else { Ok(()) }
}

/// Refuses to drop a value that other places repeat.
pub(super) fn refuse_anchors_within(
    document: &Document<'_>,
    path: &ValuePath,
    node: &Node<'_>,
) -> Result<(), EditError> {
    if node.anchor != 0 {
        return Err(in_the_way(document, path, Obstacle::Anchor, node));
    }
    match &node.kind {
        Kind::Scalar { .. } | Kind::Alias(_) => Ok(()),
        Kind::Sequence { items, .. } => items.iter().try_for_each(|item| refuse_anchors_within(document, path, item)),
        Kind::Mapping { entries, .. } => entries.iter().try_for_each(|entry| {
            refuse_anchors_within(document, path, &entry.key)?;
            refuse_anchors_within(document, path, &entry.value)
        }),
    }
}

pub(super) fn in_the_way(document: &Document<'_>, path: &ValuePath, obstacle: Obstacle, node: &Node<'_>) -> EditError {
    EditError::InTheWay { path: path.clone(), obstacle, line: line_of(document.text, node.span.start) }
}
