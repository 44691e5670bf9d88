//! What branches a remote has: one question, however many are of interest.

use std::collections::BTreeMap;

use super::{Remote, Talk};
use crate::git::{CommitId, GitError, Repository};

impl Repository {
    /// The branches of the remote whose names begin with one of these texts (`cutover/`), and where they stand; all
    /// branches if none is given. Asked of the place that pushes go to, in one question.
    pub fn remote_branches(
        &self,
        remote: &Remote,
        prefixes: &[String],
    ) -> Result<BTreeMap<String, CommitId>, GitError> {
        let branches = Talk::new(self, remote).branches()?;
        let wanted =
            |name: &str| prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
        Ok(branches.into_iter().filter(|(name, _)| wanted(name)).collect())
    }
}

impl Talk<'_> {
    /// All branches of the place that pushes go to.
    pub(in crate::git) fn branches(&self) -> Result<BTreeMap<String, CommitId>, GitError> {
        self.branches_at(&self.push_place()?)
    }

    /// All branches of a place that is given as git takes it.
    pub(super) fn branches_at(&self, place: &str) -> Result<BTreeMap<String, CommitId>, GitError> {
        let spoken = self.run(&["ls-remote", "--heads", "--", place], b"")?;
        if !spoken.status.success() {
            return Err(self.failed(&spoken.lines));
        }
        let lines = spoken.stdout.lines().filter_map(|line| line.split_once('\t'));
        let branches =
            lines.filter_map(|(id, name)| Some((name.strip_prefix("refs/heads/")?.to_owned(), id.parse().ok()?)));
        Ok(branches.collect())
    }

    /// The name, or the address where pushes go to if fetches come from elsewhere: a listing by name would ask there.
    fn push_place(&self) -> Result<String, GitError> {
        Ok(match self.known()? {
            Some(remote) if remote.push_url != remote.url => remote.push_url.exposed().to_owned(),
            _ => self.place().to_owned(),
        })
    }
}
