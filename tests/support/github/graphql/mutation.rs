//! Mutations: what only GraphQL can do, and its ways of what REST can do too.

use serde_json::Value;

use super::super::answer::Answer;
use super::super::merge::Wish;
use super::super::model::{AutoMerge, Method, QueueEntry, Role};
use super::execute::{Arguments, Execution, Problem};
use super::node::{Node, Resolved};

impl Execution<'_> {
    pub(super) fn mutation(&mut self, name: &str, arguments: &Arguments) -> Result<Resolved, Problem> {
        let input = arguments.get("input").clone();
        let known = [
            "markPullRequestReadyForReview",
            "convertPullRequestToDraft",
            "enqueuePullRequest",
            "dequeuePullRequest",
            "enablePullRequestAutoMerge",
            "disablePullRequestAutoMerge",
            "closePullRequest",
            "reopenPullRequest",
            "updatePullRequest",
            "mergePullRequest",
        ];
        if !known.contains(&name) {
            return Err(Problem::Unknown);
        }
        let key = if name == "dequeuePullRequest" { "id" } else { "pullRequestId" };
        let id = input[key].as_str().unwrap_or_default();
        let (at, number) = self.world.find_pull(id).ok_or_else(|| {
            Problem::typed("NOT_FOUND", &format!("Could not resolve to a node with the global id of '{id}'"))
        })?;
        self.permit(at, "pull_requests")?;
        let author = self.world.repositories[at].pulls[&number].author == self.login();
        if !author || matches!(name, "enqueuePullRequest" | "mergePullRequest") {
            self.world.require(at, self.actor, Role::Write).map_err(|answer| Problem::from_answer(&answer))?;
        }
        let done = match name {
            "markPullRequestReadyForReview" => self.world.set_draft(at, number, false),
            "convertPullRequestToDraft" => self.world.set_draft(at, number, true),
            "enqueuePullRequest" => return self.enqueue(at, number, &input),
            "dequeuePullRequest" => self.world.pull_mut(at, number).map(|pull| pull.queued = None),
            "enablePullRequestAutoMerge" => self.auto_merge(at, number, &input),
            "disablePullRequestAutoMerge" => self.world.pull_mut(at, number).map(|pull| pull.auto_merge = None),
            "closePullRequest" => self.world.close(at, number, &self.login()),
            "reopenPullRequest" => self.world.reopen(at, number),
            "mergePullRequest" => self.merge(at, number, &input),
            _ => self.update(at, number, &input),
        };
        done.map_err(|answer| Problem::from_answer(&answer))?;
        Ok(payload(name, vec![("pullRequest", Resolved::One(Node::Pull(at, number)))], &input))
    }

    fn enqueue(&mut self, at: usize, number: u64, input: &Value) -> Result<Resolved, Problem> {
        let (id, now, looks_left) = (self.world.fresh_id(), self.world.now(), self.world.queue_looks.max(1));
        let repository = &self.world.repositories[at];
        let pull = &repository.pulls[&number];
        let refuse = |message: &str| Err(Problem::typed("UNPROCESSABLE", message));
        if !repository.protection(&pull.base_branch).merge_queue {
            return refuse("Merge queue is not enabled for this branch");
        }
        if !pull.open || pull.draft {
            return refuse(if pull.open { "Pull request is in draft" } else { "Pull request is closed" });
        }
        if pull.queued.is_some() {
            return refuse("Pull request is already in the merge queue");
        }
        if input["expectedHeadOid"].as_str().is_some_and(|sha| sha != pull.head) {
            return refuse("Head branch was modified. Review and try the merge again.");
        }
        if let Some(obstacle) = self.world.obstacles(at, number).first() {
            return refuse(obstacle);
        }
        if !self.world.mergeable_now(at, number) {
            return refuse("Pull request is not mergeable");
        }
        if let Ok(pull) = self.world.pull_mut(at, number) {
            pull.queued = Some(QueueEntry { id, at: now, looks_left });
        }
        let entry = Resolved::One(Node::QueueEntry(at, number));
        Ok(payload("enqueuePullRequest", vec![("mergeQueueEntry", entry)], input))
    }

    fn auto_merge(&mut self, at: usize, number: u64, input: &Value) -> Result<(), Answer> {
        let method = input["mergeMethod"].as_str().and_then(Method::parse).unwrap_or(Method::Merge);
        let refuse = |message: &str| Err(Answer::message(422, message));
        if !self.world.repositories[at].allow_auto_merge {
            return refuse("Auto merge is not allowed for this repository");
        }
        if !self.world.pull(at, number)?.open {
            return refuse("Can't enable auto-merge for this pull request");
        }
        if !self.world.mergeable_now(at, number) {
            return refuse("Pull request is in dirty status");
        }
        if self.world.merge_state(at, number) == "CLEAN" {
            return refuse("Pull request is in clean status");
        }
        let auto = AutoMerge { by: self.login(), method, at: self.world.now() };
        self.world.pull_mut(at, number)?.auto_merge = Some(auto);
        Ok(())
    }

    fn merge(&mut self, at: usize, number: u64, input: &Value) -> Result<(), Answer> {
        let text = |name: &str| input[name].as_str().map(str::to_owned);
        let pull = self.world.pull(at, number)?;
        if text("expectedHeadOid").is_some_and(|sha| sha != pull.head) {
            return Err(Answer::message(409, "Head branch was modified. Review and try the merge again."));
        }
        let method = input["mergeMethod"].as_str().and_then(Method::parse).unwrap_or(Method::Merge);
        let wish = Wish { method, title: text("commitHeadline"), message: text("commitBody"), by: self.login() };
        self.world.merge(at, number, &wish).map(|_| ())
    }

    fn update(&mut self, at: usize, number: u64, input: &Value) -> Result<(), Answer> {
        let base = input["baseRefName"].as_str();
        let tip = base.map(|base| self.world.repositories[at].store.branch(base).map(str::to_owned));
        if tip == Some(None) {
            return Err(Answer::message(422, "Base branch was not found"));
        }
        let pull = self.world.pull_mut(at, number)?;
        if let Some(title) = input["title"].as_str() {
            title.clone_into(&mut pull.title);
        }
        if let Some(body) = input["body"].as_str() {
            pull.body = Some(body.to_owned());
        }
        if let (Some(base), Some(Some(tip))) = (base, tip) {
            base.clone_into(&mut pull.base_branch);
            pull.base = tip;
        }
        match input["state"].as_str() {
            Some("CLOSED") => self.world.close(at, number, &self.login())?,
            Some("OPEN") => self.world.reopen(at, number)?,
            _ => {}
        }
        self.world.touch(at, number);
        Ok(())
    }
}

/// What a mutation gives back, its type named after it.
fn payload(mutation: &str, mut fields: Vec<(&'static str, Resolved)>, input: &Value) -> Resolved {
    fields.push(("clientMutationId", Resolved::Value(input["clientMutationId"].clone())));
    let mut name: String = mutation.chars().take(1).flat_map(char::to_uppercase).collect();
    name.push_str(&mutation[1..]);
    name.push_str("Payload");
    Resolved::One(Node::Payload(name, fields))
}
