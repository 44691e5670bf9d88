//! Pure work: a unit's edits and its definition of done.

use std::sync::Arc;

use crate::event::{Ground, StepIndex, UnitIndex};
use crate::expression::Scope;
use crate::overlay::Overlay;
use crate::plan::{Migration, Outputs, Tried, Unit};

/// A unit's files and known outputs while it is under way.
#[derive(Clone)]
pub(super) struct Bench {
    /// Its values that never change.
    pub(super) fixed: Scope,
    /// What it stands on, if not on the base of its run.
    pub(super) ground: Option<Arc<Ground>>,
    /// Its files; the run itself has none.
    pub(super) overlay: Option<Overlay>,
    /// What its steps gave so far.
    pub(super) outputs: Outputs,
}

impl Bench {
    /// The unit, ready to be carried out.
    pub(super) fn unit<'a>(&'a self, migration: &'a Migration, unit: UnitIndex) -> Unit<'a> {
        migration.unit_on(unit, self.ground.as_deref(), &self.fixed)
    }
}

/// Computes one edit. The overlay comes back with it, or as it was if the edit did not succeed.
pub(super) fn edit(migration: &Migration, unit: UnitIndex, step: StepIndex, bench: &Bench) -> (Overlay, Tried) {
    let mut overlay = bench.overlay.clone().expect("only connectors have edits, and they have files");
    let tried = bench.unit(migration, unit).edit(step, &mut overlay, &bench.outputs);
    (overlay, tried)
}

/// The criteria that do not hold for a unit whose steps are done.
pub(super) fn verify(migration: &Migration, unit: UnitIndex, bench: &Bench) -> Vec<String> {
    let handle = bench.unit(migration, unit);
    let Some(overlay) = &bench.overlay else { return Vec::new() };
    handle.unmet(overlay, &bench.outputs).unwrap_or_else(|failure| vec![failure.message])
}
