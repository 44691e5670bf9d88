//! What can be wrong with an expression: before it is evaluated, and while.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceText};

/// An expression or template that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// The bytes of the parsed text that it is about.
    pub span: Range<usize>,
    /// What to do, as a sentence.
    pub hint: Option<String>,
}

impl ExpressionError {
    pub(crate) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { message: message.into(), span, hint: None }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The error for a text that begins `by` bytes earlier.
    #[must_use]
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        self.span = self.span.start + by..self.span.end + by;
        self
    }

    /// The error as a diagnostic, where the parsed text begins at byte `offset` of `source`.
    pub fn diagnostic(&self, source: &Arc<SourceText>, offset: usize) -> Diagnostic {
        let diagnostic = Diagnostic::error("expression-syntax", self.message.as_str())
            .at(source, self.span.start + offset..self.span.end + offset);
        match &self.hint {
            Some(hint) => diagnostic.hint(hint.as_str()),
            None => diagnostic,
        }
    }
}

/// An expression that has no value in a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The path leads to nothing. It is cut after the first name that is not there.
    #[error("`{path}` is not set")]
    Undefined {
        /// The dotted path, up to the first name that is not there.
        path: String,
        /// The bytes of the parsed text that were evaluated.
        span: Range<usize>,
    },
    /// An operation on a value that does not support it.
    #[error("{message}")]
    Type {
        /// What does not fit.
        message: String,
        /// The bytes of the parsed text that were evaluated.
        span: Range<usize>,
    },
    /// Anything else: a division by zero, too many arguments.
    #[error("{message}")]
    Other {
        /// What went wrong.
        message: String,
        /// The bytes of the parsed text that were evaluated.
        span: Range<usize>,
    },
}

impl EvaluationError {
    /// The bytes of the parsed text that were evaluated when it happened.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Undefined { span, .. } | Self::Type { span, .. } | Self::Other { span, .. } => span.clone(),
        }
    }

    /// The error for a text that begins `by` bytes earlier.
    #[must_use]
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        let (Self::Undefined { span, .. } | Self::Type { span, .. } | Self::Other { span, .. }) = &mut self;
        *span = span.start + by..span.end + by;
        self
    }
}
