use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::{Assumptions, Pace, Timetable, Work, simulate};
use super::{NOW, at, number, rollout, waves};
use crate::workflow::{Milestone, RolloutOptions, Weekday, Window};

/// Three writes to open each, one to merge.
const WORK: Work = Work { opening: 3, merging: 1 };

fn assumptions() -> Assumptions {
    Assumptions { checks: Duration::from_mins(20), review: Duration::from_hours(1) }
}

fn table(options: &RolloutOptions, units: usize, pace: Pace) -> Timetable {
    simulate(&rollout(options, units), &vec![Some(WORK); units], at(NOW), pace, assumptions())
}

fn shown(table: &Timetable) -> Vec<String> {
    let clock = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| at.strftime("%a %H:%M:%S").to_string());
    let line = |wave: &super::super::WaveTimes| {
        format!(
            "{}: {} from {} to {}, merged {}",
            wave.wave,
            wave.connectors,
            clock(wave.begins),
            clock(wave.opened),
            clock(wave.ends)
        )
    };
    table.waves.iter().map(line).collect()
}

#[test]
fn without_limits_everything_happens_as_fast_as_checks_and_reviews_allow() {
    let table = table(&RolloutOptions::default(), 500, Pace::unlimited());
    assert_eq!(shown(&table), ["1: 500 from Mon 10:00:00 to Mon 10:00:00, merged Mon 11:00:00"]);
    assert_eq!((table.pull_requests, table.writes, table.halted), (500, 2_000, None));
}

#[test]
fn waves_follow_on_each_other() {
    let options = waves(&["2", "50%", "rest"]);
    assert_eq!(
        shown(&table(&options, 10, Pace::unlimited())),
        [
            "1: 2 from Mon 10:00:00 to Mon 10:00:00, merged Mon 11:00:00",
            "2: 5 from Mon 10:20:00 to Mon 10:20:00, merged Mon 11:20:00",
            "3: 3 from Mon 10:40:00 to Mon 10:40:00, merged Mon 11:40:00",
        ]
    );
    let options =
        RolloutOptions { advance: Milestone::Merged, after: Some(Duration::from_hours(24)), ..waves(&["2", "rest"]) };
    assert_eq!(
        shown(&table(&options, 3, Pace::unlimited())),
        [
            "1: 2 from Mon 10:00:00 to Mon 10:00:00, merged Mon 11:00:00",
            "2: 1 from Tue 11:00:00 to Tue 11:00:00, merged Tue 12:00:00",
        ]
    );
}

#[test]
fn a_limit_lets_in_as_many_as_go_out() {
    let options = RolloutOptions { max_open: Some(number(2)), ..RolloutOptions::default() };
    assert_eq!(
        shown(&table(&options, 5, Pace::unlimited())),
        ["1: 5 from Mon 10:00:00 to Mon 12:00:00, merged Mon 13:00:00"]
    );
}

#[test]
fn windows_hold_back_what_is_opened_and_not_what_is_merged() {
    let window = Window { days: vec![Weekday::Mon, Weekday::Wed], opens: 600, closes: 630, zone: "UTC".into() };
    let options = RolloutOptions { max_open: Some(number(2)), windows: vec![window], ..RolloutOptions::default() };
    assert_eq!(
        shown(&table(&options, 4, Pace::unlimited())),
        ["1: 4 from Mon 10:00:00 to Wed 10:00:00, merged Wed 11:00:00"]
    );
}

#[test]
fn the_forges_limits_stretch_it() {
    let pace = Pace::new(80, 500, SignedDuration::ZERO);
    let work = Work { opening: 3, merging: 0 };
    let table = simulate(&rollout(&RolloutOptions::default(), 500), &[Some(work); 500], at(NOW), pace, assumptions());
    // 500 writes in the first hour, six minutes of it; so in the second and in the third.
    assert_eq!(table.publishing, Some((at(NOW), at("2026-11-23T12:06:00Z"))));
    assert_eq!(table.writes, 1_500);
}

#[test]
fn who_publishes_nothing_has_no_place_in_the_timetable() {
    let work = [None, Some(WORK), None, Some(WORK)];
    let rollout = rollout(&waves(&["1", "1", "rest"]), 4);
    let table = simulate(&rollout, &work, at(NOW), Pace::unlimited(), assumptions());
    assert_eq!(
        shown(&table),
        [
            "2: 1 from Mon 10:00:00 to Mon 10:00:00, merged Mon 11:00:00",
            "3: 1 from Mon 10:20:00 to Mon 10:20:00, merged Mon 11:20:00",
        ]
    );
    assert_eq!(table.pull_requests, 2);
}
