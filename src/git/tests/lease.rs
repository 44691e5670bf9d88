//! Branches that are not where they were expected: never overwritten, always reported.

use super::fixture::{Fixture, changes, committed, git};
use crate::git::{CommitRequest, GitError, Repository, Written};

fn write(repository: &Repository, requests: &[CommitRequest]) -> Vec<Written> {
    repository.write_commits(requests).unwrap()
}

/// The second commit of a unit, after its first one.
fn second(fixture: &Fixture, first: &Written) -> CommitRequest {
    let first = committed(first);
    let changes = changes(&[("docs/source-a.md", Some("# Changelog\n1.0.1 (#7)\n"))]);
    CommitRequest { expected: Some(first), parent: first, ..fixture.request("source-a", changes) }
}

#[test]
fn a_second_commit_follows_the_first() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let first = write(&repository, &[fixture.migration("source-a")]).remove(0);
    let request = second(&fixture, &first);
    let second = write(&repository, std::slice::from_ref(&request)).remove(0);
    let log = fixture.git(&["log", "--format=%H", &request.branch]);
    assert_eq!(log, format!("{}\n{}\n{}", committed(&second), committed(&first), fixture.head()));
    assert!(matches!(write(&repository, &[request])[..], [Written::AlreadyThere { .. }]));
    fixture.assert_sound();
}

#[test]
fn a_branch_with_other_commits_is_left_alone_and_the_others_are_made() {
    let fixture = Fixture::new();
    fixture.git(&["switch", "-q", "-c", "cutover/test/source-a"]);
    fixture.git(&["commit", "-q", "--allow-empty", "-m", "by hand", "--author", "Bo <bo@example.com>"]);
    let by_hand = fixture.head();
    fixture.git(&["switch", "-q", "main"]);
    let written = write(&fixture.open(), &[fixture.migration("source-a"), fixture.migration("source-b")]);
    let Written::Diverged { found, facts: Some(facts) } = &written[0] else { panic!("{written:?}") };
    assert_eq!(*found, Some(by_hand));
    assert_eq!((facts.author_name.as_str(), facts.run()), ("Bo", None));
    assert_eq!(fixture.git(&["rev-parse", "cutover/test/source-a"]), by_hand.to_string());
    assert_eq!(fixture.git(&["rev-parse", "cutover/test/source-b"]), committed(&written[1]).to_string());
}

#[test]
fn a_branch_of_an_older_run_says_so() {
    let fixture = Fixture::new();
    write(&fixture.open(), &[fixture.migration("source-a")]);
    let mut again = fixture.migration("source-a");
    again.message = again.message.replace("run-1", "run-2");
    let written = write(&fixture.open(), &[again]);
    let Written::Diverged { facts: Some(facts), .. } = &written[0] else { panic!("{written:?}") };
    assert_eq!(facts.run().unwrap().as_str(), "run-1");
    assert_eq!(facts.connector().unwrap().as_str(), "source-a");
}

#[test]
fn a_branch_that_was_deleted_is_not_made_again() {
    let fixture = Fixture::new();
    let first = write(&fixture.open(), &[fixture.migration("source-a")]).remove(0);
    fixture.git(&["branch", "-q", "-D", "cutover/test/source-a"]);
    let written = write(&fixture.open(), &[second(&fixture, &first)]);
    assert!(matches!(written[..], [Written::Diverged { found: None, facts: None }]), "{written:?}");
    assert_eq!(fixture.open().branch("cutover/test/source-a").unwrap(), None);
}

#[test]
fn a_branch_that_moves_during_the_transaction_does_not_stop_the_others() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let first = write(&repository, &[fixture.migration("source-a")]).remove(0);
    // The hook runs when git has been given the old values: somebody is faster, once.
    let hook = format!(
        "#!/bin/sh\n[ \"$1\" = prepared ] && [ ! -e {0}/once ] || exit 0\ntouch {0}/once\n\
         rm -f .git/refs/heads/cutover/test/source-a.lock\n\
         echo {1} > .git/refs/heads/cutover/test/source-a\nexit 1\n",
        fixture.root,
        fixture.head()
    );
    fixture.hook(&hook);
    let written = write(&repository, &[second(&fixture, &first), fixture.migration("source-b")]);
    assert!(matches!(&written[0], Written::Diverged { found, .. } if *found == Some(fixture.head())), "{written:?}");
    assert_eq!(fixture.git(&["rev-parse", "cutover/test/source-b"]), committed(&written[1]).to_string());
}

#[test]
fn a_branch_that_somebody_looks_at_is_not_moved_under_them() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let first = write(&repository, &[fixture.migration("source-a")]).remove(0);
    let linked = fixture.beside("linked");
    fixture.git(&["worktree", "add", "-q", linked.as_str(), "cutover/test/source-a"]);
    let written = write(&repository, &[second(&fixture, &first), fixture.migration("source-b")]);
    let Written::Refused(error @ GitError::CheckedOut { work_tree, .. }) = &written[0] else { panic!("{written:?}") };
    assert_eq!(*work_tree, linked);
    assert!(error.hint().unwrap().contains("switch"));
    assert_eq!(git(&linked, &["status", "--porcelain"]), "");
    committed(&written[1]);
    assert!(matches!(write(&repository, &[fixture.migration("source-a")])[..], [Written::AlreadyThere { .. }]));
    std::fs::remove_dir_all(&linked).unwrap();
    committed(&write(&repository, &[second(&fixture, &first)])[0]);
}

#[test]
fn names_that_cannot_stand_beside_each_other_are_refused_one_by_one() {
    let fixture = Fixture::new();
    fixture.git(&["branch", "taken"]);
    let named =
        |branch: &str, connector: &str| CommitRequest { branch: branch.to_owned(), ..fixture.migration(connector) };
    let requests = [
        named("taken/source-a", "source-a"),
        named("fine", "source-a"),
        named("fine/deeper", "source-b"),
        named("other", "source-b"),
        named("other", "source-a"),
        named("no good", "source-a"),
    ];
    let written = write(&fixture.open(), &requests);
    let taken = |written: &Written, name: &str| matches!(written, Written::Refused(GitError::NameTaken { other, .. }) if other == name);
    assert!(taken(&written[0], "taken"), "{written:?}");
    committed(&written[1]);
    assert!(taken(&written[2], "fine"), "{written:?}");
    committed(&written[3]);
    assert!(matches!(&written[4], Written::Refused(GitError::BranchTwice(_))), "{written:?}");
    assert!(matches!(&written[5], Written::Refused(GitError::BranchName { .. })), "{written:?}");
    committed(&write(&fixture.open(), &[fixture.migration("source-a")])[0]);
    let above = write(&fixture.open(), &[named("cutover/test", "source-b")]);
    assert!(taken(&above[0], "cutover/test/source-a"), "{above:?}");
}
