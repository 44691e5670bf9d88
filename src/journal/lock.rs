//! One writing process at a time.
//!
//! The lock is the kernel's (`flock`), so it is gone the moment its holder is, however it died; the file
//! only tells who holds it. It is never deleted, because two processes could then lock two files of the
//! same name.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::connection::make_directory;
use crate::base::RunId;

const FILE: &str = "lock";

/// Bytes of the file, padded with blanks.
const LENGTH: u64 = 512;

/// For moments that pass by themselves.
const TRIES: u32 = 15;
const PAUSE: Duration = Duration::from_millis(5);

/// How often the lock is tried. A killed process keeps its locks until the kernel has ended the last
/// of its threads, which can take a second where one of them waits for the disk (seen: a resume
/// right after `kill -9` was refused).
const LOCK_TRIES: u32 = 400;

/// A file longer than this is not one of ours.
const LONGEST: u64 = 64 * 1024;

/// Who holds the lock, or held it when it died.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id, on its host.
    pub pid: u32,
    /// Host name.
    pub host: String,
    /// The run it writes.
    pub run: RunId,
    /// When it took the lock.
    pub since: Timestamp,
}

/// The lock of a state directory, held until dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    holder: Holder,
    left_by: Option<Holder>,
}

/// Why the lock was not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process is at work.
    #[error("{}", held(.0.as_ref()))]
    Held(Option<Holder>),
    /// The lock file cannot be used.
    #[error("failed to lock {path}: {source}; check the permissions of its directory")]
    Io {
        /// The lock file.
        path: Utf8PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

fn held(holder: Option<&Holder>) -> String {
    match holder {
        Some(Holder { pid, host, run, since }) => format!(
            "run {run} is being carried out by process {pid} on {host}, since {since:.0}; watch it with `cutover \
            status {run}`, or stop it with `kill {pid}` and go on with `cutover resume {run}`"
        ),
        None => "another run holds the lock, which does not say who; try again in a moment".to_owned(),
    }
}

impl Lock {
    /// Takes the lock for a run, at once or not at all.
    pub fn acquire(directory: &Utf8Path, run: &RunId, now: Timestamp) -> Result<Self, LockError> {
        let path = directory.join(FILE);
        let error = |source: io::Error| LockError::Io { path: path.clone(), source };
        make_directory(directory).map_err(error)?;
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(error)?;
        match patient_flock(&file) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(LockError::Held(patient_holder(&file))),
            Err(errno) => return Err(error(errno.into())),
        }
        let left_by = read(&file);
        let holder = Holder { pid: std::process::id(), host: host(), run: run.clone(), since: now };
        write(&file, &serde_json::to_string(&holder).map_err(|source| error(source.into()))?);
        Ok(Self { file, holder, left_by })
    }

    /// Who is at work here, if anybody; takes no lock that could get in somebody's way for long.
    pub fn holder(directory: &Utf8Path) -> Option<Holder> {
        let file = File::open(directory.join(FILE)).ok()?;
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Err(rustix::io::Errno::WOULDBLOCK) => patient_holder(&file),
            _ => None,
        }
    }

    /// The run that the lock is held for.
    pub fn run(&self) -> &RunId {
        &self.holder.run
    }

    /// What the lock file says of us.
    pub fn facts(&self) -> &Holder {
        &self.holder
    }

    /// The process that died with the lock in its hands, if the last one did.
    pub fn left_by(&self) -> Option<&Holder> {
        self.left_by.as_ref()
    }
}

impl Drop for Lock {
    /// An empty file says that the holder ended in peace. The kernel's lock goes with the descriptor.
    fn drop(&mut self) {
        write(&self.file, "");
    }
}

/// The host's name.
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Somebody who only looks holds the lock for an instant, and a killed process for a while; neither
/// counts as a run.
fn patient_flock(file: &File) -> rustix::io::Result<()> {
    for _ in 1..LOCK_TRIES {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => std::thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
    flock(file, FlockOperation::NonBlockingLockExclusive)
}

/// The holder writes its name right after it got the lock; that moment is waited for.
fn patient_holder(file: &File) -> Option<Holder> {
    for _ in 0..TRIES {
        if let Some(holder) = read(file) {
            return Some(holder);
        }
        std::thread::sleep(PAUSE);
    }
    None
}

fn read(file: &File) -> Option<Holder> {
    let length = file.metadata().ok()?.len().min(LONGEST);
    let mut text = vec![0; usize::try_from(length).ok()?];
    file.read_exact_at(&mut text, 0).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Overwrites in place, so that it works on a full disk too, at least from the second time on. If it does
/// not, the lock holds all the same. Nobody needs this file after a power cut, so it is not synced.
fn write(file: &File, text: &str) {
    let length = file.metadata().map_or(0, |metadata| metadata.len()).clamp(LENGTH, LONGEST);
    let text = format!("{text:<width$}\n", width = usize::try_from(length).unwrap_or_default().saturating_sub(1));
    if let Err(error) = file.write_all_at(text.as_bytes(), 0) {
        tracing::warn!(%error, "failed to write the holder's name into the lock file");
    }
}
