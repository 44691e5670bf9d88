//! Comparisons that have no meaning: a number with a text, a text looked for in a number.
//!
//! minijinja orders all values, of whatever kinds, where Python has an error: `data.ql >= '400'` would be true of
//! every connector. The operands that are plain in the text, paths, calls and constants, are therefore asked for
//! their kinds once the expression has a value. A comparison that was not reached because of `and`, `or` or `if`
//! is asked as well.

use std::ops::Range;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::{EvaluationError, ExpressionError, Scope, language, syntax};

/// Where the operands of a comparison stand in the text.
#[derive(Debug, Clone)]
pub(super) struct Comparison {
    pub(super) relation: Relation,
    pub(super) left: Range<usize>,
    pub(super) right: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// `<`, `<=`, `>`, `>=`.
    Order,
    /// `in`, `not in`.
    Membership,
}

/// A comparison whose operands can be evaluated on their own.
pub(super) struct Guard {
    comparison: Comparison,
    left: minijinja::Expression<'static, 'static>,
    right: minijinja::Expression<'static, 'static>,
}

impl Guard {
    pub(super) fn new(source: &str, comparison: Comparison) -> Result<Self, ExpressionError> {
        let compile = |span: &Range<usize>| {
            let operand = source.get(span.clone()).unwrap_or_default();
            language::environment()
                .compile_expression_owned(operand.to_owned())
                .map_err(|error| syntax::explain(operand, &error).shifted(span.start))
        };
        Ok(Self { left: compile(&comparison.left)?, right: compile(&comparison.right)?, comparison })
    }

    /// An error if the operands have values that cannot be compared.
    pub(super) fn check(&self, source: &str, scope: &Scope) -> Result<(), EvaluationError> {
        let value = |operand: &minijinja::Expression<'static, 'static>| operand.eval(scope.root()).ok();
        let (Some(left), Some(right)) = (value(&self.left), value(&self.right)) else { return Ok(()) };
        if left.is_undefined() || right.is_undefined() {
            return Ok(());
        }
        let span = self.comparison.left.start..self.comparison.right.end;
        let texts = [&self.comparison.left, &self.comparison.right].map(|span| &source[span.clone()]);
        let message = match self.comparison.relation {
            Relation::Order if !ordered(&left, &right) => {
                format!("`{}` is {} and `{}` is {}, which have no order", texts[0], kind(&left), texts[1], kind(&right))
            }
            Relation::Membership if right.as_str().is_some() && left.as_str().is_none() => {
                format!("`{}` is {}, which cannot be part of the text `{}`", texts[0], kind(&left), texts[1])
            }
            Relation::Order | Relation::Membership => return Ok(()),
        };
        Err(EvaluationError::Type { message, span })
    }
}

fn ordered(left: &Value, right: &Value) -> bool {
    let class = |value: &Value| match value.kind() {
        ValueKind::Number => Some(0),
        ValueKind::String => Some(1),
        ValueKind::Seq => Some(2),
        ValueKind::Bool => Some(3),
        _ => None,
    };
    class(left).is_some() && class(left) == class(right)
}

fn kind(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::None => "None",
        ValueKind::Bool => "a truth value",
        ValueKind::Number => "a number",
        ValueKind::String => "a text",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "a mapping",
        _ => "no plain value",
    }
}
