//! Waves, limits and windows through the binary: who is published when, and that nobody is twice.

use std::fs;

use serde_json::{Value, json};

use super::monorepo::Files;
use super::place::{PUBLISHED, Place, outcomes, step, unit};

const FIVE: [&str; 5] = ["source-a", "source-b", "source-c", "source-d", "source-e"];

/// Five connectors.
fn five() -> Place {
    Place::new(&FIVE.iter().fold(Files::default(), |files, name| files.python(name)))
}

/// The usual workflow with this rollout.
fn rolled_out(place: &Place, rollout: &str) -> String {
    place.workflow(&PUBLISHED.replace("steps:\n", &format!("rollout: {rollout}\nsteps:\n")))
}

/// The pull requests that there are: for each connector its numbers.
fn opened(place: &Place) -> Vec<(String, u64)> {
    let directory = place.state().join("forge");
    let Ok(files) = directory.read_dir_utf8() else { return Vec::new() };
    let paths = files.map(|file| file.unwrap().into_path()).filter(|path| path.extension() == Some("json"));
    let mut found: Vec<(String, u64)> = paths
        .map(|path| {
            let record: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            let head = record["head"].as_str().unwrap();
            (head.rsplit('/').next().unwrap().to_owned(), record["number"].as_u64().unwrap())
        })
        .collect();
    found.sort();
    found
}

fn names(found: &[(String, u64)]) -> Vec<&str> {
    found.iter().map(|(name, _)| name.as_str()).collect()
}

/// A person edits the file of a connector's pull request.
fn edit(place: &Place, name: &str, key: &str, value: Value) {
    let (_, number) = opened(place).into_iter().find(|(found, _)| found == name).unwrap();
    let path = place.state().join(format!("forge/{number}.json"));
    let mut record: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    record[key] = value;
    fs::write(&path, serde_json::to_string_pretty(&record).unwrap()).unwrap();
}

fn merge(place: &Place, name: &str) {
    edit(place, name, "state", json!("merged"));
}

#[test]
fn waves_and_limits_let_in_as_many_as_people_merge() {
    let place = five();
    let workflow = rolled_out(&place, "{ waves: [2, rest], max-open: 2 }");
    let first = place.cutover(&["run", &workflow, "--format", "json"]).exits(5).json();
    assert_eq!(names(&opened(&place)), FIVE[..2]);
    let waits = unit(&first, "source-c");
    assert_eq!((&waits["outcome"], &waits["wave"]), (&json!("blocked"), &json!(2)), "{waits:#}");
    assert_eq!(waits["reason"], "waits for wave 1 of 2, which is not all green");
    let at = step(&waits, "pull-request");
    assert_eq!((&at["outcome"], &at["waits_for"]), (&json!("waiting"), &json!("rollout")));
    assert!(waits["commit"].is_string(), "it is committed already");
    assert_eq!(step(&unit(&first, "source-a"), "changelog")["outcome"], "changed");

    // Nothing has happened: nothing happens.
    place.cutover(&["resume"]).exits(5);
    assert_eq!(names(&opened(&place)), FIVE[..2]);

    merge(&place, "source-a");
    let half = place.cutover(&["resume", "--format", "json"]).exits(5).json();
    assert_eq!(unit(&half, "source-a")["outcome"], "merged", "{half:#}");
    assert_eq!(names(&opened(&place)), FIVE[..2]);

    merge(&place, "source-b");
    let second = place.cutover(&["resume", "--format", "json"]).exits(5);
    second.complains(&["wave 1 of the rollout is done"]);
    assert_eq!(opened(&place).len(), 4, "two more may be open");
    let waits = place.status();
    let last = outcomes(&waits).into_iter().find(|(_, outcome)| outcome == "blocked").unwrap().0;
    assert_eq!(unit(&waits, &last)["reason"], "waits for its turn: at most 2 pull requests may be open (`max-open`)");
    place.cutover(&["status"]).exits(5).answers(&["Waves", "wave 1: 2 connectors, done", "wave 2: 3 connectors"]);

    for (name, _) in opened(&place) {
        merge(&place, &name);
    }
    place.cutover(&["resume"]).exits(0);
    assert_eq!(names(&opened(&place)), FIVE, "each once");
    let written: Vec<u64> = opened(&place).into_iter().map(|(_, number)| number).collect();
    let mut numbers = written.clone();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    place.cutover(&["resume"]).exits(0).complains(&["nothing left to do"]);
}

#[test]
fn a_wave_that_only_has_to_be_open_lets_the_next_one_in_at_once() {
    let place = five();
    let workflow = rolled_out(&place, "{ waves: [1, 1, 1, rest], canary: source-d, advance: opened }");
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(0).json();
    let found = opened(&place);
    let number = |name: &str| found.iter().find(|(found, _)| found == name).unwrap().1;
    assert_eq!(["source-d", "source-a", "source-b"].map(number), [1, 2, 3]);
    let wave = |name: &str| unit(&answer, name)["wave"].as_u64().unwrap();
    assert_eq!(FIVE.map(wave), [2, 3, 4, 1, 4]);
}

#[test]
fn checks_decide_whether_a_wave_is_green_and_too_many_red_ones_stop_the_rollout() {
    let place = five();
    let workflow = rolled_out(&place, "{ waves: [2, 1, rest], max-failures: 1% }");
    place.cutover(&["run", &workflow]).exits(5);
    let checks = |state: &str| json!([{ "name": "ci", "state": state }]);
    edit(&place, "source-a", "checks", checks("passed"));
    edit(&place, "source-b", "checks", checks("failed"));
    let stopped = place.cutover(&["resume"]).exits(4);
    stopped.answers(&["was stopped by failures", "wave 1, in which 1 of 2 failed; at most 0 may"]);
    assert_eq!(opened(&place).len(), 2);

    edit(&place, "source-b", "checks", checks("passed"));
    place.cutover(&["resume"]).exits(5);
    assert_eq!(names(&opened(&place)), FIVE[..3]);
}

#[test]
fn a_canary_that_fails_stops_the_rollout_until_it_is_mended() {
    let place = five();
    let good = place.beside("good");
    let text = format!(
        "version: 1\nname: moody\nrollout: {{ waves: [1, rest], advance: opened }}\nsteps:\n  edit: {{ uses: file.remove, with: {{ path: \
         Dockerfile }} }}\n  check: {{ needs: edit, run: 'test $CUTOVER_CONNECTOR_NAME != source-a -o -e {good}' }}\n  open: {{ needs: \
         check, uses: pull-request.open, with: {{ title: x }} }}\n"
    );
    let workflow = place.workflow(&text);
    place.cutover(&["run", &workflow]).exits(4).answers(&["1 of 1 failed"]);
    assert_eq!(opened(&place).len(), 0);
    fs::write(&good, "").unwrap();
    place.cutover(&["resume", "--retry-failed"]).exits(0);
    assert_eq!(names(&opened(&place)), FIVE);
}

#[test]
fn outside_of_its_windows_a_run_only_commits() {
    let place = five();
    let day = jiff::Zoned::now().checked_add(jiff::Span::new().days(3)).unwrap().strftime("%a").to_string();
    let workflow =
        rolled_out(&place, &format!("{{ windows: {{ days: {}, hours: '09:00-10:00' }} }}", day.to_lowercase()));
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(5).json();
    assert_eq!(opened(&place).len(), 0);
    assert_eq!(place.branches().lines().count(), 5);
    for name in FIVE {
        let waits = step(&unit(&answer, name), "pull-request");
        assert!(waits["until"].as_str().unwrap().ends_with("T09:00:00Z"), "{waits:#}");
    }
}

#[test]
fn nothing_of_a_wave_that_has_not_begun_is_pushed() {
    let place = five();
    let remote = place.beside("remote.git");
    place.git(&["clone", "-q", "--bare", place.root().as_str(), remote.as_str()]);
    let workflow = rolled_out(&place, "{ waves: [2, rest] }");
    place.cutover(&["run", &workflow, "--remote", remote.as_str()]).exits(5);
    let pushed = super::monorepo::git(&remote, &["for-each-ref", "--format=%(refname:short)", "refs/heads/cutover/"]);
    assert_eq!(pushed, "cutover/published/source-a\ncutover/published/source-b");
    for name in &FIVE[..2] {
        merge(&place, name);
    }
    place.cutover(&["resume"]).exits(0);
    let pushed = super::monorepo::git(&remote, &["for-each-ref", "--format=%(refname:short)", "refs/heads/cutover/"]);
    assert_eq!(pushed.lines().count(), 5);
}

#[test]
fn what_a_rollout_probably_does_not_mean_is_warned_of() {
    let place = five();
    let workflow = rolled_out(&place, "{ waves: [5, 3, rest], canary: [source-a, source-x] }");
    let said = place.cutover(&["plan", &workflow]).exits(0);
    said.complains(&[
        "the canary `source-x` of `rollout` matches no connector of the run",
        "the waves of `rollout` ask for 8 connectors and the run has 5",
    ]);
}

/// The usual workflow on GitHub, with labels and reviewers.
fn on_github(place: &Place, rollout: &str) -> String {
    let text = PUBLISHED.replace("migrate\" }", "migrate\", labels: [migration], reviewers: [ada] }");
    place.workflow(
        &text.replace(
            "steps:\n",
            &format!("publish: {{ forge: github, repository: acme/connectors }}\n{rollout}steps:\n"),
        ),
    )
}

#[test]
fn a_plan_says_how_long_the_forges_limits_make_the_publishing() {
    let place = five();
    let workflow = on_github(&place, "");
    place.cutover(&["plan", &workflow]).exits(0).answers(&[
        "Publishing",
        "5 pull requests, 15 writes: about 15 s at 80 a minute and 500 an hour.",
        "if it begins now, nothing fails, checks take 20 min and a review 4 h.",
    ]);
    let plan = place.cutover(&["plan", &workflow, "--format", "json"]).exits(0).json();
    assert_eq!(plan["rollout"], Value::Null);
    assert_eq!((&plan["publishing"]["pull_requests"], &plan["publishing"]["writes"]), (&json!(5), &json!(15)));
    let text = fs::read_to_string(&workflow).unwrap();
    let merging = place.workflow(&format!(
        "{text}  checks: {{ needs: changelog, uses: pull-request.wait-for-checks }}\n  merge: {{ needs: checks, uses: pull-request.merge }}\n"
    ));
    let plan = place.cutover(&["plan", &merging, "--format", "json"]).exits(0).json();
    assert_eq!(plan["publishing"]["writes"], 20, "waiting writes nothing, merging once");
    let local = rolled_out(&place, "{}");
    let plan = place.cutover(&["plan", &local, "--format", "json"]).exits(0).json();
    assert_eq!(plan["publishing"]["writes_per_minute"], Value::Null, "nothing limits files");
}

#[test]
fn a_plan_has_the_timetable_of_the_waves() {
    let place = five();
    let window = "windows: { hours: '00:00-24:00', zone: Europe/Berlin }";
    let workflow = on_github(&place, &format!("rollout: {{ waves: [1, 50%, rest], advance: merged, {window} }}\n"));
    let assumed = ["--assume-checks", "10m", "--assume-review", "1h"];
    let plan = place.cutover(&[&["plan", &workflow][..], &assumed].concat()).exits(0);
    plan.answers(&[
        "Rollout",
        "wave 1 1 connector opened",
        "wave 2 3 connectors opened",
        "wave 3 1 connector opened",
        "5 pull requests, 15 writes at 80 a minute and 500 an hour.",
        "(Europe/Berlin), if it begins now, nothing fails, checks take 10 min and a review 1 h.",
    ]);
    let plan = place.cutover(&[&["plan", &workflow, "--format", "json"][..], &assumed].concat()).exits(0).json();
    let waves = plan["rollout"].as_array().unwrap();
    let moment = |wave: usize, key: &str| waves[wave][key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    for wave in 0..3 {
        assert_eq!(moment(wave, "ends").duration_since(moment(wave, "opened")).as_mins(), 60);
    }
    assert_eq!(moment(1, "begins").duration_since(moment(0, "ends")).as_secs() / 10, 0, "the next follows at once");
    assert_eq!(plan["publishing"]["merged_by"], waves[2]["ends"]);
    place.cutover(&["plan", &workflow, "--assume-checks", "soon"]).exits(2).complains(&["`soon` is no duration"]);
}
