//! Pull requests follow the branches: a push moves the head, a deleted branch closes, a head that has
//! arrived in the base is merged. Runs before each request is answered.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::Start;
use super::model::{Merge, Verdict};
use super::world::World;

/// Messages that ask for no workflows, as GitHub documents them.
const SKIPS: [&str; 5] = ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"];

impl World {
    /// Takes in what was done to the repositories since the last request.
    pub(crate) fn follow(&mut self) {
        let mut moved = false;
        for repository in &mut self.repositories {
            moved |= repository.store.has_moved();
        }
        if moved {
            self.follow_refs();
        }
    }

    /// Brings every open pull request to where its branches are.
    pub(crate) fn follow_refs(&mut self) {
        for at in 0..self.repositories.len() {
            let arrived = self.arrived(at);
            let numbers: Vec<u64> = self.repositories[at].open_pulls().map(|pull| pull.number).collect();
            for number in numbers {
                self.follow_pull(at, number, &arrived);
            }
            let repository = &mut self.repositories[at];
            let bases: BTreeSet<String> = repository.open_pulls().map(|pull| pull.base_branch.clone()).collect();
            let tip = |base: String| repository.store.branch(&base).map(|tip| (base.clone(), tip.to_owned()));
            repository.tips = bases.into_iter().filter_map(tip).collect();
        }
    }

    /// The commits that each base branch got since it was last looked at.
    fn arrived(&self, at: usize) -> BTreeMap<String, BTreeSet<String>> {
        let repository = &self.repositories[at];
        let mut arrived = BTreeMap::new();
        for (branch, before) in &repository.tips {
            if let Some(tip) = repository.store.branch(branch).filter(|tip| tip != before) {
                arrived.insert(branch.clone(), repository.store.commits(before, tip).into_iter().collect());
            }
        }
        arrived
    }

    fn follow_pull(&mut self, at: usize, number: u64, arrived: &BTreeMap<String, BTreeSet<String>>) {
        let now = self.now();
        let pull = &self.repositories[at].pulls[&number];
        let from = self.find_id(pull.head_repository);
        let head = from.and_then(|from| self.repositories[from].store.branch(&pull.head_branch)).map(str::to_owned);
        let base = self.repositories[at].store.branch(&pull.base_branch).map(str::to_owned);
        let is_in = arrived.get(&pull.base_branch).is_some_and(|commits| commits.contains(&pull.head));
        let Some(pull) = self.repositories[at].pulls.get_mut(&number) else { return };
        let Some(head) = head.filter(|_| base.is_some() && !is_in) else {
            pull.open = false;
            pull.closed_at = Some(now);
            pull.updated_at = now;
            pull.queued = None;
            pull.auto_merge = None;
            if is_in {
                let by = pull.author.clone();
                pull.merge = Some(Merge { at: now, by, commit: base.unwrap_or_default() });
            }
            return;
        };
        if head != pull.head {
            self.head_moved(at, number, &head, from.filter(|&from| from != at));
        }
    }

    /// A push to the branch of a pull request.
    fn head_moved(&mut self, at: usize, number: u64, head: &str, fork: Option<usize>) {
        if let Some(fork) = fork {
            self.fetch_head(at, number, fork);
        }
        let now = self.now();
        let repository = &mut self.repositories[at];
        repository.pushed_at = now;
        let Some(pull) = repository.pulls.get_mut(&number) else { return };
        let dismiss = repository.protections.get(&pull.base_branch).is_some_and(|rules| rules.dismiss_stale_reviews);
        head.clone_into(&mut pull.head);
        pull.base = repository.store.branch(&pull.base_branch).unwrap_or_default().to_owned();
        pull.updated_at = now;
        pull.queued = None;
        if dismiss {
            for review in pull.reviews.iter_mut().filter(|review| review.verdict == Verdict::Approved) {
                review.verdict = Verdict::Dismissed;
            }
        }
        self.start_checks(at, number);
    }

    /// Brings the objects of a fork's branch into the repository, under the name that GitHub gives them.
    pub(crate) fn fetch_head(&mut self, at: usize, number: u64, fork: usize) {
        let from = self.repositories[fork].store.directory.clone();
        let branch = self.repositories[at].pulls[&number].head_branch.clone();
        let refspec = format!("+refs/heads/{branch}:refs/pull/{number}/head");
        let fetched = self.repositories[at].store.fetch(&from, &refspec);
        fetched.expect("a fork is a repository beside this one");
    }

    /// Starts the checks of a pull request's head that are due.
    pub(crate) fn start_checks(&mut self, at: usize, number: u64) {
        let now = self.now();
        let repository = &mut self.repositories[at];
        let Some(pull) = repository.pulls.get(&number) else { return };
        if repository.checks.plans(number).is_empty() {
            return;
        }
        let message = repository.store.read_commit(&pull.head).map(|commit| commit.message).unwrap_or_default();
        let skipped = SKIPS.iter().any(|skip| message.contains(skip));
        let start = Start { number, sha: &pull.head, branch: &pull.head_branch, draft: pull.draft, skipped, now };
        repository.checks.start(&start, &mut self.next_id);
    }
}
