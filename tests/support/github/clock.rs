//! The double's own time: the machine's, which a test may move ahead or let run faster.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A clock that starts at the real time and from then on is the double's own.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Timestamp,
    since: Instant,
    ahead: Duration,
    speed: f64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { start: Timestamp::now(), since: Instant::now(), ahead: Duration::ZERO, speed: 1.0 }
    }
}

impl Clock {
    /// The present, to the second, as GitHub tells times.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.precise().as_second()).expect("whole seconds of a time are a time")
    }

    /// The present, for windows of limits.
    pub(crate) fn precise(&self) -> Timestamp {
        self.start + self.since.elapsed().mul_f64(self.speed) + self.ahead
    }

    /// Moves the present ahead.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }

    /// From now on, this many seconds of the double pass in one real second.
    pub(crate) fn run_at(&mut self, speed: f64) {
        let now = self.precise();
        *self = Self { start: now, since: Instant::now(), ahead: Duration::ZERO, speed };
    }
}
