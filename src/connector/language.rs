//! What a connector is made with, told by the files it has.

use crate::base::{FileMode, RepoPath, Tree, TreeEntry, TreeError};

/// Stands for the connector's name as a Python package: dashes read as underscores.
pub(super) const PACKAGE: &str = "{package}";

/// A language, and the paths below a connector's directory any of which proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LanguageRule {
    /// The language.
    pub(super) language: String,
    /// The paths, which may hold [`PACKAGE`].
    pub(super) any_of: Vec<String>,
}

impl LanguageRule {
    pub(super) fn new(language: &str, any_of: &[&str]) -> Self {
        Self { language: language.to_owned(), any_of: any_of.iter().map(|&path| path.to_owned()).collect() }
    }
}

/// A connector's directory, listed once.
pub(super) struct Listing<'a> {
    pub(super) tree: &'a dyn Tree,
    pub(super) directory: &'a RepoPath,
    pub(super) entries: &'a [TreeEntry],
}

impl Listing<'_> {
    /// The first language that a file proves.
    pub(super) fn language(&self, rules: &[LanguageRule], technical_name: &str) -> Result<Option<String>, TreeError> {
        let package = technical_name.replace('-', "_");
        for rule in rules {
            for path in &rule.any_of {
                if self.has(&path.replace(PACKAGE, &package))? {
                    return Ok(Some(rule.language.clone()));
                }
            }
        }
        Ok(None)
    }

    fn has(&self, path: &str) -> Result<bool, TreeError> {
        let (first, below) = path.split_once('/').map_or((path, None), |(first, below)| (first, Some(below)));
        let Some(entry) = self.entries.iter().find(|entry| entry.name == first) else { return Ok(false) };
        match below {
            None => Ok(true),
            // A look into the tree only where the first name is there: most connectors have no `src`.
            Some(_) if entry.mode == FileMode::Directory => match self.directory.join(path) {
                Ok(path) => Ok(self.tree.mode(&path)?.is_some()),
                Err(_) => Ok(false),
            },
            Some(_) => Ok(false),
        }
    }
}
