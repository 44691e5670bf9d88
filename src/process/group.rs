//! A process group with a watchdog as its leader, so that no member outlives cutover.

use std::io;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStdin, Command};

use super::leash::Leash;

/// Waits until its input closes, then kills its whole group, itself included. It ignores the signals
/// that ask the group to end, because it has to be there as long as any other member may be.
pub(crate) const WATCHDOG: &str = "trap '' TERM INT HUP QUIT PIPE; read -r _; kill -s KILL 0";

/// The same for a command that is contained: whoever carries the leash that is given as `$1` is killed first.
const LEASHED_WATCHDOG: &str = r#"trap '' TERM INT HUP QUIT PIPE; read -r _
for round in 1 2 3; do
    for environment in $(grep -alsF "$1" /proc/[0-9]*/environ); do
        process=${environment%/environ}
        kill -s KILL "${process#/proc/}" 2>/dev/null
    done
done
kill -s KILL 0"#;

/// A process group. Dropping it kills all members.
///
/// The leader is reaped last: until then its id cannot be given to another process, so that a signal to
/// the group never meets a stranger.
pub(super) struct Group {
    id: Pid,
    leader: Child,
    /// What finds members that have left.
    leash: Option<Leash>,
    /// The only write end of the pipe that the watchdog reads.
    _alive: Option<ChildStdin>,
}

impl Group {
    /// Starts the watchdog as the leader of a new group, which members cannot leave if there is a leash.
    pub(super) fn new(leash: Option<Leash>) -> io::Result<Self> {
        let args = match &leash {
            Some(leash) => vec!["-c".to_owned(), LEASHED_WATCHDOG.into(), "watchdog".into(), leash.variable()],
            None => vec!["-c".to_owned(), WATCHDOG.into()],
        };
        let mut leader = Command::new("/bin/sh")
            .args(args)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let id = leader.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let id = id.ok_or_else(|| io::Error::other("the watchdog has no process id"))?;
        let alive = leader.stdin.take();
        Ok(Self { id, leader, leash, _alive: alive })
    }

    /// The number to give to [`Command::process_group`] so that a command joins.
    pub(super) fn id(&self) -> i32 {
        self.id.as_raw_nonzero().get()
    }

    /// Asks the members to end. A stopped member is woken, else it would never hear of it.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
        self.signal(Signal::CONT);
    }

    /// The leash of its members.
    pub(super) fn leash(&self) -> Option<&Leash> {
        self.leash.as_ref()
    }

    /// Ends the members, the watchdog included, and those who have left.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
        if let Some(leash) = &self.leash {
            leash.pull();
        }
    }

    /// Reaps the leader, once all members are killed.
    pub(super) async fn end(mut self) {
        self.signal(Signal::KILL);
        if let Err(error) = self.leader.wait().await {
            tracing::warn!(%error, "failed to reap the watchdog of a process group");
        }
    }

    fn signal(&self, signal: Signal) {
        // After `end` the id is free for others; `Child::id` is then `None`.
        if self.leader.id().is_none() {
            return;
        }
        match kill_process_group(self.id, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => tracing::warn!(%error, ?signal, "failed to signal a process group"),
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A leader that was reaped was killed with all its members.
        if self.leader.id().is_some() {
            self.kill();
        }
    }
}
