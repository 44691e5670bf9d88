//! Refreshing while the process dies: at every system call that makes something last, and at random moments.

use std::process::Stdio;
use std::time::Duration;

use super::monorepo::Files;
use super::stage::{MIGRATION, Stage, branch, metadata_path, page_path};

const NAMES: [&str; 4] = ["source-a", "source-b", "source-c", "source-d"];

/// A run whose base has moved under everything; the same each time.
fn stage() -> Stage {
    let stage = Stage::new(&NAMES.into_iter().fold(Files::default(), Files::python));
    let workflow = stage.place.workflow(MIGRATION);
    stage.run(&workflow).exits(0);
    for name in NAMES {
        let bumped = stage.show("main", &metadata_path(name)).replace("0.1.0", "0.1.1");
        let row = "| 0.1.1   | 2026-11-20 | [99](https://github.com/airbytehq/airbyte/pull/99)       | Another change  |\n| 0.1.0 ";
        let page = stage.show("main", &page_path(name)).replacen("| 0.1.0 ", row, 1);
        stage.commit("main", &[(&metadata_path(name), &(bumped + "\n")), (&page_path(name), &(page + "\n"))]);
    }
    stage
}

fn assert_fresh(stage: &Stage, round: &str) {
    let heads = stage.heads();
    for name in NAMES {
        stage.assert_merges(&branch(name));
        assert_eq!(stage.versions(&branch(name), &page_path(name)), ["0.1.2", "0.1.1", "0.1.0"], "{round}");
        let parent = super::monorepo::git(&stage.remote, &["rev-parse", &format!("{}~1", branch(name))]);
        assert_eq!(parent, heads["main"], "{round}: {name} is one commit on the base");
        assert_eq!(stage.place.git(&["rev-parse", &branch(name)]), heads[&branch(name)], "{round}");
    }
    assert_eq!(stage.pull_requests().len(), NAMES.len(), "{round}");
}

/// A refresh that is killed after so long, again and again with ever more time, ends as one that is not.
#[test]
fn a_refresh_that_is_killed_at_any_moment_is_ended_by_the_next() {
    for pause in [20, 40, 60, 80, 110, 140, 180, 240, 320] {
        let stage = stage();
        let round = format!("killed after {pause} ms");
        let mut child = stage.place.command(&["refresh"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        child.kill().unwrap();
        child.wait().unwrap();
        let said = stage.place.cutover(&["refresh"]);
        assert_eq!(said.code, 0, "{round}: {said:?}");
        assert_fresh(&stage, &round);
    }
}

/// The commits are written and the journal does not know: the next refresh knows them for its own, also when the base
/// has moved again.
#[test]
fn commits_that_no_journal_knows_are_recognised() {
    for moves_again in [false, true] {
        let stage = stage();
        // Killed by git itself, between the branches and the journal: a hook that runs when the references have moved.
        let hook = stage.place.root().join(".git/hooks/reference-transaction");
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        let script = "#!/bin/sh\ntest \"$1\" = committed || exit 0\ngrep -q refs/heads/cutover || exit 0\nrm -f \"$0\"\n\
                      kill -9 $(ps -o ppid= -p $PPID)\nsleep 0.2\n";
        std::fs::write(&hook, script).unwrap();
        std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(stage.place.cutover(&["refresh"]).code, -9);
        let moved = stage.place.git(&["rev-parse", &branch("source-a")]);
        assert_ne!(moved, stage.heads()[&branch("source-a")], "the branch had moved here");
        if moves_again {
            for name in NAMES {
                let page = stage.show("main", &page_path(name)) + "\nMore.\n";
                stage.commit("main", &[(&page_path(name), &page)]);
            }
        }
        stage.place.cutover(&["refresh"]).exits(0);
        assert_fresh(&stage, &format!("moved again: {moves_again}"));
    }
}
