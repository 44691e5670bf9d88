//! Connections that break, servers that are slow or away, and somebody who will not wait.

use std::time::{Duration, Instant};

use cutover::git::{GitError, PushOptions, PushRejection, Pushed, Remote, RemoteTrouble};
use cutover::process::{Stop, cancellation};

use crate::git_http::{Call, Fault};
use crate::server::{everybody, no_fault};
use crate::world::{World, git, moved, new, outcomes, push, trouble};

const ADDRESS: &str = "acme/connectors.git";

/// This fault, the first time that branches are moved.
fn first_push(fault: fn() -> Fault) -> impl Fn(&Call) -> Option<Fault> + Send + Sync {
    move |call| (call.pushes() && call.count == 1).then(fault)
}

#[test]
fn a_connection_that_breaks_after_the_effect_leaves_nothing_in_doubt() {
    let world = World::new();
    let [a, b] = world.commits(2).try_into().unwrap();
    world.plant("stale", b);
    let server = world.serve(everybody, first_push(|| Fault::CutAfter));
    let remote = Remote::new(server.url(ADDRESS));
    let found = outcomes(push(&world, &remote, &[new("x", a), new("y", b), moved("stale", a, b), new("stale2", a)]));
    assert_eq!(found[..2], [Pushed::Done, Pushed::Done]);
    assert!(matches!(found[2], Pushed::AlreadyThere | Pushed::Done));
    assert_eq!(found[3], Pushed::Done);
}

#[test]
fn an_answer_that_ends_too_early_for_which_git_waits_for_ever_is_settled_when_time_is_up() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let server = world.serve(everybody, first_push(|| Fault::ShortAnswer));
    let remote = Remote::new(server.url(ADDRESS)).with_timeout(Duration::from_secs(2));
    assert_eq!(outcomes(push(&world, &remote, &[new("x", commit)])), [Pushed::Done]);
    assert_no_git_at_work(&server.base());
}

#[test]
fn a_connection_that_breaks_before_the_effect_is_told_and_the_next_chunk_goes_out() {
    let world = World::new();
    let commits = world.commits(3);
    let server = world.serve(everybody, first_push(|| Fault::CutBefore));
    let options = PushOptions { chunk: 1, ..PushOptions::default() };
    let requests = [new("x", commits[0]), new("y", commits[1]), new("z", commits[2])];
    let remote = Remote::new(server.url(ADDRESS));
    let report = world.repository().push(&remote, &requests, &options);
    let error = report.outcomes[0].as_ref().unwrap_err();
    assert!(matches!(error, GitError::Remote(error) if error.trouble == RemoteTrouble::Unreachable), "{error}");
    assert!(matches!(report.outcomes[1..], [Ok(Pushed::Done), Ok(Pushed::Done)]));
    assert_eq!(world.branch("x"), None);
    assert_eq!(outcomes(push(&world, &remote, &requests)), [Pushed::Done, Pushed::AlreadyThere, Pushed::AlreadyThere]);
}

#[test]
fn a_lost_lease_is_told_even_if_the_connection_breaks() {
    let world = World::new();
    let [a, b, c] = world.commits(3).try_into().unwrap();
    world.plant("x", b);
    let server = world.serve(everybody, |call: &Call| call.pushes().then_some(Fault::Status(502, "bad gateway")));
    let found = push(&world, &Remote::new(server.url(ADDRESS)), &[moved("x", a, c), new("y", c)]);
    assert_eq!(found.outcomes[0].as_ref().unwrap(), &Pushed::Rejected(PushRejection::Moved { found: Some(b) }));
    assert!(found.outcomes[1].is_err());
}

#[test]
fn a_server_that_is_away_stops_the_push_at_once() {
    let world = World::new();
    let commits = world.commits(5);
    let server = world.serve(everybody, no_fault);
    let url = server.url(ADDRESS);
    drop(server);
    let requests: Vec<_> = commits.iter().enumerate().map(|(at, commit)| new(&format!("b{at}"), *commit)).collect();
    let options = PushOptions { chunk: 1, ..PushOptions::default() };
    let started = Instant::now();
    let report = world.repository().push(&Remote::new(&url), &requests, &options);
    assert_eq!(trouble(report), RemoteTrouble::Unreachable);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_server_that_breaks_every_time_is_not_tried_for_ever() {
    let world = World::new();
    let commits = world.commits(6);
    let server = world.serve(everybody, |call: &Call| call.pushes().then_some(Fault::CutBefore));
    let requests: Vec<_> = commits.iter().enumerate().map(|(at, commit)| new(&format!("b{at}"), *commit)).collect();
    let options = PushOptions { chunk: 1, ..PushOptions::default() };
    let report = world.repository().push(&Remote::new(server.url(ADDRESS)), &requests, &options);
    assert_eq!(trouble(report), RemoteTrouble::Unreachable);
    assert_eq!(server.pushes(), 2);
}

#[test]
fn what_takes_too_long_is_stopped() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let server = world.serve(everybody, |call: &Call| call.pushes().then_some(Fault::Wait(Duration::from_secs(30))));
    let limit = Duration::from_secs(1);
    let remote = Remote::new(server.url(ADDRESS)).with_timeout(limit);
    let started = Instant::now();
    assert_eq!(trouble(push(&world, &remote, &[new("x", commit)])), RemoteTrouble::TimedOut(limit));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_no_git_at_work(&server.base());
}

#[test]
fn a_stop_ends_the_push_and_what_it_had_not_begun() {
    let world = World::new();
    let commits = world.commits(3);
    let server = world.serve(everybody, |call: &Call| call.pushes().then_some(Fault::Wait(Duration::from_secs(30))));
    let (canceller, cancel) = cancellation();
    let remote = Remote::new(server.url(ADDRESS)).with_cancel(cancel);
    let requests: Vec<_> = commits.iter().enumerate().map(|(at, commit)| new(&format!("b{at}"), *commit)).collect();
    let options = PushOptions { chunk: 1, ..PushOptions::default() };
    let started = Instant::now();
    let report = std::thread::scope(|scope| {
        let pushing = scope.spawn(|| world.repository().push(&remote, &requests, &options));
        while server.pushes() == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        canceller.stop(Stop::Now);
        pushing.join().unwrap()
    });
    assert_eq!(trouble(report), RemoteTrouble::Cancelled);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(server.pushes(), 1);
    assert_no_git_at_work(&server.base());
}

#[test]
fn a_push_that_was_killed_leaves_a_sound_repository() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let server = world.serve(everybody, |call: &Call| call.pushes().then_some(Fault::Wait(Duration::from_secs(30))));
    let remote = Remote::new(server.url(ADDRESS)).with_timeout(Duration::from_millis(500));
    trouble(push(&world, &remote, &[new("x", commit)]));
    assert_eq!(git(world.work(), &["fsck", "--no-dangling"]), "");
}

/// No process of this machine speaks with this server any more.
fn assert_no_git_at_work(server: &str) {
    std::thread::sleep(Duration::from_millis(200));
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let commands = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let left: Vec<String> = commands
        .map(|command| String::from_utf8_lossy(&command).replace('\0', " "))
        .filter(|command| command.contains(server))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}
