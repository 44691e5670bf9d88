//! After any push every branch is either reported as done and there, or reported otherwise and not moved by us.

use std::collections::BTreeMap;
use std::time::Duration;

use cutover::git::{CommitId, PushOptions, PushRequest, Pushed, Remote};
use proptest::prelude::*;

use crate::git_http::{Call, Fault};
use crate::server::everybody;
use crate::world::World;

/// What stands on the remote, what is expected there, what it is to be: indexes of commits.
type Case = (Option<usize>, Option<usize>, Option<usize>);

fn commit() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![1 => Just(None), 3 => (0..3_usize).prop_map(Some)]
}

fn cases() -> impl Strategy<Value = Vec<Case>> {
    // Mostly what is expected is what is there.
    let case = (commit(), commit(), commit(), 0..4_u8)
        .prop_map(|(there, other, wanted, lie)| (there, if lie == 0 { other } else { there }, wanted));
    prop::collection::vec(case, 1..8)
}

/// Which push has which fault, and whether a hook refuses every third branch, one by one or all together.
type Weather = (usize, u8, u8, usize);

fn fault(kind: u8) -> Option<Fault> {
    match kind {
        0 => Some(Fault::CutBefore),
        1 => Some(Fault::CutAfter),
        2 => Some(Fault::Status(503, "away")),
        _ => None,
    }
}

fn check(cases: &[Case], (at, kind, hook, chunk): Weather) -> Result<(), TestCaseError> {
    let world = World::new();
    let commits = world.commits(3);
    let id = |index: Option<usize>| index.map(|index| commits[index]);
    for (number, (there, ..)) in cases.iter().enumerate() {
        if let Some(commit) = id(*there) {
            world.plant(&format!("b{number}"), commit);
        }
    }
    match hook {
        0 => world.server_hook("update", "case $1 in */b0|*/b3|*/b6) exit 1;; esac"),
        1 => world.server_hook("pre-receive", "while read o n r; do case $r in */b3) exit 1;; esac; done"),
        _ => {}
    }
    let before = world.branches();
    let server =
        world.serve(everybody, move |call: &Call| if call.pushes() && call.count == at { fault(kind) } else { None });
    let requests: Vec<PushRequest> = cases
        .iter()
        .enumerate()
        .map(|(number, (_, expected, commit))| PushRequest {
            branch: format!("b{number}"),
            commit: id(*commit),
            expected: id(*expected),
        })
        .collect();
    let options = PushOptions { chunk, ..PushOptions::default() };
    let remote = Remote::new(server.url("acme/connectors.git")).with_timeout(Duration::from_secs(20));
    let report = world.repository().push(&remote, &requests, &options);
    drop(server);
    let after = world.branches();
    prop_assert_eq!(report.outcomes.len(), requests.len());
    for (request, outcome) in requests.iter().zip(&report.outcomes) {
        judge(request, outcome, &before, &after)?;
    }
    prop_assert_eq!(before.get("main"), after.get("main"));
    Ok(())
}

fn judge(
    request: &PushRequest,
    outcome: &Result<Pushed, cutover::git::GitError>,
    before: &BTreeMap<String, CommitId>,
    after: &BTreeMap<String, CommitId>,
) -> Result<(), TestCaseError> {
    let (was, is) = (before.get(&request.branch).copied(), after.get(&request.branch).copied());
    match outcome {
        Ok(Pushed::Done) => {
            prop_assert_eq!(is, request.commit, "{}: done, but not there", request.branch);
            prop_assert!(was == request.expected || was == request.commit, "{}: the lease was lost", request.branch);
        }
        Ok(Pushed::AlreadyThere) => prop_assert_eq!((was, is), (request.commit, request.commit), "{}", request.branch),
        other => prop_assert_eq!(is, was, "{}: {:?}, but moved", request.branch, other),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_reported_is_what_happened(
        cases in cases(),
        weather in (1..4_usize, 0..5_u8, 0..4_u8, 1..5_usize),
    ) {
        check(&cases, weather)?;
    }
}
