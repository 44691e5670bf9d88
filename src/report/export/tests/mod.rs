//! A run as documents: what they look like, that nobody is missing, and that nothing in a name or message gets out.

mod hostile;
mod kept;
mod look;
mod parsers;
mod rows;

use super::super::run::Facts;
use super::super::tests::fixture::{Fixture, closed, opened};
use super::{Format, export};
use crate::event::{Event, Failure, RunState, StepIndex, UnitIndex};

/// A workflow with one step.
const BUILD: &str = "version: 1\nname: w\nsteps:\n  build: { run: make }\n";

fn facts<'a>(fixture: &'a Fixture, state: &'a RunState, next: &'a [String]) -> Facts<'a> {
    Facts { migration: &fixture.migration, state, running: false, stopped: None, elapsed: None, next }
}

fn document(fixture: &Fixture, state: &RunState, format: Format) -> String {
    let next = ["cutover resume 20261122-094500-3f9a --retry-failed  # once the causes are mended".to_owned()];
    export(&facts(fixture, state, &next), &[], format)
}

/// A run of so many connectors at its end, with every kind of it.
fn ended(connectors: usize) -> (Fixture, RunState) {
    let fixture = Fixture::of(connectors);
    let mut events = fixture.events(fixture.units.len());
    events.push(closed());
    let state = fixture.after(&events);
    (fixture, state)
}

/// A run of so many connectors that was killed when a few were not at their end.
fn killed(connectors: usize) -> (Fixture, RunState) {
    let fixture = Fixture::of(connectors);
    let all = fixture.units.len();
    let left = (all / 4).max(5);
    let mut events = fixture.events(all - left);
    let begun = (all - left + 1..=all).find(|at| fixture.way(*at).len() > 5).unwrap();
    events.extend(fixture.way(begun).into_iter().take(4));
    let state = fixture.after(&events);
    (fixture, state)
}

/// The failure of a unit's only step.
fn failing(unit: UnitIndex, failure: Failure) -> [Event; 2] {
    let step = StepIndex(0);
    [Event::Started { unit, step, attempt: 1 }, Event::Failed { unit, step, failure, retry_in: None }]
}

/// A run in which the only step of the run itself fails.
fn blocked() -> (Fixture, RunState) {
    let workflow = "version: 1\nname: w\nsteps:\n  fetch: { scope: run, run: fetch }\n  build: { run: make }\n";
    let fixture = Fixture::with(workflow, super::super::tests::fixture::tree(3));
    let failure = Failure::new(crate::event::FailureClass::Network, "`fetch` could not reach the host")
        .hint("look at the network");
    let mut events = vec![opened()];
    events.extend(failing(UnitIndex::RUN, failure));
    let state = fixture.after(&events);
    (fixture, state)
}
