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

use super::super::line::{Line, Placeholders};
use super::super::versions::Versions;

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
    /// The lines added and deleted. Empty for a deleted file.
    pub lines: Vec<Line>,
}

/// The shapes of the units that change files, the most frequent first.
pub fn shapes(migration: &Migration, units: &[PlannedUnit]) -> Vec<Shape> {
    let drafts: Vec<Option<Vec<ShapeFile>>> = units
        .par_iter()
        .map(|planned| {
            let connector = &migration.frozen.unit(planned.unit).connector;
            let versions = Versions::of(migration, planned);
            let placeholders = Placeholders::with_versions(connector, &versions);
            let files = planned.files.iter().map(|file| shape_file(&placeholders, connector, file));
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
            for (known, new) in known.lines.iter_mut().zip(&new.lines) {
                known.take(new);
            }
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

impl ShapeFile {
    /// Whether the file changes in the same way, names, versions, dates, numbers, spaces and quotes aside.
    pub fn is_like(&self, other: &Self) -> bool {
        key(std::slice::from_ref(self)) == key(std::slice::from_ref(other))
    }
}

/// What must be equal: not the amount of space between words, nor quotes around a placeholder.
fn key(files: &[ShapeFile]) -> Key {
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"["'`](\{[a-z]+\})["'`]"#).expect("the pattern is well-formed, which a test sees")
    });
    let line = |line: &Line| {
        let line = line.pattern();
        let words: Vec<&str> = line.split_whitespace().collect();
        QUOTED.replace_all(&words.join(" "), "$1").into_owned()
    };
    files.iter().map(|file| (file.path.clone(), file.change.as_str(), file.lines.iter().map(line).collect())).collect()
}

/// A file's change with placeholders for what others have otherwise.
fn shape_file(placeholders: &Placeholders, connector: &Connector, file: &FileChange) -> ShapeFile {
    let path = if connector.documentation.as_ref() == Some(&file.path) {
        "documentation page".to_owned()
    } else {
        placeholders.names(file.path.below(&connector.path).unwrap_or(file.path.as_str())).pattern()
    };
    let lines = if file.change == ChangeKind::Deleted { Vec::new() } else { changed_lines(placeholders, &file.patch) };
    let (added, deleted) = (file.added..=file.added, file.deleted..=file.deleted);
    ShapeFile { path, change: file.change, added, deleted, lines }
}

/// The changed lines of a patch; what its header says of modes; that it is binary.
fn changed_lines(placeholders: &Placeholders, patch: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut in_hunks = false;
    for line in patch.lines() {
        in_hunks |= line.starts_with("@@");
        if in_hunks {
            if line.starts_with(['+', '-']) {
                lines.push(placeholders.line(line.trim_end()));
            }
        } else if line.starts_with("old mode") || line.starts_with("new mode") {
            lines.push(Line::of(line));
        } else if line.starts_with("GIT binary patch") {
            lines.push(Line::of("binary content"));
            break;
        }
    }
    lines
}
