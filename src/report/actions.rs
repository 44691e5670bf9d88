//! `cutover actions`: what steps can use, and the help of one action from the schema of its `with`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::layout::{columns, filled, padded, table};
use super::schema;
use super::style::{Ink, Style};
use crate::base::closest;
use crate::workflow::{ActionSpec, Effect};

/// All actions with what each does; with a name, everything about that one.
///
/// A name that no action has is answered with what was probably meant; see [`find`] to make it an error.
pub fn text(actions: &[ActionSpec], only: Option<&str>, style: &Style) -> String {
    match only {
        None => list(actions, *style),
        Some(name) => match find(actions, name) {
            Ok(action) => help(action, *style),
            Err(message) => format!("{message}\n"),
        },
    }
}

/// The action with this name, or a sentence that says which was probably meant.
pub fn find<'a>(actions: &'a [ActionSpec], name: &str) -> Result<&'a ActionSpec, String> {
    actions.iter().find(|action| action.name == name).ok_or_else(|| {
        let meant = closest(name, actions.iter().map(|action| action.name));
        let meant = meant
            .map_or_else(|| "`cutover actions` lists them all.".to_owned(), |meant| format!("Did you mean `{meant}`?"));
        format!("There is no action `{name}`. {meant}")
    })
}

fn list(actions: &[ActionSpec], style: Style) -> String {
    let mut text = String::new();
    for effect in [Effect::Edit, Effect::Resolve, Effect::Execute, Effect::Publish] {
        let of_effect: Vec<&ActionSpec> = actions.iter().filter(|action| action.effect == effect).collect();
        if of_effect.is_empty() {
            continue;
        }
        let (name, does) = (effect.as_str(), meaning(effect));
        text.push_str(&filled(&format!("{}: ", style.paint(Ink::Heading, name)), does, style.width));
        let widest = actions.iter().map(|action| columns(action.name)).max().unwrap_or(0);
        for action in of_effect {
            text.push_str(&filled(&format!("  {}  ", padded(action.name, widest)), action.summary, style.width));
        }
        text.push('\n');
    }
    text.push_str("`cutover actions NAME` shows what an action takes and gives, with an example.\n");
    text
}

fn meaning(effect: Effect) -> &'static str {
    match effect {
        Effect::Edit => "changes files, the same in a plan and in a run",
        Effect::Resolve => "asks the outside world once and keeps the answer",
        Effect::Execute => "runs a process, in a run only",
        Effect::Publish => "changes the outside world, in a run only; safe to repeat",
    }
}

fn help(action: &ActionSpec, style: Style) -> String {
    let mut text = format!("{} ({})\n", style.paint(Ink::Heading, action.name), action.effect);
    text.push_str(&filled("  ", action.summary, style.width));
    let parameters = parameters(&action.with);
    if !parameters.is_empty() {
        let _ = writeln!(text, "\n{}", style.paint(Ink::Heading, "with"));
        for parameter in parameters {
            let must = if parameter.required { ", required" } else { "" };
            let default = parameter.default.map_or_else(String::new, |default| format!(", by default {default}"));
            let kind = format!("({}{must}{default})", parameter.kind);
            text.push_str(&filled("  ", &format!("{} {kind}", parameter.name), style.width));
            text.push_str(&filled("      ", &parameter.description, style.width));
        }
    }
    let _ = writeln!(text, "\n{}", style.paint(Ink::Heading, "outputs"));
    let changed = ["changed", "boolean", "Whether the step changed anything; every step has it."];
    let outputs = action.outputs.iter().map(|output| [output.name, output.kind, output.description]);
    let rows: Vec<Vec<String>> = outputs.chain([changed]).map(|row| row.map(str::to_owned).to_vec()).collect();
    for line in table(&rows, style.width.saturating_sub(2).max(40)) {
        let _ = writeln!(text, "  {line}");
    }
    let _ = writeln!(text, "\n{}", style.paint(Ink::Heading, "example"));
    for line in example(action) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// The example as a step of a workflow file.
fn example(action: &ActionSpec) -> Vec<String> {
    let id = action.name.rsplit('.').next().unwrap_or(action.name);
    let whole = action
        .example
        .lines()
        .any(|line| !line.starts_with(' ') && line.trim_end().ends_with(':') && !line.starts_with("with:"));
    if whole {
        return action.example.lines().map(str::to_owned).collect();
    }
    let lines = action.example.lines().map(|line| format!("  {line}"));
    std::iter::once(format!("{id}:")).chain(lines).collect()
}

/// A key of a `with`.
struct Parameter<'a> {
    name: &'a str,
    kind: String,
    required: bool,
    default: Option<String>,
    description: String,
}

fn parameters(with: &Value) -> Vec<Parameter<'_>> {
    let Some(properties) = with.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let required = |name: &str| {
        let required = with.get("required").and_then(Value::as_array);
        required.is_some_and(|required| required.iter().any(|one| one == name))
    };
    let mut parameters: Vec<Parameter<'_>> = properties
        .iter()
        .map(|(name, schema)| Parameter {
            name,
            kind: kind(schema, with),
            required: required(name),
            default: default(schema),
            description: schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        })
        .collect();
    parameters.sort_by_key(|parameter| !parameter.required);
    parameters
}

/// A default that says something: not null, nor an empty text or list.
fn default(schema: &Value) -> Option<String> {
    match schema.get("default")? {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(fields) if fields.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A schema's type in words.
fn kind(schema: &Value, root: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.map_or_else(|| "value".to_owned(), |target| kind(target, root));
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let choices: Vec<String> = choices.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        return choices.join(" | ");
    }
    if let Some(constant) = schema.get("const").and_then(Value::as_str) {
        return constant.to_owned();
    }
    for many in ["anyOf", "oneOf", "allOf"] {
        if let Some(variants) = schema.get(many).and_then(Value::as_array) {
            let mut kinds: Vec<String> = variants.iter().map(|variant| kind(variant, root)).collect();
            kinds.retain(|kind| kind != "null");
            kinds.dedup();
            return kinds.join(" | ");
        }
    }
    match schema.get("type") {
        Some(Value::String(name)) if name == "array" => {
            let items = schema.get("items").map_or_else(|| "value".to_owned(), |items| kind(items, root));
            format!("list of {items}s")
        }
        Some(Value::String(name)) if name == "object" => "mapping".to_owned(),
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect();
            names.join(" | ")
        }
        _ => "value".to_owned(),
    }
}

/// The actions as one object; with a name, only that one.
pub fn json(actions: &[ActionSpec], only: Option<&str>) -> Value {
    let shown = actions.iter().filter(|action| only.is_none_or(|name| action.name == name)).map(|action| {
        let outputs = action
            .outputs
            .iter()
            .map(|output| json!({ "name": output.name, "type": output.kind, "description": output.description }));
        json!({
            "name": action.name,
            "effect": action.effect,
            "summary": action.summary,
            "with": action.with,
            "outputs": outputs.collect::<Vec<_>>(),
            "example": action.example,
        })
    });
    json!({ "schema": schema("actions"), "actions": shown.collect::<Vec<_>>() })
}
