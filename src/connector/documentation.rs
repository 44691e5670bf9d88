//! Which page documents a connector: found by the URL in its metadata, never by its name.

use crate::base::RepoPath;

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
