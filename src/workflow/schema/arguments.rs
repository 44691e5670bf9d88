//! The schema of an action's `with`, made fit for the schema of workflow files: its definitions get names of their own
//! there, and every value may also be a `${{ }}`.

use serde_json::{Map, Value, json};

use super::super::ActionSpec;

/// The name of the definition of an action's `with`.
pub(super) fn definition(action: &ActionSpec) -> String {
    format!("with.{}", action.name)
}

/// Adds the definitions that an action needs.
pub(super) fn define(action: &ActionSpec, definitions: &mut Map<String, Value>) {
    let mut schema = action.with.clone();
    let own = schema.as_object_mut().and_then(|schema| schema.remove("$defs"));
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
        schema.remove("title");
        if schema.contains_key("properties") {
            schema.entry("additionalProperties").or_insert(Value::Bool(false));
        }
    }
    let prefix = definition(action);
    definitions.insert(prefix.clone(), rewrite(&schema, &prefix));
    for (name, schema) in own.as_ref().and_then(Value::as_object).into_iter().flatten() {
        definitions.insert(format!("{prefix}.{name}"), rewrite(schema, &prefix));
    }
}

/// The schema with its references led to the new names, and with `${{ }}` allowed for every value inside.
fn rewrite(schema: &Value, prefix: &str) -> Value {
    let Some(keywords) = schema.as_object() else { return schema.clone() };
    let all = |schemas: &Value| match schemas {
        Value::Array(schemas) => schemas.iter().map(|schema| rewrite(schema, prefix)).collect(),
        other => other.clone(),
    };
    let rewritten = keywords.iter().map(|(keyword, value)| {
        let value = match keyword.as_str() {
            "$ref" => match value.as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
                Some(name) => json!(format!("#/$defs/{prefix}.{name}")),
                None => value.clone(),
            },
            "properties" => match value {
                Value::Object(properties) => {
                    properties.iter().map(|(key, schema)| (key.clone(), or_template(schema, prefix))).collect()
                }
                other => other.clone(),
            },
            "items" | "additionalProperties" => or_template(value, prefix),
            "anyOf" | "oneOf" | "allOf" => all(value),
            _ => value.clone(),
        };
        (keyword.clone(), value)
    });
    Value::Object(rewritten.collect())
}

/// The schema of a value that may be a `${{ }}` instead.
fn or_template(schema: &Value, prefix: &str) -> Value {
    let rewritten = rewrite(schema, prefix);
    if takes_any_text(schema) {
        return rewritten;
    }
    let mut either = json!({ "anyOf": [rewritten, { "$ref": "#/$defs/template" }] });
    // Editors show the description of the value itself, not of its alternatives.
    for keyword in ["description", "default"] {
        if let Some(value) = schema.get(keyword) {
            either[keyword] = value.clone();
        }
    }
    either
}

/// Whether a template, being a text, fits already. `true` and `false` are whole schemas and stay.
fn takes_any_text(schema: &Value) -> bool {
    const NARROWING: &[&str] = &["$ref", "enum", "const", "pattern", "format", "maxLength", "anyOf", "oneOf", "allOf"];
    let Some(keywords) = schema.as_object() else { return true };
    if NARROWING.iter().any(|keyword| keywords.contains_key(*keyword)) {
        return false;
    }
    match keywords.get("type") {
        None => true,
        Some(Value::Array(types)) => types.iter().any(|kind| kind == "string"),
        Some(kind) => kind == "string",
    }
}
