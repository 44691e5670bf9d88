//! What must hold for every workflow, every pattern of failures and every order of events.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use crate::base::StepId;
use crate::workflow::{Effect, Scope};

use super::{
    Checkpoint, Event, Failure, FailureClass, Graph, Held, Holder, IllegalEvent, Next, Node, ResetReason, RunState,
    StepIndex, StepResult, StepState, Stop, UnitIndex, UnitOutcome, Waiting, WaitsFor, next,
};

/// What each step does when it is tried, decided beforehand: the world, as far as the run meets it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Change,
    Nothing,
    Skip,
    Fail,
    FailOnceThenChange,
    WaitOnceThenChange,
}

#[derive(Debug, Clone)]
struct World {
    graph: Arc<Graph>,
    /// For each unit (0 is the run), for each step.
    fates: Vec<Vec<Fate>>,
}

impl World {
    fn connectors(&self) -> usize {
        self.fates.len() - 1
    }

    fn units(&self) -> Vec<UnitIndex> {
        (0..self.fates.len()).map(|unit| UnitIndex(u32::try_from(unit).unwrap())).collect()
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        5 => Just(Fate::Change),
        3 => Just(Fate::Nothing),
        1 => Just(Fate::Skip),
        2 => Just(Fate::Fail),
        1 => Just(Fate::FailOnceThenChange),
        1 => Just(Fate::WaitOnceThenChange),
    ]
}

fn node(position: usize) -> impl Strategy<Value = Node> {
    let effect = prop_oneof![
        3 => Just((Effect::Edit, true)),
        1 => Just((Effect::Execute, true)),
        1 => Just((Effect::Execute, false)),
        1 => Just((Effect::Publish, false)),
        1 => Just((Effect::Resolve, false)),
    ];
    let needs = proptest::collection::btree_set(0..position.max(1), 0..3);
    (effect, needs, prop::bool::weighted(0.15), prop::bool::weighted(0.15)).prop_map(
        move |((effect, writes), needs, run_scope, continue_on_error)| Node {
            id: StepId::new(&format!("s{position}")).unwrap(),
            scope: if run_scope && effect != Effect::Edit && effect != Effect::Publish {
                Scope::Run
            } else {
                Scope::Unit
            },
            effect,
            writes,
            needs: if position == 0 {
                vec![]
            } else {
                needs.into_iter().map(|n| StepIndex(u16::try_from(n).unwrap())).collect()
            },
            continue_on_error,
        },
    )
}

prop_compose! {
    fn world()(size in 1usize..9)
        (nodes in (0..size).map(node).collect::<Vec<_>>(), pushes in prop::bool::ANY, fates in proptest::collection::vec(proptest::collection::vec(fate(), size), 2..4))
        -> World {
        let mut nodes = nodes;
        // A step of the run cannot need a step of a unit.
        let scopes: Vec<Scope> = nodes.iter().map(|node| node.scope).collect();
        for node in &mut nodes {
            let scope = node.scope;
            node.needs.retain(|need| scope == Scope::Unit || scopes[need.position()] == Scope::Run);
        }
        World { graph: Arc::new(Graph::new(nodes).pushing(pushes)), fates }
    }
}

/// The events that doing `action` leads to in this world.
fn perform(world: &World, state: &RunState, unit: UnitIndex, action: Next) -> Vec<Event> {
    let step = match action {
        Next::Commit => {
            let checkpoint = Checkpoint::new("c", "t");
            return vec![Event::Committed { unit, checkpoint: Some(checkpoint) }];
        }
        Next::Push => {
            let commit = state.unit(unit).checkpoint.as_ref().expect("only a commit is pushed").commit.clone();
            return vec![Event::Pushed { unit, commit }];
        }
        Next::Verify => return vec![Event::Verified { unit, unmet: vec![] }],
        Next::Start(step) => step,
    };
    let failure = || Failure::new(FailureClass::Process, "it broke");
    let attempt = match &state.unit(unit).steps[step.position()] {
        StepState::Retrying { attempt, .. } => attempt + 1,
        _ => 1,
    };
    let end = match world.fates[unit.position()][step.position()] {
        Fate::Skip => return vec![Event::Skipped { unit, step, reason: "if".into() }],
        Fate::Fail => Event::Failed { unit, step, failure: failure(), retry_in: None },
        Fate::FailOnceThenChange if attempt == 1 => Event::Failed { unit, step, failure: failure(), retry_in: Some(1) },
        Fate::Nothing => Event::Succeeded { unit, step, result: StepResult::default() },
        Fate::WaitOnceThenChange
            if world.graph.node(step).effect != Effect::Edit
                && !matches!(state.unit(unit).steps[step.position()], StepState::Waiting(_)) =>
        {
            Event::Waiting { unit, step, waiting: Waiting::new(WaitsFor::Checks, "a check") }
        }
        Fate::Change | Fate::FailOnceThenChange | Fate::WaitOnceThenChange => {
            Event::Succeeded { unit, step, result: StepResult { changed: true, ..StepResult::default() } }
        }
    };
    vec![Event::Started { unit, step, attempt }, end]
}

/// Runs a world to its end, choosing what comes next by `choices`; ends may overtake one another.
fn run(world: &World, choices: &[usize]) -> (RunState, Vec<Event>) {
    let mut state = RunState::new(Arc::clone(&world.graph), world.connectors());
    resume(world, &mut state, choices)
}

fn resume(world: &World, state: &mut RunState, choices: &[usize]) -> (RunState, Vec<Event>) {
    let mut log = Vec::new();
    let mut under_way: Vec<(UnitIndex, Next, Event)> = Vec::new();
    for choice in choices.iter().cycle() {
        let busy: BTreeSet<(UnitIndex, String)> =
            under_way.iter().map(|(unit, action, _)| (*unit, format!("{action:?}"))).collect();
        let mut possible: Vec<(UnitIndex, Next)> = Vec::new();
        for unit in world.units() {
            let actions = next(state, unit).into_iter();
            possible.extend(
                actions
                    .map(|action| (unit, action))
                    .filter(|(unit, action)| !busy.contains(&(*unit, format!("{action:?}")))),
            );
        }
        let options = possible.len() + under_way.len();
        if options == 0 {
            break;
        }
        let pick = choice % options;
        if pick < possible.len() {
            let (unit, action) = possible[pick];
            let mut events = perform(world, state, unit, action);
            let end = events.pop().unwrap();
            for event in events {
                state.apply(&event).expect("what `next` offers is legal");
                log.push(event);
            }
            under_way.push((unit, action, end));
        } else {
            let (_, _, end) = under_way.remove(pick - possible.len());
            state.apply(&end).expect("an end of what was begun is legal");
            log.push(end);
        }
    }
    (state.clone(), log)
}

fn outcomes(world: &World, state: &RunState) -> Vec<UnitOutcome> {
    world.units().into_iter().map(|unit| state.outcome(unit)).collect()
}

/// What a process that died leaves: everything that was running goes back to pending.
fn recover(world: &World, state: &mut RunState) {
    for unit in world.units() {
        for step in world.graph.of_scope(if unit == UnitIndex::RUN { Scope::Run } else { Scope::Unit }) {
            if matches!(state.unit(unit).steps[step.position()], StepState::Running { .. }) {
                state.apply(&Event::Reset { unit, step, reason: ResetReason::Interrupted }).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_order_of_events_leads_to_the_same_end(
        world in world(),
        first in proptest::collection::vec(0usize..100, 40),
        second in proptest::collection::vec(0usize..100, 40),
    ) {
        let (one, _) = run(&world, &first);
        let (other, _) = run(&world, &second);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn no_step_begins_before_its_needs(world in world(), choices in proptest::collection::vec(0usize..100, 40)) {
        let (_, log) = run(&world, &choices);
        let mut settled: BTreeSet<(UnitIndex, StepIndex)> = BTreeSet::new();
        for event in &log {
            match event {
                Event::Started { unit, step, .. } => {
                    for need in &world.graph.node(*step).needs {
                        let owner = if world.graph.node(*need).scope == Scope::Run { UnitIndex::RUN } else { *unit };
                        prop_assert!(settled.contains(&(owner, *need)), "{step:?} of {unit:?} began before {need:?}");
                    }
                }
                Event::Succeeded { unit, step, .. }
                | Event::Skipped { unit, step, .. }
                | Event::Failed { unit, step, retry_in: None, .. } => {
                    settled.insert((*unit, *step));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn steps_that_change_files_take_turns_in_order(world in world(), choices in proptest::collection::vec(0usize..100, 40)) {
        let (_, log) = run(&world, &choices);
        for unit in world.units() {
            let began: Vec<StepIndex> = log.iter().filter_map(|event| match event {
                Event::Started { unit: owner, step, attempt: 1 } if *owner == unit && world.graph.node(*step).writes => Some(*step),
                _ => None,
            }).collect();
            prop_assert!(began.is_sorted(), "{began:?}");
        }
    }

    #[test]
    fn the_end_state_accounts_for_every_step(world in world(), choices in proptest::collection::vec(0usize..100, 40)) {
        let (state, _) = run(&world, &choices);
        for unit in world.units() {
            let blocked = state.blocked(unit);
            let run_failed = unit != UnitIndex::RUN && state.failed_step(UnitIndex::RUN).is_some();
            for step in state.steps_of(unit) {
                let settled = state.unit(unit).steps[step.position()].is_settled();
                prop_assert!(settled || blocked[step.position()].is_some() || run_failed, "{unit:?} {step:?}");
            }
            if unit != UnitIndex::RUN {
                prop_assert!(state.outcome(unit).is_final(), "{:?}", state.outcome(unit));
                if let UnitOutcome::Changed = state.outcome(unit) {
                    prop_assert!(state.unit(unit).uncommitted.is_empty());
                }
            }
        }
        prop_assert_eq!(state.counts().total(), world.connectors());
    }

    #[test]
    fn a_log_cut_anywhere_and_taken_on_leads_to_the_same_end(
        world in world(),
        choices in proptest::collection::vec(0usize..100, 40),
        after in proptest::collection::vec(0usize..100, 40),
    ) {
        let (whole, log) = run(&world, &choices);
        for cut in 0..=log.len() {
            let mut state = RunState::new(Arc::clone(&world.graph), world.connectors());
            for event in &log[..cut] {
                state.apply(event).unwrap();
            }
            recover(&world, &mut state);
            let (resumed, _) = resume(&world, &mut state, &after);
            prop_assert_eq!(outcomes(&world, &resumed), outcomes(&world, &whole), "cut after {} events", cut);
        }
    }

    #[test]
    fn any_events_at_all_are_taken_or_refused_without_panic(world in world(), events in proptest::collection::vec(any_event(), 0..60)) {
        let mut state = RunState::new(Arc::clone(&world.graph), world.connectors());
        for event in events {
            let before = state.clone();
            if state.apply(&event).is_err() {
                prop_assert_eq!(&before, &state, "a refused event changes nothing");
            }
            for unit in world.units() {
                let _ = (next(&state, unit), state.outcome(unit));
            }
        }
    }

    #[test]
    fn events_survive_the_journal(event in any_event()) {
        let json = serde_json::to_string(&event).unwrap();
        prop_assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let unit = (0u32..5).prop_map(UnitIndex);
    let step = (0u16..9).prop_map(StepIndex);
    let failure = || Failure::new(FailureClass::Edit, "no table").hint("look").cause("table");
    let checkpoint = || Checkpoint::new("c", "t");
    (unit, step, 0usize..17, 1u32..3).prop_map(move |(unit, step, kind, attempt)| match kind {
        0 => Event::Started { unit, step, attempt },
        1 => Event::Succeeded { unit, step, result: StepResult { changed: true, ..StepResult::default() } },
        2 => Event::Skipped { unit, step, reason: "if".into() },
        3 => Event::Failed { unit, step, failure: failure(), retry_in: None },
        4 => Event::Failed { unit, step, failure: failure(), retry_in: Some(5) },
        5 => Event::Reset { unit, step, reason: ResetReason::RetryFailed },
        6 => Event::Refused { unit, step: Some(step), failure: failure() },
        7 => Event::Reconsidered { unit },
        8 => Event::Committed { unit, checkpoint: attempt.is_multiple_of(2).then(checkpoint) },
        9 => Event::Verified { unit, unmet: vec!["x".into()] },
        10 => Event::Held { unit, by: Held::ClosedByHuman { number: 7 } },
        11 => Event::Adopted { unit, checkpoint: checkpoint() },
        12 => {
            Event::Waiting { unit, step, waiting: Waiting::new(WaitsFor::Review, "ada").until(Timestamp::UNIX_EPOCH) }
        }
        13 => Event::Pushed { unit, commit: "c".into() },
        14 => Event::Merged { unit, number: 7 },
        15 => Event::WaveDone { wave: attempt - 1, at: Timestamp::UNIX_EPOCH },
        _ => Event::Opened { holder: Holder { pid: 1, host: "h".into() }, at: Timestamp::UNIX_EPOCH },
    })
}

fn edit(id: &str, needs: &[u16]) -> Node {
    Node {
        id: StepId::new(id).unwrap(),
        scope: Scope::Unit,
        effect: Effect::Edit,
        writes: true,
        needs: needs.iter().copied().map(StepIndex).collect(),
        continue_on_error: false,
    }
}

const ONE: UnitIndex = UnitIndex(1);

#[test]
fn a_refused_unit_does_nothing_until_it_is_reconsidered() {
    let mut state = RunState::new(Arc::new(Graph::new(vec![edit("a", &[]), edit("b", &[])])), 1);
    let failure = Failure::new(FailureClass::Edit, "no table");
    state.apply(&Event::Refused { unit: ONE, step: Some(StepIndex(1)), failure: failure.clone() }).unwrap();
    assert_eq!(next(&state, ONE), []);
    assert_eq!(state.outcome(ONE), UnitOutcome::Failed { step: Some(StepIndex(1)), failure });
    state.apply(&Event::Reconsidered { unit: ONE }).unwrap();
    assert_eq!(next(&state, ONE), [Next::Start(StepIndex(0))]);
}

#[test]
fn an_interrupted_run_offers_nothing_and_a_resumed_one_does() {
    let mut state = RunState::new(Arc::new(Graph::new(vec![edit("a", &[])])), 1);
    state.apply(&Event::Stopping { reason: Stop::Interrupted }).unwrap();
    assert_eq!(next(&state, ONE), []);
    let holder = Holder { pid: 1, host: "h".into() };
    state.apply(&Event::Opened { holder, at: Timestamp::UNIX_EPOCH }).unwrap();
    assert_eq!(next(&state, ONE), [Next::Start(StepIndex(0))]);
}

#[test]
fn a_spent_budget_lets_begun_units_end_and_starts_no_others() {
    let mut state = RunState::new(Arc::new(Graph::new(vec![edit("a", &[]), edit("b", &[])])), 2);
    state.apply(&Event::Succeeded { unit: ONE, step: StepIndex(0), result: StepResult::default() }).unwrap();
    state.apply(&Event::Stopping { reason: Stop::FailureBudget }).unwrap();
    assert_eq!(next(&state, ONE), [Next::Start(StepIndex(1))]);
    assert_eq!(next(&state, UnitIndex(2)), []);
}

#[test]
fn an_adopted_branch_stands_in_for_the_edits() {
    let publish = Node { effect: Effect::Publish, writes: false, ..edit("pr", &[]) };
    let changelog = edit("changelog", &[1]);
    let graph = Arc::new(Graph::new(vec![edit("a", &[]), publish, changelog]));
    let mut state = RunState::new(graph, 1);
    let failure = Failure::new(FailureClass::Edit, "no");
    state.apply(&Event::Failed { unit: ONE, step: StepIndex(0), failure, retry_in: None }).unwrap();
    let checkpoint = Checkpoint::new("c", "t");
    state.apply(&Event::Adopted { unit: ONE, checkpoint }).unwrap();
    let (_, taken) = state.unit(ONE).adopted.clone().unwrap();
    assert_eq!(taken, [StepIndex(0)], "the changelog waits for the pull request and is still ours to write");
}

#[test]
fn a_step_of_the_other_scope_is_refused_by_name() {
    let mut state = RunState::new(Arc::new(Graph::new(vec![edit("a", &[])])), 1);
    let event = Event::Skipped { unit: UnitIndex::RUN, step: StepIndex(0), reason: String::new() };
    assert_eq!(state.apply(&event), Err(IllegalEvent::Step { unit: UnitIndex::RUN, step: StepIndex(0) }));
}

#[test]
fn what_is_published_is_pushed_first_and_what_follows_it_too() {
    let publish = Node { effect: Effect::Publish, writes: false, ..edit("open", &[0]) };
    let graph = Arc::new(Graph::new(vec![edit("a", &[]), publish, edit("changelog", &[1])]).pushing(true));
    let mut state = RunState::new(graph, 1);
    let mut done = |event: Event| {
        state.apply(&event).unwrap();
        next(&state, ONE)
    };
    let succeeded = |step: u16| Event::Succeeded {
        unit: ONE,
        step: StepIndex(step),
        result: StepResult { changed: true, ..StepResult::default() },
    };
    let committed = |commit: &str| Event::Committed { unit: ONE, checkpoint: Some(Checkpoint::new(commit, "t")) };
    let pushed = |commit: &str| Event::Pushed { unit: ONE, commit: commit.into() };
    assert_eq!(done(succeeded(0)), [Next::Commit]);
    assert_eq!(done(committed("first")), [Next::Push]);
    assert_eq!(done(pushed("first")), [Next::Start(StepIndex(1))]);
    done(Event::Started { unit: ONE, step: StepIndex(1), attempt: 1 });
    assert_eq!(done(succeeded(1)), [Next::Start(StepIndex(2))]);
    assert_eq!(done(succeeded(2)), [Next::Commit]);
    assert_eq!(done(committed("second")), [Next::Push], "no second pull request waits for it, and it is pushed");
    assert_eq!(done(pushed("second")), [Next::Verify]);
}

#[test]
fn a_waiting_step_may_begin_again_and_its_unit_is_blocked_until_then() {
    let publish = Node { effect: Effect::Publish, writes: false, ..edit("merge", &[]) };
    let mut state = RunState::new(Arc::new(Graph::new(vec![publish])), 1);
    let waiting = Waiting::new(WaitsFor::Checks, "2 of 5 checks");
    state.apply(&Event::Waiting { unit: ONE, step: StepIndex(0), waiting: waiting.clone() }).unwrap();
    assert_eq!(state.outcome(ONE), UnitOutcome::Waiting { step: StepIndex(0), waiting });
    assert_eq!(state.outcome(ONE).as_str(), "blocked");
    assert_eq!((state.counts().blocked, state.counts().waiting, state.counts().total()), (1, 1, 1));
    assert_eq!(next(&state, ONE), [Next::Start(StepIndex(0))]);
    state.apply(&Event::Started { unit: ONE, step: StepIndex(0), attempt: 1 }).unwrap();
    state.apply(&Event::Succeeded { unit: ONE, step: StepIndex(0), result: StepResult::default() }).unwrap();
    state.apply(&Event::Merged { unit: ONE, number: 7 }).unwrap();
    state.apply(&Event::Verified { unit: ONE, unmet: vec![] }).unwrap();
    assert_eq!(state.outcome(ONE), UnitOutcome::Merged { number: 7 });
}
