//! The journal as its users see it. The crash tests have files of their own.

mod append;
mod child;
mod crash;
mod damage;
mod disk;
mod open;
mod strace;

use std::sync::Arc;

use camino::Utf8Path;
use jiff::Timestamp;

use super::*;
use crate::base::{Clock, FixedClock, RunId};
use crate::event::{Event, StepIndex, UnitIndex};

/// Noon of some day.
const NOON: &str = "2026-11-22T12:00:00Z";

fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock(noon()))
}

fn run_id(id: &str) -> RunId {
    RunId::new(id).unwrap()
}

/// An event that can be told from others by its number.
fn event(number: u32) -> Event {
    Event::Started { unit: UnitIndex(1), step: StepIndex(0), attempt: number }
}

fn number(event: &Event) -> u32 {
    match event {
        Event::Started { attempt, .. } => *attempt,
        other => panic!("not an event of these tests: {other:?}"),
    }
}

/// A state directory for one test.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn open(&self) -> Journal {
        Journal::open(self.path()).unwrap()
    }

    fn lock(&self, run: &str) -> Lock {
        Lock::acquire(self.path(), &run_id(run), noon()).unwrap()
    }

    /// Makes a run and its writer.
    fn begin(&self, journal: &Journal, run: &str) -> Writer {
        let lock = self.lock(run);
        journal.create_run(&record(run), &lock).unwrap();
        journal.writer(lock, clock()).unwrap()
    }
}

fn record(run: &str) -> RunRecord {
    RunRecord::new(run_id(run), "remove-file", noon(), "0123abc", format!("{{\"plan\": \"{run}\"}}"))
}

/// The numbers of a run's events, in order.
fn numbers(journal: &Journal, run: &str) -> Vec<u32> {
    journal.events(&run_id(run)).unwrap().map(|record| number(&record.unwrap().event)).collect()
}

/// A generator of repeatable accidents; xorshift.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
