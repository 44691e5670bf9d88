//! Words about several connectors as one: text that is the same for all, and places where each has its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::connector::Connector;

use super::layout::one_line;
use super::versions::Versions;

/// A line that several connectors have. Shown as text it has a placeholder only where they differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A place for a name, version, date or number, with the value while all have the same.
    Slot {
        placeholder: &'static str,
        value: Option<String>,
    },
}

impl Line {
    /// A line without placeholders.
    pub(super) fn of(text: &str) -> Self {
        Self { pieces: vec![Piece::Text(text.to_owned())] }
    }

    /// Makes a placeholder of every range that is found in the line's texts.
    pub(super) fn split(&mut self, placeholder: &'static str, find: impl Fn(&str) -> Vec<Range<usize>>) {
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for piece in self.pieces.drain(..) {
            let Piece::Text(text) = &piece else {
                pieces.push(piece);
                continue;
            };
            let mut rest = 0;
            for range in find(text) {
                if range.start > rest {
                    pieces.push(Piece::Text(text[rest..range.start].to_owned()));
                }
                pieces.push(Piece::Slot { placeholder, value: Some(text[range.clone()].to_owned()) });
                rest = range.end;
            }
            if rest < text.len() {
                pieces.push(Piece::Text(text[rest..].to_owned()));
            }
        }
        self.pieces = pieces;
    }

    /// Takes the same line of another connector: what is not the same there becomes a placeholder.
    pub(super) fn take(&mut self, other: &Self) {
        for (known, new) in self.pieces.iter_mut().zip(&other.pieces) {
            if let (Piece::Slot { value, .. }, Piece::Slot { value: new, .. }) = (known, new)
                && value != new
            {
                *value = None;
            }
        }
    }

    /// Whether connectors differ in more than their names: then each one's words say something.
    pub(super) fn differs_in_numbers(&self) -> bool {
        let differs = |piece: &Piece| match piece {
            Piece::Slot { placeholder, value: None } => !matches!(*placeholder, "{name}" | "{directory}" | "{page}"),
            _ => false,
        };
        self.pieces.iter().any(differs)
    }

    /// The line with every placeholder: what makes it the same line.
    pub(super) fn pattern(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Slot { placeholder, .. } => (*placeholder).to_owned(),
        };
        self.pieces.iter().map(text).collect()
    }

    /// The line with placeholders where the connectors differ.
    pub fn text(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Slot { placeholder, value } => value.clone().unwrap_or_else(|| (*placeholder).to_owned()),
        };
        self.pieces.iter().map(text).collect()
    }
}

/// The texts of one connector that others have otherwise.
pub(super) struct Placeholders {
    texts: Vec<(String, &'static str)>,
}

impl Placeholders {
    /// Its directory, its page and its names.
    pub(super) fn of(connector: &Connector) -> Self {
        let mut placeholders = Self { texts: Vec::new() };
        placeholders.add(connector.path.as_str(), "{directory}");
        if let Some(page) = &connector.documentation {
            placeholders.add(page.as_str(), "{page}");
        }
        for name in [connector.name.as_str(), connector.technical_name.as_str()] {
            placeholders.add(name, "{name}");
            placeholders.add(&name.replace('-', "_"), "{name}");
        }
        placeholders
    }

    /// Its versions too: the new one where it changes.
    pub(super) fn with_versions(connector: &Connector, versions: &Versions) -> Self {
        let mut placeholders = Self::of(connector);
        if versions.is_change() {
            placeholders.add(versions.after.as_deref().unwrap_or_default(), "{new}");
        }
        placeholders.add(versions.before.as_deref().unwrap_or_default(), "{old}");
        placeholders
    }

    fn add(&mut self, text: &str, placeholder: &'static str) {
        if !text.is_empty() && !self.texts.iter().any(|(known, _)| known == text) {
            self.texts.push((text.to_owned(), placeholder));
        }
    }

    /// The text with placeholders for what is the connector's own.
    pub(super) fn names(&self, text: &str) -> Line {
        let mut line = Line::of(text);
        for (from, placeholder) in &self.texts {
            line.split(placeholder, |text| whole(text, from));
        }
        line
    }

    /// The same with placeholders for dates and numbers too.
    pub(super) fn line(&self, text: &str) -> Line {
        static DATE: LazyLock<Regex> = LazyLock::new(|| known(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"));
        static HEX: LazyLock<Regex> = LazyLock::new(|| known(r"\b[0-9a-f]{12,}\b"));
        static NUMBER: LazyLock<Regex> = LazyLock::new(|| known(r"\b[0-9]+"));
        let mut line = self.names(text);
        let patterns: [(&Regex, &'static str); 3] = [(&DATE, "{date}"), (&HEX, "{hex}"), (&NUMBER, "{n}")];
        for (pattern, placeholder) in patterns {
            line.split(placeholder, |text| pattern.find_iter(text).map(|found| found.range()).collect());
        }
        line
    }
}

/// Where a text stands that is not a part of a longer name or number.
fn whole(text: &str, part: &str) -> Vec<Range<usize>> {
    let of_a_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let inside = |range: &Range<usize>| {
        // The sign of a diff's line is not a part of what follows it.
        let before = text[..range.start].chars().next_back().filter(|_| range.start > 1);
        let mut after = text[range.end..].chars();
        let next = after.next();
        before.is_some_and(|c| of_a_word(c) || c == '.')
            || next.is_some_and(of_a_word)
            || (next == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit()))
    };
    let found = text.match_indices(part).map(|(at, _)| at..at + part.len());
    found.filter(|range| !inside(range)).collect()
}

/// What is said of several connectors in the same words.
pub(super) struct Alike<'a> {
    /// The words, with placeholders where they differ.
    pub(super) line: Line,
    /// Of whom.
    pub(super) connectors: Vec<&'a Connector>,
}

/// Groups what is said of connectors by words that are the same but for names, dates and numbers, in the order in
/// which they are first said.
pub(super) fn alike<'a, 'b>(said: impl IntoIterator<Item = (&'a Connector, &'b str)>) -> Vec<Alike<'a>> {
    let mut groups: Vec<Alike<'a>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (connector, text) in said {
        let line = Placeholders::of(connector).line(&one_line(text));
        match places.entry(line.pattern()) {
            Entry::Occupied(known) => {
                groups[*known.get()].line.take(&line);
                groups[*known.get()].connectors.push(connector);
            }
            Entry::Vacant(free) => {
                free.insert(groups.len());
                groups.push(Alike { line, connectors: vec![connector] });
            }
        }
    }
    groups
}

fn known(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is well-formed, which a test sees")
}
