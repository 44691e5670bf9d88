//! A YAML document as a tree in which every node knows its bytes in the source.
//!
//! Owns reading within budgets (size, depth, aliases), duplicate keys, and the way back from a position in a
//! scalar's value to the file. Knows nothing of workflows.

mod offsets;
mod parse;
mod scalar;

use std::ops::Range;

pub(super) use parse::{MAX_BYTES, parse};
pub(super) use scalar::{Scalar, Style};

/// A value and its bytes in the source. A value behind an alias has the bytes of its anchor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// The bytes, without an anchor or a tag before them.
    pub(super) span: Range<usize>,
    /// What stands there.
    pub(super) kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A scalar of any style.
    Scalar(Scalar),
    /// A sequence, block or flow.
    Sequence(Vec<Node>),
    /// A mapping, block or flow, without duplicate keys.
    Mapping(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// The key's text.
    pub(super) key: String,
    /// The key's bytes.
    pub(super) key_span: Range<usize>,
    /// The value.
    pub(super) value: Node,
}

impl Node {
    /// The scalar, if it is one.
    pub(super) fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The value without its places.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.to_json(),
            Kind::Sequence(items) => items.iter().map(Node::to_json).collect(),
            Kind::Mapping(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// Calls `visit` with every scalar in it, in the order of the file.
    pub(super) fn scalars<'n>(&'n self, visit: &mut impl FnMut(&'n Node, &'n Scalar)) {
        match &self.kind {
            Kind::Scalar(scalar) => visit(self, scalar),
            Kind::Sequence(items) => items.iter().for_each(|item| item.scalars(visit)),
            Kind::Mapping(entries) => entries.iter().for_each(|entry| entry.value.scalars(visit)),
        }
    }

    /// Calls `visit` with every key in it, in the order of the file.
    pub(super) fn keys<'n>(&'n self, visit: &mut impl FnMut(&'n Entry)) {
        match &self.kind {
            Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter().for_each(|item| item.keys(visit)),
            Kind::Mapping(entries) => entries.iter().for_each(|entry| {
                visit(entry);
                entry.value.keys(visit);
            }),
        }
    }

    /// The value in words, for `expected …, found …`.
    pub(super) fn in_words(&self) -> String {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.in_words(),
            Kind::Sequence(_) => "a list".to_owned(),
            Kind::Mapping(_) => "a mapping".to_owned(),
        }
    }

    /// How much it is to copy, in nodes; a long text counts as several.
    fn size(&self) -> usize {
        let of_text = |text: &str| text.len() / 32;
        1 + match &self.kind {
            Kind::Scalar(scalar) => of_text(&scalar.text),
            Kind::Sequence(items) => items.iter().map(Node::size).sum(),
            Kind::Mapping(entries) => entries.iter().map(|entry| of_text(&entry.key) + entry.value.size()).sum(),
        }
    }

    /// The first line of its bytes: what a caret should stand under when the whole is meant.
    pub(super) fn head(&self, source: &str) -> Range<usize> {
        let text = &source[self.span.clone()];
        let line = text.lines().next().unwrap_or(text).trim_end();
        self.span.start..self.span.start + line.len()
    }
}
