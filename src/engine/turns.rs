//! Taking turns: units that share a documentation page are merged one after the other, in the order of the run.
//!
//! Each adds its row at the same place of the page, so the second one conflicts as soon as the first is merged; but one
//! at a time has to be computed again, not all of them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::{RepoPath, UnitName};
use crate::connector::Connector;
use crate::event::{RunState, UnitIndex, UnitOutcome, WaitsFor};
use crate::plan::Migration;

use super::dispatcher::Dispatcher;

/// Which units of a run share a page.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// For each unit that shares its page with others of the run: all of those, itself included, in order.
    sharers: HashMap<UnitIndex, Arc<[UnitIndex]>>,
}

impl Turns {
    fn of<'a>(connectors: impl Iterator<Item = &'a Connector>) -> Self {
        let mut pages: HashMap<&RepoPath, Vec<UnitIndex>> = HashMap::new();
        for (index, connector) in (1..).zip(connectors) {
            if let Some(page) = &connector.documentation {
                pages.entry(page).or_default().push(UnitIndex(index));
            }
        }
        let mut sharers = HashMap::new();
        for units in pages.into_values().filter(|units| units.len() > 1) {
            let units: Arc<[UnitIndex]> = units.into();
            sharers.extend(units.iter().map(|unit| (*unit, Arc::clone(&units))));
        }
        Self { sharers }
    }

    /// The turns of a run.
    pub(super) fn in_run(migration: &Migration) -> Self {
        Self::of(migration.frozen.units.iter().map(|unit| &unit.connector))
    }

    /// The unit that is to be merged before this one: the first of those before it that is under way. One that was not
    /// begun, one that the rollout holds back, and one that has come to its end in whatever way keep nobody waiting.
    pub(super) fn turn_of(&self, unit: UnitIndex, state: &RunState, migration: &Migration) -> Option<UnitName> {
        let mut before = self.of_page(unit).iter().copied().take_while(|other| *other < unit);
        let under_way = |other: &UnitIndex| match state.outcome(*other) {
            UnitOutcome::Waiting { waiting, .. } => waiting.on != WaitsFor::Rollout,
            outcome => state.unit(*other).has_begun() && !outcome.is_final(),
        };
        before.find(under_way).map(|first| migration.frozen.unit(first).connector.name.clone())
    }

    /// Those that go after a unit, in order.
    pub(super) fn behind(&self, unit: UnitIndex) -> Vec<UnitIndex> {
        self.of_page(unit).iter().copied().filter(|other| *other > unit).collect()
    }

    fn of_page(&self, unit: UnitIndex) -> &[UnitIndex] {
        self.sharers.get(&unit).map_or(&[], |units| units)
    }
}

impl Dispatcher {
    /// The unit that is to be merged before this one, as things are now.
    pub(super) fn turn_of(&self, unit: UnitIndex) -> Option<UnitName> {
        self.turns.turn_of(unit, &self.state, &self.migration)
    }
}
