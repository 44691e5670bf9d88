//! Changed files against a tree: which tree that makes, and which objects are new.
//!
//! Reads objects, writes none.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{FileMode, RepoPath, TreeFile};

use super::directory::{Directory, Entry, Standing};
use super::objects::Objects;
use super::{GitError, ObjectId};

/// Files to write (`Some`) and to remove (`None`).
pub type Changes = BTreeMap<RepoPath, Option<TreeFile>>;

/// An object that may have to be written.
pub(super) struct NewObject {
    pub(super) id: ObjectId,
    pub(super) kind: &'static str,
    pub(super) content: Arc<[u8]>,
    /// The tree that this one is a small change of.
    pub(super) base: Option<(ObjectId, Arc<Directory>)>,
}

impl NewObject {
    pub(super) fn new(kind: &'static str, content: Arc<[u8]>) -> Self {
        Self { id: ObjectId::of(kind, &content), kind, content, base: None }
    }
}

/// The tree that the changes make of `base`, and the objects that they need.
pub(super) fn edit(
    objects: &Objects,
    base: ObjectId,
    changes: &Changes,
) -> Result<(ObjectId, Vec<NewObject>), GitError> {
    let mut editor = Editor { objects, new: Vec::new() };
    let tree = match editor.directory(Some(base), &Node::of(changes))? {
        Some(tree) => tree,
        None => editor.push(NewObject::new("tree", Arc::default())),
    };
    Ok((tree, editor.new))
}

/// The changes as a tree of names.
#[derive(Default)]
struct Node<'a> {
    change: Option<(&'a RepoPath, &'a Option<TreeFile>)>,
    children: BTreeMap<&'a str, Node<'a>>,
}

impl<'a> Node<'a> {
    fn of(changes: &'a Changes) -> Self {
        let mut root = Node::default();
        for change in changes {
            let node =
                change.0.as_str().split('/').fold(&mut root, |node, name| node.children.entry(name).or_default());
            node.change = Some(change);
        }
        root
    }

    /// The first file that is written here or below.
    fn written(&self) -> Option<&'a RepoPath> {
        let here = self.change.and_then(|(path, file)| file.is_some().then_some(path));
        here.or_else(|| self.children.values().find_map(Node::written))
    }
}

struct Editor<'a> {
    objects: &'a Objects,
    new: Vec<NewObject>,
}

impl Editor<'_> {
    fn push(&mut self, object: NewObject) -> ObjectId {
        let id = object.id;
        self.new.push(object);
        id
    }

    /// The id of the changed directory; `None` if nothing is left in it.
    fn directory(&mut self, old: Option<ObjectId>, node: &Node<'_>) -> Result<Option<ObjectId>, GitError> {
        let directory = match old {
            Some(id) => self.objects.directory(id)?,
            None => Arc::new(Directory::empty()),
        };
        let mut changes = Vec::new();
        for (name, child) in &node.children {
            let entry = directory.find(name.as_bytes());
            let before = entry.map(|entry| (entry.mode, entry.id));
            let after = self.name(entry, child)?;
            if after != before {
                changes.push((name.as_bytes(), after));
            }
        }
        if changes.is_empty() {
            return Ok(old);
        }
        let content: Arc<[u8]> = directory.with(&changes).into();
        if content.is_empty() {
            return Ok(None);
        }
        let base = old.map(|id| (id, directory));
        Ok(Some(self.push(NewObject { base, ..NewObject::new("tree", content) })))
    }

    /// What stands under one name after the edit.
    fn name(&mut self, entry: Option<Entry<'_>>, node: &Node<'_>) -> Result<Standing, GitError> {
        let before = entry.map(|entry| (entry.mode, entry.id));
        let below = self.below(entry, node)?;
        match node.change {
            None => Ok(below.unwrap_or(before)),
            Some((path, None)) => match entry {
                // A directory goes only with its last file.
                Some(entry) if !is_file(entry.mode) && below != Some(None) => {
                    Err(in_the_way(path, entry.mode, path.as_str()))
                }
                _ => Ok(below.flatten()),
            },
            Some((path, Some(file))) => {
                // Where directories came and went, only an empty one gives way to a file.
                let standing = below.unwrap_or(before);
                match standing {
                    Some((mode, _)) if !is_file(mode) => Err(in_the_way(path, mode, path.as_str())),
                    _ => self.file(path, file).map(Some),
                }
            }
        }
    }

    /// What the changes below a name leave there; `None` if there are none that count.
    fn below(&mut self, entry: Option<Entry<'_>>, node: &Node<'_>) -> Result<Option<Standing>, GitError> {
        if node.children.is_empty() {
            return Ok(None);
        }
        let old = match entry {
            Some(entry) if entry.is_directory() => Some(entry.id),
            Some(entry) => {
                let removed = matches!(node.change, Some((_, None))) && is_file(entry.mode);
                match node.children.values().find_map(Node::written) {
                    Some(path) if !removed => return Err(in_the_way(path, entry.mode, &above(path, entry.name))),
                    Some(_) => None,
                    // Nothing is behind a file or a link, so there is nothing to remove.
                    None => return Ok(None),
                }
            }
            None => None,
        };
        let id = self.directory(old, node)?;
        Ok(Some(id.map(|id| (FileMode::Directory, id))))
    }

    fn file(&mut self, path: &RepoPath, file: &TreeFile) -> Result<(FileMode, ObjectId), GitError> {
        if !is_file(file.mode) {
            let reason = "only files and symbolic links can be written".to_owned();
            return Err(GitError::PathInTheWay { path: path.clone(), reason });
        }
        Ok((file.mode, self.push(NewObject::new("blob", Arc::clone(&file.bytes)))))
    }
}

fn is_file(mode: FileMode) -> bool {
    mode.is_regular() || mode == FileMode::Symlink
}

/// The part of the path that ends in this name.
fn above(path: &RepoPath, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let mut above = path.parent();
    while let Some(directory) = above {
        if directory.file_name() == name {
            return directory.to_string();
        }
        above = directory.parent();
    }
    name.into_owned()
}

fn in_the_way(path: &RepoPath, mode: FileMode, place: &str) -> GitError {
    let what = match mode {
        FileMode::Directory => "directory",
        FileMode::Symlink => "symbolic link",
        FileMode::Submodule => "submodule",
        FileMode::File | FileMode::Executable => "file",
    };
    GitError::PathInTheWay { path: path.clone(), reason: format!("`{place}` is a {what}") }
}
