//! The fork that branches are pushed to: whether it is there, is one of this repository, and may be pushed to.

use serde::Deserialize;

use super::super::super::{Finding, ForgeError};
use super::super::Inner;
use super::super::facts::{Facts, READ};
use super::super::fork::Fork;
use super::super::http::Request;
use super::{Then as _, fine, notice, problem};

#[derive(Deserialize)]
struct View {
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    archived: bool,
    /// Absent for Apps.
    permissions: Option<Permissions>,
    /// What it was forked from; absent in a repository that is no fork.
    parent: Option<Named>,
    /// What the first of the forks was forked from.
    source: Option<Named>,
}

#[derive(Deserialize)]
struct Permissions {
    #[serde(default)]
    push: bool,
}

#[derive(Deserialize)]
struct Named {
    full_name: String,
}

impl Inner {
    /// Looks at the fork.
    pub(super) async fn examine_fork(&self, fork: &Fork, facts: &Facts) -> Finding {
        let name = format!("{}/{}", fork.owner, fork.name);
        let view: Result<Option<View>, ForgeError> = async {
            let reply = self.client.read(&Request::get(format!("/repos/{name}"))).await?;
            if reply.status == 404 { Ok(None) } else { self.client.parse(&reply, READ).map(Some) }
        }
        .await;
        match view {
            Ok(Some(view)) => judge(&view, facts),
            Ok(None) => problem("push", format!("there is no fork {name} that this credential can see"))
                .then(&format!("Make it: gh repo fork {} --clone=false", facts.name)),
            Err(error) => notice("push", format!("failed to ask about the fork {name}: {error}")),
        }
    }
}

fn judge(view: &View, facts: &Facts) -> Finding {
    let View { full_name, archived, permissions, parent, source } = view;
    let (viewer, repository) = (&facts.viewer, &facts.name);
    let is_fork_of_it = [parent, source].into_iter().flatten().any(|of| of.full_name.eq_ignore_ascii_case(repository));
    if !is_fork_of_it {
        return problem("push", format!("{full_name} is no fork of {repository}"))
            .then("Name the account that has a fork of it (`--fork OWNER`).");
    }
    if *archived {
        return problem("push", format!("the fork {full_name} is archived: nothing can be pushed to it"))
            .then("Unarchive it in its settings.");
    }
    match permissions {
        Some(Permissions { push: true }) => fine("push", format!("{viewer} may push to the fork {full_name}")),
        Some(Permissions { push: false }) => problem("push", format!("{viewer} may not push to the fork {full_name}"))
            .then("Name a fork of your own (`--fork OWNER`)."),
        None => notice("push", format!("GitHub does not tell whether {viewer} may push to the fork {full_name}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::super::FindingState;
    use super::*;

    fn told(view: serde_json::Value) -> (FindingState, String) {
        let facts = Facts {
            name: "acme/connectors".to_owned(),
            viewer: "ada".to_owned(),
            permission: None,
            archived: false,
            methods: Vec::new(),
            default_branch: None,
            deletes_branches: false,
        };
        let finding = judge(&serde_json::from_value(view).unwrap(), &facts);
        (finding.state, finding.says)
    }

    #[test]
    fn a_fork_must_be_one_of_the_repository_and_open_to_pushes() {
        let of = json!({ "full_name": "Acme/Connectors" });
        let cases = [
            (json!({ "full_name": "ada/c", "parent": of, "permissions": { "push": true } }), FindingState::Fine),
            (json!({ "full_name": "ada/c", "source": of, "permissions": { "push": false } }), FindingState::Problem),
            (json!({ "full_name": "ada/c", "permissions": { "push": true } }), FindingState::Problem),
            (json!({ "full_name": "ada/c", "parent": of, "archived": true }), FindingState::Problem),
            (json!({ "full_name": "ada/c", "parent": of }), FindingState::Notice),
        ];
        for (view, state) in cases {
            assert_eq!(told(view.clone()).0, state, "{view}");
        }
    }
}
