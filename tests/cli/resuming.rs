//! What a user can ask of a run that has ended: retries, steps left out, a second run.

use std::fs;

use super::monorepo::{CONNECTORS, Files, page_of};
use super::place::{EDITS, PUBLISHED, Place, outcomes, step, unit};

/// A workflow whose check fails until the file `good` is there; only for `source-b`.
fn moody(place: &Place) -> (String, camino::Utf8PathBuf) {
    let good = place.beside("good");
    let text = format!(
        "version: 1\nname: moody\nsteps:\n  edit: {{ uses: file.remove, with: {{ path: Dockerfile }} }}\n  check: {{ needs: edit, \
         run: 'test $CUTOVER_CONNECTOR_NAME != source-b -o -e {good}' }}\n  pull-request: {{ needs: check, uses: pull-request.open, \
         with: {{ title: x }} }}\n"
    );
    (place.workflow(&text), good)
}

#[test]
fn retry_failed_does_again_what_failed_and_nothing_else() {
    let place = Place::usual();
    let (workflow, good) = moody(&place);
    let first = place.cutover(&["run", &workflow, "--format", "json"]).exits(1).json();
    assert_eq!(unit(&first, "source-b")["outcome"], "failed");
    assert_eq!(step(&unit(&first, "source-b"), "pull-request")["outcome"], "blocked");
    let others = place.branches();

    place.cutover(&["resume"]).exits(1).complains(&["has nothing left to do"]);
    fs::write(&good, "").unwrap();
    let second = place.cutover(&["resume", "--retry-failed", "--format", "json"]).exits(0).json();
    assert_eq!(outcomes(&second).iter().filter(|(_, outcome)| outcome == "changed").count(), 3, "{second:#}");
    for name in ["source-a", "source-c"] {
        assert_eq!(unit(&second, name), unit(&first, name));
    }
    let now = place.branches();
    assert!(others.lines().all(|line| now.contains(line)), "{others}\n{now}");
    assert_eq!(
        place
            .state()
            .join("forge")
            .read_dir_utf8()
            .unwrap()
            .filter(|f| f.as_ref().unwrap().file_name() != "lock")
            .count(),
        3
    );
}

#[test]
fn skip_leaves_a_failed_step_out_and_goes_on() {
    let place = Place::usual();
    let (workflow, _) = moody(&place);
    place.cutover(&["run", &workflow]).exits(1);
    place.cutover(&["resume", "--skip", "chekc"]).exits(2).complains(&["no step `chekc`", "did you mean `check`?"]);
    let answer = place.cutover(&["resume", "--skip", "check", "--format", "json"]).exits(0).json();
    let skipped = step(&unit(&answer, "source-b"), "check");
    assert_eq!((&skipped["outcome"], &skipped["detail"]), (&"skipped".into(), &"left out by hand (--skip)".into()));
    assert_eq!(unit(&answer, "source-b")["outcome"], "changed");
}

#[test]
fn a_refused_edit_is_tried_again_only_when_asked() {
    let page = format!("docs/{}.md", page_of("source-b"));
    let place = Place::new(&Files::default().python("source-a").python("source-b").file(&page, "# No table\n"));
    let workflow = place.workflow(PUBLISHED);
    place.cutover(&["run", &workflow]).exits(1);
    place.cutover(&["resume"]).exits(1);
    // The base is frozen: the same edit is refused again, and nothing is lost.
    place.cutover(&["resume", "--retry-failed"]).exits(1).answers(&["1 changed", "1 failed"]);
    let answer = place.cutover(&["resume", "--skip", "changelog", "--format", "json"]).exits(0).json();
    assert_eq!(unit(&answer, "source-b")["outcome"], "changed");
}

#[test]
fn a_second_run_of_the_same_migration_makes_no_second_commit() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let date = ["--date", "2026-11-22"];
    let first = place.cutover(&[&["run", &workflow, "--format", "json"], &date[..]].concat()).exits(0).json();
    let branches = place.branches();
    let second = place.cutover(&[&["run", &workflow, "--format", "json"], &date[..]].concat()).exits(0).json();
    assert_ne!(first["run"], second["run"]);
    assert_eq!(place.branches(), branches);
    assert_eq!(outcomes(&first), outcomes(&second));
}

#[test]
fn once_merged_the_migration_has_nothing_left_to_change() {
    // Trap 36: bumped twice is bumped once only if the second run sees that all is done.
    let place = Place::usual();
    let text = "version: 1\nname: set\nsteps:\n  remove: { uses: file.remove, with: { path: Dockerfile } }\n  set: { uses: yaml.set, with: { \
                file: metadata.yaml, path: data.connectorBuildOptions.baseImage, value: IMAGE } }\n  bump: { if: \
                steps.remove.changed or steps.set.changed, uses: version.bump, with: { level: patch } }\n";
    let workflow = place.workflow(text);
    place.cutover(&["run", &workflow]).exits(0);
    for name in ["source-a", "source-b", "source-c"] {
        place.git(&["merge", "-q", "--no-edit", &format!("cutover/set/{name}")]);
        place.git(&["branch", "-q", "-D", &format!("cutover/set/{name}")]);
    }
    let head = place.git(&["rev-parse", "HEAD^{tree}"]);
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(0).json();
    assert_eq!(answer["summary"]["unchanged"], 3, "{answer:#}");
    assert_eq!(place.branches(), "");
    assert!(
        place.git(&["show", &format!("HEAD:{CONNECTORS}/source-a/metadata.yaml")]).contains("dockerImageTag: 0.1.1 ")
    );
    assert_eq!(place.git(&["rev-parse", "HEAD^{tree}"]), head);
}

#[test]
fn a_resumed_run_keeps_its_workflow_its_base_and_its_date() {
    let place = Place::usual();
    let (text, mark) =
        (EDITS.replace("steps:", "steps:\n  stop: { run: 'test -e MARK || kill -9 $PPID' }"), place.beside("mark"));
    let workflow = place.workflow(&text.replace("MARK", mark.as_str()));
    assert_eq!(place.cutover(&["run", &workflow, "--date", "2020-02-29"]).code, -9);
    fs::write(&mark, "").unwrap();
    fs::write(&workflow, "not: a workflow any more").unwrap();
    let base = place.git(&["rev-parse", "HEAD"]);
    fs::write(place.root().join("docs/integrations/sources/a.md"), "# gone\n").unwrap();
    place.git(&["commit", "-q", "-a", "-m", "later"]);
    let answer = place.cutover(&["resume", "--format", "json"]).exits(0).json();
    assert_eq!(answer["base"], base);
    for name in ["source-a", "source-b", "source-c"] {
        let branch = format!("cutover/edits/{name}");
        assert_eq!(place.git(&["rev-parse", &format!("{branch}~1")]), base);
        let page = place.show(&branch, &format!("docs/{}.md", page_of(name)));
        assert!(page.contains("| 2020-02-29 |"), "{page}");
        assert!(
            place
                .git(&["show", "-s", "--format=%ad %cd", "--date=short", &branch])
                .starts_with("2020-02-29 2020-02-29")
        );
    }
}

#[test]
fn commits_carry_trailers_and_the_author_of_the_configuration() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(0).json();
    let branch = "cutover/edits/source-a";
    assert_eq!(place.git(&["show", "-s", "--format=%an <%ae>", branch]), "Ada <ada@example.com>");
    let trailers = place.git(&["show", "-s", "--format=%(trailers)", branch]);
    assert_eq!(trailers, format!("Cutover-Run: {}\nCutover-Connector: source-a", answer["run"].as_str().unwrap()));
    place.git(&["config", "--unset", "user.name"]);
    let again = place.workflow(&EDITS.replace("name: edits", "name: again"));
    place.cutover(&["run", &again]).exits(2).complains(&["git does not know who you are", "user.name"]);
}
