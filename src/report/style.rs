//! How text looks on the screen: its width and its colours.

use std::fmt;

/// How text is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours are used.
    pub colour: bool,
    /// Columns that a line may take.
    pub width: usize,
}

impl Style {
    /// Without colours, for files, pipes and tests.
    pub fn plain(width: usize) -> Self {
        Self { colour: false, width }
    }

    /// The text as a heading.
    pub fn heading(self, text: &str) -> String {
        self.paint(Ink::Heading, text)
    }

    /// The text in this ink, if colours are used.
    pub(super) fn paint<T: fmt::Display>(self, ink: Ink, text: T) -> String {
        if self.colour { format!("\u{1b}[{}m{text}\u{1b}[0m", ink.code()) } else { text.to_string() }
    }
}

/// A colour with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// A heading.
    Heading,
    /// What is there for completeness.
    Faint,
    /// Done, added.
    Good,
    /// Failed, deleted.
    Bad,
    /// Worth a look.
    Attention,
    /// A place in a file.
    Place,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Heading => "1",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Attention => "33",
            Self::Place => "36",
        }
    }
}
