//! `cutover refresh`.

use std::collections::BTreeSet;
use std::fs;

use super::monorepo::{CHANGELOG, Files, metadata};
use super::place::{Place, outcomes, step, unit};
use super::stage::{MIGRATION, Stage, branch, metadata_path, page_path};

/// Six connectors with pages of their own, and two of different versions on one page.
fn files() -> Files {
    let usual = ["source-a", "source-b", "source-c", "source-d", "source-e", "source-f"];
    let files = usual.into_iter().fold(Files::default(), Files::python);
    let shared = "integrations/sources/shared";
    let second = metadata("source-q", shared).replace("0.1.0", "0.3.0");
    let page = format!(
        "{CHANGELOG}| 0.0.9   | 2022-01-01 | [10](https://github.com/airbytehq/airbyte/pull/10)       | Older           |\n"
    );
    files
        .python_with_page("source-p", shared)
        .python_with_page("source-q", shared)
        .file(&metadata_path("source-q"), second)
        .file(&format!("docs/{shared}.md"), page)
}

/// The base moves under `source-b`: a release of its own, with a row.
fn release(stage: &Stage, name: &str) {
    let bumped = stage.show("main", &metadata_path(name)).replace("0.1.0", "0.1.1");
    let row = "| 0.1.1   | 2026-11-20 | [99](https://github.com/airbytehq/airbyte/pull/99)       | Another change  |\n| 0.1.0 ";
    let page = stage.show("main", &page_path(name)).replacen("| 0.1.0 ", row, 1);
    stage.commit("main", &[(&metadata_path(name), &(bumped + "\n")), (&page_path(name), &(page + "\n"))]);
}

#[test]
fn what_is_open_is_made_anew_and_conflicts_with_nothing() {
    let stage = Stage::new(&files());
    let workflow = stage.place.workflow(MIGRATION);
    stage.run(&workflow).exits(0);
    let before = stage.heads();
    stage.merge(&["source-a", "source-p"]);
    release(&stage, "source-b");
    let (main, users) = (
        stage.place.git(&["rev-parse", "main"]),
        stage.place.git(&["for-each-ref", "refs/remotes", "refs/heads/main"]),
    );

    let planned = stage.place.cutover(&["refresh", "--plan", "--format", "json"]).exits(0).json();
    let planned: Vec<(&str, &str)> = planned["connectors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(
        planned[..4],
        [("source-a", "left"), ("source-b", "to-refresh"), ("source-c", "current"), ("source-d", "current")]
    );
    assert_eq!(planned[7], ("source-q", "to-refresh"), "it shares its page with one that is merged");
    assert_eq!(
        stage.heads().into_iter().filter(|(name, _)| name != "main").collect::<Vec<_>>(),
        before.clone().into_iter().filter(|(name, _)| name != "main").collect::<Vec<_>>()
    );

    let said = stage.place.cutover(&["refresh", "--format", "json"]).exits(0).json();
    assert_eq!(said["schema"], "cutover.refresh/1");
    let after = stage.heads();
    let moved: BTreeSet<&String> =
        before.iter().filter(|(name, id)| after[*name] != **id).map(|(name, _)| name).collect();
    let expected = BTreeSet::from([branch("source-b"), branch("source-q"), "main".to_owned()]);
    assert_eq!(moved, expected.iter().collect(), "only what changed is pushed");
    for name in ["source-b", "source-c", "source-d", "source-e", "source-f", "source-q"] {
        stage.assert_merges(&branch(name));
        assert_eq!(stage.place.git(&["rev-parse", &branch(name)]), after[&branch(name)]);
    }
    let page = "docs/integrations/sources/shared.md";
    assert_eq!(stage.versions(&branch("source-b"), &page_path("source-b")), ["0.1.2", "0.1.1", "0.1.0"]);
    assert_eq!(stage.versions(&branch("source-q"), page).len(), 4);
    assert_eq!(stage.versions(&branch("source-q"), page).into_iter().collect::<BTreeSet<_>>().len(), 4);
    assert!(
        stage.show(&branch("source-b"), &metadata_path("source-b")).contains("dockerImageTag: 0.1.2 # as released")
    );
    let number = unit(&said, "source-b")["pull_request"]["number"].as_u64().unwrap();
    assert!(stage.show(&branch("source-b"), &page_path("source-b")).contains(&format!("/pull/{number})")));
    assert_eq!(stage.pull_requests().len(), 8, "none is opened twice");
    assert_eq!(unit(&said, "source-a")["outcome"], "merged");
    assert_eq!(outcomes(&said).iter().filter(|(_, outcome)| outcome == "changed").count(), 6, "{said:#}");
    assert_eq!(step(&unit(&said, "source-b"), "pull-request")["outcome"], "changed");
    assert_eq!(stage.place.git(&["rev-parse", "main"]), main, "nothing of the user's moves");
    assert_eq!(stage.place.git(&["for-each-ref", "refs/remotes", "refs/heads/main"]), users);

    // A second one finds nothing to do, and writes nothing.
    let again = stage.place.cutover(&["refresh", "--format", "json"]).exits(0).json();
    assert!(again["refresh"].as_array().unwrap().iter().all(|row| row["outcome"] != "refreshed"), "{again:#}");
    assert_eq!(stage.heads(), after);
    // The rest merges.
    stage.merge(&["source-b", "source-c", "source-d", "source-e", "source-f", "source-q"]);
}

#[test]
fn the_commit_is_one_on_the_new_base_and_says_whose_it_is() {
    let stage = Stage::new(&files());
    let workflow = stage.place.workflow(MIGRATION);
    let run = stage.run(&workflow).exits(0).json()["run"].as_str().unwrap().to_owned();
    release(&stage, "source-b");
    stage.place.cutover(&["refresh"]).exits(0);
    let range = format!("main..{}", branch("source-b"));
    assert_eq!(
        stage.place.git(&["rev-list", "--count", &format!("{}..{}", stage.heads()["main"], branch("source-b"))]),
        "1",
        "{range}"
    );
    let message = stage.place.git(&["show", "-s", "--format=%B", &branch("source-b")]);
    assert!(message.starts_with("source-b: "), "{message}");
    for line in [
        "- bump 0.1.1 to 0.1.2 in metadata.yaml",
        "- add a row for 0.1.2",
        &format!("Cutover-Run: {run}"),
        "Cutover-Connector: source-b",
    ] {
        assert!(message.contains(line), "{line}: {message}");
    }
}

#[test]
fn a_branch_that_a_person_touched_is_left_and_told() {
    let stage = Stage::new(&files());
    let workflow = stage.place.workflow(MIGRATION);
    stage.run(&workflow).exits(0);
    let mine = stage.commit(&branch("source-b"), &[("mine.txt", "mine\n")]);
    let local = {
        let directory = stage.place.beside("local");
        stage.place.git(&["worktree", "add", "-q", directory.as_str(), &branch("source-c")]);
        fs::write(directory.join("mine.txt"), "mine\n").unwrap();
        super::monorepo::git(&directory, &["add", "-A"]);
        super::monorepo::git(&directory, &["commit", "-q", "-m", "Mine"]);
        stage.place.git(&["worktree", "remove", "--force", directory.as_str()]);
        stage.place.git(&["rev-parse", &branch("source-c")])
    };
    release(&stage, "source-b");
    release(&stage, "source-c");
    release(&stage, "source-d");
    let pushed = stage.heads();
    let said = stage.place.cutover(&["refresh", "--format", "json"]).exits(1);
    for name in ["source-b", "source-c"] {
        assert_eq!(said.unit(name)["outcome"], "edited-by-human");
    }
    assert_eq!(stage.heads()[&branch("source-b")], mine);
    assert_eq!(stage.heads()[&branch("source-c")], pushed[&branch("source-c")]);
    assert_eq!(stage.place.git(&["rev-parse", &branch("source-c")]), local);
    assert_eq!(said.unit("source-d")["outcome"], "changed");
    stage.assert_merges(&branch("source-d"));
    stage.place.cutover(&["status"]).exits(1).answers(&["Left to the person who edited it (2)"]);
}

#[test]
fn what_cannot_be_made_anew_is_told_and_left() {
    let stage = Stage::new(&files());
    let workflow = stage.place.workflow(MIGRATION);
    stage.run(&workflow).exits(0);
    let before = stage.heads();
    // `source-a` is gone, `source-b` was migrated by somebody else, the page of `source-c` lost its table.
    stage.person(&["fetch", "-q"]);
    stage.person(&["checkout", "-q", "-B", "main", "origin/main"]);
    stage.person(&["rm", "-q", "-r", "airbyte-integrations/connectors/source-a"]);
    stage.person(&["rm", "-q", "airbyte-integrations/connectors/source-b/Dockerfile"]);
    stage.person(&["commit", "-q", "-m", "Remove"]);
    stage.person(&["push", "-q", "origin", "main"]);
    let migrated = stage.show(&branch("source-b"), &metadata_path("source-b"));
    stage.commit("main", &[(&metadata_path("source-b"), &(migrated + "\n")), (&page_path("source-c"), "# No table\n")]);
    let said = stage
        .place
        .cutover(&["refresh", "--format", "json"])
        .exits(1)
        .complains(&["source-a: the connector is not there any more"]);
    let rows = said.json()["refresh"].clone();
    let reason = |at: usize| rows[at]["reason"].as_str().unwrap_or_default().to_owned();
    assert_eq!((rows[0]["outcome"].as_str(), rows[1]["outcome"].as_str()), (Some("left"), Some("left")), "{rows:#}");
    assert!(reason(1).contains("has its changes already"), "{rows:#}");
    assert!(reason(2).contains("step changelog cannot be done there"), "{rows:#}");
    let after = stage.heads();
    assert!(before.iter().all(|(name, id)| name == "main" || after[name] == *id));
}

#[test]
fn a_limit_and_names_choose_what_is_made_anew_and_the_order_is_the_runs() {
    let stage = Stage::new(&files());
    let workflow = stage.place.workflow(MIGRATION);
    stage.run(&workflow).exits(0);
    for name in ["source-b", "source-c", "source-d"] {
        release(&stage, name);
    }
    let refreshed = |arguments: &[&str]| {
        let said = stage.place.cutover(&[&["refresh", "--format", "json"], arguments].concat()).exits(0).json();
        let rows = said["refresh"].as_array().unwrap().clone();
        let done = rows.into_iter().filter(|row| row["outcome"] == "refreshed");
        done.map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refreshed(&["--limit", "1"]), ["source-b"]);
    assert_eq!(refreshed(&["--name", "source-d"]), ["source-d"]);
    assert_eq!(refreshed(&[]), ["source-c"]);
    assert_eq!(refreshed(&["--all"]), ["source-a", "source-e", "source-f", "source-p", "source-q"]);
    assert_eq!(refreshed(&["--all"]).len(), 0, "all stand on the newest commit");
    stage.commit("main", &[("README.md", "Something else\n")]);
    assert_eq!(refreshed(&[]).len(), 0, "nothing that they touch has changed");
    assert_eq!(refreshed(&["--all"]).len(), 8);
}

#[test]
fn without_a_remote_the_local_branch_is_the_base_and_an_older_one_is_refused() {
    let place = Place::usual();
    let workflow = place.workflow(MIGRATION);
    place.cutover(&["run", &workflow]).exits(0);
    let base = place.git(&["rev-parse", "HEAD"]);
    let path = place.root().join(page_path("source-b"));
    let page = fs::read_to_string(&path).unwrap().replacen(
        "| 0.1.0 ",
        "| 0.1.0-rc.1 | 2022-12-01 | [9](https://github.com/airbytehq/airbyte/pull/9) | First |\n| 0.1.0 ",
        1,
    );
    fs::write(&path, page).unwrap();
    place.git(&["commit", "-q", "-a", "-m", "A row"]);
    let said = place.cutover(&["refresh", "--format", "json"]);
    let said = said.json();
    assert_eq!(said["refresh"][1]["outcome"], "refreshed", "{said:#}");
    super::stage::assert_merges(place.root(), &branch("source-b"));
    place.git(&["commit", "-q", "--allow-empty", "-m", "Later"]);
    let later = place.git(&["rev-parse", "HEAD"]);
    let again = place.workflow(&MIGRATION.replace("name: fresh", "name: later"));
    place.cutover(&["run", &again]).exits(0);
    assert_ne!(base, later);
    place.cutover(&["refresh", "--base", &base]).exits(2).complains(&["is older than", "which the run is based on"]);
}
