//! What was merged when, and how it is undone: questions about the history, answered by the user's git.

use std::collections::BTreeMap;

use crate::base::{FileMode, RepoPath, RunId, TreeFile, UnitName};

use super::command::words;
use super::commit::{CONNECTOR_TRAILER, RUN_TRAILER};
use super::tree_edit::Changes;
use super::{CommitId, GitError, ObjectId, Repository};

/// What a merge of three makes of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreeWay {
    /// What changes in it.
    Clean(Changes),
    /// Files that conflict.
    Conflicts(Vec<String>),
}

impl Repository {
    /// Whether one commit is the other, or is among those that it follows.
    pub fn is_ancestor(&self, ancestor: &CommitId, of: &CommitId) -> Result<bool, GitError> {
        let (ancestor, of) = (ancestor.to_string(), of.to_string());
        let arguments = ["merge-base", "--is-ancestor", &ancestor, &of];
        let output = self.git().output(arguments, b"")?;
        match output.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(GitError::from_stderr(&arguments.join(" "), &self.git().git_dir, &words(&output.stderr))),
        }
    }

    /// The commit of a branch's own line (first parents) with which another commit came into it: the merge, or the
    /// commit itself where the line went through it. `None` if it is not in it.
    pub fn merged_by(&self, commit: &CommitId, into: &CommitId) -> Result<Option<CommitId>, GitError> {
        if !self.is_ancestor(commit, into)? {
            return Ok(None);
        }
        let range = format!("{commit}..{into}");
        let line = self.git().expect(&["rev-list", "--first-parent", "--ancestry-path", &range], b"")?;
        let line = words(&line);
        let Some(first) = line.lines().last() else { return Ok(Some(*commit)) };
        let Ok(first) = first.parse::<CommitId>() else { return Ok(None) };
        let on_the_line = self.commit_facts(&first)?.parents.first() == Some(commit);
        Ok(Some(if on_the_line { *commit } else { first }))
    }

    /// For each connector the newest commit after `since` on a branch's own line that says that it was made by this
    /// run, wherever in its message it says so: a squashed merge keeps the messages of what it squashes.
    pub fn commits_of_run(
        &self,
        run: &RunId,
        since: &CommitId,
        until: &CommitId,
    ) -> Result<BTreeMap<UnitName, CommitId>, GitError> {
        let grep = format!("--grep=^{RUN_TRAILER}: {run}$");
        let range = format!("{since}..{until}");
        let log =
            self.git().expect(&["log", "-z", "--first-parent", "--format=%H%n%B", "-E", &grep, &range, "--"], b"")?;
        let mut found = BTreeMap::new();
        for entry in String::from_utf8_lossy(&log).split('\0') {
            let Some((id, message)) = entry.trim_start().split_once('\n') else { continue };
            let Ok(id) = id.trim().parse::<CommitId>() else { continue };
            for line in message.lines() {
                let name = line.trim().strip_prefix(CONNECTOR_TRAILER).and_then(|rest| rest.strip_prefix(": "));
                if let Some(name) = name.and_then(|name| UnitName::new(name.trim()).ok()) {
                    found.entry(name).or_insert(id);
                }
            }
        }
        Ok(found)
    }

    /// What has to change in `ours` so that it takes up what leads from `merge_base` to `theirs`, by git's own merge.
    /// With a later commit as the merge base and an earlier one as theirs, that undoes what lies between them.
    pub fn three_way(&self, merge_base: &CommitId, ours: &CommitId, theirs: &CommitId) -> Result<ThreeWay, GitError> {
        let base = format!("--merge-base={merge_base}");
        let (ours_text, theirs_text) = (ours.to_string(), theirs.to_string());
        let arguments =
            ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", &base, &ours_text, &theirs_text];
        let output = self.git().output(arguments, b"")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut fields = said.split('\0').filter(|field| !field.is_empty());
        match (output.status.code(), fields.next()) {
            (Some(0), Some(tree)) => self.changes(ours, tree).map(ThreeWay::Clean),
            (Some(1), Some(_)) => Ok(ThreeWay::Conflicts(fields.map(str::to_owned).collect())),
            _ => Err(GitError::from_stderr(&arguments.join(" "), &self.git().git_dir, &words(&output.stderr))),
        }
    }

    /// What leads from a commit to a tree.
    fn changes(&self, from: &CommitId, tree: &str) -> Result<Changes, GitError> {
        let from = from.to_string();
        let listing = self.git().expect(&["diff-tree", "-r", "-z", "--raw", "--no-renames", &from, tree], b"")?;
        let listing = String::from_utf8_lossy(&listing).into_owned();
        self.objects().refresh();
        let mut changes = Changes::new();
        let mut fields = listing.split('\0');
        while let (Some(facts), Some(path)) = (fields.next(), fields.next()) {
            // `:100644 100644 1a2b… 3c4d… M` (git-diff(1), "Raw output format").
            let facts: Vec<&str> = facts.trim_start_matches(':').split(' ').collect();
            let [_, mode, _, id, _] = facts.as_slice() else { continue };
            let Ok(path) = RepoPath::new(path) else { continue };
            let content = match *mode {
                "000000" => None,
                mode => Some(self.file(mode, id)?),
            };
            changes.insert(path, content);
        }
        Ok(changes)
    }

    fn file(&self, mode: &str, id: &str) -> Result<TreeFile, GitError> {
        let mode = match mode {
            "100755" => FileMode::Executable,
            "120000" => FileMode::Symlink,
            _ => FileMode::File,
        };
        let id: ObjectId = id.parse().map_err(|error: super::ObjectIdError| GitError::Command {
            command: "diff-tree".to_owned(),
            message: error.to_string(),
        })?;
        Ok(TreeFile { bytes: self.objects().file(id)?, mode })
    }
}
