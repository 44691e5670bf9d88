//! Where a step stands.

use super::{Failure, StepResult, Waiting};

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum StepState {
    /// Not begun.
    #[default]
    Pending,
    /// Begun and not ended. In a journal whose process died: in doubt.
    Running {
        /// Which try.
        attempt: u32,
    },
    /// A try failed; another is due.
    Retrying {
        /// Which try failed.
        attempt: u32,
        /// Why.
        failure: Box<Failure>,
    },
    /// It looked at the world, and its time has not come: checks run, a review is due. In no doubt: nothing was done.
    Waiting(Box<Waiting>),
    /// Done.
    Succeeded(Box<StepResult>),
    /// Left out.
    Skipped {
        /// Why.
        reason: Box<str>,
    },
    /// Failed for good.
    Failed(Box<Failure>),
}

impl StepState {
    /// The state's name in JSON and messages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running { .. } => "running",
            Self::Retrying { .. } => "retrying",
            Self::Waiting(_) => "waiting",
            Self::Succeeded(_) => "succeeded",
            Self::Skipped { .. } => "skipped",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether nothing more will come of it by itself.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Succeeded(_) | Self::Skipped { .. } | Self::Failed(_))
    }
}
