//! Questions and mutations in GraphQL: what is sent, and what of the answer is whose.

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::ForgeError;
use super::client::Client;
use super::http::{Reply, Request};
use super::pull::TEAM;
use super::refusal::GitHubError;
use super::refuse::refuse;
use super::standing::ON_BEHALF;

/// A document with its variables.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) text: String,
    pub(super) variables: Map<String, Value>,
}

/// What a document was answered with: what there is, and what went wrong with single parts.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) data: Value,
    #[serde(default)]
    pub(super) errors: Vec<Fault>,
}

/// What went wrong with a part of a document.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Fault {
    /// GitHub's class, such as `NOT_FOUND`.
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    /// Where in the answer: names of fields and positions.
    #[serde(default)]
    pub(super) path: Vec<Value>,
    #[serde(default)]
    pub(super) message: String,
}

impl Fault {
    /// Whether it is about this place of the answer, or one below it.
    pub(super) fn is_at(&self, place: &[&str]) -> bool {
        self.path.len() >= place.len() && place.iter().zip(&self.path).all(|(name, at)| at.as_str() == Some(name))
    }
}

impl Answer {
    /// The first fault at or below a place.
    pub(super) fn fault(&self, place: &[&str]) -> Option<&Fault> {
        self.errors.iter().find(|fault| fault.is_at(place))
    }
}

impl Client {
    /// Asks a question. Faults of parts are in the answer; an error is one that concerns the whole.
    pub(super) async fn query(&self, document: &Document) -> Result<Answer, ForgeError> {
        let answered = self.ask(document, self.sees_teams()).await;
        match answered {
            // GitHub refuses a whole document because of one field that a classic token has no scope for.
            Err(ForgeError::GitHub(GitHubError::Forbidden { message, .. }))
                if self.sees_teams() && message.contains("read:org") =>
            {
                tracing::warn!(
                    "the token has not the scope read:org: in whose team's name a review was given is not seen"
                );
                self.hide_teams();
                self.ask(document, false).await
            }
            answered => answered,
        }
    }

    async fn ask(&self, document: &Document, teams: bool) -> Result<Answer, ForgeError> {
        let mut document = document.clone();
        if !teams {
            document.text = document.text.replace(TEAM, "").replace(ON_BEHALF, "");
        }
        let reply = self.read(&self.graphql(&document)).await?;
        self.answer(&reply)
    }

    /// Makes a change by a mutation, once. The outer error is about the request; the inner is GitHub's refusal of it.
    pub(super) async fn mutate(&self, document: &Document) -> Result<Result<Value, Fault>, ForgeError> {
        let reply = self.write(&self.graphql(document)).await?;
        let mut answer = self.answer(&reply)?;
        Ok(if answer.errors.is_empty() { Ok(answer.data) } else { Err(answer.errors.swap_remove(0)) })
    }

    fn graphql(&self, document: &Document) -> Request {
        let body = json!({ "query": document.text, "variables": document.variables });
        Request::new(Method::POST, self.http().address().graphql.clone(), body)
    }

    fn answer(&self, reply: &Reply) -> Result<Answer, ForgeError> {
        if reply.status != 200 {
            return Err(refuse(reply, &self.asker("read access to the repository")).into());
        }
        let answer: Answer = serde_json::from_slice(&reply.body)
            .map_err(|error| ForgeError::Network(format!("its answer is cut off or unknown: {error}")))?;
        if answer.data.get("repository").is_some_and(|found| !found.is_null()) {
            self.has_seen();
        }
        match answer.errors.iter().find(|fault| concerns_all(fault, &answer.data)) {
            Some(fault) => Err(self.whole(fault, reply)),
            None => Ok(answer),
        }
    }

    /// A fault that leaves nothing to read.
    fn whole(&self, fault: &Fault, reply: &Reply) -> ForgeError {
        let credential = self.credential().to_owned();
        match fault.kind.as_str() {
            "NOT_FOUND" => {
                let repository = self.repository().to_owned();
                GitHubError::RepositoryUnknown { repository, credential }.into()
            }
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" if reply.header("x-github-sso").is_some() => {
                let header = reply.header("x-github-sso").unwrap_or_default();
                let url = header.split_once("url=").map(|(_, url)| url.to_owned());
                GitHubError::SingleSignOn { credential, url }.into()
            }
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" => {
                let needs = "read access to the repository (a classic token: the scope `repo`)".to_owned();
                GitHubError::Forbidden { credential, message: fault.message.clone(), needs }.into()
            }
            // A query that took too long ends with words like these, and without a class.
            _ if fault.message.contains("omething went wrong") || fault.message.contains("timed out") => {
                ForgeError::Network(fault.message.clone())
            }
            _ => GitHubError::Refused { status: reply.status, message: fault.message.clone() }.into(),
        }
    }
}

/// Whether a fault is about the whole document: it names no place, or its place is the repository itself.
fn concerns_all(fault: &Fault, data: &Value) -> bool {
    let nothing = data.is_null() || data.as_object().is_some_and(|data| data.values().all(Value::is_null));
    nothing && (fault.path.is_empty() || fault.is_at(&["repository"]) && fault.path.len() == 1)
}
