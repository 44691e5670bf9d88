//! Where a run stands as a whole.

use crate::event::{RunState, Stop, UnitIndex};

/// Where a run stands as a whole; [`standing`] says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// A living process works on it.
    Running,
    /// Units are open and nobody works on it: Ctrl-C, a kill, a crash, an error of the machine. `resume` goes on.
    Interrupted,
    /// Units are open because `--fail-fast` or `--max-failures` stopped it. `resume` goes on.
    Stopped,
    /// What is open waits for something in the world. `resume` asks again.
    Waiting,
    /// Every unit is at its end and some failed, or wait for a step of the run that failed.
    Failed,
    /// Every unit is at its end and none failed. Some may be in a person's hands.
    Finished,
}

impl Standing {
    /// The name in JSON: the value of `state`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Finished => "finished",
        }
    }

    /// The rest of a sentence that begins with the run.
    pub(in crate::report) fn words(self) -> &'static str {
        match self {
            Self::Running => "is running",
            Self::Interrupted => "was interrupted",
            Self::Stopped => "was stopped by failures",
            Self::Waiting => "waits for checks, reviews or limits",
            Self::Failed => "has ended with failures",
            Self::Finished => "is finished",
        }
    }
}

/// Where a run stands. `running`: a living process has it; `stopped`: why the engine gave it back just now.
pub fn standing(state: &RunState, running: bool, stopped: Option<Stop>) -> Standing {
    if running {
        return Standing::Running;
    }
    let counts = state.counts();
    if counts.open() == 0 {
        let failed = counts.failed + counts.blocked - counts.waiting > 0 || state.failed_step(UnitIndex::RUN).is_some();
        return if failed { Standing::Failed } else { Standing::Finished };
    }
    // A journal that names a holder belongs to a process that died.
    if stopped.is_none() && state.stopping().is_none() && state.holder().is_none() && counts.open() == counts.waiting {
        return Standing::Waiting;
    }
    let reason = stopped.or(state.stopping().filter(|_| state.holder().is_none()));
    match reason {
        Some(Stop::FailFast | Stop::FailureBudget) => Standing::Stopped,
        Some(Stop::Interrupted) | None => Standing::Interrupted,
    }
}
