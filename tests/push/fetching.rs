//! Listing and fetching: one question, and nothing of the user's is touched.

use std::collections::BTreeMap;

use cutover::git::{Remote, RemoteTrouble};

use crate::server::{TOKEN, no_fault, token_only};
use crate::world::{World, git};

#[test]
fn branches_are_listed_by_one_question() {
    let world = World::new();
    let commit = world.commits(1)[0];
    for branch in ["cutover/x/a", "cutover/x/b", "cutover-other", "z"] {
        world.plant(branch, commit);
    }
    let server = world.serve(token_only, no_fault);
    let remote = Remote::new(server.url("acme/connectors.git")).with_token(&server.base(), TOKEN);
    let repository = world.repository();
    let listed = |prefixes: &[&str]| {
        let prefixes: Vec<String> = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        let found = repository.remote_branches(&remote, &prefixes).unwrap();
        found.into_keys().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(listed(&["cutover/"]), "cutover/x/a cutover/x/b");
    assert_eq!(listed(&["cutover/x/b", "z"]), "cutover/x/b z");
    assert_eq!(listed(&[]), "cutover-other cutover/x/a cutover/x/b main z");
    assert_eq!(listed(&["nothing"]), "");
}

#[test]
fn listings_are_of_the_place_that_pushes_go_to() {
    let world = World::new();
    let commit = world.commits(1)[0];
    git(&world.root, &["clone", "-q", "--bare", world.bare().as_str(), "fork.git"]);
    let fork = world.root.join("fork.git");
    git(world.work(), &["push", "-q", fork.as_str(), &format!("{commit}:refs/heads/only-in-the-fork")]);
    git(world.work(), &["remote", "add", "origin", world.bare().as_str()]);
    git(world.work(), &["remote", "set-url", "--push", "origin", fork.as_str()]);
    let repository = world.repository();
    let remotes = repository.remotes().unwrap();
    let [origin] = remotes.as_slice() else { panic!("{remotes:?}") };
    assert_eq!((origin.url.to_string(), origin.push_url.to_string()), (world.bare().into_string(), fork.into_string()));
    let found = repository.remote_branches(&Remote::new("origin"), &["only".to_owned()]).unwrap();
    assert_eq!(found.into_values().collect::<Vec<_>>(), [commit]);
}

#[test]
fn a_fetch_brings_the_commits_and_touches_nothing_of_the_users() {
    let world = World::new();
    // Commits of another clone, which this one has not.
    git(&world.root, &["clone", "-q", world.bare().as_str(), "other"]);
    let other = world.root.join("other");
    std::fs::write(other.join("new.md"), "new\n").unwrap();
    git(&other, &["add", "."]);
    git(&other, &["commit", "-q", "-m", "second"]);
    git(&other, &["push", "-q", "origin", "HEAD:main", "HEAD:cutover/a"]);
    git(world.work(), &["remote", "add", "origin", world.bare().as_str()]);
    let before = git(world.work(), &["for-each-ref"]);
    let repository = world.repository();
    let asked = ["main", "cutover/a", "nowhere"].map(str::to_owned);
    let fetched = repository.fetch(&Remote::new("origin"), &asked).unwrap();
    let second = git(&other, &["rev-parse", "HEAD"]).parse().unwrap();
    assert_eq!(fetched, BTreeMap::from([("main".to_owned(), second), ("cutover/a".to_owned(), second)]));
    assert_eq!(repository.commit_facts(&second).unwrap().message.trim(), "second");
    let after = git(world.work(), &["for-each-ref"]);
    let theirs: Vec<&str> = after.lines().filter(|line| !line.contains("refs/cutover/")).collect();
    assert_eq!(theirs.join("\n"), before);
    assert!(!world.work().join(".git/FETCH_HEAD").exists());
}

#[test]
fn a_branch_that_became_a_directory_can_be_fetched_again() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let repository = world.repository();
    let remote = Remote::new(world.bare().as_str());
    world.plant("a", commit);
    assert_eq!(repository.fetch(&remote, &["a".to_owned()]).unwrap().len(), 1);
    git(world.bare(), &["update-ref", "-d", "refs/heads/a"]);
    world.plant("a/b", commit);
    assert_eq!(repository.fetch(&remote, &["a".to_owned(), "a/b".to_owned()]).unwrap().len(), 1);
}

#[test]
fn a_remote_that_cannot_be_asked_is_an_error_and_not_an_empty_list() {
    let world = World::new();
    let server = world.serve(token_only, no_fault);
    let remote = Remote::new(server.url("acme/connectors.git"));
    for error in [
        world.repository().remote_branches(&remote, &[]).unwrap_err(),
        world.repository().fetch(&remote, &["main".to_owned()]).unwrap_err(),
    ] {
        let cutover::git::GitError::Remote(error) = error else { panic!("{error}") };
        assert_eq!(error.trouble, RemoteTrouble::Authentication);
    }
}
