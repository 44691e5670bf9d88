//! Who is let in, with whose credentials, and that nobody else gets to see them.

use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use cutover::git::{GitError, Pushed, Remote, RemoteTrouble};

use crate::git_http::{Call, Fault, Gate};
use crate::server::{TOKEN, everybody, no_fault, token_only};
use crate::world::{World, git, new, outcomes, push, trouble};

const ADDRESS: &str = "acme/connectors.git";

#[test]
fn a_token_opens_the_remote_where_the_users_git_is_not_let_in() {
    let world = World::new();
    let commits = world.commits(2);
    let server = world.serve(token_only, no_fault);
    let without = Remote::new(server.url(ADDRESS));
    assert_eq!(trouble(push(&world, &without, &[new("x", commits[0])])), RemoteTrouble::Authentication);
    let remote = without.with_token(&server.base(), TOKEN);
    assert_eq!(outcomes(push(&world, &remote, &[new("x", commits[0])])), [Pushed::Done]);
    assert_eq!(world.branch("x"), Some(commits[0]));
    assert_eq!(world.repository().remote_branches(&remote, &["x".to_owned()]).unwrap().len(), 1);
}

#[test]
fn the_users_own_credentials_come_first() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let writes = Arc::clone(&seen);
    let server = world.serve(
        move |headers: &HeaderMap, _: &Call| match headers.get("authorization") {
            Some(value) => {
                writes.lock().unwrap().push(value.to_str().unwrap().to_owned());
                Gate::Open("ada")
            }
            None => Gate::Ask,
        },
        no_fault,
    );
    world.setting("credential.helper", "!f() { echo username=ada; echo password=mine; }; f");
    let remote = Remote::new(server.url(ADDRESS)).with_token(&server.base(), TOKEN);
    assert_eq!(outcomes(push(&world, &remote, &[new("x", commit)])), [Pushed::Done]);
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|value| value == "Basic YWRhOm1pbmU="), "{seen:?}");
}

#[test]
fn a_wrong_token_is_told_and_shown_to_nobody() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let server = world.serve(token_only, no_fault);
    let remote = Remote::new(server.url(ADDRESS)).with_token(&server.base(), "ghp_wrongwrongwrong");
    let report = push(&world, &remote, &[new("x", commit)]);
    let error = report.outcomes.into_iter().next().unwrap().unwrap_err();
    assert!(matches!(&error, GitError::Remote(error) if error.trouble == RemoteTrouble::Authentication), "{error}");
    assert!(!format!("{error} {error:?} {remote:?}").contains("ghp_"), "{error:?} {remote:?}");
    assert!(error.hint().unwrap().contains("token"));
}

#[test]
fn a_header_that_the_users_settings_send_is_no_obstacle() {
    let world = World::new();
    let commit = world.commits(1)[0];
    // GitHub answers 400 to two headers of this kind.
    let server = world.serve(
        |headers: &HeaderMap, call: &Call| match headers.get_all("authorization").iter().count() {
            2.. => Gate::Refuse(400, "Duplicate header: \"Authorization\""),
            _ => token_only(headers, call),
        },
        no_fault,
    );
    let setting = format!("http.{}/.extraheader", server.base());
    world.setting(&setting, "AUTHORIZATION: basic ZXhwaXJlZDpleHBpcmVk");
    let remote = Remote::new(server.url(ADDRESS)).with_token(&server.base(), TOKEN);
    assert_eq!(outcomes(push(&world, &remote, &[new("x", commit)])), [Pushed::Done]);
}

#[test]
fn the_token_stands_in_no_argument_and_in_no_file() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let kept = world.root.join("kept");
    world.setting("credential.helper", &format!("store --file {kept}"));
    let server = world.serve(token_only, no_fault);
    let seen = world.root.join("seen");
    let hook = format!("for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null; echo; done > {seen}");
    crate::world::write_script(&world.work().join(".git/hooks/pre-push"), &hook);
    let remote = Remote::new(server.url(ADDRESS)).with_token(&server.base(), TOKEN);
    assert_eq!(outcomes(push(&world, &remote, &[new("x", commit)])), [Pushed::Done]);
    let arguments = std::fs::read_to_string(seen).unwrap();
    assert!(arguments.contains("--force-with-lease=refs/heads/x:"), "the hook saw the push: {arguments}");
    assert!(!arguments.contains(TOKEN) && !arguments.contains("eC1hY2Nlc3MtdG9rZW4"), "{arguments}");
    assert!(!kept.exists(), "the user's helper was given the token to keep");
    let config = std::fs::read_to_string(world.work().join(".git/config")).unwrap();
    assert!(!config.contains("ghp_"));
}

#[test]
fn a_redirect_to_another_server_does_not_take_the_token_along() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let writes = Arc::clone(&seen);
    let stranger = world.serve(
        move |headers: &HeaderMap, _: &Call| {
            writes.lock().unwrap().push(format!("{headers:?}"));
            if headers.contains_key("authorization") { Gate::Open("thief") } else { Gate::Ask }
        },
        no_fault,
    );
    let elsewhere = stranger.url(ADDRESS);
    let server = world.serve(token_only, move |_| Some(Fault::Redirect(elsewhere.clone())));
    let remote = Remote::new(server.url(ADDRESS)).with_token(&server.base(), TOKEN);
    assert_eq!(trouble(push(&world, &remote, &[new("x", commit)])), RemoteTrouble::Authentication);
    let seen = seen.lock().unwrap().concat();
    assert!(!seen.is_empty() && !seen.contains("authorization"), "{seen}");
}

#[test]
fn a_repository_that_moved_is_pushed_to_and_the_new_place_is_told() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let new_home = world.serve(everybody, no_fault);
    let to = new_home.url(ADDRESS);
    let target = to.clone();
    let server = world.serve(everybody, move |_| Some(Fault::Redirect(target.clone())));
    let report = push(&world, &Remote::new(server.url("acme/old-name.git")), &[new("x", commit)]);
    assert_eq!(report.moved_to.as_deref(), Some(to.as_str()));
    assert_eq!(outcomes(report), [Pushed::Done]);
}

#[test]
fn refusals_of_the_whole_remote_are_told_apart() {
    let cases = [
        (403, "remote: Permission to acme/connectors.git denied to ada.", RemoteTrouble::Permission),
        (403, "This repository was archived so it is read-only.", RemoteTrouble::Archived),
        (404, "Repository not found.", RemoteTrouble::NotThere),
        (429, "slow down", RemoteTrouble::TooMany),
        (502, "bad gateway", RemoteTrouble::Unreachable),
    ];
    let world = World::new();
    let commit = world.commits(1)[0];
    for (status, words, expected) in cases {
        let server = world.serve(move |_: &HeaderMap, _: &Call| Gate::Refuse(status, words), no_fault);
        let report = push(&world, &Remote::new(server.url(ADDRESS)), &[new("x", commit)]);
        let error = report.outcomes[0].as_ref().unwrap_err();
        assert!(error.hint().is_some(), "{error}");
        assert_eq!(trouble(report), expected, "{status}");
    }
}

#[test]
fn a_remote_that_nobody_knows_is_told_with_the_nearest() {
    let world = World::new();
    let commit = world.commits(1)[0];
    git(world.work(), &["remote", "add", "upstream", world.bare().as_str()]);
    let report = push(&world, &Remote::new("upstraem"), &[new("x", commit)]);
    assert_eq!(trouble(report), RemoteTrouble::Unknown { suggestion: Some("upstream".to_owned()) });
    let report = push(&world, &Remote::new(world.root.join("nothing.git").as_str()), &[new("x", commit)]);
    assert_eq!(trouble(report), RemoteTrouble::NotThere);
}

#[test]
fn what_may_be_read_but_not_written_says_what_is_there_already() {
    let world = World::new();
    let [a, b] = world.commits(2).try_into().unwrap();
    world.plant("there", a);
    let server = world.serve(
        |_: &HeaderMap, call: &Call| match call.service.as_str() {
            "git-receive-pack" => Gate::Refuse(403, "Write access to repository not granted."),
            _ => Gate::Open("reader"),
        },
        no_fault,
    );
    let report = push(&world, &Remote::new(server.url(ADDRESS)), &[new("there", a), new("other", b)]);
    assert!(matches!(report.outcomes[0], Ok(Pushed::AlreadyThere)));
    assert!(matches!(&report.outcomes[1], Err(GitError::Remote(error)) if error.trouble == RemoteTrouble::Permission));
}
