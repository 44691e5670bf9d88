//! A tree of files held in memory: for programs that use the library, and for tests.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::{FileMode, RepoPath, Tree, TreeEntry, TreeError, TreeFile};

/// A tree of files held in memory. Directories are there as long as they hold a file, as in git.
///
/// ```
/// use cutover::base::{MemoryTree, RepoPath, Tree};
///
/// let tree = MemoryTree::new().with_file("connectors/source-x/metadata.yaml", "data: {}\n");
/// let directory = RepoPath::new("connectors/source-x").unwrap();
/// let entries = tree.entries(Some(&directory)).unwrap().unwrap();
/// assert_eq!(entries[0].name, "metadata.yaml");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryTree {
    files: BTreeMap<String, TreeFile>,
}

impl MemoryTree {
    /// A tree without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree with one more file.
    ///
    /// # Panics
    ///
    /// If the path is not one inside a repository; [`insert`](Self::insert) takes a checked one.
    #[must_use]
    pub fn with_file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.with(path, content.as_ref(), FileMode::File)
    }

    /// The tree with one more executable file.
    ///
    /// # Panics
    ///
    /// As [`with_file`](Self::with_file).
    #[must_use]
    pub fn with_executable(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.with(path, content.as_ref(), FileMode::Executable)
    }

    /// The tree with one more symbolic link.
    ///
    /// # Panics
    ///
    /// As [`with_file`](Self::with_file).
    #[must_use]
    pub fn with_symlink(self, path: &str, target: &str) -> Self {
        self.with(path, target.as_bytes(), FileMode::Symlink)
    }

    fn with(mut self, path: &str, bytes: &[u8], mode: FileMode) -> Self {
        let path = RepoPath::new(path).expect("a path inside the repository, as documented");
        self.insert(&path, TreeFile { bytes: bytes.into(), mode });
        self
    }

    /// Puts a file or symbolic link at a path. What stood at the path, above it as a file, or below it, is gone.
    pub fn insert(&mut self, path: &RepoPath, file: TreeFile) {
        let mut above = path.parent();
        while let Some(directory) = above {
            self.files.remove(directory.as_str());
            above = directory.parent();
        }
        self.remove(path);
        self.files.insert(path.as_str().to_owned(), file);
    }

    /// Removes a file, or a directory with everything in it; whether there was one.
    pub fn remove(&mut self, path: &RepoPath) -> bool {
        let below = directory_prefix(path);
        let inside = self.files.range(below.clone()..).take_while(|(name, _)| name.starts_with(&below));
        let inside: Vec<String> = inside.map(|(name, _)| name.clone()).collect();
        let file = self.files.remove(path.as_str()).is_some();
        for name in &inside {
            self.files.remove(name);
        }
        file || !inside.is_empty()
    }

    /// Every file with its path, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (RepoPath, &TreeFile)> {
        // Only checked paths were inserted.
        self.files.iter().filter_map(|(path, file)| Some((RepoPath::new(path).ok()?, file)))
    }

    fn is_directory(&self, path: &RepoPath) -> bool {
        let below = directory_prefix(path);
        self.files.range(below.clone()..).next().is_some_and(|(name, _)| name.starts_with(&below))
    }
}

impl Tree for MemoryTree {
    fn entries(&self, directory: Option<&RepoPath>) -> Result<Option<Vec<TreeEntry>>, TreeError> {
        let prefix = directory.map(directory_prefix).unwrap_or_default();
        // By name, which is not the order of the paths: `a-b` sorts before `a/c`, but after `a`.
        let mut found = BTreeMap::new();
        let mut from = Bound::Included(prefix.clone());
        while let Some((path, file)) = self.files.range((from, Bound::Unbounded)).next() {
            let Some(rest) = path.strip_prefix(&prefix) else { break };
            from = match rest.split_once('/') {
                None => {
                    found.insert(rest.to_owned(), file.mode);
                    Bound::Excluded(path.clone())
                }
                Some((name, _)) => {
                    found.insert(name.to_owned(), FileMode::Directory);
                    // `0` follows `/`: on past everything below this directory.
                    Bound::Included(format!("{prefix}{name}0"))
                }
            };
        }
        if found.is_empty() && directory.is_some() {
            return Ok(None);
        }
        Ok(Some(found.into_iter().map(|(name, mode)| TreeEntry { name, mode }).collect()))
    }

    fn read(&self, path: &RepoPath) -> Result<Option<TreeFile>, TreeError> {
        Ok(self.files.get(path.as_str()).map(|file| TreeFile { bytes: Arc::clone(&file.bytes), mode: file.mode }))
    }

    fn mode(&self, path: &RepoPath) -> Result<Option<FileMode>, TreeError> {
        let file = self.files.get(path.as_str()).map(|file| file.mode);
        Ok(file.or_else(|| self.is_directory(path).then_some(FileMode::Directory)))
    }
}

fn directory_prefix(path: &RepoPath) -> String {
    format!("{path}/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> RepoPath {
        RepoPath::new(path).unwrap()
    }

    fn names(tree: &MemoryTree, directory: Option<&str>) -> Option<Vec<(String, FileMode)>> {
        let entries = tree.entries(directory.map(path).as_ref()).unwrap()?;
        Some(entries.into_iter().map(|entry| (entry.name, entry.mode)).collect())
    }

    #[test]
    fn entries_are_the_names_in_a_directory_sorted() {
        let tree = MemoryTree::new()
            .with_file("a/z", "")
            .with_file("a/b/c", "")
            .with_file("a/b/d/e", "")
            .with_file("a-b", "")
            .with_symlink("a.c", "a-b");
        let (file, directory) = (FileMode::File, FileMode::Directory);
        let expected = [("a".to_owned(), directory), ("a-b".to_owned(), file), ("a.c".to_owned(), FileMode::Symlink)];
        assert_eq!(names(&tree, None).unwrap(), expected);
        assert_eq!(names(&tree, Some("a")).unwrap(), [("b".to_owned(), directory), ("z".to_owned(), file)]);
        assert_eq!(names(&tree, Some("a-b")), None, "a file is no directory");
        assert_eq!(names(&tree, Some("nothing")), None);
        assert_eq!(names(&MemoryTree::new(), None).unwrap(), [], "the root is always there");
    }

    #[test]
    fn a_file_takes_the_place_of_what_was_in_its_way() {
        let tree = MemoryTree::new().with_file("a/b", "1").with_file("a", "2");
        assert_eq!(tree, MemoryTree::new().with_file("a", "2"));
        assert_eq!(tree.with_file("a/b/c", "3"), MemoryTree::new().with_file("a/b/c", "3"));
    }

    #[test]
    fn mode_and_read_tell_files_from_directories() {
        let mut tree = MemoryTree::new().with_executable("bin/run", "#!").with_file("binary", "");
        assert_eq!(tree.mode(&path("bin")).unwrap(), Some(FileMode::Directory));
        assert_eq!(tree.mode(&path("bin/run")).unwrap(), Some(FileMode::Executable));
        assert_eq!(tree.mode(&path("bi")).unwrap(), None);
        assert_eq!(tree.read(&path("bin")).unwrap(), None);
        assert_eq!(&*tree.read(&path("bin/run")).unwrap().unwrap().bytes, b"#!");
        assert!(tree.remove(&path("bin")));
        assert!(!tree.remove(&path("bin")));
        assert_eq!(tree.files().map(|(path, _)| path.to_string()).collect::<Vec<_>>(), ["binary"]);
    }
}
