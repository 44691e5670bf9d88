//! What people and machines other than the client do, and how GitHub is set up: the test's side of the double.

use std::time::Duration;

use super::access::Token;
use super::answer::Answer;
use super::checks::CheckPlan;
use super::merge::Wish;
use super::model::{Comment, Label, Method, Milestone, Protection, Review, Role, Verdict};
use super::world::World;

/// The repository that the double was started for.
const MAIN: usize = 0;

impl World {
    /// Makes somebody a collaborator.
    pub(crate) fn add_collaborator(&mut self, login: &str, role: Role) {
        self.add_user(login, "User");
        self.repositories[MAIN].collaborators.insert(login.to_owned(), role);
    }

    /// Makes a label, unless there is one of that name.
    pub(crate) fn add_label(&mut self, at: usize, name: &str) {
        if self.repositories[at].label(name).is_none() {
            let id = self.fresh_id();
            let label = Label { id, name: name.to_owned(), color: "ededed".to_owned(), description: None };
            self.repositories[at].labels.push(label);
        }
    }

    /// Makes a milestone; its number.
    pub(crate) fn add_milestone(&mut self, title: &str) -> u64 {
        let (id, created_at) = (self.fresh_id(), self.now());
        let milestones = &mut self.repositories[MAIN].milestones;
        let number = milestones.len() as u64 + 1;
        milestones.push(Milestone { id, number, title: title.to_owned(), open: true, created_at });
        number
    }

    /// Makes a token good.
    pub(crate) fn add_token(&mut self, secret: &str, token: Token) {
        self.add_user(&token.login.clone(), "User");
        self.tokens.insert(secret.to_owned(), token);
    }

    /// Lets a token end after so long, at once for no time at all.
    pub(crate) fn expire_token(&mut self, secret: &str, after: Duration) {
        let end = self.now() + after;
        if let Some(token) = self.tokens.get_mut(secret) {
            token.expires = Some(end);
        }
    }

    /// Sets the rules of a branch.
    pub(crate) fn protect(&mut self, branch: &str, rules: Protection) {
        self.repositories[MAIN].protections.insert(branch.to_owned(), rules);
    }

    /// Archives the repository, or takes it back.
    pub(crate) fn archive(&mut self, archived: bool) {
        self.repositories[MAIN].archived = archived;
    }

    /// Gives the repository another name; the old one leads to it.
    pub(crate) fn rename(&mut self, name: &str) {
        let repository = &mut self.repositories[MAIN];
        let before = repository.full_name();
        repository.former.push(before);
        name.clone_into(&mut repository.name);
        self.shelve(MAIN);
    }

    /// Says which methods the repository merges by.
    pub(crate) fn allow_methods(&mut self, methods: &[Method]) {
        self.repositories[MAIN].methods = methods.to_vec();
    }

    /// The checks of every head from now on.
    pub(crate) fn set_checks(&mut self, plans: Vec<CheckPlan>) {
        self.repositories[MAIN].checks.default = plans;
    }

    /// The checks of one pull request's heads, the present one included.
    pub(crate) fn set_checks_of(&mut self, number: u64, plans: Vec<CheckPlan>) {
        let repository = &mut self.repositories[MAIN];
        if let Some(pull) = repository.pulls.get(&number) {
            repository.checks.heads.remove(&pull.head);
        }
        repository.checks.of_pull.insert(number, plans);
        self.start_checks(MAIN, number);
    }

    /// Somebody reviews.
    pub(crate) fn review(
        &mut self,
        at: usize,
        number: u64,
        login: &str,
        verdict: Verdict,
        body: &str,
    ) -> Result<(), Answer> {
        let (id, submitted_at) = (self.fresh_id(), self.now());
        let pull = self.pull_mut(at, number)?;
        pull.reviewers.retain(|asked| !asked.eq_ignore_ascii_case(login));
        let (author, body, commit) = (login.to_owned(), body.to_owned(), pull.head.clone());
        pull.reviews.push(Review { id, author, verdict, body, commit, submitted_at });
        self.touch(at, number);
        Ok(())
    }

    /// Somebody comments.
    pub(crate) fn comment(&mut self, at: usize, number: u64, login: &str, body: &str) -> Result<(), Answer> {
        let (id, now) = (self.fresh_id(), self.now());
        let comment = Comment { id, author: login.to_owned(), body: body.to_owned(), created_at: now, updated_at: now };
        self.pull_mut(at, number)?.comments.push(comment);
        self.touch(at, number);
        Ok(())
    }

    /// Somebody merges with what rights an administrator has: no rule stops it.
    pub(crate) fn merge_by_force(&mut self, number: u64, login: &str, method: Method) -> Result<String, Answer> {
        self.pull_mut(MAIN, number)?.draft = false;
        let rules = self.repositories[MAIN].protections.clone();
        let checks = self.repositories[MAIN].checks.heads.clone();
        self.repositories[MAIN].protections.clear();
        for head in self.repositories[MAIN].checks.heads.values_mut() {
            head.runs.iter_mut().for_each(|run| run.plan.required = false);
        }
        let wish = Wish { method, title: None, message: None, by: login.to_owned() };
        let merged = self.merge(MAIN, number, &wish);
        self.repositories[MAIN].protections = rules;
        self.repositories[MAIN].checks.heads = checks;
        merged
    }
}
