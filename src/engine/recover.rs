//! Taking a run on again: what its last process left open, and what the user asks for.
//!
//! The events computed here are the first of the resumed run. A publication that was under way is
//! done again like a new one: publications look for what they made before they make it.

use std::collections::BTreeMap;

use crate::base::closest;
use crate::event::{
    Checkpoint, Event, Holder, IllegalEvent, ResetReason, RunState, StepIndex, StepState, UnitIndex, UnitState,
};
use crate::git::{CommitId, GitError, Placement, Repository};
use crate::plan::Migration;
use crate::workflow::Scope;

/// Why a step is left out that the user wants left out.
pub(super) const LEFT_OUT_BY_HAND: &str = "left out by hand (--skip)";

/// Why a step is left out whose place a person's commit has taken.
const DONE_BY_HAND: &str = "done by hand on the adopted branch";

/// What the user asks of a resumed run.
#[derive(Debug, Clone, Default)]
pub struct Recovery {
    /// Try again what failed.
    pub retry_failed: bool,
    /// Leave these steps out where they are not done.
    pub skip: Vec<String>,
    /// Take the branches of these connectors as a person left them.
    pub adopt: Vec<String>,
    /// Where branches that are to be taken stand in the remote repository, if the run has one.
    pub heads: BTreeMap<String, CommitId>,
}

/// A request that does not fit the run.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// A step that the workflow does not have.
    #[error("the workflow of this run has no step `{name}`{}", suggestion(.closest.as_ref()))]
    Step {
        /// The name given.
        name: String,
        /// The name probably meant.
        closest: Option<String>,
    },
    /// A connector that the run does not have.
    #[error("this run has no connector `{name}`{}", suggestion(.closest.as_ref()))]
    Unit {
        /// The name given.
        name: String,
        /// The name probably meant.
        closest: Option<String>,
    },
    /// There is nothing to adopt.
    #[error("there is no branch {branch} to adopt for {name}; commit your fix to that branch first")]
    NoBranch {
        /// The connector.
        name: String,
        /// Its branch.
        branch: String,
    },
    /// The branch here and the one in the remote repository have each something that the other has not.
    #[error("branch {branch} is at {here} in this repository and at {there} in the remote one; merge them first")]
    TwoBranches {
        /// The branch.
        branch: String,
        /// Where it is here.
        here: String,
        /// Where it is there.
        there: String,
    },
    /// The branch is checked out, so that it cannot be moved to what the remote has.
    #[error("branch {0} is checked out in a work tree; pull there first")]
    CheckedOut(String),
    /// The branch could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The journal does not allow it.
    #[error("the journal of this run does not allow it: {0}")]
    Illegal(#[from] IllegalEvent),
}

fn suggestion(closest: Option<&String>) -> String {
    closest.map_or_else(String::new, |closest| format!("; did you mean `{closest}`?"))
}

/// The events with which a run is taken on, already applied to `state`.
pub fn recover(
    migration: &Migration,
    repository: &Repository,
    state: &mut RunState,
    wish: &Recovery,
    (holder, at): (Holder, jiff::Timestamp),
) -> Result<Vec<Event>, RecoverError> {
    let mut recovered = Recovered { state, events: Vec::new() };
    recovered.take(Event::Opened { holder, at })?;
    let units: Vec<UnitIndex> =
        std::iter::once(UnitIndex::RUN).chain(recovered.state.connectors().map(|(unit, _)| unit)).collect();
    for unit in &units {
        recovered.take_up(*unit)?;
        if wish.retry_failed {
            recovered.retry(*unit)?;
        }
    }
    for name in &wish.skip {
        let step = find_step(migration, name)?;
        let scope = migration.compiled.graph.node(step).scope;
        let owners = units.iter().filter(|unit| (**unit == UnitIndex::RUN) == (scope == Scope::Run));
        owners.copied().try_for_each(|unit| recovered.skip(unit, step))?;
    }
    for name in &wish.adopt {
        recovered.adopt(migration, repository, name, &wish.heads)?;
    }
    Ok(recovered.events)
}

struct Recovered<'a> {
    state: &'a mut RunState,
    events: Vec<Event>,
}

impl Recovered<'_> {
    fn take(&mut self, event: Event) -> Result<(), IllegalEvent> {
        self.state.apply(&event)?;
        self.events.push(event);
        Ok(())
    }

    fn steps(&self, unit: UnitIndex, like: impl Fn(&StepState) -> bool) -> Vec<StepIndex> {
        let state = self.state.unit(unit);
        self.state.steps_of(unit).filter(|step| like(&state.steps[step.position()])).collect()
    }

    /// What was running when the process died is done again.
    fn take_up(&mut self, unit: UnitIndex) -> Result<(), IllegalEvent> {
        for step in self.steps(unit, |state| matches!(state, StepState::Running { .. })) {
            self.take(Event::Reset { unit, step, reason: ResetReason::Interrupted })?;
        }
        Ok(())
    }

    fn retry(&mut self, unit: UnitIndex) -> Result<(), IllegalEvent> {
        let UnitState { refused, unmet, .. } = self.state.unit(unit);
        if refused.is_some() || unmet.as_ref().is_some_and(|unmet| !unmet.is_empty()) {
            self.take(Event::Reconsidered { unit })?;
        }
        self.reset_failed(unit);
        Ok(())
    }

    /// A failed step whose followers went on without it stays as it is.
    fn reset_failed(&mut self, unit: UnitIndex) {
        for step in self.steps(unit, |state| matches!(state, StepState::Failed(_) | StepState::Retrying { .. })) {
            let _ = self.take(Event::Reset { unit, step, reason: ResetReason::RetryFailed });
        }
    }

    fn skip(&mut self, unit: UnitIndex, step: StepIndex) -> Result<(), IllegalEvent> {
        let state = self.state.unit(unit);
        if state.refused.as_ref().is_some_and(|(refused, _)| *refused == Some(step)) {
            self.take(Event::Reconsidered { unit })?;
        }
        let state = &self.state.unit(unit).steps[step.position()];
        if matches!(state, StepState::Pending | StepState::Failed(_) | StepState::Retrying { .. }) {
            self.take(Event::Skipped { unit, step, reason: LEFT_OUT_BY_HAND.to_owned() })?;
        }
        Ok(())
    }

    /// Takes a branch as a person left it: as the remote repository has it, and what is on top of that here.
    fn adopt(
        &mut self,
        migration: &Migration,
        repository: &Repository,
        name: &str,
        heads: &BTreeMap<String, CommitId>,
    ) -> Result<(), RecoverError> {
        let unit = find_unit(migration, self.state, name)?;
        let branch = &migration.frozen.unit(unit).branch;
        let (here, there) = (repository.branch(branch)?, heads.get(branch).copied());
        let commit = match (here, there) {
            (None, None) => {
                return Err(RecoverError::NoBranch { name: name.to_owned(), branch: branch.clone() });
            }
            (Some(here), None) => here,
            (Some(here), Some(there)) if repository.is_ancestor(&there, &here)? => here,
            (from, Some(there)) => {
                if let Some(here) = from.filter(|here| !repository.is_ancestor(here, &there).unwrap_or(false)) {
                    let (here, there) = (here.short(), there.short());
                    return Err(RecoverError::TwoBranches { branch: branch.clone(), here, there });
                }
                // Later commits go on top of it here.
                let placed = repository.place_branches(&[Placement { branch: branch.clone(), from, to: there }])?;
                if placed != [true] {
                    return Err(RecoverError::CheckedOut(branch.clone()));
                }
                there
            }
        };
        if let Some(there) = there {
            self.take_branch(unit, repository, &there)?;
            self.take(Event::Pushed { unit, commit: there.to_string() })?;
        }
        if there != Some(commit) {
            self.take_branch(unit, repository, &commit)?;
        }
        self.reset_failed(unit);
        Ok(())
    }

    fn take_branch(&mut self, unit: UnitIndex, repository: &Repository, commit: &CommitId) -> Result<(), RecoverError> {
        let facts = repository.commit_facts(commit)?;
        let checkpoint = Checkpoint::new(commit.to_string(), facts.tree.to_string());
        self.take(Event::Adopted { unit, checkpoint })?;
        let taken = self.state.unit(unit).adopted.as_ref().map(|(_, taken)| taken.clone()).unwrap_or_default();
        for step in taken {
            if !matches!(
                self.state.unit(unit).steps[step.position()],
                StepState::Succeeded(_) | StepState::Skipped { .. }
            ) {
                let reason = DONE_BY_HAND.to_owned();
                self.take(Event::Skipped { unit, step, reason })?;
            }
        }
        Ok(())
    }
}

fn find_step(migration: &Migration, name: &str) -> Result<StepIndex, RecoverError> {
    let graph = &migration.compiled.graph;
    graph.find(name).ok_or_else(|| {
        let ids = graph.nodes().iter().map(|node| node.id.as_str());
        RecoverError::Step { name: name.to_owned(), closest: closest(name, ids).map(str::to_owned) }
    })
}

fn find_unit(migration: &Migration, state: &RunState, name: &str) -> Result<UnitIndex, RecoverError> {
    let units: BTreeMap<&str, UnitIndex> =
        state.connectors().map(|(unit, _)| (migration.frozen.unit(unit).connector.name.as_str(), unit)).collect();
    units.get(name).copied().ok_or_else(|| RecoverError::Unit {
        name: name.to_owned(),
        closest: closest(name, units.keys().copied()).map(str::to_owned),
    })
}
