//! A connector's version before and after a plan.

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
