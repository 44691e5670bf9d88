//! What came out of a case, in the form in which case files have it.

use std::fmt::Write as _;

use cutover::base::{FileMode, MemoryTree, RepoPath, TreeFile};
use cutover::event::{Held, StepResult};
use cutover::forge::PullRequest;
use serde_json::{Map, Value, json};
use similar::{ChangeTag, TextDiff};

use crate::stage::{Ending, Played};

/// The `after` of a case.
pub(crate) fn after(before: &MemoryTree, played: &Played, home: &str) -> Value {
    let mut after = Map::new();
    match &played.ending {
        Ending::Done(result) => {
            after.insert(if result.changed { "changed" } else { "unchanged" }.into(), result.detail.as_str().into());
            if !result.outputs.is_empty() {
                after.insert("outputs".into(), json!(result.outputs));
            }
            if !result.warnings.is_empty() {
                after.insert("warnings".into(), json!(result.warnings));
            }
            assert!(result.files.is_empty(), "only processes tell of files");
        }
        Ending::Refused(failure) => {
            after.insert("refused".into(), failure.message.as_str().into());
            after.insert("class".into(), failure.class.as_str().into());
            for (key, text) in [("cause", &failure.cause), ("hint", &failure.hint)] {
                if let Some(text) = text {
                    after.insert(key.into(), text.as_str().into());
                }
            }
            if !failure.tail.is_empty() {
                after.insert("tail".into(), json!(failure.tail));
            }
        }
        Ending::Waits(waiting) => {
            after.insert("waits".into(), waiting.detail.as_str().into());
            after.insert("for".into(), waiting.on.as_str().into());
            if let Some(until) = waiting.until {
                after.insert("until".into(), until.to_string().into());
            }
        }
        Ending::Held(Held::ClosedByHuman { number }) => {
            after.insert("held".into(), format!("pull request {number} was closed").into());
        }
        Ending::Held(Held::Closed { .. }) => panic!("no step closes what its run opened"),
        Ending::Held(Held::EditedByHuman { branch, found }) => {
            after.insert("held".into(), format!("{branch} is at {found}").into());
        }
    }
    after.extend(played.published.clone());
    let diff = diff(before, &played.tree, home);
    if !diff.is_empty() {
        after.insert("diff".into(), diff.into());
    }
    Value::Object(after)
}

/// The lines that differ, file by file, each with its number in the old or the new text.
pub(crate) fn diff(before: &MemoryTree, after: &MemoryTree, home: &str) -> String {
    let mut paths: Vec<RepoPath> = before.files().chain(after.files()).map(|(path, _)| path).collect();
    paths.sort();
    paths.dedup();
    let mut text = String::new();
    for path in paths {
        let file = |tree: &MemoryTree| tree.files().find(|(other, _)| *other == path).map(|(_, file)| file.clone());
        let (old, new) = (file(before), file(after));
        if old == new {
            continue;
        }
        let name = path.below_or_full(home);
        let _ = match (&old, &new) {
            (Some(_), None) => writeln!(text, "removed {name}"),
            (None, Some(new)) => writeln!(text, "added {name}{}", mode(new)),
            (Some(old), Some(new)) if old.mode != new.mode => {
                writeln!(text, "edited {name}{} ->{}", mode(old), mode(new))
            }
            _ => writeln!(text, "edited {name}"),
        };
        changed_lines(&mut text, &content(old.as_ref()), &content(new.as_ref()));
    }
    text
}

/// The path as case files write it.
trait BelowOrFull {
    fn below_or_full(&self, home: &str) -> String;
}

impl BelowOrFull for RepoPath {
    fn below_or_full(&self, home: &str) -> String {
        self.as_str().strip_prefix(&format!("{home}/")).map_or_else(|| format!("/{self}"), str::to_owned)
    }
}

fn content(file: Option<&TreeFile>) -> String {
    file.map_or_else(String::new, |file| String::from_utf8_lossy(&file.bytes).into_owned())
}

fn mode(file: &TreeFile) -> &'static str {
    match file.mode {
        FileMode::Executable => " (executable)",
        FileMode::Symlink => " (link)",
        _ => " (file)",
    }
}

fn changed_lines(text: &mut String, old: &str, new: &str) {
    for change in TextDiff::from_lines(old, new).iter_all_changes() {
        let (sign, index) = match change.tag() {
            ChangeTag::Equal => continue,
            ChangeTag::Delete => ('-', change.old_index()),
            ChangeTag::Insert => ('+', change.new_index()),
        };
        let line = change.value();
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, ""),
            None => (line, "␄"),
        };
        let line = line.replace('\r', "␍").replace('\u{feff}', "⟨BOM⟩").replace('\t', "␉");
        // Trailing blanks would not be seen.
        let line = if line.ends_with(' ') { format!("{line}␠") } else { line };
        let _ = writeln!(text, "{:4} {sign}{line}{end}", index.map_or(0, |index| index + 1));
    }
}

/// A pull request without what differs from machine to machine; of one that was there before, what has changed.
pub(crate) fn pull_request(pull_request: &PullRequest, before: Option<&PullRequest>) -> Value {
    let fields = |pull_request: &PullRequest| {
        let mut value = serde_json::to_value(pull_request).unwrap();
        let fields = value.as_object_mut().unwrap();
        for machines_own in ["url", "created_at", "mark"] {
            fields.remove(machines_own);
        }
        fields.retain(|_, field| !field.is_null() && !matches!(field, Value::Array(items) if items.is_empty()));
        std::mem::take(fields)
    };
    let mut now = fields(pull_request);
    if let Some(before) = before.map(fields) {
        now.retain(|key, field| key == "number" || before.get(key) != Some(field));
    }
    Value::Object(now)
}

/// A result that does not tell where the forge's directory is.
pub(crate) fn without_place(result: &StepResult, directory: &str) -> StepResult {
    let mut result = result.clone();
    for output in result.outputs.values_mut() {
        if let Value::String(text) = output {
            *text = text.replace(directory, "FORGE");
        }
    }
    result
}
