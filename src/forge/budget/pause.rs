//! How time is let pass: a trait, so that tests need not wait for real limits.

use std::time::Duration;

use super::super::BoxFuture;

/// Lets time pass.
pub trait Pause: Send + Sync {
    /// Ends after so much time.
    fn pause(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// Waits on the machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealPause;

impl Pause for RealPause {
    fn pause(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}
