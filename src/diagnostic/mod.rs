//! Errors and warnings that point at a place in a text: file, line, column, the
//! source line with a caret, a suggestion.
//!
//! A [`Diagnostic`] is data; [`render`] turns a list of them into text. Nothing here prints.

mod json;
mod render;

use std::ops::Range;
use std::sync::Arc;

pub use render::render;

/// A named text that diagnostics point into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// What to call it: a path, or `--metadata-query`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl SourceText {
    /// A shared source text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }

    /// Line and column of a byte offset, both counted from 1; the column in characters, a byte order mark aside.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = self.text.floor_char_boundary(offset);
        let before = self.text[..offset].trim_start_matches('\u{feff}');
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing stops.
    Warning,
    /// Nothing runs until it is mended.
    Error,
}

/// One finding: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// A stable short name for scripts, such as `unknown-key`.
    pub code: &'static str,
    /// One sentence fragment, lowercase, without a final stop.
    pub message: String,
    /// The text and the bytes in it that it is about.
    pub place: Option<(Arc<SourceText>, Range<usize>)>,
    /// What stands under the caret.
    pub label: Option<String>,
    /// Further bytes of the same text that belong to it, and what stands under them.
    pub also: Vec<(Range<usize>, String)>,
    /// What to do, as a sentence.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            place: None,
            label: None,
            also: Vec::new(),
            hint: None,
        }
    }

    /// A warning without a place.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Puts it at these bytes of a text.
    #[must_use]
    pub fn at(mut self, source: &Arc<SourceText>, span: Range<usize>) -> Self {
        self.place = Some((Arc::clone(source), span));
        self
    }

    /// Puts words under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points at a further place of the same text, such as the first of two that contradict each other.
    #[must_use]
    pub fn also(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.also.push((span, label.into()));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
