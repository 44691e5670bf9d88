//! `cutover adopt`, and `cutover resume --adopt` with a remote.

use std::collections::BTreeMap;
use std::fs;

use super::monorepo::{Files, git};
use super::place::{Place, outcomes, unit};
use super::stage::{MIGRATION, Stage, branch, page_path};

const NAMES: [&str; 5] = ["source-a", "source-b", "source-c", "source-d", "source-e"];

fn files() -> Files {
    NAMES.into_iter().fold(Files::default(), Files::python)
}

/// What a journal that is lost leaves behind.
fn lose(place: &Place) {
    for file in place.state().read_dir_utf8().unwrap() {
        let path = file.unwrap().into_path();
        if path.file_name() != Some("forge") {
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
}

fn rows(answer: &serde_json::Value) -> BTreeMap<String, String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let rows = answer["connectors"].as_array().unwrap();
    rows.iter().map(|row| (text(&row["name"]), text(&row["outcome"]))).collect()
}

/// Everything that a run leaves: commits of the remote and here, pull requests.
fn left(stage: &Stage) -> (BTreeMap<String, String>, String, Vec<(String, serde_json::Value)>) {
    let requests = stage.pull_requests().into_iter().map(|(head, request)| (head, request["number"].clone()));
    (stage.heads(), stage.place.branches(), requests.collect())
}

#[test]
fn a_lost_journal_is_rebuilt_and_the_run_goes_on_to_the_same_commits() {
    // The run as it ends if nothing happens to it.
    let stage = Stage::new(&files());
    let workflow = stage.place.workflow(MIGRATION);
    let run = stage.run(&workflow).exits(0).json();
    let id = run["run"].as_str().unwrap();
    let (whole, here, _) = left(&stage);

    // Set back: one as if only its first commit was pushed, one as if nothing of it was.
    let first = stage.place.git(&["rev-parse", &format!("{}~1", branch("source-b"))]);
    for repository in [&stage.remote, stage.place.root()] {
        git(repository, &["update-ref", &format!("refs/heads/{}", branch("source-b")), &first]);
        git(repository, &["update-ref", "-d", &format!("refs/heads/{}", branch("source-e"))]);
    }
    let number = stage.pull_requests()[&branch("source-e")]["number"].as_u64().unwrap();
    fs::remove_file(stage.place.state().join(format!("forge/{number}.json"))).unwrap();
    stage.merge(&["source-c"]);
    let mine = stage.commit(&branch("source-d"), &[("mine.txt", "mine\n")]);
    lose(&stage.place);

    let remote = ["--remote", stage.remote.as_str()];
    let adopted =
        stage.place.cutover(&[&["adopt", &workflow, "--format", "json"], &remote[..]].concat()).exits(0).json();
    assert_eq!(adopted["run"], id);
    let expected = [
        ("source-a", "adopted"),
        ("source-b", "adopted"),
        ("source-c", "merged"),
        ("source-d", "held"),
        ("source-e", "pending"),
    ];
    assert_eq!(rows(&adopted), expected.map(|(name, outcome)| (name.to_owned(), outcome.to_owned())).into());
    stage
        .place
        .cutover(&[&["adopt", &workflow], &remote[..]].concat())
        .exits(2)
        .complains(&["there is nothing to rebuild"]);

    let resumed = stage.place.cutover(&["resume", "--format", "json"]).exits(1).json();
    assert_eq!(resumed["run"], id);
    let outcome = |name: &str| unit(&resumed, name)["outcome"].as_str().unwrap().to_owned();
    assert_eq!(NAMES.map(outcome), ["changed", "changed", "merged", "edited-by-human", "changed"]);
    let (now, local, requests) = left(&stage);
    for name in ["source-a", "source-b", "source-c"] {
        assert_eq!(now[&branch(name)], whole[&branch(name)], "{name}");
    }
    assert_eq!(now[&branch("source-d")], mine);
    // The number of the pull request that was opened anew may be another; its first commit is the same.
    let parent = |commit: &str| stage.place.git(&["rev-parse", &format!("{commit}~1")]);
    assert_eq!(parent(&now[&branch("source-e")]), parent(&whole[&branch("source-e")]));
    let same = |line: &&str| !line.contains("source-e");
    assert_eq!(local.lines().filter(same).collect::<Vec<_>>(), here.lines().filter(same).collect::<Vec<_>>());
    assert_eq!(requests.len(), 5, "none is opened twice");
    stage.place.cutover(&["resume"]).exits(1).complains(&["has nothing left to do"]);
}

#[test]
fn another_machine_takes_a_run_on_from_the_remote_alone() {
    let stage = Stage::new(&files());
    let workflow = stage.place.workflow(MIGRATION);
    stage.run(&workflow).exits(0);
    // A clone that has never seen the run, with the forge's pull requests.
    let other = stage.place.beside("other");
    git(stage.place.root(), &["clone", "-q", stage.remote.as_str(), other.as_str()]);
    git(&other, &["config", "user.name", "Eve"]);
    git(&other, &["config", "user.email", "eve@example.com"]);
    fs::create_dir_all(other.join(".git/cutover/forge")).unwrap();
    for file in stage.place.state().join("forge").read_dir_utf8().unwrap() {
        let path = file.unwrap().into_path();
        fs::copy(&path, other.join(".git/cutover/forge").join(path.file_name().unwrap())).unwrap();
    }
    let there = |arguments: &[&str]| stage.place.cutover(&[arguments, &["--repo", other.as_str()]].concat());
    there(&["adopt", &workflow, "--remote", "origin"])
        .exits(0)
        .answers(&["Found as the run had left them (5)", "cutover resume"]);
    let before = stage.heads();
    there(&["resume"]).exits(0).answers(&["5 changed"]);
    assert_eq!(stage.heads(), before);
    for name in NAMES {
        assert_eq!(git(&other, &["rev-parse", &branch(name)]), before[&branch(name)]);
    }
    // And it can be made anew from there.
    let page = stage.show("main", &page_path("source-b")).replacen(
        "| 0.1.0 ",
        "| 0.1.0-rc.1 | 2022-12-01 | [9](https://github.com/airbytehq/airbyte/pull/9) | First |\n| 0.1.0 ",
        1,
    );
    stage.commit("main", &[(&page_path("source-b"), &(page + "\n"))]);
    let said = there(&["refresh", "--format", "json"]).exits(0).json();
    assert_eq!(said["refresh"][1]["outcome"], "refreshed", "{said:#}");
    stage.assert_merges(&branch("source-b"));
}

#[test]
fn what_a_command_made_is_taken_as_it_is() {
    let stage = Stage::new(&files());
    let text = MIGRATION
        .replace(
            "  pull-request:\n",
            "  made:\n    needs: [bump-version]\n    run: date +%N > made.txt\n  pull-request:\n",
        )
        .replace("needs: [remove-dockerfile", "needs: [made, remove-dockerfile");
    let workflow = stage.place.workflow(&text);
    stage.run(&workflow).exits(0);
    let before = left(&stage);
    lose(&stage.place);
    let remote = ["--remote", stage.remote.as_str()];
    let adopted =
        stage.place.cutover(&[&["adopt", &workflow, "--format", "json"], &remote[..]].concat()).exits(0).json();
    assert!(rows(&adopted).values().all(|outcome| outcome == "as-it-is"), "{adopted:#}");
    let resumed = stage.place.cutover(&["resume", "--format", "json"]).exits(0).json();
    assert!(outcomes(&resumed).iter().all(|(_, outcome)| outcome == "changed"), "{resumed:#}");
    assert_eq!(left(&stage), before);
}

#[test]
fn a_workflow_of_which_nothing_is_found_says_what_was_looked_for() {
    let stage = Stage::new(&files());
    let workflow = stage.place.workflow(MIGRATION);
    let said = stage.place.cutover(&["adopt", &workflow, "--remote", stage.remote.as_str()]).exits(2);
    said.complains(&["no branch and no pull request of a run of this workflow is found", "cutover/fresh/source-a"]);
}

#[test]
fn a_persons_branch_is_taken_from_the_remote() {
    let stage = Stage::new(&files());
    let workflow = stage.place.workflow(MIGRATION);
    stage.run(&workflow).exits(0);
    let mine = stage.commit(&branch("source-b"), &[("mine.txt", "mine\n")]);
    let said = stage.place.cutover(&["resume", "--adopt", "source-b", "--format", "json"]).exits(0);
    assert_eq!(said.unit("source-b")["outcome"], "changed", "{:#}", said.json());
    assert_eq!(said.unit("source-b")["commit"], mine.as_str());
    assert_eq!(stage.place.git(&["rev-parse", &branch("source-b")]), mine);
    // It is a person's from now on, also for a refresh.
    stage.commit("main", &[(&page_path("source-b"), "# Something else\n")]);
    let refreshed = stage.place.cutover(&["refresh", "--format", "json"]).exits(0).json();
    assert_eq!(refreshed["refresh"][1]["outcome"], "left", "{refreshed:#}");
    assert_eq!(stage.heads()[&branch("source-b")], mine);
}
