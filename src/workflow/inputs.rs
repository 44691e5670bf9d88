//! The values of a workflow's inputs: what was given on the command line, completed and checked.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::findings::{in_code, suggestion};
use super::{Input, InputKind, Workflow};
use crate::diagnostic::{Diagnostic, SourceText};

/// The values of all inputs under the names that expressions use, in the file's order: given, or the default, or
/// `null` where an input is optional and has none. `given` is by name, with dashes or underscores.
///
/// # Errors
/// Everything that is wrong at once: unknown inputs, values of the wrong type, required inputs that are missing.
pub fn input_values(
    workflow: &Workflow,
    given: &BTreeMap<String, String>,
) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let mut diagnostics: Vec<Diagnostic> = unknown(workflow, given).collect();
    let mut values = Map::new();
    for input in &workflow.inputs {
        let mut matching = given.iter().filter(|(name, _)| is_name_of(name, input));
        let value = match (matching.next(), matching.next()) {
            (Some((name, _)), Some(again)) => Err(Box::new(twice(name, again))),
            (Some((name, text)), None) => parse(input, text).ok_or_else(|| Box::new(wrong_value(input, name, text))),
            (None, _) => absent(input, workflow),
        };
        match value {
            Ok(value) => drop(values.insert(input.identifier(), value)),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    if diagnostics.is_empty() { Ok(values) } else { Err(diagnostics) }
}

fn is_name_of(name: &str, input: &Input) -> bool {
    name.replace('-', "_") == input.identifier()
}

fn unknown<'a>(
    workflow: &'a Workflow,
    given: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = Diagnostic> + use<'a> {
    let unknown = given.iter().filter(|(name, _)| !workflow.inputs.iter().any(|input| is_name_of(name, input)));
    unknown.map(|(name, text)| {
        let names = workflow.inputs.iter().map(|input| input.name.as_str());
        let message = format!("the workflow `{}` has no input `{name}`", workflow.name);
        at_name("unknown-input", message, name, text).hint(suggestion(name, names, "inputs"))
    })
}

fn parse(input: &Input, text: &str) -> Option<Value> {
    match &input.kind {
        InputKind::String => Some(Value::from(text)),
        InputKind::Integer => text.parse::<i64>().ok().map(Value::from),
        InputKind::Boolean => text.parse::<bool>().ok().map(Value::from),
        InputKind::Choice(options) => options.iter().any(|option| option == text).then(|| Value::from(text)),
    }
}

fn absent(input: &Input, workflow: &Workflow) -> Result<Value, Box<Diagnostic>> {
    if let Some(default) = &input.default {
        return Ok(default.clone());
    }
    if !input.required {
        return Ok(Value::Null);
    }
    let message = format!("the workflow `{}` needs the input `{}`", workflow.name, input.name);
    let description =
        input.description.as_ref().map(|description| format!(" It is: {description}")).unwrap_or_default();
    let value = match &input.kind {
        InputKind::Choice(options) => options.join("|"),
        kind => format!("<{}>", kind.as_str()),
    };
    let hint = format!("Give it with `--input {}={value}`.{description}", input.name);
    Err(Box::new(Diagnostic::error("missing-input", message).hint(hint)))
}

fn wrong_value(input: &Input, name: &str, text: &str) -> Diagnostic {
    let expected = match &input.kind {
        InputKind::Choice(options) => format!("one of {}", in_code(options)),
        InputKind::Integer => "a whole number".to_owned(),
        InputKind::Boolean => "`true` or `false`".to_owned(),
        InputKind::String => "a text".to_owned(),
    };
    let source = SourceText::new("--input", format!("{name}={text}"));
    let span = name.len() + 1..source.text.len();
    let finding = Diagnostic::error("wrong-type", format!("the input `{}` must be {expected}", input.name));
    let finding = finding.at(&source, span);
    match (&input.kind, input.description.as_deref()) {
        (InputKind::Choice(options), _) => {
            finding.hint(suggestion(text, options.iter().map(String::as_str), "options"))
        }
        (_, Some(description)) => finding.hint(format!("It is: {description}")),
        (_, None) => finding.hint(format!("Write `--input {name}=` and {expected}.")),
    }
}

fn twice(name: &str, again: (&String, &String)) -> Diagnostic {
    let message = format!("`{name}` and `{}` are the same input", again.0);
    at_name("ambiguous-name", message, again.0, again.1).hint("Give it once.")
}

/// A finding about the name in `name=value`.
fn at_name(code: &'static str, message: String, name: &str, text: &str) -> Diagnostic {
    let source = SourceText::new("--input", format!("{name}={text}"));
    Diagnostic::error(code, message).at(&source, 0..name.len())
}
