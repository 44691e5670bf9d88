//! `doctor`: what stands in the way of a run, before there is one.

use super::monorepo;
use super::place::Place;

#[test]
fn a_repository_in_order_has_nothing_in_the_way() {
    let place = Place::usual();
    place.cutover(&["doctor"]).exits(0).answers(&["✓ git", "Ada <ada@example.com>", "Nothing stands in the way"]);
}

#[test]
fn each_problem_is_a_line_with_what_to_do() {
    let place = Place::usual();
    place.git(&["remote", "add", "origin", place.beside("gone.git").as_str()]);
    let said = place.cutover(&["doctor", "--remote", "origin", "--format", "json"]).exits(8);
    let answer = said.json();
    assert_eq!(answer["schema"], "cutover.doctor/1");
    let findings = answer["findings"].as_array().unwrap();
    let remote = findings.iter().find(|finding| finding["what"] == "remote").unwrap();
    assert_eq!(remote["state"], "problem");
    assert!(remote["says"].as_str().unwrap().contains("gone.git"), "{remote}");
    assert!(!remote["hint"].is_null(), "{remote}");
}

#[test]
fn a_remote_that_answers_is_told_with_the_branches_that_it_has() {
    let place = Place::usual();
    let remote = place.beside("remote.git");
    place.git(&["clone", "-q", "--bare", ".", remote.as_str()]);
    monorepo::git(&remote, &["branch", "cutover/x/source-a", "main"]);
    place.cutover(&["doctor", "--remote", remote.as_str()]).exits(0).answers(&["it has 1 branch of cutover"]);
}

#[test]
fn the_github_forge_needs_a_remote_that_says_which_repository_it_is() {
    let place = Place::usual();
    let said = place.cutover(&["doctor", "--forge", "github"]).exits(8);
    said.answers(&["✗ forge", "which repository on GitHub"]);
    place.cutover(&["doctor", "--forge", "gitlab"]).exits(2).complains(&["`local` or `github`"]);
}
