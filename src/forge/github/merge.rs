//! The end of a pull request's life: ready for review, merged or queued, closed. Each looks first at what there is.

use http::Method;
use serde_json::{Map, json};

use super::super::{ForgeError, MergeMethod, MergeRequest, Merged, PullRequestState};
use super::Inner;
use super::graphql::{Document, Fault};
use super::http::Request;
use super::open::PULLS;
use super::pull::{Part, PullNode};
use super::refusal::GitHubError;
use super::refuse::{message, refuse};

const CONTENTS: &str = "the permission “Contents: write” (a classic token: the scope `repo`)";

const READY: &str = "mutation($input: MarkPullRequestReadyForReviewInput!) { \
markPullRequestReadyForReview(input: $input) { pullRequest { isDraft } } }";

const ENQUEUE: &str = "mutation($input: EnqueuePullRequestInput!) { \
enqueuePullRequest(input: $input) { mergeQueueEntry { position } } }";

impl Inner {
    /// Makes a draft ready for review.
    pub(super) async fn ready(&self, number: u64) -> Result<(), ForgeError> {
        let found = self.pull(number, Part::Brief).await?;
        if !found.is_draft || found.state() != PullRequestState::Open {
            return Ok(());
        }
        self.known.writable(&self.client).await?;
        let input = json!({ "pullRequestId": found.id });
        match self.client.mutate(&mutation(READY, input)).await? {
            Ok(_) => Ok(()),
            Err(fault) => Err(self.refused(&fault, PULLS)),
        }
    }

    /// Merges, or puts into the merge queue.
    pub(super) async fn merge(&self, request: &MergeRequest) -> Result<Merged, ForgeError> {
        let found = self.pull(request.number, Part::Merge).await?;
        if let Some(answer) = answered(&found, request) {
            return Ok(answer);
        }
        let facts = self.known.writable(&self.client).await?;
        if found.is_merge_queue_enabled {
            return self.enqueue(&found, request).await;
        }
        let Some(method) = request.methods.iter().find(|method| facts.methods.contains(method)) else {
            let names = |methods: &[MergeMethod]| methods.iter().map(|method| method.as_str()).collect();
            let (wanted, allowed) = (names(&request.methods), names(&facts.methods));
            return Err(GitHubError::MethodsDisallowed { wanted, allowed }.into());
        };
        let target = format!("/repos/{}/pulls/{}/merge", self.client.repository(), request.number);
        let mut body = json!({ "sha": request.head, "merge_method": method.as_str() });
        if let (MergeMethod::Squash, Some(text)) = (method, &request.squash_text) {
            // GitHub's own message repeats those of the commits, with whatever they say to continuous integration.
            body["commit_title"] = format!("{} (#{})", found.title, request.number).into();
            body["commit_message"] = text.as_str().into();
        }
        let reply = self.client.write(&Request::new(Method::PUT, target, body)).await?;
        let told = || message(&reply.json().unwrap_or_default());
        match reply.status {
            200 => Ok(Merged::Merged {
                commit: reply.json().and_then(|done| done.get("sha")?.as_str().map(str::to_owned)),
            }),
            // Not mergeable, a rule of the branch, or somebody was faster; the next look tells.
            405 | 409 => Ok(Merged::NotNow(told())),
            _ => Err(self.client_refusal(&reply, CONTENTS)),
        }
    }

    async fn enqueue(&self, found: &PullNode, request: &MergeRequest) -> Result<Merged, ForgeError> {
        let input = json!({ "pullRequestId": found.id, "expectedHeadOid": request.head });
        match self.client.mutate(&mutation(ENQUEUE, input)).await? {
            Ok(_) => Ok(Merged::Queued),
            Err(fault) if fault.message.contains("already in") || fault.message.contains("already queued") => {
                Ok(Merged::Queued)
            }
            Err(fault) if matches!(fault.kind.as_str(), "FORBIDDEN" | "INSUFFICIENT_SCOPES") => {
                Err(self.refused(&fault, CONTENTS))
            }
            Err(fault) => Ok(Merged::NotNow(fault.message)),
        }
    }

    /// Closes, after saying why. A comment that a former try has left is not said twice.
    pub(super) async fn close(&self, number: u64, comment: Option<&str>) -> Result<(), ForgeError> {
        let found = self.pull(number, Part::Comments).await?;
        if found.state() != PullRequestState::Open {
            return Ok(());
        }
        let viewer = &self.known.writable(&self.client).await?.viewer;
        let repository = self.client.repository();
        let comments = found.comments.iter().flat_map(|comments| &comments.nodes);
        let said = |text: &str| comments.into_iter().any(|comment| comment.is(viewer, text));
        if let Some(comment) = comment.filter(|comment| !said(comment)) {
            let target = format!("/repos/{repository}/issues/{number}/comments");
            let reply = self.client.write(&Request::new(Method::POST, target, json!({ "body": comment }))).await?;
            if reply.status != 201 {
                return Err(self.client_refusal(&reply, PULLS));
            }
        }
        let target = format!("/repos/{repository}/pulls/{number}");
        let reply = self.client.write(&Request::new(Method::PATCH, target, json!({ "state": "closed" }))).await?;
        if reply.status == 200 { Ok(()) } else { Err(self.client_refusal(&reply, PULLS)) }
    }

    fn client_refusal(&self, reply: &super::http::Reply, needs: &str) -> ForgeError {
        refuse(reply, &self.client.asker(needs)).into()
    }

    /// A mutation's refusal.
    fn refused(&self, fault: &Fault, needs: &str) -> ForgeError {
        let message = fault.message.clone();
        match fault.kind.as_str() {
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" => {
                let credential = self.client.credential().to_owned();
                GitHubError::Forbidden { credential, message, needs: needs.to_owned() }.into()
            }
            _ => GitHubError::Invalid(message).into(),
        }
    }
}

/// What needs no write to be known.
fn answered(found: &PullNode, request: &MergeRequest) -> Option<Merged> {
    let not_now = |why: &str| Some(Merged::NotNow(why.to_owned()));
    match found.state() {
        PullRequestState::Merged => {
            Some(Merged::Merged { commit: found.merge_commit.as_ref().map(|commit| commit.oid.clone()) })
        }
        PullRequestState::Closed => not_now("it is closed"),
        PullRequestState::Open if found.is_in_merge_queue => Some(Merged::Queued),
        PullRequestState::Open if found.is_draft => not_now("it is a draft"),
        PullRequestState::Open if found.head_ref_oid.as_deref().is_some_and(|head| head != request.head) => {
            not_now("its branch has moved to another commit")
        }
        PullRequestState::Open => None,
    }
}

fn mutation(text: &str, input: serde_json::Value) -> Document {
    let mut variables = Map::new();
    variables.insert("input".to_owned(), input);
    Document { text: text.to_owned(), variables }
}
