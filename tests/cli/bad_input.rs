//! Input that nobody can work with: a clear error, exit code 2 (or 8), and nothing is written.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::monorepo::{Files, git};
use super::place::{EDITS, Place};

/// The verbs that take a workflow and would begin something.
const BEGINNING: [&str; 2] = ["plan", "run"];

/// Each of the verbs refuses this workflow with exit code 2 and all of these words, and leaves nothing behind.
fn refused(place: &Place, workflow: &str, words: &[&str]) {
    let before = listing(place);
    for verb in BEGINNING {
        place.cutover(&[verb, workflow]).exits(2).complains(words);
    }
    assert_eq!(listing(place), before, "something was written");
}

/// Everything in the repository and its git directory.
fn listing(place: &Place) -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![place.root().to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in directory.read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            let facts = path.symlink_metadata().unwrap();
            found.push(format!("{path} {} {:?}", facts.len(), facts.modified().unwrap()));
            if facts.is_dir() {
                directories.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_directory_that_is_no_repository() {
    let place = Place::empty();
    let workflow = place.workflow(EDITS);
    for verb in BEGINNING {
        place.cutover(&[verb, &workflow]).exits(2).complains(&["is not inside a git repository", "--repo DIR"]);
    }
    place.cutover(&["list"]).exits(2).complains(&["is not inside a git repository"]);
    place.cutover(&["status", "--repo", "/nowhere/at/all"]).exits(2).complains(&["does not exist", "--repo"]);
}

#[test]
fn an_empty_repository() {
    let place = Place::empty();
    git(place.root().parent().unwrap(), &["init", "-q", place.root().as_str()]);
    let workflow = place.workflow(EDITS);
    refused(&place, &workflow, &["has no commit yet", "Make a first commit"]);
}

#[test]
fn a_revision_that_nobody_knows() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    for verb in BEGINNING {
        place
            .cutover(&[verb, &workflow, "--base", "mian"])
            .exits(2)
            .complains(&["there is no revision `mian`", "Did you mean `main`?"]);
    }
}

#[test]
fn a_repository_that_is_not_the_monorepo() {
    let place = Place::new(&Files::default().file("README.md", "nothing here\n"));
    let workflow = place.workflow(EDITS);
    place.cutover(&["run", &workflow]).exits(2).complains(&["is it the right one?", "cutover.yaml"]);
    assert!(!place.state().exists());
}

#[test]
fn a_workflow_that_is_missing() {
    let place = Place::usual();
    refused(&place, "no/such/file.yaml", &["there is no workflow `no/such/file.yaml`"]);
    refused(&place, "bump-versoin", &["there is no workflow `bump-versoin`", "Did you mean `bump-version`?"]);
    let directory = place.beside("workflow-directory");
    fs::create_dir(&directory).unwrap();
    refused(&place, directory.as_str(), &["is a directory, not a workflow file"]);
}

#[test]
fn a_workflow_that_is_empty() {
    let place = Place::usual();
    for text in ["", "\n\n", "# only a comment\n"] {
        let workflow = place.workflow(text);
        refused(&place, &workflow, &["empty", &workflow]);
    }
    let workflow = place.workflow("---\n");
    refused(&place, &workflow, &["a workflow must be a mapping of keys to values, not nothing", "cutover init"]);
}

#[test]
fn a_workflow_of_ten_megabytes() {
    let place = Place::usual();
    let workflow = place.workflow(&format!("{EDITS}# {}\n", "x".repeat(10 << 20)));
    refused(&place, &workflow, &["MiB"]);
}

#[test]
fn a_workflow_that_is_not_utf8() {
    let place = Place::usual();
    let workflow = place.workflow("");
    fs::write(&workflow, b"version: 1\nname: caf\xe9\n").unwrap();
    refused(&place, &workflow, &["UTF-8", ":2:"]);
}

#[test]
fn a_workflow_of_a_billion_laughs() {
    let place = Place::usual();
    let mut text = "version: 1\nname: laughs\na0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n".to_owned();
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        let _ = writeln!(text, "a{level}: &a{level} [{}]", [alias.as_str(); 9].join(", "));
    }
    let workflow = place.workflow(&text);
    let started = std::time::Instant::now();
    refused(&place, &workflow, &["error"]);
    assert!(started.elapsed().as_secs() < 20, "it laughed for {:?}", started.elapsed());
}

#[test]
fn a_workflow_with_a_cycle_names_all_its_members() {
    let place = Place::usual();
    let step = |needs: &str| format!("{{ needs: {needs}, uses: file.remove, with: {{ path: x }} }}");
    let text = format!("version: 1\nname: w\nsteps:\n  a: {}\n  b: {}\n  c: {}\n", step("c"), step("a"), step("b"));
    let workflow = place.workflow(&text);
    refused(&place, &workflow, &["cycle", "`a`", "`b`", "`c`"]);
}

#[test]
fn a_workflow_with_duplicate_keys() {
    let place = Place::usual();
    let workflow = place.workflow("version: 1\nname: w\nsteps:\n  a: { run: 'true' }\n  a: { run: 'false' }\n");
    refused(&place, &workflow, &["`a`", ":5:3"]);
}

#[test]
fn all_errors_of_a_workflow_come_at_once_with_their_places() {
    let place = Place::usual();
    let text =
        "version: 1\nname: w\nstepps: {}\nsteps:\n  a:\n    uses: file.remvoe\n    with: { path: 3 }\n    needs: [b]\n";
    let workflow = place.workflow(text);
    let words = ["stepps", "Did you mean `steps`?", "`file.remove`", ":6:", ":8:", "errors found; nothing was run"];
    refused(&place, &workflow, &words);
}

#[test]
fn inputs_that_do_not_fit() {
    let place = Place::usual();
    place
        .cutover(&["run", "bump-version", "--input", "level=patch", "--input", "mesage=x"])
        .exits(2)
        .complains(&["mesage", "message"]);
    place.cutover(&["run", "bump-version"]).exits(2).complains(&["level", "message"]);
    assert!(!place.state().exists());
}

#[test]
fn a_query_with_one_equals_sign_selects_nothing_but_an_error_with_a_caret() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    for arguments in [&["list"][..], &["plan", &workflow], &["run", &workflow]] {
        let query = ["--metadata-query", "data.supportLevel = 'certified'"];
        place.cutover(&[arguments, &query].concat()).exits(2).complains(&["==", "^"]);
    }
}

#[test]
fn a_misspelt_key_in_a_query_warns_and_selects_nothing() {
    let place = Place::usual();
    let query = "data.suportLevel == 'certified'";
    let said = place.cutover(&["list", "--metadata-query", query, "--format", "json"]).exits(0);
    assert_eq!(said.json()["selected"], 0);
    said.complains(&["warning", "suportLevel", "supportLevel"]);
}

#[test]
fn a_repository_that_may_not_be_written() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    if rustix::process::geteuid().is_root() {
        // Permissions do not bind root; a file system that is mounted read-only does.
        let Some(_mounted) = ReadOnly::of(&place) else { return };
        place.cutover(&["plan", &workflow]).exits(0).answers(&["source-a"]);
        place.cutover(&["run", &workflow]).exits(8).complains(&["failed", "check the permissions"]);
        return;
    }
    let git_directory = place.root().join(".git");
    fs::set_permissions(&git_directory, fs::Permissions::from_mode(0o555)).unwrap();
    place.cutover(&["plan", &workflow]).exits(0).answers(&["source-a"]);
    place.cutover(&["run", &workflow]).exits(8).complains(&["permissions"]);
    fs::set_permissions(&git_directory, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_directory_of_objects_that_may_not_be_written_stops_the_run_and_the_run_goes_on_later() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let objects = place.root().join(".git/objects");
    let Some(mounted) = ReadOnly::at(&objects) else { return };
    place.cutover(&["run", &workflow]).exits(8).complains(&["is on a read-only disk"]);
    assert_eq!(place.branches(), "");
    drop(mounted);
    place.cutover(&["resume"]).exits(0).answers(&["3 changed"]);
    assert_eq!(place.branches().lines().count(), 3);
}

/// A directory mounted over itself, read-only, until dropped.
struct ReadOnly(camino::Utf8PathBuf);

impl ReadOnly {
    fn of(place: &Place) -> Option<Self> {
        Self::at(place.root())
    }

    fn at(directory: &camino::Utf8Path) -> Option<Self> {
        let run = |program: &str, arguments: &[&str]| {
            let output = std::process::Command::new(program).args(arguments).output();
            output.is_ok_and(|output| output.status.success())
        };
        let directory = directory.as_str();
        if !run("mount", &["--bind", directory, directory]) {
            println!("skipped: mounting needs root");
            return None;
        }
        let mounted = Self(directory.into());
        run("mount", &["-o", "remount,bind,ro", directory]).then_some(mounted)
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").args(["-l", self.0.as_str()]).output();
    }
}
