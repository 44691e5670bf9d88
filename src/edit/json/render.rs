//! Values as JSON text, in the style of the document around them.

use serde_json::Value;

use super::super::splice::newline_of;
use super::tree::{Document, Kind, Node};

/// How a document is written.
pub(super) struct Style {
    newline: &'static str,
    /// One step of indentation.
    step: String,
    /// Whether the document spreads collections over lines.
    spread: bool,
    /// What stands after a colon.
    pub(super) colon_space: &'static str,
    comma_space: &'static str,
}

impl Style {
    pub(super) fn of(document: &Document<'_>) -> Self {
        let text = document.text;
        let tight = has_tight_colon(text, &document.root).unwrap_or(false);
        let space = if tight { "" } else { " " };
        Self {
            newline: newline_of(text),
            step: first_step(text, &document.root).unwrap_or_else(|| "  ".to_owned()),
            spread: text[document.root.span.clone()].contains('\n') || document.root.is_empty(),
            colon_space: space,
            comma_space: space,
        }
    }

    /// A value in a node's place: on one line if the old one is a collection on one line or the document knows
    /// no lines, else spread.
    pub(super) fn replacement(&self, text: &str, node: &Node, value: &Value) -> String {
        let old = &text[node.span.clone()];
        let one_line = !node.is_empty() && !matches!(node.kind, Kind::Scalar) && !old.contains('\n');
        let indent = (self.spread && !one_line).then(|| indent_at(text, node.span.start));
        self.text(value, indent.as_deref())
    }

    /// A value; spread over lines that are indented by more than `indent`, or on one line.
    pub(super) fn text(&self, value: &Value, indent: Option<&str>) -> String {
        let (brackets, entries) = match value {
            Value::Array(items) if !items.is_empty() => {
                (('[', ']'), self.entries(items.iter().map(|item| (None, item)), indent))
            }
            Value::Object(map) if !map.is_empty() => {
                (('{', '}'), self.entries(map.iter().map(|(key, value)| (Some(key.as_str()), value)), indent))
            }
            _ => return value.to_string(),
        };
        let (open, close) = brackets;
        match indent {
            None => format!("{open}{}{close}", entries.join(&format!(",{}", self.comma_space))),
            Some(indent) => {
                let line = format!("{}{indent}{}", self.newline, self.step);
                format!("{open}{line}{}{}{indent}{close}", entries.join(&format!(",{line}")), self.newline)
            }
        }
    }

    fn entries<'v>(
        &self,
        entries: impl Iterator<Item = (Option<&'v str>, &'v Value)>,
        indent: Option<&str>,
    ) -> Vec<String> {
        let deeper = indent.map(|indent| format!("{indent}{}", self.step));
        entries
            .map(|(key, value)| {
                let text = self.text(value, deeper.as_deref());
                key.map_or_else(|| text.clone(), |key| format!("{}:{}{text}", Value::from(key), self.colon_space))
            })
            .collect()
    }
}

/// The spaces and tabs at the beginning of the line.
pub(super) fn indent_at(text: &str, offset: usize) -> String {
    let line = &text[text[..offset].rfind('\n').map_or(0, |newline| newline + 1)..offset];
    line[..line.len() - line.trim_start_matches([' ', '\t']).len()].to_owned()
}

/// How much deeper the first entry on a line of its own is than the line of its bracket.
fn first_step(text: &str, node: &Node) -> Option<String> {
    let outer = indent_at(text, node.span.start);
    for (start, child) in node.children() {
        let own_line = text[node.span.start..start].contains('\n');
        let inner = indent_at(text, start);
        if own_line && inner.len() > outer.len() {
            return Some(inner[outer.len()..].to_owned());
        }
        if let Some(step) = first_step(text, child) {
            return Some(step);
        }
    }
    None
}

/// Whether the first value follows its colon without a space; `None` if there is no key.
fn has_tight_colon(text: &str, node: &Node) -> Option<bool> {
    if let Kind::Object(entries) = &node.kind {
        let first = entries.first()?;
        return Some(text[..first.value.span.start].ends_with(':'));
    }
    node.children().find_map(|(_, child)| has_tight_colon(text, child))
}
