//! Events that cannot follow the events before them.

use super::{StepIndex, StepState, UnitIndex};

/// An event that cannot follow the events before it. In a journal it means that the journal was
/// written by something else, or damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalEvent {
    /// A unit that the run does not have.
    #[error("unit {} does not exist; the run has {units}", .unit.0)]
    Unit {
        /// The unit named.
        unit: UnitIndex,
        /// How many there are.
        units: usize,
    },
    /// A step that the workflow does not have, or not in that scope.
    #[error("step {} does not belong to unit {}", .step.0, .unit.0)]
    Step {
        /// The unit named.
        unit: UnitIndex,
        /// The step named.
        step: StepIndex,
    },
    /// A step's event that is not legal in the step's state.
    #[error("step {} of unit {} cannot have {event} while it is {state}", .step.0, .unit.0)]
    Transition {
        /// The unit.
        unit: UnitIndex,
        /// The step.
        step: StepIndex,
        /// The state it is in.
        state: &'static str,
        /// The event's name.
        event: &'static str,
    },
    /// A step that would begin before what it needs.
    #[error("step {} of unit {} cannot begin before what it needs", .step.0, .unit.0)]
    Early {
        /// The unit.
        unit: UnitIndex,
        /// The step.
        step: StepIndex,
    },
    /// A wave of the rollout that is done before the one that goes before it.
    #[error("wave {wave} cannot be done: it is wave {next} that is under way")]
    Wave {
        /// The wave named, from 0.
        wave: u32,
        /// The first that is not done.
        next: usize,
    },
    /// A unit's event that is not legal in the unit's state.
    #[error("unit {} cannot have {event}: {why}", .unit.0)]
    Unfit {
        /// The unit.
        unit: UnitIndex,
        /// The event's name.
        event: &'static str,
        /// What is in its way.
        why: &'static str,
    },
}

pub(super) fn transition(unit: UnitIndex, step: StepIndex, state: &StepState, event: &'static str) -> IllegalEvent {
    IllegalEvent::Transition { unit, step, state: state.as_str(), event }
}

pub(super) fn unfit(unit: UnitIndex, event: &'static str, why: &'static str) -> IllegalEvent {
    IllegalEvent::Unfit { unit, event, why }
}
