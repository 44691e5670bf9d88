//! `run --in-place`: one developer's working tree. The files change; nothing is committed.

use std::fs;

use super::monorepo::{CHANGELOG, CONNECTORS, Files};
use super::place::{EDITS, PUBLISHED, Place, outcomes};

#[test]
fn files_change_and_nothing_is_committed_or_published() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let head = place.git(&["rev-parse", "HEAD"]);
    let refs = place.git(&["for-each-ref"]);
    place.cutover(&["run", &workflow, "--in-place", "--name", "source-a"]).exits(0).answers(&["source-a"]);
    let directory = format!("{CONNECTORS}/source-a");
    let expected =
        format!(" D {directory}/Dockerfile\n M {directory}/metadata.yaml\n M docs/integrations/sources/a.md");
    assert_eq!(place.git(&["status", "--porcelain"]), expected);
    assert_eq!((place.git(&["rev-parse", "HEAD"]), place.git(&["for-each-ref"])), (head, refs));
    place.cutover(&["status"]).exits(2);
    assert_eq!(place.git(&["stash", "list"]), "");
}

#[test]
fn the_working_tree_gets_just_what_a_run_would_commit() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let date = ["--date", "2026-11-22"];
    place.cutover(&[&["run", &workflow, "--name", "source-a"], &date[..]].concat()).exits(0);
    place.cutover(&[&["run", &workflow, "--name", "source-a", "--in-place"], &date[..]].concat()).exits(0);
    place.git(&["add", "-A"]);
    assert_eq!(place.git(&["write-tree"]), place.git(&["rev-parse", "cutover/edits/source-a^{tree}"]));
}

#[test]
fn a_dirty_file_in_the_way_is_refused_and_the_others_are_edited() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let metadata = place.root().join(CONNECTORS).join("source-b/metadata.yaml");
    let mine = fs::read_to_string(&metadata).unwrap() + "# my own line\n";
    fs::write(&metadata, &mine).unwrap();
    let answer = place.cutover(&["run", &workflow, "--in-place", "--format", "json"]).exits(1).json();
    let by_name = outcomes(&answer);
    assert_eq!(
        by_name.iter().map(|(_, outcome)| outcome.as_str()).collect::<Vec<_>>(),
        ["changed", "failed", "changed"]
    );
    let reason = answer["units"][1]["reason"].as_str().unwrap();
    assert!(reason.contains("source-b/metadata.yaml has changes that are not committed"), "{reason}");
    assert_eq!(fs::read_to_string(&metadata).unwrap(), mine);
    assert!(place.root().join(CONNECTORS).join("source-b/Dockerfile").exists(), "nothing of it is written");
}

#[test]
fn a_file_that_git_does_not_know_is_not_overwritten() {
    let place = Place::usual();
    let workflow = place
        .workflow("version: 1\nname: w\nsteps:\n  w: { uses: file.write, with: { path: new.txt, content: theirs } }\n");
    let mine = place.root().join(CONNECTORS).join("source-a/new.txt");
    fs::write(&mine, "mine").unwrap();
    place.cutover(&["run", &workflow, "--in-place", "--name", "source-a"]).exits(1);
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
}

#[test]
fn two_connectors_that_share_a_page_both_get_their_rows() {
    let files =
        Files::default().python("source-a").python_with_page("source-a-strict-encrypt", "integrations/sources/a");
    let place = Place::new(&files);
    let text = EDITS.replace("message: Use the base image", "message: \"${{ connector.name }}\"");
    let workflow = place.workflow(
        &text.replace("level: patch", "level: \"${{ 'minor' if connector.name == 'source-a' else 'patch' }}\""),
    );
    place.cutover(&["run", &workflow, "--in-place"]).exits(0);
    let page = fs::read_to_string(place.root().join("docs/integrations/sources/a.md")).unwrap();
    assert_eq!(page.lines().count(), CHANGELOG.lines().count() + 2, "{page}");
    assert!(page.contains("| 0.2.0") && page.contains("| 0.1.1"), "{page}");
}

#[test]
fn a_step_that_publishes_is_left_out_and_said_so() {
    let place = Place::usual();
    let text = PUBLISHED.replace("\"${{ steps.pull_request.number }}\"", "5");
    let workflow = place.workflow(&text);
    let said = place.cutover(&["run", &workflow, "--in-place", "--name", "source-a"]).exits(0);
    said.answers(&["--in-place publishes nothing"]);
    assert!(!place.state().join("forge").exists());
}

#[test]
fn another_base_and_a_bare_repository_are_refused() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    place.git(&["commit", "-q", "--allow-empty", "-m", "second"]);
    place
        .cutover(&["run", &workflow, "--in-place", "--base", "HEAD~1"])
        .exits(2)
        .complains(&["--in-place works on what is checked out"]);
    let bare = place.beside("bare");
    place.git(&["clone", "-q", "--bare", ".", bare.as_str()]);
    place
        .cutover(&["run", &workflow, "--in-place", "--repo", bare.as_str()])
        .exits(2)
        .complains(&["is a bare repository; --in-place needs a working tree"]);
}

#[test]
fn a_process_works_in_a_scratch_directory_and_its_files_come_back() {
    let place = Place::usual();
    let text = "version: 1\nname: w\nsteps:\n  once: { scope: run, run: 'echo word=hello >> $CUTOVER_OUTPUT', outputs: [word] }\n  \
                w: { run: 'echo $WORD > made.txt', env: { WORD: '${{ steps.once.word }}' } }\n";
    let workflow = place.workflow(text);
    place.cutover(&["run", &workflow, "--in-place", "--name", "source-a"]).exits(0);
    let made = fs::read_to_string(place.root().join(CONNECTORS).join("source-a/made.txt")).unwrap();
    assert_eq!(made, "hello\n");
}
