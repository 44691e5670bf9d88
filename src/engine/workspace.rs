//! A scratch directory with a connector's files: where processes work. It goes when it is dropped.
//!
//! It holds the connector's directory, its documentation page and the paths that the step declares, at their places
//! below the root of the scratch directory, and the `.gitignore` files above the connector; nothing else of the
//! repository. What a process changes in declared paths stays there.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::WalkBuilder;

use crate::base::{FileMode, RepoPath, TreeFile};
use crate::overlay::{Changes, Overlay, OverlayError};

/// The name of the ignore files that decide what a process may leave lying about.
const IGNORE_FILE: &str = ".gitignore";

/// A workspace that could not be laid out or read back.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkspaceError {
    /// The disk refused.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: Utf8PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file that git or cutover cannot take.
    #[error("the process left {0}, whose name is not UTF-8 or not one that git stores")]
    Name(String),
    /// A declared path that the repository does not have.
    #[error("`paths` names {0}, which the base commit does not have")]
    Declared(RepoPath),
    /// The unit's files could not be read.
    #[error(transparent)]
    Overlay(#[from] OverlayError),
}

/// A laid-out scratch directory.
pub(super) struct Workspace {
    root: Utf8PathBuf,
    home: Option<RepoPath>,
    before: std::collections::BTreeMap<RepoPath, TreeFile>,
    keep: bool,
}

impl Workspace {
    /// Lays out a unit's files below `scratch/name`; without an overlay, an empty directory.
    pub(super) fn lay_out(
        scratch: &Utf8Path,
        name: &str,
        overlay: Option<&Overlay>,
        paths: &[RepoPath],
        keep: bool,
    ) -> Result<Self, WorkspaceError> {
        let root = scratch.join(name);
        // A process that was killed may have left it.
        if root.exists() {
            fs::remove_dir_all(&root).map_err(io_error("clear", &root))?;
        }
        let mut workspace = Self { root, home: None, before: std::collections::BTreeMap::new(), keep };
        fs::create_dir_all(workspace.files()).map_err(io_error("make", &workspace.files()))?;
        if let Some(overlay) = overlay {
            workspace.home = Some(overlay.home().clone());
            workspace.before = overlay.files_below(overlay.home())?;
            if let Some(page) = overlay.page()
                && let Some(file) = overlay.read(page)?
            {
                workspace.before.insert(page.clone(), file);
            }
            for (path, file) in &workspace.before {
                workspace.put(path, file)?;
            }
            fs::create_dir_all(workspace.directory()).map_err(io_error("make", &workspace.directory()))?;
            workspace.put_ignore_files(overlay)?;
            for path in paths {
                workspace.put_declared(overlay, path)?;
            }
        }
        Ok(workspace)
    }

    /// The root of the laid-out files.
    pub(super) fn files(&self) -> Utf8PathBuf {
        self.root.join("files")
    }

    /// Where the process works: the connector's directory.
    pub(super) fn directory(&self) -> Utf8PathBuf {
        self.home.as_ref().map_or_else(|| self.files(), |home| self.files().join(home.as_str()))
    }

    /// The place of a repository's path.
    pub(super) fn place(&self, path: &RepoPath) -> Utf8PathBuf {
        self.files().join(path.as_str())
    }

    /// The file in which the process gives outputs.
    pub(super) fn output_file(&self) -> Utf8PathBuf {
        self.root.join("output")
    }

    /// An empty directory beside the files.
    pub(super) fn spare(&self) -> Result<Utf8PathBuf, WorkspaceError> {
        let spare = self.root.join("spare");
        fs::create_dir_all(&spare).map_err(io_error("make", &spare))?;
        Ok(spare)
    }

    /// A file or directory of the base that the step declares.
    fn put_declared(&self, overlay: &Overlay, path: &RepoPath) -> Result<(), WorkspaceError> {
        let mut files = overlay.files_below(path)?;
        if files.is_empty()
            && let Some(file) = overlay.read(path)?
        {
            files.insert(path.clone(), file);
        }
        if files.is_empty() {
            return Err(WorkspaceError::Declared(path.clone()));
        }
        let inside = |path: &RepoPath| self.before.contains_key(path);
        files.iter().filter(|(path, _)| !inside(path)).try_for_each(|(path, file)| self.put(path, file))
    }

    fn put(&self, path: &RepoPath, file: &TreeFile) -> Result<(), WorkspaceError> {
        let place = self.place(path);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(io_error("make", parent))?;
        }
        if file.mode == FileMode::Symlink {
            let target = String::from_utf8_lossy(&file.bytes).into_owned();
            return symlink(target, &place).map_err(io_error("link", &place));
        }
        fs::write(&place, &file.bytes).map_err(io_error("write", &place))?;
        if file.mode == FileMode::Executable {
            fs::set_permissions(&place, fs::Permissions::from_mode(0o755))
                .map_err(io_error("make executable", &place))?;
        }
        Ok(())
    }

    /// The `.gitignore` files above the connector, so that what a process leaves is judged as in a checkout.
    fn put_ignore_files(&self, overlay: &Overlay) -> Result<(), WorkspaceError> {
        let mut above = overlay.home().parent();
        loop {
            let ignore = match &above {
                Some(directory) => directory.join(IGNORE_FILE),
                None => RepoPath::new(IGNORE_FILE),
            };
            let ignore = ignore.map_err(OverlayError::from)?;
            if let Some(file) = overlay.read_base(&ignore)?
                && file.mode.is_regular()
            {
                self.put(&ignore, &file)?;
            }
            match above {
                Some(directory) => above = directory.parent(),
                None => return Ok(()),
            }
        }
    }

    /// What the process changed: files of the connector's directory and its documentation page. New
    /// files that a `.gitignore` names stay behind.
    pub(super) fn changes(&self) -> Result<Changes, WorkspaceError> {
        let mut changes = Changes::new();
        for (path, before) in &self.before {
            let after = read(&self.place(path))?;
            if after.as_ref() != Some(before) {
                changes.insert(path.clone(), after);
            }
        }
        let Some(home) = &self.home else { return Ok(changes) };
        let files = self.files();
        // Hidden files count; ignore files of the machine's user do not.
        let mut walk = WalkBuilder::new(&files);
        walk.hidden(false).parents(false).ignore(false).git_global(false).git_exclude(false).require_git(false);
        for entry in walk.build() {
            let Ok(entry) = entry else { continue };
            if entry.file_type().is_none_or(|kind| kind.is_dir()) {
                continue;
            }
            let path = repository_path(&files, entry.path())?;
            if path.below(home).is_none() || self.before.contains_key(&path) {
                continue;
            }
            if let Some(file) = read(&self.place(&path))? {
                changes.insert(path, Some(file));
            }
        }
        Ok(changes)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        // What cannot be removed now is cleared when the name is used again.
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn repository_path(files: &Utf8Path, path: &Path) -> Result<RepoPath, WorkspaceError> {
    let inside = path.strip_prefix(files).ok().and_then(Path::to_str);
    inside.and_then(|inside| RepoPath::new(inside).ok()).ok_or_else(|| WorkspaceError::Name(path.display().to_string()))
}

/// A file or link as it is now; `None` if it is gone or became something else.
fn read(place: &Utf8Path) -> Result<Option<TreeFile>, WorkspaceError> {
    let facts = match fs::symlink_metadata(place) {
        Ok(facts) => facts,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(io_error("look at", place)(error)),
    };
    if facts.file_type().is_symlink() {
        let target = fs::read_link(place).map_err(io_error("read", place))?;
        let bytes: Arc<[u8]> = target.to_string_lossy().as_bytes().into();
        return Ok(Some(TreeFile { bytes, mode: FileMode::Symlink }));
    }
    if !facts.is_file() {
        return Ok(None);
    }
    let bytes: Arc<[u8]> = fs::read(place).map_err(io_error("read", place))?.into();
    let executable = facts.permissions().mode() & 0o111 != 0;
    Ok(Some(TreeFile { bytes, mode: if executable { FileMode::Executable } else { FileMode::File } }))
}

fn io_error(action: &'static str, path: &Utf8Path) -> impl FnOnce(io::Error) -> WorkspaceError {
    let path = path.to_owned();
    move |source| WorkspaceError::Io { action, path, source }
}
