//! A git command that talks to another machine: it has a deadline, it can be stopped, and it never outlives cutover.
//!
//! It runs in a process group whose leader is [`crate::process`]'s watchdog. When time is up, when a stop is asked
//! for, or when cutover dies, the whole group ends, and with it the programs that git starts (`ssh`, hooks). After an
//! ordinary end the group is left alone: the user's credential helper may have started a daemon that has to stay.

use std::io::{Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::process::{Cancel, Stop, WATCHDOG};

use super::GitError;
use super::command::never_began;

/// How often a command at work is looked at, when nothing else says that it has ended.
const GLANCE: Duration = Duration::from_millis(25);

/// How long the output may stay open after git has ended: a connection that `ssh` keeps for later holds it.
const SETTLE: Duration = Duration::from_millis(500);

/// How long git may take to end after it was asked to; it removes its lock files then.
const GRACE: Duration = Duration::from_secs(2);

/// How a guarded command ended.
pub(super) enum Ended {
    /// By itself.
    Exited(Output),
    /// It took longer than this.
    TimedOut(Duration),
    /// Somebody asked for it.
    Cancelled,
}

/// Runs a command with this input, until it ends, until the time is up, or until a stop is asked for.
pub(super) fn run_guarded(
    command: &mut Command,
    input: &[u8],
    timeout: Option<Duration>,
    cancel: &Cancel,
) -> Result<Ended, GitError> {
    let no_git = |error: std::io::Error| GitError::NoGit(error.to_string());
    let started = Instant::now();
    loop {
        if cancel.requested() > Stop::Not {
            return Ok(Ended::Cancelled);
        }
        let mut running = Running::start(command, input).map_err(no_git)?;
        match running.ending(timeout.map(|timeout| started + timeout), cancel).map_err(no_git)? {
            Ending::Exited(status) if never_began(status) && cancel.requested() == Stop::Not => {}
            Ending::Exited(status) => return Ok(Ended::Exited(running.finish(status))),
            Ending::Deadline => {
                running.stop(false).map_err(no_git)?;
                return Ok(Ended::TimedOut(timeout.unwrap_or_default()));
            }
            Ending::Asked(how) => {
                running.stop(how == Stop::Now).map_err(no_git)?;
                return Ok(Ended::Cancelled);
            }
        }
    }
}

/// What came first.
enum Ending {
    Exited(ExitStatus),
    Deadline,
    Asked(Stop),
}

/// A process group with the watchdog as its leader.
struct Group {
    leader: Child,
    id: Pid,
}

impl Group {
    fn start() -> std::io::Result<Self> {
        let mut leader = Command::new("/bin/sh");
        leader.args(["-c", WATCHDOG]).env_clear().current_dir("/").process_group(0);
        let leader = leader.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let id = Pid::from_raw(leader.id().cast_signed()).expect("a process that was started has an id");
        Ok(Self { leader, id })
    }

    fn signal(&self, signal: Signal) {
        if let Err(error) = kill_process_group(self.id, signal)
            && error != rustix::io::Errno::SRCH
        {
            tracing::warn!(%error, ?signal, "failed to signal the process group of a git command");
        }
    }
}

impl Drop for Group {
    /// Ends the leader alone, before its pipe closes: it would take the group with it.
    fn drop(&mut self) {
        let ended = self.leader.kill().and_then(|()| self.leader.wait());
        if let Err(error) = ended {
            tracing::warn!(%error, "failed to end the watchdog of a git command");
        }
    }
}

/// A command at work. The order of the fields matters: the command is reaped before its group's leader.
struct Running {
    child: Child,
    stdout: Arc<Mutex<Vec<u8>>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    /// One message for each of the two outputs that has come to its end.
    ends: Receiver<()>,
    open: u8,
    group: Group,
}

impl Running {
    fn start(command: &mut Command, input: &[u8]) -> std::io::Result<Self> {
        let group = Group::start()?;
        command.process_group(group.id.as_raw_nonzero().get());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (ended, ends) = channel();
        let stdout = collect(child.stdout.take().expect("standard output is piped"), ended.clone());
        let stderr = collect(child.stderr.take().expect("standard error is piped"), ended);
        let mut stdin = child.stdin.take().expect("standard input is piped");
        let input = input.to_vec();
        // A command that ends early closes its end; its status and words tell the story then.
        std::thread::spawn(move || stdin.write_all(&input));
        Ok(Self { child, stdout, stderr, ends, open: 2, group })
    }

    /// Waits for the first of: exit, deadline, a call to stop.
    fn ending(&mut self, deadline: Option<Instant>, cancel: &Cancel) -> std::io::Result<Ending> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Ending::Exited(status));
            }
            if cancel.requested() > Stop::Not {
                return Ok(Ending::Asked(cancel.requested()));
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(Ending::Deadline);
            }
            self.wait_for_output(GLANCE);
        }
    }

    /// Waits until one of the outputs comes to its end, at most so long.
    fn wait_for_output(&mut self, most: Duration) {
        match self.ends.recv_timeout(most) {
            Ok(()) => self.open -= 1,
            Err(RecvTimeoutError::Timeout) => {}
            // Both have ended, and the command is still there.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(most.min(Duration::from_millis(1))),
        }
    }

    /// Collects what was written; waits a little for who still has the outputs open.
    fn finish(mut self, status: ExitStatus) -> Output {
        let last_moment = Instant::now() + SETTLE;
        while self.open > 0 {
            let left = last_moment.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.wait_for_output(left);
        }
        let taken = |bytes: &Mutex<Vec<u8>>| std::mem::take(&mut *bytes.lock().unwrap_or_else(PoisonError::into_inner));
        Output { status, stdout: taken(&self.stdout), stderr: taken(&self.stderr) }
    }

    /// Ends the whole group: asks first, unless it has to be now.
    fn stop(&mut self, now: bool) -> std::io::Result<()> {
        if !now {
            self.group.signal(Signal::TERM);
            self.group.signal(Signal::CONT);
            let last_moment = Instant::now() + GRACE;
            while self.child.try_wait()?.is_none() && Instant::now() < last_moment {
                std::thread::sleep(GLANCE);
            }
        }
        self.group.signal(Signal::KILL);
        self.child.wait().map(drop)
    }
}

/// Reads to the end beside the caller; what has come so far is there at any time.
fn collect(mut from: impl Read + Send + 'static, ended: Sender<()>) -> Arc<Mutex<Vec<u8>>> {
    let collected = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&collected);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            into.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
        }
        // Nobody waits any more after the settling.
        let _ = ended.send(());
    });
    collected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::cancellation;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    fn exited(ended: Ended) -> (Option<i32>, String, String) {
        let Ended::Exited(output) = ended else { panic!("it did not end by itself") };
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// Whether a process exists and is no zombie.
    fn alive(pid: &str) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    }

    #[test]
    fn input_and_both_outputs_pass_whatever_their_size() {
        let input = vec![b'x'; 1 << 20];
        let ended = run_guarded(&mut shell("cat; echo bad >&2; exit 3"), &input, None, &Cancel::never()).unwrap();
        let (code, stdout, stderr) = exited(ended);
        assert_eq!((code, stdout.len(), stderr.as_str()), (Some(3), 1 << 20, "bad\n"));
    }

    #[test]
    fn when_time_is_up_the_whole_group_ends() {
        let scratch = tempfile::tempdir().unwrap();
        let pid = scratch.path().join("pid");
        let script = format!("sleep 100 & echo $! > {}; wait", pid.display());
        let (limit, started) = (Duration::from_millis(300), Instant::now());
        let ended = run_guarded(&mut shell(&script), b"", Some(limit), &Cancel::never()).unwrap();
        assert!(matches!(ended, Ended::TimedOut(found) if found == limit));
        assert!(started.elapsed() < GRACE + Duration::from_secs(1));
        let pid = std::fs::read_to_string(pid).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        assert!(!alive(pid.trim()), "the command's own child is left");
    }

    #[test]
    fn a_stop_ends_a_command_that_does_not_listen() {
        let (canceller, cancel) = cancellation();
        let started = Instant::now();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            canceller.stop(Stop::Now);
            std::thread::sleep(Duration::from_secs(5));
        });
        let ended = run_guarded(&mut shell("trap '' TERM; sleep 100"), b"", None, &cancel).unwrap();
        assert!(matches!(ended, Ended::Cancelled));
        assert!(started.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn a_helper_that_stays_neither_holds_the_command_up_nor_is_ended() {
        let started = Instant::now();
        let ended = run_guarded(&mut shell("sleep 5 & echo $!"), b"", None, &Cancel::never()).unwrap();
        let (code, stdout, _) = exited(ended);
        assert_eq!(code, Some(0));
        assert!(started.elapsed() < Duration::from_secs(3));
        assert!(alive(stdout.trim()), "the helper was ended");
    }
}
