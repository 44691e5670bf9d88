//! A tree with changes laid over it: what the next unit sees when units work on one set of files.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{FileMode, RepoPath, Tree, TreeEntry, TreeError, TreeFile};

use super::Changes;

/// A tree, and changes that hide what is below them.
#[derive(Clone)]
pub struct LayeredTree {
    below: Arc<dyn Tree>,
    changes: Changes,
}

impl LayeredTree {
    /// Lays changes over a tree.
    pub fn new(below: Arc<dyn Tree>, changes: Changes) -> Self {
        Self { below, changes }
    }

    fn has_file_below(&self, directory: &RepoPath) -> bool {
        self.changes.iter().any(|(path, file)| file.is_some() && path.below(directory).is_some())
    }
}

impl Tree for LayeredTree {
    fn entries(&self, directory: Option<&RepoPath>) -> Result<Option<Vec<TreeEntry>>, TreeError> {
        let below = self.below.entries(directory)?;
        let mut entries: BTreeMap<String, FileMode> = BTreeMap::new();
        let was_there = below.is_some();
        entries.extend(below.unwrap_or_default().into_iter().map(|entry| (entry.name, entry.mode)));
        for (path, file) in &self.changes {
            let inside = match directory {
                Some(directory) => path.below(directory),
                None => Some(path.as_str()),
            };
            match (inside.map(|inside| inside.split_once('/')), inside, file) {
                (Some(Some((child, _))), _, Some(_)) => {
                    entries.insert(child.to_owned(), FileMode::Directory);
                }
                (Some(None), Some(name), Some(file)) => {
                    entries.insert(name.to_owned(), file.mode);
                }
                (Some(None), Some(name), None) => {
                    entries.remove(name);
                }
                _ => {}
            }
        }
        if entries.is_empty() && !was_there {
            return Ok(None);
        }
        Ok(Some(entries.into_iter().map(|(name, mode)| TreeEntry { name, mode }).collect()))
    }

    fn read(&self, path: &RepoPath) -> Result<Option<TreeFile>, TreeError> {
        match self.changes.get(path) {
            Some(changed) => Ok(changed.clone()),
            None => self.below.read(path),
        }
    }

    fn mode(&self, path: &RepoPath) -> Result<Option<FileMode>, TreeError> {
        match self.changes.get(path) {
            Some(changed) => Ok(changed.as_ref().map(|file| file.mode)),
            None if self.has_file_below(path) => Ok(Some(FileMode::Directory)),
            None => self.below.mode(path),
        }
    }
}
