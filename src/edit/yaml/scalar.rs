//! What a plain scalar means: the types of YAML 1.1 as PyYAML's `safe_load` has them, because that is what
//! reads these files; and which texts another reader (YAML 1.2) would take for something else than text.
//!
//! The rules are those of PyYAML's `yaml/resolver.py` and `yaml/constructor.py`.

use serde_json::{Number, Value};

/// The type of a plain scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Null,
    Bool(bool),
    Number(Number),
    /// Infinite or not a number, which JSON cannot hold.
    NotFinite,
    /// A date or a moment, which stays text.
    Timestamp,
    /// `<<`
    Merge,
    Text,
}

/// What a plain scalar of this text means.
pub(super) fn meaning(text: &str) -> Meaning {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Meaning::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Meaning::Bool(false),
        "<<" => return Meaning::Merge,
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return Meaning::Text;
    }
    if let Some(number) = integer(text) {
        return Meaning::Number(number);
    }
    match float(text) {
        Some(float) => Number::from_f64(float).map_or(Meaning::NotFinite, Meaning::Number),
        None if is_timestamp(text) => Meaning::Timestamp,
        None => Meaning::Text,
    }
}

/// Whether every reader takes a plain scalar of this text for text.
pub(super) fn is_text_everywhere(text: &str) -> bool {
    meaning(text) == Meaning::Text && text != "=" && !is_number_in_core_schema(text)
}

/// The value of a plain scalar.
pub(super) fn plain_value(text: &str) -> Value {
    match meaning(text) {
        Meaning::Null => Value::Null,
        Meaning::Bool(value) => Value::Bool(value),
        Meaning::Number(number) => Value::Number(number),
        Meaning::NotFinite | Meaning::Timestamp | Meaning::Merge | Meaning::Text => Value::String(text.to_owned()),
    }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = split_sign(text);
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        [b'0'..=b'9', ..] => (10, digits),
        _ => return None,
    };
    if radix == 10 && digits.contains(':') {
        return sexagesimal(digits).map(|parts| whole(negative, &parts, 60));
    }
    if !digits.bytes().all(|digit| digit == b'_' || char::from(digit).is_digit(radix)) {
        return None;
    }
    let parts: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(radix)).collect();
    let octal_zero = radix == 8;
    if parts.is_empty() && !octal_zero {
        return None;
    }
    Some(whole(negative, &parts, radix))
}

/// `1:30:00`: the first part may be any number, the others go up to 59.
fn sexagesimal(digits: &str) -> Option<Vec<u32>> {
    let mut parts = digits.split(':');
    let first: String = parts.next()?.chars().filter(|digit| *digit != '_').collect();
    let mut values = vec![first.parse().ok()?];
    for part in parts {
        values.push(part.parse().ok().filter(|value| part.len() <= 2 && *value < 60 && !part.starts_with('+'))?);
    }
    Some(values)
}

fn whole(negative: bool, parts: &[u32], radix: u32) -> Number {
    let exact = parts.iter().try_fold(0_i128, |sum, part| {
        sum.checked_mul(radix.into())?.checked_add(i128::from(*part)).filter(|sum| *sum <= i128::from(u64::MAX))
    });
    let exact = exact.map(|value| if negative { -value } else { value });
    if let Some(number) = exact.and_then(Number::from_i128) {
        return number;
    }
    let magnitude = parts.iter().fold(0.0, |sum, part| sum * f64::from(radix) + f64::from(*part));
    Number::from_f64(if negative { -magnitude } else { magnitude }).unwrap_or_else(|| Number::from(u64::MAX))
}

fn float(text: &str) -> Option<f64> {
    let (negative, digits) = split_sign(text);
    let signed = |value: f64| if negative { -value } else { value };
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(signed(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if digits == text => return Some(f64::NAN),
        _ => {}
    }
    let (whole, fraction) = digits.split_once('.')?;
    if whole.contains(':') {
        let is_fraction = fraction.bytes().all(|digit| digit.is_ascii_digit() || digit == b'_');
        let (_, seconds) = digits.rsplit_once(':').filter(|_| is_fraction)?;
        let seconds: f64 = seconds.replace('_', "").parse().ok()?;
        // Summed up from the right, as PyYAML does, so that even the rounding is the same.
        let minutes = sexagesimal(whole)?.into_iter().rev().skip(1).map(f64::from);
        let (sum, _) = minutes.fold((seconds, 60.0), |(sum, base), part| (sum + part * base, base * 60.0));
        return Some(signed(sum));
    }
    let begins_well = if whole.is_empty() {
        digits == text && fraction.starts_with(|first: char| first.is_ascii_digit())
    } else {
        whole.starts_with(|first: char| first.is_ascii_digit())
    };
    let (mantissa, exponent) = match fraction.find(['e', 'E']) {
        Some(at) => (&fraction[..at], Some(&fraction[at + 1..])),
        None => (fraction, None),
    };
    let digits_only = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit() || digit == b'_');
    let exponent_fits = exponent.is_none_or(|exponent| {
        let number = exponent.strip_prefix(['+', '-']).unwrap_or("");
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    });
    if !begins_well || !exponent_fits || !digits_only(whole) || !digits_only(mantissa) {
        return None;
    }
    digits.replace('_', "").parse().ok().map(signed)
}

/// `2023-10-18`, or with a time behind it.
fn is_timestamp(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape == "0000-00-00" {
        return true;
    }
    let Some((date, time)) = shape.split_once(['T', 't', ' ', '\t']) else { return false };
    let date_fits = matches!(date, "0000-0-0" | "0000-00-0" | "0000-0-00" | "0000-00-00");
    let time = time.trim_start_matches([' ', '\t']);
    let hour_digits = time.bytes().take_while(|digit| *digit == b'0').count();
    date_fits && (1..=2).contains(&hour_digits) && time[hour_digits..].starts_with(":00:00")
}

/// The numbers of YAML 1.2's core schema that YAML 1.1 does not have, such as `1e3` and `0o17`.
fn is_number_in_core_schema(text: &str) -> bool {
    let (_, digits) = split_sign(text);
    if let Some(octal) = digits.strip_prefix("0o") {
        return !octal.is_empty() && octal.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    }
    let begins_as_number = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let special = matches!(digits, ".nan" | ".NaN" | ".NAN");
    special || begins_as_number && digits.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_have_the_types_that_pyyaml_gives_them() {
        for (text, value) in [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!("y")),
            ("yEs", json!("yEs")),
            ("~", json!(null)),
            ("1_000", json!(1000)),
            ("-12", json!(-12)),
            ("+12", json!(12)),
            ("0", json!(0)),
            ("-0", json!(0)),
            ("017", json!(15)),
            ("0_", json!(0)),
            ("08", json!("08")),
            ("0o17", json!("0o17")),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("0b", json!("0b")),
            ("190:20:30", json!(685_230)),
            ("1:60", json!("1:60")),
            ("18446744073709551615", json!(u64::MAX)),
            ("1.0", json!(1.0)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("-.5", json!("-.5")),
            ("1e3", json!("1e3")),
            ("1.5e3", json!("1.5e3")),
            ("1.5e+3", json!(1500.0)),
            ("1.2.3", json!("1.2.3")),
            ("1:30.5", json!(90.5)),
            (".inf", json!(".inf")),
            ("2023-10-18", json!("2023-10-18")),
            ("-", json!("-")),
            (".", json!(".")),
            ("..5", json!("..5")),
            ("1-2", json!("1-2")),
        ] {
            assert_eq!(plain_value(text), value, "{text}");
        }
    }

    #[test]
    fn a_text_that_any_reader_takes_for_something_else_is_not_text_everywhere() {
        for text in [
            "yes",
            "1.0",
            "0.1",
            "null",
            "",
            "1e3",
            "0o17",
            "2023-10-18",
            "2001-12-14 21:59:43.10 -5",
            "<<",
            "=",
            ".inf",
            "1:20",
            "-.5",
            "5.",
        ] {
            assert!(!is_text_everywhere(text), "{text}");
        }
        for text in
            ["0.1.1", "1.2.0@sha256:ab", "v1", "-", "source-faker", "0.3.O", "airbyte/python:1.0.0", "inf", "nan"]
        {
            assert!(is_text_everywhere(text), "{text}");
        }
    }
}
