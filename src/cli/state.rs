//! Where a repository keeps its runs, and how they are opened.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{RunId, SystemClock};
use crate::event::RunState;
use crate::forge::{Forge, LocalForge};
use crate::git::Repository;
use crate::journal::{Journal, Lock, RunHeader};
use crate::plan::{Compiled, Frozen, Migration};
use crate::workflow::{ForgeKind, PublishOptions};

use super::context::Context;
use super::failed::Failed;
use super::github;
use super::publishing::PublishingPlace;

/// The directory of state: everything lives there, nothing in the work tree.
pub(super) struct State {
    directory: Utf8PathBuf,
}

/// A run as the journal has it.
pub(super) struct Loaded {
    pub(super) migration: Migration,
    pub(super) context: Context,
    pub(super) state: RunState,
    /// Whether a process has it at this moment.
    pub(super) is_held: bool,
}

impl State {
    pub(super) fn of(repository: &Repository) -> Self {
        Self { directory: repository.common_dir().join("cutover") }
    }

    pub(super) fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    pub(super) fn logs(&self, run: &RunId) -> Utf8PathBuf {
        self.directory.join("logs").join(run.as_str())
    }

    pub(super) fn scratch(&self, run: &RunId) -> Utf8PathBuf {
        self.directory.join("scratch").join(run.as_str())
    }

    /// The forge of a run.
    pub(super) fn forge(&self, frozen: &Frozen) -> Result<Arc<dyn Forge>, Failed> {
        self.forge_at(&PublishingPlace::of(frozen), &frozen.workflow.publish)
    }

    /// The forge at this place.
    pub(super) fn forge_at(&self, place: &PublishingPlace, options: &PublishOptions) -> Result<Arc<dyn Forge>, Failed> {
        match place.forge {
            ForgeKind::Local => Ok(Arc::new(LocalForge::new(&self.directory.join("forge"), Arc::new(SystemClock))?)),
            ForgeKind::Github => github::forge(place, options),
        }
    }

    /// The journal, if there is one.
    pub(super) fn journal(&self) -> Result<Journal, Failed> {
        Journal::open_existing(&self.directory)?.ok_or_else(no_runs)
    }

    /// Whether a process has the run at this moment.
    pub(super) fn is_held(&self, run: &RunId) -> bool {
        Lock::holder(&self.directory).is_some_and(|holder| holder.run == *run)
    }

    /// A run with its state: the fold over its events.
    pub(super) fn load(&self, repository: &Repository, journal: &Journal, run: &RunId) -> Result<Loaded, Failed> {
        let is_held = self.is_held(run);
        let frozen = Frozen::from_json(&journal.run(run)?.plan)
            .map_err(|error| Failed::from(error).while_doing(&format!("read the plan of run {run}")))?;
        let context = Context::at(repository.clone(), frozen.base, frozen.base_branch.clone())?;
        let compiled = Compiled::new(frozen.workflow.clone())?.pushing(frozen.remote.is_some());
        let mut state = RunState::new(Arc::clone(&compiled.graph), frozen.units.len());
        for record in journal.events(run)? {
            state.apply(&record?.event)?;
        }
        let migration = Migration { compiled, frozen, profile: context.profile.clone() };
        Ok(Loaded { migration, context, state, is_held })
    }
}

/// The run named by (the beginning of) its id; the newest if none is named.
pub(super) fn find_run(journal: &Journal, run: Option<&str>) -> Result<RunHeader, Failed> {
    match run {
        Some(prefix) => Ok(journal.find(prefix)?),
        None => journal.runs()?.into_iter().next().ok_or_else(no_runs),
    }
}

fn no_runs() -> Failed {
    Failed::usage("this repository has no runs yet").hint("`cutover run WORKFLOW` makes one")
}
