//! Whom an event is about.

use super::{Event, UnitIndex};

impl Event {
    /// The unit whose state the event changes; `None` for what concerns the run as a whole.
    pub fn unit(&self) -> Option<UnitIndex> {
        match self {
            Self::Started { unit, .. }
            | Self::Succeeded { unit, .. }
            | Self::Skipped { unit, .. }
            | Self::Failed { unit, .. }
            | Self::Reset { unit, .. }
            | Self::Refused { unit, .. }
            | Self::Reconsidered { unit }
            | Self::Committed { unit, .. }
            | Self::Waiting { unit, .. }
            | Self::Pushed { unit, .. }
            | Self::Merged { unit, .. }
            | Self::Verified { unit, .. }
            | Self::Held { unit, .. }
            | Self::Refreshed { unit, .. }
            | Self::Adopted { unit, .. } => Some(*unit),
            Self::Opened { .. } | Self::Stopping { .. } | Self::WaveDone { .. } | Self::Closed { .. } => None,
        }
    }
}
