//! The one expression language: what stands in `where`, `if`, `success` and inside `${{ }}`.
//!
//! It is Jinja's expressions by minijinja, strict about values that are not there, with Python's spellings
//! (`None`, `True`, `is not None`, `.keys()`, `.startswith()`, `len(...)`), so that the queries of the
//! migration guide work as they are written. This module owns parsing, the static list of references and
//! evaluation; what names there are, and what they mean, is up to whoever builds the [`Scope`].
//!
//! It differs from Python in that `is` binds tighter than the comparisons and has a word after it, not a value.

mod error;
mod evaluation;
mod language;
mod ordering;
mod scope;
mod syntax;
mod template;
mod unknown;
mod walk;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use error::{EvaluationError, ExpressionError};
pub use scope::{Scope, ScopeValue};
pub use template::Template;
pub use unknown::{contains_unknown, is_unknown, unknown};

/// A dotted path that an expression reads, such as `data.supportLevel` or `steps.build.image`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The names along the path; `data['a b'].c` has three.
    pub path: Vec<String>,
    /// The bytes of the source text that spell it.
    pub span: Range<usize>,
}

impl Reference {
    /// The path with dots between the names.
    pub fn dotted(&self) -> String {
        self.path.join(".")
    }
}

/// A parsed expression. Cheap to clone; can be evaluated from many threads.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expression(Arc<Parsed>);

struct Parsed {
    source: String,
    compiled: minijinja::Expression<'static, 'static>,
    references: Vec<Reference>,
    lookups: Vec<Reference>,
    guards: Vec<ordering::Guard>,
}

impl Expression {
    /// Parses an expression and checks the functions, tests and filters that it names.
    pub fn parse(source: &str) -> Result<Self, ExpressionError> {
        let walk::Findings { references, lookups, comparisons } = syntax::check(source)?;
        let compiled = language::environment()
            .compile_expression_owned(source.to_owned())
            .map_err(|error| syntax::explain(source, &error))?;
        let guards = comparisons.into_iter().map(|comparison| ordering::Guard::new(source, comparison));
        let guards = guards.collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Parsed { source: source.to_owned(), compiled, references, lookups, guards })))
    }

    /// The text that was parsed.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The paths that the expression reads, in the order of the text. A method is not part of a path:
    /// `data.keys()` reads `data`.
    pub fn references(&self) -> Vec<Reference> {
        self.0.references.clone()
    }

    /// The keys that the expression asks for without needing them: `'k' in data.keys()`, `data.get('k')`. The path
    /// ends with the key; the span is that of the key.
    pub fn lookups(&self) -> &[Reference] {
        &self.0.lookups
    }

    /// The first path that the expression reads of which a part is not known before the run
    /// (see [`unknown`]): evaluating it now would compare a mark, not a value.
    pub fn awaits(&self, scope: &Scope) -> Option<&Reference> {
        let parts = |reference: &Reference| scope.value(&reference.path);
        self.0.references.iter().find(|reference| parts(reference).is_some_and(|value| contains_unknown(&value)))
    }

    /// The expression's value.
    pub fn evaluate(&self, scope: &Scope) -> Result<serde_json::Value, EvaluationError> {
        let value = evaluation::evaluate(self, scope)?;
        evaluation::to_json(&value).map_err(|message| EvaluationError::Type { message, span: self.whole() })
    }

    /// Whether the expression's value counts as true: not `None`, `False`, zero or empty.
    pub fn is_true(&self, scope: &Scope) -> Result<bool, EvaluationError> {
        evaluation::evaluate(self, scope).map(|value| value.is_true())
    }

    fn whole(&self) -> Range<usize> {
        0..self.0.source.len()
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.0.source).finish()
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.source)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source
    }
}

impl Eq for Expression {}

impl TryFrom<String> for Expression {
    type Error = ExpressionError;

    fn try_from(source: String) -> Result<Self, ExpressionError> {
        Self::parse(&source)
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.0.source.clone()
    }
}
