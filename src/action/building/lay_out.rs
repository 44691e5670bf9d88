//! The Containerfile and what stands beside it, written to scratch.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use camino::{Utf8Path, Utf8PathBuf};

use super::in_repository;
use super::patterns::Patterns;
use crate::action::disk;
use crate::event::{Failure, FailureClass};
use crate::recipe::{Containerfile, Side, SideContent};

/// What was laid out for a build.
pub(super) struct LaidOut {
    /// The Containerfile.
    pub(super) file: Utf8PathBuf,
    /// An empty file.
    pub(super) ignore_file: Utf8PathBuf,
    /// What stands beside the context.
    pub(super) side: Utf8PathBuf,
    /// Where the engine writes what it built.
    pub(super) identity: Utf8PathBuf,
    /// The step's variables, if there are any.
    pub(super) variables: Utf8PathBuf,
}

impl LaidOut {
    /// Makes the directory of a build.
    pub(super) fn empty(scratch: &Utf8Path) -> Result<Self, Failure> {
        let root = scratch.join("build");
        let laid_out = Self {
            file: root.join("Containerfile"),
            // Docker takes the one with the name of the Containerfile.
            ignore_file: root.join("Containerfile.dockerignore"),
            side: root.join("side"),
            identity: root.join("id"),
            variables: root.join("variables"),
        };
        let made = fs::create_dir_all(&laid_out.side).and_then(|()| fs::write(&laid_out.ignore_file, ""));
        made.map_err(|error| disk(&root, &error))?;
        Ok(laid_out)
    }

    /// Writes a Containerfile and what stands beside it, copied from the files of the repository.
    pub(super) fn fill(&self, containerfile: &Containerfile, files: &Utf8Path) -> Result<(), Failure> {
        fs::write(&self.file, &containerfile.text).map_err(|error| disk(&self.file, &error))?;
        containerfile.side.iter().try_for_each(|side| self.put(side, files))
    }

    fn put(&self, side: &Side, files: &Utf8Path) -> Result<(), Failure> {
        let place = self.side.join(&side.place);
        let above = place.parent().unwrap_or(&self.side);
        fs::create_dir_all(above).map_err(|error| disk(above, &error))?;
        match &side.content {
            SideContent::Text { contents, permissions } => fs::write(&place, contents)
                .and_then(|()| fs::set_permissions(&place, fs::Permissions::from_mode(*permissions)))
                .map_err(|error| disk(&place, &error)),
            SideContent::File { source } => {
                let from = files.join(source);
                fs::copy(&from, &place).map(drop).map_err(|error| missing(files, &from, &error))
            }
            SideContent::Tree { source, include, exclude } => {
                let read = |patterns: &[String]| {
                    Patterns::new(patterns).map_err(|why| {
                        Failure::new(
                            FailureClass::Edit,
                            format!("build_customization.py copies by a pattern that is none: {why}"),
                        )
                    })
                };
                let from = files.join(source);
                let copy = Copy {
                    include: (!include.is_empty()).then(|| read(include)).transpose()?,
                    exclude: read(exclude)?,
                };
                fs::create_dir_all(&place).map_err(|error| disk(&place, &error))?;
                copy.directory(&from, &place, "").map_err(|error| missing(files, &from, &error))
            }
        }
    }
}

/// A copy of a directory.
struct Copy {
    include: Option<Patterns>,
    exclude: Patterns,
}

impl Copy {
    /// Copies what is in a directory, whose path below the first one is `below`. Directories are made when something is
    /// in them that is copied.
    fn directory(&self, from: &Utf8Path, to: &Utf8Path, below: &str) -> io::Result<()> {
        for entry in from.read_dir_utf8()? {
            let entry = entry?;
            let path =
                if below.is_empty() { entry.file_name().to_owned() } else { format!("{below}/{}", entry.file_name()) };
            let (source, place) = (entry.path(), to.join(entry.file_name()));
            if entry.file_type()?.is_dir() {
                self.directory(source, &place, &path)?;
                continue;
            }
            if self.exclude.name(&path) || self.include.as_ref().is_some_and(|include| !include.name(&path)) {
                continue;
            }
            fs::create_dir_all(to)?;
            if entry.file_type()?.is_symlink() {
                symlink(fs::read_link(source)?, &place)?;
            } else {
                fs::copy(source, &place)?;
            }
        }
        Ok(())
    }
}

fn missing(files: &Utf8Path, path: &Utf8Path, error: &io::Error) -> Failure {
    let name = in_repository(files, path);
    match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::new(FailureClass::Edit, format!("build_customization.py copies {name}, which is not there"))
                .hint("a build sees the connector's own files, and what the step names under `paths:`")
        }
        _ => disk(path, error),
    }
}
