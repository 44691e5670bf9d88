//! `pull-request.wait-for-checks`: waits until the checks of the unit's head have passed.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::checks::{Counting, Judged, names};
use crate::action::pull_request::{self, Found, find, short};
use crate::action::span::Span;
use crate::action::{Action, Description, Look, PublishError, Published, Publishing, unchanged};
use crate::base::count;
use crate::event::{Failure, FailureClass, StepResult, Waiting, WaitsFor};
use crate::forge::{Check, Standing};
use crate::workflow::OutputSpec;

/// How long the forge may take to show that a check runs again.
const RERUNNING: SignedDuration = SignedDuration::from_mins(2);

/// Failed checks whose logs are shown, at most.
const LOGS: usize = 3;

/// Lines of each log.
const LINES: usize = 20;

/// What `pull-request.wait-for-checks` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// Whether only the checks count that the base branch's rules require; if they require none, all do.
    #[serde(default = "yes")]
    required_only: bool,
    /// Names of the checks that count, required or not; globs. One without special characters has to be there.
    #[serde(default)]
    names: Vec<String>,
    /// Names of checks that do not count; globs.
    #[serde(default)]
    ignore: Vec<String>,
    /// How often failed checks are run again, when all have ended, before the step fails.
    #[serde(default)]
    rerun_failed: u32,
    /// How long the first check may take to appear, such as `2m`.
    #[serde(default = "usual_grace")]
    grace: Span,
    /// Whether a commit without any check is a passed one after that time; otherwise the step goes on waiting.
    #[serde(default)]
    allow_none: bool,
}

fn yes() -> bool {
    true
}

fn usual_grace() -> Span {
    Span(SignedDuration::from_mins(2))
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "pull-request.wait-for-checks",
        summary: "Waits until the checks of the unit's pull request have passed; a failed one fails the step, with the \
                  end of its log.",
        outputs: vec![
            OutputSpec { name: "passed", kind: "boolean", description: "Whether all have passed that count." },
            OutputSpec { name: "checks", kind: "integer", description: "How many count." },
        ],
        example: "uses: pull-request.wait-for-checks\nwith: { ignore: ['codecov/*'], rerun-failed: 1 }",
    };
    let preview = |_: &With| "wait for the checks".to_owned();
    Action::publish(description, preview, |with: With, publishing| Box::pin(run_again(with, publishing)))
        .looking(|with: With, publishing| Box::pin(look(with, publishing)))
}

impl With {
    fn judge<'a>(&'a self, standing: &'a Standing) -> Judged<'a> {
        let counting = Counting { required_only: self.required_only, names: &self.names, ignore: &self.ignore };
        Judged::new(&standing.checks, &counting)
    }
}

async fn look(with: With, publishing: Publishing<'_>) -> Result<Look, PublishError> {
    match find(publishing).await? {
        Found::Settled(settled) => Ok(Look::Settled(settled)),
        Found::Merged(standing) => {
            let judged = with.judge(&standing);
            let result = with_outputs(pull_request::is_merged(&standing), &judged);
            Ok(Look::Settled(pull_request::merged(&standing, result)))
        }
        Found::Open(standing) => judge_open(&with, publishing, &standing).await,
    }
}

async fn judge_open(with: &With, publishing: Publishing<'_>, standing: &Standing) -> Result<Look, PublishError> {
    let judged = with.judge(standing);
    if judged.is_empty() {
        return Ok(Look::Settled(without_any(with, publishing, &judged)));
    }
    if !judged.failed.is_empty() {
        return judge_failed(with, publishing, &judged).await;
    }
    let settled = match judged.waits_for() {
        Some(detail) => Waiting::new(WaitsFor::Checks, detail).into(),
        None => passed(&judged).into(),
    };
    Ok(Look::Settled(settled))
}

/// No check has appeared: soon one will, or there are none in this repository.
fn without_any(with: &With, publishing: Publishing<'_>, judged: &Judged<'_>) -> Published {
    let head = publishing.head.unwrap_or_default();
    let detail = format!("the first check of {}", short(head));
    match publishing.patience(WaitsFor::Checks, detail.clone(), with.grace.0) {
        Some(waiting) => waiting.into(),
        None if with.allow_none => {
            with_outputs(unchanged(format!("{} has no checks, which is allowed", short(head))), judged).into()
        }
        None => {
            let detail =
                format!("{detail}: none has appeared within {} (`allow-none: true` goes on without)", with.grace);
            Waiting::new(WaitsFor::Checks, detail).into()
        }
    }
}

async fn judge_failed(with: &With, publishing: Publishing<'_>, judged: &Judged<'_>) -> Result<Look, PublishError> {
    let again = again(judged);
    let shown_late = publishing
        .waiting
        .filter(|before| before.detail.starts_with(&again) && before.until.is_some_and(|until| until > publishing.now));
    if let Some(before) = shown_late {
        return Ok(Look::Settled(before.clone().into()));
    }
    if publishing.acted >= with.rerun_failed {
        return Err(failure(publishing, judged).await.into());
    }
    if judged.pending.is_empty() {
        return Ok(Look::Act);
    }
    // A workflow whose jobs have not all ended cannot be run again.
    let pending = names(judged.pending.iter().copied());
    let detail = format!("{pending} to end, before {} runs again", judged.failed_names());
    Ok(Look::Settled(Waiting::new(WaitsFor::Checks, detail).into()))
}

async fn run_again(with: With, publishing: Publishing<'_>) -> Result<Published, PublishError> {
    let standing = match find(publishing).await? {
        Found::Settled(settled) => return Ok(settled),
        Found::Open(standing) | Found::Merged(standing) => standing,
    };
    let judged = with.judge(&standing);
    for check in &judged.failed {
        publishing.forge.rerun(standing.pull_request.number, check).await?;
    }
    let detail = format!("{} ({} of {})", again(&judged), publishing.acted + 1, with.rerun_failed);
    let until = publishing.now.checked_add(RERUNNING).unwrap_or(publishing.now);
    Ok(Waiting::new(WaitsFor::Checks, detail).until(until).into())
}

fn again(judged: &Judged<'_>) -> String {
    format!("{} to run again", judged.failed_names())
}

fn passed(judged: &Judged<'_>) -> StepResult {
    let mut result = unchanged(format!("{} passed", count(judged.all, "check")));
    if !judged.failed_beside.is_empty() {
        let names = names(judged.failed_beside.iter().copied());
        result.warnings.push(format!("failed, but does not count: {names}"));
    }
    with_outputs(result, judged)
}

fn with_outputs(mut result: StepResult, judged: &Judged<'_>) -> StepResult {
    let passed = judged.failed.is_empty() && judged.waits_for().is_none();
    result.outputs.insert("passed".to_owned(), passed.into());
    result.outputs.insert("checks".to_owned(), judged.all.into());
    result
}

async fn failure(publishing: Publishing<'_>, judged: &Judged<'_>) -> Failure {
    let noun = if judged.failed.len() == 1 { "check" } else { "checks" };
    let cause = format!("{noun} {} failed", judged.failed_names());
    let mut message = cause.clone();
    if let Some(url) = judged.failed.iter().find_map(|check| check.url.as_deref()) {
        message.extend([" (", url, ")"]);
    }
    if publishing.acted > 0 {
        message.extend([", also when run again (", &count(publishing.acted as usize, "time"), ")"]);
    }
    let tail = tail(publishing, &judged.failed).await;
    let failure = Failure::new(FailureClass::Process, message).cause(cause).hint(
        "look at the log; when the check has passed on the forge, or the pull request is mended, go on with `cutover \
         resume --retry-failed`",
    );
    Failure { tail, ..failure }
}

/// The ends of their logs. A log that cannot be had is no reason to hide the failure.
async fn tail(publishing: Publishing<'_>, failed: &[&Check]) -> Vec<String> {
    let mut tail = Vec::new();
    for check in failed.iter().take(LOGS) {
        if failed.len() > 1 {
            tail.push(format!("--- {}", check.name));
        }
        match publishing.forge.check_log(check).await {
            Ok(lines) => tail.extend_from_slice(&lines[lines.len().saturating_sub(LINES)..]),
            Err(error) => tail.push(format!("(its log cannot be read: {error})")),
        }
    }
    tail
}
