//! Reads `inputs`.

use serde_json::Value;

use super::super::document::{Entry, Node, Scalar};
use super::super::findings::{Findings, in_code};
use super::super::{Input, InputKind};
use super::values::Fields;
use super::{boolean_hint, number_hint, quote_hint};
use crate::base::StepId;

const KEYS: &[&str] = &["type", "default", "required", "options", "description"];

/// What a type is called; `options` belongs to `choice` only.
#[derive(Clone, Copy, PartialEq)]
enum Type {
    String,
    Integer,
    Boolean,
    Choice,
}

const TYPES: &[(&str, Type)] =
    &[("string", Type::String), ("integer", Type::Integer), ("boolean", Type::Boolean), ("choice", Type::Choice)];

/// The inputs, and the names of those that could not be read.
pub(super) fn read(node: &Node, findings: &mut Findings<'_>) -> (Vec<Input>, Vec<String>) {
    let Some(entries) = findings.mapping(node, "`inputs`") else { return Default::default() };
    let (mut inputs, mut unread): (Vec<Input>, Vec<String>) = Default::default();
    for entry in entries {
        if let Some(earlier) = inputs.iter().find(|input| input.identifier() == entry.key.replace('-', "_")) {
            let message = format!("`{}` and `{}` are the same name in expressions", earlier.name, entry.key);
            let finding = findings.error("ambiguous-name", entry.key_span.clone(), message);
            let other = entries.iter().find(|other| other.key == earlier.name);
            let finding =
                other.into_iter().fold(finding, |finding, other| finding.also(other.key_span.clone(), "the other one"));
            findings.add(finding.hint("Rename one of the two: dashes read as underscores there."));
            continue;
        }
        match input(entry, findings) {
            Some(input) => inputs.push(input),
            None => unread.push(entry.key.replace('-', "_")),
        }
    }
    (inputs, unread)
}

fn input(entry: &Entry, findings: &mut Findings<'_>) -> Option<Input> {
    // An input's name has the shape of a step's id: both become names in expressions.
    if StepId::new(&entry.key).is_err() {
        let message = format!("`{}` is not a name for an input", entry.key);
        let finding = findings.error("invalid-name", entry.key_span.clone(), message);
        findings.add(finding.hint("Use letters, digits, `-` and `_`, beginning with a letter."));
    }
    let what = format!("the input `{}`", entry.key);
    let fields = findings.fields(&entry.value, &what, KEYS)?;
    let kind = kind(fields, entry, &what, findings)?;
    let default = match fields.get("default") {
        Some(node) => Some(default(node, &kind, findings)?),
        None => None,
    };
    let required = fields.get("required").and_then(|node| findings.boolean(node, "`required`"));
    Some(Input {
        name: entry.key.clone(),
        required: default.is_none() && required.unwrap_or(true),
        kind,
        default,
        description: fields.get("description").and_then(|node| findings.plain(node, "`description`")),
    })
}

fn kind(fields: Fields<'_>, entry: &Entry, what: &str, findings: &mut Findings<'_>) -> Option<InputKind> {
    let kind = match fields.get("type") {
        Some(node) => findings.word(node, "`type`", TYPES)?,
        None if fields.get("options").is_some() => Type::Choice,
        None => Type::String,
    };
    let options = fields.entry("options");
    if let Some(options) = options.filter(|_| kind != Type::Choice) {
        let message = "only an input of type `choice` has `options`";
        findings.add(
            findings
                .error("conflicting-keys", options.key_span.clone(), message)
                .hint("Write `type: choice`, or remove `options`."),
        );
    }
    match kind {
        Type::String => Some(InputKind::String),
        Type::Integer => Some(InputKind::Integer),
        Type::Boolean => Some(InputKind::Boolean),
        Type::Choice => {
            let Some(options) = options else {
                if fields.lacks("options") {
                    let hint = "Name the choices, such as `options: [patch, minor, major]`.";
                    findings.missing(entry.key_span.clone(), what, "options", hint);
                }
                return None;
            };
            let options = findings.texts(&options.value, "`options`");
            let options: Vec<String> = options.into_iter().map(|(text, _)| text).collect();
            (!options.is_empty()).then_some(InputKind::Choice(options))
        }
    }
}

/// The default, which must be a value that could have been given.
fn default(node: &Node, kind: &InputKind, findings: &mut Findings<'_>) -> Option<Value> {
    let value = node.as_scalar().map_or(Value::Null, Scalar::to_json);
    let what = "`default`";
    match (kind, &value) {
        (InputKind::String, Value::String(text)) => {
            // An empty default is a value like any other.
            if !text.is_empty() {
                findings.plain(node, what)?;
            }
            Some(value)
        }
        (InputKind::Integer, Value::Number(number)) if number.is_i64() => Some(value),
        (InputKind::Boolean, Value::Bool(_)) => Some(value),
        (InputKind::Choice(options), Value::String(text)) if options.contains(text) => Some(value),
        (InputKind::Choice(options), Value::String(text)) => {
            let finding =
                findings.error("unknown-value", node.span.clone(), format!("`{text}` is not one of the options"));
            findings.add(finding.hint(format!("The options are {}.", in_code(options))));
            None
        }
        (InputKind::String | InputKind::Choice(_), _) => {
            findings.wrong_type(node, what, "a text", quote_hint(node, findings));
            None
        }
        (InputKind::Integer, _) => {
            findings.wrong_type(node, what, "a whole number", number_hint(node));
            None
        }
        (InputKind::Boolean, _) => {
            findings.wrong_type(node, what, "`true` or `false`", boolean_hint(node));
            None
        }
    }
}
