//! `pull-request.merge`: merges the unit's pull request when nothing is in the way any more.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::action::approval::asks_for_changes;
use crate::action::checks::{Counting, Judged};
use crate::action::pull_request::{self, Found, find, short};
use crate::action::{Action, Description, Look, PublishError, Published, Publishing, changed};
use crate::event::{Failure, FailureClass, StepResult, Waiting, WaitsFor};
use crate::forge::{MergeMethod, MergeRequest, Mergeable, Merged, Standing};
use crate::workflow::OutputSpec;

/// How long the forge may take to show what it has just done: that a draft is ready, that the queue has merged.
const SHOWING: SignedDuration = SignedDuration::from_mins(2);

/// What is waited for in the merge queue.
const QUEUED: &str = "its turn in the merge queue";

/// What is waited for when it has left the queue, and is not merged.
const LEFT: &str = "the forge to say what became of it in the merge queue";

/// What `pull-request.merge` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// How, in the order of preference: the first that the repository allows. A merge queue has its own way.
    #[serde(default = "every_method")]
    #[schemars(length(min = 1))]
    methods: Vec<MergeMethod>,
    /// Whether the checks must have passed that the base branch's rules require (if they require none, all). A commit
    /// without any check is not merged either.
    #[serde(default = "yes")]
    require_checks: bool,
    /// Whether the review that the forge's rules ask for must be there, and nobody may ask for changes.
    #[serde(default = "yes")]
    require_review: bool,
}

fn every_method() -> Vec<MergeMethod> {
    vec![MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase]
}

fn yes() -> bool {
    true
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "pull-request.merge",
        summary: "Merges the unit's pull request, or puts it into the merge queue, as soon as it is green and approved \
                  and has no conflict; pull requests that change one page take turns.",
        outputs: vec![
            OutputSpec { name: "merged", kind: "boolean", description: "Always true." },
            OutputSpec { name: "commit", kind: "string", description: "The commit on the base; null if not known." },
        ],
        example: "uses: pull-request.merge\nwith: { methods: [squash] }",
    };
    let preview = |with: &With| {
        let method = with.methods.first().map_or("", |method| method.as_str());
        format!("merge it ({method})")
    };
    Action::publish(description, preview, |with: With, publishing| Box::pin(merge(with, publishing)))
        .looking(|with: With, publishing| Box::pin(look(with, publishing)))
}

async fn look(with: With, publishing: Publishing<'_>) -> Result<Look, PublishError> {
    let standing = match find(publishing).await? {
        Found::Settled(settled) => return Ok(Look::Settled(settled)),
        Found::Merged(standing) => {
            let result = result(standing.pull_request.number, standing.merge_commit.as_deref());
            return Ok(Look::Settled(pull_request::merged(&standing, result)));
        }
        Found::Open(standing) => standing,
    };
    pull_request::refuse_placeholders(publishing)?;
    let passing = match draft(publishing, &standing)? {
        Some(waiting) => Some(waiting),
        None => queue(publishing, &standing)?,
    };
    let in_the_way = passing.or_else(|| in_the_way(&with, publishing, &standing));
    Ok(in_the_way.map_or(Look::Act, |waiting| Look::Settled(waiting.into())))
}

/// A draft is merged by nobody; one that was made ready a moment ago may still look like one.
fn draft(publishing: Publishing<'_>, standing: &Standing) -> Result<Option<Waiting>, Failure> {
    let pull_request = &standing.pull_request;
    if !pull_request.draft {
        return Ok(None);
    }
    let detail = format!("pull request {} to be no draft any more", pull_request.number);
    let waiting = publishing.patience(WaitsFor::Merge, detail, SHOWING);
    waiting.map(Some).ok_or_else(|| {
        Failure::new(FailureClass::Conflict, format!("pull request {} is a draft", pull_request.number))
            .cause("the pull request is a draft")
            .hint(
                "let a `pull-request.ready` step come before, or mark it as ready and `cutover resume --retry-failed`",
            )
    })
}

/// Its place in the merge queue. One that has left the queue unmerged is not put there again and again.
fn queue(publishing: Publishing<'_>, standing: &Standing) -> Result<Option<Waiting>, Failure> {
    if let Some(place) = standing.queue_position {
        return Ok(Some(Waiting::new(WaitsFor::Merge, format!("{QUEUED} (place {place})"))));
    }
    let before = publishing.waiting.map_or("", |before| before.detail.as_str());
    if !before.starts_with(QUEUED) && !before.starts_with(LEFT) {
        return Ok(None);
    }
    publishing.patience(WaitsFor::Merge, LEFT.to_owned(), SHOWING).map(Some).ok_or_else(|| {
        let message =
            format!("pull request {} has left the merge queue without being merged", standing.pull_request.number);
        Failure::new(FailureClass::Conflict, message)
            .cause("the merge queue did not merge it")
            .hint("look at the checks of the queue, then put it there again with `cutover resume --retry-failed`")
    })
}

/// What keeps an open pull request from being merged now.
fn in_the_way(with: &With, publishing: Publishing<'_>, standing: &Standing) -> Option<Waiting> {
    if standing.mergeable == Mergeable::Conflict {
        let detail = "a new base: it conflicts with what was merged since; `cutover refresh` computes it anew";
        return Some(Waiting::new(WaitsFor::Refresh, detail));
    }
    let review = || with.require_review.then(|| missing_review(standing)).flatten();
    let checks = || with.require_checks.then(|| missing_checks(publishing, standing)).flatten();
    checks().or_else(review).or_else(|| turn(publishing)).or_else(|| {
        let unknown = standing.mergeable == Mergeable::Unknown;
        unknown.then(|| Waiting::new(WaitsFor::Merge, "the forge to find out whether it conflicts with its base"))
    })
}

fn missing_review(standing: &Standing) -> Option<Waiting> {
    let required = || standing.review_required.then(|| "a review that the rules of the base branch require".to_owned());
    asks_for_changes(&standing.reviews).or_else(required).map(|detail| Waiting::new(WaitsFor::Review, detail))
}

fn missing_checks(publishing: Publishing<'_>, standing: &Standing) -> Option<Waiting> {
    let counting = Counting { required_only: true, names: &[], ignore: &[] };
    let judged = Judged::new(&standing.checks, &counting);
    let detail = if judged.is_empty() {
        let head = short(publishing.head.unwrap_or_default());
        Some(format!("a check of {head}: there is none (`require-checks: false` merges without)"))
    } else if judged.failed.is_empty() {
        judged.waits_for()
    } else {
        Some(format!("{} to pass, which failed", judged.failed_names()))
    };
    detail.map(|detail| Waiting::new(WaitsFor::Checks, detail))
}

/// Another unit that changes the same page is merged first.
fn turn(publishing: Publishing<'_>) -> Option<Waiting> {
    let (first, page) = (publishing.turn_of?, publishing.files.page()?);
    let changes = publishing.files.changes().contains_key(page);
    changes.then(|| Waiting::new(WaitsFor::Turn, format!("{first}, which goes first: both change {page}")))
}

async fn merge(with: With, publishing: Publishing<'_>) -> Result<Published, PublishError> {
    let number = publishing.number()?;
    let head = publishing.head.unwrap_or_default().to_owned();
    let squash_text = publishing.squash_text.map(str::to_owned);
    let request = MergeRequest { number, head, methods: with.methods, squash_text };
    Ok(match publishing.forge.merge(&request).await? {
        Merged::Merged { commit } => Published::Merged { result: result(number, commit.as_deref()), number },
        Merged::Queued => Waiting::new(WaitsFor::Merge, QUEUED).into(),
        Merged::NotNow(why) => Waiting::new(WaitsFor::Merge, format!("the forge to allow it: {}", why.trim())).into(),
    })
}

/// The same whether it was merged now or before: a resumed run tells no other story.
fn result(number: u64, commit: Option<&str>) -> StepResult {
    let mut result = changed(format!("pull request {number} is merged"));
    result.outputs.insert("merged".to_owned(), true.into());
    result.outputs.insert("commit".to_owned(), commit.map_or(Value::Null, Value::from));
    result
}
