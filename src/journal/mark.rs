//! The last acknowledged event, kept beside the journal; see the module above for why.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::{Connection, OptionalExtension};

use super::content::content_hash;
use super::error::JournalError;

const FILE: &str = "journal.mark";

/// The record has a fixed length, so that it is always overwritten in place and as a whole.
const LENGTH: usize = 80;

/// A place in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// The run's number in the journal.
    pub(super) run: i64,
    /// The number of an event in that run; 0 is the run's creation.
    pub(super) seq: u64,
}

/// The open file.
pub(super) struct Mark(File);

impl Mark {
    pub(super) fn path(directory: &Utf8Path) -> Utf8PathBuf {
        directory.join(FILE)
    }

    pub(super) fn open(directory: &Utf8Path) -> io::Result<Self> {
        File::options().write(true).create(true).truncate(false).open(Self::path(directory)).map(Self)
    }

    /// Writes the position down. A mark that stays behind does no harm, so a failure is only logged.
    pub(super) fn set(&self, position: Position) {
        if let Err(error) = self.0.write_all_at(encode(position).as_bytes(), 0) {
            tracing::warn!(%error, "failed to write the journal's mark");
        }
    }
}

/// Compares the journal with the mark.
pub(super) fn check(connection: &Connection, directory: &Utf8Path, path: &Utf8Path) -> Result<(), JournalError> {
    let mark = Mark::path(directory);
    let Some(acknowledged) = std::fs::read_to_string(&mark).ok().and_then(|text| decode(&text)) else {
        return Ok(());
    };
    let found = last(connection, acknowledged.run).map_err(|error| JournalError::sqlite(path, &error))?;
    if found.is_some_and(|found| found >= acknowledged.seq) {
        return Ok(());
    }
    let (path, found) = (path.to_owned(), found.unwrap_or(0));
    Err(JournalError::Lost { path, mark, run: acknowledged.run, acknowledged: acknowledged.seq, found })
}

/// The last event of a run, 0 if it has none, `None` if there is no such run.
pub(super) fn last(connection: &Connection, run: i64) -> rusqlite::Result<Option<u64>> {
    let query = "SELECT (SELECT max(seq) FROM events WHERE run = number) FROM runs WHERE number = ?1";
    let last: Option<Option<i64>> = connection.query_row(query, [run], |row| row.get(0)).optional()?;
    Ok(last.map(|seq| seq.unwrap_or(0).cast_unsigned()))
}

fn encode(position: Position) -> String {
    let text = format!("cutover-mark 1 {} {}", position.run, position.seq);
    let sum = &content_hash(text.as_bytes())[..8];
    format!("{:<width$}\n", format!("{text} {sum}"), width = LENGTH - 1)
}

/// `None` for a mark that was torn, is of another version, or was never written.
fn decode(text: &str) -> Option<Position> {
    let (text, sum) = text.trim_end().rsplit_once(' ')?;
    if content_hash(text.as_bytes())[..8] != *sum {
        return None;
    }
    let mut fields = text.strip_prefix("cutover-mark 1 ")?.split(' ');
    let position = Position { run: fields.next()?.parse().ok()?, seq: fields.next()?.parse().ok()? };
    Some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back_and_a_torn_one_does_not() {
        let position = Position { run: i64::MAX, seq: u64::MAX };
        let text = encode(position);
        assert_eq!((decode(&text), text.len()), (Some(position), LENGTH));
        assert_eq!(decode(&encode(Position { run: 1, seq: 2 }).replace(" 2 ", " 3 ")), None);
        assert_eq!(decode(""), None);
        assert_eq!(decode("cutover-mark 1 7"), None);
    }
}
