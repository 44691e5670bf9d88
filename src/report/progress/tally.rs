//! What the displays remember of what they were told.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::engine::Progress;
use crate::event::{Counts, Event, StepIndex, UnitIndex};

/// A unit that is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Busy {
    /// When its work began.
    pub(super) since: Instant,
    /// The step that it is at, when that began, and whether it waits for another try.
    pub(super) step: Option<(StepIndex, Instant, bool)>,
}

/// Counts and clocks of one process's work on a run.
#[derive(Debug)]
pub(super) struct Tally {
    begun_at: Instant,
    /// At their end before this process; `None` until that is known.
    before: Option<usize>,
    counts: Counts,
    busy: BTreeMap<UnitIndex, Busy>,
    waiting: HashSet<UnitIndex>,
    paced: Option<Timestamp>,
    said: HashSet<String>,
}

impl Tally {
    /// Begins to count. `before`: how many units were at their end already; the first end tells it otherwise.
    pub(super) fn new(now: Instant, before: Option<usize>) -> Self {
        Self {
            begun_at: now,
            before,
            counts: Counts::default(),
            busy: BTreeMap::new(),
            waiting: HashSet::new(),
            paced: None,
            said: HashSet::new(),
        }
    }

    /// Takes what happened; how long a unit took that is at its end.
    pub(super) fn take(&mut self, progress: &Progress<'_>, now: Instant) -> Option<Duration> {
        match progress {
            Progress::Working { unit, step } => {
                self.waiting.remove(unit);
                let busy = self.busy.entry(*unit).or_insert(Busy { since: now, step: None });
                busy.step = step.map(|step| (step, now, false));
                None
            }
            Progress::Event(event) => {
                self.event(event, now);
                None
            }
            Progress::Moved { .. } => None,
            Progress::Waits { unit, .. } => {
                self.waiting.insert(*unit);
                self.busy.remove(unit);
                None
            }
            Progress::Paced { until } => {
                self.paced = Some(*until);
                None
            }
            Progress::Ended { unit, outcome, state } => {
                self.waiting.remove(unit);
                if self.before.is_none() {
                    // Asked once: counting walks over the whole run.
                    self.before = Some(state.counts().ended().saturating_sub(1));
                }
                self.counts.add(outcome);
                self.busy.remove(unit).map(|busy| now.saturating_duration_since(busy.since))
            }
        }
    }

    fn event(&mut self, event: &Event, now: Instant) {
        let (unit, step, waits) = match event {
            Event::Succeeded { unit, step, .. } | Event::Skipped { unit, step, .. } => (unit, step, false),
            Event::Failed { unit, step, retry_in, .. } => (unit, step, retry_in.is_some()),
            _ => return,
        };
        let Some(busy) = self.busy.get_mut(unit) else { return };
        if waits {
            busy.step = Some((*step, now, true));
        } else if busy.step.is_some_and(|(at, ..)| at == *step) {
            busy.step = None;
        }
        if *unit == UnitIndex::RUN && !waits {
            self.busy.remove(unit);
        }
    }

    /// Whether this is said for the first time.
    pub(super) fn first(&mut self, key: String) -> bool {
        self.said.insert(key)
    }

    /// Units at their end, those of before included.
    pub(super) fn ended(&self) -> usize {
        self.before.unwrap_or(0) + self.counts.ended()
    }

    /// Units that came to their end before this process.
    pub(super) fn before(&self) -> usize {
        self.before.unwrap_or(0)
    }

    /// The outcomes of this process.
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many units wait for the world.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// When the forge's limits let the next write go out, as was told last.
    pub(super) fn paced(&self) -> Option<Timestamp> {
        self.paced
    }

    /// What is worked on: steps that take time first, the longest first.
    pub(super) fn busy(&self) -> Vec<(UnitIndex, Busy)> {
        let mut busy: Vec<(UnitIndex, Busy)> = self.busy.iter().map(|(unit, busy)| (*unit, *busy)).collect();
        busy.sort_by_key(|(unit, busy)| {
            (busy.step.is_none_or(|(.., waits)| waits), busy.step.is_none(), busy.since, *unit)
        });
        busy
    }

    /// How long this process works.
    pub(super) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.begun_at)
    }

    /// How long it will take to the end, if it goes on as it did; `None` while that would be a guess.
    pub(super) fn expected(&self, total: usize, now: Instant) -> Option<Duration> {
        let done = self.counts.ended();
        let left = total.saturating_sub(self.ended());
        if done < 3 || left == 0 {
            return None;
        }
        let each = self.elapsed(now).as_secs_f64() / f64::from(u32::try_from(done).ok()?);
        Duration::try_from_secs_f64(each * f64::from(u32::try_from(left).ok()?)).ok()
    }
}
