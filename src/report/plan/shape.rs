//! The shapes of a plan's diffs: connectors whose diffs are the same but for names, versions, dates and numbers.
//!
//! A reviewer reads one diff of each shape and sees the outliers. Of a deleted file only that it goes is part of
//! the shape: what was in it does not matter any more.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use rayon::prelude::*;
use regex::Regex;

use crate::connector::Connector;
use crate::plan::{ChangeKind, FileChange, Migration, PlannedUnit};

use super::unit::Versions;

/// Diffs that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// `A` for the most frequent one, then `B` and so on.
    pub label: String,
    /// The places in the plan of the units that have it, in order; never empty.
    pub units: Vec<usize>,
    /// Its files.
    pub files: Vec<ShapeFile>,
}

/// A file of a shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeFile {
    /// Its path below the connector's directory; `documentation page` for that; names as `{name}`.
    pub path: String,
    /// What happens to it.
    pub change: ChangeKind,
    /// Lines added, over all units of the shape.
    pub added: RangeInclusive<usize>,
    /// Lines deleted, over all units of the shape.
    pub deleted: RangeInclusive<usize>,
    /// The lines added and deleted, with `{name}`, `{old}`, `{new}`, `{date}`, `{hex}` and `{n}` where units differ.
    /// Empty for a deleted file.
    pub lines: Vec<String>,
}

/// The shapes of the units that change files, the most frequent first.
pub fn shapes(migration: &Migration, units: &[PlannedUnit]) -> Vec<Shape> {
    let drafts: Vec<Option<Vec<ShapeFile>>> = units
        .par_iter()
        .map(|planned| {
            let connector = &migration.frozen.unit(planned.unit).connector;
            let versions = Versions::of(migration, planned);
            let placeholders = Placeholders::of(connector, &versions);
            let files = planned.files.iter().map(|file| placeholders.file(connector, file));
            (!planned.files.is_empty()).then(|| files.collect())
        })
        .collect();
    let mut shapes: Vec<Shape> = Vec::new();
    let mut places: HashMap<Key, usize> = HashMap::new();
    for (at, files) in drafts.into_iter().enumerate() {
        let Some(files) = files else { continue };
        match places.entry(key(&files)) {
            std::collections::hash_map::Entry::Occupied(known) => shapes[*known.get()].take(at, &files),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(shapes.len());
                shapes.push(Shape { label: String::new(), units: vec![at], files });
            }
        }
    }
    shapes.sort_by_key(|shape| std::cmp::Reverse(shape.units.len()));
    for (at, shape) in shapes.iter_mut().enumerate() {
        shape.label = label(at);
    }
    shapes
}

impl Shape {
    fn take(&mut self, unit: usize, files: &[ShapeFile]) {
        self.units.push(unit);
        for (known, new) in self.files.iter_mut().zip(files) {
            known.added = widened(&known.added, &new.added);
            known.deleted = widened(&known.deleted, &new.deleted);
        }
    }
}

fn widened(one: &RangeInclusive<usize>, other: &RangeInclusive<usize>) -> RangeInclusive<usize> {
    *one.start().min(other.start())..=*one.end().max(other.end())
}

/// `A` to `Z`, then `AA`.
fn label(mut at: usize) -> String {
    let mut label = String::new();
    loop {
        label.insert(0, char::from(b'A' + u8::try_from(at % 26).expect("below 26")));
        if at < 26 {
            return label;
        }
        at = at / 26 - 1;
    }
}

/// Path, change and lines of each file.
type Key = Vec<(String, &'static str, Vec<String>)>;

/// What must be equal: not the amount of space between words, nor quotes around a placeholder.
fn key(files: &[ShapeFile]) -> Key {
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| known(r#"["'`](\{(?:old|new|date|name|n|hex)\})["'`]"#));
    let line = |line: &String| {
        let words: Vec<&str> = line.split_whitespace().collect();
        QUOTED.replace_all(&words.join(" "), "$1").into_owned()
    };
    files.iter().map(|file| (file.path.clone(), file.change.as_str(), file.lines.iter().map(line).collect())).collect()
}

/// The texts of one connector that others have otherwise.
struct Placeholders {
    texts: Vec<(String, &'static str)>,
}

impl Placeholders {
    fn of(connector: &Connector, versions: &Versions) -> Self {
        let mut texts = Vec::new();
        let mut add = |text: &str, placeholder| {
            if !text.is_empty() && !texts.iter().any(|(known, _)| known == text) {
                texts.push((text.to_owned(), placeholder));
            }
        };
        if versions.is_change() {
            add(versions.after.as_deref().unwrap_or_default(), "{new}");
        }
        add(versions.before.as_deref().unwrap_or_default(), "{old}");
        for name in [connector.name.as_str(), connector.technical_name.as_str()] {
            add(name, "{name}");
            add(&name.replace('-', "_"), "{name}");
        }
        Self { texts }
    }

    fn file(&self, connector: &Connector, file: &FileChange) -> ShapeFile {
        let path = if connector.documentation.as_ref() == Some(&file.path) {
            "documentation page".to_owned()
        } else {
            self.apply(file.path.below(&connector.path).unwrap_or(file.path.as_str()), false)
        };
        let lines = if file.change == ChangeKind::Deleted { Vec::new() } else { self.lines(&file.patch) };
        let (added, deleted) = (file.added..=file.added, file.deleted..=file.deleted);
        ShapeFile { path, change: file.change, added, deleted, lines }
    }

    /// The changed lines of a patch; what its header says of modes; that it is binary.
    fn lines(&self, patch: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let mut in_hunks = false;
        for line in patch.lines() {
            in_hunks |= line.starts_with("@@");
            if in_hunks {
                if line.starts_with(['+', '-']) {
                    lines.push(self.apply(line.trim_end(), true));
                }
            } else if line.starts_with("old mode") || line.starts_with("new mode") {
                lines.push(line.to_owned());
            } else if line.starts_with("GIT binary patch") {
                lines.push("binary content".to_owned());
                break;
            }
        }
        lines
    }

    fn apply(&self, text: &str, numbers: bool) -> String {
        static DATE: LazyLock<Regex> = LazyLock::new(|| known(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"));
        static HEX: LazyLock<Regex> = LazyLock::new(|| known(r"\b[0-9a-f]{12,}\b"));
        static NUMBER: LazyLock<Regex> = LazyLock::new(|| known(r"[0-9]+"));
        let mut text = text.to_owned();
        for (from, to) in &self.texts {
            text = replaced(&text, from, to);
        }
        if numbers {
            text = DATE.replace_all(&text, "{date}").into_owned();
            text = HEX.replace_all(&text, "{hex}").into_owned();
            text = NUMBER.replace_all(&text, "{n}").into_owned();
        }
        text
    }
}

/// Replaces a text where it is not a part of a longer name or number.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = 0;
    for (at, _) in text.match_indices(from) {
        let end = at + from.len();
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let digit_after_dot = |mut after: std::str::Chars<'_>| {
            after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit())
        };
        // The sign of a diff's line is not a part of what follows it.
        let before = text[..at].chars().next_back().filter(|_| at > 1);
        let inside = before.is_some_and(|c| part(c) || c == '.')
            || text[end..].chars().next().is_some_and(part)
            || digit_after_dot(text[end..].chars());
        if !inside {
            result.push_str(&text[rest..at]);
            result.push_str(to);
            rest = end;
        }
    }
    result.push_str(&text[rest..]);
    result
}

fn known(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is well-formed, which a test sees")
}
