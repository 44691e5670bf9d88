//! Real processes, observed from outside.

use std::num::NonZeroUsize;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::time::{Instant, sleep};

use super::*;
use crate::base::Redactor;
use crate::workflow::Limits;

/// A directory for one test's commands.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn shell(&self, script: &str) -> Command {
        Command::shell(script, self.path(), self.path().join("logs/step.log"))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("logs/step.log")).unwrap()
    }

    fn write(&self, name: &str, text: &str) -> Utf8PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The process ids that a script wrote into this file, once it has as many lines.
    async fn pids(&self, count: usize) -> Vec<u32> {
        loop {
            let text = std::fs::read_to_string(self.path().join("pids")).unwrap_or_default();
            if text.ends_with('\n') && text.lines().count() >= count {
                return text.lines().map(|line| line.trim().parse().unwrap()).collect();
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn finish(command: Command) -> Exit {
    run(command, Cancel::never()).await.unwrap()
}

/// Whether a process is there and not a zombie.
fn is_alive(pid: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    state.and_then(|stat| stat.rsplit_once(')').map(|(_, rest)| !rest.trim_start().starts_with('Z'))).unwrap_or(false)
}

async fn all_die(pids: &[u32]) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while pids.iter().any(|pid| is_alive(*pid)) {
        assert!(Instant::now() < deadline, "still alive: {:?}", pids.iter().filter(|pid| is_alive(**pid)));
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn output_and_errors_share_the_log_in_their_order() {
    let place = Place::new();
    let exit = finish(place.shell("echo one; echo two >&2; echo three; echo four >&2; exit 3")).await;
    assert_eq!((exit.status, place.log().as_str()), (Status::Code(3), "one\ntwo\nthree\nfour\n"));
    assert_eq!(exit.tail, ["one", "two", "three", "four"]);
    assert_eq!((exit.omitted, exit.log_error), (0, None));
}

#[tokio::test]
async fn a_fatal_signal_is_told_from_an_exit_code() {
    let place = Place::new();
    assert_eq!(finish(place.shell("kill -s SEGV $$")).await.status, Status::Signal(11));
    assert!(finish(place.shell("true")).await.status.is_success());
}

#[tokio::test]
async fn a_command_runs_in_its_directory_with_nothing_to_read() {
    let place = Place::new();
    finish(place.shell("pwd; cat; echo $PWD")).await;
    let directory = place.path().canonicalize_utf8().unwrap();
    assert_eq!(place.log().lines().next().unwrap(), directory);
}

#[tokio::test]
async fn a_relative_directory_counts_from_ours() {
    let place = Place::new();
    let log = place.path().join("logs/step.log");
    // Tests run in the package's directory.
    let exit = run(Command::shell("test -f lib.rs; test \"$PWD\" = \"$(pwd)\"", "src", log), Cancel::never()).await;
    assert!(exit.unwrap().status.is_success(), "{}", place.log());
}

#[tokio::test]
async fn only_declared_and_harmless_variables_reach_a_command() {
    let place = Place::new();
    let mut command = place.shell("env");
    command.env = vec![("CUTOVER_CONNECTOR".into(), "source-x".into()), ("HOME".into(), "/elsewhere".into())];
    finish(command).await;
    let log = place.log();
    let names: Vec<&str> = log.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    assert!(log.contains("CUTOVER_CONNECTOR=source-x\n") && log.contains("HOME=/elsewhere\n"), "{log}");
    // The test itself runs under cargo, which sets plenty of variables.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some() && !names.contains(&"CARGO_MANIFEST_DIR"), "{log}");
}

#[tokio::test]
async fn secrets_appear_neither_in_the_log_nor_in_the_tail() {
    let place = Place::new();
    let mut command = place.shell("printf 'token hun'; sleep 0.1; printf 'ter22 and\\n'; echo \"again $SECRET\"");
    command.env = vec![("SECRET".into(), "hunter22".into())];
    command.redactor = Redactor::new(["hunter22".to_owned()]);
    let exit = finish(command).await;
    assert_eq!(place.log(), "token *** and\nagain ***\n");
    assert_eq!(exit.tail, ["token *** and", "again ***"]);
}

#[tokio::test]
async fn much_output_keeps_its_beginning_and_its_end() {
    let place = Place::new();
    let mut command = place.shell("echo first; seq 1 200000; echo last");
    command.log_limit = LogLimit { head: 1000, tail: 5000 };
    let exit = finish(command).await;
    let log = place.log();
    assert!(log.starts_with("first\n1\n2\n") && log.ends_with("199999\n200000\nlast\n"));
    assert!(log.contains(&format!("\n[... {} bytes of output left out here ...]\n", exit.omitted)));
    assert!(log.len() < 12_000, "{}", log.len());
    assert_eq!(exit.tail.last().unwrap(), "last");
}

#[tokio::test]
async fn a_timeout_ends_the_whole_group() {
    let place = Place::new();
    let mut command = place.shell("sleep 600 & echo $! >> pids; echo $$ >> pids; echo waiting; sleep 600");
    command.timeout = Some(Duration::from_millis(300));
    let exit = finish(command).await;
    assert_eq!(exit.status, Status::TimedOut(Duration::from_millis(300)));
    assert!(exit.duration < Duration::from_secs(5), "{:?}", exit.duration);
    assert_eq!(exit.tail, ["waiting"]);
    all_die(&place.pids(2).await).await;
}

#[tokio::test]
async fn a_command_that_cleans_up_in_its_grace_is_heard() {
    let place = Place::new();
    let mut command = place.shell("trap 'echo cleaned up; exit 0' TERM; echo $$ >> pids; while :; do sleep 0.05; done");
    command.timeout = Some(Duration::from_millis(300));
    let exit = finish(command).await;
    assert_eq!(
        (exit.status, exit.tail.last().unwrap().as_str()),
        (Status::TimedOut(Duration::from_millis(300)), "cleaned up")
    );
}

#[tokio::test]
async fn a_command_deaf_to_sigterm_is_killed_after_its_grace() {
    let place = Place::new();
    let mut command = place.shell("trap '' TERM; echo $$ >> pids; while :; do sleep 0.05; done");
    command.grace = Duration::from_millis(300);
    let (canceller, cancel) = cancellation();
    let running = tokio::spawn(run(command, cancel));
    let pids = place.pids(1).await;
    canceller.stop(Stop::Gently);
    let exit = running.await.unwrap().unwrap();
    assert_eq!(exit.status, Status::Cancelled);
    assert!(exit.duration < Duration::from_secs(5), "{:?}", exit.duration);
    all_die(&pids).await;
}

#[tokio::test]
async fn a_stopped_command_hears_the_order_to_end() {
    let place = Place::new();
    let (canceller, cancel) = cancellation();
    let running = tokio::spawn(run(place.shell("echo $$ >> pids; kill -s STOP $$; echo woken"), cancel));
    place.pids(1).await;
    sleep(Duration::from_millis(50)).await;
    let asked = Instant::now();
    canceller.stop(Stop::Gently);
    assert_eq!(running.await.unwrap().unwrap().status, Status::Cancelled);
    assert!(asked.elapsed() < Duration::from_secs(5), "it waited for the grace to pass");
}

#[tokio::test]
async fn a_second_and_harder_order_does_not_wait_for_the_grace() {
    let place = Place::new();
    let (canceller, cancel) = cancellation();
    let running = tokio::spawn(run(place.shell("trap '' TERM; echo $$ >> pids; while :; do sleep 0.05; done"), cancel));
    place.pids(1).await;
    canceller.stop(Stop::Gently);
    sleep(Duration::from_millis(100)).await;
    canceller.stop(Stop::Now);
    // Urgency never falls again.
    canceller.stop(Stop::Gently);
    let exit = running.await.unwrap().unwrap();
    assert!(exit.duration < Duration::from_secs(8), "{:?}", exit.duration);
}

#[tokio::test]
async fn dropping_the_future_kills_the_group() {
    let place = Place::new();
    let running = tokio::spawn(run(place.shell("sleep 600 & echo $! >> pids; echo $$ >> pids; wait"), Cancel::never()));
    let pids = place.pids(2).await;
    running.abort();
    all_die(&pids).await;
}

#[tokio::test]
async fn what_a_command_leaves_behind_is_killed() {
    let place = Place::new();
    let exit = finish(place.shell("sleep 600 & echo $! >> pids; echo done")).await;
    assert_eq!((exit.status, exit.tail), (Status::Code(0), vec!["done".to_owned()]));
    all_die(&place.pids(1).await).await;
}

#[tokio::test]
async fn the_last_words_of_a_reader_behind_a_pipe_are_not_lost() {
    let place = Place::new();
    finish(place.shell("(sleep 0.2; echo late) & echo early")).await;
    assert_eq!(place.log(), "early\nlate\n");
}

#[tokio::test]
async fn a_daemon_that_keeps_the_pipe_does_not_hold_up_the_step() {
    let place = Place::new();
    let exit = finish(place.shell("setsid sh -c 'echo $$ >> pids; sleep 5' & sleep 0.2; echo done")).await;
    assert_eq!(exit.tail, ["done"]);
    assert!(exit.duration < Duration::from_secs(4), "{:?}", exit.duration);
}

#[tokio::test]
async fn a_contained_command_takes_its_daemons_along() {
    let place = Place::new();
    let mut command = place
        .shell("setsid sh -c 'echo $$ >> pids; exec sleep 600' & while [ ! -s pids ]; do sleep 0.01; done; echo done");
    command.contained = true;
    let exit = finish(command).await;
    assert_eq!(exit.tail, ["done"]);
    all_die(&place.pids(1).await).await;
}

#[tokio::test]
async fn standard_output_that_is_captured_is_not_in_the_log() {
    let place = Place::new();
    let mut command = place.shell("echo answer; echo error >&2; seq 1 1000");
    command.capture = Some(10);
    command.heading = Some("asking".into());
    let exit = finish(command).await;
    assert_eq!(
        (exit.output.as_slice(), place.log().as_str()),
        (b"answer\n1\n2".get(..10).unwrap(), "==> asking\nerror\n")
    );
}

#[tokio::test]
async fn limits_reach_the_command() {
    let place = Place::new();
    let mut command = place.shell("nice; nproc; ulimit -d");
    command.limits = Limits { nice: Some(7), memory: Some(1 << 30), cpus: NonZeroUsize::new(1) };
    assert_eq!(finish(command).await.tail, ["7", "1", "1048576"]);
}

#[tokio::test]
async fn cancelling_before_the_start_ends_at_once() {
    let place = Place::new();
    let (canceller, cancel) = cancellation();
    canceller.stop(Stop::Now);
    let exit = run(place.shell("sleep 600"), cancel).await.unwrap();
    assert_eq!(exit.status, Status::Cancelled);
    assert!(exit.duration < Duration::from_secs(3));
}

#[tokio::test]
async fn a_command_that_cannot_start_says_what_to_do() {
    let place = Place::new();
    let script = place.write("script", "#!/no/such/interpreter\n");
    let log = place.path().join("log");
    let mut messages = Vec::new();
    messages.push(run(Command::new("no-such-program-anywhere", place.path(), &log), Cancel::never()).await);
    messages.push(run(Command::new("./script", place.path(), &log), Cancel::never()).await);
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    messages.push(run(Command::new("./script", place.path(), &log), Cancel::never()).await);
    messages.push(run(Command::new("true", "/no/such/directory", &log), Cancel::never()).await);
    let messages: Vec<String> = messages.into_iter().map(|outcome| outcome.unwrap_err().to_string()).collect();
    insta::assert_snapshot!(messages.join("\n"), @r"
    `no-such-program-anywhere` was not found; install it, or put its directory into PATH
    `./script` may not be executed; make it executable (`chmod +x`) or run it through its interpreter
    the interpreter that the first line of `./script` names was not found; install it or correct that line
    the directory /no/such/directory to run `true` in is not there
    ");
}

#[tokio::test]
async fn a_log_that_cannot_be_made_stops_the_command_from_starting() {
    let place = Place::new();
    place.write("logs", "a file in the way");
    let error = run(place.shell("touch started"), Cancel::never()).await.unwrap_err();
    assert!(error.to_string().starts_with("failed to write the log "), "{error}");
    assert!(!place.path().join("started").exists());
}

#[tokio::test]
async fn a_script_that_was_just_written_starts_although_others_start_too() {
    let place = Place::new();
    let starts = (0..40).map(|number| {
        let script = place.write(&format!("script-{number}"), "#!/bin/sh\nexit 0\n");
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let log = place.path().join(format!("log-{number}"));
        tokio::spawn(run(Command::new(script, place.path(), log), Cancel::never()))
    });
    for start in starts.collect::<Vec<_>>() {
        assert!(start.await.unwrap().unwrap().status.is_success());
    }
}

#[test]
fn statuses_read_as_the_end_of_a_sentence() {
    let statuses = [
        Status::Code(2),
        Status::Code(127),
        Status::Code(137),
        Status::Signal(9),
        Status::Signal(15),
        Status::TimedOut(Duration::from_mins(30)),
        Status::TimedOut(Duration::from_secs(90)),
        Status::TimedOut(Duration::from_millis(300)),
        Status::Cancelled,
    ];
    insta::assert_snapshot!(statuses.map(|status| format!("the build {status}")).join("\n"), @r"
    the build exited with code 2
    the build exited with code 127 (a program was not found)
    the build exited with code 137 (a program in it was killed, often for lack of memory)
    the build was killed by signal 9, often for lack of memory
    the build was ended by signal 15
    the build was stopped after its timeout of 30 min
    the build was stopped after its timeout of 90 s
    the build was stopped after its timeout of 300 ms
    the build was cancelled
    ");
}

/// The part of the next test that runs in a process of its own.
const CHILD: &str = "CUTOVER_TEST_PROCESS_CHILD";

#[tokio::test]
async fn child_of_the_orphan_test() {
    if let Some(directory) = std::env::var_os(CHILD) {
        let directory = Utf8PathBuf::try_from(std::path::PathBuf::from(directory)).unwrap();
        let script = "trap '' TERM HUP; sleep 600 & echo $! >> pids; echo $$ >> pids;
            setsid sh -c 'echo $$ >> pids; exec sleep 600' & wait";
        let mut command = Command::shell(script, &directory, directory.join("log"));
        command.contained = true;
        run(command, Cancel::never()).await.unwrap();
    }
}

#[tokio::test]
async fn no_orphan_survives_when_cutover_itself_is_killed() {
    let place = Place::new();
    let mut cutover = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::tests::child_of_the_orphan_test"])
        .env(CHILD, place.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let pids = place.pids(3).await;
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    cutover.kill().unwrap();
    cutover.wait().unwrap();
    all_die(&pids).await;
}
