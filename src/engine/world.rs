//! What the outside world says of a run's units, asked at once for all: where their pull requests stand, and where
//! their branches stand in the remote repository. Writes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::event::{Event, Held, RunState, UnitIndex};
use crate::forge::{Forge, ForgeError, ForgeErrorClass, PullRequest, PullRequestState};
use crate::git::{CommitId, GitError, Remote, Repository};
use crate::plan::Migration;

/// Why the world could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The remote repository did not answer.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The forge did not answer.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// A part of cutover died.
    #[error("a worker of the engine has died, which is a bug in cutover")]
    Worker,
}

/// What the world says.
#[derive(Debug, Default)]
pub struct World {
    pull_requests: BTreeMap<UnitIndex, PullRequest>,
    /// The branches of the remote repository; `None` where a run has none.
    heads: Option<BTreeMap<String, CommitId>>,
}

impl World {
    /// Asks about these units. Of a pull request that the forge does not know any more, nothing is said.
    pub async fn look(
        migration: &Migration,
        state: &RunState,
        units: &[UnitIndex],
        forge: &Arc<dyn Forge>,
        (repository, remote): (&Repository, Option<&Remote>),
    ) -> Result<Self, WorldError> {
        let heads = match remote.cloned() {
            Some(remote) => {
                let repository = repository.clone();
                let listed = tokio::task::spawn_blocking(move || repository.remote_branches(&remote, &[])).await;
                Some(listed.map_err(|_| WorldError::Worker)??)
            }
            None => None,
        };
        let mut asked = JoinSet::new();
        for unit in units {
            let Some(number) = migration.pull_request(state.unit(*unit)) else { continue };
            let (unit, forge) = (*unit, Arc::clone(forge));
            asked.spawn(async move { (unit, forge.get(number).await) });
        }
        let mut pull_requests = BTreeMap::new();
        while let Some(answer) = asked.join_next().await {
            match answer.map_err(|_| WorldError::Worker)? {
                (unit, Ok(found)) => drop(pull_requests.insert(unit, found)),
                (_, Err(error)) if error.class() == ForgeErrorClass::NotFound => {}
                (_, Err(error)) => return Err(error.into()),
            }
        }
        Ok(Self { pull_requests, heads })
    }

    /// A unit's pull request, if there is one.
    pub fn pull_request(&self, unit: UnitIndex) -> Option<&PullRequest> {
        self.pull_requests.get(&unit)
    }

    /// Where a branch stands in the remote repository; `None` if it has none, or there is no remote.
    pub fn head(&self, branch: &str) -> Option<CommitId> {
        self.heads.as_ref()?.get(branch).copied()
    }

    /// What the journal does not know yet of a unit: that a person has merged or closed its pull request or has
    /// committed to its branch, or that its last push went through.
    pub fn news(&self, migration: &Migration, state: &RunState, unit: UnitIndex) -> Vec<Event> {
        let unit_state = state.unit(unit);
        if unit_state.held.is_some() || unit_state.merged.is_some() {
            return Vec::new();
        }
        let mut news = Vec::new();
        let ours = unit_state.checkpoint.as_ref().map(|checkpoint| checkpoint.commit.as_str());
        if let Some(found) = self.pull_requests.get(&unit) {
            let number = found.number;
            match found.state {
                PullRequestState::Closed => return vec![Event::Held { unit, by: Held::ClosedByHuman { number } }],
                PullRequestState::Merged => return vec![Event::Merged { unit, number }],
                PullRequestState::Open => {}
            }
        }
        let branch = &migration.frozen.unit(unit).branch;
        if let (Some(pushed), Some(head)) =
            (unit_state.pushed.as_deref(), self.head(branch).map(|head| head.to_string()))
            && head != pushed
        {
            if Some(head.as_str()) == ours {
                news.push(Event::Pushed { unit, commit: head });
            } else {
                let found = head.get(..7).unwrap_or(&head).to_owned();
                news.push(Event::Held { unit, by: Held::EditedByHuman { branch: branch.clone(), found } });
            }
        }
        news
    }

    /// Whether a branch that was pushed is not in the remote repository any more.
    pub fn is_gone(&self, migration: &Migration, state: &RunState, unit: UnitIndex) -> bool {
        let pushed = state.unit(unit).pushed.is_some();
        pushed && self.heads.as_ref().is_some_and(|heads| !heads.contains_key(&migration.frozen.unit(unit).branch))
    }
}
