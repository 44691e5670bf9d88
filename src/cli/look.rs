//! A run that is looked at, not touched: what `status` and `report` share.

use crate::git::Repository;
use crate::report;
use crate::report::export::KeptResults;

use super::arguments::Place;
use super::carry::exit;
use super::failed::Failed;
use super::state::{Loaded, State, find_run};
use super::{Exit, next, results};

/// A run as it stands, with the commands to type next.
pub(super) struct Look {
    loaded: Loaded,
    next: Vec<String>,
    state: State,
}

impl Look {
    /// At the run named by (the beginning of) its id; at the newest if none is named.
    pub(super) fn at(place: &Place, run: Option<&str>) -> Result<Self, Failed> {
        let repository = Repository::open(&place.repo)?;
        let state = State::of(&repository);
        let journal = state.journal()?;
        let header = find_run(&journal, run)?;
        let loaded = state.load(&repository, &journal, &header.id)?;
        let commands = if loaded.is_held {
            Vec::new()
        } else {
            next::commands(&loaded.migration, &loaded.state, loaded.state.stopping(), place.repo.as_str())
        };
        Ok(Self { loaded, next: commands, state })
    }

    /// What is known of it.
    pub(super) fn facts(&self) -> report::run::Facts<'_> {
        report::run::Facts {
            migration: &self.loaded.migration,
            state: &self.loaded.state,
            stopped: self.loaded.state.stopping(),
            elapsed: None,
            running: self.loaded.is_held,
            next: &self.next,
        }
    }

    /// The results of tests that are kept with it.
    pub(super) fn kept(&self) -> Vec<KeptResults> {
        let migration = &self.loaded.migration;
        results::kept(&self.state, &migration.frozen.run, migration)
    }

    /// Looking is no failure; what is open is told by 5, what failed by 1.
    pub(super) fn exit(&self) -> Exit {
        let open = self.loaded.state.counts().open() > 0;
        match exit(&self.loaded.state, None) {
            Exit::Done if open => Exit::Blocked,
            exit => exit,
        }
    }
}
