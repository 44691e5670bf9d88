//! What the gate makes of journals and pull requests, and that a run does what the plan's timetable says.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::action;
use crate::base::{MemoryTree, RunId};
use crate::connector::{Profile, discover};
use crate::diagnostic::SourceText;
use crate::event::{Checkpoint, Failure, FailureClass, StepResult, Waiting};
use crate::forge::{Check, Mergeable, PullRequest, Review};
use crate::git::{CommitId, ObjectId, Signature};
use crate::plan::{Answers, Compiled, FROZEN_VERSION, Frozen, FrozenUnit, RunOptions};
use crate::rollout::{Assumptions, Pace, Work, simulate};
use crate::workflow::{ForgeKind, Milestone, RolloutOptions, WaveSize, load};

/// A Monday.
const NOW: &str = "2026-11-23T10:00:00Z";

const EDIT: StepIndex = StepIndex(0);
const OPEN: StepIndex = StepIndex(1);
const ONE: UnitIndex = UnitIndex(1);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A run over so many connectors, with an edit and a pull request each.
fn migration(options: &RolloutOptions, connectors: u32) -> Migration {
    let text = "version: 1\nname: w\nsteps:\n  edit: { uses: file.remove, with: { path: Dockerfile } }\n  open: { uses: \
                pull-request.open, with: { title: t } }\n";
    let mut workflow = load(&SourceText::new("w.yaml", text), &action::specs()).workflow.unwrap();
    workflow.rollout = Some(options.clone());
    let tree = (0..connectors).fold(MemoryTree::new(), |tree, number| {
        let metadata = "data:\n  dockerImageTag: 0.1.0\nmetadataSpecVersion: '1.0'\n";
        tree.with_file(&format!("airbyte-integrations/connectors/source-{number:03}/metadata.yaml"), metadata)
    });
    let profile = Profile::airbyte();
    let unit = |connector| FrozenUnit { connector, branch: "b".into(), promised_tree: None };
    let frozen = Frozen {
        version: FROZEN_VERSION,
        tool: "0".into(),
        run: RunId::new("r").unwrap(),
        created_at: Timestamp::UNIX_EPOCH,
        date: jiff::civil::date(2026, 1, 2),
        workflow: workflow.clone(),
        inputs: serde_json::Map::new(),
        base: CommitId::of_object(ObjectId::of("commit", b"")),
        base_branch: "main".into(),
        author: Signature::new("a", "a@example.invalid").unwrap(),
        forge: ForgeKind::Local,
        repository: None,
        api_url: None,
        remote: None,
        fork: None,
        options: RunOptions::default(),
        answers: Answers::default(),
        units: discover(&profile, &tree).unwrap().into_iter().map(unit).collect(),
    };
    Migration { compiled: Compiled::new(workflow).unwrap(), frozen, profile }
}

fn begun(migration: &Migration) -> RunState {
    RunState::new(Arc::clone(&migration.compiled.graph), migration.frozen.units.len())
}

fn result(changed: bool, number: Option<u64>) -> StepResult {
    let outputs: BTreeMap<_, _> = number.map(|number| ("number".to_owned(), number.into())).into_iter().collect();
    StepResult { changed, outputs, ..StepResult::default() }
}

/// The events up to a unit's commit.
fn committed(unit: UnitIndex) -> Vec<Event> {
    let checkpoint = Some(Checkpoint::new("c", "t"));
    vec![Event::Succeeded { unit, step: EDIT, result: result(true, None) }, Event::Committed { unit, checkpoint }]
}

/// The events that open a unit's pull request.
fn opened(unit: UnitIndex) -> Vec<Event> {
    let number = Some(u64::from(unit.0));
    vec![
        Event::Started { unit, step: OPEN, attempt: 1 },
        Event::Succeeded { unit, step: OPEN, result: result(true, number) },
        Event::Verified { unit, unmet: Vec::new() },
    ]
}

/// A pull request as the forge tells of it.
fn standing(state: PullRequestState, checks: &[(CheckState, bool)], reviewed: bool, updated: Timestamp) -> Standing {
    let check = |(state, required): &(CheckState, bool)| json!({ "name": "ci", "state": state, "required": required });
    let review = json!({ "by": "ada", "verdict": "approved" });
    let checks = checks.iter().map(|one| serde_json::from_value::<Check>(check(one)).unwrap()).collect();
    let reviews = reviewed.then(|| serde_json::from_value::<Review>(review).unwrap());
    let text = String::new;
    let pull_request = PullRequest {
        number: 1,
        url: text(),
        state,
        title: text(),
        body: text(),
        head: text(),
        author: None,
        head_commit: None,
        base: text(),
        draft: false,
        labels: Vec::new(),
        reviewers: Vec::new(),
        teams: Vec::new(),
        assignees: Vec::new(),
        milestone: None,
        created_at: None,
        mark: None,
    };
    Standing {
        pull_request,
        merge_commit: None,
        mergeable: Mergeable::Yes,
        checks,
        reviews: reviews.into_iter().collect(),
        review_required: false,
        queue_position: None,
        updated_at: Some(updated),
    }
}

fn stage_of(checks: &[(CheckState, bool)], idle: i64) -> Checks {
    let updated = at(NOW).checked_sub(SignedDuration::from_secs(idle)).unwrap();
    match stage(&standing(PullRequestState::Open, checks, false, updated), at(NOW)) {
        Stage::Open(open) => open.checks,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_checks_that_count_decide() {
    use CheckState::{ActionRequired, Failed, Passed, Pending, Skipped};
    assert_eq!(stage_of(&[(Passed, false), (Skipped, false)], 0), Checks::Green);
    assert_eq!(stage_of(&[(Passed, false), (Failed, false), (Pending, false)], 0), Checks::Red);
    assert_eq!(stage_of(&[(Passed, false), (Pending, false)], 0), Checks::Pending);
    assert_eq!(stage_of(&[(ActionRequired, false)], 0), Checks::Pending);
    assert_eq!(stage_of(&[(Passed, true), (Failed, false), (Pending, false)], 0), Checks::Green);
    assert_eq!(stage_of(&[(Failed, true), (Passed, false)], 0), Checks::Red);
}

#[test]
fn a_pull_request_without_checks_is_green_once_they_would_have_appeared() {
    assert_eq!(stage_of(&[], 119), Checks::Pending);
    assert_eq!(stage_of(&[], 120), Checks::Green);
}

#[test]
fn merged_and_closed_are_taken_from_the_forge() {
    let found = |state| stage(&standing(state, &[], true, at(NOW)), at(NOW));
    assert_eq!(found(PullRequestState::Merged), Stage::Merged);
    assert_eq!(found(PullRequestState::Closed), Stage::Gone);
    let Stage::Open(open) = found(PullRequestState::Open) else { panic!() };
    assert!(open.reviewed);
}

/// The unit after these events, with what the forge says of it.
fn seen(events: &[Event], fact: Option<Stage>, admitted: bool) -> Member {
    let migration = migration(&RolloutOptions::default(), 1);
    let mut state = begun(&migration);
    for event in events {
        state.apply(event).unwrap();
    }
    member(&migration, &state, ONE, fact, admitted, at(NOW))
}

fn staged(stage: Stage) -> Member {
    Member { stage, ..Member::default() }
}

#[test]
fn a_unit_is_as_far_as_its_journal_and_its_pull_request_say() {
    let fresh = Open { last_activity: at(NOW), checks: Checks::Pending, reviewed: false };
    let green = Stage::Open(Open { checks: Checks::Green, ..fresh });
    let with = |more: Vec<Event>| [committed(ONE), more].concat();
    let waits = |on| Event::Waiting { unit: ONE, step: OPEN, waiting: Waiting::new(on, "x") };

    assert_eq!(seen(&[], None, false), staged(Stage::NotBegun));
    assert_eq!(seen(&committed(ONE), None, false), staged(Stage::NotBegun), "a commit is no publication");
    assert_eq!(seen(&with(vec![waits(WaitsFor::Rollout)]), None, false), staged(Stage::NotBegun));
    assert_eq!(seen(&with(vec![waits(WaitsFor::Limit)]), None, false), staged(Stage::Begun), "it was let through");
    assert_eq!(seen(&committed(ONE), None, true), staged(Stage::Begun));
    let pushed = Event::Pushed { unit: ONE, commit: "c".into() };
    assert_eq!(seen(&with(vec![pushed]), None, false), staged(Stage::Begun));
    assert_eq!(seen(&with(opened(ONE)), None, false), staged(Stage::Open(fresh)), "nobody has asked the forge yet");
    assert_eq!(seen(&with(opened(ONE)), Some(green), false), staged(green));
    let merged = [opened(ONE), vec![Event::Merged { unit: ONE, number: 1 }]].concat();
    assert_eq!(seen(&with(merged), Some(green), false), staged(Stage::Merged));
    let closed = [opened(ONE), vec![Event::Held { unit: ONE, by: Held::ClosedByHuman { number: 1 } }]].concat();
    assert_eq!(seen(&with(closed), Some(green), false), Member { held: true, ..staged(Stage::Gone) });
}

#[test]
fn a_unit_that_fails_or_changes_nothing_is_out_of_the_way() {
    let failure = || Failure::new(FailureClass::Edit, "x");
    let failed = |stage| Member { failed: true, ..staged(stage) };
    let edit_failed = Event::Failed { unit: ONE, step: EDIT, failure: failure(), retry_in: None };
    assert_eq!(seen(&[edit_failed], None, false), failed(Stage::NotBegun));
    let refused = Event::Refused { unit: ONE, step: None, failure: failure() };
    assert_eq!(seen(&[committed(ONE), vec![refused]].concat(), None, true), failed(Stage::Begun));
    let nothing = vec![
        Event::Succeeded { unit: ONE, step: EDIT, result: result(false, None) },
        Event::Started { unit: ONE, step: OPEN, attempt: 1 },
        Event::Succeeded { unit: ONE, step: OPEN, result: result(false, None) },
        Event::Verified { unit: ONE, unmet: Vec::new() },
    ];
    assert_eq!(seen(&nothing, None, false), staged(Stage::Gone));
}

/// How long the world of a test takes.
#[derive(Debug, Clone, Copy)]
struct World {
    checks: SignedDuration,
    review: SignedDuration,
}

impl World {
    fn moments(self, opened: Timestamp) -> [Timestamp; 3] {
        let after = |pause| opened.checked_add(pause).unwrap();
        [after(self.checks), after(self.review), after(self.checks.max(self.review))]
    }

    /// A pull request that was opened then, as the forge tells of it now.
    fn standing(self, opened: Timestamp, now: Timestamp) -> Standing {
        let [checked, reviewed, merged] = self.moments(opened);
        let state = if merged <= now { PullRequestState::Merged } else { PullRequestState::Open };
        let checks = if checked <= now { CheckState::Passed } else { CheckState::Pending };
        let updated = [opened, checked, reviewed].into_iter().filter(|at| *at <= now).max().unwrap();
        standing(state, &[(checks, true)], reviewed <= now, updated)
    }
}

/// A run in that world: journals and standings, asked by the gate. When each unit was opened.
fn carried_out(migration: &Migration, world: World) -> BTreeMap<UnitIndex, Timestamp> {
    let mut state = begun(migration);
    for unit in (1..=migration.frozen.units.len()).map(|unit| UnitIndex(u32::try_from(unit).unwrap())) {
        for event in committed(unit) {
            state.apply(&event).unwrap();
        }
    }
    let mut gate = Gate::new(migration, &state).unwrap().unwrap();
    let mut now = at(NOW);
    let mut found: BTreeMap<UnitIndex, Timestamp> = BTreeMap::new();
    loop {
        let facts = found.iter().map(|(unit, opened)| (*unit, stage(&world.standing(*opened, now), now)));
        gate.facts = Facts::Known(facts.collect());
        gate.changed = state.connectors().map(|(unit, _)| unit).collect();
        let mut until = None;
        for position in gate.rollout.turns().to_vec() {
            let unit = UnitIndex(u32::try_from(position + 1).unwrap());
            if found.contains_key(&unit) {
                continue;
            }
            gate.refresh(migration, &state, now);
            while gate.rollout.next_wave_is_done(&Population { members: &gate.members, done: state.waves_done() }) {
                let wave = u32::try_from(state.waves_done().len()).unwrap();
                state.apply(&Event::WaveDone { wave, at: now }).unwrap();
            }
            match gate.decide(&state, unit, now) {
                Decision::Admit => {
                    gate.let_through(unit);
                    for event in opened(unit) {
                        state.apply(&event).unwrap();
                    }
                    found.insert(unit, now);
                }
                Decision::Wait(waiting) => {
                    until = waiting.until;
                    break;
                }
                Decision::Stop(waiting) => panic!("{waiting}"),
            }
        }
        let moments = found.values().flat_map(|opened| world.moments(*opened)).chain(until);
        match moments.filter(|at| *at > now).min() {
            Some(next) if found.len() < migration.frozen.units.len() => now = next,
            _ => return found,
        }
    }
}

prop_compose! {
    fn options()(
        waves in prop::collection::vec(1_usize..5, 0..4),
        canary in prop::option::of(0_usize..9),
        advance in prop::sample::select(Milestone::ALL.map(|(_, milestone)| milestone).to_vec()),
        after in prop::option::of(1_u64..9_000),
        limits in prop::array::uniform3(prop::option::of(1_usize..5)),
        stuck_after in prop::option::of(1_u64..9_000),
    ) -> RolloutOptions {
        let number = |number| NonZeroUsize::new(number).unwrap();
        RolloutOptions {
            waves: waves.into_iter().map(|size| WaveSize::Count(number(size))).collect(),
            canary: canary.map(|unit| format!("source-{unit:03}")).into_iter().collect(),
            advance,
            after: after.map(Duration::from_secs),
            max_open: limits[0].map(number),
            max_pending_checks: limits[1].map(number),
            max_unreviewed: limits[2].map(number),
            stuck_after: stuck_after.map(Duration::from_secs),
            ..RolloutOptions::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_run_is_let_through_just_as_the_timetable_of_its_plan_says(options in options(), checks in 1_u64..4_000, review in 1_u64..4_000) {
        let migration = migration(&options, 9);
        let rollout = migration.rollout().unwrap().unwrap();
        let work = vec![Some(Work { opening: 1, merging: 0 }); 9];
        let assumptions = Assumptions { checks: Duration::from_secs(checks), review: Duration::from_secs(review) };
        let table = simulate(&rollout, &work, at(NOW), Pace::unlimited(), assumptions);
        let seconds = |seconds| SignedDuration::try_from(Duration::from_secs(seconds)).unwrap();
        let found = carried_out(&migration, World { checks: seconds(checks), review: seconds(review) });
        prop_assert_eq!(found.len(), 9);
        for (wave, times) in table.waves.iter().enumerate() {
            let opened: Vec<Timestamp> = found.iter().filter(|(unit, _)| rollout.wave_of(unit.position() - 1) == wave).map(|(_, at)| *at).collect();
            prop_assert_eq!(opened.len(), times.connectors);
            prop_assert_eq!((opened.iter().min(), opened.iter().max()), (times.begins.as_ref(), times.opened.as_ref()), "wave {}", wave + 1);
        }
    }
}
