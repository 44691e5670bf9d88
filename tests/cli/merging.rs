//! From the draft to the merge, with a person who plays the forge: waiting outlives the process.

use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use super::monorepo::{Files, page_of};
use super::place::{PUBLISHED, Place, Said, outcomes, step, unit};

/// Draft, number, ready, checks, review, merge.
fn workflow(place: &Place) -> String {
    let text = PUBLISHED
        .replace("migrate\" }", "migrate\", draft: true }")
        .replace("steps:\n", "commit: { skip-ci-until-last: true }\nsteps:\n");
    place.workflow(&format!(
        "{text}  ready: {{ needs: changelog, uses: pull-request.ready }}\n  checks: {{ needs: ready, uses: \
         pull-request.wait-for-checks }}\n  review: {{ needs: ready, uses: pull-request.wait-for-review }}\n  merge: {{ \
         needs: [checks, review], uses: pull-request.merge }}\n"
    ))
}

/// Lets a person, or the forge, write into the file of a pull request.
fn write(place: &Place, number: u64, key: &str, value: serde_json::Value) {
    let path = place.state().join(format!("forge/{number}.json"));
    let mut record: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    record[key] = value;
    let new = path.with_extension("new");
    fs::write(&new, record.to_string()).unwrap();
    fs::rename(new, path).unwrap();
}

/// All is green, and a colleague is content.
fn approve(place: &Place, number: u64) {
    write(place, number, "checks", serde_json::json!([{ "name": "ci", "state": "passed", "required": true }]));
    write(place, number, "reviews", serde_json::json!([{ "by": "ada", "verdict": "approved" }]));
}

#[test]
fn a_run_waits_with_exit_code_5_and_resume_merges_what_is_green_and_approved() {
    let place = Place::usual();
    let said = place.cutover(&["run", &workflow(&place), "--format", "json"]).exits(5);
    let first = said.unit("source-a");
    assert_eq!(first["outcome"], "blocked", "{first:#}");
    assert_eq!(step(&first, "ready")["outcome"], "changed", "{first:#}");
    assert!(first["reason"].as_str().unwrap().contains("the first check of "), "{first:#}");

    for number in [1, 2] {
        approve(&place, number);
    }
    write(&place, 3, "checks", serde_json::json!([{ "name": "ci", "state": "pending" }]));
    let said = place.cutover(&["resume", "--format", "json"]).exits(5).json();
    let merged = outcomes(&said).into_iter().filter(|(_, outcome)| outcome == "merged").count();
    assert_eq!(merged, 2, "{said:#}");

    approve(&place, 3);
    let said = place.cutover(&["resume", "--format", "json"]).exits(0).json();
    assert!(outcomes(&said).iter().all(|(_, outcome)| outcome == "merged"), "{said:#}");
    let record = fs::read_to_string(place.state().join("forge/3.json")).unwrap();
    assert!(record.contains("\"state\": \"merged\"") && record.contains("\"draft\": false"), "{record}");
}

#[test]
fn a_failed_check_fails_its_connector_and_is_asked_again_on_demand() {
    let place = Place::new(&Files::default().python("source-a"));
    place.cutover(&["run", &workflow(&place)]).exits(5);
    approve(&place, 1);
    write(&place, 1, "checks", serde_json::json!([{ "name": "ci", "state": "failed" }]));
    let failed = place.cutover(&["resume", "--format", "json"]).exits(1).unit("source-a");
    assert_eq!((&failed["outcome"], &step(&failed, "checks")["outcome"]), (&"failed".into(), &"failed".into()));
    assert!(failed["reason"].as_str().unwrap().contains("check ci failed"), "{failed:#}");
    approve(&place, 1);
    let said = place.cutover(&["resume", "--retry-failed", "--format", "json"]).exits(0);
    assert_eq!(said.unit("source-a")["outcome"], "merged");
}

#[test]
fn a_flaky_check_is_run_again_as_often_as_asked_and_not_more_often_after_each_resume() {
    let place = Place::new(&Files::default().python("source-a"));
    let text = fs::read_to_string(workflow(&place)).unwrap();
    let text = text.replace("wait-for-checks }", "wait-for-checks, with: { rerun-failed: 1 } }");
    place.cutover(&["run", &place.workflow(&text)]).exits(5);
    approve(&place, 1);
    let failed = serde_json::json!([{ "name": "ci", "state": "failed" }]);
    write(&place, 1, "checks", failed.clone());
    let said = place.cutover(&["resume", "--format", "json"]).exits(5);
    assert_eq!(step(&said.unit("source-a"), "checks")["detail"], "waits for ci to run again (1 of 1)");
    let said = place.cutover(&["resume", "--format", "json"]).exits(5);
    assert_eq!(step(&said.unit("source-a"), "checks")["detail"], "waits for 1 of 1 check: ci");
    write(&place, 1, "checks", failed);
    let said = place.cutover(&["resume", "--format", "json"]).exits(1);
    let reason = said.unit("source-a")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("check ci failed, also when run again (1 time)"), "{reason}");
}

#[test]
fn watching_stays_until_all_is_merged() {
    let place = Place::new(&Files::default().python("source-a"));
    let arguments = ["run", &workflow(&place), "--watch", "1", "--format", "json"];
    let child = place.command(&arguments).spawn().unwrap();
    let record = place.state().join("forge/1.json");
    let is_ready = || fs::read_to_string(&record).is_ok_and(|text| text.contains("\"draft\": false"));
    let child = until(child, is_ready);
    approve(&place, 1);
    let said = Said::of(&child.wait_with_output().unwrap(), &arguments).exits(0);
    assert_eq!(said.unit("source-a")["outcome"], "merged");
}

/// Waits until something is so, and fails if it does not come.
fn until(mut child: Child, so: impl Fn() -> bool) -> Child {
    let begun = Instant::now();
    while !so() {
        let late = begun.elapsed() > Duration::from_mins(1);
        if late || child.try_wait().unwrap().is_some() {
            let _ = child.kill();
            panic!("{:?}", child.wait_with_output().unwrap());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

#[test]
fn only_the_last_commit_of_a_branch_is_built_where_the_workflow_says_so() {
    let place = Place::new(&Files::default().python("source-a"));
    place.cutover(&["run", &workflow(&place)]).exits(5);
    let message = |commit: &str| place.git(&["log", "-1", "--format=%B", commit]);
    let branch = "cutover/published/source-a";
    let first = message(&format!("{branch}~1"));
    assert!(first.contains("\n\n[skip ci]\n\nCutover-Run: "), "{first}");
    assert!(!message(branch).contains("skip ci"), "{}", message(branch));
    let trailers = place.git(&["log", "-1", "--format=%(trailers:key=Cutover-Connector)", &format!("{branch}~1")]);
    assert_eq!(trailers.trim(), "Cutover-Connector: source-a");
}

#[test]
fn connectors_that_share_a_page_are_merged_one_after_the_other() {
    let place = Place::new(&Files::default().python("source-a").python_with_page("source-b", &page_of("source-a")));
    let said = place.cutover(&["run", &workflow(&place), "--format", "json"]).exits(5);
    let number = |name: &str| said.unit(name)["pull_request"]["number"].as_u64().unwrap();
    let (first, second) = (number("source-a"), number("source-b"));
    approve(&place, second);
    let said = place.cutover(&["resume", "--format", "json"]).exits(5);
    let behind = unit(&said.json(), "source-b");
    assert!(behind["reason"].as_str().unwrap().contains("source-a, which goes first"), "{behind:#}");
    approve(&place, first);
    let said = place.cutover(&["resume", "--format", "json"]).exits(0).json();
    assert!(outcomes(&said).iter().all(|(_, outcome)| outcome == "merged"), "{said:#}");
}
