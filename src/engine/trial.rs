//! A plan that builds and tests too: every step of class execute is carried out in scratch, nothing is published,
//! nothing is committed and nothing is written down but logs.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::base::Tree;
use crate::event::{Failure, FailureClass, RunState, StepIndex, UnitIndex};
use crate::overlay::Overlay;
use crate::plan::{Outputs, PlannedUnit, Rehearsal, Rehearsing, Tried, rehearsed, run_steps};

use super::edits::Bench;
use super::execute::{Executed, Executor, execute};
use super::progress::{Observer, Progress};
use super::retry::pause;
use super::steps::weight;

/// Everything that a plan is tried with.
pub struct Trial {
    /// The files of the base commit.
    pub base: Arc<dyn Tree>,
    /// What executes its steps.
    pub executor: Executor,
    /// Processes at once; builds and tests may weigh more than one.
    pub jobs: usize,
}

/// Plans every unit and carries out its builds, tests and scripts. Units come back in their order.
///
/// # Panics
/// Never: units are counted in 32 bits.
pub async fn try_out(trial: Trial, observer: Observer) -> Vec<PlannedUnit> {
    let places = Arc::new(Semaphore::new(trial.jobs));
    let trial = Arc::new(trial);
    let outputs = run_steps(&trial.executor.migration).outputs;
    // A trial has no state of its own: no event is recorded.
    let graph = Arc::clone(&trial.executor.migration.compiled.graph);
    let nothing = Arc::new(RunState::new(graph, trial.executor.migration.frozen.units.len()));
    let mut units = JoinSet::new();
    for position in 1..=trial.executor.migration.frozen.units.len() {
        let unit = UnitIndex(u32::try_from(position).expect("units are counted in 32 bits"));
        let (trial, places, outputs) = (Arc::clone(&trial), Arc::clone(&places), outputs.clone());
        let (observer, nothing) = (Arc::clone(&observer), Arc::clone(&nothing));
        units.spawn(async move {
            let rehearsal = rehearse(&trial, unit, outputs, &places, &observer).await;
            let planned = rehearsed(unit, &trial.executor.migration.compiled, rehearsal);
            observer(Progress::Ended { unit, outcome: &planned.outcome.as_outcome(), state: &nothing });
            planned
        });
    }
    let mut planned = units.join_all().await;
    planned.sort_by_key(|planned| planned.unit);
    planned
}

async fn rehearse(
    trial: &Trial,
    unit: UnitIndex,
    outputs: Outputs,
    places: &Semaphore,
    observer: &Observer,
) -> Result<Rehearsal, Failure> {
    let migration = &trial.executor.migration;
    let fixed = migration.fixed(unit);
    let mut rehearsing = Rehearsing::new(migration.unit(unit, &fixed), Arc::clone(&trial.base), outputs)?;
    while let Some(step) = rehearsing.until_execution() {
        if !rehearsing.can_execute(step).unwrap_or(false) {
            rehearsing.announce(step);
            continue;
        }
        let heavy = u32::try_from(weight(migration, step, trial.jobs)).unwrap_or(u32::MAX);
        let place = places.acquire_many(heavy).await;
        observer(Progress::Working { unit, step: Some(step) });
        let bench = Bench {
            fixed: fixed.clone(),
            ground: None,
            overlay: Some(rehearsing.overlay().clone()),
            outputs: rehearsing.outputs().clone(),
        };
        let (tried, overlay) = execute_with_retries(trial, unit, step, bench).await;
        drop(place);
        rehearsing.executed(step, tried, overlay.unwrap_or_else(|| rehearsing.overlay().clone()));
    }
    rehearsing.finish()
}

/// Carries a step out as often as its workflow allows. The overlay comes back if it succeeded.
async fn execute_with_retries(
    trial: &Trial,
    unit: UnitIndex,
    step: StepIndex,
    bench: Bench,
) -> (Tried, Option<Overlay>) {
    let migration = &trial.executor.migration;
    let mut attempt = 1;
    loop {
        let failure = match execute(&trial.executor, unit, step, attempt, bench.clone()).await {
            Executed::Done { result, changes, .. } => {
                let mut overlay = bench.overlay;
                return match overlay.as_mut().map(|overlay| overlay.take(changes)) {
                    Some(Err(error)) => (Tried::Failed(error.into()), None),
                    _ => (Tried::Done(result), overlay),
                };
            }
            Executed::Skipped(reason) => return (Tried::Skipped(reason), None),
            Executed::Interrupted => {
                let failure = Failure::new(FailureClass::Interrupted, "it was interrupted");
                return (Tried::Failed(failure), None);
            }
            Executed::Failed(failure) => failure,
        };
        let policy = &migration.compiled.step(step).retry;
        let Some(pause) = pause(policy, &failure, attempt, (&migration.frozen.run, unit, step)) else {
            return (Tried::Failed(failure), None);
        };
        tokio::time::sleep(pause).await;
        attempt += 1;
    }
}
