//! What people and scripts read of a run.

use std::time::Duration;

use super::super::Style;
use super::super::run::{Facts, Standing, json, standing, text};
use super::exact::{holds_the_stored, times, without};
use super::fixture::{Fixture, closed, opened, result, tree};
use crate::event::{Event, Failure, FailureClass, RunState, StepIndex, Stop, UnitIndex};

fn facts<'a>(fixture: &'a Fixture, state: &'a RunState, next: &'a [String]) -> Facts<'a> {
    let elapsed = Some(Duration::from_secs(193));
    Facts { migration: &fixture.migration, state, running: false, stopped: None, elapsed, next }
}

fn next() -> Vec<String> {
    vec!["cutover resume 20261122-094500-3f9a --retry-failed".to_owned()]
}

#[test]
fn a_run_of_a_dozen_reads_like_this() {
    let fixture = Fixture::of(12);
    let mut events = fixture.events(12);
    events.push(closed());
    let state = fixture.after(&events);
    insta::assert_snapshot!(text(&facts(&fixture, &state, &next()), &Style::plain(100)));
}

#[test]
fn an_interrupted_run_says_what_is_under_way_and_what_is_not_begun() {
    let fixture = Fixture::of(12);
    let mut events = fixture.events(4);
    // The fifth is in the middle of its build.
    events.extend(fixture.way(5).into_iter().take(4));
    let state = fixture.after(&events);
    insta::assert_snapshot!(text(&facts(&fixture, &state, &next()), &Style::plain(80)));
}

#[test]
fn every_connector_stands_exactly_once_in_the_groups_of_a_run() {
    let fixture = Fixture::of(291);
    let mut events = fixture.events(250);
    events.extend(fixture.way(253).into_iter().take(4));
    let state = fixture.after(&events);
    let text = text(&facts(&fixture, &state, &[]), &Style::plain(80));
    let groups = without(&text, &["Warnings"]);
    let groups: Vec<&str> = groups
        .lines()
        .filter(|line| !["hint:", "--adopt", "cutover logs", "The log of"].iter().any(|said| line.contains(said)))
        .filter(|line| !line.contains("the connector's work"))
        .collect();
    let groups = groups.join("\n");
    for unit in &fixture.migration.frozen.units {
        let name = unit.connector.name.as_str();
        assert_eq!(times(&groups, name), 1, "{name}\n{groups}");
    }
}

#[test]
fn the_commands_to_type_next_are_the_last_lines() {
    let fixture = Fixture::of(3);
    let state = fixture.after(&fixture.events(3));
    let text = text(&facts(&fixture, &state, &next()), &Style::plain(80));
    assert!(text.ends_with("\nnext:\n  cutover resume 20261122-094500-3f9a --retry-failed\n"), "{text}");
}

#[test]
fn where_a_run_stands_follows_from_its_units_its_holder_and_why_it_stopped() {
    let fixture = Fixture::of(3);
    let (all, some) = (fixture.events(3), fixture.events(1));
    let state = |events: &[Event], last: &[Event]| fixture.after(&[events, last].concat());
    let stopping = |reason| Event::Stopping { reason };
    // The second of the three fails in its build.
    assert_eq!(standing(&state(&all, &[closed()]), false, None), Standing::Failed);
    assert_eq!(standing(&state(&some, &[]), true, None), Standing::Running);
    // A journal without `closed` at its end belongs to a process that died.
    assert_eq!(standing(&state(&some, &[]), false, None), Standing::Interrupted);
    assert_eq!(standing(&state(&some, &[stopping(Stop::FailFast)]), false, None), Standing::Interrupted);
    assert_eq!(standing(&state(&some, &[stopping(Stop::FailFast), closed()]), false, None), Standing::Stopped);
    assert_eq!(standing(&state(&some, &[stopping(Stop::FailureBudget), closed()]), false, None), Standing::Stopped);
    assert_eq!(standing(&state(&some, &[stopping(Stop::Interrupted), closed()]), false, None), Standing::Interrupted);
    assert_eq!(standing(&state(&some, &[]), false, Some(Stop::FailureBudget)), Standing::Stopped);
    let one = Fixture::of(1);
    assert_eq!(standing(&one.after(&one.events(1)), false, None), Standing::Finished);
}

#[test]
fn a_failed_step_of_the_run_is_told_once_and_its_connectors_are_blocked() {
    let workflow = "version: 1\nname: w\nsteps:\n  fetch: { scope: run, run: fetch }\n  build: { run: make }\n";
    let fixture = Fixture::with(workflow, tree(3));
    let (unit, step) = (UnitIndex::RUN, StepIndex(0));
    let failure = Failure::new(FailureClass::Network, "`fetch` could not reach the host").hint("look at the network");
    let events =
        [opened(), Event::Started { unit, step, attempt: 1 }, Event::Failed { unit, step, failure, retry_in: None }];
    let state = fixture.after(&events);
    let facts = facts(&fixture, &state, &[]);
    assert_eq!(facts.standing(), Standing::Failed);
    insta::assert_snapshot!(text(&facts, &Style::plain(80)));
    assert_eq!(json("status", &facts)["steps"][0]["outcome"], "failed");
    assert_eq!(json("status", &facts)["units"][0]["reason"], "step fetch of the run has failed");
}

/// The text of a run in which every build fails, each in a line of its own.
fn with_failed_builds(connectors: u32) -> String {
    let workflow = "version: 1\nname: w\nsteps:\n  build: { run: make }\n";
    let fixture = Fixture::with(workflow, tree(connectors as usize));
    let mut events = vec![opened()];
    for at in 1..=connectors {
        let (unit, step) = (UnitIndex(at), StepIndex(0));
        let path = fixture.migration.frozen.units[at as usize - 1].connector.path.clone();
        let failure = Failure::new(FailureClass::Edit, format!("{path}/setup.py: line {at} is not as expected"))
            .cause("setup.py is not as expected")
            .hint(format!("mend line {at}"));
        events.push(Event::Started { unit, step, attempt: 1 });
        events.push(Event::Failed { unit, step, failure, retry_in: None });
    }
    let state = fixture.after(&events);
    text(&facts(&fixture, &state, &[]), &Style::plain(80))
}

#[test]
fn a_few_failures_with_one_cause_each_say_what_is_their_own() {
    insta::assert_snapshot!(with_failed_builds(2));
}

#[test]
fn many_failures_with_one_cause_are_told_once_whatever_their_numbers() {
    insta::assert_snapshot!(with_failed_builds(9));
}

#[test]
fn a_step_that_waits_for_another_try_says_which_try_failed_and_why() {
    let workflow = "version: 1\nname: w\nsteps:\n  build: { run: make }\n";
    let fixture = Fixture::with(workflow, tree(1));
    let (unit, step) = (UnitIndex(1), StepIndex(0));
    let failure = Failure::new(FailureClass::Network, "the host was not reached");
    let state = fixture.after(&[
        opened(),
        Event::Started { unit, step, attempt: 1 },
        Event::Failed { unit, step, failure, retry_in: Some(2000) },
    ]);
    let facts = facts(&fixture, &state, &[]);
    let step = &json("status", &facts)["units"][0]["steps"][0];
    assert_eq!(
        (&step["outcome"], &step["attempt"], &step["class"]),
        (&"retrying".into(), &1.into(), &"network".into())
    );
    assert!(text(&facts, &Style::plain(80)).contains("\n  source-aster: build (retrying)\n"));
}

#[test]
fn unmet_criteria_are_told_as_what_is_not_done() {
    let workflow = "version: 1\nname: w\nsteps:\n  build: { run: make }\n";
    let fixture = Fixture::with(workflow, tree(1));
    let (unit, step) = (UnitIndex(1), StepIndex(0));
    let unmet = vec!["the Dockerfile is gone: `not exists('Dockerfile')` is false".to_owned()];
    let state = fixture.after(&[
        opened(),
        Event::Started { unit, step, attempt: 1 },
        Event::Succeeded { unit, step, result: result(false, "") },
        Event::Verified { unit, unmet },
    ]);
    let text = text(&facts(&fixture, &state, &[]), &Style::plain(120));
    assert!(
        text.contains("\n  not done: the Dockerfile is gone: `not exists('Dockerfile')` is false\n    source-aster\n"),
        "{text}"
    );
}

#[test]
fn the_run_for_scripts_keeps_every_key_it_ever_had_under_each_verb() {
    let fixture = Fixture::of(12);
    let state = fixture.after(&fixture.events(10));
    let next = next();
    let facts = facts(&fixture, &state, &next);
    for verb in ["run", "resume", "status"] {
        let mut now = json(verb, &facts);
        assert_eq!(now["schema"], format!("cutover.{verb}/1"));
        // The three have the same keys; one document is stored for them.
        now["schema"] = "cutover.run/1".into();
        holds_the_stored("run-1.json", &now);
    }
}
