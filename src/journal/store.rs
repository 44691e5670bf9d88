//! The open journal.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::connection;
use super::content;
use super::error::JournalError;
use super::events::Events;
use super::lock::Lock;
use super::mark::{self, Mark, Position};
use super::observer::{Observed, WriteObserver};
use super::run::{self, RUN_FORMAT, RunHeader, RunRecord};
use super::space;
use super::writer::Writer;
use crate::base::{Clock, RunId, closest};

const FILE: &str = "journal.db";

/// The journal of a repository. Reading is allowed at any time; writing needs the [`Lock`].
#[derive(Clone)]
pub struct Journal {
    directory: Utf8PathBuf,
    path: Utf8PathBuf,
    connection: Arc<Mutex<Connection>>,
    /// The disk had no room when the journal was opened, so that the connection keeps all others out.
    scarce: bool,
    observed: Observed,
}

/// A panic while reading leaves nothing behind that the next reader could trip over.
pub(super) fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    /// Opens the journal of this state directory; makes directory and journal if they are not there.
    pub fn open(directory: &Utf8Path) -> Result<Self, JournalError> {
        connection::make_directory(directory)
            .map_err(|source| JournalError::Directory { path: directory.to_owned(), source })?;
        let path = directory.join(FILE);
        let (connection, scarce) = connection::open(&path, true)?;
        Self::checked(directory, path, connection, scarce)
    }

    /// Opens a journal to read it; `None` if there is none. Makes nothing, and serves where nothing may
    /// be written.
    pub fn open_existing(directory: &Utf8Path) -> Result<Option<Self>, JournalError> {
        let path = directory.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let (connection, scarce) = if connection::is_writable(&path) {
            connection::open(&path, false)?
        } else {
            (connection::open_read_only(&path)?, false)
        };
        Self::checked(directory, path, connection, scarce).map(Some)
    }

    fn checked(
        directory: &Utf8Path,
        path: Utf8PathBuf,
        connection: Connection,
        scarce: bool,
    ) -> Result<Self, JournalError> {
        mark::check(&connection, directory, &path)?;
        let connection = Arc::new(Mutex::new(connection));
        Ok(Self { directory: directory.to_owned(), path, connection, scarce, observed: Observed::default() })
    }

    /// Has this called around every commit from now on, also those of writers made later.
    #[must_use]
    pub fn observed(self, observer: WriteObserver) -> Self {
        Self { observed: Observed::new(observer), ..self }
    }

    /// The file.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// The state directory.
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// Writes down a new run with its frozen plan; durable when this returns.
    pub fn create_run(&self, record: &RunRecord, lock: &Lock) -> Result<(), JournalError> {
        let id = &record.header.id;
        if lock.run() != id {
            return Err(JournalError::OtherRunLocked { held: lock.run().clone(), wanted: id.clone() });
        }
        self.ensure_room(record.plan.len() as u64)?;
        let number = self.with(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let number = run::insert(&transaction, record)?;
            self.observed.commit(transaction)?;
            Ok(number)
        });
        let number = number.map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => JournalError::RunExists { run: id.clone() },
            _ => JournalError::sqlite(&self.path, &error),
        })?;
        if let Ok(mark) = Mark::open(&self.directory) {
            mark.set(Position { run: number, seq: 0 });
        }
        Ok(())
    }

    /// A run with its plan.
    pub fn run(&self, id: &RunId) -> Result<RunRecord, JournalError> {
        let Some(record) = self.read(|connection| run::record(connection, id))? else {
            return Err(self.no_such_run(id.as_str()));
        };
        let header = &record.header;
        if header.format > RUN_FORMAT {
            return Err(JournalError::NewerRun { run: id.clone(), program: header.program.clone() });
        }
        if header.plan_hash != content::content_hash(record.plan.as_bytes()) {
            let message = format!("the plan of run {id} does not have the hash that was written with it");
            return Err(JournalError::Damaged { path: self.path.clone(), message });
        }
        Ok(record)
    }

    /// All runs, newest first.
    pub fn runs(&self) -> Result<Vec<RunHeader>, JournalError> {
        self.read(|connection| run::headers(connection, ""))
    }

    /// The run with this id, or the only one whose id begins so.
    pub fn find(&self, prefix: &str) -> Result<RunHeader, JournalError> {
        let mut matches = self.read(|connection| run::headers(connection, prefix))?;
        if let Some(exact) = matches.iter().position(|header| header.id.as_str() == prefix) {
            return Ok(matches.swap_remove(exact));
        }
        match matches.len() {
            _ if prefix.is_empty() => Err(self.no_such_run(prefix)),
            1 => Ok(matches.swap_remove(0)),
            0 => Err(self.no_such_run(prefix)),
            _ => {
                let matches = matches.into_iter().map(|header| header.id).collect();
                Err(JournalError::AmbiguousRun { wanted: prefix.to_owned(), matches })
            }
        }
    }

    /// The events of a run, oldest first.
    pub fn events(&self, id: &RunId) -> Result<Events, JournalError> {
        self.events_after(id, 0)
    }

    /// The events of a run that follow this one, oldest first; for those who watch a run.
    pub fn events_after(&self, id: &RunId, seq: u64) -> Result<Events, JournalError> {
        let number = self.number(id)?;
        let (connection, path, run) = (Arc::clone(&self.connection), self.path.clone(), id.clone());
        Ok(Events { connection, path, run, number, last: seq, page: VecDeque::new(), failed: false })
    }

    /// The content with this SHA-256 (see [`super::content_hash`]), as a step's event names it.
    pub fn content(&self, hash: &str) -> Result<Vec<u8>, JournalError> {
        let content = self.read(|connection| content::get(connection, hash))?;
        content.ok_or_else(|| JournalError::NoContent { path: self.path.clone(), hash: hash.to_owned() })
    }

    /// Starts the writer of the run that the lock is held for; its events go behind those that are there.
    pub fn writer(&self, lock: Lock, clock: Arc<dyn Clock>) -> Result<Writer, JournalError> {
        let number = self.number(lock.run())?;
        self.ensure_room(0)?;
        Writer::start(self, number, lock, clock)
    }

    /// Reads the whole file and returns what is wrong with it; nothing, if it is sound.
    pub fn check(&self) -> Result<Vec<String>, JournalError> {
        let findings: Vec<String> = self.read(|connection| {
            connection.prepare("PRAGMA integrity_check")?.query_map([], |row| row.get(0))?.collect()
        })?;
        Ok(findings.into_iter().filter(|finding| finding != "ok").collect())
    }

    pub(super) fn observer(&self) -> Observed {
        self.observed.clone()
    }

    fn number(&self, id: &RunId) -> Result<i64, JournalError> {
        self.read(|connection| run::number(connection, id))?.ok_or_else(|| self.no_such_run(id.as_str()))
    }

    fn ensure_room(&self, bytes: u64) -> Result<(), JournalError> {
        let needed = space::needed(bytes);
        match space::free(&self.directory) {
            Some(free) if self.scarce || free < needed => {
                Err(JournalError::DiskFull { path: self.path.clone(), needed })
            }
            _ => Ok(()),
        }
    }

    fn no_such_run(&self, wanted: &str) -> JournalError {
        let known = self.runs().unwrap_or_default();
        let closest = closest(wanted, known.iter().map(|header| header.id.as_str())).map(str::to_owned);
        JournalError::NoSuchRun { wanted: wanted.to_owned(), closest }
    }

    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        self.with(|connection| query(connection)).map_err(|error| JournalError::sqlite(&self.path, &error))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        work(&mut lock(&self.connection))
    }
}
