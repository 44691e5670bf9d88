//! JSON without comments: values by path, edited as splices. Indentation, order, spacing and the final newline
//! stay.

mod render;
#[cfg(test)]
mod tests;
mod tree;

use std::borrow::Cow;

use serde_json::Value;

use self::render::Style;
use self::tree::{Document, Kind, Node};
use super::brackets::{Brackets, alphabetical_index};
use super::splice::line_of;
use super::verify::{self, Language, Outline, Shape, nest, value_below};
use super::{Edit, EditError, Segment, Splice, ValuePath};

/// Sets the value at a path, making the objects that lead there. A new key goes where the alphabet wants it if
/// the object's keys are in order, else to the end; `[+]` appends an item unless an equal one is there.
pub fn set(text: &str, path: &ValuePath, value: &Value) -> Result<Edit, EditError> {
    verify::set::<Json>(text, path, value)
}

/// Removes a key or an item with its comma; what is absent already leaves the text unchanged.
pub fn remove(text: &str, path: &ValuePath) -> Result<Edit, EditError> {
    verify::remove::<Json>(text, path)
}

/// The value at a path; `None` if there is none.
pub fn get(text: &str, path: &ValuePath) -> Result<Option<Value>, EditError> {
    Json::get(&tree::read(text)?, path)
}

/// The whole document. Unlike serde_json, this refuses duplicate keys.
pub fn parse(text: &str) -> Result<Value, EditError> {
    tree::read(text).map(|document| document.value)
}

struct Json;

impl Language for Json {
    type Document<'a> = Document<'a>;

    fn read(text: &str) -> Result<Document<'_>, EditError> {
        tree::read(text)
    }

    fn outline<'d>(document: &'d Document<'_>) -> Outline<'d> {
        outline(document.text, &document.root)
    }

    fn get(document: &Document<'_>, path: &ValuePath) -> Result<Option<Value>, EditError> {
        Ok(value_below(&document.value, path.segments()).cloned())
    }

    fn set(document: &Document<'_>, path: &ValuePath, value: &Value) -> Result<Vec<Splice>, EditError> {
        if value_below(&document.value, path.segments()) == Some(value) {
            return Ok(Vec::new());
        }
        let style = Style::of(document);
        let mut node = &document.root;
        for (depth, segment) in path.segments().iter().enumerate() {
            match node.child(segment) {
                Some(child) => node = child,
                None => return insert(document, &style, path, depth, node, value),
            }
        }
        Ok(vec![Splice::replace(node.span.clone(), style.replacement(document.text, node, value))])
    }

    fn remove(document: &Document<'_>, path: &ValuePath) -> Result<Vec<Splice>, EditError> {
        let mut parent = (&document.root, 0);
        let mut node = &document.root;
        for segment in path.segments() {
            let Some(index) = node.index_of(segment) else { return Ok(Vec::new()) };
            parent = (node, index);
            node = node.child_at(index);
        }
        Ok(brackets(document, parent.0).remove(parent.1))
    }
}

fn outline<'d>(text: &'d str, node: &'d Node) -> Outline<'d> {
    let shape = match &node.kind {
        Kind::Scalar => Shape::Leaf(Cow::Borrowed(&text[node.span.clone()])),
        Kind::Array(items) => Shape::List(items.iter().map(|item| outline(text, item)).collect()),
        Kind::Object(entries) => {
            let entries = entries.iter().map(|entry| (Cow::Borrowed(entry.key.as_str()), outline(text, &entry.value)));
            Shape::Table(entries.collect())
        }
    };
    Outline { mark: Cow::Borrowed(""), shape }
}

fn brackets<'d>(document: &Document<'d>, node: &Node) -> Brackets<'d> {
    let entries = match &node.kind {
        Kind::Scalar => Vec::new(),
        Kind::Array(items) => items.iter().map(|item| item.span.clone()).collect(),
        Kind::Object(entries) => entries.iter().map(|entry| entry.key_start..entry.value.span.end).collect(),
    };
    let newline = super::splice::newline_of(document.text);
    Brackets { text: document.text, newline, open: node.span.start, close: node.span.end - 1, entries }
}

/// Inserts what a path does not find in a node, after `depth` segments.
fn insert(
    document: &Document<'_>,
    style: &Style,
    path: &ValuePath,
    depth: usize,
    node: &Node,
    value: &Value,
) -> Result<Vec<Splice>, EditError> {
    let segments = path.segments();
    let made = |from: usize| {
        nest(&segments[from..], value.clone()).ok_or_else(|| EditError::OutOfRange { path: path.clone(), length: 0 })
    };
    match (&node.kind, &segments[depth]) {
        (Kind::Object(entries), Segment::Append | Segment::Index(_)) if !entries.is_empty() => {}
        (Kind::Array(items), Segment::Index(_)) => {
            return Err(EditError::OutOfRange { path: path.prefix(depth + 1), length: items.len() });
        }
        (Kind::Array(items), Segment::Append) => {
            let item = made(depth + 1)?;
            let found = value_below(&document.value, &segments[..depth]).and_then(Value::as_array);
            if found.is_some_and(|items| items.contains(&item)) {
                return Ok(Vec::new());
            }
            return Ok(insert_text(document, style, node, items.len(), None, &item));
        }
        (Kind::Object(entries), Segment::Key(key)) => {
            let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
            let index = alphabetical_index(&keys, key);
            return Ok(insert_text(document, style, node, index, Some(key), &made(depth + 1)?));
        }
        (Kind::Scalar, _) if &document.text[node.span.clone()] == "null" => {
            let text = style.replacement(document.text, node, &made(depth)?);
            return Ok(vec![Splice::replace(node.span.clone(), text)]);
        }
        _ => {}
    }
    Err(EditError::WrongKind {
        path: path.prefix(depth),
        line: line_of(document.text, node.span.start),
        found: node.describe(),
        wanted: if matches!(segments[depth], Segment::Key(_)) { "an object" } else { "an array" },
    })
}

fn insert_text(
    document: &Document<'_>,
    style: &Style,
    node: &Node,
    index: usize,
    key: Option<&str>,
    value: &Value,
) -> Vec<Splice> {
    let brackets = brackets(document, node);
    if brackets.entries.is_empty() {
        let whole = match key {
            Some(key) => Value::Object([(key.to_owned(), value.clone())].into_iter().collect()),
            None => Value::Array(vec![value.clone()]),
        };
        return vec![Splice::replace(node.span.clone(), style.replacement(document.text, node, &whole))];
    }
    let beside = index.min(brackets.entries.len() - 1);
    let indent = brackets.begins_line(beside).then(|| render::indent_at(document.text, brackets.entries[beside].start));
    let text = style.text(value, indent.as_deref());
    let entry = match key {
        Some(key) => format!("{}:{}{text}", Value::from(key), style.colon_space),
        None => text,
    };
    brackets.insert(index, &entry)
}
