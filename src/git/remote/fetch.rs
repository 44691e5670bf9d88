//! Fetching branches without touching anything of the user's: not their branches, not `refs/remotes`, not `FETCH_HEAD`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Remote, Talk};
use crate::git::command::words;
use crate::git::{CommitId, GitError, Repository};

/// Where fetched branches are kept, so that git does not clean their commits away.
const KEPT: &str = "refs/cutover/remote/";

/// The last part of a kept name: without it, `a` and `a/b`, of which a remote has now one and now the other, would
/// be in each other's way.
const LEAF: &str = "/@head";

/// How often the remote is asked again when a branch vanished between the listing and the fetch.
const ATTEMPTS: u32 = 3;

/// A fetch of what is named, and of nothing that the user's settings would add.
const FETCH: [&str; 9] = [
    "fetch",
    "--no-tags",
    "--no-write-fetch-head",
    "--refmap=",
    "--no-prune",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--quiet",
    "--stdin",
];

impl Repository {
    /// Fetches these branches from the place that fetches come from, and returns where they stand there; branches that
    /// the remote does not have are left out. The commits are in the repository afterwards and stay there.
    pub fn fetch(&self, remote: &Remote, branches: &[String]) -> Result<BTreeMap<String, CommitId>, GitError> {
        let talk = Talk::new(self, remote);
        let asked: BTreeSet<&str> = branches.iter().map(String::as_str).collect();
        for attempt in 1.. {
            let mut there = talk.branches_at(talk.place())?;
            there.retain(|name, _| asked.contains(name.as_str()));
            if there.is_empty() {
                return Ok(there);
            }
            let specs: Vec<String> =
                there.keys().map(|name| format!("+refs/heads/{name}:{KEPT}{name}{LEAF}\n")).collect();
            let arguments: Vec<&str> = FETCH.into_iter().chain(["--", talk.place()]).collect();
            let spoken = talk.run(&arguments, specs.concat().as_bytes())?;
            if spoken.status.success() {
                return self.kept(&there);
            }
            let vanished = spoken.lines.iter().any(|line| line.contains("couldn't find remote ref"));
            if !vanished || attempt == ATTEMPTS {
                return Err(talk.failed(&spoken.lines));
            }
        }
        Ok(BTreeMap::new())
    }

    /// Where these branches stood when they were fetched, which may be later than when they were listed.
    fn kept(&self, listed: &BTreeMap<String, CommitId>) -> Result<BTreeMap<String, CommitId>, GitError> {
        let kept = words(&self.git().expect(&["for-each-ref", "--format=%(objectname) %(refname)", KEPT], b"")?);
        let kept = kept.lines().filter_map(|line| line.split_once(' '));
        let named = kept.filter_map(|(id, name)| Some((name.strip_prefix(KEPT)?.strip_suffix(LEAF)?, id)));
        let fetched = named.filter(|(name, _)| listed.contains_key(*name));
        Ok(fetched.filter_map(|(name, id)| Some((name.to_owned(), id.parse().ok()?))).collect())
    }
}
