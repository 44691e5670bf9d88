//! Scalars: their text, their style, and the value that YAML 1.2's core schema gives them.

use std::ops::Range;

use serde_json::Value;

use super::offsets;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workflow) enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|` or `>`.
    Block,
}

/// A scalar.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::workflow) struct Scalar {
    /// The text after quotes, escapes, folding and indentation.
    pub(in crate::workflow) text: String,
    /// How it is written.
    pub(in crate::workflow) style: Style,
    /// Whether `!!str` says that it is text whatever it looks like.
    pub(in crate::workflow) tagged_text: bool,
}

impl Scalar {
    /// The value. Only plain scalars can be something other than text.
    pub(in crate::workflow) fn to_json(&self) -> Value {
        if self.style != Style::Plain || self.tagged_text {
            return Value::String(self.text.clone());
        }
        plain_value(&self.text)
    }

    /// The text, if that is what the value is.
    pub(in crate::workflow) fn as_text(&self) -> Option<&str> {
        matches!(self.to_json(), Value::String(_)).then_some(self.text.as_str())
    }

    /// The value in words, for `expected …, found …`.
    pub(in crate::workflow) fn in_words(&self) -> String {
        match self.to_json() {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("the boolean {value}"),
            Value::Number(_) => format!("the number {}", self.text),
            _ if self.text.is_empty() => "an empty text".to_owned(),
            _ if self.text.len() > 40 || self.text.contains('\n') => "a text".to_owned(),
            _ => format!("the text `{}`", self.text),
        }
    }

    /// The bytes of the source from which these bytes of the text came. `span` is the scalar's place.
    pub(in crate::workflow) fn locate(&self, source: &str, span: &Range<usize>, within: &Range<usize>) -> Range<usize> {
        offsets::locate(source, span, self, within).unwrap_or_else(|| span.clone())
    }
}

/// YAML 1.2's core schema, but for decimal numbers with leading zeros, which are text here: other readers take
/// them for octal, so that only text says the same to all.
fn plain_value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    integer(text).or_else(|| float(text)).unwrap_or_else(|| Value::String(text.to_owned()))
}

fn integer(text: &str) -> Option<Value> {
    if let Some(digits) = text.strip_prefix("0x") {
        return digits_only(digits).then(|| i64::from_str_radix(digits, 16).ok()).flatten().map(Value::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return digits_only(digits).then(|| i64::from_str_radix(digits, 8).ok()).flatten().map(Value::from);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    if leading_zero || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse::<i64>().ok().map(Value::from)
}

fn digits_only(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let shape = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.contains(|c: char| c.is_ascii_digit())
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
        && unsigned.contains(['.', 'e', 'E']);
    let leading_zero = unsigned.len() > 1 && unsigned.starts_with('0') && !unsigned.starts_with("0.");
    if !shape || leading_zero {
        return None;
    }
    text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_have_the_values_of_the_core_schema() {
        let cases = [
            ("~", json!(null)),
            ("true", json!(true)),
            ("yes", json!("yes")),
            ("no", json!("no")),
            ("12", json!(12)),
            ("-3", json!(-3)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("010", json!("010")),
            ("1.10", json!(1.1)),
            ("1e3", json!(1000.0)),
            ("1.2.3", json!("1.2.3")),
            ("-", json!("-")),
            (".", json!(".")),
            ("e", json!("e")),
            ("2023-10-18", json!("2023-10-18")),
            (".inf", json!(".inf")),
            ("0x-1", json!("0x-1")),
            ("99999999999999999999", json!("99999999999999999999")),
        ];
        for (text, value) in cases {
            assert_eq!(plain_value(text), value, "{text}");
        }
    }

    #[test]
    fn quotes_and_the_str_tag_make_text() {
        let quoted = Scalar { text: "1.10".into(), style: Style::Single, tagged_text: false };
        assert_eq!(quoted.as_text(), Some("1.10"));
        let tagged = Scalar { text: "1.10".into(), style: Style::Plain, tagged_text: true };
        assert_eq!(tagged.to_json(), json!("1.10"));
    }
}
