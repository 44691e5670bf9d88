//! The outcomes of units as reports show them: their order, their words, and what they mean to a CI system.

use crate::event::{Counts, UnitOutcome};

/// What an outcome means to a CI system. It agrees with the exit codes: `Bad` is 1, `Open` is 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As it should be.
    Good,
    /// A person has to do something.
    Bad,
    /// Left out.
    Skipped,
    /// Not at its end, so nothing can be said yet.
    Open,
}

/// An outcome without its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// The name in JSON, CSV and HTML.
    pub(super) name: &'static str,
    /// The words for people.
    pub(super) words: &'static str,
    pub(super) verdict: Verdict,
}

const fn kind(name: &'static str, words: &'static str, verdict: Verdict) -> Kind {
    Kind { name, words, verdict }
}

/// Every outcome; what needs a person comes first.
pub(super) const KINDS: [Kind; 12] = [
    kind("failed", "Failed", Verdict::Bad),
    kind("blocked", "Blocked", Verdict::Bad),
    kind("edited-by-human", "Edited by a person", Verdict::Bad),
    kind("closed-by-human", "Closed by a person", Verdict::Bad),
    kind("closed", "Closed", Verdict::Skipped),
    kind("waiting", "Waiting", Verdict::Open),
    kind("unfinished", "Under way", Verdict::Open),
    kind("pending", "Not begun", Verdict::Open),
    kind("merged", "Merged", Verdict::Good),
    kind("changed", "Changed", Verdict::Good),
    kind("unchanged", "Already as wanted", Verdict::Good),
    kind("skipped", "Skipped", Verdict::Skipped),
];

/// The place of an outcome among [`KINDS`].
pub(super) fn rank(outcome: &UnitOutcome) -> usize {
    match outcome {
        UnitOutcome::Failed { .. } => 0,
        UnitOutcome::Blocked { .. } => 1,
        UnitOutcome::EditedByHuman { .. } => 2,
        UnitOutcome::ClosedByHuman { .. } => 3,
        UnitOutcome::Closed { .. } => 4,
        UnitOutcome::Waiting { .. } => 5,
        UnitOutcome::Unfinished => 6,
        UnitOutcome::Pending => 7,
        UnitOutcome::Merged { .. } => 8,
        UnitOutcome::Changed => 9,
        UnitOutcome::Unchanged => 10,
        UnitOutcome::Skipped { .. } => 11,
    }
}

/// How many units have the outcome of this place.
pub(super) fn number(counts: &Counts, rank: usize) -> usize {
    let numbers = [
        counts.failed,
        counts.blocked - counts.waiting,
        counts.edited_by_human,
        counts.closed_by_human,
        counts.closed,
        counts.waiting,
        counts.unfinished,
        counts.pending,
        counts.merged,
        counts.changed,
        counts.unchanged,
        counts.skipped,
    ];
    numbers[rank]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Failure, FailureClass, StepIndex, Waiting, WaitsFor};

    #[test]
    fn every_outcome_has_the_kind_of_its_own_name_and_is_counted_there() {
        let failure = Failure::new(FailureClass::Edit, "no");
        let every = [
            UnitOutcome::Pending,
            UnitOutcome::Unfinished,
            UnitOutcome::Changed,
            UnitOutcome::Unchanged,
            UnitOutcome::Skipped { reason: String::new() },
            UnitOutcome::Failed { step: None, failure },
            UnitOutcome::Merged { number: 1 },
            UnitOutcome::Waiting { step: StepIndex(0), waiting: Waiting::new(WaitsFor::Checks, "a check") },
            UnitOutcome::Blocked { on: StepIndex(0) },
            UnitOutcome::EditedByHuman { branch: String::new(), found: String::new() },
            UnitOutcome::ClosedByHuman { number: 1 },
            UnitOutcome::Closed { number: Some(1) },
        ];
        assert_eq!(every.len(), KINDS.len());
        for outcome in every {
            let kind = KINDS[rank(&outcome)];
            // In JSON both kinds of waiting are `blocked`; people are told them apart.
            let waits = matches!(outcome, UnitOutcome::Waiting { .. });
            assert_eq!(kind.name, if waits { "waiting" } else { outcome.as_str() });
            assert_eq!(kind.verdict == Verdict::Open, !outcome.is_final(), "{}", kind.name);
            let mut counts = Counts::default();
            counts.add(&outcome);
            assert_eq!(number(&counts, rank(&outcome)), 1, "{}", kind.name);
        }
    }
}
