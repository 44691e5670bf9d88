//! A JSON text as a tree of nodes that know where they stand.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;

use super::super::splice::line_of;
use super::super::{EditError, Format, Segment};

/// The largest text that is read, in bytes.
const LIMIT: usize = 10 * 1024 * 1024;

/// A JSON text that has been read.
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) value: Value,
    pub(super) root: Node,
}

/// A value, and the bytes it takes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Scalar,
    Array(Vec<Node>),
    Object(Vec<Entry>),
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_start: usize,
    pub(super) value: Node,
}

impl Node {
    pub(super) fn child(&self, segment: &Segment) -> Option<&Self> {
        self.index_of(segment).map(|index| self.child_at(index))
    }

    /// The position of a child among all children.
    pub(super) fn index_of(&self, segment: &Segment) -> Option<usize> {
        match (&self.kind, segment) {
            (Kind::Object(entries), Segment::Key(key)) => entries.iter().position(|entry| entry.key == *key),
            (Kind::Array(items), _) => segment.index_in(items.len()),
            _ => None,
        }
    }

    /// The child at a position that [`Node::index_of`] gave.
    pub(super) fn child_at(&self, index: usize) -> &Self {
        match &self.kind {
            Kind::Object(entries) => &entries[index].value,
            Kind::Array(items) => &items[index],
            Kind::Scalar => self,
        }
    }

    /// Where each child begins, its key included, and the child.
    pub(super) fn children(&self) -> Box<dyn Iterator<Item = (usize, &Self)> + '_> {
        match &self.kind {
            Kind::Scalar => Box::new(std::iter::empty()),
            Kind::Array(items) => Box::new(items.iter().map(|item| (item.span.start, item))),
            Kind::Object(entries) => Box::new(entries.iter().map(|entry| (entry.key_start, &entry.value))),
        }
    }

    /// Whether it is a collection without entries.
    pub(super) fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::Scalar => false,
            Kind::Array(items) => items.is_empty(),
            Kind::Object(entries) => entries.is_empty(),
        }
    }

    pub(super) fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Scalar => "a single value",
            Kind::Array(_) => "an array",
            Kind::Object(_) => "an object",
        }
    }
}

/// Reads a text; a byte order mark before it is passed over.
pub(super) fn read(text: &str) -> Result<Document<'_>, EditError> {
    if text.len() > LIMIT {
        return Err(EditError::TooLarge { bytes: text.len(), limit: LIMIT });
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = serde_json::from_str(body).map_err(|error| EditError::Syntax {
        format: Format::Json,
        line: error.line(),
        column: error.column(),
        message: reason(&error),
    })?;
    let mut walker = Walker { text, at: text.len() - body.len() };
    let root = walker.node()?;
    Ok(Document { text, value, root })
}

/// What serde_json says, without the place that stands behind it.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.clone(), |(reason, _)| reason.to_owned())
}

/// Walks over a text that serde_json has read, so it can rely on what comes next.
struct Walker<'a> {
    text: &'a str,
    at: usize,
}

impl Walker<'_> {
    fn node(&mut self) -> Result<Node, EditError> {
        let start = self.next();
        let kind = match self.text.as_bytes().get(start) {
            Some(b'{') => self.object()?,
            Some(b'[') => self.array()?,
            Some(b'"') => {
                self.string();
                Kind::Scalar
            }
            _ => {
                let rest = &self.text[start..];
                self.at += rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
                Kind::Scalar
            }
        };
        Ok(Node { kind, span: start..self.at })
    }

    /// The offset of the next letter that is no space.
    fn next(&mut self) -> usize {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.at
    }

    /// Steps over the next letter if it is this one.
    fn take(&mut self, byte: u8) -> bool {
        let at = self.next();
        let found = self.text.as_bytes().get(at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn array(&mut self) -> Result<Kind, EditError> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.take(b']') {
            items.push(self.node()?);
            self.take(b',');
        }
        Ok(Kind::Array(items))
    }

    fn object(&mut self) -> Result<Kind, EditError> {
        self.at += 1;
        let mut entries = Vec::new();
        let mut seen = HashMap::new();
        while !self.take(b'}') {
            let key_start = self.next();
            let key = self.string();
            if let Some(first) = seen.insert(key.clone(), key_start) {
                let (line, first_line) = (line_of(self.text, key_start), line_of(self.text, first));
                return Err(EditError::DuplicateKey { key, line, first_line });
            }
            self.take(b':');
            entries.push(Entry { key, key_start, value: self.node()? });
            self.take(b',');
        }
        Ok(Kind::Object(entries))
    }

    fn string(&mut self) -> String {
        let start = self.at;
        let bytes = self.text.as_bytes();
        self.at += 1;
        while bytes[self.at] != b'"' {
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        serde_json::from_str(&self.text[start..self.at]).expect("serde_json has read this string before")
    }
}
