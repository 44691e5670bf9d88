//! Reading a run's events, in their order, a page at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use camino::Utf8PathBuf;
use jiff::Timestamp;
use rusqlite::Connection;

use super::error::JournalError;
use crate::base::RunId;
use crate::event::Event;

/// How many events are fetched at once. Between pages no transaction is open, so that a slow reader
/// never keeps the writer from tidying up its WAL.
const PAGE: i64 = 4096;

/// An event with its place in the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its number in the run, from 1, without gaps.
    pub seq: u64,
    /// When it was appended.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// The events of a run, oldest first. While the run goes on, those appended meanwhile come too.
pub struct Events {
    pub(super) connection: Arc<Mutex<Connection>>,
    pub(super) path: Utf8PathBuf,
    pub(super) run: RunId,
    pub(super) number: i64,
    /// The last event that was given out or is in the page.
    pub(super) last: u64,
    pub(super) page: VecDeque<Row>,
    pub(super) failed: bool,
}

pub(super) struct Row {
    seq: u64,
    at: i64,
    event: String,
}

impl Events {
    fn fetch(&mut self) -> rusqlite::Result<()> {
        let connection = super::store::lock(&self.connection);
        let select = "SELECT seq, at, event FROM events WHERE run = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let mut select = connection.prepare_cached(select)?;
        let rows = select.query_map((self.number, self.last.cast_signed(), PAGE), |row| {
            Ok(Row { seq: row.get::<_, i64>(0)?.cast_unsigned(), at: row.get(1)?, event: row.get(2)? })
        })?;
        for row in rows {
            self.page.push_back(row?);
        }
        Ok(())
    }

    fn read(&mut self, row: &Row) -> Result<Record, JournalError> {
        let unreadable =
            |message: String| JournalError::UnreadableEvent { run: self.run.clone(), seq: row.seq, message };
        if row.seq != self.last + 1 {
            return Err(unreadable(format!("it follows event {}", self.last)));
        }
        let event = serde_json::from_str(&row.event).map_err(|error| unreadable(error.to_string()))?;
        let at = Timestamp::from_microsecond(row.at).map_err(|error| unreadable(error.to_string()))?;
        self.last = row.seq;
        Ok(Record { seq: row.seq, at, event })
    }
}

impl Iterator for Events {
    type Item = Result<Record, JournalError>;

    /// After an error there is nothing more: what follows an event that cannot be read has no meaning.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        if self.page.is_empty()
            && let Err(error) = self.fetch()
        {
            self.failed = true;
            return Some(Err(JournalError::sqlite(&self.path, &error)));
        }
        let row = self.page.pop_front()?;
        let record = self.read(&row);
        self.failed = record.is_err();
        Some(record)
    }
}
