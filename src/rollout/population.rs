//! What is known of a run's pull requests when somebody asks whether another may be opened.

use jiff::Timestamp;

/// Every unit of a run, and what was noted of its waves.
#[derive(Debug, Clone, Copy)]
pub struct Population<'a> {
    /// The units, in the order of the run.
    pub members: &'a [Member],
    /// When each wave was found to be done, as far as they are: noted once, and not taken back.
    pub done: &'a [Timestamp],
}

/// One unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Member {
    /// How far its pull request is.
    pub stage: Stage,
    /// Whether it has failed, at whatever stage.
    pub failed: bool,
    /// Whether it is in a person's hands.
    pub held: bool,
}

/// How far a unit's pull request is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing of it is published.
    #[default]
    NotBegun,
    /// It was let through, and its pull request is not there yet.
    Begun,
    /// Its pull request is open.
    Open(Open),
    /// Its pull request is merged.
    Merged,
    /// There will be no pull request: nothing has changed, or it was closed.
    Gone,
}

/// An open pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// When anything was last done to it.
    pub last_activity: Timestamp,
    /// Its checks.
    pub checks: Checks,
    /// Whether anybody has reviewed it, whatever they said.
    pub reviewed: bool,
}

/// Where an open pull request's checks stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checks {
    /// Some have not ended.
    Pending,
    /// All that count have passed.
    Green,
    /// One that counts has failed.
    Red,
}
