//! YAML: values by path, edited as splices between which every byte stays: comments, order, quotes, indentation,
//! line breaks, byte order mark, document markers.
//!
//! Texts are read with granit-parser; plain scalars have the types that PyYAML's `safe_load` gives them.

mod insert;
mod locate;
mod page;
mod remove;
mod render;
mod replace;
mod scalar;
mod set;
mod tree;
mod value;

use std::borrow::Cow;

use granit_parser::ScalarStyle;
use serde_json::Value;

use self::tree::{Document, Kind, Node};
use self::value::Values;
use super::verify::{self, Language, Outline, Shape};
use super::{Edit, EditError, Segment, Splice, ValuePath};

/// Sets the value at a path, making the mappings that lead there.
///
/// A new key goes where the alphabet wants it if the mapping's keys are in order, else to the mapping's end.
/// `[+]` appends an item unless an equal one is there. A scalar keeps its quotes where the new value can live in
/// them. Anchors, aliases, tags and merge keys on the way are refused.
pub fn set(text: &str, path: &ValuePath, value: &Value) -> Result<Edit, EditError> {
    verify::set::<Yaml>(text, path, value)
}

/// Removes a key or an item. What is absent already leaves the text unchanged; comments above it stay.
/// A mapping or sequence that loses its last entry becomes `{}` or `[]`.
pub fn remove(text: &str, path: &ValuePath) -> Result<Edit, EditError> {
    verify::remove::<Yaml>(text, path)
}

/// The value at a path, aliases and merge keys followed; `None` if there is none.
pub fn get(text: &str, path: &ValuePath) -> Result<Option<Value>, EditError> {
    Yaml::get(&tree::read(text)?, path)
}

/// The whole document as JSON, typed as PyYAML's `safe_load` does, with these differences: dates, infinities and
/// NaN stay text, keys are text as they are written, and duplicate keys, several documents and alias bombs are
/// errors. An empty text is null. Integers beyond 64 bits become floats.
pub fn parse(text: &str) -> Result<Value, EditError> {
    let document = tree::read(text)?;
    match &document.root {
        Some(root) => Values::of(&document).value(root),
        None => Ok(Value::Null),
    }
}

struct Yaml;

impl Language for Yaml {
    type Document<'a> = Document<'a>;

    fn read(text: &str) -> Result<Document<'_>, EditError> {
        tree::read(text)
    }

    fn outline<'d>(document: &'d Document<'_>) -> Outline<'d> {
        match &document.root {
            Some(root) => outline(document.text, root),
            None => Outline { mark: Cow::Borrowed(""), shape: Shape::Leaf(Cow::Borrowed("")) },
        }
    }

    fn get(document: &Document<'_>, path: &ValuePath) -> Result<Option<Value>, EditError> {
        get_in(document, path)
    }

    fn set(document: &Document<'_>, path: &ValuePath, value: &Value) -> Result<Vec<Splice>, EditError> {
        set::splices(document, path, value)
    }

    fn remove(document: &Document<'_>, path: &ValuePath) -> Result<Vec<Splice>, EditError> {
        remove::splices(document, path)
    }
}

/// Walks the nodes as long as the way is plain, and their values from the first alias or merge key on.
fn get_in(document: &Document<'_>, path: &ValuePath) -> Result<Option<Value>, EditError> {
    let Some(mut node) = document.root.as_ref() else { return Ok(None) };
    for (depth, segment) in path.segments().iter().enumerate() {
        let child = match (&node.kind, segment) {
            (Kind::Mapping { entries, .. }, Segment::Key(_))
                if entries.iter().any(|entry| entry.key.is_merge_key()) =>
            {
                return get_by_value(document, node, &path.segments()[depth..]);
            }
            (Kind::Mapping { entries, .. }, Segment::Key(key)) => {
                entries.iter().find(|entry| entry.key.scalar() == Some(key)).map(|entry| &entry.value)
            }
            (Kind::Sequence { items, .. }, _) => segment.index_in(items.len()).map(|index| &items[index]),
            (Kind::Alias(_), _) => return get_by_value(document, node, &path.segments()[depth..]),
            _ => None,
        };
        match child {
            Some(child) => node = child,
            None => return Ok(None),
        }
    }
    Values::of(document).value(node).map(Some)
}

fn get_by_value(document: &Document<'_>, node: &Node<'_>, rest: &[Segment]) -> Result<Option<Value>, EditError> {
    let value = Values::of(document).value(node)?;
    Ok(verify::value_below(&value, rest).cloned())
}

fn outline<'d>(text: &'d str, node: &'d Node<'_>) -> Outline<'d> {
    let (style, shape) = match &node.kind {
        Kind::Scalar { text, style, .. } => (style_mark(*style), Shape::Leaf(Cow::Borrowed(&**text))),
        Kind::Alias(_) => ("*", Shape::Leaf(Cow::Borrowed(&text[node.span.clone()]))),
        Kind::Sequence { items, .. } => ("", Shape::List(items.iter().map(|item| outline(text, item)).collect())),
        Kind::Mapping { entries, .. } => {
            let entries = entries.iter().map(|entry| (key_name(text, &entry.key), outline(text, &entry.value)));
            ("", Shape::Table(entries.collect()))
        }
    };
    let mark = match (&node.tag, node.anchor) {
        (None, 0) => Cow::Borrowed(style),
        (tag, anchor) => {
            Cow::Owned(format!("{style}{}{}", if anchor == 0 { "" } else { "&" }, tag.as_deref().unwrap_or("")))
        }
    };
    Outline { mark, shape }
}

fn key_name<'d>(text: &'d str, key: &'d Node<'_>) -> Cow<'d, str> {
    match key.scalar() {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Borrowed(&text[key.span.clone()]),
    }
}

fn style_mark(style: ScalarStyle) -> &'static str {
    match style {
        ScalarStyle::Plain => "plain",
        ScalarStyle::SingleQuoted => "'",
        ScalarStyle::DoubleQuoted => "\"",
        ScalarStyle::Literal => "|",
        ScalarStyle::Folded => ">",
    }
}

#[cfg(test)]
mod tests;
