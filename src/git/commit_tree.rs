//! The files of a commit, read straight from its objects.

use std::sync::Arc;

use crate::base::{FileMode, RepoPath, Tree, TreeEntry, TreeError, TreeFile};

use super::directory::Directory;
use super::objects::Objects;
use super::{CommitId, GitError, ObjectId};

/// The tree of one commit. Cheap to clone; many threads may read from it at once.
#[derive(Clone)]
pub struct CommitTree {
    objects: Arc<Objects>,
    commit: CommitId,
    root: ObjectId,
}

impl CommitTree {
    pub(super) fn new(objects: Arc<Objects>, commit: CommitId) -> Result<Self, GitError> {
        let root = objects.commit(commit)?.tree;
        objects.directory(root)?;
        Ok(Self { objects, commit, root })
    }

    /// The commit whose tree this is.
    pub fn commit(&self) -> CommitId {
        self.commit
    }

    /// The tree's own id.
    pub fn id(&self) -> ObjectId {
        self.root
    }

    /// Mode and id of what stands at a path; `None` if nothing does.
    fn find(&self, path: &RepoPath) -> Result<Option<(FileMode, ObjectId)>, GitError> {
        let mut found = (FileMode::Directory, self.root);
        for component in path.as_str().split('/') {
            if found.0 != FileMode::Directory {
                return Ok(None);
            }
            let directory = self.objects.directory(found.1)?;
            let Some(entry) = directory.find(component.as_bytes()) else { return Ok(None) };
            found = (entry.mode, entry.id);
        }
        Ok(Some(found))
    }
}

impl Tree for CommitTree {
    fn entries(&self, directory: Option<&RepoPath>) -> Result<Option<Vec<TreeEntry>>, TreeError> {
        let shown = directory.map_or("the root", RepoPath::as_str);
        let found = match directory {
            None => Some((FileMode::Directory, self.root)),
            Some(path) => self.find(path).map_err(|error| error.in_tree(shown))?,
        };
        let Some((FileMode::Directory, id)) = found else { return Ok(None) };
        self.objects.directory(id).map(|directory| Some(listed(&directory))).map_err(|error| error.in_tree(shown))
    }

    fn read(&self, path: &RepoPath) -> Result<Option<TreeFile>, TreeError> {
        let read = || -> Result<Option<TreeFile>, GitError> {
            match self.find(path)? {
                Some((mode, id)) if mode.is_regular() || mode == FileMode::Symlink => {
                    Ok(Some(TreeFile { bytes: self.objects.file(id)?, mode }))
                }
                _ => Ok(None),
            }
        };
        read().map_err(|error| error.in_tree(path.as_str()))
    }

    fn mode(&self, path: &RepoPath) -> Result<Option<FileMode>, TreeError> {
        let found = self.find(path).map_err(|error| error.in_tree(path.as_str()))?;
        Ok(found.map(|(mode, _)| mode))
    }
}

/// Sorted by name, not in git's order. A name that is not UTF-8 is shown with replacement characters.
fn listed(directory: &Directory) -> Vec<TreeEntry> {
    let mut entries: Vec<TreeEntry> = directory
        .entries()
        .map(|entry| TreeEntry { name: String::from_utf8_lossy(entry.name).into_owned(), mode: entry.mode })
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}
