//! Changes as people and `git apply` read them: unified diffs with git's headers.

use std::fmt::Write as _;

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::base::{RepoPath, TreeFile};
use crate::git::ObjectId;

use super::binary;

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 3;

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its content or mode changes.
    Modified,
    /// It goes.
    Deleted,
}

impl ChangeKind {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
        }
    }
}

/// One file's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Which file.
    pub path: RepoPath,
    /// What happens to it.
    pub change: ChangeKind,
    /// Lines added.
    pub added: usize,
    /// Lines deleted.
    pub deleted: usize,
    /// The patch, in the form that `git apply` takes.
    pub patch: String,
}

/// The change of one file; at least one side is there.
pub fn diff(path: &RepoPath, before: Option<&TreeFile>, after: Option<&TreeFile>) -> FileChange {
    let change = match (before, after) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Deleted,
        _ => ChangeKind::Modified,
    };
    let mut patch = header(path, before, after);
    let old = before.map_or(&[][..], |file| &file.bytes);
    let new = after.map_or(&[][..], |file| &file.bytes);
    let (added, deleted) = match (text(old), text(new)) {
        _ if old == new => (0, 0),
        (Some(old), Some(new)) => hunks(&mut patch, path, before.map(|_| old), after.map(|_| new)),
        _ => {
            binary::write(&mut patch, old, new);
            (0, 0)
        }
    };
    FileChange { path: path.clone(), change, added, deleted, patch }
}

/// Content that a diff can show line by line.
fn text(bytes: &[u8]) -> Option<&str> {
    if bytes.contains(&0) { None } else { std::str::from_utf8(bytes).ok() }
}

fn header(path: &RepoPath, before: Option<&TreeFile>, after: Option<&TreeFile>) -> String {
    let mut header = format!("diff --git {} {}\n", quoted("a/", path), quoted("b/", path));
    let mut line = |text: String| {
        header.push_str(&text);
        header.push('\n');
    };
    match (before, after) {
        (None, Some(after)) => line(format!("new file mode {}", after.mode.as_octal())),
        (Some(before), None) => line(format!("deleted file mode {}", before.mode.as_octal())),
        (Some(before), Some(after)) if before.mode != after.mode => {
            line(format!("old mode {}", before.mode.as_octal()));
            line(format!("new mode {}", after.mode.as_octal()));
        }
        _ => {}
    }
    let id = |file: Option<&TreeFile>| {
        file.map_or_else(|| "0".repeat(40), |file| ObjectId::of("blob", &file.bytes).to_string())
    };
    let (old, new) = (id(before), id(after));
    if old != new {
        let mode = match (before, after) {
            (Some(before), Some(after)) if before.mode == after.mode => format!(" {}", before.mode.as_octal()),
            _ => String::new(),
        };
        line(format!("index {old}..{new}{mode}"));
    }
    header
}

/// Writes the hunks; returns how many lines are added and deleted.
fn hunks(patch: &mut String, path: &RepoPath, before: Option<&str>, after: Option<&str>) -> (usize, usize) {
    let name = |prefix: &str, there: bool| match there {
        // A name with a blank ends at a tab, so that `patch` does not take what follows for a date.
        true if path.as_str().contains(' ') => format!("{}\t", quoted(prefix, path)),
        true => quoted(prefix, path),
        false => "/dev/null".to_owned(),
    };
    let _ = writeln!(patch, "--- {}\n+++ {}", name("a/", before.is_some()), name("b/", after.is_some()));
    let old: Vec<&str> = before.unwrap_or_default().split_inclusive('\n').collect();
    let new: Vec<&str> = after.unwrap_or_default().split_inclusive('\n').collect();
    let diff = TextDiff::from_slices(&old, &new);
    let (mut added, mut deleted) = (0, 0);
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let old_range = first.old_range().start..last.old_range().end;
        let new_range = first.new_range().start..last.new_range().end;
        let _ = writeln!(patch, "@@ -{} +{} @@", range(&old_range), range(&new_range));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Insert => {
                    added += 1;
                    '+'
                }
                ChangeTag::Delete => {
                    deleted += 1;
                    '-'
                }
            };
            let line: &str = change.value();
            patch.push(sign);
            patch.push_str(line);
            if !line.ends_with('\n') {
                patch.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    (added, deleted)
}

/// A hunk's range: first line and count; the line before it where the count is 0.
fn range(lines: &std::ops::Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        count => format!("{},{count}", lines.start + 1),
    }
}

/// A path as git writes it in headers: in C quotes if it has characters that need them.
fn quoted(prefix: &str, path: &RepoPath) -> String {
    let plain = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if path.as_str().bytes().all(plain) {
        return format!("{prefix}{path}");
    }
    let mut quoted = format!("\"{prefix}");
    for byte in path.as_str().bytes() {
        match byte {
            b'"' => quoted.push_str("\\\""),
            b'\\' => quoted.push_str("\\\\"),
            b'\n' => quoted.push_str("\\n"),
            b'\t' => quoted.push_str("\\t"),
            byte if plain(byte) => quoted.push(char::from(byte)),
            byte => {
                let _ = write!(quoted, "\\{byte:03o}");
            }
        }
    }
    quoted.push('"');
    quoted
}
