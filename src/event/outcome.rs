//! What became of a unit: computed from its state, never stored.

use serde::Serialize;

use super::{Failure, FailureClass, Held, RunState, StepIndex, StepState, UnitIndex, Waiting};

/// What became of a unit, or where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitOutcome {
    /// Nothing of it was begun.
    Pending,
    /// Begun and not ended.
    Unfinished,
    /// Its branch carries the migration.
    Changed,
    /// Everything was as wanted already.
    Unchanged,
    /// Every step was left out.
    Skipped {
        /// Why the first one was.
        reason: String,
    },
    /// A step failed, or the definition of done does not hold (then without a step).
    Failed {
        /// The first step that failed, in the fixed order.
        step: Option<StepIndex>,
        /// Why.
        failure: Failure,
    },
    /// Its pull request is merged.
    Merged {
        /// The pull request's number.
        number: u64,
    },
    /// A step waits for something in the world: checks, a review, a limit. `resume` asks again.
    Waiting {
        /// The step.
        step: StepIndex,
        /// For what.
        waiting: Waiting,
    },
    /// A step of the run that it needs has failed.
    Blocked {
        /// The step of the run that failed.
        on: StepIndex,
    },
    /// A person has committed to its branch.
    EditedByHuman {
        /// The branch.
        branch: String,
        /// The commit that was found there.
        found: String,
    },
    /// A person has closed its pull request.
    ClosedByHuman {
        /// The pull request's number.
        number: u64,
    },
    /// `cutover close` has closed it.
    Closed {
        /// The number of its pull request, if it had one.
        number: Option<u64>,
    },
}

impl UnitOutcome {
    /// The outcome's name in JSON and summaries.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Unfinished => "unfinished",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Skipped { .. } => "skipped",
            Self::Failed { .. } => "failed",
            Self::Merged { .. } => "merged",
            Self::Blocked { .. } | Self::Waiting { .. } => "blocked",
            Self::EditedByHuman { .. } => "edited-by-human",
            Self::ClosedByHuman { .. } => "closed-by-human",
            Self::Closed { .. } => "closed",
        }
    }

    /// Whether nothing more will come of the unit by itself.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Pending | Self::Unfinished | Self::Waiting { .. })
    }
}

/// How many units have which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each field is the outcome of its name")]
pub struct Counts {
    pub pending: usize,
    pub unfinished: usize,
    pub changed: usize,
    pub merged: usize,
    pub unchanged: usize,
    pub skipped: usize,
    pub failed: usize,
    pub blocked: usize,
    /// Of the blocked ones, those that wait for checks, a review or a limit.
    pub waiting: usize,
    pub edited_by_human: usize,
    pub closed_by_human: usize,
    pub closed: usize,
}

impl Counts {
    /// Counts one more unit with this outcome.
    pub fn add(&mut self, outcome: &UnitOutcome) {
        let counter = match outcome {
            UnitOutcome::Pending => &mut self.pending,
            UnitOutcome::Unfinished => &mut self.unfinished,
            UnitOutcome::Changed => &mut self.changed,
            UnitOutcome::Unchanged => &mut self.unchanged,
            UnitOutcome::Skipped { .. } => &mut self.skipped,
            UnitOutcome::Failed { .. } => &mut self.failed,
            UnitOutcome::Merged { .. } => &mut self.merged,
            UnitOutcome::Waiting { .. } => {
                self.waiting += 1;
                &mut self.blocked
            }
            UnitOutcome::Blocked { .. } => &mut self.blocked,
            UnitOutcome::EditedByHuman { .. } => &mut self.edited_by_human,
            UnitOutcome::ClosedByHuman { .. } => &mut self.closed_by_human,
            UnitOutcome::Closed { .. } => &mut self.closed,
        };
        *counter += 1;
    }

    /// All units counted.
    pub fn total(&self) -> usize {
        self.open() + self.ended()
    }

    /// Units that are not at their end.
    pub fn open(&self) -> usize {
        self.pending + self.unfinished + self.waiting
    }

    /// Units that are.
    pub fn ended(&self) -> usize {
        self.changed
            + self.merged
            + self.unchanged
            + self.skipped
            + self.failed
            + (self.blocked - self.waiting)
            + self.edited_by_human
            + self.closed_by_human
            + self.closed
    }
}

impl RunState {
    /// What became of a unit, from every one of its steps.
    pub fn outcome(&self, unit: UnitIndex) -> UnitOutcome {
        let state = self.unit(unit);
        match &state.held {
            Some(Held::EditedByHuman { branch, found }) => {
                return UnitOutcome::EditedByHuman { branch: branch.clone(), found: found.clone() };
            }
            Some(Held::ClosedByHuman { number }) => return UnitOutcome::ClosedByHuman { number: *number },
            Some(Held::Closed { number }) => return UnitOutcome::Closed { number: *number },
            None => {}
        }
        if let Some((step, failure)) = &state.refused {
            return UnitOutcome::Failed { step: *step, failure: failure.clone() };
        }
        let blocked = self.blocked(unit);
        let open = |step: &StepIndex| !state.steps[step.position()].is_settled() && blocked[step.position()].is_none();
        if unit != UnitIndex::RUN
            && let Some(on) = self.failed_step(UnitIndex::RUN)
        {
            return UnitOutcome::Blocked { on };
        }
        if self.steps_of(unit).any(|step| open(&step)) {
            return self.on_its_way(unit);
        }
        if let Some(step) = self.failed_step(unit)
            && let StepState::Failed(failure) = &state.steps[step.position()]
        {
            return UnitOutcome::Failed { step: Some(step), failure: (**failure).clone() };
        }
        self.ending(unit)
    }

    /// The outcome of a unit that has steps to do.
    fn on_its_way(&self, unit: UnitIndex) -> UnitOutcome {
        let state = self.unit(unit);
        let steps = || self.steps_of(unit).map(|step| (step, &state.steps[step.position()]));
        let active = |state: &StepState| matches!(state, StepState::Running { .. } | StepState::Retrying { .. });
        let waits = steps().find_map(|(step, state)| match state {
            StepState::Waiting(waiting) => Some((step, waiting)),
            _ => None,
        });
        match waits {
            Some((step, waiting)) if !steps().any(|(_, state)| active(state)) => {
                UnitOutcome::Waiting { step, waiting: (**waiting).clone() }
            }
            _ if state.has_begun() => UnitOutcome::Unfinished,
            _ => UnitOutcome::Pending,
        }
    }

    /// The outcome of a unit all of whose steps are done.
    fn ending(&self, unit: UnitIndex) -> UnitOutcome {
        let state = self.unit(unit);
        match &state.unmet {
            None if unit != UnitIndex::RUN => return UnitOutcome::Unfinished,
            Some(unmet) if !unmet.is_empty() => {
                let failure = Failure::new(FailureClass::Unmet, unmet.join("; "));
                return UnitOutcome::Failed { step: None, failure };
            }
            _ => {}
        }
        if let Some(number) = state.merged {
            return UnitOutcome::Merged { number };
        }
        let steps = || self.steps_of(unit).map(|step| &state.steps[step.position()]);
        // Edits that left nothing to commit have changed nothing.
        let acted = self.steps_of(unit).any(|step| {
            let changed = matches!(&state.steps[step.position()], StepState::Succeeded(result) if result.changed);
            changed && !self.graph().node(step).writes
        });
        if acted || state.checkpoint.is_some() {
            return UnitOutcome::Changed;
        }
        let mut reasons = steps().map(|step| match step {
            StepState::Skipped { reason } => Some(reason.to_string()),
            _ => None,
        });
        match reasons.next() {
            Some(Some(reason)) if reasons.all(|other| other.is_some()) => UnitOutcome::Skipped { reason },
            _ => UnitOutcome::Unchanged,
        }
    }

    /// The first step of a unit that failed for good.
    pub fn failed_step(&self, unit: UnitIndex) -> Option<StepIndex> {
        let state = self.unit(unit);
        self.steps_of(unit).find(|step| {
            matches!(state.steps[step.position()], StepState::Failed(_)) && !self.graph().node(*step).continue_on_error
        })
    }

    /// How many connectors have which outcome.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (unit, _) in self.connectors() {
            counts.add(&self.outcome(unit));
        }
        counts
    }
}
