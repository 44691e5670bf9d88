//! Which page documents a connector: found by the URL in its metadata, never by its name.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::{RepoPath, UnitName};

/// Stands for the part of the URL behind the base.
pub(super) const PATH: &str = "{path}";

/// How a documentation URL leads to a file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DocumentationRule {
    /// Where the URL stands in the metadata.
    pub(super) url: Vec<String>,
    /// What a URL of this repository's documentation begins with.
    pub(super) base: String,
    /// The file, with [`PATH`] in it.
    pub(super) file: String,
}

impl DocumentationRule {
    /// The page for a URL; `None` for a page that is kept elsewhere.
    pub(super) fn page(&self, url: &str) -> Option<RepoPath> {
        let rest = url.trim().strip_prefix(&self.base)?;
        // `https://docs.example.com.evil` does not begin with `https://docs.example.com`.
        if !(rest.is_empty() || rest.starts_with(['/', '?', '#']) || self.base.ends_with('/')) {
            return None;
        }
        let path = rest.split(['?', '#']).next().unwrap_or(rest).trim_matches('/');
        if path.is_empty() {
            return None;
        }
        RepoPath::new(&self.file.replace(PATH, path)).ok()
    }
}

/// The other connectors that a page documents, sorted. They hold one list together, so that a page which all of
/// ten thousand connectors name costs no more than any other.
///
/// Serialised, they are a plain list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<UnitName>", into = "Vec<UnitName>")]
pub struct Sharers {
    /// All connectors of the page.
    names: Arc<[UnitName]>,
    /// The index of the one whose sharers these are.
    own: usize,
}

impl Sharers {
    pub(super) fn among(names: &Arc<[UnitName]>, own: &UnitName) -> Self {
        let own = names.binary_search(own).unwrap_or(names.len());
        Self { names: Arc::clone(names), own }
    }

    /// The other connectors.
    pub fn iter(&self) -> impl Iterator<Item = &UnitName> {
        self.names.iter().enumerate().filter(|(index, _)| *index != self.own).map(|(_, name)| name)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len() - usize::from(self.own < self.names.len())
    }

    /// Whether the connector has its page for itself.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Sharers {
    fn default() -> Self {
        Self { names: Arc::new([]), own: 0 }
    }
}

impl PartialEq for Sharers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Sharers {}

impl From<Vec<UnitName>> for Sharers {
    fn from(others: Vec<UnitName>) -> Self {
        Self { own: others.len(), names: others.into() }
    }
}

impl From<Sharers> for Vec<UnitName> {
    fn from(sharers: Sharers) -> Self {
        sharers.iter().cloned().collect()
    }
}
