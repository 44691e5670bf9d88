//! People on the branches and pull requests of a run: what they did is left alone.

use std::fs;

use super::monorepo::CONNECTORS;
use super::place::{PUBLISHED, Place, outcomes, unit};

/// A published workflow that stops the whole run between the two commits of `source-b`, until `go` is there.
fn halted(place: &Place) -> (String, camino::Utf8PathBuf) {
    let go = place.beside("go");
    let text = PUBLISHED.replace(
        "  changelog:\n",
        &format!("  wait: {{ needs: pull-request, run: 'test -e {go} -o $CUTOVER_CONNECTOR_NAME != source-b' }}\n  changelog:\n    needs: wait\n"),
    );
    (place.workflow(&text), go)
}

/// A person's commit on a branch, on top of what is there.
fn touch(place: &Place, branch: &str) -> String {
    let directory = place.beside("person");
    place.git(&["worktree", "add", "-q", directory.as_str(), branch]);
    fs::write(directory.join(CONNECTORS).join("source-b/mine.txt"), "mine\n").unwrap();
    super::monorepo::git(&directory, &["add", "-A"]);
    super::monorepo::git(&directory, &["commit", "-q", "-m", "A fix of my own"]);
    place.git(&["worktree", "remove", "--force", directory.as_str()]);
    place.git(&["rev-parse", branch])
}

#[test]
fn a_branch_that_a_person_committed_to_is_left_alone() {
    let place = Place::usual();
    let (workflow, go) = halted(&place);
    place.cutover(&["run", &workflow]).exits(1);
    let mine = touch(&place, "cutover/published/source-b");
    fs::write(&go, "").unwrap();
    let said = place.cutover(&["resume", "--retry-failed", "--format", "json"]).exits(1);
    let held = said.unit("source-b");
    assert_eq!(held["outcome"], "edited-by-human");
    assert!(held["reason"].as_str().unwrap().contains(&mine[..7]), "{held:#}");
    assert_eq!(place.git(&["rev-parse", "cutover/published/source-b"]), mine);
    assert_eq!(outcomes(&said.json()).iter().filter(|(_, outcome)| outcome == "changed").count(), 2);
    place.cutover(&["status"]).exits(1).answers(&["Left to the person who edited it (1)", "--adopt source-b"]);
}

#[test]
fn an_adopted_branch_is_the_units_work_and_the_rest_goes_on_top_of_it() {
    let place = Place::usual();
    let (workflow, go) = halted(&place);
    place.cutover(&["run", &workflow]).exits(1);
    let mine = touch(&place, "cutover/published/source-b");
    fs::write(&go, "").unwrap();
    place.cutover(&["resume", "--retry-failed"]).exits(1);
    place.cutover(&["resume", "--adopt", "source-x"]).exits(2).complains(&["no connector `source-x`"]);
    let said = place.cutover(&["resume", "--adopt", "source-b", "--format", "json"]).exits(0);
    assert_eq!(said.unit("source-b")["outcome"], "changed", "{:#}", said.json());
    let branch = "cutover/published/source-b";
    assert_eq!(place.show(branch, &format!("{CONNECTORS}/source-b/mine.txt")), "mine");
    place.git(&["merge-base", "--is-ancestor", &mine, branch]);
}

#[test]
fn a_pull_request_that_a_person_closed_stays_closed() {
    let place = Place::usual();
    let text = "version: 1\nname: w\nsteps:\n  edit: { uses: file.remove, with: { path: Dockerfile } }\n  open: { uses: pull-request.open, \
                with: { title: x } }\n  stop: { needs: open, run: 'test -e GO' }\n  again: { needs: stop, uses: pull-request.open, with: { title: x } }\n";
    let go = place.beside("go");
    let workflow = place.workflow(&text.replace("GO", go.as_str()));
    let first = place.cutover(&["run", &workflow, "--format", "json"]).exits(1).json();
    let number = unit(&first, "source-b")["pull_request"]["number"].as_u64().unwrap();
    let file = place.state().join(format!("forge/{number}.json"));
    let closed = fs::read_to_string(&file).unwrap().replace("\"state\": \"open\"", "\"state\": \"closed\"");
    fs::write(&file, &closed).unwrap();
    fs::write(&go, "").unwrap();
    let said = place.cutover(&["resume", "--retry-failed", "--format", "json"]).exits(1);
    assert_eq!(said.unit("source-b")["outcome"], "closed-by-human", "{:#}", said.json());
    assert_eq!(said.unit("source-b")["pull_request"]["number"].as_u64(), Some(number));
    assert_eq!(fs::read_to_string(&file).unwrap(), closed);
    let files = place.state().join("forge").read_dir_utf8().unwrap();
    assert_eq!(files.filter(|file| file.as_ref().unwrap().path().extension() == Some("json")).count(), 3);
    place.cutover(&["status"]).exits(1).answers(&["Left closed (1)"]);
}

#[test]
fn the_changelog_names_the_number_of_its_own_pull_request() {
    let place = Place::usual();
    let workflow = place.workflow(PUBLISHED);
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(0).json();
    for (name, page) in [("source-a", "a"), ("source-b", "b"), ("source-c", "c")] {
        let number = unit(&answer, name)["pull_request"]["number"].as_u64().unwrap();
        let branch = format!("cutover/published/{name}");
        let text = place.show(&branch, &format!("docs/integrations/sources/{page}.md"));
        assert!(text.contains("| 0.1.1   | ") && text.contains(&format!("/pull/{number})")), "{number}: {text}");
        let record = fs::read_to_string(place.state().join(format!("forge/{number}.json"))).unwrap();
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        assert_eq!((&record["head"], &record["base"]), (&branch.as_str().into(), &"main".into()));
        assert_eq!(place.git(&["rev-list", "--count", &format!("main..{branch}")]), "2");
    }
}

#[test]
fn a_branch_that_is_checked_out_somewhere_is_a_failure_that_says_where() {
    let place = Place::usual();
    let (workflow, go) = halted(&place);
    place.cutover(&["run", &workflow]).exits(1);
    let directory = place.beside("looking");
    place.git(&["worktree", "add", "-q", directory.as_str(), "cutover/published/source-b"]);
    fs::write(&go, "").unwrap();
    let said = place.cutover(&["resume", "--retry-failed", "--format", "json"]).exits(1);
    let reason = said.unit("source-b")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("is checked out in") && reason.contains("looking"), "{reason}");
}
