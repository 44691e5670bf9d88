//! Reading objects from many threads, through libgit2.
//!
//! libgit2 knows only the directory with the objects here, neither the configuration nor the references:
//! so it cannot refuse a repository for an extension that it has not heard of.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use camino::Utf8Path;

use super::command::{Git, words};
use super::commit::{CommitFacts, decode};
use super::directory::Directory;
use super::{CommitId, GitError, ObjectId};

/// Parsed trees are forgotten when together they take more than this, in bytes.
const CACHE_LIMIT: usize = 128 << 20;

/// How many files are kept after they were read. The edits of a connector read the same few files again and again, and
/// there are as many connectors under way as there are cores.
const RECENT_FILES: usize = 64;

/// Larger files are not kept.
const LARGEST_RECENT: usize = 1 << 20;

/// The objects of a repository, its alternates included.
pub(super) struct Objects {
    database: git2::Odb<'static>,
    git: Git,
    /// Whether missing objects can be had from a remote (a partial clone).
    promised: bool,
    directories: RwLock<Cache>,
    recent: Mutex<VecDeque<(ObjectId, Arc<[u8]>)>>,
}

#[derive(Default)]
struct Cache {
    directories: HashMap<ObjectId, Arc<Directory>>,
    weight: usize,
}

impl Objects {
    pub(super) fn open(directory: &Utf8Path, git: Git, promised: bool) -> Result<Self, GitError> {
        let database = git2::Odb::new().and_then(|database| {
            database.add_disk_alternate(directory.as_str())?;
            Ok(database)
        });
        let database = database
            .map_err(|error| GitError::Io { path: directory.to_owned(), message: error.message().to_owned() })?;
        Ok(Self { database, git, promised, directories: RwLock::default(), recent: Mutex::default() })
    }

    /// Looks for packs that came since the last look.
    pub(super) fn refresh(&self) {
        // A failure shows again, with a better message, when an object is read.
        let _ = self.database.refresh();
    }

    /// Whether the repository has the object, without looking for new packs.
    pub(super) fn has(&self, id: ObjectId) -> bool {
        self.database.exists_ext(id.to_git2(), git2::OdbLookupFlags::NO_REFRESH)
    }

    /// The content of an object.
    pub(super) fn read(&self, kind: &'static str, id: ObjectId) -> Result<Vec<u8>, GitError> {
        match self.database.read(id.to_git2()) {
            Ok(object) if object.kind().str() == kind => Ok(object.data().to_vec()),
            Ok(object) => {
                let message = format!("it is a {}", object.kind().str());
                Err(GitError::CorruptObject { kind, id, message })
            }
            Err(error) if error.code() == git2::ErrorCode::NotFound => self.read_promised(kind, id),
            Err(error) => Err(GitError::CorruptObject { kind, id, message: error.message().to_owned() }),
        }
    }

    /// The content of a file; one that was read a moment ago is not read again.
    pub(super) fn file(&self, id: ObjectId) -> Result<Arc<[u8]>, GitError> {
        let known = self.recent().iter().rev().find(|(known, _)| *known == id).map(|(_, content)| Arc::clone(content));
        if let Some(content) = known {
            return Ok(content);
        }
        let content: Arc<[u8]> = self.read("blob", id)?.into();
        if content.len() <= LARGEST_RECENT {
            let mut recent = self.recent();
            if recent.len() == RECENT_FILES {
                recent.pop_front();
            }
            recent.push_back((id, Arc::clone(&content)));
        }
        Ok(content)
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<(ObjectId, Arc<[u8]>)>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An object that a partial clone left with its remote; git fetches it, with the user's credentials.
    fn read_promised(&self, kind: &'static str, id: ObjectId) -> Result<Vec<u8>, GitError> {
        if !self.promised {
            return Err(GitError::MissingObject { kind, id });
        }
        let output = self.git.output(["cat-file", kind, &id.to_string()], b"")?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        tracing::warn!(%id, git = words(&output.stderr), "an object of a partial clone could not be fetched");
        Err(GitError::MissingObject { kind, id })
    }

    /// A tree object, parsed once for all threads.
    pub(super) fn directory(&self, id: ObjectId) -> Result<Arc<Directory>, GitError> {
        if let Some(known) = self.directories.read().unwrap_or_else(PoisonError::into_inner).directories.get(&id) {
            return Ok(Arc::clone(known));
        }
        let corrupt = || GitError::CorruptObject { kind: "tree", id, message: "it is not made like a tree".to_owned() };
        let directory = Arc::new(Directory::parse(self.read("tree", id)?).ok_or_else(corrupt)?);
        let mut cache = self.directories.write().unwrap_or_else(PoisonError::into_inner);
        cache.weight += directory.weight();
        if cache.weight > CACHE_LIMIT {
            *cache = Cache { weight: directory.weight(), ..Cache::default() };
        }
        cache.directories.insert(id, Arc::clone(&directory));
        Ok(directory)
    }

    /// What a commit says of itself.
    pub(super) fn commit(&self, id: CommitId) -> Result<CommitFacts, GitError> {
        let content = self.read("commit", id.object())?;
        let message = "it is not made like a commit".to_owned();
        decode(&content).ok_or(GitError::CorruptObject { kind: "commit", id: id.object(), message })
    }
}
