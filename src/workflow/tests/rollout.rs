//! The key `rollout`: what it means, and what cannot be meant.

use std::num::NonZeroUsize;
use std::time::Duration;

use insta::assert_snapshot;

use super::super::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
use super::super::{MaxFailures, Milestone, RolloutOptions, WaveSize, Window, Workflow};
use super::{codes, loaded, shown, workflow};

/// A workflow that publishes, with this rollout.
fn with_rollout(rollout: &str) -> String {
    format!(
        "version: 1\nname: w\nrollout: {rollout}\nsteps:\n  open: {{ uses: pull-request.open, with: {{ title: t }} }}\n"
    )
}

fn options(rollout: &str) -> RolloutOptions {
    workflow(&with_rollout(rollout)).rollout.expect("it is there")
}

#[test]
fn every_key_is_read() {
    let rollout = "
  waves: [10, 10%, 50%, rest]
  canary: [source-faker, source-x*]
  advance: merged
  after: 1d
  max-open: 30
  max-pending-checks: 10
  max-unreviewed: 20
  stuck-after: 7d
  max-failures: 10%
  windows: [{ days: mon-fri, hours: \"09:00-16:00\", zone: europe/berlin }]";
    let number = |number: usize| NonZeroUsize::new(number).unwrap();
    assert_eq!(shown(&with_rollout(rollout)), "");
    let windows =
        vec![Window { days: vec![Mon, Tue, Wed, Thu, Fri], opens: 540, closes: 960, zone: "Europe/Berlin".into() }];
    assert_eq!(
        options(rollout),
        RolloutOptions {
            waves: vec![WaveSize::Count(number(10)), WaveSize::Percent(10), WaveSize::Percent(50), WaveSize::Rest],
            canary: vec!["source-faker".into(), "source-x*".into()],
            advance: Milestone::Merged,
            after: Some(Duration::from_hours(24)),
            max_open: Some(number(30)),
            max_pending_checks: Some(number(10)),
            max_unreviewed: Some(number(20)),
            stuck_after: Some(Duration::from_hours(7 * 24)),
            max_failures: Some(MaxFailures::Percent(10)),
            windows,
        }
    );
}

#[test]
fn it_is_frozen_and_read_back() {
    let workflow = workflow(&with_rollout("{ waves: [1, rest], after: 1h, windows: { hours: '22:00-06:00' } }"));
    let frozen = serde_json::to_string(&workflow).unwrap();
    assert_eq!(serde_json::from_str::<Workflow>(&frozen).unwrap(), workflow);
}

#[test]
fn what_a_rollout_does_not_say_limits_nothing() {
    assert_eq!(options("{}"), RolloutOptions::default());
    assert_eq!(RolloutOptions::default().advance, Milestone::Green);
}

#[test]
fn days_are_names_and_ranges_also_over_the_end_of_the_week() {
    let days = |days: &str| options(&format!("{{ windows: {{ days: {days} }} }}")).windows[0].days.clone();
    assert_eq!(days("fri-mon"), [Mon, Fri, Sat, Sun]);
    assert_eq!(days("'mon, wed'"), [Mon, Wed]);
    assert_eq!(days("[Monday, wed, wed]"), [Mon, Wed]);
}

#[test]
fn a_window_is_open_the_whole_day_of_every_day_in_utc_where_it_says_nothing() {
    let window = options("{ windows: [{}] }").windows[0].clone();
    assert_eq!((window.days.len(), window.opens, window.closes, window.zone.as_str()), (7, 0, 1440, "UTC"));
}

#[test]
fn waves_that_cannot_be_are_refused() {
    assert_snapshot!(shown(&with_rollout("{ waves: [10, rest, 50%] }")), @r"
    error[misplaced-rest]: `rest` takes every connector that is left, so no wave can come after it
     --> w.yaml:3:24
      |
    3 | rollout: { waves: [10, rest, 50%] }
      |                        ^^^^
      |
      = help: Write it last, or give this wave a number or a percentage.
    ");
    assert_snapshot!(shown(&with_rollout("{ waves: [60%, 50%, rest] }")), @r"
    error[waves-too-large]: the waves up to this one are 110% of the connectors
     --> w.yaml:3:25
      |
    3 | rollout: { waves: [60%, 50%, rest] }
      |                         ^^^
      |
      = help: Each percentage is a share of all connectors, not of those left; `rest` takes what is left.
    ");
    assert_snapshot!(shown(&with_rollout("{ waves: [0, 101%, remaining] }")), @r"
    error[wrong-type]: the size of a wave must be a number from 1, a percentage up to 100%, or `rest`, not the number 0
     --> w.yaml:3:20
      |
    3 | rollout: { waves: [0, 101%, remaining] }
      |                    ^
      |
      = help: Write `10` for ten connectors, `10%` for a tenth of all, or `rest` for those that are left.

    error[wrong-type]: the size of a wave must be a number from 1, a percentage up to 100%, or `rest`, not the text `101%`
     --> w.yaml:3:23
      |
    3 | rollout: { waves: [0, 101%, remaining] }
      |                       ^^^^
      |
      = help: Write `10` for ten connectors, `10%` for a tenth of all, or `rest` for those that are left.

    error[wrong-type]: the size of a wave must be a number from 1, a percentage up to 100%, or `rest`, not the text `remaining`
     --> w.yaml:3:29
      |
    3 | rollout: { waves: [0, 101%, remaining] }
      |                             ^^^^^^^^^
      |
      = help: Write `10` for ten connectors, `10%` for a tenth of all, or `rest` for those that are left.
    ");
    assert_snapshot!(shown(&with_rollout("{ waves: 10 }")), @r"
    error[wrong-type]: `waves` must be a list, not the number 10
     --> w.yaml:3:19
      |
    3 | rollout: { waves: 10 }
      |                   ^^
      |
      = help: Write the size of each wave, such as `[10, 10%, 50%, rest]`.
    ");
    assert_eq!(codes(&with_rollout("{ waves: [] }")), ["empty-value"]);
}

#[test]
fn windows_that_cannot_be_are_refused() {
    assert_snapshot!(shown(&with_rollout("{ windows: [{ zone: Europe/Brelin }, { zone: berlin }, { zone: Narnia }] }")), @r"
    error[unknown-zone]: there is no time zone `Europe/Brelin`
     --> w.yaml:3:30
      |
    3 | rollout: { windows: [{ zone: Europe/Brelin }, { zone: berlin }, { zone: Narnia }] }
      |                              ^^^^^^^^^^^^^
      |
      = help: Did you mean `Europe/Berlin`?

    error[unknown-zone]: there is no time zone `berlin`
     --> w.yaml:3:55
      |
    3 | rollout: { windows: [{ zone: Europe/Brelin }, { zone: berlin }, { zone: Narnia }] }
      |                                                       ^^^^^^
      |
      = help: Did you mean `Europe/Berlin`?

    error[unknown-zone]: there is no time zone `Narnia`
     --> w.yaml:3:73
      |
    3 | rollout: { windows: [{ zone: Europe/Brelin }, { zone: berlin }, { zone: Narnia }] }
      |                                                                         ^^^^^^
      |
      = help: Write the IANA name of a zone, such as `Europe/Berlin`, `America/New_York` or `UTC`.
    ");
    assert_snapshot!(shown(&with_rollout("{ windows: [{ hours: '09:00-09:00' }, { hours: '9-17' }, { hours: '24:00-25:00' }] }")), @r#"
    error[window-never-opens]: the window closes in the minute in which it opens
     --> w.yaml:3:31
      |
    3 | rollout: { windows: [{ hours: '09:00-09:00' }, { hours: '9-17' }, { hours: '24:00-25:00' }] }
      |                               ^^^^^^^^^^^^^
      |
      = help: For the whole day write `"00:00-24:00"`, or leave out `hours`.

    error[wrong-type]: `hours` must be two times of the day, not the text `9-17`
     --> w.yaml:3:57
      |
    3 | rollout: { windows: [{ hours: '09:00-09:00' }, { hours: '9-17' }, { hours: '24:00-25:00' }] }
      |                                                         ^^^^^^
      |
      = help: Write opening and closing as `"09:00-16:00"`; a window such as `"22:00-06:00"` closes on the next day.

    error[wrong-type]: `hours` must be two times of the day, not the text `24:00-25:00`
     --> w.yaml:3:76
      |
    3 | rollout: { windows: [{ hours: '09:00-09:00' }, { hours: '9-17' }, { hours: '24:00-25:00' }] }
      |                                                                            ^^^^^^^^^^^^^
      |
      = help: Write opening and closing as `"09:00-16:00"`; a window such as `"22:00-06:00"` closes on the next day.
    "#);
    assert_snapshot!(shown(&with_rollout("{ windows: [{ days: mon-fry }, { days: weekend }] }")), @r"
    error[unknown-value]: `fry` is not a day of the week
     --> w.yaml:3:30
      |
    3 | rollout: { windows: [{ days: mon-fry }, { days: weekend }] }
      |                              ^^^^^^^
      |
      = help: Did you mean `fri`?

    error[unknown-value]: `weekend` is not a day of the week
     --> w.yaml:3:49
      |
    3 | rollout: { windows: [{ days: mon-fry }, { days: weekend }] }
      |                                                 ^^^^^^^
      |
      = help: Write days as `mon-fri`, as `mon,wed`, or as a list such as `[mon, wed-fri]`.
    ");
    assert_snapshot!(shown(&with_rollout("{ windows: [] }")), @r#"
    error[window-never-opens]: `windows` is an empty list, so nothing could ever be published
     --> w.yaml:3:21
      |
    3 | rollout: { windows: [] }
      |                     ^^
      |
      = help: Add a window such as `{ days: mon-fri, hours: "09:00-16:00", zone: Europe/Berlin }`, or remove the key.
    "#);
}

#[test]
fn other_values_that_cannot_be_are_refused() {
    assert_snapshot!(shown(&with_rollout("{ advance: greeen, max-open: 0, stuck-after: 7, max-failures: 0%, canaries: [] }")), @r"
    error[unknown-value]: `advance` cannot be `greeen`
     --> w.yaml:3:21
      |
    3 | rollout: { advance: greeen, max-open: 0, stuck-after: 7, max-failures: 0%, canaries: [] }
      |                     ^^^^^^
      |
      = help: Did you mean `green`?

    error[wrong-type]: `max-open` must be a whole number from 1, not the number 0
     --> w.yaml:3:39
      |
    3 | rollout: { advance: greeen, max-open: 0, stuck-after: 7, max-failures: 0%, canaries: [] }
      |                                       ^

    error[wrong-type]: `stuck-after` must be a duration, not the number 7
     --> w.yaml:3:55
      |
    3 | rollout: { advance: greeen, max-open: 0, stuck-after: 7, max-failures: 0%, canaries: [] }
      |                                                       ^
      |
      = help: Say of what: `7s`, `7m` or `7h`.

    error[wrong-type]: `max-failures` must be a number from 1 or a percentage from 1% to 100%, not the text `0%`
     --> w.yaml:3:72
      |
    3 | rollout: { advance: greeen, max-open: 0, stuck-after: 7, max-failures: 0%, canaries: [] }
      |                                                                        ^^
      |
      = help: Write `5` for five connectors, or `10%` for a tenth of them; `fail-fast: true` stops at the first.

    error[unknown-key]: `rollout` has no key `canaries`
     --> w.yaml:3:76
      |
    3 | rollout: { advance: greeen, max-open: 0, stuck-after: 7, max-failures: 0%, canaries: [] }
      |                                                                            ^^^^^^^^
      |
      = help: Did you mean `canary`?
    ");
    assert_snapshot!(shown(&with_rollout("{ canary: ['!source-x', 'source-[a'] }")), @r"
    error[invalid-pattern]: `!source-x` takes connectors out, and `canary` names those that go first
     --> w.yaml:3:21
      |
    3 | rollout: { canary: ['!source-x', 'source-[a'] }
      |                     ^^^^^^^^^^^
      |
      = help: Name the connectors that go into the first wave.

    error[invalid-pattern]: `source-[a` is not a pattern: unclosed character class; missing ']'
     --> w.yaml:3:34
      |
    3 | rollout: { canary: ['!source-x', 'source-[a'] }
      |                                  ^^^^^^^^^^^
      |
      = help: Write a connector's name, or a glob such as `source-google-*`.
    ");
}

#[test]
fn a_rollout_of_a_workflow_that_publishes_nothing_is_a_warning() {
    let text = with_rollout("{ max-open: 3 }").replace("uses: pull-request.open, with: { title: t }", "run: x");
    assert_snapshot!(shown(&text), @r"
    warning[nothing-published]: no step publishes anything that could be rolled out in waves
     --> w.yaml:3:1
      |
    3 | rollout: { max-open: 3 }
      | ^^^^^^^
      |
      = help: Add a step such as `uses: pull-request.open`, or remove `rollout`.
    ");
    assert!(loaded(&text).workflow.is_some());
}
