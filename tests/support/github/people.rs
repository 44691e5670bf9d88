//! The handle's verbs: what a test makes people, machines and time do. Each acts at once.

use std::time::Duration;

use super::access::Token;
use super::checks::CheckPlan;
use super::fault::{Calls, Effect, Fault};
use super::model::{Method, Protection, Pull, Role, Verdict};
use super::server::Shared;
use super::store::CommitText;

impl Shared {
    /// The checks of every head that is pushed or opened from now on.
    pub(crate) fn set_checks(&self, plans: impl Into<Vec<CheckPlan>>) {
        self.world().set_checks(plans.into());
    }

    /// The checks of one pull request, from its present head on.
    pub(crate) fn set_checks_of(&self, number: u64, plans: impl Into<Vec<CheckPlan>>) {
        self.followed().set_checks_of(number, plans.into());
    }

    /// Somebody reviews a pull request.
    pub(crate) fn review(&self, number: u64, login: &str, verdict: Verdict) {
        let mut world = self.followed();
        world.add_user(login, "User");
        world.review(0, number, login, verdict, "").expect("the pull request is there");
    }

    /// Somebody comments on a pull request.
    pub(crate) fn comment(&self, number: u64, login: &str, body: &str) {
        let mut world = self.followed();
        world.add_user(login, "User");
        world.comment(0, number, login, body).expect("the pull request is there");
    }

    /// Somebody writes another title or text.
    pub(crate) fn edit(&self, number: u64, title: Option<&str>, body: Option<&str>) {
        let mut world = self.followed();
        let pull = world.pull_mut(0, number).expect("the pull request is there");
        if let Some(title) = title {
            title.clone_into(&mut pull.title);
        }
        if let Some(body) = body {
            pull.body = Some(body.to_owned());
        }
        world.touch(0, number);
    }

    /// Somebody closes a pull request.
    pub(crate) fn close(&self, number: u64, login: &str) {
        self.followed().close(0, number, login).expect("the pull request is there");
    }

    /// Somebody opens it again.
    pub(crate) fn reopen(&self, number: u64) {
        self.followed().reopen(0, number).expect("it can be opened again");
    }

    /// Somebody merges it, whatever the rules say; the commit on the base.
    pub(crate) fn merge(&self, number: u64, login: &str, method: Method) -> String {
        self.followed().merge_by_force(number, login, method).expect("it can be merged")
    }

    /// Somebody pushes a commit with one file to a branch, which is made where there is none; the commit.
    pub(crate) fn push(&self, branch: &str, login: &str, path: &str, content: &str) -> String {
        let mut world = self.followed();
        let now = world.now().to_string();
        let store = &mut world.repositories[0].store;
        let parent = store.branch(branch).map(str::to_owned);
        let base = store.branch(store.default_branch()).map(str::to_owned);
        let from = parent.clone().or(base).expect("the default branch is there");
        let tree = store.tree_with(&from, path, content).expect("git writes a tree");
        let author = [login.to_owned(), format!("{login}@example.com"), now];
        let message = format!("Change {path}\n");
        let text = CommitText { tree, parents: vec![from], author: author.clone(), committer: author, message };
        let commit = store.commit(&text).expect("git writes a commit");
        store.set(&format!("refs/heads/{branch}"), &commit, parent.as_deref()).expect("the branch is where it was");
        world.follow_refs();
        commit
    }

    /// Somebody deletes a branch.
    pub(crate) fn delete_branch(&self, branch: &str) {
        let mut world = self.followed();
        world.repositories[0].store.delete(&format!("refs/heads/{branch}")).expect("the branch is there");
        world.follow_refs();
    }

    /// Sets the rules of a branch.
    pub(crate) fn protect(&self, branch: &str, rules: Protection) {
        self.world().protect(branch, rules);
    }

    /// Makes somebody a collaborator.
    pub(crate) fn collaborator(&self, login: &str, role: Role) {
        self.world().add_collaborator(login, role);
    }

    /// Somebody forks the repository; where the fork is on the disk.
    pub(crate) fn fork(&self, login: &str, name: &str) -> std::path::PathBuf {
        let mut world = self.world();
        world.add_user(login, "User");
        let at = world.fork(0, login, name).expect("git clones");
        world.repositories[at].store.directory.clone()
    }

    /// Makes a team of the organization.
    pub(crate) fn team(&self, slug: &str, members: &[&str]) {
        self.world().add_team(slug, members);
    }

    /// Makes a label.
    pub(crate) fn label(&self, name: &str) {
        self.world().add_label(0, name);
    }

    /// Makes a milestone; its number.
    pub(crate) fn milestone(&self, title: &str) -> u64 {
        self.world().add_milestone(title)
    }

    /// Makes a token good for its owner, who becomes a collaborator with this role.
    pub(crate) fn grant(&self, secret: &str, token: Token, role: Role) {
        let mut world = self.world();
        world.add_collaborator(&token.login.clone(), role);
        world.add_token(secret, token);
    }

    /// Lets a token end after so long.
    pub(crate) fn expire(&self, secret: &str, after: Duration) {
        self.world().expire_token(secret, after);
    }

    /// Archives the repository, or takes it back.
    pub(crate) fn archive(&self, archived: bool) {
        self.world().archive(archived);
    }

    /// Gives the repository another name.
    pub(crate) fn rename(&self, name: &str) {
        self.world().rename(name);
    }

    /// Says which methods the repository merges by.
    pub(crate) fn allow_methods(&self, methods: &[Method]) {
        self.world().allow_methods(methods);
    }

    /// Moves the clock ahead.
    pub(crate) fn advance(&self, by: Duration) {
        self.world().clock.advance(by);
    }

    /// Lets the clock run at a multiple of real time.
    pub(crate) fn run_clock_at(&self, speed: f64) {
        self.world().clock.run_at(speed);
    }

    /// Enforces limits on writes: so many a minute, so many an hour.
    pub(crate) fn limit_content(&self, a_minute: usize, an_hour: usize) {
        self.world().limits.content = Some((a_minute, an_hour));
    }

    /// How often a write was refused because it came too early.
    pub(crate) fn too_early(&self) -> u64 {
        self.world().limits.exceeded
    }

    /// Adds a fault.
    pub(crate) fn fault(&self, fault: Fault) {
        self.world().faults.push(fault);
    }

    /// The nth call of any kind from now on fails in this way: for sweeps over all of them.
    pub(crate) fn fail_call(&self, nth: u64, effect: Effect) {
        self.fault(Fault::new(Calls::any(), effect).at(nth));
    }

    /// The nth call that changes something from now on fails in this way.
    pub(crate) fn fail_write(&self, nth: u64, effect: Effect) {
        self.fault(Fault::new(Calls::writes(), effect).at(nth));
    }

    /// Takes all faults away; how often they have happened.
    pub(crate) fn clear_faults(&self) -> u64 {
        self.world().faults.drain(..).map(|fault| fault.happened).sum()
    }

    /// A pull request as it is now.
    pub(crate) fn pull(&self, number: u64) -> Pull {
        self.followed().pull(0, number).cloned().expect("the pull request is there")
    }

    /// All pull requests as they are now, by number.
    pub(crate) fn pulls(&self) -> Vec<Pull> {
        self.followed().repositories[0].pulls.values().cloned().collect()
    }
}
