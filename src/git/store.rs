//! Puts a pack on disk so that it is there as a whole or not at all, and stays there when the power fails.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::GitError;
use super::pack::{Pack, pack};
use super::tree_edit::NewObject;

/// `git gc` removes what begins like this when a killed process left it behind.
const SCRATCH_PREFIX: &str = "tmp_objdir-cutover-";

/// A thread that syncs waits for the disk and not for a core, and those that wait together share one write of the file
/// system's journal: 291 files took 40 ms so, and 80 to 800 ms one after the other.
const SYNCING_THREADS: usize = 16;

/// Writes the objects as one pack below `directory` (the repository's `objects`), synced to the disk.
/// On an error nothing of it stays.
pub(super) fn write_objects(directory: &Utf8Path, objects: &[NewObject]) -> Result<(), GitError> {
    let packs = directory.join("pack");
    if objects.is_empty() {
        // A killed process may have moved its pack here and not yet synced the directory.
        return if packs.exists() { sync_directory(&packs) } else { Ok(()) };
    }
    let too_large = || GitError::Io { path: packs.clone(), message: "the batch needs a pack over 2 GiB".to_owned() };
    let Pack { name, objects, index } = pack(objects).ok_or_else(too_large)?;
    let failed = |error: std::io::Error| GitError::io(directory, &error);
    let scratch = tempfile::Builder::new().prefix(SCRATCH_PREFIX).tempdir_in(directory).map_err(failed)?;
    let scratch_path = Utf8Path::from_path(scratch.path()).expect("it lies below a directory whose name is UTF-8");
    fs::create_dir_all(&packs).map_err(failed)?;
    // The index makes a pack visible, so it comes last; both are on the disk before they get their names.
    let files = [(format!("pack-{name}.pack"), objects), (format!("pack-{name}.idx"), index)];
    for (file, content) in &files {
        write_synced(&scratch_path.join(file), content).map_err(failed)?;
    }
    for (file, _) in &files {
        fs::rename(scratch_path.join(file), packs.join(file)).map_err(failed)?;
    }
    sync_directory(&packs)
}

fn write_synced(path: &Utf8Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o444).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Syncs a directory, so that the names in it survive a power cut.
pub(super) fn sync_directory(path: &Utf8Path) -> Result<(), GitError> {
    let failed = |error: std::io::Error| GitError::io(path, &error);
    File::open(path).and_then(|directory| directory.sync_all()).map_err(failed)
}

/// Syncs those of the files that exist, many at a time.
pub(super) fn sync_files(paths: &[Utf8PathBuf]) -> Result<(), GitError> {
    let share = paths.len().div_ceil(SYNCING_THREADS).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            paths.chunks(share).map(|share| scope.spawn(move || share.iter().try_for_each(sync_file))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("syncing a file does not panic"))
    })
}

fn sync_file(path: &Utf8PathBuf) -> Result<(), GitError> {
    match File::open(path).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(GitError::io(path, &error)),
        _ => Ok(()),
    }
}

/// Whether the disk that holds this directory has no room for even the smallest file.
pub(super) fn is_full(directory: &Utf8Path) -> bool {
    let existing = directory.ancestors().find(|above| above.exists());
    let state = existing.and_then(|directory| rustix::fs::statvfs(directory.as_std_path()).ok());
    state.is_some_and(|state| state.f_bavail == 0 || (state.f_files > 0 && state.f_favail == 0))
}
