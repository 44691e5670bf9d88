//! Setting a value: which of replacing, filling and inserting it is.

use serde_json::Value;

use super::super::splice::line_of;
use super::super::verify::nest;
use super::super::{EditError, Segment, Splice, ValuePath};
use super::insert;
use super::locate::{Place, Way, locate, refuse_anchors_within};
use super::page::Page;
use super::replace::{replace, start_document};
use super::scalar::Meaning;
use super::tree::{Document, Kind, Node};
use super::value::Values;

pub(super) fn splices(document: &Document<'_>, path: &ValuePath, value: &Value) -> Result<Vec<Splice>, EditError> {
    let page = Page::of(document);
    match locate(document, &page, path)? {
        Way::Found(place) => {
            if holds(&mut Values::of(document), place.node, value)? {
                return Ok(Vec::new());
            }
            refuse_anchors_within(document, path, place.node)?;
            Ok(replace(document, &page, place, value))
        }
        Way::Ends { place, depth } => extend(document, &page, path, place, depth, value),
        Way::Nothing => Ok(start_document(document, &page, &made(path, 0, value)?)),
    }
}

/// Whether a node holds a value already. What cannot be read as data, does not.
fn holds<'d, 'a>(values: &mut Values<'d, 'a>, node: &'d Node<'a>, value: &Value) -> Result<bool, EditError> {
    if node.plain_meaning() == Some(Meaning::NotFinite) {
        return Ok(false);
    }
    match values.value(node) {
        Ok(found) => Ok(found == *value),
        Err(EditError::Unreadable { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The path ends at a place that has no such child yet.
fn extend(
    document: &Document<'_>,
    page: &Page<'_>,
    path: &ValuePath,
    place: Place<'_, '_>,
    depth: usize,
    value: &Value,
) -> Result<Vec<Splice>, EditError> {
    let segment = &path.segments()[depth];
    match (&place.node.kind, segment) {
        (Kind::Mapping { entries, .. }, Segment::Key(key)) => {
            if entries.is_empty() {
                return Ok(replace(document, page, place, &made(path, depth, value)?));
            }
            insert::entry(document, page, path, place, key, &made(path, depth + 1, value)?)
        }
        (Kind::Sequence { items, .. }, Segment::Append) => {
            let item = made(path, depth + 1, value)?;
            if holds_any(document, items, &item)? {
                return Ok(Vec::new());
            }
            if items.is_empty() {
                return Ok(replace(document, page, place, &Value::Array(vec![item])));
            }
            insert::item(document, page, path, place, &item)
        }
        (Kind::Sequence { items, .. }, Segment::Index(_)) => {
            Err(EditError::OutOfRange { path: path.prefix(depth + 1), length: items.len() })
        }
        (Kind::Scalar { .. }, _) if place.node.plain_meaning() == Some(Meaning::Null) => {
            Ok(replace(document, page, place, &made(path, depth, value)?))
        }
        (_, segment) => Err(wrong_kind(document, path, depth, place.node, segment)),
    }
}

/// The value that the rest of a path makes.
fn made(path: &ValuePath, depth: usize, value: &Value) -> Result<Value, EditError> {
    let rest = &path.segments()[depth..];
    nest(rest, value.clone()).ok_or_else(|| {
        let index = rest.iter().position(|segment| matches!(segment, Segment::Index(_))).unwrap_or(0);
        EditError::OutOfRange { path: path.prefix(depth + index + 1), length: 0 }
    })
}

fn holds_any<'d, 'a>(document: &'d Document<'a>, items: &'d [Node<'a>], value: &Value) -> Result<bool, EditError> {
    let mut values = Values::of(document);
    for item in items {
        if holds(&mut values, item, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn wrong_kind(document: &Document<'_>, path: &ValuePath, depth: usize, node: &Node<'_>, next: &Segment) -> EditError {
    EditError::WrongKind {
        path: path.prefix(depth),
        line: line_of(document.text, node.span.start),
        found: node.describe(),
        wanted: if matches!(next, Segment::Key(_)) { "a mapping" } else { "a sequence" },
    }
}
