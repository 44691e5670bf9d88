//! From text to [`Node`]s, within budgets.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::super::findings::Findings;
use super::{Entry, Kind, Node, Scalar, Style};
use crate::diagnostic::{Diagnostic, SourceText};

/// The largest file that is read, in bytes: a hundred times the largest workflow seen.
pub(in crate::workflow) const MAX_BYTES: usize = 1024 * 1024;

/// How deep collections may nest.
const MAX_DEPTH: usize = 64;

/// How many values a document may have once its aliases are written out.
const MAX_NODES: usize = 100_000;

/// Reads the one document of the findings' text. `None` if there is no tree to go on with.
pub(in crate::workflow) fn parse(findings: &mut Findings<'_>) -> Option<Node> {
    let source = findings.source;
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let events = Parser::new_from_str_with_options(&source.text, options);
    let mut builder = Builder { source, events, findings, anchors: HashMap::new(), nodes: 0 };
    builder.document().unwrap_or_else(|stop| {
        if let Some(finding) = stop.0 {
            builder.findings.add(*finding);
        }
        None
    })
}

/// Reading cannot go on; why, unless it was said already.
struct Stop(Option<Box<Diagnostic>>);

struct Builder<'a, 'f> {
    source: &'a Arc<SourceText>,
    events: Parser<'a, granit_parser::StrInput<'a>>,
    findings: &'f mut Findings<'a>,
    /// Finished anchored nodes; one that is not here yet is being built.
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'a> Builder<'a, '_> {
    fn document(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) if root.is_some() => {
                    let second = Diagnostic::error("several-documents", "a second YAML document begins here")
                        .at(self.source, bytes(&span))
                        .hint("A file holds one workflow: move this one to a file of its own.");
                    return Err(Stop(Some(Box::new(second))));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => root = Some(self.node(event, &span)?),
            }
        }
        Ok(root)
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Stop> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok(next)) => Ok(Some(next)),
            Some(Err(error)) => Err(Stop(Some(Box::new(syntax(self.source, &error))))),
        }
    }

    fn expect_next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        self.next()?.ok_or(Stop(None))
    }

    fn node(&mut self, event: Event<'a>, span: &Span) -> Result<Node, Stop> {
        self.charge(1, span)?;
        let tag_span = span.tag_span().map_or_else(|| bytes(span), |tag| bytes(&tag));
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tagged_text = self.check_tag(tag.as_deref(), tag_span);
                let scalar = Scalar { text: text.into_owned(), style: written(style), tagged_text };
                self.finish(anchor, Node { span: bytes(span), kind: Kind::Scalar(scalar) }, span)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), tag_span);
                let (items, end) = self.sequence()?;
                let span_of_all = self.cover(span, end);
                self.finish(anchor, Node { span: span_of_all, kind: Kind::Sequence(items) }, span)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), tag_span);
                let (entries, end) = self.mapping()?;
                let span_of_all = self.cover(span, end);
                self.finish(anchor, Node { span: span_of_all, kind: Kind::Mapping(entries) }, span)
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                let message = format!("no anchor `&{name}` stands before this alias");
                let hint = format!("A text that begins with `*` needs quotes: `\"*{name}\"`.");
                self.findings.add(Diagnostic::error("unknown-alias", message).at(self.source, bytes(span)).hint(hint));
                Ok(nothing(bytes(span)))
            }
            _ => Err(Stop(None)),
        }
    }

    fn sequence(&mut self) -> Result<(Vec<Node>, usize), Stop> {
        let mut items = Vec::new();
        loop {
            match self.expect_next()? {
                (Event::SequenceEnd, end) => return Ok((items, bytes(&end).end)),
                (event, span) => items.push(self.node(event, &span)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<(Vec<Entry>, usize), Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut known: HashMap<String, Range<usize>> = HashMap::new();
        loop {
            let (event, span) = self.expect_next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok((entries, bytes(&span).end));
            }
            let key = self.node(event, &span)?;
            let (event, span) = self.expect_next()?;
            let value = self.node(event, &span)?;
            let Kind::Scalar(Scalar { text, .. }) = key.kind else {
                let at = key.head(&self.source.text);
                let finding =
                    Diagnostic::error("key-not-text", format!("a key must be a text, not {}", key.in_words()))
                        .at(self.source, at)
                        .hint("A value that begins with `{` or `[` needs quotes if it is meant as text.");
                self.findings.add(finding);
                continue;
            };
            if let Some(first) = known.get(&text) {
                let finding = Diagnostic::error("duplicate-key", format!("the key `{text}` stands here twice"))
                    .at(self.source, key.span)
                    .label("again here")
                    .also(first.clone(), "first here")
                    .hint("Remove one of the two, or rename one.");
                self.findings.add(finding);
                continue;
            }
            known.insert(text.clone(), key.span.clone());
            entries.push(Entry { key: text, key_span: key.span, value });
        }
    }

    fn alias(&mut self, anchor: usize, span: &Span) -> Result<Node, Stop> {
        let Some(node) = self.anchors.get(&anchor) else {
            let finding = Diagnostic::error("alias-of-itself", "this alias stands inside the value that it repeats")
                .at(self.source, bytes(span))
                .hint("Write the value out.");
            self.findings.add(finding);
            return Ok(nothing(bytes(span)));
        };
        let (size, node) = (node.size(), node.clone());
        self.charge(size, span)?;
        Ok(node)
    }

    fn finish(&mut self, anchor: usize, node: Node, span: &Span) -> Result<Node, Stop> {
        if anchor > 0 {
            self.charge(node.size(), span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn charge(&mut self, nodes: usize, span: &Span) -> Result<(), Stop> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("the document has more than {MAX_NODES} values once its aliases are written out");
        let finding = Diagnostic::error("document-too-large", message)
            .at(self.source, bytes(span))
            .hint("Aliases of aliases multiply: write the values out, or split the workflow.");
        Err(Stop(Some(Box::new(finding))))
    }

    /// Whether the tag makes the value a text. Tags that YAML itself does not define are errors.
    fn check_tag(&mut self, tag: Option<&Tag>, span: Range<usize>) -> bool {
        let Some(tag) = tag else { return false };
        if tag.core_suffix().is_none() {
            let finding = Diagnostic::error("unknown-tag", format!("workflow files have no tag `{tag}`"))
                .at(self.source, span)
                .hint("Remove the tag; a text that begins with `!` needs quotes.");
            self.findings.add(finding);
        }
        tag.is_yaml_core_schema_tag("str")
    }

    /// From the start of a collection to its last visible byte.
    fn cover(&self, start: &Span, end: usize) -> Range<usize> {
        let start = bytes(start).start;
        let text = self.source.text.get(start..end).unwrap_or("");
        start..start + text.trim_end().len()
    }
}

fn written(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        ScalarStyle::Plain => Style::Plain,
    }
}

fn nothing(span: Range<usize>) -> Node {
    Node { span, kind: Kind::Scalar(Scalar { text: "~".into(), style: Style::Plain, tagged_text: false }) }
}

fn bytes(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

/// A text that is not YAML, with the mistake that is usually behind it.
fn syntax(source: &Arc<SourceText>, error: &ScanError) -> Diagnostic {
    let text = &source.text;
    let at = text.floor_char_boundary(error.marker().byte_offset().unwrap_or(text.len()).min(text.len()));
    let (line_start, line) = line_at(text, at);
    let indent = line.len() - line.trim_start().len();
    let at = at.max(line_start + indent).min(line_start + line.len());
    let width = text[at..].chars().next().filter(|letter| !letter.is_whitespace()).map_or(0, char::len_utf8);
    let hint = match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            format!("Collections may nest {MAX_DEPTH} deep.")
        }
        _ if line[..indent].contains('\t') => "Indent with spaces: YAML allows no tabs there.".to_owned(),
        _ if line.contains("${{") => {
            "Put a value with `${{ … }}` in quotes where it contains `: ` or stands inside `{ }` or `[ ]`.".to_owned()
        }
        ErrorKind::MappingValueNotAllowed => {
            "A value that contains `: ` needs quotes; if it is meant as a key, check its indentation.".to_owned()
        }
        _ => "Check the quotes, the brackets and the indentation here and in the line before.".to_owned(),
    };
    Diagnostic::error("invalid-yaml", "this is not YAML").at(source, at..at + width).label(error.info()).hint(hint)
}

/// The line around a byte: where it starts, and its text.
fn line_at(text: &str, at: usize) -> (usize, &str) {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    (start, text[start..].lines().next().unwrap_or(""))
}
