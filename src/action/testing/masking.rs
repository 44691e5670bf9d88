//! What of a file of secrets is secret, and how it may be spelt in what tests print.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::base::Redactor;
use crate::junit;

/// A value under a key that names no secret is masked from this length on: shorter ones are names of streams, regions
/// and the like, without which no log could be read.
const SHORTEST_UNNAMED: usize = 8;

/// Keys under which every value is a secret.
static SECRET_KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)pass|secret|token|key|credential|auth|private|signature|cookie|session|pin$")
        .expect("the pattern is valid")
});

/// Values that are in every configuration and hide nothing: times, and words about them.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d{4}-\d{2}-\d{2}([T ][0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?|true|false|null)$")
        .expect("the pattern is valid")
});

/// The values of a file that must not be shown: of JSON the texts and numbers that may be secrets, of others each line.
pub(super) fn secret_values(content: &str) -> Vec<String> {
    let mut values = Vec::new();
    if let Ok(document) = serde_json::from_str::<Value>(content) {
        collect(&document, false, &mut values);
        return values;
    }
    values.extend(content.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_UNNAMED).map(str::to_owned));
    // `KEY=value` and `key: value` show as the value alone.
    let assigned = content.lines().filter_map(|line| line.split_once('=').or_else(|| line.split_once(": ")));
    let bare = assigned.map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned());
    values.extend(bare.filter(|value| value.len() >= SHORTEST_UNNAMED && !HARMLESS.is_match(value)));
    values
}

fn collect(value: &Value, is_named: bool, values: &mut Vec<String>) {
    let shortest = if is_named { 1 } else { SHORTEST_UNNAMED };
    match value {
        Value::String(text) if text.len() >= shortest && !HARMLESS.is_match(text) => {
            values.push(text.clone());
            // Keys of service accounts are documents within a text.
            if let Ok(inner @ Value::Object(_)) = serde_json::from_str::<Value>(text) {
                collect(&inner, is_named, values);
            }
        }
        Value::Number(number) if is_named || number.to_string().len() >= SHORTEST_UNNAMED => {
            values.push(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, is_named, values)),
        Value::Object(fields) => {
            for (key, value) in fields {
                collect(value, is_named || SECRET_KEY.is_match(key), values);
            }
        }
        _ => {}
    }
}

/// A redactor that knows these values besides, and all of them as Python, JSON and XML spell them.
pub(super) fn masking(known: &Redactor, values: Vec<String>) -> Redactor {
    known.also(values).spelt(shown).spelt(quoted).spelt(in_text).spelt(junit::escaped).spelt(in_address)
}

/// Within single quotes, as Python shows texts.
fn shown(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

/// Within double quotes, as JSON has it.
fn quoted(text: &str) -> String {
    shown(text).replace('"', "\\\"")
}

/// Between the tags of XML.
fn in_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// In the query of an address.
fn in_address(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let spell = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(spell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_in_json_is_masked_and_dates_are_not() {
        let content = r#"{"start_date": "2021-01-01T00:00:00Z", "region": "us-east", "credentials": {"user": "ada", "pin": 4711, "on": true},
            "account": "1234567890", "service": "{\"private_key\": \"-----BEGIN\\nabcdefgh\\n\"}"}"#;
        let values = secret_values(content);
        for secret in ["ada", "4711", "1234567890", "-----BEGIN\nabcdefgh\n"] {
            assert!(values.iter().any(|value| value == secret), "{secret} in {values:?}");
        }
        assert!(
            !values.iter().any(|value| value.starts_with("2021") || value == "us-east" || value == "true"),
            "{values:?}"
        );
    }

    #[test]
    fn other_files_are_masked_by_line_and_by_value() {
        let values = secret_values("TOKEN=\"abcdefghij\"\nDAY=2021-01-01\n# x\n");
        assert!(values.contains(&"abcdefghij".to_owned()) && !values.contains(&"2021-01-01".to_owned()), "{values:?}");
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let masked = masking(&Redactor::new(["s<a>&\"b\"".to_owned()]), vec!["two\nlines".to_owned()]);
        for text in [
            "s<a>&\"b\"",
            "s&lt;a&gt;&amp;\"b\"",
            "s&lt;a&gt;&amp;&quot;b&quot;",
            "s<a>&\\\"b\\\"",
            "s%3Ca%3E%26%22b%22",
            "two\\nlines",
        ] {
            assert_eq!(masked.apply(text), "***", "{text}");
        }
    }
}
