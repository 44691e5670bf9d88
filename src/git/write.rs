//! Many commits on many branches as one durable act: the objects as one pack, then the branches in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use jiff::Timestamp;
use rayon::prelude::*;

use super::branch_name::in_the_way;
use super::commit::{RUN_TRAILER, encode, trailer};
use super::refs::Move;
use super::store::write_objects;
use super::tree_edit::{Changes, NewObject, edit};
use super::{CommitFacts, CommitId, GitError, ObjectId, Repository, Signature, check_branch_name};

/// How often branches that others move at the same moment are looked up again.
const ATTEMPTS: usize = 5;

/// One commit to make. The same fields always make the same commit id.
#[derive(Debug, Clone)]
pub struct CommitRequest {
    /// The branch that shall point to it, without `refs/heads/`.
    pub branch: String,
    /// Where the branch must stand now: a lease. `None`: it must not exist.
    pub expected: Option<CommitId>,
    /// The commit it follows.
    pub parent: CommitId,
    /// What changes in the parent's tree; `None` removes. A directory goes with its last file.
    pub changes: Changes,
    /// The whole message, trailers included.
    pub message: String,
    /// Author and committer.
    pub author: Signature,
    /// Author and commit date, written in UTC.
    pub time: Timestamp,
}

/// What became of a [`CommitRequest`].
#[derive(Debug, Clone)]
pub enum Written {
    /// The commit is made, the branch points to it, and both are on the disk.
    Committed {
        /// The new commit.
        commit: CommitId,
        /// Its tree.
        tree: ObjectId,
    },
    /// The branch is at exactly this commit already: a run that was killed had made it.
    AlreadyThere {
        /// The commit.
        commit: CommitId,
        /// Its tree.
        tree: ObjectId,
    },
    /// The branch is not where it was expected to be; it was left alone.
    Diverged {
        /// Where it is; `None`: it does not exist.
        found: Option<CommitId>,
        /// What that commit says of itself: whose it is.
        facts: Option<CommitFacts>,
    },
    /// The changes change nothing in the parent's tree; no commit, no branch.
    Unchanged,
    /// This commit cannot be made; others of the batch were.
    Refused(GitError),
}

/// A commit that is computed, and not yet written.
struct Draft {
    commit: CommitId,
    tree: ObjectId,
    unchanged: bool,
    objects: Vec<NewObject>,
}

impl Repository {
    /// Makes all of these commits and moves their branches. The new objects become one pack, which is on the disk
    /// before the branches move in one transaction. A branch that stands in another place than expected is
    /// reported and left alone, and so is one that cannot be had; the others are done. An error means that no
    /// branch was moved; objects that were written by then are harmless, and are not written again.
    pub fn write_commits(&self, requests: &[CommitRequest]) -> Result<Vec<Written>, GitError> {
        self.objects().refresh();
        let mut drafts: Vec<Result<Draft, GitError>> = requests.par_iter().map(|request| self.draft(request)).collect();
        refuse_repeated_branches(requests, &mut drafts);
        let mut batch = Batch { repository: self, requests, written: Vec::new() };
        batch.judge(&drafts)?;
        write_objects(self.objects_dir(), &batch.missing_objects(&mut drafts))?;
        batch.move_branches(&drafts)?;
        batch.sync()?;
        let outcomes = batch.written.into_iter().zip(drafts);
        Ok(outcomes.map(|(outcome, draft)| outcome.unwrap_or_else(|| done(draft))).collect())
    }

    /// The id that this commit would have. Nothing is written.
    pub fn compute_commit(&self, request: &CommitRequest) -> Result<CommitId, GitError> {
        Ok(self.draft(request)?.commit)
    }

    fn draft(&self, request: &CommitRequest) -> Result<Draft, GitError> {
        check_branch_name(&request.branch)?;
        let before = self.objects().commit(request.parent)?.tree;
        let (tree, mut objects) = edit(self.objects(), before, &request.changes)?;
        let CommitRequest { parent, author, time, message, .. } = request;
        let commit = NewObject::new("commit", encode(tree, *parent, author, *time, message).into());
        let id = CommitId::of_object(commit.id);
        objects.push(commit);
        Ok(Draft { commit: id, tree, unchanged: tree == before, objects })
    }

    fn diverged(&self, found: Option<CommitId>) -> Written {
        let facts = found.and_then(|commit| self.commit_facts(&commit).ok());
        Written::Diverged { found, facts }
    }
}

/// The second request for a branch, and one that git could not store beside the first, is refused.
fn refuse_repeated_branches(requests: &[CommitRequest], drafts: &mut [Result<Draft, GitError>]) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (request, draft) in requests.iter().zip(drafts) {
        let branch = request.branch.as_str();
        if !seen.insert(branch) {
            *draft = Err(GitError::BranchTwice(branch.to_owned()));
        }
    }
}

/// What became of a request whose branch has moved.
fn done(draft: Result<Draft, GitError>) -> Written {
    match draft {
        Ok(Draft { commit, tree, .. }) => Written::Committed { commit, tree },
        Err(error) => Written::Refused(error),
    }
}

/// A batch on its way. `None` stands for a branch that has still to move.
struct Batch<'a> {
    repository: &'a Repository,
    requests: &'a [CommitRequest],
    written: Vec<Option<Written>>,
}

impl Batch<'_> {
    /// Says of each request, from where the branches stand now, what became of it, or that it is still to be done.
    fn judge(&mut self, drafts: &[Result<Draft, GitError>]) -> Result<(), GitError> {
        let names: Vec<&str> = drafts
            .iter()
            .zip(self.requests)
            .filter(|(draft, _)| draft.is_ok())
            .map(|(_, request)| request.branch.as_str())
            .collect();
        let current = self.repository.refs().current(&names)?;
        let checked_out = self.repository.refs().checked_out()?;
        let judged = drafts.iter().zip(self.requests).map(|(draft, request)| match draft {
            Err(error) => Some(Written::Refused(error.clone())),
            Ok(draft) => self.outcome(request, draft, current.get(&request.branch).copied(), &checked_out),
        });
        self.written = judged.collect();
        Ok(())
    }

    fn outcome(
        &self,
        request: &CommitRequest,
        draft: &Draft,
        found: Option<CommitId>,
        checked_out: &BTreeMap<String, Utf8PathBuf>,
    ) -> Option<Written> {
        let Draft { commit, tree, unchanged, .. } = *draft;
        if unchanged {
            return Some(Written::Unchanged);
        }
        if found == Some(commit) {
            return Some(Written::AlreadyThere { commit, tree });
        }
        if found != request.expected {
            return Some(self.repository.diverged(found));
        }
        checked_out.get(&request.branch).map(|work_tree| {
            let (branch, work_tree) = (request.branch.clone(), work_tree.clone());
            Written::Refused(GitError::CheckedOut { branch, work_tree })
        })
    }

    /// The objects of the commits to make that the repository does not have yet, each once.
    fn missing_objects(&self, drafts: &mut [Result<Draft, GitError>]) -> Vec<NewObject> {
        let pending = self.written.iter().zip(drafts).filter(|(outcome, _)| outcome.is_none());
        let objects = pending.filter_map(|(_, draft)| draft.as_mut().ok()).flat_map(|draft| draft.objects.drain(..));
        let objects: BTreeMap<ObjectId, NewObject> = objects.map(|object| (object.id, object)).collect();
        objects.into_values().filter(|object| !self.repository.objects().has(object.id)).collect()
    }

    fn move_branches(&mut self, drafts: &[Result<Draft, GitError>]) -> Result<(), GitError> {
        for attempt in 1.. {
            let pending = self.pending(drafts);
            if pending.is_empty() {
                return Ok(());
            }
            let Err(error) = self.repository.refs().update(&pending, &self.reflog()) else { return Ok(()) };
            let before = pending.len();
            self.judge(drafts)?;
            self.refuse_taken_names()?;
            if self.pending(drafts).len() == before || attempt == ATTEMPTS {
                return Err(error);
            }
        }
        Ok(())
    }

    fn pending<'b>(&'b self, drafts: &[Result<Draft, GitError>]) -> Vec<Move<'b>> {
        let all = self.written.iter().zip(self.requests).zip(drafts);
        all.filter_map(|((outcome, request), draft)| match (outcome, draft) {
            (None, Ok(draft)) => Some(Move { branch: &request.branch, old: request.expected, new: draft.commit }),
            _ => None,
        })
        .collect()
    }

    /// Syncs the directories of the branches that are where they shall be. A killed run may have moved
    /// a branch and not come that far.
    fn sync(&self) -> Result<(), GitError> {
        let there = self.written.iter().zip(self.requests);
        let there = there.filter(|(outcome, _)| matches!(outcome, None | Some(Written::AlreadyThere { .. })));
        self.repository.refs().sync(there.map(|(_, request)| request.branch.as_str()))
    }

    /// git keeps branches as paths: `a` and `a/b` cannot both exist.
    fn refuse_taken_names(&mut self) -> Result<(), GitError> {
        let mut taken: BTreeSet<String> = self.repository.refs().beginning_with("")?.into_keys().collect();
        for (outcome, request) in self.written.iter_mut().zip(self.requests) {
            if outcome.is_some() {
                continue;
            }
            let branch = &request.branch;
            match in_the_way(branch, &taken) {
                Some(other) => {
                    let branch = branch.clone();
                    *outcome = Some(Written::Refused(GitError::NameTaken { branch, other }));
                }
                None => {
                    taken.insert(branch.clone());
                }
            }
        }
        Ok(())
    }

    fn reflog(&self) -> String {
        let run = self.requests.iter().find_map(|request| trailer(&request.message, RUN_TRAILER));
        run.map_or_else(|| "cutover".to_owned(), |run| format!("cutover: {run}"))
    }
}
