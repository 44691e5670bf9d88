//! The durable record of every run: one SQLite file, written ahead of every effect.
//!
//! Owns the file `journal.db` in the state directory, its schema, the thread that writes it, the store
//! for the contents of files that processes made, and the lock that admits one writing process at a
//! time. It does not know what an event means: [`crate::event`] folds them into a state.
//!
//! **Durability.** WAL with `synchronous=FULL`: when a [`Receipt`] resolves, its events have been
//! synced to the disk, all of them or (after a failure) none. Everything that waits while a commit is
//! under way goes into the next one (group commit). After a failed write the writer refuses all that
//! follows, so that nothing is taken for written that is not.
//!
//! **A full disk.** A process that maps the shared index of a WAL dies with SIGBUS when the file system
//! cannot back a page of it (seen on ext4 with blocks of 1 KiB; copy-on-write file systems can do the
//! same). So the disk is never allowed to get that full by our own doing: a write that would leave less
//! than 1 MiB fails with [`JournalError::DiskFull`] before it begins. When others have filled the
//! disk, the journal is opened in SQLite's exclusive mode, where the index lies on the heap and nothing
//! is mapped: `status` can be read with not a byte free.
//!
//! **A damaged tail.** SQLite drops what follows a torn frame of the WAL, silently; that is right for a
//! write that was cut short, and wrong for one that was acknowledged. `journal.mark` holds the last
//! acknowledged event, so that a lost tail (a truncated or deleted `journal.db-wal`, an old backup) is
//! an error that says so. It is written after the commit and without a sync of its own: it can be
//! behind the journal, never ahead of it.
//!
//! **Readers** (`status`, `logs`) may open the journal at any time, also while a run writes, and on a
//! disk that is mounted read-only.

mod connection;
mod content;
mod error;
mod events;

mod lock;
mod mark;
mod observer;
mod run;
mod schema;
mod space;
mod store;
mod writer;

#[cfg(test)]
mod tests;

pub use content::content_hash;
pub use error::JournalError;
pub use events::{Events, Record};
pub use lock::{Holder, Lock, LockError};
pub use observer::{WriteObserver, WritePoint};
pub use run::{RUN_FORMAT, RunHeader, RunRecord};
pub use store::Journal;
pub use writer::{Receipt, WriteError, Writer};
