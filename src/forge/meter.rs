//! How long a call has worked: the time that it was given, without what it has waited for its turn.
//!
//! A forge limits how fast calls may follow on each other, so that one of hundreds waits for minutes or hours before it
//! goes out. Whoever limits the time of a call means the call. Calls that are asked together wait together.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    /// The calls that the present task works for.
    static METERS: Meters;
}

/// The meters of calls that are made as one.
#[derive(Debug, Clone, Default)]
pub(super) struct Meters(Vec<Arc<Meter>>);

/// What one call has waited.
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<Waits>);

#[derive(Debug, Default)]
struct Waits {
    /// How many waits it is in: several questions of one call may wait at a time.
    depth: usize,
    since: Option<Instant>,
    total: Duration,
}

impl Meter {
    fn change(&self, change: impl FnOnce(&mut Waits)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// All that was waited until now.
    fn waited(&self) -> Duration {
        let waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waits.total + waits.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// A wait, until it is dropped.
struct Waiting(Meters);

impl Waiting {
    fn begin(meters: Meters) -> Self {
        for meter in &meters.0 {
            meter.change(|waits| {
                waits.depth += 1;
                waits.since = waits.since.or_else(|| Some(Instant::now()));
            });
        }
        Self(meters)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        for meter in &self.0.0 {
            meter.change(|waits| {
                waits.depth -= 1;
                if waits.depth == 0
                    && let Some(since) = waits.since.take()
                {
                    waits.total += since.elapsed();
                }
            });
        }
    }
}

impl Meters {
    /// Those of the present task.
    pub(super) fn current() -> Self {
        METERS.try_with(Self::clone).unwrap_or_default()
    }

    /// These and others, as one.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Lets a task work for these calls.
    pub(super) async fn work<T>(self, task: impl Future<Output = T>) -> T {
        METERS.scope(self, task).await
    }
}

/// Waits for a turn: what it takes is not the call's.
pub(super) async fn waiting<T>(turn: impl Future<Output = T>) -> T {
    let _waiting = Waiting::begin(Meters::current());
    turn.await
}

/// Gives a call so much time to work; `None` if that was not enough. What it waits for its turn with the forge does not
/// count.
pub async fn timed<T>(limit: Duration, call: impl Future<Output = T>) -> Option<T> {
    let (meter, started) = (Arc::new(Meter::default()), Instant::now());
    let mut call = std::pin::pin!(METERS.scope(Meters(vec![Arc::clone(&meter)]), call));
    loop {
        let worked = started.elapsed().saturating_sub(meter.waited());
        let left = limit.checked_sub(worked).filter(|left| !left.is_zero())?;
        tokio::select! {
            biased;
            done = &mut call => return Some(done),
            // Looked at again then: it may have waited meanwhile.
            () = tokio::time::sleep(left) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const SHORT: Duration = Duration::from_millis(60);
    const LONG: Duration = Duration::from_millis(200);

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn work_counts_and_waiting_does_not() {
        run(async {
            assert_eq!(timed(SHORT, async { 1 }).await, Some(1));
            assert_eq!(timed(SHORT, sleep(LONG)).await, None);
            assert_eq!(timed(SHORT, waiting(sleep(LONG))).await, Some(()));
            let both = async {
                waiting(sleep(LONG)).await;
                sleep(LONG).await;
            };
            assert_eq!(timed(SHORT, both).await, None, "what comes after the wait counts again");
        });
    }

    #[test]
    fn a_wait_of_a_task_that_works_for_several_calls_is_each_ones() {
        run(async {
            let one = async {
                let mine = Meters::current();
                let other = Meters::default();
                tokio::spawn(mine.and(other).work(waiting(sleep(LONG)))).await.unwrap();
            };
            assert_eq!(timed(SHORT, one).await, Some(()));
        });
    }
}
