//! What changed: between commits, and in the work tree.

use std::collections::BTreeSet;

use crate::base::RepoPath;

use super::command::words;
use super::{CommitId, GitError, Repository};

/// How many paths one command line carries.
const PATHS_PER_COMMAND: usize = 500;

impl Repository {
    /// The paths that differ between `head` and where it parted from `revision` (`revision...head`).
    /// What is not committed counts too, where `head` is what the work tree has checked out.
    pub fn modified_since(&self, revision: &str, head: &CommitId) -> Result<BTreeSet<RepoPath>, GitError> {
        let since = self.resolve(revision)?;
        let base = self.git().output(["merge-base", &since.to_string(), &head.to_string()], b"")?;
        if base.status.code() == Some(1) {
            return Err(GitError::NoMergeBase(revision.to_owned(), head.short()));
        }
        if !base.status.success() {
            return Err(GitError::from_stderr("merge-base", self.common_dir(), &words(&base.stderr)));
        }
        let (base, head_id) = (words(&base.stdout), head.to_string());
        let arguments = ["diff-tree", "-r", "-z", "--no-renames", "--name-only", &base, &head_id];
        let listing = self.git().expect(&arguments, b"")?;
        let mut paths: BTreeSet<RepoPath> = paths(&listing).collect();
        if self.work_tree().is_some() && self.resolve("HEAD").is_ok_and(|checked_out| checked_out == *head) {
            paths.extend(self.status(&["--untracked-files=all"], &[])?);
        }
        Ok(paths)
    }

    /// Those of the paths (files, or directories and everything in them) that differ from the last commit: staged,
    /// not staged, not tracked, or ignored but there. Nothing is dirty in a bare repository.
    pub fn dirty(&self, paths: &[RepoPath]) -> Result<Vec<RepoPath>, GitError> {
        let mut dirty = BTreeSet::new();
        if self.work_tree().is_some() {
            for paths in paths.chunks(PATHS_PER_COMMAND) {
                dirty.extend(self.status(&["--untracked-files=all", "--ignored=matching"], paths)?);
            }
        }
        Ok(dirty.into_iter().collect())
    }

    fn status(&self, options: &[&str], only: &[RepoPath]) -> Result<Vec<RepoPath>, GitError> {
        let mut arguments = vec!["--literal-pathspecs", "status", "--porcelain", "-z", "--no-renames"];
        arguments.extend(["--ignore-submodules=dirty"]);
        arguments.extend(options);
        arguments.push("--");
        arguments.extend(only.iter().map(RepoPath::as_str));
        let listing = self.git().expect(&arguments, b"")?;
        // Each entry is two letters of state, a space, the path.
        let entries = listing.split(|byte| *byte == 0).filter_map(|entry| entry.get(3..));
        Ok(entries.filter_map(path).collect())
    }
}

fn paths(listing: &[u8]) -> impl Iterator<Item = RepoPath> {
    listing.split(|byte| *byte == 0).filter_map(path)
}

/// A path that git names; none for one that is not UTF-8, which no connector has.
fn path(bytes: &[u8]) -> Option<RepoPath> {
    RepoPath::new(std::str::from_utf8(bytes).ok()?).ok()
}
