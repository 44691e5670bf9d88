//! `pull-request.open`: opens the unit's pull request, or finds the one that it opened before.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Description, PublishError, Published, Publishing, changed, unchanged};
use crate::event::{Held, StepResult};
use crate::forge::{Mark, NewPullRequest, PullRequest, PullRequestState};
use crate::workflow::OutputSpec;

/// What `pull-request.open` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The title, one line.
    title: String,
    /// The text, Markdown. A hidden mark by which cutover finds the pull request again is added to it.
    #[serde(default)]
    body: String,
    /// The branch to merge into; the branch that the run is based on if not given.
    base: Option<String>,
    /// Labels.
    #[serde(default)]
    labels: Vec<String>,
    /// Whether it is opened as a draft.
    #[serde(default)]
    draft: bool,
    /// Who is asked for a review.
    #[serde(default)]
    reviewers: Vec<String>,
    /// Teams that are asked for a review, by their short names.
    #[serde(default)]
    teams: Vec<String>,
    /// Who looks after it.
    #[serde(default)]
    assignees: Vec<String>,
    /// The milestone's title.
    milestone: Option<String>,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "pull-request.open",
        summary: "Opens the unit's pull request, or finds the one that this run opened before.",
        outputs: vec![
            OutputSpec { name: "number", kind: "integer", description: "The pull request's number." },
            OutputSpec { name: "url", kind: "string", description: "Where to look at it." },
        ],
        example: "uses: pull-request.open\nwith: { title: '${{ connector.name }}: use the base image', labels: [migration], draft: true }",
    };
    let preview = |with: &With| {
        let draft = if with.draft { "a draft pull request" } else { "a pull request" };
        format!("open {draft}: {}", with.title)
    };
    Action::publish(description, preview, |with: With, publishing| Box::pin(open(with, publishing)))
}

async fn open(with: With, publishing: Publishing<'_>) -> Result<Published, PublishError> {
    let Some(head) = publishing.head else { return Ok(unchanged("there is nothing to publish").into()) };
    let mark = Mark::new(publishing.run.clone(), publishing.unit.clone(), Some(head.to_owned()));
    let wanted = NewPullRequest {
        head: publishing.branch.to_owned(),
        base: with.base.unwrap_or_else(|| publishing.base_branch.to_owned()),
        title: with.title,
        body: with.body,
        labels: with.labels,
        draft: with.draft,
        reviewers: with.reviewers,
        teams: with.teams,
        assignees: with.assignees,
        milestone: with.milestone,
        mark,
    };
    // Ask first: the process may have died between opening and writing that down.
    let found = match publishing.forge.find(publishing.branch, &wanted.mark).await? {
        Some(found) => found,
        None => publishing.forge.open(&wanted).await?,
    };
    match found.state {
        PullRequestState::Closed => Err(PublishError::Held(Held::ClosedByHuman { number: found.number })),
        PullRequestState::Merged => Ok(Published::Merged { result: result(&found), number: found.number }),
        PullRequestState::Open => Ok(result(&publishing.forge.update(&found, &wanted).await?).into()),
    }
}

/// The same whether it was opened now or found: a resumed run tells no other story.
fn result(pull_request: &PullRequest) -> StepResult {
    let state = if pull_request.state == PullRequestState::Merged { "merged" } else { "open" };
    let mut result = changed(format!("pull request {} is {state}", pull_request.number));
    result.outputs.insert("number".to_owned(), pull_request.number.into());
    result.outputs.insert("url".to_owned(), pull_request.url.clone().into());
    result
}
