//! Evaluating a parsed expression, and saying what went wrong in the user's words.

use std::ops::Range;

use minijinja::value::ValueKind;
use minijinja::{ErrorKind, Value};

use super::language::EXISTS;
use super::{EvaluationError, Expression, Reference, Scope};

/// The value of an expression; never undefined.
pub(super) fn evaluate(expression: &Expression, scope: &Scope) -> Result<Value, EvaluationError> {
    let parsed = &expression.0;
    let value = parsed
        .compiled
        .eval(scope.root())
        .map_err(|error| explain(&parsed.source, &parsed.references, scope, &error))?;
    if value.is_undefined() {
        return Err(undefined(&parsed.source, &parsed.references, scope, expression.whole()));
    }
    parsed.guards.iter().try_for_each(|guard| guard.check(&parsed.source, scope))?;
    Ok(value)
}

fn explain(source: &str, references: &[Reference], scope: &Scope, error: &minijinja::Error) -> EvaluationError {
    let span = error.range().unwrap_or(0..source.len());
    let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.kind() {
        ErrorKind::UndefinedError => undefined(source, references, scope, span),
        // Methods and arithmetic report a value that is not there as one of the wrong kind.
        ErrorKind::UnknownMethod | ErrorKind::InvalidOperation if message.contains("undefined") => {
            undefined(source, references, scope, span)
        }
        ErrorKind::UnknownFunction if message.contains(EXISTS) => {
            EvaluationError::Other { message: format!("`{EXISTS}(...)` has no files to look at here"), span }
        }
        ErrorKind::InvalidOperation | ErrorKind::UnknownMethod | ErrorKind::NonPrimitive | ErrorKind::NonKey => {
            EvaluationError::Type { message, span }
        }
        _ => EvaluationError::Other { message, span },
    }
}

fn undefined(source: &str, references: &[Reference], scope: &Scope, span: Range<usize>) -> EvaluationError {
    let (path, span) = missing(references, scope, &span).unwrap_or_else(|| {
        // A subscript that is computed: the text of the expression says it best.
        (source.get(span.clone()).unwrap_or(source).trim().to_owned(), span)
    });
    EvaluationError::Undefined { path, span }
}

/// The first reference within the span that leads to nothing, cut after the first missing name. The span of a
/// method call begins where its receiver ends, so touching counts; that of a test or filter is only its name, so
/// otherwise it is the reference before it.
fn missing(references: &[Reference], scope: &Scope, span: &Range<usize>) -> Option<(String, Range<usize>)> {
    let cut = |reference: &Reference| {
        let path = reference.path.get(..=scope.depth_of(&reference.path))?;
        Some((path.join("."), reference.span.clone()))
    };
    let inside = |reference: &&Reference| reference.span.start <= span.end && span.start <= reference.span.end;
    let before = |reference: &&Reference| reference.span.end < span.start;
    references.iter().filter(inside).find_map(cut).or_else(|| references.iter().rev().filter(before).find_map(cut))
}

/// The value as JSON; functions and bytes have none.
pub(super) fn to_json(value: &Value) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(Json::Null),
        ValueKind::Bool => Ok(Json::Bool(value.is_true())),
        ValueKind::Number => number_to_json(value),
        ValueKind::String => Ok(Json::String(value.as_str().unwrap_or_default().to_owned())),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|error| error.to_string())?;
            items.map(|item| to_json(&item)).collect::<Result<Vec<_>, _>>().map(Json::Array)
        }
        ValueKind::Map => {
            let keys = value.try_iter().map_err(|error| error.to_string())?;
            let field = |key: Value| {
                let inner = value.get_item(&key).map_err(|error| error.to_string())?;
                Ok::<_, String>((key.to_string(), to_json(&inner)?))
            };
            keys.map(field).collect::<Result<serde_json::Map<_, _>, _>>().map(Json::Object)
        }
        kind => Err(format!("a {kind} is not a value that a workflow can hold")),
    }
}

fn number_to_json(value: &Value) -> Result<serde_json::Value, String> {
    if value.is_integer() {
        if let Ok(integer) = i64::try_from(value.clone()) {
            return Ok(integer.into());
        }
        return u64::try_from(value.clone()).map(Into::into).map_err(|_| format!("{value} is too large"));
    }
    let float = f64::try_from(value.clone()).map_err(|error| error.to_string())?;
    serde_json::Number::from_f64(float).map(serde_json::Value::Number).ok_or_else(|| format!("{value} is not a number"))
}
