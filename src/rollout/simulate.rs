//! The rollout on a simulated clock: what happens if all goes as is assumed. Who may begin is decided by
//! [`Rollout::decide`], as in a run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use jiff::Timestamp;

use super::{Checks, Decision, Member, Open, Pace, Population, Rollout, Stage, Timetable, WaveTimes, later};
use crate::event::Waiting;

/// How long things take that nobody can know beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumptions {
    /// From the opening of a pull request to the end of its checks.
    pub checks: Duration,
    /// From the opening of a pull request to its approval.
    pub review: Duration,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self { checks: Duration::from_mins(20), review: Duration::from_hours(4) }
    }
}

/// What a unit writes to the forge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Writes until its pull request is open with all that belongs to it.
    pub opening: usize,
    /// Writes once its checks have passed and it is approved. Without any, a person merges it then.
    pub merging: usize,
}

/// What happens at a moment of the simulation, in the order in which it does at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Opened,
    Checked,
    Reviewed,
    Merged,
}

/// The simulated world.
struct World<'a> {
    rollout: &'a Rollout,
    work: &'a [Option<Work>],
    assumptions: Assumptions,
    pace: Pace,
    members: Vec<Member>,
    done: Vec<Timestamp>,
    to_come: BinaryHeap<Reverse<(Timestamp, Happening, usize)>>,
    /// How many of [`Rollout::turns`] had their turn.
    turned: usize,
    table: Timetable,
}

/// Simulates a rollout from this moment on. `work` has an entry for each unit: `None` for one that publishes nothing.
pub fn simulate(
    rollout: &Rollout,
    work: &[Option<Work>],
    start: Timestamp,
    pace: Pace,
    assumptions: Assumptions,
) -> Timetable {
    let mut world = World::new(rollout, work, pace, assumptions);
    let mut now = start;
    loop {
        let waiting = world.admit(now);
        let wakes = waiting.as_ref().and_then(|waiting| waiting.until);
        let happens = world.to_come.peek().map(|Reverse((at, ..))| *at);
        let Some(next) = [happens, wakes].into_iter().flatten().min() else {
            world.table.halted = waiting;
            break;
        };
        now = now.max(next);
        world.happen(now);
    }
    world.table.waves.retain(|wave| wave.connectors > 0);
    world.table
}

impl<'a> World<'a> {
    fn new(rollout: &'a Rollout, work: &'a [Option<Work>], pace: Pace, assumptions: Assumptions) -> Self {
        let stage = |work: &Option<Work>| if work.is_some() { Stage::NotBegun } else { Stage::Gone };
        let members = work.iter().map(|work| Member { stage: stage(work), ..Member::default() }).collect();
        let waves = (0..rollout.waves()).map(|wave| {
            let publishes = |unit: &&usize| rollout.wave_of(**unit) == wave && work[**unit].is_some();
            let connectors = rollout.turns().iter().filter(publishes).count();
            WaveTimes { wave: wave + 1, connectors, begins: None, opened: None, ends: None }
        });
        let table = Timetable {
            waves: waves.collect(),
            pull_requests: work.iter().flatten().count(),
            writes: 0,
            publishing: None,
            halted: None,
        };
        let to_come = BinaryHeap::new();
        Self { rollout, work, assumptions, pace, members, done: Vec::new(), to_come, turned: 0, table }
    }

    /// Lets in whoever may begin now; why the next one may not, if there is one.
    fn admit(&mut self, now: Timestamp) -> Option<Waiting> {
        while let Some(&unit) = self.rollout.turns().get(self.turned) {
            let Some(work) = self.work[unit] else {
                self.turned += 1;
                continue;
            };
            while self.rollout.next_wave_is_done(&Population { members: &self.members, done: &self.done }) {
                self.done.push(now);
            }
            let population = Population { members: &self.members, done: &self.done };
            match self.rollout.decide(&population, unit, now) {
                Decision::Admit => self.begin(unit, work, now),
                Decision::Wait(waiting) | Decision::Stop(waiting) => return Some(waiting),
            }
            self.turned += 1;
        }
        None
    }

    fn begin(&mut self, unit: usize, work: Work, now: Timestamp) {
        self.members[unit].stage = Stage::Begun;
        let opened = self.write(work.opening, now);
        self.to_come.push(Reverse((opened, Happening::Opened, unit)));
    }

    /// So many writes from now on; when the last of them goes out.
    fn write(&mut self, writes: usize, now: Timestamp) -> Timestamp {
        let mut at = now;
        for _ in 0..writes {
            at = self.pace.write(at);
            let first = self.table.publishing.map_or(at, |(first, _)| first);
            self.table.publishing = Some((first, at));
        }
        self.table.writes += writes;
        at
    }

    /// Everything that happens up to now.
    fn happen(&mut self, now: Timestamp) {
        while let Some(Reverse((at, happening, unit))) =
            self.to_come.peek().copied().filter(|Reverse((at, ..))| *at <= now)
        {
            self.to_come.pop();
            let wave = self.rollout.wave_of(unit);
            let times = &mut self.table.waves[wave];
            match (happening, &mut self.members[unit].stage) {
                (Happening::Opened, stage) => {
                    *stage = Stage::Open(Open { last_activity: at, checks: Checks::Pending, reviewed: false });
                    times.begins = times.begins.or(Some(at));
                    times.opened = Some(at);
                    let Assumptions { checks, review } = self.assumptions;
                    self.to_come.push(Reverse((later(at, checks), Happening::Checked, unit)));
                    self.to_come.push(Reverse((later(at, review), Happening::Reviewed, unit)));
                }
                (Happening::Merged, stage) => {
                    *stage = Stage::Merged;
                    times.ends = times.ends.max(Some(at));
                }
                (Happening::Checked | Happening::Reviewed, Stage::Open(open)) => {
                    open.last_activity = at;
                    if happening == Happening::Checked {
                        open.checks = Checks::Green;
                    } else {
                        open.reviewed = true;
                    }
                    if open.checks == Checks::Green && open.reviewed {
                        let merged = self.write(self.work[unit].unwrap_or_default().merging, at);
                        self.to_come.push(Reverse((merged, Happening::Merged, unit)));
                    }
                }
                _ => {}
            }
        }
    }
}
