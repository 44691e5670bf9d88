//! The one thread that writes, and what waits for it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};

use camino::Utf8PathBuf;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::connection;
use super::content;
use super::error::JournalError;
use super::lock::Lock;
use super::mark::{self, Mark, Position};
use super::observer::Observed;
use super::space;
use super::store::Journal;
use crate::base::{Clock, RunId};
use crate::event::Event;

/// A commit takes at most this many bytes, or one append if that has more, so that whoever waits first
/// does not wait for all.
const LARGEST_COMMIT: u64 = 16 << 20;

/// Why an append is not durable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// This write, or an earlier one, failed; the writer takes no more.
    #[error("failed to write the journal: {0}")]
    Failed(#[source] Arc<JournalError>),
    /// An event could not be turned into JSON.
    #[error("failed to write the journal: an event cannot be written as JSON ({0})")]
    Event(Arc<str>),
    /// The writer's thread has died.
    #[error("failed to write the journal: its writer has ended unexpectedly; go on with `cutover resume`")]
    Gone,
}

type Outcome = Result<(), WriteError>;

/// The journal's writer for one run. It holds the lock; dropping it waits for what was appended.
pub struct Writer {
    run: RunId,
    clock: Arc<dyn Clock>,
    queue: Option<mpsc::Sender<Entry>>,
    thread: Option<JoinHandle<()>>,
    lock: Lock,
}

/// The promise that an append becomes durable: a future, or [`Receipt::wait`] where nothing is async.
#[must_use = "an append is durable only when its receipt says so"]
pub struct Receipt(Promise);

enum Promise {
    Pending(oneshot::Receiver<Outcome>),
    Refused(WriteError),
}

/// One append on its way, already in the form of its rows.
struct Entry {
    at: i64,
    events: Vec<String>,
    contents: Vec<Arc<[u8]>>,
    done: oneshot::Sender<Outcome>,
}

impl Writer {
    pub(super) fn start(
        journal: &Journal,
        number: i64,
        lock: Lock,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, JournalError> {
        let path = journal.path().to_owned();
        let (connection, _) = connection::open(&path, false)?;
        let last = mark::last(&connection, number).map_err(|error| JournalError::sqlite(&path, &error))?;
        let mark = Mark::open(journal.directory())
            .map_err(|error| JournalError::NotWritable { path: path.clone(), message: error.to_string() })?;
        let position = Position { run: number, seq: last.unwrap_or(0) };
        let directory = journal.directory().to_owned();
        let pen = Pen { connection, path, directory, position, mark, observed: journal.observer() };
        let (queue, entries) = mpsc::channel();
        let thread = thread::Builder::new().name("journal".into()).spawn(move || write_all(pen, &entries));
        let thread = thread.map_err(JournalError::Thread)?;
        Ok(Self { run: lock.run().clone(), clock, queue: Some(queue), thread: Some(thread), lock })
    }

    /// The run that is written.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The lock under which it is written.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Appends events, and the contents that they name, as one: all become durable together, and after
    /// everything that was appended before.
    pub fn append(&self, events: &[Event], contents: Vec<Arc<[u8]>>) -> Receipt {
        let events: Result<Vec<String>, _> = events.iter().map(serde_json::to_string).collect();
        let events = match events {
            Ok(events) => events,
            Err(error) => return Receipt(Promise::Refused(WriteError::Event(error.to_string().into()))),
        };
        let (done, receiver) = oneshot::channel();
        let entry = Entry { at: self.clock.now().as_microsecond(), events, contents, done };
        match self.queue.as_ref().map(|queue| queue.send(entry)) {
            Some(Ok(())) => Receipt(Promise::Pending(receiver)),
            _ => Receipt(Promise::Refused(WriteError::Gone)),
        }
    }

    /// Waits for everything that was appended, tidies the file up, and releases the lock.
    pub fn close(mut self) {
        self.join();
    }

    fn join(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's writer has panicked");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.join();
    }
}

impl Receipt {
    /// Blocks until the append is durable or has failed. Not for async code.
    pub fn wait(self) -> Outcome {
        match self.0 {
            Promise::Pending(receiver) => receiver.blocking_recv().unwrap_or(Err(WriteError::Gone)),
            Promise::Refused(error) => Err(error),
        }
    }
}

impl Future for Receipt {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        match &mut self.0 {
            Promise::Pending(receiver) => {
                Pin::new(receiver).poll(context).map(|outcome| outcome.unwrap_or(Err(WriteError::Gone)))
            }
            Promise::Refused(error) => Poll::Ready(Err(error.clone())),
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("run", &self.run).finish_non_exhaustive()
    }
}

impl Entry {
    fn size(&self) -> u64 {
        let events: usize = self.events.iter().map(String::len).sum();
        let contents: usize = self.contents.iter().map(|content| content.len()).sum();
        (events + contents) as u64
    }
}

/// What the thread writes with.
struct Pen {
    connection: Connection,
    path: Utf8PathBuf,
    directory: Utf8PathBuf,
    position: Position,
    mark: Mark,
    observed: Observed,
}

fn write_all(mut pen: Pen, entries: &mpsc::Receiver<Entry>) {
    let mut failed: Option<WriteError> = None;
    while let Ok(first) = entries.recv() {
        let batch = gather(first, entries);
        let outcome = match &failed {
            Some(error) => Err(error.clone()),
            None => pen.write(&batch).map_err(|error| WriteError::Failed(Arc::new(error))),
        };
        if let Err(error) = &outcome {
            failed.get_or_insert_with(|| error.clone());
        }
        for entry in batch {
            // Whoever does not wait does not want to know.
            let _ = entry.done.send(outcome.clone());
        }
    }
    if failed.is_none() {
        pen.tidy();
    }
}

/// Everything that waits, up to the size of one commit.
fn gather(first: Entry, entries: &mpsc::Receiver<Entry>) -> Vec<Entry> {
    let mut size = first.size();
    let mut batch = vec![first];
    while size < LARGEST_COMMIT
        && let Ok(entry) = entries.try_recv()
    {
        size += entry.size();
        batch.push(entry);
    }
    batch
}

impl Pen {
    fn write(&mut self, batch: &[Entry]) -> Result<(), JournalError> {
        let needed = space::needed(batch.iter().map(Entry::size).sum());
        if space::free(&self.directory).is_some_and(|free| free < needed) {
            return Err(JournalError::DiskFull { path: self.path.clone(), needed });
        }
        self.commit(batch).map_err(|error| JournalError::sqlite(&self.path, &error))
    }

    fn commit(&mut self, batch: &[Entry]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut position = self.position;
        {
            let insert = "INSERT INTO events (run, seq, at, event) VALUES (?1, ?2, ?3, ?4)";
            let mut insert = transaction.prepare_cached(insert)?;
            for entry in batch {
                for bytes in &entry.contents {
                    content::put(&transaction, bytes)?;
                }
                for event in &entry.events {
                    position.seq += 1;
                    insert.execute((position.run, position.seq.cast_signed(), entry.at, event))?;
                }
            }
        }
        self.observed.commit(transaction)?;
        self.position = position;
        self.mark.set(position);
        Ok(())
    }

    /// Moves the WAL into the database, so that one file holds everything between runs. If a reader is
    /// in the way, or there is no room, the WAL stays, and all is well too.
    fn tidy(&self) {
        let quiet = self.connection.busy_timeout(std::time::Duration::ZERO);
        let moved = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = quiet.and(moved) {
            tracing::debug!(%error, "failed to empty the journal's WAL");
        }
    }
}
