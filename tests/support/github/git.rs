//! git over HTTP for the repositories of the world: who may fetch and push, and what a renamed or archived
//! one answers. The protocol itself is `git_http`'s.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response};

use super::access::{Actor, credential};
use super::call::Call;
use super::git_http::{self, Fault, Gate, GitHttp};
use super::model::Role;
use super::server::Shared;
use super::world::World;

pub(crate) use git_http::is_git;

/// Answers a request of git's.
pub(crate) async fn serve(shared: &Arc<Shared>, request: Request) -> Response<Body> {
    let (root, origin) = (shared.world().shelf.clone(), shared.origin().to_owned());
    let (judge, fault) = (Arc::clone(shared), Arc::clone(shared));
    let served = GitHttp::new(
        &root,
        move |headers, call| judge.world().gate(headers, call),
        move |call| fault.world().elsewhere(&origin, call),
    );
    served.respond(request).await
}

/// The owner and name in the path of a repository.
fn names(call: &git_http::Call) -> Option<(&str, &str)> {
    call.repository.strip_suffix(".git")?.split_once('/')
}

impl World {
    /// Whether the credentials may do this.
    fn gate(&self, headers: &HeaderMap, call: &git_http::Call) -> Gate {
        let known =
            names(call).and_then(|(owner, name)| self.find(owner, name).or_else(|| self.find_former(owner, name)));
        let Some(at) = known else { return Gate::Refuse(404, "Repository not found.") };
        let pushes = call.service == "git-receive-pack";
        let header = headers.get("authorization").and_then(|value| value.to_str().ok());
        let Some(secret) = header.and_then(credential) else {
            let open = !pushes && !self.repositories[at].private;
            return if open { Gate::Open("anonymous") } else { Gate::Ask };
        };
        // The same rules as for the API, of which git only knows yes, no, and no such repository.
        let mut asked = Call::default();
        asked.headers.insert("authorization".to_owned(), format!("Bearer {secret}"));
        let Ok(actor @ Actor::Token { .. }) = self.authenticate(&asked) else { return Gate::Ask };
        if self.role(at, &actor).is_none() {
            return Gate::Refuse(404, "Repository not found.");
        }
        if pushes && self.repositories[at].archived {
            return Gate::Refuse(403, "This repository was archived so it is read-only.");
        }
        let may = self.permit(at, &actor, "contents", pushes).is_ok();
        if may && (!pushes || self.require(at, &actor, Role::Write).is_ok()) {
            return Gate::Open("git");
        }
        Gate::Refuse(403, "Write access to repository not granted.")
    }

    /// Where a repository is that has another name now.
    fn elsewhere(&self, origin: &str, call: &git_http::Call) -> Option<Fault> {
        let (owner, name) = names(call)?;
        if self.find(owner, name).is_some() {
            return None;
        }
        let at = self.find_former(owner, name)?;
        Some(Fault::Redirect(format!("{origin}/{}.git", self.repositories[at].full_name())))
    }
}
