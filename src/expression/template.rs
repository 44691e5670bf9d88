//! Texts with `${{ expression }}` in them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EvaluationError, Expression, ExpressionError, Reference, Scope, syntax};

const OPEN: &str = "${{";
const CLOSE: &str = "}}";
const ESCAPED_OPEN: &str = "$${{";

/// A text with `${{ expression }}` in it; `$${{` stands for a literal `${{`. Cheap to clone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(Arc<Parsed>);

struct Parsed {
    text: String,
    parts: Vec<Part>,
}

enum Part {
    Literal(String),
    /// The expression, and where its source begins in the template's text.
    Expression(Expression, usize),
}

impl Template {
    /// Parses a text. Spans of errors and references are bytes of this text.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        Ok(Self(Arc::new(Parsed { text: text.to_owned(), parts: split(text)? })))
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether the text holds no expression.
    pub fn is_literal(&self) -> bool {
        self.0.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// The paths that the expressions read.
    pub fn references(&self) -> Vec<Reference> {
        let mut references = Vec::new();
        for part in &self.0.parts {
            if let Part::Expression(expression, offset) = part {
                references.extend(expression.references().into_iter().map(|reference| Reference {
                    span: reference.span.start + offset..reference.span.end + offset,
                    ..reference
                }));
            }
        }
        references
    }

    /// The value: of the expression, with its type, if the text is exactly one `${{ }}`; otherwise a text.
    pub fn render(&self, scope: &Scope) -> Result<Value, EvaluationError> {
        match self.0.parts.as_slice() {
            [Part::Expression(expression, offset)] => {
                expression.evaluate(scope).map_err(|error| error.shifted(*offset))
            }
            _ => self.render_text(scope).map(Value::String),
        }
    }

    /// The text with every expression's value in it. Lists and mappings are written as JSON; `None` is an error,
    /// because a text such as `#None` is never what was meant.
    pub fn render_text(&self, scope: &Scope) -> Result<String, EvaluationError> {
        let mut text = String::with_capacity(self.0.text.len());
        for part in &self.0.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Expression(expression, offset) => {
                    let value = expression.evaluate(scope).map_err(|error| error.shifted(*offset))?;
                    let span = *offset..offset + expression.source().len();
                    text.push_str(&in_text(expression, value, span)?);
                }
            }
        }
        Ok(text)
    }
}

fn in_text(expression: &Expression, value: Value, span: Range<usize>) -> Result<String, EvaluationError> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Err(EvaluationError::Type {
            message: format!(
                "`{0}` has no value to put into a text; write `{0} or ''` if it may be empty",
                expression.source()
            ),
            span,
        }),
        other => Ok(other.to_string()),
    }
}

fn split(text: &str) -> Result<Vec<Part>, ExpressionError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(OPEN).map(|found| at + found) {
        if text[at..found].ends_with('$') {
            literal.push_str(&text[at..found - 1]);
            literal.push_str(OPEN);
            at = found + OPEN.len();
            continue;
        }
        literal.push_str(&text[at..found]);
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        let inside = found + OPEN.len();
        let end = inside + find_close(&text[inside..]).ok_or_else(|| unclosed(found))?;
        let source = &text[inside..end];
        let offset = inside + source.len() - source.trim_start().len();
        if source.trim().is_empty() {
            let span = found..end + CLOSE.len();
            return Err(ExpressionError { span, ..syntax::empty() });
        }
        let expression = Expression::parse(source.trim()).map_err(|error| error.shifted(offset))?;
        parts.push(Part::Expression(expression, offset));
        at = end + CLOSE.len();
    }
    literal.push_str(&text[at..]);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn unclosed(at: usize) -> ExpressionError {
    ExpressionError::new("`${{` is not closed", at..at + OPEN.len())
        .hint(format!("Close it with `{CLOSE}`, or write `{ESCAPED_OPEN}` for a literal `{OPEN}`."))
}

/// Where the closing `}}` begins, past quoted texts and braces of mappings.
fn find_close(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            (Some(open), _) if byte == open => quote = None,
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth > 0 => depth -= 1,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.0.text).finish()
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Template {}

impl TryFrom<String> for Template {
    type Error = ExpressionError;

    fn try_from(text: String) -> Result<Self, ExpressionError> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.0.text.clone()
    }
}
