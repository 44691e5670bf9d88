//! When the next call may go out: a fold over the moments of the writes so far. Pure: no clock, no file.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::Outlook;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What lies between the last moment of a window and the first that is out of it.
const TICK: SignedDuration = SignedDuration::from_millis(1);

/// How long a forge that says "too fast" without saying until when is left alone the first time; twice as long each
/// further time. GitHub asks for at least a minute.
const FIRST_PENALTY: SignedDuration = SignedDuration::from_mins(1);

/// The longest a forge is left alone on our own account.
const LONGEST_PENALTY: SignedDuration = HOUR;

/// As many writes as an outlook simulates one by one.
const SIMULATED: u64 = 100_000;

/// How fast writes may follow on each other. The defaults are GitHub's documented limits for content:
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Writes in any 60 seconds.
    pub per_minute: u32,
    /// Writes in any 3600 seconds.
    pub per_hour: u32,
    /// Time from one write to the next, at least.
    pub spacing: Duration,
    /// How long a call waits for its turn at most; one that would have to wait longer fails with
    /// [`super::super::ForgeError::RateLimit`]. `None`: as long as it takes.
    pub patience: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_minute: 80, per_hour: 500, spacing: Duration::from_secs(1), patience: None }
    }
}

/// What a forge counts apart from each other. Content writes are limited across all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::forge) enum Resource {
    /// Calls of the REST interface.
    Core,
    /// Points of the GraphQL interface.
    Graphql,
    /// Everything: a secondary limit was hit.
    All,
}

/// A time in which nothing goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Block {
    /// When it was noted: a clock that was set back is seen by it.
    since: Timestamp,
    until: Timestamp,
}

/// The writes of the last hour, and the times in which nothing may go out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Pace {
    /// The last moment at which each write may have counted, in order.
    writes: Vec<Timestamp>,
    /// When the last one went out.
    last: Option<Timestamp>,
    blocks: BTreeMap<Resource, Block>,
    /// How often in a row a secondary limit was hit.
    strikes: u32,
}

impl Pace {
    /// When the next write may go out, now or later.
    pub(super) fn next(&self, limits: &Limits, resource: Resource, now: Timestamp) -> Timestamp {
        let mut next = self.free(resource, now);
        if let Some(last) = self.last {
            next = next.max(later(last, signed(limits.spacing)));
        }
        for (count, window) in [(limits.per_minute, MINUTE), (limits.per_hour, HOUR)] {
            let count = usize::try_from(count.max(1)).unwrap_or(usize::MAX);
            if let Some(first) = self.writes.len().checked_sub(count) {
                next = next.max(later(self.writes[first], window + TICK));
            }
        }
        next
    }

    /// When the next read may go out, now or later: reads only keep to blocks.
    pub(super) fn free(&self, resource: Resource, now: Timestamp) -> Timestamp {
        let blocks = [Resource::All, resource].into_iter().filter_map(|resource| self.blocks.get(&resource));
        blocks.map(|block| block.until).fold(now, Timestamp::max)
    }

    /// A write goes out.
    pub(super) fn reserve(&mut self, at: Timestamp) {
        self.writes.push(at);
        self.writes.sort_unstable();
        self.last = Some(at);
    }

    /// The write that went out last was answered: until now it may have counted. One that was accepted ends a row of
    /// refusals.
    pub(super) fn settle(&mut self, at: Timestamp, accepted: bool) {
        if let Some(last) = self.writes.last_mut() {
            *last = at.max(*last);
        }
        if accepted {
            self.strikes = 0;
        }
    }

    /// The forge allows no more of this until then.
    pub(super) fn block(&mut self, resource: Resource, now: Timestamp, until: Timestamp) {
        let until = self.blocks.get(&resource).map_or(until, |block| until.max(block.until));
        self.blocks.insert(resource, Block { since: now, until });
    }

    /// A secondary limit was hit; `wait` is what the forge asks for. Each further time in a row without a word from the
    /// forge doubles the wait.
    pub(super) fn punish(&mut self, now: Timestamp, wait: Option<Duration>) {
        // Calls that were under way together are told together; they are one hit.
        let already = self.blocks.get(&Resource::All).is_some_and(|block| block.until > now);
        if !already || self.strikes == 0 {
            self.strikes = self.strikes.saturating_add(1);
        }
        let doubled = FIRST_PENALTY * 2_i32.saturating_pow(self.strikes.saturating_sub(1).min(10));
        let wait = wait.map_or(doubled.min(LONGEST_PENALTY), signed);
        self.block(Resource::All, now, later(now, wait));
    }

    /// Forgets what no longer counts, and brings what lies in the future back to now: a clock that was set back would
    /// make it count for ever. Returns whether anything changed.
    pub(super) fn catch_up(&mut self, now: Timestamp) -> bool {
        let before = self.clone();
        self.writes.iter_mut().chain(&mut self.last).for_each(|moment| *moment = (*moment).min(now));
        self.writes.retain(|moment| now.duration_since(*moment) <= HOUR);
        self.blocks.values_mut().filter(|block| block.since > now).for_each(|block| {
            let length = block.until.duration_since(block.since);
            *block = Block { since: now, until: later(now, length) };
        });
        self.blocks.retain(|_, block| block.until > now);
        *self != before
    }

    /// When so many writes go out if they go out as early as they may.
    pub(super) fn outlook(&self, limits: &Limits, now: Timestamp, writes: u64) -> Outlook {
        let mut pace = self.clone();
        pace.catch_up(now);
        let next = pace.next(limits, Resource::Core, now);
        let mut last = next;
        for _ in 0..writes.min(SIMULATED) {
            last = pace.next(limits, Resource::Core, last);
            pace.reserve(last);
        }
        Outlook { next, last }
    }

    /// How many writes went out in the last minute and in the last hour.
    pub(super) fn spent(&self, now: Timestamp) -> (usize, usize) {
        let within = |window| self.writes.iter().filter(|moment| now.duration_since(**moment) <= window).count();
        (within(MINUTE), within(HOUR))
    }

    /// Until when everything is blocked, if it is.
    pub(super) fn blocked(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.free(Resource::All, now)).filter(|until| *until > now)
    }
}

/// A moment so much later; at the end of time, the end of time.
pub(super) fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(HOUR)
}
