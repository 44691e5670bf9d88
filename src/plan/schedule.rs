//! How long publishing takes: the rollout on a simulated clock, under the forge's limits for writes.
//!
//! How many writes a connector takes is counted from its steps; what nobody can know beforehand is assumed, and said.

use jiff::{SignedDuration, Timestamp};

use crate::forge::Limits;
use crate::rollout::{Assumptions, Pace, Rollout, RolloutError, Timetable, Work, simulate};
use crate::workflow::{Effect, ForgeKind, PublishOptions, RolloutOptions, StepAction};

use super::{Migration, PlannedOutcome, PlannedUnit, UnitPlan};

/// When a run that begins now would have published what.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The waves, in order.
    pub timetable: Timetable,
    /// The forge's limits; `None` where nothing limits its writes.
    pub limits: Option<Limits>,
    /// What was assumed.
    pub assumptions: Assumptions,
    /// Whether the workflow has a rollout.
    pub has_rollout: bool,
    /// The clock by which its times are told: that of the first window.
    pub zone: jiff::tz::TimeZone,
}

/// Simulates the publishing of a plan. `None` where there is nothing to say: nothing is published, or there is neither
/// a rollout nor a limit.
///
/// # Errors
/// Where the rollout cannot be made ready, which loading the workflow excludes.
pub fn schedule(
    migration: &Migration,
    units: &[PlannedUnit],
    now: Timestamp,
    assumptions: Assumptions,
) -> Result<Option<Schedule>, RolloutError> {
    let frozen = &migration.frozen;
    let limits = (frozen.forge == ForgeKind::Github).then(|| limits(&frozen.workflow.publish));
    let mut work: Vec<Option<Work>> = vec![None; frozen.units.len()];
    for planned in units {
        work[planned.unit.position() - 1] = work_of(migration, planned);
    }
    let has_rollout = frozen.workflow.rollout.is_some();
    if work.iter().all(Option::is_none) || (limits.is_none() && !has_rollout) {
        return Ok(None);
    }
    let rollout = match migration.rollout() {
        Some(rollout) => rollout?,
        None => Rollout::new(&RolloutOptions::default(), &migration.names())?,
    };
    let pace = limits.map_or_else(Pace::unlimited, |limits| {
        let spacing = SignedDuration::try_from(limits.spacing).unwrap_or(SignedDuration::ZERO);
        Pace::new(limits.per_minute as usize, limits.per_hour as usize, spacing)
    });
    let timetable = simulate(&rollout, &work, now, pace, assumptions);
    Ok(Some(Schedule { timetable, limits, assumptions, has_rollout, zone: rollout.zone() }))
}

/// The limits of GitHub, or what the workflow says of them.
fn limits(options: &PublishOptions) -> Limits {
    let number = |number: Option<std::num::NonZeroUsize>| number.and_then(|number| u32::try_from(number.get()).ok());
    let usual = Limits::default();
    Limits {
        per_minute: number(options.writes_per_minute).unwrap_or(usual.per_minute),
        per_hour: number(options.writes_per_hour).unwrap_or(usual.per_hour),
        ..usual
    }
}

/// What a unit writes to the forge; `None` if it opens no pull request.
fn work_of(migration: &Migration, planned: &PlannedUnit) -> Option<Work> {
    if planned.outcome != UnitPlan::Changed {
        return None;
    }
    let in_the_run = planned.steps.iter().filter(|step| step.outcome == PlannedOutcome::InTheRun);
    let publishes = in_the_run.filter(|step| migration.compiled.graph.node(step.step).effect == Effect::Publish);
    let mut work = None;
    for step in publishes {
        let id = &migration.compiled.step(step.step).id;
        if let Some(StepAction::Uses { action, with }) = migration.frozen.workflow.step(id).map(|step| &step.action) {
            let has = |keys: &[&str]| usize::from(keys.iter().any(|key| is_given(with.get(*key))));
            let Work { opening, merging } = work.get_or_insert_with(Work::default);
            match action.as_str() {
                super::OPENS => {
                    *opening += 1 + has(&["labels", "assignees", "milestone"]) + has(&["reviewers", "teams"]);
                }
                "pull-request.merge" => *merging += 1,
                "git.push" | "pull-request.wait-for-checks" | "pull-request.wait-for-review" => {}
                _ => *opening += 1,
            }
        }
    }
    work.filter(|work| work.opening > 0)
}

fn is_given(value: Option<&serde_json::Value>) -> bool {
    use serde_json::Value;
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(_) => true,
    }
}
