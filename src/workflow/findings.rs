//! What reading and checking find, collected, so that an author sees all of it at once.

use std::ops::Range;
use std::sync::Arc;

use crate::base::closest;
use crate::diagnostic::{Diagnostic, SourceText};

/// The findings about one source text.
pub(super) struct Findings<'a> {
    /// The text.
    pub(super) source: &'a Arc<SourceText>,
    /// What was found.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How many more there were than anyone wants to read.
    omitted: usize,
}

/// After this many findings the rest is counted only: a file with more is wrong in one way many times.
const MOST: usize = 100;

impl<'a> Findings<'a> {
    /// Nothing found yet.
    pub(super) fn new(source: &'a Arc<SourceText>) -> Self {
        Self { source, diagnostics: Vec::new(), omitted: 0 }
    }

    /// An error at these bytes; [`Findings::add`] takes it in.
    pub(super) fn error(&self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(self.source, span)
    }

    /// Whether something was already found at exactly these bytes: one mistake is reported once.
    pub(super) fn reported(&self, span: &Range<usize>) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.place.as_ref().is_some_and(|(_, place)| place == span))
    }

    /// Takes a finding in.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        if self.is_full() {
            self.omitted += 1;
        } else {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether further findings are counted only.
    pub(super) fn is_full(&self) -> bool {
        self.diagnostics.len() >= MOST
    }

    /// The findings in the order of the text.
    pub(super) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.place.as_ref().map_or(0, |(_, span)| span.start));
        if self.omitted > 0 {
            let are = if self.omitted == 1 { "finding is" } else { "findings are" };
            let message = format!("{} more {are} not shown", self.omitted);
            let rest = Diagnostic::error("too-many-findings", message);
            self.diagnostics.push(rest.hint("Mend these first: the others may have the same cause."));
        }
        self.diagnostics
    }
}

/// `Did you mean …?` where a known word is near, the list of known words otherwise.
pub(super) fn suggestion<'k>(word: &str, known: impl IntoIterator<Item = &'k str> + Clone, all: &str) -> String {
    let spelt = |known: &&str| known.replace('_', "-").eq_ignore_ascii_case(&word.replace('_', "-"));
    let candidates: Vec<&str> = known.clone().into_iter().collect();
    match known.into_iter().find(spelt).or_else(|| closest(word, candidates.iter().copied())) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None if candidates.is_empty() => format!("There are no {all}."),
        None if candidates.len() == 1 => format!("There is only `{}`.", candidates[0]),
        None => format!("The {all} are {}.", in_code(&candidates)),
    }
}

/// `` `a`, `b` and `c` ``
pub(super) fn in_code<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{}`", word.as_ref())).collect();
    crate::base::sentence_list(&words)
}
