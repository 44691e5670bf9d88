//! A YAML text as a tree of nodes that know where they stand.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle};

use super::super::splice::line_of;
use super::super::{EditError, Format};
use super::scalar::{self, Meaning};

/// The largest text that is read, in bytes.
const LIMIT: usize = 10 * 1024 * 1024;

/// How deep block and, again, flow collections may be nested.
const NESTING: usize = 96;

/// A value, and where it stands.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) kind: Kind<'a>,
    /// The bytes of a scalar, an alias or a flow collection, without anchor and tag. A block scalar begins at
    /// its first line of content; a block collection has an empty span at its first key or item.
    pub(super) span: Range<usize>,
    /// The number that aliases know it by; 0 if it has no anchor.
    pub(super) anchor: usize,
    /// The full tag, if one is written.
    pub(super) tag: Option<String>,
}

#[derive(Debug)]
pub(super) enum Kind<'a> {
    /// `written` is false for the null that is meant where nothing stands.
    Scalar {
        text: Cow<'a, str>,
        style: ScalarStyle,
        written: bool,
    },
    /// The anchor's number.
    Alias(usize),
    Sequence {
        flow: bool,
        items: Vec<Node<'a>>,
    },
    Mapping {
        flow: bool,
        entries: Vec<Entry<'a>>,
    },
}

#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) key: Node<'a>,
    pub(super) value: Node<'a>,
}

/// A text that holds at most one document.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    /// `None` when the text has no document at all: it is empty or holds only comments.
    pub(super) root: Option<Node<'a>>,
    /// Where the document's content may begin: after the byte order mark and after `---`.
    pub(super) start: usize,
    /// Where the document ends: at `...` or at the end of the text.
    pub(super) end: usize,
}

impl Node<'_> {
    /// The text of a scalar.
    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A plain scalar's meaning; `None` for everything else and for what a tag says to be something else.
    pub(super) fn plain_meaning(&self) -> Option<Meaning> {
        match &self.kind {
            Kind::Scalar { text, style: ScalarStyle::Plain, .. } if self.tag.is_none() => Some(scalar::meaning(text)),
            _ => None,
        }
    }

    /// Whether it is the key `<<`.
    pub(super) fn is_merge_key(&self) -> bool {
        self.plain_meaning() == Some(Meaning::Merge)
    }

    /// The last scalar, alias or flow collection in it.
    pub(super) fn last(&self) -> &Self {
        match &self.kind {
            Kind::Sequence { flow: false, items } => items.last().map_or(self, Self::last),
            Kind::Mapping { flow: false, entries } => entries.last().map_or(self, |entry| entry.value.last()),
            _ => self,
        }
    }

    /// Whether it is written with `|` or `>`.
    pub(super) fn is_block_scalar(&self) -> bool {
        matches!(self.kind, Kind::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. })
    }

    /// What it is, for messages.
    pub(super) fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { .. } if self.plain_meaning() == Some(Meaning::Null) => "null",
            Kind::Scalar { .. } => "a single value",
            Kind::Alias(_) => "an alias",
            Kind::Sequence { .. } => "a sequence",
            Kind::Mapping { .. } => "a mapping",
        }
    }
}

/// Reads a text with at most one document and without duplicate keys.
pub(super) fn read(text: &str) -> Result<Document<'_>, EditError> {
    if text.len() > LIMIT {
        return Err(EditError::TooLarge { bytes: text.len(), limit: LIMIT });
    }
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: NESTING,
        block_nesting_limit: NESTING,
    };
    let mut builder = Builder::new(text);
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax(&error))?;
        builder.event(event, span)?;
    }
    Ok(builder.document)
}

fn syntax(error: &ScanError) -> EditError {
    let marker = error.marker();
    EditError::Syntax { format: Format::Yaml, line: marker.line(), column: marker.col() + 1, message: error.info() }
}

/// A collection whose end has not come yet.
struct Open<'a> {
    node: Node<'a>,
    key: Option<Node<'a>>,
    seen: HashMap<Cow<'a, str>, usize>,
}

struct Builder<'a> {
    document: Document<'a>,
    stack: Vec<Open<'a>>,
    documents: usize,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let document = Document { text, root: None, start, end: text.len() };
        Self { document, stack: Vec::new(), documents: 0 }
    }

    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), EditError> {
        let range = span.byte_range().expect("a parser of a string knows byte offsets");
        let node = |kind, anchor, tag: Option<Cow<'_, granit_parser::Tag>>| Node {
            kind,
            span: range.clone(),
            anchor,
            tag: tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix())),
        };
        match event {
            Event::DocumentStart(explicit, _) => self.start_document(explicit, &range)?,
            Event::DocumentEnd if range.start < range.end => self.document.end = range.start,
            Event::Scalar(text, style, anchor, tag) => {
                let written = style != ScalarStyle::Plain || range.start < range.end;
                let text = if written { self.as_written(text, style, &range) } else { Cow::Borrowed("") };
                self.add(node(Kind::Scalar { text, style, written }, anchor, tag))?;
            }
            Event::Alias(id) => self.add(node(Kind::Alias(id), 0, None))?,
            Event::SequenceStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                self.open(node(Kind::Sequence { flow, items: Vec::new() }, anchor, tag));
            }
            Event::MappingStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                self.open(node(Kind::Mapping { flow, entries: Vec::new() }, anchor, tag));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end)?,
            _ => {}
        }
        Ok(())
    }

    /// A block scalar that the end of the text cuts off has no line break at its end; granit-parser adds one.
    fn as_written(&self, mut value: Cow<'a, str>, style: ScalarStyle, range: &Range<usize>) -> Cow<'a, str> {
        let text = self.document.text;
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let cut_off = is_block && range.end == text.len() && !text.trim_end_matches(' ').ends_with(['\n', '\r']);
        if cut_off && value.ends_with('\n') {
            value.to_mut().pop();
        }
        value
    }

    fn start_document(&mut self, explicit: bool, range: &Range<usize>) -> Result<(), EditError> {
        self.documents += 1;
        if self.documents > 1 {
            return Err(EditError::SeveralDocuments { line: line_of(self.document.text, range.start) });
        }
        if explicit {
            self.document.start = range.end;
        }
        Ok(())
    }

    fn open(&mut self, node: Node<'a>) {
        self.stack.push(Open { node, key: None, seen: HashMap::new() });
    }

    fn close(&mut self, end: usize) -> Result<(), EditError> {
        let mut open = self.stack.pop().expect("the parser ends only what it has started");
        if let Kind::Sequence { flow: true, .. } | Kind::Mapping { flow: true, .. } = open.node.kind {
            open.node.span.end = end;
        }
        self.add(open.node)
    }

    fn add(&mut self, node: Node<'a>) -> Result<(), EditError> {
        let text = self.document.text;
        let Some(parent) = self.stack.last_mut() else {
            self.document.root = Some(node);
            return Ok(());
        };
        match &mut parent.node.kind {
            Kind::Sequence { items, .. } => items.push(node),
            Kind::Mapping { entries, .. } => {
                if let Some(key) = parent.key.take() {
                    entries.push(Entry { key, value: node });
                } else {
                    check_duplicate(text, entries, &mut parent.seen, &node)?;
                    parent.key = Some(node);
                }
            }
            Kind::Scalar { .. } | Kind::Alias(_) => unreachable!("only collections are opened"),
        }
        Ok(())
    }
}

/// Keys are compared as they are written, without quotes. Several merge keys in a mapping are fine.
fn check_duplicate<'a>(
    text: &str,
    entries: &[Entry<'a>],
    seen: &mut HashMap<Cow<'a, str>, usize>,
    key: &Node<'a>,
) -> Result<(), EditError> {
    let Kind::Scalar { text: name, .. } = &key.kind else { return Ok(()) };
    if key.is_merge_key() {
        return Ok(());
    }
    // Most mappings are small, and looking through them is faster than hashing.
    let first = if entries.len() < 16 {
        entries.iter().find(|entry| entry.key.scalar() == Some(name)).map(|entry| entry.key.span.start)
    } else {
        if seen.is_empty() {
            seen.extend(entries.iter().filter_map(|entry| match &entry.key.kind {
                Kind::Scalar { text, .. } => Some((text.clone(), entry.key.span.start)),
                _ => None,
            }));
        }
        seen.insert(name.clone(), key.span.start)
    };
    first.map_or(Ok(()), |first| {
        Err(EditError::DuplicateKey {
            key: name.clone().into_owned(),
            line: line_of(text, key.span.start),
            first_line: line_of(text, first),
        })
    })
}
