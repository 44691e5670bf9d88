//! `git.push`: the point from which on the unit's branch is in the remote repository.
//!
//! The pushing itself is the engine's, for many units in one push, before any publication of theirs. So this step is for
//! workflows that want the branch and no pull request, or something done between the two.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Description, Published, Publishing, changed, unchanged};
use crate::git::RemoteUrl;
use crate::workflow::OutputSpec;

/// What `git.push` takes: nothing. Where to push to is the workflow's and the command line's to say.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct With {}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "git.push",
        summary: "Pushes the unit's branch, with those of other units in one push, and only where nobody else has moved it.",
        outputs: vec![
            OutputSpec { name: "branch", kind: "string", description: "The unit's branch." },
            OutputSpec { name: "commit", kind: "string", description: "The commit at its head." },
        ],
        example: "uses: git.push",
    };
    let preview = |_: &With| "push the branch".to_owned();
    Action::publish(description, preview, |_: With, publishing| Box::pin(async move { Ok(push(&publishing)) }))
}

fn push(publishing: &Publishing<'_>) -> Published {
    let Publishing { branch, remote, fork, .. } = publishing;
    let Some(head) = publishing.head else { return unchanged("there is nothing to publish").into() };
    let mut result = match (remote, fork) {
        (Some(_), Some(fork)) => changed(format!("branch {branch} is in the fork of {fork}")),
        (Some(remote), None) => changed(format!("branch {branch} is in {}", RemoteUrl::new(*remote))),
        (None, _) => unchanged(format!("branch {branch} stays in this repository, for its forge has no remote one")),
    };
    result.outputs.insert("branch".to_owned(), (*branch).into());
    result.outputs.insert("commit".to_owned(), head.into());
    result.into()
}
