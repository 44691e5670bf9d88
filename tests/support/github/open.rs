//! Opening, closing and reopening pull requests, drafts, and what is counted about their change.

use std::sync::Arc;

use super::answer::Answer;
use super::model::{Changed, Pull};
use super::store::{Change, CommitText};
use super::world::World;

/// A pull request that somebody wants.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// `branch`, or `owner:branch` of a fork.
    pub(crate) head: String,
    pub(crate) base: String,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) draft: bool,
    pub(crate) author: String,
    pub(crate) maintainer_can_modify: bool,
}

impl World {
    /// Opens a pull request, or says in GitHub's words why there cannot be one; its number.
    pub(crate) fn open(&mut self, at: usize, opening: &Opening) -> Result<u64, Answer> {
        let repository = &self.repositories[at];
        let invalid = |field: &str| Answer::invalid("PullRequest", field, "invalid");
        let base = repository.store.branch(&opening.base).ok_or_else(|| invalid("base"))?.to_owned();
        let own = (repository.owner.as_str(), opening.head.as_str());
        let (owner, branch) = opening.head.split_once(':').unwrap_or(own);
        let from = self.head_repository(at, owner).ok_or_else(|| invalid("head"))?;
        let head = self.repositories[from].store.branch(branch).ok_or_else(|| invalid("head"))?.to_owned();
        let (owner, branch) = (self.repositories[from].owner.clone(), branch.to_owned());
        let same = |pull: &&Pull| {
            pull.head_repository == self.repositories[from].id
                && pull.head_branch == branch
                && pull.base_branch == opening.base
        };
        if repository.open_pulls().any(|pull| same(&pull)) {
            let message = format!("A pull request already exists for {owner}:{branch}.");
            return Err(Answer::custom("PullRequest", &message));
        }
        let change = Arc::new(self.repositories[from].store.change(&base, &head));
        let change = Changed { base: base.clone(), head: head.clone(), change };
        if change.change.commits.is_empty() {
            let message = format!("No commits between {} and {}", opening.base, opening.head);
            return Err(Answer::custom("PullRequest", &message));
        }
        let (id, now) = (self.fresh_id(), self.now());
        let head_repository = self.repositories[from].id;
        let repository = &mut self.repositories[at];
        let number = repository.next_number;
        repository.next_number += 1;
        repository.tips.entry(opening.base.clone()).or_insert_with(|| base.clone());
        let pull = Pull {
            number,
            id,
            title: opening.title.clone(),
            body: opening.body.clone(),
            author: opening.author.clone(),
            head_repository,
            head_owner: owner,
            head_branch: branch,
            head,
            base_branch: opening.base.clone(),
            base,
            open: true,
            draft: opening.draft,
            merge: None,
            created_at: now,
            updated_at: now,
            closed_at: None,
            closed_by: None,
            labels: Vec::new(),
            assignees: Vec::new(),
            milestone: None,
            reviewers: Vec::new(),
            teams: Vec::new(),
            reviews: Vec::new(),
            comments: Vec::new(),
            auto_merge: None,
            queued: None,
            mergeability: None,
            change: Some(change),
            maintainer_can_modify: opening.maintainer_can_modify,
        };
        repository.pulls.insert(number, pull);
        if from != at {
            self.fetch_head(at, number, from);
        }
        self.start_checks(at, number);
        Ok(number)
    }

    /// The repository of this owner in the same network.
    fn head_repository(&self, at: usize, owner: &str) -> Option<usize> {
        let root = self.repositories[at].fork_of.unwrap_or(self.repositories[at].id);
        let related = |index: &usize| {
            let repository = &self.repositories[*index];
            (repository.id == root || repository.fork_of == Some(root)) && repository.owner.eq_ignore_ascii_case(owner)
        };
        (0..self.repositories.len()).find(related)
    }

    /// Closes without merging.
    pub(crate) fn close(&mut self, at: usize, number: u64, by: &str) -> Result<(), Answer> {
        let now = self.now();
        let pull = self.pull_mut(at, number)?;
        if pull.open {
            pull.open = false;
            pull.closed_at = Some(now);
            pull.closed_by = Some(by.to_owned());
            pull.updated_at = now;
            pull.queued = None;
            pull.auto_merge = None;
        }
        Ok(())
    }

    /// Opens again what was closed, if its branch is still there and nothing took its place.
    pub(crate) fn reopen(&mut self, at: usize, number: u64) -> Result<(), Answer> {
        let pull = self.pull(at, number)?.clone();
        if pull.open {
            return Ok(());
        }
        let refuse = |why: &str| Answer::custom("PullRequest", &format!("state cannot be changed. {why}"));
        if pull.merge.is_some() {
            return Err(refuse("The pull request cannot be reopened because it was merged."));
        }
        let from = self.find_id(pull.head_repository);
        let head = from.and_then(|from| self.repositories[from].store.branch(&pull.head_branch)).map(str::to_owned);
        let head = head.ok_or_else(|| refuse(&format!("The {} branch has been deleted.", pull.head_branch)))?;
        let repository = &self.repositories[at];
        let base = repository.store.branch(&pull.base_branch).map(str::to_owned);
        let base = base.ok_or_else(|| refuse(&format!("The {} branch has been deleted.", pull.base_branch)))?;
        let another = |other: &Pull| other.head_label() == pull.head_label() && other.base_branch == pull.base_branch;
        if repository.open_pulls().any(another) {
            return Err(refuse("There is already an open pull request from this branch."));
        }
        if !repository.store.contains(&pull.head, &head) {
            return Err(refuse(&format!("The {} branch was force-pushed or recreated.", pull.head_branch)));
        }
        let pull = self.pull_mut(at, number)?;
        (pull.open, pull.closed_at, pull.closed_by) = (true, None, None);
        (pull.head, pull.base) = (head, base);
        self.touch(at, number);
        Ok(())
    }

    /// Makes a draft ready, or the other way.
    pub(crate) fn set_draft(&mut self, at: usize, number: u64, draft: bool) -> Result<(), Answer> {
        self.pull_mut(at, number)?.draft = draft;
        self.touch(at, number);
        self.start_checks(at, number);
        Ok(())
    }

    /// Merges the base into the head, as the button for it does.
    pub(crate) fn update_branch(&mut self, at: usize, number: u64, by: &str) -> Result<(), Answer> {
        let pull = self.pull(at, number)?.clone();
        let (now, from) = (self.now(), self.find_id(pull.head_repository).unwrap_or(at));
        let conflict = || Answer::message(422, "merge conflict between base and head");
        let base = self.repositories[at].store.branch(&pull.base_branch).ok_or_else(conflict)?.to_owned();
        if self.repositories[at].store.contains(&base, &pull.head) {
            return Err(Answer::message(422, "There are no new commits on the base branch."));
        }
        let store = &mut self.repositories[from].store;
        let tree = store.merge_tree(&pull.head, &base).ok_or_else(conflict)?;
        let author = [by.to_owned(), format!("{by}@users.noreply.github.com"), now.to_string()];
        let committer = ["GitHub".to_owned(), "noreply@github.com".to_owned(), now.to_string()];
        let message = format!("Merge branch '{}' into {}\n", pull.base_branch, pull.head_branch);
        let parents = vec![pull.head.clone(), base];
        let failed = |error: String| Answer::message(422, &error);
        let commit = store.commit(&CommitText { tree, parents, author, committer, message }).map_err(failed)?;
        store.set(&format!("refs/heads/{}", pull.head_branch), &commit, Some(&pull.head)).map_err(failed)?;
        self.follow_refs();
        Ok(())
    }

    /// What a pull request changes, found out once for each pair of tips.
    pub(crate) fn change(&mut self, at: usize, number: u64) -> Arc<Change> {
        let repository = &mut self.repositories[at];
        let Some(pull) = repository.pulls.get_mut(&number) else { return Arc::default() };
        let known = pull.change.as_ref().filter(|known| known.base == pull.base && known.head == pull.head);
        if let Some(known) = known {
            return Arc::clone(&known.change);
        }
        let change = Arc::new(repository.store.change(&pull.base, &pull.head));
        let (base, head) = (pull.base.clone(), pull.head.clone());
        pull.change = Some(Changed { base, head, change: Arc::clone(&change) });
        change
    }
}
