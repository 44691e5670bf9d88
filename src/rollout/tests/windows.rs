use super::super::window::Opening;
use super::{at, idle, rollout, said};
use crate::workflow::{RolloutOptions, Weekday, Window};

use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};

fn window(days: &[Weekday], hours: (u16, u16), zone: &str) -> Window {
    Window { days: days.to_vec(), opens: hours.0 * 60, closes: hours.1 * 60, zone: zone.to_owned() }
}

fn office() -> Opening {
    Opening::new(&window(&[Mon, Tue, Wed, Thu, Fri], (9, 16), "Europe/Berlin")).unwrap()
}

fn next(window: &Opening, now: &str) -> String {
    window.next(at(now)).unwrap().to_string()
}

#[test]
fn a_window_is_open_from_its_first_minute_up_to_its_last() {
    let office = office();
    assert!(!office.is_open(at("2026-11-23T07:59:59Z")));
    assert!(office.is_open(at("2026-11-23T08:00:00Z")), "nine in Berlin in winter");
    assert!(office.is_open(at("2026-11-23T14:59:59Z")));
    assert!(!office.is_open(at("2026-11-23T15:00:00Z")));
    assert!(!office.is_open(at("2026-11-22T10:00:00Z")), "a Sunday");
}

#[test]
fn the_next_opening_follows_the_clock_of_the_zone_over_the_change_of_summer_time() {
    let office = office();
    assert_eq!(next(&office, "2026-11-23T07:00:00Z"), "2026-11-23T08:00:00Z");
    assert_eq!(next(&office, "2026-11-23T08:00:00Z"), "2026-11-24T08:00:00Z", "after this one");
    assert_eq!(next(&office, "2026-11-27T20:00:00Z"), "2026-11-30T08:00:00Z", "after the weekend");
    // Summer time begins on Sunday, 29 March 2026, and ends on Sunday, 25 October 2026.
    assert_eq!(next(&office, "2026-03-27T20:00:00Z"), "2026-03-30T07:00:00Z");
    assert_eq!(next(&office, "2026-10-23T20:00:00Z"), "2026-10-26T08:00:00Z");
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_on_which_it_opens() {
    let night = Opening::new(&window(&[Fri], (22, 6), "UTC")).unwrap();
    assert!(night.is_open(at("2026-11-27T23:00:00Z")));
    assert!(night.is_open(at("2026-11-28T05:59:59Z")), "a Saturday");
    assert!(!night.is_open(at("2026-11-28T06:00:00Z")));
    assert!(!night.is_open(at("2026-11-27T05:00:00Z")), "the night before");
    assert_eq!(next(&night, "2026-11-28T01:00:00Z"), "2026-12-04T22:00:00Z");
}

#[test]
fn a_window_over_the_whole_day_closes_at_midnight() {
    let day = Opening::new(&window(&[Mon], (0, 24), "America/New_York")).unwrap();
    assert!(!day.is_open(at("2026-11-23T04:59:59Z")));
    assert!(day.is_open(at("2026-11-23T05:00:00Z")));
    assert!(day.is_open(at("2026-11-24T04:59:59Z")));
    assert!(!day.is_open(at("2026-11-24T05:00:00Z")));
}

#[test]
fn a_window_that_the_clock_leaves_out_opens_a_week_later() {
    // At two in the morning of 29 March 2026 it is three in Berlin.
    let left_out = Opening::new(&window(&[Sun], (2, 3), "Europe/Berlin")).unwrap();
    assert_eq!(next(&left_out, "2026-03-23T00:00:00Z"), "2026-04-05T00:00:00Z");
    let partly = Opening::new(&window(&[Sun], (1, 4), "Europe/Berlin")).unwrap();
    assert!(partly.is_open(at("2026-03-29T00:30:00Z")) && partly.is_open(at("2026-03-29T01:59:59Z")));
    assert!(!partly.is_open(at("2026-03-29T02:00:00Z")), "two hours of the world, three of the clock");
}

#[test]
fn an_hour_that_comes_twice_is_in_the_window_twice() {
    let night = Opening::new(&window(&[Sun], (1, 4), "Europe/Berlin")).unwrap();
    assert!(night.is_open(at("2026-10-24T23:00:00Z")));
    assert!(night.is_open(at("2026-10-25T00:30:00Z")) && night.is_open(at("2026-10-25T01:30:00Z")));
    assert!(!night.is_open(at("2026-10-25T03:00:00Z")));
}

#[test]
fn whoever_waits_for_a_window_is_told_when_the_first_one_opens() {
    let windows = vec![window(&[Mon], (20, 22), "Europe/Berlin"), window(&[Sat, Mon], (9, 11), "America/New_York")];
    let options = RolloutOptions { windows, ..RolloutOptions::default() };
    assert_eq!(
        said(&rollout(&options, 1), &[idle()], &[], 0),
        "waits for the window that opens on Mon 2026-11-23 09:00 (America/New_York) (until 2026-11-23T14:00:00Z)"
    );
    let open = RolloutOptions { windows: vec![window(&[Mon], (10, 11), "UTC")], ..RolloutOptions::default() };
    assert_eq!(said(&rollout(&open, 1), &[idle()], &[], 0), "ok");
}

#[test]
fn a_zone_that_a_run_names_and_nobody_knows_is_an_error() {
    let error = Opening::new(&window(&[Mon], (9, 16), "Mars/Olympus")).unwrap_err();
    assert_eq!(error.to_string(), "there is no time zone `Mars/Olympus`, which a window of `rollout` names");
}
