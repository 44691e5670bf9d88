//! What the text of an expression tells without evaluating it: the paths and keys that it asks for, the words of
//! the language that it uses.

use std::ops::Range;

use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr};
use minijinja::machinery::{Span, parse_expr};

use super::language::{FILTERS, FUNCTIONS, TESTS};
use super::ordering::{Comparison, Relation};
use super::syntax::{range, single_equals};
use super::{ExpressionError, Reference};
use crate::base::closest;

/// What the text of an expression tells without evaluating it, in the order of the text.
#[derive(Default)]
pub(super) struct Findings {
    /// The paths that it reads.
    pub(super) references: Vec<Reference>,
    /// The keys that it asks for.
    pub(super) lookups: Vec<Reference>,
    /// The comparisons whose operands can be evaluated on their own.
    pub(super) comparisons: Vec<Comparison>,
}

/// Walks the syntax tree of a text; the error is about the first word that the language does not have.
pub(super) fn findings(source: &str, tree: &Expr<'_>) -> Result<Findings, ExpressionError> {
    let mut walk = Walk { source, found: Findings::default(), error: None };
    walk.visit(tree);
    match walk.error {
        Some(error) => Err(error),
        None => Ok(walk.found),
    }
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
                if let Some(relation) = relation(operation.op) {
                    self.compare(relation, &operation.left, &operation.right);
                }
                self.visit(&operation.left);
                self.visit(&operation.right);
            }
            Expr::Compare(chain) => {
                self.visit(&chain.expr);
                let mut left = &chain.expr;
                for operand in &chain.ops {
                    if let Some(relation) = chained_relation(operand.op) {
                        self.compare(relation, left, &operand.expr);
                    }
                    self.visit(&operand.expr);
                    left = &operand.expr;
                }
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

    fn compare(&mut self, relation: Relation, left: &Expr<'_>, right: &Expr<'_>) {
        if let (Some(left), Some(right)) = (self.plain_span(left), self.plain_span(right)) {
            self.found.comparisons.push(Comparison { relation, left, right });
        }
    }

    /// Where an operand stands, if that can be told: the spans of other nodes do not always hold their parentheses.
    fn plain_span(&self, expr: &Expr<'_>) -> Option<Range<usize>> {
        let start = match expr {
            Expr::Const(constant) => constant.span(),
            Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) | Expr::Call(_) => chain_start(expr)?,
            _ => return None,
        };
        let span = start.start_offset as usize..expr.span().end_offset as usize;
        let text = self.source.get(span.clone())?;
        // A text that does not parse by itself is not the whole operand.
        parse_expr(text).is_ok().then_some(span)
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

/// Where a chain of attributes, subscripts and calls begins, if it begins with a name or a constant.
fn chain_start(expr: &Expr<'_>) -> Option<Span> {
    match expr {
        Expr::Var(_) | Expr::Const(_) => Some(expr.span()),
        Expr::GetAttr(attribute) => chain_start(&attribute.expr),
        Expr::GetItem(item) => chain_start(&item.expr),
        Expr::Call(call) => chain_start(&call.expr),
        _ => None,
    }
}

fn relation(operation: BinOpKind) -> Option<Relation> {
    match operation {
        BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => Some(Relation::Order),
        BinOpKind::In => Some(Relation::Membership),
        _ => None,
    }
}

fn chained_relation(operation: CompareOpKind) -> Option<Relation> {
    match operation {
        CompareOpKind::Lt | CompareOpKind::Lte | CompareOpKind::Gt | CompareOpKind::Gte => Some(Relation::Order),
        CompareOpKind::In | CompareOpKind::NotIn => Some(Relation::Membership),
        CompareOpKind::Eq | CompareOpKind::Ne => None,
    }
}
