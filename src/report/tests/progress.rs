//! The displays, fed with the events of a run.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::Style;
use super::super::progress;
use super::fixture::{Fixture, opened, tree};
use crate::engine::{Observer, Progress};
use crate::event::{Event, Failure, FailureClass, RunState, StepIndex, UnitIndex, Waiting, WaitsFor};

/// Tells an observer of events as the engine would.
pub(super) struct Told<'a> {
    pub(super) state: RunState,
    observer: &'a Observer,
}

impl<'a> Told<'a> {
    pub(super) fn new(fixture: &Fixture, observer: &'a Observer) -> Self {
        Self { state: fixture.after(&[opened()]), observer }
    }

    pub(super) fn event(&mut self, event: &Event) {
        self.state.apply(event).unwrap();
        (self.observer)(Progress::Event(event));
        if let Event::Started { unit, step, .. } = event {
            (self.observer)(Progress::Working { unit: *unit, step: Some(*step) });
        }
    }

    pub(super) fn begin(&self, at: usize) {
        (self.observer)(Progress::Working { unit: index(at), step: None });
    }

    pub(super) fn end(&self, at: usize) {
        let outcome = self.state.outcome(index(at));
        assert!(outcome.is_final(), "unit {at} is {outcome:?}");
        (self.observer)(Progress::Ended { unit: index(at), outcome: &outcome, state: &self.state });
    }
}

pub(super) fn index(at: usize) -> UnitIndex {
    UnitIndex(u32::try_from(at).unwrap())
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What the plain display writes for these units of a run.
fn plain(fixture: &Fixture, units: std::ops::RangeInclusive<usize>) -> String {
    let out = Arc::new(Mutex::new(Vec::new()));
    let observer = progress::plain(Arc::clone(&fixture.migration), Arc::clone(&out) as _);
    let mut told = Told::new(fixture, &observer);
    for at in units {
        told.begin(at);
        for event in fixture.way(at) {
            told.event(&event);
        }
        told.end(at);
    }
    let written = out.lock().unwrap().clone();
    String::from_utf8(written).unwrap()
}

#[test]
fn without_a_terminal_each_end_is_a_line_and_a_warning_is_said_once() {
    insta::assert_snapshot!(plain(&Fixture::of(24), 1..=24));
}

#[test]
fn a_resumed_run_counts_on_from_where_it_stopped() {
    let fixture = Fixture::of(3);
    let out = Arc::new(Mutex::new(Vec::new()));
    let observer = progress::plain(Arc::clone(&fixture.migration), Arc::clone(&out) as _);
    let mut told = Told::new(&fixture, &observer);
    for event in fixture.way(1) {
        told.state.apply(&event).unwrap();
    }
    for event in fixture.way(3) {
        told.event(&event);
    }
    told.end(3);
    let written = String::from_utf8(out.lock().unwrap().clone()).unwrap();
    assert!(written.starts_with("[2/3] source-cedar: changed"), "{written}");
}

#[test]
fn the_same_reason_for_trying_again_is_said_once() {
    let fixture = Fixture::with("version: 1\nname: w\nsteps:\n  build: { run: make }\n", tree(2));
    let out = Arc::new(Mutex::new(Vec::new()));
    let observer = progress::plain(Arc::clone(&fixture.migration), Arc::clone(&out) as _);
    let mut told = Told::new(&fixture, &observer);
    for unit in [index(1), index(2)] {
        let step = StepIndex(0);
        let failure = Failure::new(FailureClass::Network, "the host was not reached");
        told.event(&Event::Started { unit, step, attempt: 1 });
        told.event(&Event::Failed { unit, step, failure, retry_in: Some(2_500) });
    }
    let written = String::from_utf8(out.lock().unwrap().clone()).unwrap();
    assert_eq!(written, "source-aster: build is tried again in 2.5 s: the host was not reached\n");
}

#[test]
fn a_closed_pipe_does_not_stop_the_run() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let fixture = Fixture::of(1);
    let observer = progress::plain(Arc::clone(&fixture.migration), Arc::new(Mutex::new(Closed)));
    let mut told = Told::new(&fixture, &observer);
    for event in fixture.way(1) {
        told.event(&event);
    }
    told.end(1);
}

#[test]
fn a_live_display_that_nobody_sees_is_harmless() {
    let fixture = Fixture::of(2);
    let live = progress::live(Arc::clone(&fixture.migration), 0, &Style::plain(50));
    let observer = live.observer();
    let mut told = Told::new(&fixture, &observer);
    for at in [1, 2] {
        told.begin(at);
        for event in fixture.way(at) {
            told.event(&event);
        }
        told.end(at);
    }
    live.finish();
    // Told of after the end, as by a worker that was late.
    told.begin(1);
}

#[test]
#[ignore = "draws on the terminal for a person; CONNECTORS, WIDTH and PAUSE in the environment"]
fn look_at_the_live_display() {
    let fixture = Fixture::of(number("CONNECTORS", 60));
    let style = Style { colour: true, width: number("WIDTH", 100) };
    let live = progress::live(Arc::clone(&fixture.migration), 0, &style);
    let observer = live.observer();
    let mut told = Told::new(&fixture, &observer);
    let pause = Duration::from_millis(number("PAUSE", 30) as u64);
    // A window of connectors goes step by step, one after the other begins.
    let total = fixture.units.len();
    let mut ways: Vec<std::vec::IntoIter<Event>> = (1..=total).map(|at| fixture.way(at).into_iter()).collect();
    let mut open: Vec<usize> = Vec::new();
    let mut next = 1;
    while next <= total || !open.is_empty() {
        while open.len() < 11 && next <= total {
            told.begin(next);
            open.push(next);
            next += 1;
        }
        open.retain(|&at| {
            let event = ways[at - 1].next();
            match &event {
                Some(event) => told.event(event),
                None => told.end(at),
            }
            std::thread::sleep(pause);
            event.is_some()
        });
    }
    live.finish();
}

#[test]
fn a_unit_that_waits_says_for_what_once_and_the_forges_pace_is_told() {
    let fixture = Fixture::of(24);
    let out = Arc::new(Mutex::new(Vec::new()));
    let observer = progress::plain(Arc::clone(&fixture.migration), Arc::clone(&out) as _);
    let waiting = Waiting::new(WaitsFor::Checks, "2 of 5 checks: ci / test, lint");
    for _ in 0..2 {
        observer(Progress::Working { unit: index(1), step: None });
        observer(Progress::Waits { unit: index(1), waiting: &waiting });
        observer(Progress::Paced { until: "2026-11-22T14:03:22Z".parse().unwrap() });
    }
    let said = String::from_utf8(out.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].ends_with(" waits for 2 of 5 checks: ci / test, lint"), "{said}");
    assert!(lines[1].starts_with("the forge's limits let the next write go out at "), "{said}");
}
