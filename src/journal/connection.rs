//! Opening the file: in the mode that the disk allows, as the version that we know.

use std::io;
use std::time::Duration;

use camino::Utf8Path;
use rusqlite::{Connection, OpenFlags};

use super::error::JournalError;
use super::schema::{self, MIGRATIONS, Version};
use super::space;

/// How long a connection waits for another one, in this process or elsewhere.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the journal for reading and writing; makes it if `create` is set. Tells whether the disk had so
/// little room that the connection keeps all others out, and is good for reading only.
pub(super) fn open(path: &Utf8Path, create: bool) -> Result<(Connection, bool), JournalError> {
    let error = |error: rusqlite::Error| JournalError::sqlite(path, &error);
    let directory = path.parent().unwrap_or(path);
    let scarce = space::is_scarce(directory);
    if scarce && create && !path.exists() {
        return Err(JournalError::DiskFull { path: path.to_owned(), needed: space::RESERVE });
    }
    let mut connection = if scarce { open_scarce(path)? } else { connect(path, create, false).map_err(error)? };
    if create && connection.is_readonly("main").map_err(error)? {
        let message = "the file system allows only reading".to_owned();
        return Err(JournalError::NotWritable { path: path.to_owned(), message });
    }
    match schema::version(&connection).map_err(error)? {
        Version::Foreign => Err(JournalError::Foreign { path: path.to_owned() }),
        Version::Journal(found) if found > schema::newest(MIGRATIONS) => {
            Err(JournalError::Newer { path: path.to_owned(), found, known: schema::newest(MIGRATIONS) })
        }
        Version::Journal(found) if found == schema::newest(MIGRATIONS) => Ok((connection, scarce)),
        Version::Journal(_) | Version::Empty if scarce => {
            Err(JournalError::DiskFull { path: path.to_owned(), needed: space::RESERVE })
        }
        Version::Journal(_) | Version::Empty => {
            use_wal(&connection).map_err(error)?;
            schema::migrate(&mut connection, MIGRATIONS).map_err(error)?;
            Ok((connection, scarce))
        }
    }
}

/// Opens the journal where nothing may be written.
pub(super) fn open_read_only(path: &Utf8Path) -> Result<Connection, JournalError> {
    let error = |error: rusqlite::Error| JournalError::sqlite(path, &error);
    // SQLite reads a WAL there if its index is at hand; without a WAL it must be told not to look for one.
    let has_wal = std::fs::metadata(format!("{path}-wal")).is_ok_and(|wal| wal.len() > 0);
    let connection = if has_wal {
        connect(path, false, false).map_err(|_| JournalError::UnfinishedReadOnly { path: path.to_owned() })?
    } else {
        connect_immutable(path).map_err(error)?
    };
    match schema::version(&connection).map_err(error)? {
        Version::Journal(found) if found == schema::newest(MIGRATIONS) => Ok(connection),
        Version::Journal(found) if found > schema::newest(MIGRATIONS) => {
            Err(JournalError::Newer { path: path.to_owned(), found, known: schema::newest(MIGRATIONS) })
        }
        Version::Journal(_) | Version::Empty => Err(JournalError::UnfinishedReadOnly { path: path.to_owned() }),
        Version::Foreign => Err(JournalError::Foreign { path: path.to_owned() }),
    }
}

fn connect_immutable(path: &Utf8Path) -> rusqlite::Result<Connection> {
    let address = format!("file:{}?immutable=1", escape(path.as_str()));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(address, flags)
}

/// Whether a file in this directory can be written; asks the file system, since permissions do not tell
/// of a disk that is mounted read-only.
pub(super) fn is_writable(path: &Utf8Path) -> bool {
    let writable = rustix::fs::access(path.as_std_path(), rustix::fs::Access::WRITE_OK);
    let directory = path.parent().unwrap_or(path);
    writable.is_ok() && rustix::fs::access(directory.as_std_path(), rustix::fs::Access::WRITE_OK).is_ok()
}

/// On a disk without room: alone, with the WAL's index on the heap. If another process is at work the
/// index is there and backed already, and the ordinary way is safe.
fn open_scarce(path: &Utf8Path) -> Result<Connection, JournalError> {
    let alone = connect(path, false, true).and_then(|alone| schema::version(&alone).map(|_| alone));
    let connection = match alone {
        Err(busy) if busy.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => connect(path, false, false),
        outcome => outcome,
    };
    connection.map_err(|error| JournalError::sqlite(path, &error))
}

fn connect(path: &Utf8Path, create: bool, alone: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let connection = Connection::open_with_flags(path.as_std_path(), flags)?;
    connection.busy_timeout(if alone { Duration::ZERO } else { PATIENCE })?;
    if alone {
        // Before the first access, else the index is mapped already.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Only macOS has a sync that does not reach the disk; elsewhere these change nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Turns the WAL on, for good. Two processes that make the same journal can get into each other's way
/// here, and SQLite does not wait for it by itself.
fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    for _ in 0..200 {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match mode {
            Err(busy) if busy.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                std::thread::sleep(Duration::from_millis(10));
            }
            outcome => return outcome.map(drop),
        }
    }
    connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)).map(drop)
}

/// Escapes what has a meaning in SQLite's file addresses.
fn escape(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// Makes the state directory, and makes sure that its name survives a power cut.
pub(super) fn make_directory(directory: &Utf8Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(directory)?;
    match directory.parent() {
        Some(parent) => std::fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
