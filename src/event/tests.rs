//! What the fold says where a unit's commits are made once more: for continuous integration, and on a new base.

use std::sync::Arc;

use super::*;
use crate::base::StepId;
use crate::workflow::{Effect, Scope};

const ONE: UnitIndex = UnitIndex(1);

fn node(id: &str, effect: Effect, needs: &[u16]) -> Node {
    Node {
        id: StepId::new(id).unwrap(),
        scope: Scope::Unit,
        effect,
        writes: effect == Effect::Edit,
        needs: needs.iter().map(|need| StepIndex(*need)).collect(),
        continue_on_error: false,
    }
}

/// An edit, its pull request, the row with its number, and the draft made ready.
fn run() -> RunState {
    let nodes = vec![
        node("edit", Effect::Edit, &[]),
        node("open", Effect::Publish, &[0]),
        node("changelog", Effect::Edit, &[1]),
        node("ready", Effect::Publish, &[2]),
    ];
    RunState::new(Arc::new(Graph::new(nodes).pushing(true)), 1)
}

fn take(state: &mut RunState, events: impl IntoIterator<Item = Event>) -> Vec<Next> {
    for event in events {
        state.apply(&event).unwrap_or_else(|error| panic!("{event:?}: {error}"));
    }
    next(state, ONE)
}

fn started(step: u16) -> Event {
    Event::Started { unit: ONE, step: StepIndex(step), attempt: 1 }
}

fn succeeded(step: u16, changed: bool) -> Event {
    let result = StepResult { changed, ..StepResult::default() };
    Event::Succeeded { unit: ONE, step: StepIndex(step), result }
}

fn committed(commit: &str, skips_ci: bool) -> [Event; 2] {
    let checkpoint = Checkpoint::new(commit, "t").skipping_ci(skips_ci);
    [Event::Committed { unit: ONE, checkpoint: Some(checkpoint) }, Event::Pushed { unit: ONE, commit: commit.into() }]
}

fn connector() -> crate::connector::Connector {
    let metadata = "data: { dockerImageTag: 1.0.0 }\n";
    let tree =
        crate::base::MemoryTree::new().with_file("airbyte-integrations/connectors/source-a/metadata.yaml", metadata);
    crate::connector::discover(&crate::connector::Profile::airbyte(), &tree).unwrap().remove(0)
}

#[test]
fn a_commit_that_hides_for_another_is_made_once_more_when_none_follows() {
    let mut state = run();
    take(&mut state, [succeeded(0, true)]);
    take(&mut state, committed("hidden", true));
    assert!(!state.hides_for_nothing(ONE), "the changelog is still to come");
    assert_eq!(take(&mut state, [started(1), succeeded(1, true)]), [Next::Start(StepIndex(2))]);
    assert_eq!(take(&mut state, [succeeded(2, false)]), [Next::Commit], "before the draft is made ready");
    let shown = committed("shown", false);
    assert_eq!(take(&mut state, shown[..1].to_vec()), [Next::Push]);
    assert_eq!(take(&mut state, shown[1..].to_vec()), [Next::Start(StepIndex(3))]);
}

#[test]
fn a_commit_that_nothing_can_follow_any_more_is_shown_at_the_end_too() {
    let mut state = run();
    take(&mut state, [succeeded(0, true)]);
    take(&mut state, committed("hidden", true));
    let skipped = |step: u16| Event::Skipped { unit: ONE, step: StepIndex(step), reason: String::new() };
    let rest = [started(1), succeeded(1, true), skipped(2), skipped(3)];
    assert_eq!(take(&mut state, rest), [Next::Commit]);
    // Nothing came of it: it is not asked for again and again.
    let nothing = Event::Committed { unit: ONE, checkpoint: None };
    assert_eq!(take(&mut state, [nothing]), [Next::Verify]);
    assert!(state.apply(&Event::Committed { unit: ONE, checkpoint: None }).is_err());
}

#[test]
fn what_is_done_again_on_a_new_base_may_be_interrupted_and_may_fail() {
    let mut state = run();
    take(&mut state, [succeeded(0, true)]);
    take(&mut state, committed("first", false));
    take(&mut state, [started(1), succeeded(1, true), succeeded(2, true)]);
    take(&mut state, committed("second", false));
    take(&mut state, [started(3), succeeded(3, true)]);
    let refresh = Refresh {
        ground: Ground { base: "b".into(), connector: connector() },
        redone: Vec::new(),
        again: vec![StepIndex(1)],
        checkpoint: Checkpoint::new("anew", "t"),
    };
    let pushed = Event::Pushed { unit: ONE, commit: "anew".into() };
    take(&mut state, [Event::Refreshed { unit: ONE, refresh: Box::new(refresh) }, pushed, started(1)]);
    let reset = |reason| Event::Reset { unit: ONE, step: StepIndex(1), reason };
    assert_eq!(take(&mut state, [reset(ResetReason::Interrupted)]), [Next::Start(StepIndex(1))]);
    let failure = Failure::new(FailureClass::Network, "no answer");
    let failed = Event::Failed { unit: ONE, step: StepIndex(1), failure, retry_in: None };
    assert_eq!(take(&mut state, [started(1), failed]), []);
    assert_eq!(take(&mut state, [reset(ResetReason::RetryFailed)]), [Next::Start(StepIndex(1))]);
    assert_eq!(take(&mut state, [started(1), succeeded(1, true)]), [Next::Verify]);
}
