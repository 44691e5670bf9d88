//! Who goes when: waves, limits, windows, budgets, and the timetable that follows from them.

mod decisions;
mod histories;
mod simulation;
mod windows;

use std::num::NonZeroUsize;

use jiff::Timestamp;

use super::{Checks, Decision, Member, Open, Population, Rollout, Stage};
use crate::workflow::{RolloutOptions, WaveSize};

/// A Monday.
const NOW: &str = "2026-11-23T10:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn number(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

/// Waves from texts such as `10`, `10%` and `rest`.
fn waves(sizes: &[&str]) -> RolloutOptions {
    let size = |size: &&str| match size.strip_suffix('%') {
        _ if *size == "rest" => WaveSize::Rest,
        Some(share) => WaveSize::Percent(share.parse().unwrap()),
        None => WaveSize::Count(size.parse().unwrap()),
    };
    RolloutOptions { waves: sizes.iter().map(size).collect(), ..RolloutOptions::default() }
}

/// A rollout over units that are called `c0`, `c1`, …
fn rollout(options: &RolloutOptions, units: usize) -> Rollout {
    let names: Vec<String> = (0..units).map(|unit| format!("c{unit}")).collect();
    let names: Vec<Vec<&str>> = names.iter().map(|name| vec![name.as_str()]).collect();
    Rollout::new(options, &names).unwrap()
}

fn open(last_activity: &str, checks: Checks, reviewed: bool) -> Member {
    let open = Open { last_activity: at(last_activity), checks, reviewed };
    Member { stage: Stage::Open(open), ..Member::default() }
}

fn merged() -> Member {
    Member { stage: Stage::Merged, ..Member::default() }
}

fn failed() -> Member {
    Member { failed: true, ..Member::default() }
}

fn idle() -> Member {
    Member::default()
}

/// What is said to a unit at [`NOW`]; `ok`, or why not, with the time until which it waits.
fn said(rollout: &Rollout, members: &[Member], done: &[Timestamp], unit: usize) -> String {
    match rollout.decide(&Population { members, done }, unit, at(NOW)) {
        Decision::Admit => "ok".to_owned(),
        Decision::Wait(waiting) => match waiting.until {
            Some(until) => format!("{waiting} (until {until})"),
            None => waiting.to_string(),
        },
        Decision::Stop(waiting) => format!("stop: {waiting}"),
    }
}
