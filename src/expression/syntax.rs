//! Checks of an expression's text before anything is evaluated, and the references that it holds.
//!
//! The only place that looks at minijinja's syntax tree, whose interface may change with its version.

use std::ops::Range;

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr};
use minijinja::machinery::{Span, Token, parse_expr, tokenize};

use super::language::{FILTERS, FUNCTIONS, TESTS};
use super::{ExpressionError, Reference};
use crate::base::closest;

/// Operators, dots and brackets; a list of many literals may be long, a tower of operators may not, since parsing
/// it recurses.
const MAX_OPERATORS: usize = 500;
/// `not`, `-` and `else`, which the parser follows by recursion that it does not count.
const MAX_PREFIXES: usize = 50;

/// What the text of an expression tells without evaluating it, in the order of the text.
#[derive(Default)]
pub(super) struct Findings {
    /// The paths that it reads.
    pub(super) references: Vec<Reference>,
    /// The keys that it asks for.
    pub(super) lookups: Vec<Reference>,
}

/// Parses the text and tells what it reads.
pub(super) fn check(source: &str) -> Result<Findings, ExpressionError> {
    if source.trim().is_empty() {
        return Err(ExpressionError { span: 0..source.len(), ..empty() });
    }
    limit(source)?;
    let tree = parse_expr(source).map_err(|error| explain(source, &error))?;
    let mut walk = Walk { source, found: Findings::default(), error: None };
    walk.visit(&tree);
    match walk.error {
        Some(error) => Err(error),
        None => Ok(walk.found),
    }
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

fn single_equals(span: Range<usize>) -> ExpressionError {
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

struct Walk<'a> {
    source: &'a str,
    found: Findings,
    /// The first error in the order of the text.
    error: Option<ExpressionError>,
}

impl Walk<'_> {
    fn visit(&mut self, expr: &Expr<'_>) {
        if let Some(path) = static_path(expr) {
            let span = expr.span().end_offset;
            let start = root_span(expr).start_offset;
            self.found.references.push(Reference { path, span: start as usize..span as usize });
            return;
        }
        match expr {
            Expr::Var(_) | Expr::Const(_) => {}
            Expr::Slice(slice) => {
                self.visit(&slice.expr);
                [&slice.start, &slice.stop, &slice.step].into_iter().flatten().for_each(|part| self.visit(part));
            }
            Expr::UnaryOp(operation) => self.visit(&operation.expr),
            Expr::BinOp(operation) => {
                if matches!(operation.op, BinOpKind::In) {
                    self.look_up(keys_of(&operation.right), &operation.left);
                }
                self.visit(&operation.left);
                self.visit(&operation.right);
            }
            Expr::Compare(comparison) => {
                self.visit(&comparison.expr);
                comparison.ops.iter().for_each(|operand| self.visit(&operand.expr));
            }
            Expr::IfExpr(choice) => {
                self.visit(&choice.true_expr);
                self.visit(&choice.test_expr);
                choice.false_expr.iter().for_each(|part| self.visit(part));
            }
            Expr::Filter(filter) => {
                filter.expr.iter().for_each(|part| self.visit(part));
                self.expect("filter", filter.name, FILTERS, filter.span());
                self.visit_arguments(&filter.args);
            }
            Expr::Test(test) => {
                self.visit(&test.expr);
                self.expect("test", test.name, TESTS, test.span());
                self.visit_arguments(&test.args);
            }
            Expr::GetAttr(attribute) => self.visit(&attribute.expr),
            Expr::GetItem(item) => {
                self.visit(&item.expr);
                self.visit(&item.subscript_expr);
            }
            Expr::Call(call) => {
                match &call.expr {
                    Expr::Var(function) => self.expect("function", function.id, FUNCTIONS, function.span()),
                    Expr::GetAttr(method) => {
                        if let ("get", Some(CallArg::Pos(key))) = (method.name, call.args.first()) {
                            self.look_up(&method.expr, key);
                        }
                        self.visit(&method.expr);
                    }
                    other => self.visit(other),
                }
                self.refuse_named(&call.args);
                self.visit_arguments(&call.args);
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.visit(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.visit(item)),
            Expr::Map(map) => map.keys.iter().zip(&map.values).for_each(|(key, value)| {
                self.visit(key);
                self.visit(value);
            }),
        }
    }

    fn visit_arguments(&mut self, arguments: &[CallArg<'_>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr) => {
                    self.visit(expr);
                }
            }
        }
    }

    /// Notes that a key is looked for in a mapping, if both are plain in the text.
    fn look_up(&mut self, mapping: &Expr<'_>, key: &Expr<'_>) {
        if let (Some(mut path), Expr::Const(constant)) = (static_path(mapping), key)
            && let Some(name) = constant.value.as_str()
        {
            path.push(name.to_owned());
            self.found.lookups.push(Reference { path, span: range(key.span()) });
        }
    }

    /// Functions and methods take no named arguments: `len(a = 1)` was meant to compare.
    fn refuse_named(&mut self, arguments: &[CallArg<'_>]) {
        for argument in arguments {
            if let CallArg::Kwarg(name, value) = argument
                && self.error.is_none()
            {
                let before = value.span().start_offset as usize;
                let at = self.source[..before].rfind('=').unwrap_or(before);
                let hint = format!("Use `==` to compare; there is no argument named `{name}`.");
                self.error = Some(single_equals(at..at + 1).hint(hint));
            }
        }
    }

    fn expect(&mut self, kind: &str, name: &str, known: &[&str], span: Span) {
        if known.contains(&name) || self.error.is_some() {
            return;
        }
        let error = ExpressionError::new(format!("there is no {kind} `{name}`"), range(span));
        self.error = Some(match closest(name, known.iter().copied()) {
            Some(meant) => error.hint(format!("Did you mean `{meant}`?")),
            None => error.hint(format!("There are {}.", known.join(", "))),
        });
    }
}

/// `data` in `data.keys()`; anything else as it is.
fn keys_of<'a, 's>(expr: &'a Expr<'s>) -> &'a Expr<'s> {
    match expr {
        Expr::Call(call) => match &call.expr {
            Expr::GetAttr(method) if method.name == "keys" => &method.expr,
            _ => expr,
        },
        _ => expr,
    }
}

/// The names along `a.b['c']`; none where anything is computed.
fn static_path(expr: &Expr<'_>) -> Option<Vec<String>> {
    match expr {
        Expr::Var(variable) => Some(vec![variable.id.to_owned()]),
        Expr::GetAttr(attribute) => {
            let mut path = static_path(&attribute.expr)?;
            path.push(attribute.name.to_owned());
            Some(path)
        }
        Expr::GetItem(item) => {
            let Expr::Const(constant) = &item.subscript_expr else { return None };
            let mut path = static_path(&item.expr)?;
            path.push(constant.value.as_str()?.to_owned());
            Some(path)
        }
        _ => None,
    }
}

fn root_span(expr: &Expr<'_>) -> Span {
    match expr {
        Expr::GetAttr(attribute) => root_span(&attribute.expr),
        Expr::GetItem(item) => root_span(&item.expr),
        other => other.span(),
    }
}

fn range(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}
