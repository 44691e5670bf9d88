//! `cutover close`.

use super::monorepo::{Files, git};
use super::place::{Said, outcomes};
use super::stage::{MIGRATION, Stage, branch};

fn stage() -> Stage {
    let names = ["source-a", "source-b", "source-c", "source-d"];
    let stage = Stage::new(&names.into_iter().fold(Files::default(), Files::python));
    let workflow = stage.place.workflow(MIGRATION);
    stage.run(&workflow).exits(0);
    stage
}

fn rows(said: &Said) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let answer = said.json();
    let rows = answer["connectors"].as_array().unwrap();
    rows.iter().map(|row| (text(&row["name"]), text(&row["outcome"]))).collect()
}

#[test]
fn a_run_that_is_given_up_leaves_nothing_but_what_is_merged_and_what_a_person_touched() {
    let stage = stage();
    stage.merge(&["source-a"]);
    let mine = stage.commit(&branch("source-b"), &[("mine.txt", "mine\n")]);
    let said = stage.place.cutover(&["close", "--format", "json"]).exits(0);
    let word = |name: &str, outcome: &str| (name.to_owned(), outcome.to_owned());
    let expected = [
        word("source-a", "merged"),
        word("source-b", "closed"),
        word("source-c", "closed"),
        word("source-d", "closed"),
    ];
    assert_eq!(rows(&said), expected);
    assert!(said.json()["connectors"][1]["reason"].as_str().unwrap().contains("which this run did not make"));
    let requests = stage.pull_requests();
    let state = |name: &str| requests[&branch(name)]["state"].as_str().unwrap().to_owned();
    assert_eq!(
        (state("source-a"), state("source-b"), state("source-c")),
        ("merged".into(), "closed".into(), "closed".into())
    );
    let comment = requests[&branch("source-c")]["comments"][0].as_str().unwrap();
    assert!(comment.starts_with("Closed by `cutover close` (run "), "{comment}");
    let heads = stage.heads();
    assert_eq!(heads.get(&branch("source-b")), Some(&mine), "what a person pushed stays");
    assert!(heads.contains_key(&branch("source-a")), "whether a merged branch goes is its forge's affair");
    assert!(!heads.contains_key(&branch("source-c")) && !heads.contains_key(&branch("source-d")));
    assert!(!stage.place.branches().contains("source-c"));

    let status = stage.place.status();
    let expected = [
        word("source-a", "merged"),
        word("source-b", "closed"),
        word("source-c", "closed"),
        word("source-d", "closed"),
    ];
    assert_eq!(outcomes(&status), expected);
    assert_eq!(status["summary"]["closed"], 3);
    // Nothing comes back, and there is nothing left to do.
    stage.place.cutover(&["resume"]).exits(0).complains(&["has nothing left to do"]);
    stage.place.cutover(&["refresh"]).exits(0);
    stage.place.cutover(&["close"]).exits(0);
    assert_eq!(stage.pull_requests(), requests);
    assert_eq!(stage.heads(), heads);
}

#[test]
fn what_a_process_that_died_left_is_closed_by_the_next() {
    let stage = stage();
    // As a process leaves it that dies after its first call to the forge, and one that dies after its first push.
    stage.set_state("source-a", "closed");
    git(&stage.remote, &["update-ref", "-d", &format!("refs/heads/{}", branch("source-b"))]);
    let said = stage.place.cutover(&["close", "--format", "json"]).exits(0);
    assert!(rows(&said).iter().all(|(_, outcome)| outcome == "closed"), "{:#}", said.json());
    assert_eq!(stage.heads().len(), 1, "only the base is left");
    assert_eq!(stage.place.branches(), "");
    assert!(stage.pull_requests().values().all(|request| request["state"] == "closed"));
    assert_eq!(stage.place.status()["summary"]["closed"], 4);
}

#[test]
fn a_run_that_was_hardly_begun_is_given_up_too() {
    let names = ["source-a", "source-b"];
    let stage = Stage::new(&names.into_iter().fold(Files::default(), Files::python));
    let text = MIGRATION.replace("steps:\n", "steps:\n  stop: { run: kill -9 $PPID }\n");
    let workflow = stage.place.workflow(&text);
    assert_eq!(stage.run(&workflow).code, -9);
    stage.place.cutover(&["close"]).exits(0).answers(&["Closed (2)"]);
    stage.place.cutover(&["resume"]).exits(0).complains(&["has nothing left to do"]);
}
