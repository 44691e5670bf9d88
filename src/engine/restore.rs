//! A unit's files and outputs as its events so far leave them.

use std::sync::Arc;

use crate::base::{Tree, TreeFile};
use crate::event::{Failure, FailureClass, FileRecord, StepState, UnitIndex, UnitState};
use crate::git::Repository;
use crate::journal::Journal;
use crate::overlay::{Changes, Overlay};
use crate::plan::{Migration, Outputs, Rehearsal, StepDeed, Tried, rehearse};

use super::edits::Bench;

/// What a unit is restored from.
pub(super) struct Source {
    pub(super) repository: Repository,
    pub(super) base: Arc<dyn Tree>,
    pub(super) journal: Journal,
    /// What the run's own steps gave.
    pub(super) run_outputs: Outputs,
}

/// Why a unit is not ready to go on.
#[derive(Debug)]
pub(super) enum NotReady {
    /// The rehearsal found an edit that cannot be made.
    Refused(crate::event::StepIndex, Failure),
    /// Its files cannot be restored.
    Failed(Failure),
}

/// The outputs of the run's own steps.
pub(super) fn run_outputs(migration: &Migration, run: &UnitState) -> Outputs {
    let mut outputs = Outputs::default();
    for step in migration.compiled.graph.of_scope(crate::workflow::Scope::Run) {
        if let StepState::Succeeded(result) = &run.steps[step.position()] {
            outputs.add(migration.compiled.step(step), result.changed, &result.outputs);
        } else {
            outputs.add(migration.compiled.step(step), false, &std::collections::BTreeMap::new());
        }
    }
    outputs
}

/// Prepares a unit: its overlay with everything that was done, its outputs; for a new unit of a
/// workflow that edits after it executes or publishes, a rehearsal first.
pub(super) fn restore(
    migration: &Migration,
    unit: UnitIndex,
    state: &UnitState,
    source: &Source,
) -> Result<Bench, NotReady> {
    let ground = state.ground.as_deref();
    let fixed = migration.fixed_on(unit, ground);
    let handle = migration.unit_on(unit, ground, &fixed);
    let base = match (&state.adopted, ground) {
        (Some((checkpoint, _)), _) => tree_of(&source.repository, &checkpoint.commit).map_err(NotReady::Failed)?,
        (None, Some(ground)) => tree_of(&source.repository, &ground.base).map_err(NotReady::Failed)?,
        (None, None) => Arc::clone(&source.base),
    };
    let mut outputs = source.run_outputs.clone();
    let Some(mut overlay) = handle.overlay(Arc::clone(&base)) else {
        return Ok(Bench { fixed, ground: None, overlay: None, outputs: Outputs::default() });
    };
    if !state.has_begun() && migration.compiled.needs_rehearsal() {
        let rehearsal = rehearse(&handle, base, outputs.clone()).map_err(NotReady::Failed)?;
        if let Some((step, failure)) = refusal(&rehearsal) {
            return Err(NotReady::Refused(step, failure));
        }
    }
    for step in migration.compiled.graph.of_scope(crate::workflow::Scope::Unit) {
        let compiled = migration.compiled.step(step);
        let taken = state.adopted.as_ref().is_some_and(|(_, taken)| taken.contains(&step));
        match &state.steps[step.position()] {
            StepState::Succeeded(result) => {
                if result.changed && !taken {
                    if matches!(compiled.deed, StepDeed::Edit(..)) {
                        // Pure: computed again rather than stored.
                        if let Tried::Failed(failure) = handle.edit(step, &mut overlay, &outputs) {
                            return Err(NotReady::Failed(failure));
                        }
                    } else {
                        take(&mut overlay, &result.files, &source.journal).map_err(NotReady::Failed)?;
                    }
                }
                outputs.add(compiled, result.changed, &result.outputs);
            }
            StepState::Skipped { .. } | StepState::Failed(_) => {
                outputs.add(compiled, false, &std::collections::BTreeMap::new());
            }
            StepState::Pending | StepState::Running { .. } | StepState::Retrying { .. } | StepState::Waiting(_) => {
                if let Some(earlier) = state.result(step) {
                    outputs.add(compiled, earlier.changed, &earlier.outputs);
                }
            }
        }
    }
    Ok(Bench { fixed, ground: state.ground.clone(), overlay: Some(overlay), outputs })
}

fn refusal(rehearsal: &Rehearsal) -> Option<(crate::event::StepIndex, Failure)> {
    rehearsal.refusal().map(|(step, failure)| (step, failure.clone()))
}

fn tree_of(repository: &Repository, commit: &str) -> Result<Arc<dyn Tree>, Failure> {
    let lost = |error: String| Failure::new(FailureClass::Machine, error);
    let commit = commit.parse().map_err(|error: crate::git::ObjectIdError| lost(error.to_string()))?;
    let tree = repository.tree(&commit).map_err(|error| lost(error.to_string()))?;
    Ok(Arc::new(tree))
}

/// Takes the files that a process made, from the journal's content store.
pub(super) fn take(overlay: &mut Overlay, files: &[FileRecord], journal: &Journal) -> Result<(), Failure> {
    let mut changes = Changes::new();
    for file in files {
        let content = match &file.content {
            None => None,
            Some((mode, hash)) => {
                let bytes = journal.content(hash);
                let bytes = bytes.map_err(|error| Failure::new(FailureClass::Machine, error.to_string()))?;
                Some(TreeFile { bytes: bytes.into(), mode: *mode })
            }
        };
        changes.insert(file.path.clone(), content);
    }
    overlay.take(changes).map_err(Failure::from)
}
