//! Giving a run up: its open pull requests are closed, and the branches that it made are deleted.
//!
//! Each step asks first whether there is anything to do, so that a process that died in the middle is simply followed by
//! another. A branch that a person has touched stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::event::{Event, Held, RunState, UnitIndex, UnitOutcome, UnitState};
use crate::forge::{Forge, ForgeError, PullRequestState};
use crate::git::{CommitId, Deleted, PushOptions, PushRejection, PushRequest, Pushed, Remote, Repository};
use crate::plan::Migration;

use super::world::{World, WorldError};

/// What a run is given up with.
pub struct Closing {
    /// The run.
    pub migration: Arc<Migration>,
    /// Where its branches are.
    pub repository: Repository,
    /// Where its pull requests are.
    pub forge: Arc<dyn Forge>,
    /// Where its branches were pushed.
    pub remote: Option<Remote>,
    /// What is said on each pull request.
    pub comment: String,
    /// Whether the branches of what is merged are deleted too.
    pub merged_too: bool,
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// It is given up.
    Done,
    /// There was nothing to give up.
    Nothing,
    /// Its pull request is merged already.
    Merged {
        /// The pull request's number.
        number: u64,
    },
    /// It is given up, and its branch stays, for this reason.
    BranchStays(String),
    /// It could not be done.
    Failed(String),
}

impl Closing {
    /// Gives these units up. `record` is handed each event as soon as it is true, already applied to the state.
    ///
    /// # Errors
    /// What keeps everything from being done: nothing was done then.
    pub async fn close(
        &self,
        state: &mut RunState,
        units: &[UnitIndex],
        mut record: impl FnMut(&Event),
    ) -> Result<Vec<(UnitIndex, Closed)>, WorldError> {
        let world =
            World::look(&self.migration, state, units, &self.forge, (&self.repository, self.remote.as_ref())).await?;
        let mut closed: BTreeMap<UnitIndex, Closed> = BTreeMap::new();
        let mut asked = JoinSet::new();
        for unit in units {
            let found = world.pull_request(*unit);
            if let Some(number) = merged(state.unit(*unit), &world, *unit) {
                if state.unit(*unit).merged.is_none() {
                    apply(state, &Event::Merged { unit: *unit, number }, &mut record);
                }
                closed.insert(*unit, Closed::Merged { number });
                continue;
            }
            if !self.has_anything(state, &world, *unit) {
                closed.insert(*unit, Closed::Nothing);
                continue;
            }
            let open = found.filter(|found| found.state == PullRequestState::Open).map(|found| found.number);
            let (unit, forge, comment) = (*unit, Arc::clone(&self.forge), self.comment.clone());
            asked.spawn(async move {
                match open {
                    Some(number) => (unit, forge.close(number, Some(&comment)).await),
                    None => (unit, Ok(())),
                }
            });
        }
        while let Some(answer) = asked.join_next().await {
            let (unit, answer): (UnitIndex, Result<(), ForgeError>) = answer.map_err(|_| WorldError::Worker)?;
            closed.insert(unit, self.given_up(state, unit, answer, &mut record));
        }
        self.delete_branches(state, &world, &mut closed).await?;
        Ok(units.iter().filter_map(|unit| closed.remove(unit).map(|closed| (*unit, closed))).collect())
    }

    /// Whether there is anything of a unit that is not at a good end by itself.
    fn has_anything(&self, state: &RunState, world: &World, unit: UnitIndex) -> bool {
        let unit_state = state.unit(unit);
        let is_open = world.pull_request(unit).is_some_and(|found| found.state == PullRequestState::Open);
        let branch = &self.migration.frozen.unit(unit).branch;
        let was_closed = matches!(unit_state.held, Some(Held::Closed { .. }));
        let left = world.head(branch).is_some() || self.local(unit_state, branch);
        match state.outcome(unit) {
            // Closed before: only what a process that died had left is to be done.
            _ if was_closed => is_open || (unit_state.checkpoint.is_some() && left),
            outcome => is_open || unit_state.checkpoint.is_some() || !outcome.is_final(),
        }
    }

    fn local(&self, unit_state: &UnitState, branch: &str) -> bool {
        unit_state.checkpoint.is_some() && self.repository.branch(branch).is_ok_and(|found| found.is_some())
    }

    fn given_up(
        &self,
        state: &mut RunState,
        unit: UnitIndex,
        answer: Result<(), ForgeError>,
        record: &mut impl FnMut(&Event),
    ) -> Closed {
        if let Err(error) = answer {
            let hint = error.hint().map_or_else(String::new, |hint| format!("; {hint}"));
            return Closed::Failed(format!("its pull request could not be closed: {error}{hint}"));
        }
        let number = self.migration.pull_request(state.unit(unit));
        let by_a_person = matches!(state.outcome(unit), UnitOutcome::ClosedByHuman { .. } | UnitOutcome::Closed { .. });
        if !by_a_person {
            apply(state, &Event::Held { unit, by: Held::Closed { number } }, record);
        }
        Closed::Done
    }

    /// Deletes the branches of what was given up, in the remote repository first.
    async fn delete_branches(
        &self,
        state: &RunState,
        world: &World,
        closed: &mut BTreeMap<UnitIndex, Closed>,
    ) -> Result<(), WorldError> {
        let doomed = closed.iter().filter(|(_, closed)| match closed {
            Closed::Done => true,
            Closed::Merged { .. } => self.merged_too,
            _ => false,
        });
        let units: Vec<UnitIndex> = doomed.map(|(unit, _)| *unit).collect();
        let mut remote_ones = Vec::new();
        let mut local_ones = Vec::new();
        for unit in units {
            let unit_state = state.unit(unit);
            let branch = self.migration.frozen.unit(unit).branch.clone();
            let Some(head) = unit_state.checkpoint.as_ref().and_then(|point| point.commit.parse::<CommitId>().ok())
            else {
                continue;
            };
            let pushed = unit_state.pushed.as_ref().and_then(|pushed| pushed.parse::<CommitId>().ok());
            if let Some(found) = world.head(&branch) {
                if Some(found) == pushed || found == head {
                    remote_ones
                        .push((unit, PushRequest { branch: branch.clone(), commit: None, expected: Some(found) }));
                } else {
                    stays(closed, unit, touched(&branch, &found.short(), "the remote repository"));
                }
            }
            local_ones.push((unit, (branch, head)));
        }
        self.delete_remote(remote_ones, closed).await?;
        let (units, branches): (Vec<UnitIndex>, Vec<(String, CommitId)>) = local_ones.into_iter().unzip();
        let deleted = self.repository.delete_branches(&branches)?;
        for ((unit, (branch, _)), deleted) in units.into_iter().zip(&branches).zip(deleted) {
            match deleted {
                Deleted::Done | Deleted::AlreadyGone => {}
                Deleted::Moved { found } => stays(closed, unit, touched(branch, &found.short(), "this repository")),
                Deleted::CheckedOut => stays(closed, unit, format!("branch {branch} is checked out in a work tree")),
            }
        }
        Ok(())
    }

    async fn delete_remote(
        &self,
        requests: Vec<(UnitIndex, PushRequest)>,
        closed: &mut BTreeMap<UnitIndex, Closed>,
    ) -> Result<(), WorldError> {
        let Some(remote) = self.remote.clone().filter(|_| !requests.is_empty()) else { return Ok(()) };
        let (units, requests): (Vec<UnitIndex>, Vec<PushRequest>) = requests.into_iter().unzip();
        let repository = self.repository.clone();
        let report = tokio::task::spawn_blocking(move || {
            let report = repository.push(&remote, &requests, &PushOptions::default());
            (requests, report)
        });
        let (requests, report) = report.await.map_err(|_| WorldError::Worker)?;
        for ((unit, request), outcome) in units.into_iter().zip(requests).zip(report.outcomes) {
            let branch = &request.branch;
            match outcome {
                Ok(Pushed::Done | Pushed::AlreadyThere | Pushed::Rejected(PushRejection::Moved { found: None })) => {}
                Ok(Pushed::Rejected(PushRejection::Moved { found: Some(found) })) => {
                    stays(closed, unit, touched(branch, &found.short(), "the remote repository"));
                }
                Ok(Pushed::Rejected(rejection)) => {
                    let why = format!("branch {branch} could not be deleted in the remote repository: {rejection}");
                    closed.insert(unit, Closed::Failed(why));
                }
                Err(error) => {
                    let why = format!("branch {branch} could not be deleted in the remote repository: {error}");
                    closed.insert(unit, Closed::Failed(why));
                }
            }
        }
        Ok(())
    }
}

fn merged(state: &UnitState, world: &World, unit: UnitIndex) -> Option<u64> {
    let found = world.pull_request(unit).filter(|found| found.state == PullRequestState::Merged);
    state.merged.or(found.map(|found| found.number))
}

/// Only events that fit the state come here: a unit of the run, held or merged.
fn apply(state: &mut RunState, event: &Event, record: &mut impl FnMut(&Event)) {
    if state.apply(event).is_ok() {
        record(event);
    }
}

fn touched(branch: &str, found: &str, place: &str) -> String {
    format!("branch {branch} of {place} is at {found}, which this run did not make")
}

fn stays(closed: &mut BTreeMap<UnitIndex, Closed>, unit: UnitIndex, why: String) {
    // What failed stays failed; what is merged says so.
    if closed.get(&unit) == Some(&Closed::Done) {
        closed.insert(unit, Closed::BranchStays(why));
    }
}
