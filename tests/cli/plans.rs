//! `plan`: it writes nothing, and what it promises is what a run does.

use std::fs;

use super::monorepo::{CONNECTORS, page_of};
use super::place::{EDITS, PUBLISHED, Place};

/// Every file of a directory with its content.
fn content(directory: &camino::Utf8Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in directory.read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            if path.is_dir() {
                found.push((path.to_string(), Vec::new()));
                directories.push(path);
            } else {
                found.push((path.to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_plan_writes_nothing_to_the_repository() {
    let place = Place::usual();
    let (edits, published) = (place.workflow(EDITS), place.workflow(PUBLISHED));
    let before = content(place.root());
    let out = place.beside("plan.json");
    let patches = place.beside("patches");
    place.cutover(&["plan", &edits, "--diff"]).exits(0);
    place.cutover(&["plan", &published, "--format", "json"]).exits(0);
    place.cutover(&["plan", &edits, "--out", out.as_str(), "--patch-dir", patches.as_str()]).exits(0);
    assert_eq!(content(place.root()), before);
    assert!(out.exists() && patches.join("source-a.patch").exists());
}

#[test]
fn a_plan_says_what_is_known_only_in_the_run() {
    let place = Place::usual();
    let workflow = place.workflow(PUBLISHED);
    let answer = place.cutover(&["plan", &workflow, "--format", "json"]).exits(0).json();
    let first = &answer["connectors"][0];
    assert_eq!((&first["outcome"], &first["final"]), (&"changed".into(), &false.into()));
    let outcomes: Vec<&str> =
        first["steps"].as_array().unwrap().iter().map(|step| step["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["changed", "changed", "in-the-run", "changed"]);
}

#[test]
fn a_plan_in_a_file_is_carried_out_as_it_was_planned() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let file = place.beside("plan.json");
    place.cutover(&["plan", &workflow, "--name", "source-a", "--date", "2026-01-02", "--out", file.as_str()]).exits(0);
    fs::remove_file(&workflow).unwrap();
    let answer = place.cutover(&["run", file.as_str(), "--format", "json"]).exits(0).json();
    assert_eq!(answer["units"].as_array().unwrap().len(), 1);
    assert!(place.show("cutover/edits/source-a", &format!("docs/{}.md", page_of("source-a"))).contains("2026-01-02"));
    let planned: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let promised = planned["frozen"]["units"][0]["promised-tree"].as_str().unwrap();
    assert_eq!(place.git(&["rev-parse", "cutover/edits/source-a^{tree}"]), promised);
}

#[test]
fn a_stale_plan_is_refused_with_6() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let file = place.beside("plan.json");
    place.cutover(&["plan", &workflow, "--out", file.as_str()]).exits(0);
    place.git(&["commit", "-q", "--allow-empty", "-m", "later"]);
    place.cutover(&["run", file.as_str()]).exits(6).complains(&["the plan is stale", "Plan again"]);
    assert!(!place.state().exists());
    let base = place.git(&["rev-parse", "HEAD~1"]);
    place.cutover(&["run", file.as_str(), "--base", &base]).exits(0);
    assert_eq!(place.git(&["rev-parse", "cutover/edits/source-a~1"]), base);
}

#[test]
fn a_plan_that_was_changed_by_hand_is_refused() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let file = place.beside("plan.json");
    place.cutover(&["plan", &workflow, "--out", file.as_str()]).exits(0);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("cutover/edits/source-b", "cutover/edits/source-x")).unwrap();
    place.cutover(&["run", file.as_str()]).exits(2).complains(&["was changed after it was written"]);
    fs::write(&file, "{\"schema\": \"something/1\"}").unwrap();
    place.cutover(&["run", file.as_str()]).exits(2).complains(&["is not a plan that can be run"]);
}

#[test]
fn a_plan_serves_on_a_bare_repository_and_so_does_a_run() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let bare = place.beside("bare");
    place.git(&["clone", "-q", "--bare", ".", bare.as_str()]);
    super::monorepo::git(&bare, &["config", "user.name", "Ada"]);
    super::monorepo::git(&bare, &["config", "user.email", "ada@example.com"]);
    place.cutover(&["plan", &workflow, "--repo", bare.as_str()]).exits(0).answers(&["source-a"]);
    place.cutover(&["run", &workflow, "--repo", bare.as_str()]).exits(0);
    let branches = super::monorepo::git(&bare, &["for-each-ref", "refs/heads/cutover/"]);
    assert_eq!(branches.lines().count(), 3);
}

#[test]
fn the_diff_that_is_shown_changes_just_the_lines_that_must_change() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let said = place.cutover(&["plan", &workflow, "--name", "source-a", "--diff", "--date", "2026-11-22"]).exits(0);
    let line = |text: &str| assert!(said.out.contains(text), "`{text}` is not in:\n{}", said.out);
    line("deleted file mode 100644");
    line(&format!("--- a/{CONNECTORS}/source-a/metadata.yaml"));
    line("-  dockerImageTag: 0.1.0 # as released");
    line("+  dockerImageTag: 0.1.1 # as released");
    line("+| 0.1.1   | 2026-11-22 | [77](https://github.com/airbytehq/airbyte/pull/77)");
}
