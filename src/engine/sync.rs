//! A look at the world without acting on it: what became of a run's pull requests since.
//!
//! What it finds goes into the journal like anything else; steps whose time has come are left to `resume`.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::action::{Look, PublishError, Published};
use crate::base::{Tree, UnitName};
use crate::event::{Event, Failure, Held, RunState, StepIndex, StepState, UnitIndex, WaitsFor};
use crate::forge::{Forge, PullRequestState};
use crate::git::Repository;
use crate::journal::Journal;
use crate::plan::Migration;

use super::EngineError;
use super::publish::Publication;
use super::restore::{NotReady, Source, restore, run_outputs};
use super::turns::Turns;

/// What a look needs.
pub struct Sync {
    /// The run.
    pub migration: Arc<Migration>,
    /// Where its commits are.
    pub repository: Repository,
    /// The files of its base commit.
    pub base: Arc<dyn Tree>,
    /// Where contents that processes made are read back.
    pub journal: Journal,
    /// Where its pull requests are.
    pub forge: Arc<dyn Forge>,
}

/// What a look found.
#[derive(Debug, Default)]
pub struct Synced {
    /// What is new, already applied to the state; to be written into the journal.
    pub events: Vec<Event>,
    /// Units of which nothing could be learned, each with why.
    pub unknown: Vec<(UnitIndex, Failure)>,
}

/// What one unit's look found.
struct Seen {
    unit: UnitIndex,
    pull_request: Option<(u64, PullRequestState)>,
    steps: Vec<(StepIndex, Result<Look, PublishError>)>,
    trouble: Option<Failure>,
}

/// Looks at every unit that has an open pull request or waits.
///
/// # Errors
/// Only for what is wrong with the run itself; what is wrong with one unit is in the answer.
pub async fn sync(what: Sync, state: &mut RunState) -> Result<Synced, EngineError> {
    let source = Arc::new(Source {
        run_outputs: run_outputs(&what.migration, state.unit(UnitIndex::RUN)),
        repository: what.repository,
        base: what.base,
        journal: what.journal,
    });
    let turns = Turns::in_run(&what.migration);
    let mut looks = JoinSet::new();
    for (unit, unit_state) in state.connectors() {
        let waits = unit_state.steps.iter().any(|step| matches!(step, StepState::Waiting(_)));
        let number = what.migration.pull_request(unit_state);
        if unit_state.held.is_some() || unit_state.merged.is_some() || (number.is_none() && !waits) {
            continue;
        }
        let (migration, forge, source) = (Arc::clone(&what.migration), Arc::clone(&what.forge), Arc::clone(&source));
        let (unit_state, turn_of) = (unit_state.clone(), turns.turn_of(unit, state, &what.migration));
        looks.spawn(async move { look(migration, forge, source, (unit, turn_of), unit_state, number).await });
    }
    let mut seen = looks.join_all().await;
    seen.sort_by_key(|seen| seen.unit);
    let mut synced = Synced::default();
    for seen in seen {
        take(seen, state, &mut synced)?;
    }
    Ok(synced)
}

async fn look(
    migration: Arc<Migration>,
    forge: Arc<dyn Forge>,
    source: Arc<Source>,
    (unit, turn_of): (UnitIndex, Option<UnitName>),
    state: crate::event::UnitState,
    number: Option<u64>,
) -> Seen {
    let mut seen = Seen { unit, pull_request: None, steps: Vec::new(), trouble: None };
    if let Some(number) = number {
        match forge.standing(number).await {
            Ok(standing) => seen.pull_request = Some((number, standing.pull_request.state)),
            Err(error) => {
                seen.trouble = Some(error.into());
                return seen;
            }
        }
    }
    // Whether a unit may be published is not for its steps to say.
    let waiting = |step: &StepIndex| matches!(&state.steps[step.position()], StepState::Waiting(waiting) if waiting.on != WaitsFor::Rollout);
    let steps: Vec<StepIndex> =
        migration.compiled.graph.of_scope(crate::workflow::Scope::Unit).filter(waiting).collect();
    if steps.is_empty() {
        return seen;
    }
    let bench = match restore(&migration, unit, &state, &source) {
        Ok(bench) => bench,
        Err(NotReady::Refused(_, failure) | NotReady::Failed(failure)) => {
            seen.trouble = Some(failure);
            return seen;
        }
    };
    for step in steps {
        let publication = Publication {
            migration: Arc::clone(&migration),
            forge: Arc::clone(&forge),
            unit,
            step,
            bench: bench.clone(),
            state: state.clone(),
            turn_of: turn_of.clone(),
        };
        seen.steps.push((step, publication.look().await));
    }
    seen
}

/// Turns what was seen of a unit into events.
fn take(seen: Seen, state: &mut RunState, synced: &mut Synced) -> Result<(), EngineError> {
    let unit = seen.unit;
    synced.unknown.extend(seen.trouble.map(|failure| (unit, failure)));
    let mut events = Vec::new();
    match seen.pull_request {
        Some((number, PullRequestState::Merged)) => events.push(Event::Merged { unit, number }),
        Some((number, PullRequestState::Closed)) => {
            events.push(Event::Held { unit, by: Held::ClosedByHuman { number } });
        }
        Some((_, PullRequestState::Open)) | None => {}
    }
    let is_closed = events.iter().any(|event| matches!(event, Event::Held { .. }));
    for (step, looked) in seen.steps.into_iter().filter(|_| !is_closed) {
        match looked {
            // Its time has come; acting is for `resume`.
            Ok(Look::Act) => {}
            Ok(Look::Settled(Published::Waits(waiting))) => {
                let known = &state.unit(unit).steps[step.position()];
                if !matches!(known, StepState::Waiting(before) if **before == waiting) {
                    events.push(Event::Waiting { unit, step, waiting });
                }
            }
            Ok(Look::Settled(Published::Done(result) | Published::Merged { result, .. })) => {
                events.push(Event::Started { unit, step, attempt: 1 });
                events.push(Event::Succeeded { unit, step, result });
            }
            Err(PublishError::Held(by)) => events.push(Event::Held { unit, by }),
            Err(PublishError::Failed(failure)) => synced.unknown.push((unit, failure)),
        }
    }
    for event in events {
        // A step that waited beside one that has just ended the unit's way is not begun any more.
        let begins = matches!(&event, Event::Started { step, .. } if !state.may_begin(unit, *step));
        if begins {
            break;
        }
        state.apply(&event)?;
        synced.events.push(event);
    }
    Ok(())
}
