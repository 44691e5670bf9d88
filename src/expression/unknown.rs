//! Values that a plan cannot know, such as the number of a pull request that the run will open.
//!
//! They stand in texts as a mark, so that a plan can show where they will go.

use serde_json::Value;

const OPEN: char = '⟨';
const CLOSE: char = '⟩';

/// The mark for a value that only the run will know: `⟨steps.pull_request.number⟩`.
pub fn unknown(path: &str) -> String {
    format!("{OPEN}{path}{CLOSE}")
}

/// Whether the text is such a mark and nothing else.
pub fn is_unknown(text: &str) -> bool {
    text.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE)).is_some_and(is_path)
}

/// Whether such a mark stands anywhere in a value's texts, keys included.
pub fn contains_unknown(value: &Value) -> bool {
    match value {
        Value::String(text) => text_contains_unknown(text),
        Value::Array(items) => items.iter().any(contains_unknown),
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| text_contains_unknown(key) || contains_unknown(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn text_contains_unknown(text: &str) -> bool {
    // Every opening is tried: a stray `⟨` before a mark must not hide it.
    text.match_indices(OPEN).any(|(at, open)| {
        let rest = &text[at + open.len()..];
        rest.find(CLOSE).is_some_and(|end| is_path(&rest[..end]))
    })
}

/// Names with dots between them; anything else between the brackets is prose.
fn is_path(text: &str) -> bool {
    let legal = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.split('.').all(|name| !name.is_empty() && name.chars().all(legal))
}
