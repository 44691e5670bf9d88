//! What a simulation comes to: when each wave is opened and merged.

use jiff::Timestamp;

use crate::event::Waiting;

/// When a rollout would be where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable {
    /// The waves that publish anything, in order.
    pub waves: Vec<WaveTimes>,
    /// Pull requests that are opened.
    pub pull_requests: usize,
    /// Writes to the forge in all.
    pub writes: usize,
    /// When the first write goes out, and the last.
    pub publishing: Option<(Timestamp, Timestamp)>,
    /// What the rest would wait for without end, if the rollout comes to a halt.
    pub halted: Option<Waiting>,
}

impl Timetable {
    /// When the last pull request would be merged.
    pub fn ends(&self) -> Option<Timestamp> {
        self.waves.iter().filter_map(|wave| wave.ends).max()
    }
}

/// One wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaveTimes {
    /// Its number, from 1.
    pub wave: usize,
    /// How many pull requests it has.
    pub connectors: usize,
    /// When its first pull request is opened.
    pub begins: Option<Timestamp>,
    /// When its last pull request is opened.
    pub opened: Option<Timestamp>,
    /// When its last pull request is merged.
    pub ends: Option<Timestamp>,
}
