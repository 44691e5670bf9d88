//! What is worked out of one planned unit: its versions, its numbers.

use crate::edit::yaml;
use crate::plan::{Migration, PlannedUnit};

/// A connector's version before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Versions {
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl Versions {
    /// The version that the metadata has, and the one that the planned metadata has.
    pub(super) fn of(migration: &Migration, planned: &PlannedUnit) -> Self {
        let connector = &migration.frozen.unit(planned.unit).connector;
        let before = connector.version.clone();
        let after = match planned.changes.get(&connector.metadata_path) {
            None => before.clone(),
            Some(None) => None,
            Some(Some(file)) => version(migration, &file.bytes),
        };
        Self { before, after }
    }

    pub(super) fn is_change(&self) -> bool {
        self.before != self.after
    }

    /// `1.2.3 → 1.2.4`, or the version that stays, or nothing.
    pub(super) fn text(&self) -> String {
        let or_none = |version: &Option<String>| version.clone().unwrap_or_else(|| "none".to_owned());
        match (&self.before, &self.after) {
            (None, None) => String::new(),
            (before, after) if before == after => or_none(before),
            (before, after) => format!("{} → {}", or_none(before), or_none(after)),
        }
    }
}

fn version(migration: &Migration, metadata: &[u8]) -> Option<String> {
    let document = yaml::parse(std::str::from_utf8(metadata).ok()?).ok()?;
    let path = migration.profile.version_path()?;
    match path.iter().try_fold(&document, |value, key| value.get(key))? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

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
