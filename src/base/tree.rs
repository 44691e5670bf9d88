//! Reading a tree of files, wherever it comes from: a commit, a working tree, a test.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::RepoPath;

/// What a tree entry is, as git's file modes tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileMode {
    /// A plain file, 100644.
    File,
    /// An executable file, 100755.
    Executable,
    /// A symbolic link, 120000; its content is the target.
    Symlink,
    /// A directory, 040000.
    Directory,
    /// Another repository's commit, 160000.
    Submodule,
}

impl FileMode {
    /// The mode as git spells it in trees and patches.
    pub fn as_octal(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Directory => "040000",
            Self::Submodule => "160000",
        }
    }

    /// Whether the entry is a file with content that can be edited.
    pub fn is_regular(self) -> bool {
        matches!(self, Self::File | Self::Executable)
    }
}

/// A file's (or symbolic link's) content and mode. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// The bytes; for a symbolic link, its target.
    pub bytes: Arc<[u8]>,
    /// The mode, never `Directory` or `Submodule`.
    pub mode: FileMode,
}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// The name, without slashes.
    pub name: String,
    /// What it is.
    pub mode: FileMode,
}

/// A tree that could not be read: a lost object, an unreadable disk.
#[derive(Debug, Clone, thiserror::Error)]
#[error("failed to read {path} of the tree: {message}")]
pub struct TreeError {
    /// What was asked for.
    pub path: String,
    /// What went wrong.
    pub message: String,
}

/// A tree of files that can be read from many threads.
pub trait Tree: Send + Sync {
    /// The entries of a directory (`None` is the root), sorted by name; `None` if there is no such directory.
    fn entries(&self, directory: Option<&RepoPath>) -> Result<Option<Vec<TreeEntry>>, TreeError>;

    /// A file or symbolic link; `None` if there is nothing, or a directory, at that path.
    /// A path through a symbolic link has nothing behind it.
    fn read(&self, path: &RepoPath) -> Result<Option<TreeFile>, TreeError>;

    /// What stands at a path, if anything.
    fn mode(&self, path: &RepoPath) -> Result<Option<FileMode>, TreeError>;
}
