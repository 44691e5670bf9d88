//! How many files and lines change.

use crate::plan::PlannedUnit;

/// Lines added and deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct DiffStat {
    pub(super) files: usize,
    pub(super) added: usize,
    pub(super) deleted: usize,
}

impl DiffStat {
    pub(super) fn of<'a>(units: impl IntoIterator<Item = &'a PlannedUnit>) -> Self {
        let files = units.into_iter().flat_map(|planned| &planned.files);
        files.fold(Self::default(), |sum, file| Self {
            files: sum.files + 1,
            added: sum.added + file.added,
            deleted: sum.deleted + file.deleted,
        })
    }
}
