//! What every format says of a run, worked out once: the rows, the causes of failures, the warnings.

use crate::base::{StepId, count};
use crate::event::{Counts, Failure, UnitOutcome};

use super::super::causes::{Cause, causes};
use super::super::line::Alike;
use super::super::run::{Facts, UnitFacts, numbers, run_failure, units, warnings};
use super::outcome::{KINDS, Kind, number, rank};

/// A run, ready to be written down.
pub(super) struct Sheet<'a> {
    pub(super) facts: Facts<'a>,
    pub(super) units: Vec<UnitFacts<'a>>,
    pub(super) counts: Counts,
}

impl<'a> Sheet<'a> {
    pub(super) fn of(facts: &Facts<'a>) -> Self {
        Self { facts: *facts, units: units(facts), counts: facts.state.counts() }
    }

    /// `Run 20261122-094500-3f9a of migrate-to-base-image has ended with failures`.
    pub(super) fn title(&self) -> String {
        let frozen = &self.facts.migration.frozen;
        format!("Run {} of {} {}", frozen.run, frozen.workflow.name, self.facts.standing().words())
    }

    /// `12 connectors: 7 changed, 2 failed.`
    pub(super) fn summary(&self) -> String {
        match self.units.len() {
            0 => "No connectors.".to_owned(),
            all => format!("{}: {}.", count(all, "connector"), numbers(&self.counts)),
        }
    }

    /// The outcomes that there are, each with its number of units; what needs a person comes first.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Kind, usize)> + '_ {
        let all = KINDS.into_iter().enumerate().map(|(rank, kind)| (kind, number(&self.counts, rank)));
        all.filter(|(_, number)| *number > 0)
    }

    /// Every unit once: what needs a person first, then in the order of the run.
    pub(super) fn by_urgency(&self) -> Vec<&UnitFacts<'a>> {
        let mut units: Vec<&UnitFacts<'a>> = self.units.iter().collect();
        units.sort_by_key(|unit| rank(&unit.outcome));
        units
    }

    /// What became of the unit.
    pub(super) fn kind(unit: &UnitFacts<'_>) -> Kind {
        KINDS[rank(&unit.outcome)]
    }

    /// Why the unit's outcome is what it is, or where it is.
    pub(super) fn reason(&self, unit: &UnitFacts<'a>) -> Option<String> {
        match &unit.outcome {
            UnitOutcome::Unfinished => Some(match unit.at(&self.facts) {
                Some((step, "pending")) => format!("before {step}"),
                Some((step, state)) => format!("{step} ({state})"),
                None => "all steps are done, its end is not written down yet".to_owned(),
            }),
            // What stands in its way says more than that something does.
            UnitOutcome::Blocked { .. } => match (unit.reason(&self.facts), self.run_failure()) {
                (Some(reason), Some((_, failure))) => Some(format!("{reason}: {}", failure.message)),
                (reason, _) => reason,
            },
            _ => unit.reason(&self.facts),
        }
    }

    /// The unit's branch, if there is anything on it.
    pub(super) fn branch(unit: &UnitFacts<'a>) -> Option<&'a str> {
        let is_edited = matches!(unit.outcome, UnitOutcome::EditedByHuman { .. });
        (is_edited || unit.commit.is_some() || unit.pull_request.is_some()).then_some(unit.branch)
    }

    /// Failures with what they have in common; the cause with most connectors first.
    pub(super) fn causes(&self) -> Vec<Cause<'_>> {
        causes(self.units.iter().filter_map(|unit| {
            let (step, failure) = unit.failure(&self.facts)?;
            Some((unit.connector, step, failure))
        }))
    }

    /// The step of the run itself that failed.
    pub(super) fn run_failure(&self) -> Option<(&'a StepId, &'a Failure)> {
        run_failure(&self.facts)
    }

    /// What a person should look at, by step.
    pub(super) fn warnings(&self) -> Vec<(&'a StepId, Alike<'a>)> {
        warnings(&self.facts, &self.units)
    }
}

/// A commit's id as people say it.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// The address if a reader may be sent there: pages of forges, files of the local one, and never a script.
pub(super) fn link(url: Option<&str>) -> Option<&str> {
    let of_scheme = |scheme: &str| url.and_then(|url| url.get(..scheme.len())).is_some_and(|start| start == scheme);
    url.filter(|_| ["https://", "http://", "file:///"].into_iter().any(of_scheme))
}
