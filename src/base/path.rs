//! Paths inside a repository: relative, normalised, with forward slashes.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A path that is not one inside the repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepoPathError {
    /// No path at all.
    #[error("the path is empty")]
    Empty,
    /// The path begins with a slash.
    #[error("`{0}` is absolute; give a path relative to the repository")]
    Absolute(String),
    /// `..` leads above the root.
    #[error("`{0}` leaves the repository")]
    Leaves(String),
    /// A component that git would not store.
    #[error("`{0}` has a component that git does not store")]
    Component(String),
}

/// A path relative to the repository's root, without `.`, `..`, empty components or `.git`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// Parses a path relative to the repository's root.
    pub fn new(path: &str) -> Result<Self, RepoPathError> {
        Self::normalise("", path)
    }

    /// Joins a relative path that may hold `.` and `..` as long as it stays inside the repository.
    pub fn join(&self, path: &str) -> Result<Self, RepoPathError> {
        Self::normalise(&self.0, path)
    }

    fn normalise(base: &str, path: &str) -> Result<Self, RepoPathError> {
        if path.is_empty() {
            return Err(RepoPathError::Empty);
        }
        if path.starts_with('/') {
            return Err(RepoPathError::Absolute(path.to_owned()));
        }
        let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or_else(|| RepoPathError::Leaves(path.to_owned()))?;
                }
                _ if part.eq_ignore_ascii_case(".git") || part.contains('\0') => {
                    return Err(RepoPathError::Component(path.to_owned()));
                }
                _ => parts.push(part),
            }
        }
        if parts.is_empty() {
            return Err(RepoPathError::Empty);
        }
        Ok(Self(parts.join("/").into()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Everything before the last component; `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.into()))
    }

    /// What follows `directory/`, if this path lies below it.
    pub fn below<'a>(&'a self, directory: &Self) -> Option<&'a str> {
        self.0.strip_prefix(directory.as_str())?.strip_prefix('/')
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for RepoPath {
    type Error = RepoPathError;

    fn try_from(path: String) -> Result<Self, RepoPathError> {
        Self::new(&path)
    }
}

impl From<RepoPath> for String {
    fn from(path: RepoPath) -> Self {
        path.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_climb_but_not_leave() {
        let connector = RepoPath::new("a/b/c").unwrap();
        assert_eq!(connector.join("../x.md").unwrap().as_str(), "a/b/x.md");
        assert_eq!(connector.join("../../../../x"), Err(RepoPathError::Leaves("../../../../x".into())));
        assert_eq!(connector.join("/etc/passwd"), Err(RepoPathError::Absolute("/etc/passwd".into())));
        assert!(matches!(connector.join(".git/config"), Err(RepoPathError::Component(_))));
    }

    #[test]
    fn below_compares_components_not_letters() {
        let mysql = RepoPath::new("c/source-mysql").unwrap();
        let strict = RepoPath::new("c/source-mysql-strict/metadata.yaml").unwrap();
        assert_eq!(strict.below(&mysql), None);
    }
}
