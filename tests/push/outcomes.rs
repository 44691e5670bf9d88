//! What becomes of each branch, when each has another fate.

use cutover::git::{GitError, PushRejection, Pushed, Remote};

use crate::server::{everybody, no_fault};
use crate::world::{World, deleted, git, moved, new, outcomes, push};

#[test]
fn each_branch_of_one_push_has_its_own_outcome() {
    let world = World::new();
    let [a, b, c] = world.commits(3).try_into().unwrap();
    for branch in ["moves", "stale", "there", "goes", "taken"] {
        world.plant(branch, a);
    }
    world.server_hook("update", "case $1 in */refused) echo 'only on Mondays' >&2; exit 1;; esac");
    let server = world.serve(everybody, no_fault);
    let requests = [
        new("fresh", b),
        moved("moves", a, b),
        moved("stale", c, b),
        moved("there", c, a),
        deleted("goes", a),
        new("refused", b),
        deleted("gone-already", a),
        new("taken/below", b),
        moved("vanished", a, b),
        new("planted-in-between", b),
    ];
    world.plant("planted-in-between", c);
    let found = outcomes(push(&world, &Remote::new(server.url("acme/connectors.git")), &requests));
    let rejected = |rejection| Pushed::Rejected(rejection);
    let expected = [
        Pushed::Done,
        Pushed::Done,
        rejected(PushRejection::Moved { found: Some(a) }),
        Pushed::AlreadyThere,
        Pushed::Done,
        rejected(PushRejection::Hook { message: "only on Mondays".to_owned() }),
        Pushed::AlreadyThere,
        rejected(PushRejection::NameTaken { other: "taken".to_owned() }),
        rejected(PushRejection::Moved { found: None }),
        rejected(PushRejection::Moved { found: Some(c) }),
    ];
    for ((request, found), expected) in requests.iter().zip(&found).zip(&expected) {
        assert_eq!(found, expected, "{}", request.branch);
    }
    assert_eq!(server.pushes(), 1);
    let first = world.first();
    let there = [("fresh", b), ("main", first), ("moves", b), ("planted-in-between", c), ("stale", a), ("taken", a)];
    let there = there.into_iter().chain([("there", a)]).map(|(name, commit)| (name.to_owned(), commit));
    assert_eq!(world.branches(), there.collect());
}

#[test]
fn the_same_push_again_finds_everything_there() {
    let world = World::new();
    let [a, b] = world.commits(2).try_into().unwrap();
    world.plant("old", a);
    let server = world.serve(everybody, no_fault);
    let remote = Remote::new(server.url("acme/connectors.git"));
    let requests = [new("x", b), moved("old", a, b)];
    assert_eq!(outcomes(push(&world, &remote, &requests)), [Pushed::Done, Pushed::Done]);
    assert_eq!(outcomes(push(&world, &remote, &requests)), [Pushed::AlreadyThere, Pushed::AlreadyThere]);
}

#[test]
fn protection_by_the_servers_settings_is_told() {
    let world = World::new();
    let [a, b] = world.commits(2).try_into().unwrap();
    world.plant("kept", a);
    world.plant("forward", a);
    world.server_setting("receive.denyDeletes", "true");
    world.server_setting("receive.denyNonFastforwards", "true");
    let server = world.serve(everybody, no_fault);
    let requests = [deleted("kept", a), moved("forward", a, b), new("free", b)];
    let found = outcomes(push(&world, &Remote::new(server.url("acme/connectors.git")), &requests));
    let protected = |outcome: &Pushed| match outcome {
        Pushed::Rejected(rejection @ PushRejection::Protected { .. }) => rejection.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(protected(&found[0]).contains("denying ref deletion for refs/heads/kept"), "{}", protected(&found[0]));
    assert!(protected(&found[1]).contains("denying non-fast-forward"), "{}", protected(&found[1]));
    assert_eq!(found[2], Pushed::Done);
    assert_eq!((world.branch("kept"), world.branch("forward")), (Some(a), Some(a)));
}

#[test]
fn what_cannot_be_pushed_spoils_nothing_else() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let server = world.serve(everybody, no_fault);
    let nowhere = "1111111111111111111111111111111111111111".parse().unwrap();
    let requests = [new("a", commit), new("a", commit), new("b..c", commit), new("d", nowhere), new("e", commit)];
    let report = push(&world, &Remote::new(server.url("acme/connectors.git")), &requests);
    let [first, second, name, missing, last] = report.outcomes.try_into().unwrap();
    assert_eq!(first.unwrap(), Pushed::Done);
    assert!(matches!(second, Err(GitError::BranchTwice(_))));
    assert!(matches!(name, Err(GitError::BranchName { .. })));
    assert!(matches!(missing, Err(GitError::MissingObject { kind: "commit", .. })));
    assert_eq!(last.unwrap(), Pushed::Done);
}

#[test]
fn the_users_settings_add_nothing_to_a_push() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let server = world.serve(everybody, no_fault);
    git(world.work(), &["tag", "-a", "-m", "a tag", "v1", &commit.to_string()]);
    git(world.work(), &["remote", "add", "origin", &server.url("acme/connectors.git")]);
    world.setting("push.followTags", "true");
    world.setting("remote.origin.push", "refs/heads/*:refs/heads/mine/*");
    assert_eq!(outcomes(push(&world, &Remote::new("origin"), &[new("x", commit)])), [Pushed::Done]);
    assert_eq!(git(world.bare(), &["for-each-ref", "--format=%(refname)"]), "refs/heads/main\nrefs/heads/x");
}

#[test]
fn a_hook_of_the_user_can_refuse_and_its_words_are_told() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let server = world.serve(everybody, no_fault);
    let hook = "echo 'run the linter first' >&2; echo noise; exit 1";
    crate::world::write_script(&world.work().join(".git/hooks/pre-push"), hook);
    let report = push(&world, &Remote::new(server.url("acme/connectors.git")), &[new("x", commit)]);
    let error = report.outcomes.into_iter().next().unwrap().unwrap_err();
    assert!(
        error.to_string().contains("`pre-push` hook") && error.to_string().contains("run the linter first"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("pre-push"));
    assert_eq!(world.branch("x"), None);
}
