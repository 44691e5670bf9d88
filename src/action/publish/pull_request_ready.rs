//! `pull-request.ready`: the unit's draft is ready for review, once nothing in it stands for a number any more.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::pull_request::{self, Found, find};
use crate::action::{Action, Description, Look, PublishError, Published, Publishing, changed};
use crate::event::StepResult;
use crate::workflow::OutputSpec;

/// What `pull-request.ready` takes: nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct With {}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "pull-request.ready",
        summary: "Marks the unit's draft as ready for review; refuses while a placeholder such as `TBD` is left in what \
                  the unit adds to a Markdown page where a pull request's number belongs.",
        outputs: vec![OutputSpec { name: "number", kind: "integer", description: "The pull request's number." }],
        example: "uses: pull-request.ready",
    };
    let preview = |_: &With| "mark the pull request as ready for review".to_owned();
    Action::publish(description, preview, |With {}, publishing| Box::pin(ready(publishing)))
        .looking(|With {}, publishing| Box::pin(look(publishing)))
}

async fn look(publishing: Publishing<'_>) -> Result<Look, PublishError> {
    match find(publishing).await? {
        Found::Settled(settled) => Ok(Look::Settled(settled)),
        Found::Merged(standing) => {
            let number = standing.pull_request.number;
            let result = with_number(pull_request::is_merged(&standing), number);
            Ok(Look::Settled(pull_request::merged(&standing, result)))
        }
        Found::Open(standing) => {
            pull_request::refuse_placeholders(publishing)?;
            let pull_request = standing.pull_request;
            let done = || Look::Settled(result(pull_request.number).into());
            Ok(if pull_request.draft { Look::Act } else { done() })
        }
    }
}

async fn ready(publishing: Publishing<'_>) -> Result<Published, PublishError> {
    let number = publishing.number()?;
    publishing.forge.ready(number).await?;
    Ok(result(number).into())
}

/// The same whether it was done now or before: a resumed run tells no other story.
fn result(number: u64) -> StepResult {
    with_number(changed(format!("pull request {number} is ready for review")), number)
}

fn with_number(mut result: StepResult, number: u64) -> StepResult {
    result.outputs.insert("number".to_owned(), number.into());
    result
}
