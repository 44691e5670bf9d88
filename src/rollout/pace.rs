//! How fast writes may follow on each other, for the simulation: so many in any minute, so many in any hour.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// The writes that have been simulated, under the limits of a forge.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    limits: Vec<(usize, SignedDuration)>,
    spacing: SignedDuration,
    /// The moments of the writes, in order; as many as the largest limit looks back on.
    sent: VecDeque<Timestamp>,
}

impl Pace {
    /// Nothing limits the writes.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// At most so many in any 60 seconds and so many in any 3600, each so long after the one before. None goes out
    /// before `from`.
    pub fn new(per_minute: usize, per_hour: usize, spacing: SignedDuration) -> Self {
        let minute = SignedDuration::from_mins(1);
        let hour = SignedDuration::from_hours(1);
        Self { limits: vec![(per_minute.max(1), minute), (per_hour.max(1), hour)], spacing, sent: VecDeque::new() }
    }

    /// When a write goes out that is asked for at this time, after all that were asked for before.
    pub fn write(&mut self, asked: Timestamp) -> Timestamp {
        let after = |at: &Timestamp, pause: SignedDuration| at.checked_add(pause).unwrap_or(Timestamp::MAX);
        let spaced = self.sent.back().map(|last| after(last, self.spacing));
        let windows = self.limits.iter().filter_map(|(most, span)| {
            let first = self.sent.len().checked_sub(*most)?;
            Some(after(self.sent.get(first)?, *span))
        });
        let at = windows.chain(spaced).fold(asked, Timestamp::max);
        self.sent.push_back(at);
        let kept = self.limits.iter().map(|(most, _)| *most).max().unwrap_or(1);
        while self.sent.len() > kept {
            self.sent.pop_front();
        }
        at
    }
}
