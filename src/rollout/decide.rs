//! Whether a unit may be published now: one function of the options, the population and the time.

use jiff::Timestamp;

use super::{Checks, Member, Open, Population, Rollout, Stage, later, window};
use crate::base::count;
use crate::event::{Waiting, WaitsFor};
use crate::workflow::{MaxFailures, Milestone};

/// What is said to a unit that is about to be published for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Go.
    Admit,
    /// Not yet, for this reason.
    Wait(Waiting),
    /// Not in this run as it stands: too much has failed before.
    Stop(Waiting),
}

/// How much of what is limited there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    open: usize,
    pending_checks: usize,
    unreviewed: usize,
    /// When the first of those that count is stuck.
    frees_at: Option<Timestamp>,
}

impl Rollout {
    /// Whether this unit may be published now. Whoever was admitted counts as [`Stage::Begun`] from then on and is not
    /// asked about again. A `until` of the answer lies after `now`.
    pub fn decide(&self, population: &Population<'_>, unit: usize, now: Timestamp) -> Decision {
        let wave = self.wave_of(unit);
        if let Some(stop) = (0..wave).find_map(|before| self.over_budget(population, before)) {
            return Decision::Stop(stop);
        }
        let waits = self
            .waits_for_wave(population, wave, now)
            .or_else(|| self.waits_for_window(now))
            .or_else(|| self.waits_for_limit(population, now));
        waits.map_or(Decision::Admit, Decision::Wait)
    }

    /// Whether the first wave that was not noted as done is done now, so that it is to be noted. The last one never is:
    /// nothing follows from it.
    pub fn next_wave_is_done(&self, population: &Population<'_>) -> bool {
        let wave = population.done.len();
        if wave + 1 >= self.waves() || self.over_budget(population, wave).is_some() {
            return false;
        }
        let tolerates_red = self.options().max_failures.is_some();
        self.members(population, wave).all(|member| {
            let out = member.failed || member.held || member.stage == Stage::Gone;
            out || self.has_arrived(member) || (tolerates_red && is_red(member))
        })
    }

    /// Whether facts about pull requests that no journal knows can change a decision.
    pub fn needs_facts(&self) -> bool {
        let options = self.options();
        let limits = [options.max_open, options.max_pending_checks, options.max_unreviewed];
        let looks_at_waves =
            self.waves() > 1 && (options.advance > Milestone::Opened || options.max_failures.is_some());
        looks_at_waves || limits.iter().any(Option::is_some)
    }

    fn members<'a>(&'a self, population: &Population<'a>, wave: usize) -> impl Iterator<Item = &'a Member> {
        let members = population.members.iter().enumerate();
        members.filter(move |(unit, _)| self.wave_of(*unit) == wave).map(|(_, member)| member)
    }

    fn has_arrived(&self, member: &Member) -> bool {
        match (member.stage, self.options().advance) {
            (Stage::Merged, _) | (Stage::Open(_), Milestone::Opened) => true,
            (Stage::Open(open), Milestone::Green) => open.checks == Checks::Green,
            _ => false,
        }
    }

    /// Why nothing after this wave begins, if too many in it have failed. Where no budget is given, one that did not
    /// fail is enough.
    fn over_budget(&self, population: &Population<'_>, wave: usize) -> Option<Waiting> {
        let size = self.size_of(wave);
        let budget = self.options().max_failures;
        let most = match budget {
            Some(MaxFailures::Count(most)) => most.get(),
            Some(MaxFailures::Percent(percent)) => size * usize::from(percent) / 100,
            None => size - 1,
        };
        let failed = |member: &&Member| member.failed || (budget.is_some() && is_red(member));
        let failures = self.members(population, wave).filter(failed).count();
        (failures > most).then(|| {
            let detail = format!("wave {}, in which {failures} of {size} failed; at most {most} may", wave + 1);
            Waiting::new(WaitsFor::Rollout, detail)
        })
    }

    fn waits_for_wave(&self, population: &Population<'_>, wave: usize, now: Timestamp) -> Option<Waiting> {
        let before = wave.checked_sub(1)?;
        let Some(done) = population.done.get(before) else {
            let current = population.done.len();
            let state = match self.options().advance {
                Milestone::Opened => "open",
                Milestone::Green => "green",
                Milestone::Merged => "merged",
            };
            let detail = format!("wave {} of {}, which is not all {state}", current + 1, self.waves());
            return Some(Waiting::new(WaitsFor::Rollout, detail));
        };
        let begins = later(*done, self.options().after?);
        (now < begins).then(|| {
            let detail = format!("wave {} of {}, which begins on {}", wave + 1, self.waves(), self.words(begins));
            Waiting::new(WaitsFor::Rollout, detail).until(begins)
        })
    }

    fn waits_for_window(&self, now: Timestamp) -> Option<Waiting> {
        if self.windows.is_empty() || self.windows.iter().any(|window| window.is_open(now)) {
            return None;
        }
        let waiting = |detail| Waiting::new(WaitsFor::Rollout, detail);
        Some(match window::next(&self.windows, now) {
            Some((opens, window)) => waiting(format!("the window that opens on {}", window.words(opens))).until(opens),
            None => waiting("a window of time, and none will open".to_owned()),
        })
    }

    fn waits_for_limit(&self, population: &Population<'_>, now: Timestamp) -> Option<Waiting> {
        let options = self.options();
        let tally = self.tally(population, now);
        let limits = [
            (tally.open, options.max_open, "be open", "max-open"),
            (tally.pending_checks, options.max_pending_checks, "have checks running", "max-pending-checks"),
            (tally.unreviewed, options.max_unreviewed, "be without a review", "max-unreviewed"),
        ];
        let (most, what, key) = limits
            .into_iter()
            .find_map(|(now, most, what, key)| most.filter(|most| now >= most.get()).map(|most| (most, what, key)))?;
        let detail = format!("its turn: at most {} may {what} (`{key}`)", count(most.get(), "pull request"));
        let waiting = Waiting::new(WaitsFor::Rollout, detail);
        Some(match tally.frees_at {
            Some(at) => waiting.until(at),
            None => waiting,
        })
    }

    /// What counts against the limits: every pull request on its way or open, unless it is stuck.
    fn tally(&self, population: &Population<'_>, now: Timestamp) -> Tally {
        let mut tally = Tally::default();
        for member in population.members {
            let open = match member.stage {
                Stage::Begun if !member.failed && !member.held => None,
                Stage::Open(open) => Some(open),
                _ => continue,
            };
            let stuck_at = open.zip(self.options().stuck_after).map(|(open, after)| later(open.last_activity, after));
            if stuck_at.is_some_and(|at| at <= now) {
                continue;
            }
            tally.open += 1;
            tally.pending_checks += usize::from(open.is_none_or(|open| open.checks == Checks::Pending));
            tally.unreviewed += usize::from(open.is_none_or(|open: Open| !open.reviewed));
            tally.frees_at = [tally.frees_at, stuck_at].into_iter().flatten().min();
        }
        tally
    }

    /// A moment in the words of the rollout's own zone, if its windows have one.
    fn words(&self, at: Timestamp) -> String {
        match self.windows.first() {
            Some(window) => window.words(at),
            None => at.strftime("%a %Y-%m-%d %H:%M (UTC)").to_string(),
        }
    }
}

fn is_red(member: &Member) -> bool {
    matches!(member.stage, Stage::Open(open) if open.checks == Checks::Red)
}
