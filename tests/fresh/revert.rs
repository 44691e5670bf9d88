//! `cutover revert`.

use super::monorepo::{Files, git};
use super::place::{outcomes, unit};
use super::stage::{MIGRATION, Stage, branch, metadata_path, page_path};

const NAMES: [&str; 6] = ["source-a", "source-b", "source-c", "source-d", "source-e", "source-f"];

/// Four are merged, each in another way; `source-e` is open, `source-f` is merged and built upon.
fn stage() -> (Stage, String) {
    let stage = Stage::new(&NAMES.into_iter().fold(Files::default(), Files::python));
    let workflow = stage.place.workflow(MIGRATION);
    let run = stage.run(&workflow).exits(0).json()["run"].as_str().unwrap().to_owned();
    stage.merge(&["source-a", "source-f"]);
    // Squashed, as GitHub does it: a new message with those of the commits in it.
    let messages =
        stage.person(&["log", "--reverse", "--format=* %B", &format!("main..origin/{}", branch("source-b"))]);
    stage.person(&["merge", "-q", "--squash", &format!("origin/{}", branch("source-b"))]);
    stage.person(&["commit", "-q", "-m", &format!("source-b: migrate (#2)\n\n{messages}")]);
    // Rebased: each commit again.
    let range = format!("origin/main..origin/{}", branch("source-c"));
    stage.person(&["cherry-pick", &range]);
    stage.person(&["push", "-q", "origin", "main"]);
    for name in ["source-b", "source-c"] {
        stage.set_state(name, "merged");
    }
    let page =
        stage.show("main", &page_path("source-f")).replacen("Use the base image", "Use the shared base image", 1);
    stage.commit("main", &[(&page_path("source-f"), &(page + "\n")), ("docs/other.md", "More\n")]);
    (stage, run)
}

#[test]
fn what_is_merged_is_opened_inverted_and_gives_the_old_content_back() {
    let (stage, run) = stage();
    let first = stage.place.git(&["rev-parse", "main"]);
    let plan = stage.place.cutover(&["revert", "--plan", "--format", "json"]).exits(0);
    let planned = plan.json();
    let names: Vec<&str> =
        planned["connectors"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["source-a", "source-b", "source-c"]);
    let patch = planned["connectors"][0]["patch"].as_str().unwrap();
    assert!(patch.contains("+FROM python:3.9") && patch.contains("-  dockerImageTag: 0.1.1"), "{patch}");
    let opened = stage.pull_requests();
    let number = |name: &str| opened[&branch(name)]["number"].as_u64().unwrap();
    let conflict = format!(
        "source-f: pull request {} cannot be undone: the base has changed since what it changed",
        number("source-f")
    );
    plan.complains(&[&conflict]);
    assert_eq!(stage.pull_requests()[&branch("source-e")]["state"], "open", "a plan does nothing");

    let said = stage.place.cutover(&["revert", "--format", "json"]).exits(1);
    let answer = said.json();
    assert_eq!(answer["schema"], "cutover.revert/1");
    assert_ne!(answer["run"], run.as_str(), "it is a run of its own");
    assert!(outcomes(&answer).iter().all(|(_, outcome)| outcome == "changed"), "{answer:#}");
    let requests = stage.pull_requests();
    assert_eq!(requests[&branch("source-e")]["state"], "closed");
    let heads = stage.heads();
    assert!(NAMES.iter().all(|name| !heads.contains_key(&branch(name))), "the branches that the run made are gone");
    for name in ["source-a", "source-b", "source-c"] {
        let branch = format!("cutover/revert/{run}/{name}");
        let request = &requests[&branch];
        assert_eq!(request["title"], format!("Revert: {name}: migrate to 0.1.1"));
        assert!(request["body"].as_str().unwrap().contains(&format!("Undoes #{} ", number(name))), "{request:#}");
        assert_eq!(unit(&answer, name)["pull_request"]["number"], request["number"]);
        stage.assert_merges(&branch);
        let tree = git(&stage.remote, &["merge-tree", "--write-tree", "main", &branch]);
        let connector = metadata_path(name).replace("/metadata.yaml", "");
        assert_eq!(git(&stage.remote, &["diff", &first, &tree, "--", &connector, &page_path(name)]), "", "{name}");
        let touched = git(&stage.remote, &["diff", "--name-only", "main", &tree]);
        assert!(touched.lines().all(|path| path.starts_with(&connector) || path == page_path(name)), "{touched}");
    }
    // Once more is refused: it is under way.
    stage.place.cutover(&["revert"]).exits(2).complains(&["is being undone already", "cutover resume"]);
    stage.place.cutover(&["revert", &run]).exits(2).complains(&["is being undone already"]);
}

#[test]
fn a_revert_that_is_killed_goes_on_where_it_was() {
    let (stage, run) = stage();
    // The first push of the new run meets a hook that kills cutover.
    let hook = stage.place.root().join(".git/hooks/pre-push");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let script = "#!/bin/sh\ngrep -q revert || exit 0\nrm -f \"$0\"\nkill -9 $(ps -o ppid= -p $PPID)\nsleep 1\n";
    std::fs::write(&hook, script).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(stage.place.cutover(&["revert"]).code, -9);
    let said = stage.place.cutover(&["resume", "--format", "json"]).exits(0).json();
    assert_eq!(said["workflow"], "revert");
    assert!(outcomes(&said).iter().all(|(_, outcome)| outcome == "changed"), "{said:#}");
    for name in ["source-a", "source-b", "source-c"] {
        stage.assert_merges(&format!("cutover/revert/{run}/{name}"));
    }
    assert_eq!(stage.pull_requests().len(), 9);
}

#[test]
fn a_run_with_nothing_merged_is_only_closed() {
    let stage = Stage::new(&Files::default().python("source-a"));
    let workflow = stage.place.workflow(MIGRATION);
    stage.run(&workflow).exits(0);
    stage.place.cutover(&["revert"]).exits(0).answers(&["has nothing merged that could be undone", "Closed (1)"]);
    assert_eq!(stage.heads().len(), 1);
    let runs = stage.place.cutover(&["runs", "--format", "json"]).exits(0).json();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1);
}
