//! Running a program: its process group, its output, its end.
//!
//! Owns how a command is started, watched, logged and stopped. It does not know of steps, retries or
//! workspaces: the engine decides what to run and what an exit means.
//!
//! **No orphans.** Each command runs in a process group of its own, whose leader is a tiny watchdog
//! (`/bin/sh`, blocked on a pipe that only this process holds open). When the command ends, is
//! cancelled, times out, or its future is dropped, the whole group is killed. When cutover itself dies,
//! even by SIGKILL, the pipe closes and the watchdog kills the group. The other ways were weighed:
//! `PR_SET_PDEATHSIG` reaches only the direct child, fires when the *thread* that started it ends, and
//! cannot be set in a child without `unsafe`; `setpriv --pdeathsig` has the first two faults as well.
//! What leaves its group on purpose (a daemon that calls `setsid`, such as Gradle's) is let go: it may
//! serve other steps as well. A command that is *contained*, as those of builds and tests are, takes it along: its
//! offspring is known by a variable in the environment (see `leash`).
//!
//! **Output.** Standard output and error go through one pipe, so that their order is kept, into one log
//! file of bounded size with secrets masked; see [`LogLimit`].

mod cancel;
mod command;
mod environment;
mod error;
mod group;
mod leash;
mod limits;
mod log;
mod mask;
mod pump;
mod run;
mod tail;

#[cfg(test)]
mod tests;

pub use cancel::{Cancel, Canceller, Stop, cancellation};
pub use command::{Command, Exit, Status};
pub use environment::{PASSED_VARIABLES, find_program, is_passed_variable};
pub use error::ProcessError;
pub(crate) use group::WATCHDOG;
pub use log::LogLimit;
pub use run::run;
