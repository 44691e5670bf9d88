//! Checks of an expression's text before anything is evaluated, and its errors in the user's words.
//!
//! This file and `walk.rs` are the only ones that know minijinja's syntax tree, whose interface may change with its
//! version.

use std::ops::Range;

use minijinja::machinery::{Span, Token, parse_expr, tokenize};

use super::ExpressionError;
use super::walk::{Findings, findings};

/// Operators, dots and brackets; a list of many literals may be long, a tower of operators may not, since parsing
/// it recurses.
const MAX_OPERATORS: usize = 500;
/// `not`, `-` and `else`, which the parser follows by recursion that it does not count.
const MAX_PREFIXES: usize = 150;

/// Parses the text and tells what it reads.
pub(super) fn check(source: &str) -> Result<Findings, ExpressionError> {
    if source.trim().is_empty() {
        return Err(ExpressionError { span: 0..source.len(), ..empty() });
    }
    limit(source)?;
    let tree = parse_expr(source).map_err(|error| explain(source, &error))?;
    findings(source, &tree)
}

pub(super) fn empty() -> ExpressionError {
    ExpressionError::new("the expression is empty", 0..0)
        .hint("Write a path or a condition, such as `data.supportLevel == 'certified'`.")
}

/// Refuses texts that would exhaust the stack.
fn limit(source: &str) -> Result<(), ExpressionError> {
    let (mut operators, mut prefixes) = (0, 0);
    // What cannot be tokenised is reported by the parser.
    for (token, span) in tokenize(source, true, minijinja::syntax::SyntaxConfig::default()).map_while(Result::ok) {
        match token {
            Token::Comma | Token::Str(_) | Token::String(_) | Token::Int(_) | Token::Int128(_) | Token::Float(_) => {}
            Token::Minus | Token::Ident("not" | "else" | "if") => {
                prefixes += 1;
                operators += 1;
            }
            _ => operators += 1,
        }
        if operators > MAX_OPERATORS || prefixes > MAX_PREFIXES {
            return Err(ExpressionError::new("the expression is too long", range(span))
                .hint("Split it: several conditions can be given, and all of them must hold."));
        }
    }
    Ok(())
}

/// The parser's error in the user's words, at the place that is wrong.
pub(super) fn explain(source: &str, error: &minijinja::Error) -> ExpressionError {
    let mut span = error.range().filter(|span| source.get(span.clone()).is_some()).unwrap_or(0..source.len());
    // The parser stops in the middle of these.
    if ["||", "<>"]
        .iter()
        .any(|pair| span.start > 0 && source.as_bytes()[span.start - 1..].starts_with(pair.as_bytes()))
    {
        span.start -= 1;
    }
    let (before, text, rest) = (&source[..span.start], &source[span.clone()], &source[span.start..]);
    let detail = error.detail().unwrap_or("this is not an expression").replace("template", "expression");
    if text == "=" {
        single_equals(span).hint("Use `==` to compare.")
    } else if let Some((spelling, instead)) = foreign_operator(rest) {
        ExpressionError::new(format!("`{spelling}` is not an operator"), span.start..span.start + spelling.len())
            .hint(instead)
    } else if before.trim_end().ends_with(" if") && before.contains(" is ") {
        ExpressionError::new("`is` takes what follows it for its argument", span)
            .hint("Put parentheses around the test, as in `(x is None) if y else z`.")
    } else if detail.contains("unexpected input") {
        ExpressionError::new(format!("`{text}` follows a complete expression"), span)
            .hint("Join conditions with `and` or `or`, and quote texts.")
    } else if detail.contains("unexpected end of string") {
        ExpressionError::new("the text has no closing quote", span).hint("Close the quote.")
    } else if detail == "unexpected character" {
        ExpressionError::new(format!("unexpected character `{}`", rest.chars().next().unwrap_or(' ')), span)
    } else {
        ExpressionError::new(detail, span)
    }
}

pub(super) fn single_equals(span: Range<usize>) -> ExpressionError {
    ExpressionError::new("`=` does not compare", span)
}

/// Operators of other languages, and what to write instead.
fn foreign_operator(rest: &str) -> Option<(&'static str, &'static str)> {
    const FOREIGN: &[(&str, &str)] = &[
        ("&&", "Use `and`."),
        ("||", "Use `or`."),
        ("<>", "Use `!=`."),
        ("!", "Use `not`."),
        ("&", "Use `and`."),
        ("?", "Write a choice as `b if a else c`."),
    ];
    FOREIGN.iter().find(|(spelling, _)| rest.starts_with(spelling)).copied()
}

pub(super) fn range(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}
