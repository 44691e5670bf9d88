//! A run's journal written anew from what the world shows: its commits by their trailers, its pull requests by their
//! marks.
//!
//! Each unit is walked through by the same functions that carry it out: edits are computed, and a commit that comes out
//! with the id of one that is on the branch *is* that one. Where something cannot be known any more (what a command
//! made), the branch is taken as it is. Nothing here writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{RunId, Tree, UnitName};
use crate::event::{
    Checkpoint, Event, Ground, Held, IllegalEvent, Next, Refresh, RunState, StepIndex, StepResult, StepState,
    UnitIndex, next,
};
use crate::forge::{PullRequest, PullRequestState};
use crate::git::{CommitFacts, CommitId, CommitRequest, GitError, Repository};
use crate::plan::{Answers, Asked, Migration, Outputs, StepDeed, Tried};

use super::commit;
use super::edits::Bench;
use super::restore::run_outputs;

/// How many commits of a person are passed over in the search for ours.
const MOST_FOREIGN: usize = 64;

/// Why a step is not done that was still to come when its pull request was merged.
const MERGED_BEFORE: &str = "the pull request was merged before the journal was rebuilt";

/// What is found on a branch.
#[derive(Debug, Clone)]
pub struct Trail {
    /// The run whose commits they are.
    pub run: RunId,
    /// The commit that the first of ours follows.
    pub base: CommitId,
    /// Our commits, the first one first.
    pub ours: Vec<(CommitId, CommitFacts)>,
    /// The head of the branch, if a person has put something on top.
    pub foreign: Option<CommitId>,
}

impl Trail {
    /// Follows a branch from its head back to where our commits for this connector begin; `None` if there are none.
    pub fn follow(repository: &Repository, head: CommitId, connector: &UnitName) -> Result<Option<Self>, GitError> {
        let mut ours: Vec<(CommitId, CommitFacts)> = Vec::new();
        let mut run: Option<RunId> = None;
        let (mut at, mut passed) = (head, 0);
        loop {
            let facts = repository.commit_facts(&at)?;
            let made_by = facts.run().filter(|_| facts.connector().as_ref() == Some(connector));
            let parent = facts.parents.first().copied();
            match (made_by, &run) {
                (Some(found), None) => {
                    run = Some(found);
                    ours.push((at, facts));
                }
                (Some(found), Some(run)) if found == *run => ours.push((at, facts)),
                (None, None) if passed < MOST_FOREIGN => passed += 1,
                _ => break,
            }
            match parent {
                Some(parent) => at = parent,
                None => return Ok(None),
            }
        }
        ours.reverse();
        let foreign = (passed > 0).then_some(head);
        Ok(run.map(|run| Self { run, base: at, ours, foreign }))
    }

    /// The last of our commits.
    fn last(&self) -> Option<Checkpoint> {
        self.ours.last().map(checkpoint)
    }

    fn find(&self, commit: &CommitId) -> Option<Checkpoint> {
        self.ours.iter().find(|(ours, _)| ours == commit).map(checkpoint)
    }
}

fn checkpoint((commit, facts): &(CommitId, CommitFacts)) -> Checkpoint {
    Checkpoint::new(commit.to_string(), facts.tree.to_string()).skipping_ci(commit::hides(&facts.message))
}

/// What the world shows of a unit.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// What is on its branch.
    pub trail: Option<Trail>,
    /// Its pull request.
    pub pull_request: Option<PullRequest>,
    /// The connector as it is where the branch begins, if that is not the base of the run.
    pub ground: Option<Arc<Ground>>,
}

/// How well a unit could be rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuilt {
    /// There was nothing of it.
    Nothing,
    /// Every commit on its branch is accounted for.
    Exactly,
    /// Its branch was taken as it is: what is on it cannot be computed any more.
    AsItIs,
}

/// A run that is rebuilt.
pub struct Rebuilding<'a> {
    /// What was frozen, as far as it could be found out again.
    pub migration: &'a Migration,
    /// Where its commits are.
    pub repository: &'a Repository,
    /// The files of its base commit.
    pub base: Arc<dyn Tree>,
    /// The state so far.
    pub state: RunState,
    /// What has to be written into the journal.
    pub events: Vec<Event>,
}

impl Rebuilding<'_> {
    fn take(&mut self, event: Event) -> Result<(), IllegalEvent> {
        self.state.apply(&event)?;
        self.events.push(event);
        Ok(())
    }

    /// The run's own steps, as far as their answers are known.
    pub fn run_steps(&mut self) -> Result<(), IllegalEvent> {
        let unit = UnitIndex::RUN;
        let answers = self.migration.frozen.answers.clone();
        let bench = Bench {
            fixed: self.migration.fixed(unit),
            ground: None,
            overlay: None,
            outputs: run_outputs(self.migration, self.state.unit(unit)),
        };
        self.walk(unit, bench, &Trace::default(), &answers)
    }

    /// One unit.
    pub fn unit(&mut self, unit: UnitIndex, trace: &Trace) -> Result<Rebuilt, IllegalEvent> {
        if trace.trail.is_none() && trace.pull_request.is_none() {
            return Ok(Rebuilt::Nothing);
        }
        let mut rebuilt = Rebuilt::Exactly;
        if let Some(trail) = &trace.trail {
            let bench = self.bench(unit, trace);
            if let Some(bench) = bench {
                let answers = self.migration.frozen.answers.clone();
                self.walk(unit, bench, trace, &answers)?;
            }
            let checkpoint = self.state.unit(unit).checkpoint.clone();
            if checkpoint != trail.last() && trail.foreign.is_none() {
                self.as_it_is(unit, trail)?;
                rebuilt = Rebuilt::AsItIs;
            } else if let (Some(ground), Some(checkpoint)) = (&trace.ground, checkpoint) {
                let (redone, again) = (Vec::new(), Vec::new());
                let refresh = Refresh { ground: Ground::clone(ground), redone, again, checkpoint };
                self.take(Event::Refreshed { unit, refresh: Box::new(refresh) })?;
            }
        }
        self.close(unit, trace)?;
        Ok(rebuilt)
    }

    fn bench(&self, unit: UnitIndex, trace: &Trace) -> Option<Bench> {
        let ground = trace.ground.clone();
        let base: Arc<dyn Tree> = match &ground {
            Some(ground) => Arc::new(self.repository.tree(&ground.base.parse().ok()?).ok()?),
            None => Arc::clone(&self.base),
        };
        let fixed = self.migration.fixed_on(unit, ground.as_deref());
        let outputs = run_outputs(self.migration, self.state.unit(UnitIndex::RUN));
        let mut bench = Bench { fixed, ground, overlay: None, outputs };
        bench.overlay = bench.unit(self.migration, unit).overlay(base);
        Some(bench)
    }

    /// Goes on with a unit as long as the world shows what came of the next step.
    fn walk(
        &mut self,
        unit: UnitIndex,
        mut bench: Bench,
        trace: &Trace,
        answers: &Answers,
    ) -> Result<(), IllegalEvent> {
        'on: loop {
            for action in next(&self.state, unit) {
                if let Some(events) = self.seen(unit, action, &mut bench, trace, answers) {
                    events.into_iter().try_for_each(|event| self.take(event))?;
                    continue 'on;
                }
            }
            return Ok(());
        }
    }

    /// What came of an action, if that can be told.
    fn seen(
        &self,
        unit: UnitIndex,
        action: Next,
        bench: &mut Bench,
        trace: &Trace,
        answers: &Answers,
    ) -> Option<Vec<Event>> {
        match action {
            Next::Start(step) => self.step(unit, step, bench, trace, answers),
            Next::Commit => {
                let request =
                    commit::request(self.migration, self.repository, unit, self.state.unit(unit), bench).ok()?;
                let parent = self.repository.commit_facts(&request.parent).ok()?.tree;
                let tree = self.repository.compute_tree(&request.parent, &request.changes).ok()?;
                if tree == parent {
                    return Some(vec![Event::Committed { unit, checkpoint: None }]);
                }
                let trail = trace.trail.as_ref()?;
                let find = |request: &CommitRequest| trail.find(&self.repository.compute_commit(request).ok()?);
                // One that hid from continuous integration may have been made once more.
                let shown = || CommitRequest { message: commit::shown(&request.message), ..request.clone() };
                let checkpoint = find(&request).or_else(|| find(&shown()))?;
                Some(vec![Event::Committed { unit, checkpoint: Some(checkpoint) }])
            }
            // What is on the trail was found in the remote repository.
            Next::Push => {
                let commit = self.state.unit(unit).checkpoint.as_ref()?.commit.clone();
                Some(vec![Event::Pushed { unit, commit }])
            }
            Next::Verify => None,
        }
    }

    fn step(
        &self,
        unit: UnitIndex,
        step: StepIndex,
        bench: &mut Bench,
        trace: &Trace,
        answers: &Answers,
    ) -> Option<Vec<Event>> {
        let compiled = self.migration.compiled.step(step);
        let done = |bench: &mut Bench, result: StepResult, started: bool| {
            bench.outputs.add(compiled, result.changed, &result.outputs);
            let start = started.then_some(Event::Started { unit, step, attempt: 1 });
            start.into_iter().chain([Event::Succeeded { unit, step, result }]).collect()
        };
        let skipped = |outputs: &mut Outputs, reason: String| {
            outputs.add(compiled, false, &BTreeMap::new());
            vec![Event::Skipped { unit, step, reason }]
        };
        match &compiled.deed {
            StepDeed::Edit(..) => {
                let mut overlay = bench.overlay.clone()?;
                match bench.unit(self.migration, unit).edit(step, &mut overlay, &bench.outputs) {
                    Tried::Done(result) => {
                        bench.overlay = Some(overlay);
                        Some(done(bench, result, false))
                    }
                    Tried::Skipped(reason) => Some(skipped(&mut bench.outputs, reason)),
                    Tried::Failed(_) | Tried::Undecided(_) => None,
                }
            }
            StepDeed::Resolve(..) => {
                let asked =
                    bench.unit(self.migration, unit).asked(step, bench.overlay.as_ref(), &bench.outputs, answers);
                match asked {
                    Asked::Answered(result) => Some(done(bench, result, true)),
                    Asked::Skipped(reason) => Some(skipped(&mut bench.outputs, reason)),
                    Asked::Open(_) | Asked::Undecided(_) | Asked::Failed(_) => None,
                }
            }
            StepDeed::Run(_) | StepDeed::Execute(..) | StepDeed::Publish(..) => {
                let reason = {
                    let handle = bench.unit(self.migration, unit);
                    let scope = handle.scope(compiled.reads, bench.overlay.as_ref(), &bench.outputs).ok()?;
                    handle.skip_reason(step, &scope).ok()?
                };
                if let Some(reason) = reason {
                    return Some(skipped(&mut bench.outputs, reason));
                }
                let opens = crate::plan::opens_pull_requests(compiled);
                let opened = trace.pull_request.as_ref().filter(|_| opens)?;
                Some(done(bench, opened_result(opened), true))
            }
        }
    }

    /// The branch is taken as it is, as a person's would be, and what is on it counts as done.
    fn as_it_is(&mut self, unit: UnitIndex, trail: &Trail) -> Result<(), IllegalEvent> {
        let Some(checkpoint) = trail.last() else { return Ok(()) };
        let commit = checkpoint.commit.clone();
        self.take(Event::Adopted { unit, checkpoint })?;
        let taken = self.state.unit(unit).adopted.as_ref().map(|(_, taken)| taken.clone()).unwrap_or_default();
        for step in taken {
            if matches!(self.state.unit(unit).steps[step.position()], StepState::Pending) {
                let reason = "found done on the branch when the journal was rebuilt".to_owned();
                self.take(Event::Skipped { unit, step, reason })?;
            }
        }
        if self.state.graph().pushes() {
            self.take(Event::Pushed { unit, commit })?;
        }
        Ok(())
    }

    /// What people have done with it.
    fn close(&mut self, unit: UnitIndex, trace: &Trace) -> Result<(), IllegalEvent> {
        let branch = self.migration.frozen.unit(unit).branch.clone();
        match &trace.pull_request {
            Some(PullRequest { number, state: PullRequestState::Merged, .. }) => {
                self.take(Event::Merged { unit, number: *number })?;
                self.end_merged(unit)?;
            }
            Some(PullRequest { number, state: PullRequestState::Closed, .. }) => {
                self.take(Event::Held { unit, by: Held::ClosedByHuman { number: *number } })?;
            }
            _ => {
                if let Some(found) = trace.trail.as_ref().and_then(|trail| trail.foreign) {
                    let by = Held::EditedByHuman { branch, found: found.short() };
                    self.take(Event::Held { unit, by })?;
                }
            }
        }
        Ok(())
    }

    /// Nothing more is done for what is merged.
    fn end_merged(&mut self, unit: UnitIndex) -> Result<(), IllegalEvent> {
        let open: Vec<StepIndex> = self.state.steps_of(unit).collect();
        for step in open {
            if !self.state.unit(unit).steps[step.position()].is_settled() {
                self.take(Event::Skipped { unit, step, reason: MERGED_BEFORE.to_owned() })?;
            }
        }
        if !self.state.unit(unit).uncommitted.is_empty() {
            self.take(Event::Committed { unit, checkpoint: None })?;
        }
        self.take(Event::Verified { unit, unmet: Vec::new() })
    }
}

/// What the step that opened a pull request gave.
fn opened_result(found: &PullRequest) -> StepResult {
    let detail = format!("pull request {} is there", found.number);
    let mut result = StepResult { changed: true, detail, ..StepResult::default() };
    result.outputs.insert("number".to_owned(), found.number.into());
    result.outputs.insert("url".to_owned(), found.url.clone().into());
    result
}
