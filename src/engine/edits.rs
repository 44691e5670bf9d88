//! Pure work: a unit's edits and its definition of done.

use crate::event::{StepIndex, UnitIndex};
use crate::expression::Scope;
use crate::overlay::Overlay;
use crate::plan::{Migration, Outputs, Tried};

/// A unit's files and known outputs while it is under way.
#[derive(Clone)]
pub(super) struct Bench {
    /// Its values that never change.
    pub(super) fixed: Scope,
    /// Its files; the run itself has none.
    pub(super) overlay: Option<Overlay>,
    /// What its steps gave so far.
    pub(super) outputs: Outputs,
}

/// Computes one edit. The overlay comes back with it, or as it was if the edit did not succeed.
pub(super) fn edit(migration: &Migration, unit: UnitIndex, step: StepIndex, bench: Bench) -> (Overlay, Tried) {
    let Bench { fixed, overlay, outputs } = bench;
    let mut overlay = overlay.expect("only connectors have edits, and they have files");
    let tried = migration.unit(unit, &fixed).edit(step, &mut overlay, &outputs);
    (overlay, tried)
}

/// The criteria that do not hold for a unit whose steps are done.
pub(super) fn verify(migration: &Migration, unit: UnitIndex, bench: &Bench) -> Vec<String> {
    let handle = migration.unit(unit, &bench.fixed);
    let Some(overlay) = &bench.overlay else { return Vec::new() };
    handle.unmet(overlay, &bench.outputs).unwrap_or_else(|failure| vec![failure.message])
}
