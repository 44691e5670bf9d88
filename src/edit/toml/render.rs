//! Values as TOML text, on one line.

use serde_json::{Map, Value};

use super::super::{EditError, Format};

/// A value in place of an old one: a literal string and a date stay what they are where they can.
pub(super) fn value_like(value: &Value, old: &toml_edit::Value, written: &str) -> Result<String, EditError> {
    match value {
        Value::String(text) if old.is_datetime() && text.parse::<toml_edit::Datetime>().is_ok() => Ok(text.clone()),
        Value::String(text) if written.starts_with('\'') && can_be_literal(text) => Ok(format!("'{text}'")),
        _ => self::value(value),
    }
}

/// A value.
pub(super) fn value(value: &Value) -> Result<String, EditError> {
    Ok(match value {
        Value::Null => return Err(EditError::Unwritable { format: Format::Toml, what: "null" }),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) if number.is_u64() && !number.is_i64() => {
            return Err(EditError::Unwritable { format: Format::Toml, what: "an integer of more than 63 bits" });
        }
        Value::Number(number) => number.to_string(),
        Value::String(text) => basic_string(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect::<Result<_, _>>()?;
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => format!("{{ {} }}", entries(map)?.join(", ")),
    })
}

/// `key = value` for each entry.
pub(super) fn entries(map: &Map<String, Value>) -> Result<Vec<String>, EditError> {
    map.iter().map(|(key, value)| entry(key, value)).collect()
}

/// `key = value`.
pub(super) fn entry(key: &str, value: &Value) -> Result<String, EditError> {
    Ok(format!("{} = {}", self::key(key), self::value(value)?))
}

/// A key, bare where it can be.
pub(super) fn key(key: &str) -> String {
    let is_bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare { key.to_owned() } else { basic_string(key) }
}

/// Keys with dots between them.
pub(super) fn dotted(keys: &[&str]) -> String {
    keys.iter().map(|key| self::key(key)).collect::<Vec<_>>().join(".")
}

fn can_be_literal(text: &str) -> bool {
    !text.contains('\'') && !text.chars().any(char::is_control)
}

fn basic_string(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            _ if character.is_control() => {
                let escape = format!("\\u{:04X}", u32::from(character));
                quoted.push_str(&escape);
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
