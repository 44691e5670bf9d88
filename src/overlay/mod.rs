//! A unit's files: a commit's tree plus pending edits, in memory. The only way in which steps
//! see and change files.
//!
//! An overlay says which paths a unit may touch (its connector's directory and its documentation
//! page), and keeps modes. It knows nothing of what the edits mean.

#[cfg(test)]
mod tests;

mod layered;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{FileMode, RepoPath, RepoPathError, Tree, TreeError, TreeFile};
pub use crate::git::Changes;
pub use layered::LayeredTree;

/// A path or file that a step cannot use.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OverlayError {
    /// The path is outside the unit's files.
    #[error("`{path}` is outside the connector's directory {home}")]
    Outside {
        /// The path as the step named it.
        path: String,
        /// The connector's directory.
        home: RepoPath,
    },
    /// The path is not one inside the repository.
    #[error(transparent)]
    Path(#[from] RepoPathError),
    /// A symbolic link stands at or above the path.
    #[error("{link} is a symbolic link")]
    Symlink {
        /// The link.
        link: RepoPath,
    },
    /// A directory or submodule where a file is wanted.
    #[error("{path} is not a file")]
    NotAFile {
        /// What was named.
        path: RepoPath,
    },
    /// There is no such file.
    #[error("there is no file {path}")]
    Missing {
        /// What was named.
        path: RepoPath,
    },
    /// The file is not text.
    #[error("{path} is not UTF-8 text (byte {offset} is not)")]
    NotText {
        /// The file.
        path: RepoPath,
        /// The first byte that is not UTF-8.
        offset: usize,
    },
    /// A file or directory stands where the other would have to be made.
    #[error("{path} cannot be made: {obstacle} is a file")]
    Obstructed {
        /// What was to be made.
        path: RepoPath,
        /// The file in the way.
        obstacle: RepoPath,
    },
    /// The tree could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl OverlayError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Outside { .. } => Some(
                "a step may change the connector's own directory and its documentation page; give a path relative to \
                 the connector's directory"
                    .to_owned(),
            ),
            Self::Symlink { .. } => {
                Some("name the file that the link points to, if it is the connector's own".to_owned())
            }
            Self::Missing { .. } => {
                Some("check the path; `if: exists('…')` leaves the step out where the file is not there".to_owned())
            }
            Self::NotText { .. } => {
                Some("only text files can be edited; remove, move or write the file instead".to_owned())
            }
            Self::Path(_) | Self::NotAFile { .. } | Self::Obstructed { .. } | Self::Tree(_) => None,
        }
    }
}

/// A unit's files. Cloning is cheap: contents are shared.
#[derive(Clone)]
pub struct Overlay {
    base: Arc<dyn Tree>,
    home: RepoPath,
    page: Option<RepoPath>,
    edits: Changes,
    touched: BTreeSet<RepoPath>,
}

impl Overlay {
    /// The files of `base` that a unit may touch: everything below `home`, and its documentation `page`.
    pub fn new(base: Arc<dyn Tree>, home: RepoPath, page: Option<RepoPath>) -> Self {
        Self { base, home, page, edits: Changes::new(), touched: BTreeSet::new() }
    }

    /// The connector's directory.
    pub fn home(&self) -> &RepoPath {
        &self.home
    }

    /// The connector's documentation page, there or not.
    pub fn page(&self) -> Option<&RepoPath> {
        self.page.as_ref()
    }

    /// What a step's path means: relative to the connector's directory, or the documentation page's full path.
    pub fn locate(&self, path: &str) -> Result<RepoPath, OverlayError> {
        let is_page = |found: &RepoPath| self.page.as_ref() == Some(found);
        if let Ok(full) = RepoPath::new(path)
            && is_page(&full)
        {
            return Ok(full);
        }
        let found = self.home.join(path)?;
        if found.below(&self.home).is_some() || is_page(&found) {
            return Ok(found);
        }
        Err(OverlayError::Outside { path: path.to_owned(), home: self.home.clone() })
    }

    /// The file (or symbolic link) at a path, edits included.
    pub fn read(&self, path: &RepoPath) -> Result<Option<TreeFile>, OverlayError> {
        match self.edits.get(path) {
            Some(edited) => Ok(edited.clone()),
            None => Ok(self.base.read(path)?),
        }
    }

    /// The file as it is in the base, without edits.
    pub fn read_base(&self, path: &RepoPath) -> Result<Option<TreeFile>, OverlayError> {
        Ok(self.base.read(path)?)
    }

    /// Whether there is a file or directory at a path, edits included.
    pub fn exists(&self, path: &RepoPath) -> Result<bool, OverlayError> {
        if let Some(edited) = self.edits.get(path) {
            return Ok(edited.is_some());
        }
        match self.base.mode(path)? {
            None => Ok(self.edits.iter().any(|(edited, file)| file.is_some() && edited.below(path).is_some())),
            Some(FileMode::Directory) => Ok(!self.files_below(path)?.is_empty()),
            Some(_) => Ok(true),
        }
    }

    /// The text of a regular file that must be there.
    pub fn text(&self, path: &RepoPath) -> Result<String, OverlayError> {
        let file = self.regular(path)?.ok_or_else(|| OverlayError::Missing { path: path.clone() })?;
        as_text(path, &file)
    }

    /// A regular file; `None` if there is nothing at the path, an error for anything else.
    pub fn regular(&self, path: &RepoPath) -> Result<Option<TreeFile>, OverlayError> {
        self.refuse_links(path)?;
        match self.read(path)? {
            Some(file) => Ok(Some(file)),
            None if !self.edits.contains_key(path) && self.base.mode(path)?.is_some() => {
                Err(OverlayError::NotAFile { path: path.clone() })
            }
            None => Ok(None),
        }
    }

    /// Writes a file's new content; an existing file keeps its mode, a new one is plain.
    pub fn write(&mut self, path: &RepoPath, bytes: impl Into<Arc<[u8]>>) -> Result<(), OverlayError> {
        let mode = self.regular(path)?.map_or(FileMode::File, |file| file.mode);
        self.put(path, TreeFile { bytes: bytes.into(), mode })
    }

    /// Puts a file with its mode.
    pub fn put(&mut self, path: &RepoPath, file: TreeFile) -> Result<(), OverlayError> {
        self.refuse_links(path)?;
        self.refuse_obstacles(path)?;
        self.set(path, Some(file))
    }

    /// Removes a file. What is not there stays so.
    pub fn remove(&mut self, path: &RepoPath) -> Result<(), OverlayError> {
        self.set(path, None)
    }

    /// Takes changes that were computed or recorded elsewhere: what a process made, what a journal holds.
    pub fn take(&mut self, changes: Changes) -> Result<(), OverlayError> {
        changes.into_iter().try_for_each(|(path, file)| self.set(&path, file))
    }

    /// The edits that differ from the base.
    pub fn changes(&self) -> &Changes {
        &self.edits
    }

    /// Every file that was ever edited, as it is now: what a commit on top of an earlier one must
    /// hold, also where an edit was taken back.
    pub fn touched(&self) -> Result<Changes, OverlayError> {
        self.touched.iter().map(|path| Ok((path.clone(), self.read(path)?))).collect()
    }

    /// Every file below a directory, edits included, in order.
    pub fn files_below(&self, directory: &RepoPath) -> Result<BTreeMap<RepoPath, TreeFile>, OverlayError> {
        let mut files = BTreeMap::new();
        self.collect(directory, &mut files)?;
        for (path, edited) in self.edits.range(directory.clone()..) {
            if path.below(directory).is_none() {
                continue;
            }
            match edited {
                Some(file) => files.insert(path.clone(), file.clone()),
                None => files.remove(path),
            };
        }
        Ok(files)
    }

    fn collect(&self, directory: &RepoPath, files: &mut BTreeMap<RepoPath, TreeFile>) -> Result<(), OverlayError> {
        for entry in self.base.entries(Some(directory))?.unwrap_or_default() {
            let path = directory.join(&entry.name)?;
            match entry.mode {
                FileMode::Directory => self.collect(&path, files)?,
                FileMode::Submodule => {}
                FileMode::File | FileMode::Executable | FileMode::Symlink => {
                    if let Some(file) = self.base.read(&path)? {
                        files.insert(path, file);
                    }
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, path: &RepoPath, file: Option<TreeFile>) -> Result<(), OverlayError> {
        self.touched.insert(path.clone());
        if self.base.read(path)? == file {
            self.edits.remove(path);
        } else {
            self.edits.insert(path.clone(), file);
        }
        Ok(())
    }

    /// A link at the path or above it would let an edit reach, or replace, something that it does not name.
    fn refuse_links(&self, path: &RepoPath) -> Result<(), OverlayError> {
        let mut at = Some(path.clone());
        while let Some(here) = at {
            let link = match self.edits.get(&here) {
                Some(edited) => edited.as_ref().is_some_and(|file| file.mode == FileMode::Symlink),
                None => self.base.mode(&here)? == Some(FileMode::Symlink),
            };
            if link {
                return Err(OverlayError::Symlink { link: here });
            }
            at = here.parent().filter(|parent| parent.below(&self.home).is_some());
        }
        Ok(())
    }

    fn refuse_obstacles(&self, path: &RepoPath) -> Result<(), OverlayError> {
        let mut above = path.parent();
        while let Some(directory) = above {
            if self.read(&directory)?.is_some() {
                return Err(OverlayError::Obstructed { path: path.clone(), obstacle: directory });
            }
            above = directory.parent().filter(|parent| parent.below(&self.home).is_some());
        }
        Ok(())
    }
}

/// A file's content as text.
pub fn as_text(path: &RepoPath, file: &TreeFile) -> Result<String, OverlayError> {
    match std::str::from_utf8(&file.bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(OverlayError::NotText { path: path.clone(), offset: error.valid_up_to() }),
    }
}
