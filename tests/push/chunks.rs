//! Many branches: few pushes, and one bad branch that a server holds against all of them.

use cutover::git::{PushOptions, PushRejection, Pushed, Remote};

use crate::server::{everybody, no_fault};
use crate::world::{World, new, outcomes, push};

#[test]
fn two_hundred_and_fifty_branches_are_three_pushes() {
    let world = World::new();
    let commits = world.commits(250);
    let server = world.serve(everybody, no_fault);
    let requests: Vec<_> =
        commits.iter().enumerate().map(|(at, commit)| new(&format!("cutover/move/source-{at}"), *commit)).collect();
    let found = outcomes(push(&world, &Remote::new(server.url("acme/connectors.git")), &requests));
    assert!(found.iter().all(|outcome| *outcome == Pushed::Done));
    assert_eq!(server.pushes(), 3);
    assert_eq!(server.calls().iter().filter(|call| call.service == "git-upload-pack").count(), 0);
    let there = world.branches();
    assert!(requests.iter().all(|request| there.get(&request.branch).copied() == request.commit));
}

#[test]
fn names_of_the_greatest_length_pass() {
    let world = World::new();
    let commits = world.commits(120);
    let server = world.serve(everybody, no_fault);
    let long = ["x".repeat(200).as_str(), &"y".repeat(200), &"z".repeat(200)].join("/");
    let requests: Vec<_> =
        commits.iter().enumerate().map(|(at, commit)| new(&format!("{long}/{at}"), *commit)).collect();
    let found = outcomes(push(&world, &Remote::new(server.url("acme/connectors.git")), &requests));
    assert!(found.iter().all(|outcome| *outcome == Pushed::Done));
}

/// Refuses every push that has one of these branches, as GitHub does when one of many has a secret in it.
fn refuse_all_because_of(world: &World, pattern: &str) {
    let script = format!("while read old new ref; do case $ref in {pattern}) echo 'a secret' >&2; exit 1;; esac; done");
    world.server_hook("pre-receive", &script);
}

#[test]
fn the_branch_because_of_which_all_were_refused_is_found() {
    let world = World::new();
    let commits = world.commits(100);
    refuse_all_because_of(&world, "*/b37|*/b81");
    let server = world.serve(everybody, no_fault);
    let requests: Vec<_> = commits.iter().enumerate().map(|(at, commit)| new(&format!("x/b{at}"), *commit)).collect();
    let found = outcomes(push(&world, &Remote::new(server.url("acme/connectors.git")), &requests));
    for (at, outcome) in found.iter().enumerate() {
        match outcome {
            Pushed::Rejected(PushRejection::Hook { message }) if [37, 81].contains(&at) => {
                assert_eq!(message, "a secret");
            }
            Pushed::Done => assert!(![37, 81].contains(&at)),
            other => panic!("{at}: {other:?}"),
        }
    }
    assert_eq!(world.branches().len(), 1 + 98);
    assert!(server.pushes() <= 1 + 4 * 7, "{} pushes", server.pushes());
}

#[test]
fn a_server_that_refuses_everything_is_not_asked_for_ever() {
    let world = World::new();
    let commits = world.commits(100);
    refuse_all_because_of(&world, "*");
    let server = world.serve(everybody, no_fault);
    let requests: Vec<_> = commits.iter().enumerate().map(|(at, commit)| new(&format!("x/b{at}"), *commit)).collect();
    let found = outcomes(push(&world, &Remote::new(server.url("acme/connectors.git")), &requests));
    assert!(found.iter().all(|outcome| matches!(outcome, Pushed::Rejected(PushRejection::Hook { .. }))));
    assert_eq!(server.pushes(), 7);
    assert_eq!(world.branches().len(), 1);
}

#[test]
fn push_options_reach_the_hooks_of_a_server_that_takes_them() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let server = world.serve(everybody, no_fault);
    let remote = Remote::new(server.url("acme/connectors.git"));
    let options = PushOptions { push_options: vec!["ci.skip".to_owned()], ..PushOptions::default() };
    let report = world.repository().push(&remote, &[new("x", commit)], &options);
    assert_eq!(crate::world::trouble(report), cutover::git::RemoteTrouble::NoPushOptions);
    world.server_setting("receive.advertisePushOptions", "true");
    world.server_hook("pre-receive", "test \"$GIT_PUSH_OPTION_0\" = ci.skip");
    let report = world.repository().push(&remote, &[new("x", commit)], &options);
    assert_eq!(outcomes(report), [Pushed::Done]);
}
