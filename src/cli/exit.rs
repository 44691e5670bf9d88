//! Exit codes: a contract with other people's scripts.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All done.
    Done,
    /// Some unit failed.
    SomeFailed,
    /// Usage or workflow error.
    Usage,
    /// The plan has changes (with `--exit-code`).
    Changes,
    /// Stopped by the failure budget.
    Budget,
    /// Blocked, waiting for checks, review or a limit.
    Blocked,
    /// The plan is stale.
    Stale,
    /// Another run holds the lock.
    Locked,
    /// No permission or rate budget.
    Permission,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::SomeFailed => 1,
            Self::Usage => 2,
            Self::Changes => 3,
            Self::Budget => 4,
            Self::Blocked => 5,
            Self::Stale => 6,
            Self::Locked => 7,
            Self::Permission => 8,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The table at the end of `--help`.
pub(super) const HELP: &str = "\
Exit codes:
    0  all done
    1  some connector failed
    2  usage or workflow error
    3  the plan has changes (with --exit-code)
    4  stopped by --fail-fast or --max-failures
    5  blocked, waiting for checks, review or a limit
    6  the plan is stale
    7  another run holds the lock
    8  no permission or rate budget
  130  interrupted; the command to resume is printed";
