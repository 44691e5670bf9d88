//! Several processes, and signals.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::monorepo::Files;
use super::place::{EDITS, Place, Said};
use super::run_steps::is_gone;

/// A run that is under way, and killed if a test ends early.
struct UnderWay(Option<Child>);

impl UnderWay {
    /// Starts a run and waits until one of its steps has made this file.
    fn begin(place: &Place, arguments: &[&str], until: &camino::Utf8Path) -> Self {
        let mut command = place.command(arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while !until.exists() || std::fs::read_to_string(until).unwrap().is_empty() {
            assert!(Instant::now() < deadline, "the run does not begin");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self(Some(child))
    }

    fn pid(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(self.0.as_ref().unwrap()), signal).unwrap();
    }

    fn end(mut self) -> Said {
        Said::of(&self.0.take().unwrap().wait_with_output().unwrap(), &["run"])
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A step that says its process id and then takes its time.
fn slow(place: &Place, seconds: u32) -> (String, camino::Utf8PathBuf) {
    let mark = place.beside("pid");
    let text = format!(
        "version: 1\nname: slow\nsteps:\n  wait: {{ run: 'echo $$ > {mark}; sleep {seconds}; echo x > done.txt' }}\n"
    );
    (place.workflow(&text), mark)
}

#[test]
fn a_second_process_on_one_run_is_refused_with_pid_and_host_of_the_first() {
    let place = Place::usual();
    let (workflow, mark) = slow(&place, 100);
    let first = UnderWay::begin(&place, &["run", &workflow, "--jobs", "1"], &mark);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let pid = format!("process {} on {host}", first.pid());
    let run = place.status()["run"].as_str().unwrap().to_owned();
    place.cutover(&["resume", &run]).exits(7).complains(&[&pid, &run, "cutover status"]);
    let other = place.workflow(EDITS);
    place.cutover(&["run", &other]).exits(7).complains(&[&pid]);
    assert_eq!(place.branches(), "");
    // Looking and planning is always allowed.
    let status = place.status();
    assert_eq!((&status["state"], &status["holder"]["pid"]), (&"running".into(), &first.pid().into()));
    place.cutover(&["plan", &other]).exits(0);
    place.cutover(&["runs"]).exits(0).answers(&[&run]);
    first.send(Signal::KILL);
    let step = std::fs::read_to_string(&mark).unwrap();
    first.end();
    // What a killed cutover leaves running is its step's process, which nobody could stop any more.
    let _ = kill_process(Pid::from_raw(step.trim().parse().unwrap()).unwrap(), Signal::KILL);
}

#[test]
fn the_first_ctrl_c_finishes_what_is_running_and_resume_does_the_rest() {
    let place = Place::usual();
    let (workflow, mark) = slow(&place, 2);
    let run = UnderWay::begin(&place, &["run", &workflow, "--jobs", "1"], &mark);
    run.send(Signal::INT);
    let said = run.end().exits(130).complains(&["what is running is finished", "cutover resume"]);
    assert!(said.out.contains("cutover resume"), "{}", said.out);
    let status = place.cutover(&["status", "--format", "json"]).exits(5).json();
    assert_eq!(status["state"], "interrupted");
    let first = super::place::step(&status["units"][0], "wait");
    assert_eq!(first["outcome"], "changed", "what was running is finished: {status:#}");
    place.cutover(&["resume"]).exits(0).answers(&["3 changed"]);
    assert_eq!(place.branches().lines().count(), 3);
}

#[test]
fn sigterm_is_as_good_as_ctrl_c() {
    let place = Place::usual();
    let (workflow, mark) = slow(&place, 1);
    let run = UnderWay::begin(&place, &["run", &workflow, "--jobs", "1"], &mark);
    run.send(Signal::TERM);
    run.end().exits(130).complains(&["cutover resume"]);
    place.cutover(&["resume"]).exits(0).answers(&["3 changed"]);
}

#[test]
fn the_second_ctrl_c_kills_process_groups_and_leaves_no_orphan() {
    let place = Place::usual();
    let (workflow, mark) = slow(&place, 100);
    let run = UnderWay::begin(&place, &["run", &workflow, "--jobs", "1"], &mark);
    let started = Instant::now();
    run.send(Signal::INT);
    std::thread::sleep(Duration::from_millis(300));
    run.send(Signal::INT);
    run.end().exits(130);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert!(is_gone(std::fs::read_to_string(&mark).unwrap().trim()));
    let sleeping = std::process::Command::new("ps").args(["-eo", "pgid,args"]).output();
    if let Ok(sleeping) = sleeping {
        let group = std::fs::read_to_string(&mark).unwrap();
        let all = String::from_utf8_lossy(&sleeping.stdout).into_owned();
        let orphans = all.lines().filter(|line| line.trim_start().starts_with(&format!("{} ", group.trim())));
        assert_eq!(orphans.filter(|line| line.contains("sleep")).count(), 0, "{all}");
    }
    assert_eq!(place.branches(), "", "an interrupted step has no result");
    let status = place.status();
    assert_eq!((&status["state"], &status["summary"]["failed"]), (&"interrupted".into(), &0.into()), "{status:#}");
}

#[test]
fn a_killed_process_leaves_a_lock_that_is_no_obstacle() {
    let place = Place::new(&Files::default().python("source-a"));
    let mark = place.beside("pid");
    // The first try kills its own cutover; the next one finds the mark.
    let text = format!(
        "version: 1\nname: w\nsteps:\n  w: {{ run: 'if [ ! -e {mark} ]; then touch {mark}; kill -9 $PPID; sleep 1; fi; echo x > x.txt' }}\n"
    );
    let workflow = place.workflow(&text);
    assert_eq!(place.cutover(&["run", &workflow]).code, -9);
    let said = place.cutover(&["resume"]).exits(0);
    said.complains(&["the last process of this repository's runs", "died; going on from the journal"]);
    assert_eq!(place.branches().lines().count(), 1);
}
