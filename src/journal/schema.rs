//! The tables, and the way from older versions to this one.

use rusqlite::{Connection, TransactionBehavior};

/// Marks the file as ours: `cutv`.
const APPLICATION_ID: i64 = 0x6375_7476;

/// One script for each version, in order; a script that was released never changes.
///
/// `events` and `contents` are append-only. `at` is in microseconds since 1970. `hash` is a SHA-256.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE runs (
        number     INTEGER PRIMARY KEY,
        id         TEXT NOT NULL UNIQUE,
        workflow   TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        base       TEXT NOT NULL,
        program    TEXT NOT NULL,
        format     INTEGER NOT NULL,
        plan_hash  TEXT NOT NULL,
        plan       TEXT NOT NULL
    ) STRICT;
    CREATE TABLE events (
        run   INTEGER NOT NULL REFERENCES runs (number),
        seq   INTEGER NOT NULL,
        at    INTEGER NOT NULL,
        event TEXT NOT NULL,
        PRIMARY KEY (run, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE contents (
        hash  BLOB PRIMARY KEY,
        bytes BLOB NOT NULL
    ) STRICT;
"];

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Nothing in it yet.
    Empty,
    /// A journal of this version.
    Journal(i64),
    /// Somebody else's database.
    Foreign,
}

/// The newest version that `migrations` lead to.
pub(super) fn newest(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).expect("there are few migrations")
}

/// Looks at a file without changing it.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<Version> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (pragma("application_id")?, pragma("user_version")?) {
        (APPLICATION_ID, version) => Ok(Version::Journal(version)),
        (0, 0) if tables == 0 => Ok(Version::Empty),
        _ => Ok(Version::Foreign),
    }
}

/// Brings an empty file or an older journal to the newest version, in one transaction.
/// A process that does the same at the same moment finds it done.
pub(super) fn migrate(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = match version(&transaction)? {
        Version::Empty => 0,
        Version::Journal(version) => usize::try_from(version).unwrap_or(0),
        // The caller has looked; whoever swapped the file since then gets an unchanged file back.
        Version::Foreign => return Ok(()),
    };
    for script in migrations.iter().skip(done) {
        transaction.execute_batch(script)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", newest(migrations).max(i64::try_from(done).unwrap_or(0)))?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_journal_is_brought_forward_and_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        let later = [MIGRATIONS[0], "ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"];
        migrate(&mut connection, &later[..1]).unwrap();
        connection.execute("INSERT INTO runs VALUES (1, 'r', 'w', 0, 'b', 'cutover 0.1.0', 1, 'h', '{}')", []).unwrap();
        migrate(&mut connection, &later).unwrap();
        migrate(&mut connection, &later).unwrap();
        let note: String = connection.query_row("SELECT note FROM runs WHERE id = 'r'", [], |row| row.get(0)).unwrap();
        assert_eq!((version(&connection).unwrap(), note.as_str()), (Version::Journal(2), "none"));
    }

    #[test]
    fn a_migration_that_fails_leaves_the_journal_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, MIGRATIONS).unwrap();
        let broken = [MIGRATIONS[0], "CREATE TABLE extra (x INTEGER) STRICT; CREATE TABLE runs (x INTEGER) STRICT;"];
        migrate(&mut connection, &broken).unwrap_err();
        let extra = connection.prepare("SELECT * FROM extra");
        assert!(extra.is_err());
        assert_eq!(version(&connection).unwrap(), Version::Journal(1));
    }
}
