//! What a workflow says about its rollout: waves, limits, windows of time. What follows from it is decided in
//! [`crate::rollout`].

use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::MaxFailures;
use super::model::seconds;

/// In which order and how fast connectors are published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RolloutOptions {
    /// How many connectors each wave has; what no wave takes is one more wave. Empty: one wave of all.
    pub waves: Vec<WaveSize>,
    /// Names of connectors that go into the first wave, globs allowed.
    pub canary: Vec<String>,
    /// How far the pull requests of a wave must be, so that the next one may begin.
    pub advance: Milestone,
    /// How long after that the next wave begins at the earliest.
    #[serde(default, with = "seconds")]
    pub after: Option<Duration>,
    /// Pull requests that may be open at once.
    pub max_open: Option<NonZeroUsize>,
    /// Open pull requests whose checks may be running at once.
    pub max_pending_checks: Option<NonZeroUsize>,
    /// Open pull requests that may be without a review at once.
    pub max_unreviewed: Option<NonZeroUsize>,
    /// How long nothing must have happened on an open pull request, so that it no longer counts against the limits.
    #[serde(default, with = "seconds")]
    pub stuck_after: Option<Duration>,
    /// How many connectors of a wave may fail; with more, no further wave begins.
    pub max_failures: Option<MaxFailures>,
    /// When publications may begin; empty: always.
    pub windows: Vec<Window>,
}

/// How many connectors a wave has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaveSize {
    /// So many.
    Count(NonZeroUsize),
    /// So many of a hundred of all connectors of the run, rounded up; 1 to 100.
    Percent(u8),
    /// All that are left.
    Rest,
}

/// How far a pull request has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Milestone {
    /// It is open.
    Opened,
    /// Its checks have passed.
    #[default]
    Green,
    /// It is merged.
    Merged,
}

impl Milestone {
    /// Every milestone by its name in workflow files.
    pub const ALL: [(&'static str, Self); 3] =
        [("opened", Self::Opened), ("green", Self::Green), ("merged", Self::Merged)];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Green => "green",
            Self::Merged => "merged",
        }
    }
}

/// A time of the week, in which publications may begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Window {
    /// On which days it opens, in the order of the week.
    pub days: Vec<Weekday>,
    /// When it opens, in minutes from midnight by the clock of the zone.
    pub opens: u16,
    /// When it closes, up to 1440; at or before the opening: on the next day.
    pub closes: u16,
    /// The IANA name of the zone.
    pub zone: String,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the days have their own names")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// The days in order, by their names in workflow files.
    pub const ALL: [(&'static str, Self); 7] = [
        ("mon", Self::Mon),
        ("tue", Self::Tue),
        ("wed", Self::Wed),
        ("thu", Self::Thu),
        ("fri", Self::Fri),
        ("sat", Self::Sat),
        ("sun", Self::Sun),
    ];
}
