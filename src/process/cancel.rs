//! Telling running commands to stop.

use tokio::sync::watch;

/// How urgently a command is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Go on.
    Not,
    /// SIGTERM to the group, SIGKILL after the command's grace.
    Gently,
    /// SIGKILL to the group, now.
    Now,
}

/// The side that stops commands. Dropping it stops nothing.
#[derive(Debug, Clone)]
pub struct Canceller(watch::Sender<Stop>);

/// The side that a command listens to; clone it for each command.
#[derive(Debug, Clone)]
pub struct Cancel(watch::Receiver<Stop>);

/// A connected pair.
pub fn cancellation() -> (Canceller, Cancel) {
    let (sender, receiver) = watch::channel(Stop::Not);
    (Canceller(sender), Cancel(receiver))
}

impl Canceller {
    /// Asks every listening command to stop; urgency only ever rises.
    pub fn stop(&self, how: Stop) {
        self.0.send_if_modified(|now| {
            let rises = how > *now;
            *now = how.max(*now);
            rises
        });
    }
}

impl Cancel {
    /// Nothing will ever stop this command but its own end or its timeout.
    pub fn never() -> Self {
        cancellation().1
    }

    /// What is asked for at this moment.
    pub fn requested(&self) -> Stop {
        *self.0.borrow()
    }

    /// Waits until at least this much is asked for; for ever if nobody can ask any more.
    pub async fn at_least(&mut self, how: Stop) {
        if self.0.wait_for(|stop| *stop >= how).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
