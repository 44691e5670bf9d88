//! `run:` steps: outputs, secrets, timeouts, retries, and the files that come back.

use std::fs;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::monorepo::CONNECTORS;
use super::place::{Place, Said, step};

/// A workflow of one `run:` step with these lines.
fn script(lines: &str) -> String {
    format!("version: 1\nname: w\nsteps:\n  work:\n{lines}")
}

/// Runs it for `source-a`.
fn run(place: &Place, workflow: &str) -> Said {
    let workflow = place.workflow(workflow);
    place.cutover(&["run", &workflow, "--name", "source-a", "--format", "json"])
}

#[test]
fn outputs_reach_later_steps_and_the_connector_is_described() {
    let place = Place::usual();
    let lines = "    run: |\n      echo \"about=$CUTOVER_CONNECTOR_NAME $CUTOVER_CONNECTOR_VERSION $(basename $PWD)\" >> \
                 $CUTOVER_OUTPUT\n      printf 'lines<<END\\none\\ntwo\\nEND\\n' >> $CUTOVER_OUTPUT\n    outputs: [about, lines]\n  \
                 note:\n    uses: file.write\n    with: { path: note.txt, content: \"${{ steps.work.about }}/${{ steps.work.lines }}\" }\n";
    run(&place, &script(lines)).exits(0);
    let note = place.show("cutover/w/source-a", &format!("{CONNECTORS}/source-a/note.txt"));
    assert_eq!(note, "source-a 0.1.0 source-a/one\ntwo");
}

#[test]
fn an_output_that_is_declared_and_not_given_is_a_failure() {
    let place = Place::usual();
    let answer = run(&place, &script("    run: 'true'\n    outputs: [answer]\n")).exits(1).json();
    let reason = answer["units"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("did not give its output `answer`"), "{reason}");
}

#[test]
fn files_come_back_with_their_modes_and_what_gitignore_names_stays_behind() {
    let place = Place::usual();
    fs::write(place.root().join(".gitignore"), "*.pyc\nbuild/\n").unwrap();
    place.git(&["add", ".gitignore"]);
    place.git(&["commit", "-q", "-m", "ignore"]);
    let lines = "    run: |\n      printf 'no newline' > 'a b ü.txt'\n      printf '\\000\\001' > bytes.bin\n      printf '#!/bin/sh\\n' > tool \
                 && chmod +x tool\n      ln -s tool link\n      rm Dockerfile\n      touch left.pyc && mkdir build && touch \
                 build/output\n      mkdir -p deep/er && echo x > deep/er/file\n";
    run(&place, &script(lines)).exits(0);
    let directory = format!("{CONNECTORS}/source-a");
    let listing =
        place.git(&["-c", "core.quotePath=false", "diff", "--raw", "--no-abbrev", "main", "cutover/w/source-a"]);
    let changes: Vec<String> = listing
        .lines()
        .map(|line| {
            let (facts, path) = line.split_once('\t').unwrap();
            let words: Vec<&str> = facts.split(' ').collect();
            format!("{} {} {}", words[4], words[1], path.strip_prefix(&format!("{directory}/")).unwrap())
        })
        .collect();
    let expected = [
        "D 000000 Dockerfile",
        "A 100644 a b ü.txt",
        "A 100644 bytes.bin",
        "A 100644 deep/er/file",
        "A 120000 link",
        "A 100755 tool",
    ];
    assert_eq!(changes, expected);
    assert_eq!(place.show("cutover/w/source-a", &format!("{directory}/a b ü.txt")), "no newline");
}

#[test]
fn a_secret_is_masked_in_logs_journal_outputs_and_answers() {
    let place = Place::usual();
    let secret = "hunter2-Zq9/+x";
    let lines = "    run: |\n      echo \"token $TOKEN\"\n      echo \"error $TOKEN\" >&2\n      echo \"said=$TOKEN\" >> $CUTOVER_OUTPUT\n      \
                 test -n \"$TOKEN\" && exit 3\n    env: { TOKEN: { secret: MY_TOKEN } }\n    outputs: [said]\n";
    let workflow = place.workflow(&script(lines));
    let arguments = ["run", &workflow, "--name", "source-a"];
    place.cutover(&arguments).exits(2).complains(&[
        "MY_TOKEN",
        "a secret of step work, is not set",
        "`export MY_TOKEN=…`",
    ]);
    assert!(!place.state().exists(), "nothing is written down before that is known");

    let output = place.command(&arguments).env("MY_TOKEN", secret).output().unwrap();
    let said = Said::of(&output, &arguments).exits(1);
    let log = place.cutover(&["logs", place.status()["run"].as_str().unwrap(), "source-a", "work"]).exits(0);
    assert!(log.out.contains("token ***") && log.out.contains("error ***"), "{}", log.out);
    for text in [&said.out, &said.err, &log.out, &place.cutover(&["status", "--format", "json"]).out] {
        assert!(!text.contains(secret), "{text}");
    }
    nowhere_below(&place.state(), secret);
}

/// Asserts that no file below a directory has these bytes.
fn nowhere_below(directory: &Utf8Path, text: &str) {
    for entry in directory.read_dir_utf8().unwrap() {
        let path = entry.unwrap().into_path();
        if path.is_dir() {
            nowhere_below(&path, text);
        } else {
            let bytes = fs::read(&path).unwrap();
            let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!found, "{path} has the secret");
        }
    }
}

#[test]
fn variables_that_are_not_declared_do_not_reach_a_step() {
    let place = Place::usual();
    let workflow = place.workflow(&script("    run: 'env > seen.txt'\n"));
    let arguments = ["run", &workflow, "--name", "source-a"];
    let output = place.command(&arguments).env("GITHUB_TOKEN", "do-not-tell").output().unwrap();
    Said::of(&output, &arguments).exits(0);
    let seen = place.show("cutover/w/source-a", &format!("{CONNECTORS}/source-a/seen.txt"));
    assert!(seen.contains("CUTOVER_CONNECTOR_NAME=source-a") && !seen.contains("do-not-tell"), "{seen}");
}

#[test]
fn a_step_that_takes_too_long_is_killed_with_all_that_it_started() {
    let place = Place::usual();
    let mark = place.beside("child");
    let lines = format!("    run: 'sleep 100 & echo $! > {mark}; wait'\n    timeout: 1s\n");
    let started = Instant::now();
    let answer = run(&place, &script(&lines)).exits(1).json();
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(answer["units"][0]["class"], "timeout", "{answer:#}");
    assert!(is_gone(fs::read_to_string(mark).unwrap().trim()));
}

/// Whether a process is no more, or a zombie that nobody has buried yet.
pub(crate) fn is_gone(pid: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Err(_) => return true,
            Ok(stat) if stat.contains(") Z ") => return true,
            Ok(_) if Instant::now() > deadline => return false,
            Ok(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

#[test]
fn a_step_is_tried_again_as_often_as_its_retry_says() {
    let place = Place::usual();
    let tries = place.beside("tries");
    let lines = |succeeds: u32| {
        format!(
            "    run: 'echo try >> {tries}; test $(wc -l < {tries}) -ge {succeeds}'\n    retry: {{ attempts: 3, on: [process], delay: 1s }}\n"
        )
    };
    run(&place, &script(&lines(3))).exits(0);
    assert_eq!(fs::read_to_string(&tries).unwrap().lines().count(), 3);
    fs::remove_file(&tries).unwrap();
    let answer = run(&place, &script(&lines(9))).exits(1).json();
    assert_eq!(fs::read_to_string(&tries).unwrap().lines().count(), 3);
    assert_eq!(step(&answer["units"][0], "work")["class"], "process");
}

#[test]
fn a_failed_step_shows_the_end_of_its_output_and_where_the_rest_is() {
    let place = Place::usual();
    let said = run(&place, &script("    run: 'seq 1 500; echo the last word >&2; exit 7'\n")).exits(1);
    let unit = said.unit("source-a");
    assert!(
        unit["reason"].as_str().unwrap().contains("exited with code 7")
            || unit["reason"].as_str().unwrap().contains('7')
    );
    let tail = step(&unit, "work")["tail"].to_string();
    assert!(tail.contains("the last word"), "{tail}");
    place.cutover(&["status"]).exits(1).answers(&["the last word", "cutover logs"]);
}

#[test]
fn nothing_that_a_failed_step_did_is_committed() {
    let place = Place::usual();
    run(&place, &script("    run: 'echo x > made.txt; exit 1'\n")).exits(1);
    assert_eq!(place.branches(), "");
    let scratch = place.state().join("scratch");
    let left = scratch.read_dir_utf8().map_or(0, Iterator::count);
    assert_eq!(left, 0, "scratch directories stay behind");
}

#[test]
fn a_step_of_the_run_runs_once_for_all_connectors() {
    let place = Place::usual();
    let marks = place.beside("marks");
    let text = format!(
        "version: 1\nname: w\nsteps:\n  once:\n    scope: run\n    run: 'echo x >> {marks}; echo word=w$(wc -l < {marks}) >> \
         $CUTOVER_OUTPUT'\n    outputs: [word]\n  note: {{ uses: file.write, with: {{ path: note.txt, content: '${{{{ steps.once.word }}}}' }} }}\n"
    );
    let workflow = place.workflow(&text);
    place.cutover(&["run", &workflow]).exits(0);
    assert_eq!(fs::read_to_string(marks).unwrap().lines().count(), 1);
    for name in ["source-a", "source-b", "source-c"] {
        assert_eq!(place.show(&format!("cutover/w/{name}"), &format!("{CONNECTORS}/{name}/note.txt")), "w1");
    }
}

#[test]
fn a_step_of_the_run_that_fails_blocks_every_connector() {
    let place = Place::usual();
    let text = "version: 1\nname: w\nsteps:\n  once: { scope: run, run: 'echo sorry; exit 1' }\n  note: { needs: once, uses: file.remove, \
                with: { path: Dockerfile } }\n";
    let workflow = place.workflow(text);
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(1).json();
    assert_eq!(answer["summary"]["blocked"], 3, "{answer:#}");
    assert_eq!(place.branches(), "");
}
