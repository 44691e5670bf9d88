//! What happened, in one line.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::event::{Event, Failure, StepIndex, StepState, UnitIndex, UnitOutcome};
use crate::plan::Migration;

use super::super::hint;
use super::super::layout::{duration, one_line};

/// Times below which saying them tells nothing.
const NOTHING: Duration = Duration::from_millis(100);

/// The connector's name; the run's own steps have none.
pub(super) fn name(migration: &Migration, unit: UnitIndex) -> String {
    migration.connector(unit).map_or_else(|| "the run".to_owned(), |connector| one_line(connector.name.as_str()))
}

/// The step's id.
pub(super) fn id(migration: &Migration, step: StepIndex) -> &str {
    migration.compiled.step(step).id.as_str()
}

/// What became of a unit: `changed`, `failed in build: it ended with exit code 1`.
pub(super) fn outcome(migration: &Migration, outcome: &UnitOutcome) -> String {
    match outcome {
        UnitOutcome::Pending => "not begun".to_owned(),
        UnitOutcome::Unfinished => "not finished".to_owned(),
        UnitOutcome::Changed => "changed".to_owned(),
        UnitOutcome::Unchanged => "already as wanted".to_owned(),
        UnitOutcome::Skipped { reason } => format!("skipped: {}", one_line(reason)),
        UnitOutcome::Failed { step: Some(step), failure } => {
            format!("failed in {}: {}", id(migration, *step), one_line(&failure.message))
        }
        UnitOutcome::Failed { step: None, failure } => format!("failed: {}", one_line(&failure.message)),
        UnitOutcome::Merged { number } => format!("merged as pull request {number}"),
        UnitOutcome::Waiting { waiting, .. } => one_line(&waiting.to_string()),
        UnitOutcome::Blocked { on } => format!("blocked: step {} of the run has failed", id(migration, *on)),
        UnitOutcome::EditedByHuman { branch, .. } => {
            format!("left alone: branch {} has commits that this run did not make", one_line(branch))
        }
        UnitOutcome::ClosedByHuman { number } => format!("left alone: pull request {number} was closed"),
        UnitOutcome::Closed { number: Some(number) } => format!("closed: pull request {number}"),
        UnitOutcome::Closed { number: None } => "closed".to_owned(),
    }
}

/// When the forge's limits let the next write go out, to the minute of the local clock.
pub(super) fn paced(until: Timestamp) -> String {
    let at = until.to_zoned(TimeZone::system());
    format!("the forge's limits let the next write go out at {}", at.strftime("%H:%M"))
}

/// That the repository has another address.
pub(super) fn moved(to: &str) -> String {
    format!("the remote repository is at {to} now; pushes are led there. Point the remote to it: git remote set-url")
}

/// `, 3.2 s`, or nothing where it took no time.
pub(super) fn took(time: Option<Duration>) -> String {
    time.filter(|time| *time >= NOTHING).map_or_else(String::new, |time| format!(", {}", duration(time)))
}

/// The pull request that a unit's steps opened: `, pull request 12`.
pub(super) fn pull_request(state: &crate::event::UnitState) -> String {
    let now = state.steps.iter().filter_map(|step| match step {
        StepState::Succeeded(result) => Some(result),
        _ => None,
    });
    let mut results = now.chain(state.earlier.values());
    let number = results.find_map(|result| result.outputs.get("number").filter(|_| result.outputs.contains_key("url")));
    number.map_or_else(String::new, |number| format!(", pull request {number}"))
}

/// Something that is worth a line of its own before the unit's end, and what makes it the same as another.
pub(super) struct Remark {
    pub(super) key: String,
    pub(super) text: String,
}

/// The remarks that an event gives rise to: retries, warnings, a failed step of the run, the end of starting.
pub(super) fn remarks(migration: &Migration, event: &Event) -> Vec<Remark> {
    match event {
        Event::Failed { unit, step, failure, retry_in: Some(pause) } => {
            vec![retry(migration, *unit, *step, failure, *pause)]
        }
        Event::Failed { unit: UnitIndex::RUN, step, failure, retry_in: None } => {
            let hint = failure.hint.as_deref().map_or_else(String::new, |text| format!(" ({})", hint::sentence(text)));
            let text = format!("step {} of the run failed: {}{hint}", id(migration, *step), one_line(&failure.message));
            vec![Remark { key: text.clone(), text }]
        }
        Event::Succeeded { unit, step, result } => {
            let remark = |warning: &String| {
                let (id, warning) = (id(migration, *step), one_line(warning));
                let text = format!("warning: {}, {id}: {warning}", name(migration, *unit));
                Remark { key: format!("{id}: {warning}"), text }
            };
            result.warnings.iter().map(remark).collect()
        }
        Event::Stopping { reason } => {
            let why = match reason {
                crate::event::Stop::Interrupted => "interrupted: what is running is finished, nothing new is started",
                crate::event::Stop::FailFast => "a connector has failed: no new ones are started (fail-fast)",
                crate::event::Stop::FailureBudget => "too many connectors have failed: no new ones are started",
            };
            vec![Remark { key: why.to_owned(), text: why.to_owned() }]
        }
        Event::WaveDone { wave, .. } => {
            let text = format!("wave {} of the rollout is done", wave + 1);
            vec![Remark { key: text.clone(), text }]
        }
        _ => Vec::new(),
    }
}

fn retry(migration: &Migration, unit: UnitIndex, step: StepIndex, failure: &Failure, pause: u64) -> Remark {
    let (id, cause) = (id(migration, step), one_line(failure.group()));
    let pause = duration(Duration::from_millis(pause));
    let text = format!("{}: {id} is tried again in {pause}: {}", name(migration, unit), one_line(&failure.message));
    Remark { key: format!("{id}: {cause}"), text }
}
