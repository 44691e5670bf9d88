//! What scripts rely on: the fields of JSON answers, and the exit codes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::monorepo::{CONNECTORS, Files};
use super::place::{EDITS, PUBLISHED, Place, outcomes};

/// Asserts that an object has all of these fields.
fn has(object: &Value, fields: &[&str]) {
    let found: BTreeSet<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    for field in fields {
        assert!(found.contains(field), "no `{field}` in {object:#}");
    }
}

#[test]
fn list_tells_every_connector_and_why_it_is_in_or_out() {
    let place = Place::usual();
    let answer = place.cutover(&["list", "--name", "source-a", "--format", "json"]).exits(0).json();
    assert_eq!(answer["schema"], "cutover.list/1");
    let connectors = answer["connectors"].as_array().unwrap();
    assert_eq!(connectors.len(), 3);
    let fields =
        ["name", "path", "type", "language", "support_level", "version", "documentation", "selected", "reason"];
    for connector in connectors {
        has(connector, &fields);
    }
    let first = &connectors[0];
    assert_eq!(first["path"], format!("{CONNECTORS}/source-a"));
    let facts =
        ["type", "language", "support_level", "version", "documentation"].map(|field| first[field].as_str().unwrap());
    assert_eq!(facts, ["source", "python", "certified", "0.1.0", "docs/integrations/sources/a.md"]);
    assert_eq!((&first["selected"], &connectors[1]["selected"]), (&true.into(), &false.into()));
}

#[test]
fn plan_tells_every_step_and_file_and_the_patch() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let answer = place.cutover(&["plan", &workflow, "--name", "source-a", "--format", "json"]).exits(0).json();
    assert_eq!(answer["schema"], "cutover.plan/1");
    assert_eq!(answer["base"], place.git(&["rev-parse", "HEAD"]));
    let connectors = answer["connectors"].as_array().unwrap();
    assert_eq!(connectors.len(), 1);
    has(&connectors[0], &["name", "outcome", "reason", "branch", "steps", "files", "patch"]);
    assert_eq!(connectors[0]["branch"], "cutover/edits/source-a");
    connectors[0]["steps"].as_array().unwrap().iter().for_each(|step| has(step, &["id", "outcome", "detail"]));
    let files = connectors[0]["files"].as_array().unwrap();
    for file in files {
        has(file, &["path", "change", "added", "deleted"]);
    }
    let changes: Vec<_> =
        files.iter().map(|file| (file["change"].as_str().unwrap(), &file["added"], &file["deleted"])).collect();
    assert_eq!(
        changes,
        [("deleted", &0.into(), &2.into()), ("modified", &3.into(), &1.into()), ("modified", &1.into(), &0.into())]
    );
}

#[test]
fn run_resume_and_status_tell_the_same_about_every_unit() {
    let place = Place::usual();
    let workflow = place.workflow(PUBLISHED);
    let run = place.cutover(&["run", &workflow, "--format", "json"]).exits(0).json();
    let resumed = place.cutover(&["resume", "--format", "json"]).exits(0).json();
    let status = place.status();
    for (answer, verb) in [(&run, "run"), (&resumed, "resume"), (&status, "status")] {
        assert_eq!(answer["schema"], format!("cutover.{verb}/1"));
        has(answer, &["run", "state", "units"]);
        assert_eq!(answer["state"], "finished");
        let units = answer["units"].as_array().unwrap();
        assert_eq!(units.len(), 3);
        let fields = ["name", "outcome", "reason", "branch", "commit", "pull_request", "steps"];
        for unit in units {
            has(unit, &fields);
        }
        assert_eq!(answer["units"], run["units"], "{verb}");
    }
    let first = &run["units"][0];
    assert_eq!(first["commit"], place.git(&["rev-parse", "cutover/published/source-a"]));
    assert_eq!(first["pull_request"]["number"].as_u64().map(|number| (1..=3).contains(&number)), Some(true));
}

#[test]
fn every_selected_connector_is_named_exactly_once_in_the_summary() {
    let files = Files::default().python("source-a").python("source-b");
    let place = Place::new(&files.file(&format!("{CONNECTORS}/source-unsound/metadata.yaml"), "data: [\n"));
    let workflow = place.workflow(EDITS);
    let said =
        place.cutover(&["run", &workflow]).exits(1).answers(&["Changed (2)", "Failed (1)", "2 changed, 1 failed"]);
    for name in ["source-a", "source-b"] {
        assert_eq!(said.out.matches(name).count(), 1, "{}", said.out);
    }
    let next = said.out.split("next:").nth(1).unwrap();
    assert!(next.contains("cutover status"), "{next}");
}

#[test]
fn without_a_terminal_there_are_no_colours_and_the_answer_is_on_standard_output() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    for arguments in
        [vec!["list"], vec!["plan", &workflow, "--diff"], vec!["run", &workflow], vec!["status"], vec!["runs"]]
    {
        let said = place.cutover(&arguments).exits(0);
        assert!(!said.out.is_empty() && !said.out.contains('\x1b') && !said.err.contains('\x1b'), "{said:?}");
    }
}

#[test]
fn a_plan_with_changes_exits_with_3_only_when_asked() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    place.cutover(&["plan", &workflow]).exits(0);
    place.cutover(&["plan", &workflow, "--exit-code"]).exits(3);
    let nothing =
        place.workflow("version: 1\nname: n\nsteps:\n  n: { uses: file.remove, with: { path: absent.txt } }\n");
    place.cutover(&["plan", &nothing, "--exit-code"]).exits(0);
}

#[test]
fn usage_errors_exit_with_2() {
    let place = Place::usual();
    for arguments in
        [&["frobnicate"][..], &["run"], &["run", "x", "--no-such-flag"], &["run", "bump-version", "--jobs", "0"]]
    {
        place.cutover(arguments).exits(2);
    }
    for budget in ["0%", "101%", "many", "-1"] {
        place.cutover(&["run", "bump-version", &format!("--max-failures={budget}")]).exits(2);
    }
    place.cutover(&["status"]).exits(2).complains(&["has no runs yet", "cutover run"]);
    place.cutover(&["resume", "nope"]).exits(2);
}

#[test]
fn fail_fast_and_the_failure_budget_stop_with_4_and_the_rest_is_resumed() {
    let mut files = Files::default();
    for number in 0..6 {
        files = files.file(&format!("{CONNECTORS}/source-bad-{number}/metadata.yaml"), "data: [\n");
    }
    for number in 0..6 {
        files = files.python(&format!("source-good-{number}"));
    }
    for (budget, failed) in [(&["--fail-fast"][..], 1), (&["--max-failures", "2"], 3), (&["--max-failures", "20%"], 3)]
    {
        let place = Place::new(&files);
        let workflow = place.workflow(EDITS);
        let arguments = [&["run", &workflow, "--jobs", "1", "--format", "json"], budget].concat();
        let answer = place.cutover(&arguments).exits(4).json();
        assert_eq!(
            (&answer["state"], answer["summary"]["failed"].as_u64()),
            (&"stopped".into(), Some(failed)),
            "{budget:?}"
        );
        assert!(answer["summary"]["pending"].as_u64() > Some(0), "{answer:#}");
        let resumed = place.cutover(&["resume", "--format", "json"]);
        let counted = outcomes(&resumed.json());
        assert_eq!(counted.len(), 12);
    }
}

#[test]
fn open_units_are_told_by_status_with_5() {
    let place = Place::usual();
    let workflow = place.workflow("version: 1\nname: w\nsteps:\n  w: { run: 'kill -9 $PPID' }\n");
    let said = place.cutover(&["run", &workflow]);
    assert_eq!(said.code, -9, "{said:?}");
    let status = place.cutover(&["status", "--format", "json"]).exits(5).json();
    assert_eq!(status["state"], "interrupted");
    place.cutover(&["status"]).exits(5).answers(&["was interrupted", "cutover resume"]);
}
