//! Python source as the formatter black writes it.

use std::fmt::Write as _;

/// The length of a line from which on black breaks it; a project that sets more keeps what is broken, because of the
/// comma behind the last argument.
const LINE_LENGTH: usize = 88;

/// What a call is given.
pub(super) enum Argument {
    /// An expression.
    Code(String),
    /// A list of expressions.
    List(Vec<String>),
}

/// A text as a Python literal, in double quotes unless single ones need fewer backslashes.
pub(super) fn string(text: &str) -> String {
    let quote = if text.matches('"').count() > text.matches('\'').count() { '\'' } else { '"' };
    let mut literal = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c == quote => literal.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(literal, "\\x{:02x}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push(quote);
    literal
}

/// A statement that calls something, in a function's body.
pub(super) fn call(head: &str, arguments: &[Argument]) -> String {
    let flat: Vec<String> = arguments.iter().map(Argument::flat).collect();
    let line = format!("    {head}({})", flat.join(", "));
    if line.chars().count() <= LINE_LENGTH {
        return line + "\n";
    }
    let mut text = format!("    {head}(\n");
    let is_single = arguments.len() == 1;
    for argument in arguments {
        match argument {
            Argument::Code(code) => {
                let _ = writeln!(text, "        {code},");
            }
            Argument::List(items) => {
                text.push_str("        [\n");
                for item in items {
                    let _ = writeln!(text, "            {item},");
                }
                text.push_str(if is_single { "        ]\n" } else { "        ],\n" });
            }
        }
    }
    text + "    )\n"
}

impl Argument {
    pub(super) fn flat(&self) -> String {
        match self {
            Self::Code(code) => code.clone(),
            Self::List(items) => format!("[{}]", items.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_need_as_few_backslashes_as_can_be() {
        assert_eq!(string("\"it's\""), "'\"it\\'s\"'");
        assert_eq!(string("a 'b'"), "\"a 'b'\"");
        assert_eq!(string("say \"x\""), "'say \"x\"'");
        assert_eq!(string("'\"\\\n\u{1}"), "\"'\\\"\\\\\\n\\x01\"");
    }

    #[test]
    fn a_call_breaks_where_it_is_too_long() {
        let words = |text: &str| Argument::List(vec![string("a"), string(text)]);
        assert_eq!(call("x = f", &[words("b")]), "    x = f([\"a\", \"b\"])\n");
        let long = "b".repeat(80);
        let wanted = format!("    x = f(\n        [\n            \"a\",\n            \"{long}\",\n        ]\n    )\n");
        assert_eq!(call("x = f", &[words(&long)]), wanted);
        let two = call("x = f", &[words(&long), Argument::Code("y=1".to_owned())]);
        assert!(two.ends_with("        ],\n        y=1,\n    )\n"), "{two}");
    }
}
