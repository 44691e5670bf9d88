//! What the live display shows at one moment.

use std::time::{Duration, Instant};

use super::super::Style;
use super::super::tests::fixture::{Fixture, opened};
use super::live::{Frame, frame, remarks};
use super::tally::Tally;
use crate::engine::Progress;
use crate::event::{Event, UnitIndex};

/// A tally that was told of these units' whole ways, one a second.
fn told(fixture: &Fixture, units: std::ops::RangeInclusive<u32>, start: Instant) -> (Tally, Instant) {
    let mut tally = Tally::new(start, Some(0));
    let mut state = fixture.after(&[opened()]);
    let mut now = start;
    for at in units {
        let unit = UnitIndex(at);
        tally.take(&Progress::Working { unit, step: None }, now);
        now += Duration::from_secs(1);
        for event in fixture.way(at as usize) {
            state.apply(&event).unwrap();
            tally.take(&Progress::Event(&event), now);
        }
        let outcome = state.outcome(unit);
        tally.take(&Progress::Ended { unit, outcome: &outcome, state: &state }, now);
    }
    (tally, now)
}

fn shown(fixture: &Fixture, tally: &Tally, width: usize, now: Instant) -> Frame {
    frame(&fixture.migration, tally, Style::plain(width), now)
}

#[test]
fn the_display_counts_by_outcome_and_expects_the_rest_to_take_as_long() {
    let fixture = Fixture::of(60);
    let (tally, now) = told(&fixture, 1..=20, Instant::now());
    let frame = shown(&fixture, &tally, 100, now);
    assert_eq!((frame.ended, frame.clock.as_str()), (20, "in 20 s, about 41 s left"));
    assert_eq!(
        frame.counts,
        "13 changed, 1 already as wanted, 1 skipped, 3 failed, 1 edited by a person, 1 closed by a person"
    );
    assert_eq!(frame.workers, Vec::<String>::new());
    assert_eq!(shown(&fixture, &tally, 50, now).clock, "20 s, 41 s left");
}

#[test]
fn nothing_is_expected_from_the_first_few_ends() {
    let fixture = Fixture::of(60);
    let (tally, now) = told(&fixture, 1..=2, Instant::now());
    assert_eq!(shown(&fixture, &tally, 100, now).clock, "2.0 s");
}

#[test]
fn each_busy_worker_has_a_line_the_longest_first_and_the_others_a_number() {
    let fixture = Fixture::of(60);
    let start = Instant::now();
    let mut tally = Tally::new(start, Some(0));
    let build = fixture.step("build");
    for at in 1..=12 {
        let now = start + Duration::from_secs(u64::from(at));
        tally.take(&Progress::Working { unit: UnitIndex(at), step: None }, now);
        tally.take(&Progress::Working { unit: UnitIndex(at), step: Some(build) }, now);
    }
    tally.take(&Progress::Working { unit: UnitIndex(13), step: None }, start);
    let frame = shown(&fixture, &tally, 100, start + Duration::from_secs(90));
    assert_eq!(frame.workers.len(), 8, "{frame:?}");
    assert_eq!(frame.workers[0], "  destination-aster-birch   1 min 29 s  build");
    assert_eq!(frame.workers[7], "  and 6 more under way");
}

#[test]
fn a_step_that_waits_to_be_tried_again_says_so() {
    let fixture = Fixture::of(2);
    let start = Instant::now();
    let mut tally = Tally::new(start, Some(0));
    let (unit, step) = (UnitIndex(1), fixture.step("build"));
    tally.take(&Progress::Working { unit, step: Some(step) }, start);
    let failure = super::super::tests::fixture::build_failure(1);
    tally.take(&Progress::Event(&Event::Failed { unit, step, failure, retry_in: Some(9000) }), start);
    let frame = shown(&fixture, &tally, 100, start);
    assert_eq!(frame.workers, ["  source-aster       0.0 s  waits to try build again"]);
}

#[test]
fn one_failure_is_told_of_three_times_at_most() {
    let fixture = Fixture::of(120);
    let mut tally = Tally::new(Instant::now(), Some(0));
    let mut state = fixture.after(&[opened()]);
    let mut lines = Vec::new();
    for at in 1..=120_u32 {
        for event in fixture.way(at as usize) {
            state.apply(&event).unwrap();
        }
        let outcome = state.outcome(UnitIndex(at));
        let ended = Progress::Ended { unit: UnitIndex(at), outcome: &outcome, state: &state };
        lines.extend(remarks(&fixture.migration, &mut tally, &ended, Instant::now()).into_iter().map(|(_, line)| line));
    }
    assert_eq!(lines.iter().filter(|line| line.contains("failed in build")).count(), 3, "{lines:#?}");
}
