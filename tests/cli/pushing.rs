//! A run whose commits go to a remote repository, with the local forge.

use super::monorepo;
use super::place::{PUBLISHED, Place, outcomes};

/// A repository and the bare one that it came from.
fn with_remote() -> (Place, camino::Utf8PathBuf) {
    let place = Place::usual();
    let remote = place.beside("remote.git");
    place.git(&["clone", "-q", "--bare", ".", remote.as_str()]);
    monorepo::git(&remote, &["config", "user.name", "Grace"]);
    monorepo::git(&remote, &["config", "user.email", "grace@example.com"]);
    place.git(&["remote", "add", "origin", remote.as_str()]);
    (place, remote)
}

/// The branches of the remote, with their commits.
fn branches(remote: &camino::Utf8Path) -> String {
    monorepo::git(remote, &["for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads/cutover/"])
}

#[test]
fn both_commits_of_every_unit_are_in_the_remote_repository_in_the_end() {
    let (place, remote) = with_remote();
    let workflow = place.workflow(PUBLISHED);
    let said = place.cutover(&["run", &workflow, "--remote", "origin", "--format", "json"]).exits(0);
    assert!(outcomes(&said.json()).iter().all(|(_, outcome)| outcome == "changed"), "{:#}", said.json());
    assert_eq!(branches(&remote), place.branches());
    let page = monorepo::git(&remote, &["show", "cutover/published/source-a:docs/integrations/sources/a.md"]);
    assert!(page.contains("pull/1") || page.contains("/pull/"), "{page}");
}

#[test]
fn the_local_forge_pushes_nowhere_unless_a_remote_is_named() {
    let (place, remote) = with_remote();
    place.cutover(&["run", &place.workflow(PUBLISHED)]).exits(0);
    assert_eq!(branches(&remote), "");
}

#[test]
fn a_branch_that_somebody_else_has_pushed_is_not_touched_and_the_others_go_on() {
    let (place, remote) = with_remote();
    monorepo::git(&remote, &["branch", "cutover/published/source-b", "main"]);
    // Somebody's own work, which this repository has never seen.
    let tree = monorepo::git(&remote, &["rev-parse", "main^{tree}"]);
    let theirs = monorepo::git(&remote, &["commit-tree", "-m", "Mine", "-p", "main", &tree]);
    monorepo::git(&remote, &["update-ref", "refs/heads/cutover/published/source-b", &theirs]);
    let said = place.cutover(&["run", &place.workflow(PUBLISHED), "--remote", "origin", "--format", "json"]).exits(1);
    let unit = said.unit("source-b");
    assert_eq!(unit["outcome"], "failed");
    assert!(unit["reason"].as_str().unwrap().contains(&theirs[..7]), "{unit:#}");
    assert!(unit["pull_request"].is_null(), "nothing is published of what could not be pushed: {unit:#}");
    assert_eq!(monorepo::git(&remote, &["rev-parse", "cutover/published/source-b"]), theirs);
    assert_eq!(outcomes(&said.json()).iter().filter(|(_, outcome)| outcome == "changed").count(), 2);
}

#[test]
fn a_remote_that_is_not_there_fails_every_unit_for_one_reason_and_can_be_mended() {
    let (place, remote) = with_remote();
    let away = place.beside("away.git");
    std::fs::rename(&remote, &away).unwrap();
    let workflow = place.workflow(PUBLISHED);
    let said = place.cutover(&["run", &workflow, "--remote", "origin"]).exits(1);
    said.answers(&["failed to push", "(3)"]);
    std::fs::rename(&away, &remote).unwrap();
    place.cutover(&["resume", "--retry-failed"]).exits(0);
    assert_eq!(branches(&remote), place.branches());
}

#[test]
fn a_hook_of_the_server_refuses_one_branch_in_its_own_words() {
    let (place, remote) = with_remote();
    let hook = remote.join("hooks/update");
    std::fs::write(&hook, "#!/bin/sh\ncase $1 in *source-b) echo 'ticket number missing' >&2; exit 1;; esac\n")
        .unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let said = place.cutover(&["run", &place.workflow(PUBLISHED), "--remote", "origin", "--format", "json"]).exits(1);
    let reason = said.unit("source-b")["reason"].to_string();
    assert!(reason.contains("ticket number missing"), "{reason}");
    assert_eq!(branches(&remote).lines().count(), 2);
}

#[test]
fn a_persons_push_between_the_two_commits_is_left_alone() {
    let (place, remote) = with_remote();
    let go = place.beside("go");
    let text = PUBLISHED.replace(
        "  changelog:\n",
        &format!("  wait: {{ needs: pull-request, run: 'test -e {go} -o $CUTOVER_CONNECTOR_NAME != source-b' }}\n  changelog:\n    needs: wait\n"),
    );
    place.cutover(&["run", &place.workflow(&text), "--remote", "origin"]).exits(1);
    let branch = "cutover/published/source-b";
    let tree = monorepo::git(&remote, &["rev-parse", &format!("{branch}^{{tree}}")]);
    let theirs = monorepo::git(&remote, &["commit-tree", "-m", "Mine", "-p", branch, &tree]);
    monorepo::git(&remote, &["update-ref", &format!("refs/heads/{branch}"), &theirs]);
    std::fs::write(&go, "").unwrap();
    let said = place.cutover(&["resume", "--retry-failed", "--format", "json"]).exits(1);
    assert_eq!(said.unit("source-b")["outcome"], "edited-by-human");
    assert_eq!(monorepo::git(&remote, &["rev-parse", branch]), theirs);
}
