//! A unit's way over the new base: edits computed again, everything else as it came out before.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::Tree;
use crate::event::{
    Failure, FailureClass, FileRecord, Ground, Redone, StepIndex, StepResult, StepState, UnitIndex, UnitState,
};
use crate::journal::Journal;
use crate::overlay::Overlay;
use crate::plan::{Migration, Outputs, StepDeed, Tried};
use crate::workflow::Scope;

use super::super::commit;
use super::super::edits::Bench;
use super::super::recover::LEFT_OUT_BY_HAND;
use super::super::restore::take;
use super::{Left, broken, no_files};

/// A unit on its way over the new base.
pub(super) struct Way<'a> {
    migration: &'a Migration,
    unit: UnitIndex,
    /// Its files as they came out on the old base.
    old: &'a Bench,
    pub(super) bench: Bench,
    pub(super) redone: Vec<(StepIndex, Redone)>,
    /// What changes files, in order: what the commit tells of.
    writers: Vec<(StepIndex, StepResult)>,
}

impl<'a> Way<'a> {
    pub(super) fn new(
        migration: &'a Migration,
        unit: UnitIndex,
        ground: Arc<Ground>,
        old: &'a Bench,
        outputs: Outputs,
    ) -> Self {
        let fixed = migration.fixed_on(unit, Some(&ground));
        let bench = Bench { fixed, ground: Some(ground), overlay: None, outputs };
        Self { migration, unit, old, bench, redone: Vec::new(), writers: Vec::new() }
    }

    /// Goes through every step that the unit has done.
    pub(super) fn walk(&mut self, state: &UnitState, base: &Arc<dyn Tree>, journal: &Journal) -> Result<(), Left> {
        self.bench.overlay = self.bench.unit(self.migration, self.unit).overlay(Arc::clone(base));
        for step in self.migration.compiled.graph.of_scope(Scope::Unit) {
            let stands = &state.steps[step.position()];
            let is_edit = matches!(self.migration.compiled.step(step).deed, StepDeed::Edit(..));
            match stands {
                StepState::Skipped { reason } if is_edit && &**reason != LEFT_OUT_BY_HAND => self.edit(step, stands)?,
                StepState::Succeeded(_) | StepState::Failed(_) if is_edit => self.edit(step, stands)?,
                StepState::Skipped { .. } | StepState::Failed(_) => self.give(step, None),
                _ => {
                    let Some(result) = state.result(step) else { continue };
                    if result.changed && !result.files.is_empty() {
                        self.reuse(step, &result.files, journal)?;
                        self.writers.push((step, result.clone()));
                    }
                    self.give(step, Some(result));
                }
            }
        }
        Ok(())
    }

    fn give(&mut self, step: StepIndex, result: Option<&StepResult>) {
        let compiled = self.migration.compiled.step(step);
        match result {
            Some(result) => self.bench.outputs.add(compiled, result.changed, &result.outputs),
            None => self.bench.outputs.add(compiled, false, &BTreeMap::new()),
        }
    }

    fn edit(&mut self, step: StepIndex, before: &StepState) -> Result<(), Left> {
        let mut overlay = self.bench.overlay.clone().ok_or_else(|| broken(no_files()))?;
        match self.bench.unit(self.migration, self.unit).edit(step, &mut overlay, &self.bench.outputs) {
            Tried::Done(result) => {
                self.bench.overlay = Some(overlay);
                self.give(step, Some(&result));
                if result.changed {
                    self.writers.push((step, result.clone()));
                }
                self.redone.push((step, Redone::Succeeded(result)));
            }
            Tried::Skipped(reason) => {
                self.give(step, None);
                self.redone.push((step, Redone::Skipped(reason)));
            }
            // What failed before may fail again: the rest of the unit went on, or waits, without it.
            Tried::Failed(failure) if matches!(before, StepState::Failed(_)) => {
                self.give(step, None);
                self.redone.push((step, Redone::Failed(failure)));
            }
            Tried::Failed(failure) => return Err(Left::Impossible(Some(step), failure)),
            Tried::Undecided(reason) => {
                return Err(Left::Impossible(Some(step), Failure::new(FailureClass::Expression, reason)));
            }
        }
        Ok(())
    }

    /// A process is not run again: the files that it made serve where the base has them as it found them.
    fn reuse(&mut self, step: StepIndex, files: &[FileRecord], journal: &Journal) -> Result<(), Left> {
        let (Some(old), Some(new)) = (&self.old.overlay, &mut self.bench.overlay) else {
            return Err(broken(no_files()));
        };
        for file in files {
            let in_base = |overlay: &Overlay| overlay.read_base(&file.path).map_err(|error| broken(error.into()));
            let outside = file.path.below(new.home()).is_none() && new.page() != Some(&file.path);
            if outside || in_base(old)? != in_base(new)? {
                return Err(Left::MadeByProcess(step, file.path.clone()));
            }
        }
        take(new, files, journal).map_err(broken)
    }

    /// The message of the one commit that stands in for all before.
    pub(super) fn message(&self, state: &UnitState) -> Result<String, Failure> {
        let steps: Vec<(StepIndex, &StepResult)> = self.writers.iter().map(|(step, result)| (*step, result)).collect();
        commit::message(self.migration, (self.unit, state), &self.bench, &steps, true)
    }
}
