//! A hook around every commit, for tests that kill the process there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A moment around a commit. Commits are counted from 1 for each opened journal; making a run is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WritePoint {
    /// Everything is prepared, nothing is durable.
    Before(u64),
    /// The commit is durable; nobody has been told.
    After(u64),
}

/// What is called at each [`WritePoint`], on the thread that writes.
pub type WriteObserver = Arc<dyn Fn(WritePoint) + Send + Sync>;

/// The hook with its counter.
#[derive(Clone, Default)]
pub(super) struct Observed {
    observer: Option<WriteObserver>,
    commits: Arc<AtomicU64>,
}

impl Observed {
    pub(super) fn new(observer: WriteObserver) -> Self {
        Self { observer: Some(observer), commits: Arc::default() }
    }

    /// Commits, with the hook called before and after.
    pub(super) fn commit(&self, transaction: rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
        let number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        self.call(WritePoint::Before(number));
        transaction.commit()?;
        self.call(WritePoint::After(number));
        Ok(())
    }

    fn call(&self, point: WritePoint) {
        if let Some(observer) = &self.observer {
            observer(point);
        }
    }
}
