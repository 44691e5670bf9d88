//! One budget of calls for each host and credential, kept between runs and shared by processes.
//!
//! Forges limit how much content one credential may make, whoever uses it. So writes go out one after another, each
//! when its turn has come, and each is written down before it goes out; what the forge says of its limits counts for
//! everybody. What a write is, and how a forge says that it is too much, is not known here.

mod ledger;
mod pace;
mod pause;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::base::Clock;

use super::meter::waiting;
use super::{ForgeError, Outlook};
use ledger::Ledger;
use pace::Pace;

pub use pace::Limits;
pub(in crate::forge) use pace::Resource;
pub use pause::{Pause, RealPause};

/// The longest pause without looking again: other processes, sleep of the machine and changed clocks are seen then.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often it is looked whether another process has ended its write.
const LOOK: Duration = Duration::from_millis(20);

/// How long another process may take for one write: longer than any call is given.
const LONGEST_TURN: Duration = Duration::from_mins(3);

/// The calls that one credential may make on one host.
pub(in crate::forge) struct Budget {
    ledger: Ledger,
    limits: Limits,
    clock: Arc<dyn Clock>,
    pause: Arc<dyn Pause>,
    /// Whoever waits for a turn in this process, in order.
    queue: tokio::sync::Mutex<()>,
    /// As it was read last.
    seen: Mutex<Pace>,
    /// Whether nothing is to wait here any more.
    stopped: watch::Sender<bool>,
}

/// The right to make one write, which has been counted. To be given back to [`Budget::settle`] once it was answered.
pub(in crate::forge) struct Turn<'a> {
    _file: File,
    _queue: tokio::sync::MutexGuard<'a, ()>,
}

/// What a forge says of its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::forge) enum Told {
    /// Too much at once; wait, for so long if it says how long.
    Slower(Option<Duration>),
    /// No calls of this kind are left for so long.
    Spent(Resource, Duration),
}

impl Budget {
    /// The budget in this directory. The name stands for host and credential, and is part of a file's name.
    pub(in crate::forge) fn new(
        directory: &Utf8Path,
        name: &str,
        limits: Limits,
        clock: Arc<dyn Clock>,
        pause: Arc<dyn Pause>,
    ) -> Self {
        let ledger = Ledger::new(directory, name);
        let seen = Mutex::new(ledger.look().unwrap_or_default());
        let (queue, stopped) = (tokio::sync::Mutex::new(()), watch::Sender::new(false));
        Self { ledger, limits, clock, pause, queue, seen, stopped }
    }

    /// Lets no further write go out, and nobody wait any longer: [`ForgeError::Stopped`].
    pub(in crate::forge) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    fn go_on(&self) -> Result<(), ForgeError> {
        if *self.stopped.borrow() { Err(ForgeError::Stopped) } else { Ok(()) }
    }

    /// Waits until a write may go out, and counts it.
    pub(in crate::forge) async fn turn(&self, resource: Resource) -> Result<Turn<'_>, ForgeError> {
        waiting(self.next_turn(resource)).await
    }

    async fn next_turn(&self, resource: Resource) -> Result<Turn<'_>, ForgeError> {
        let queue = self.queue.lock().await;
        loop {
            let file = self.exclusive().await?;
            self.go_on()?;
            let now = self.clock.now();
            let limits = self.limits;
            let next = self
                .change(move |pace| {
                    let next = pace.next(&limits, resource, now);
                    if next <= now {
                        pace.reserve(now);
                    }
                    next
                })
                .await?;
            if next <= now {
                return Ok(Turn { _file: file, _queue: queue });
            }
            // Not while waiting: whoever is stopped while it waits would stop everybody.
            drop(file);
            self.wait_until(next, now).await?;
        }
    }

    /// A write was answered, or will not be; `accepted` unless the forge said that it is too much.
    pub(in crate::forge) async fn settle(&self, turn: Turn<'_>, accepted: bool) -> Result<(), ForgeError> {
        let now = self.clock.now();
        let settled = self.change(move |pace| pace.settle(now, accepted)).await;
        drop(turn);
        settled
    }

    /// Waits until a read may go out: at once, unless the forge asked for a rest.
    pub(in crate::forge) async fn read(&self, resource: Resource) -> Result<(), ForgeError> {
        loop {
            let now = self.clock.now();
            // Blocks by other processes are seen when they are met; reads cost no look at the disk each.
            let free = self.seen().free(resource, now);
            if free <= now {
                return Ok(());
            }
            waiting(self.wait_until(free, now)).await?;
            self.change(|_| ()).await?;
        }
    }

    /// Keeps what the forge said of its limits, for everybody.
    pub(in crate::forge) async fn note(&self, told: Told) -> Result<(), ForgeError> {
        let now = self.clock.now();
        self.change(move |pace| match told {
            Told::Slower(wait) => pace.punish(now, wait),
            Told::Spent(resource, wait) => {
                let wait = jiff::SignedDuration::try_from(wait).unwrap_or(jiff::SignedDuration::from_hours(1));
                pace.block(resource, now, pace::later(now, wait));
            }
        })
        .await
    }

    /// When so many writes could go out from now on, by what the file says.
    pub(in crate::forge) fn outlook(&self, writes: u64) -> Outlook {
        let pace = self.ledger.look().unwrap_or_else(|| self.seen());
        pace.outlook(&self.limits, self.clock.now(), writes)
    }

    /// What has been spent, for people.
    pub(in crate::forge) fn spent(&self) -> Spent {
        let pace = self.ledger.look().unwrap_or_else(|| self.seen());
        let now = self.clock.now();
        let (minute, hour) = pace.spent(now);
        Spent { minute, hour, limits: self.limits, blocked: pace.blocked(now), path: self.ledger.path() }
    }

    /// How time is let pass here.
    pub(in crate::forge) fn pause(&self) -> &dyn Pause {
        self.pause.as_ref()
    }

    async fn exclusive(&self) -> Result<File, ForgeError> {
        let mut waited = Duration::ZERO;
        loop {
            self.go_on()?;
            if let Some(file) = self.ledger.try_turn()? {
                return Ok(file);
            }
            if waited >= LONGEST_TURN {
                return Err(ForgeError::RateLimit { retry_after: Some(LONGEST_TURN) });
            }
            // Another process's call takes the time of the real world, whatever the injected clock says.
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
    }

    async fn wait_until(&self, at: Timestamp, now: Timestamp) -> Result<(), ForgeError> {
        let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
        if self.limits.patience.is_some_and(|patience| wait > patience) {
            return Err(ForgeError::RateLimit { retry_after: Some(wait) });
        }
        let mut stopped = self.stopped.subscribe();
        tokio::select! {
            () = self.pause.pause(wait.min(LONGEST_PAUSE)) => {}
            // The other end is this budget's own.
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        self.go_on()
    }

    /// A change of the file, brought up to now first; off the threads that must not wait for a disk.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Pace) -> T + Send + 'static,
    ) -> Result<T, ForgeError> {
        let (ledger, now) = (self.ledger.clone(), self.clock.now());
        let changed = tokio::task::spawn_blocking(move || {
            ledger.change(|pace| {
                pace.catch_up(now);
                change(pace)
            })
        });
        let (result, pace) = changed.await.expect("changing the budget does not panic")?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = pace;
        Ok(result)
    }

    fn seen(&self) -> Pace {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What has been spent of a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::forge) struct Spent {
    pub(in crate::forge) minute: usize,
    pub(in crate::forge) hour: usize,
    pub(in crate::forge) limits: Limits,
    pub(in crate::forge) blocked: Option<Timestamp>,
    pub(in crate::forge) path: Utf8PathBuf,
}
