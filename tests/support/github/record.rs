//! The log: each request with what was answered, without secrets.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::answer::{Answer, Content};
use super::call::Call;

/// A request and its answer.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Exchange {
    /// From 1, in the order in which they came.
    pub(crate) number: u64,
    pub(crate) method: String,
    /// Without `/api/v3`, as GitHub's description of its API has it.
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    /// Names in lowercase; of the credentials only the scheme.
    pub(crate) headers: BTreeMap<String, String>,
    /// JSON, or else the text; null where there was none.
    pub(crate) body: Value,
    /// Whether it asked for a change.
    pub(crate) writes: bool,
    /// The fault that met it.
    pub(crate) fault: Option<String>,
    /// Absent where the connection was closed.
    pub(crate) response: Option<Response>,
}

/// What was answered.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

impl Exchange {
    pub(crate) fn new(number: u64, call: &Call, fault: Option<String>) -> Self {
        let mut headers = call.headers.clone();
        if let Some(credentials) = headers.get_mut("authorization") {
            let scheme = credentials.split(' ').next().unwrap_or_default().to_owned();
            *credentials = format!("{scheme} ***");
        }
        let text = || Value::String(String::from_utf8_lossy(&call.body).into_owned());
        let body = match call.body.len() {
            0 => Value::Null,
            _ => serde_json::from_slice(&call.body).unwrap_or_else(|_| text()),
        };
        Self {
            number,
            method: call.method.clone(),
            path: call.path.strip_prefix("/api/v3").unwrap_or(&call.path).to_owned(),
            query: call.query.iter().cloned().collect(),
            headers,
            body,
            writes: call.writes(),
            fault,
            response: None,
        }
    }

    /// Whether it went to GraphQL.
    pub(crate) fn is_graphql(&self) -> bool {
        matches!(self.path.as_str(), "/graphql" | "/api/graphql")
    }

    /// The GraphQL document.
    pub(crate) fn document(&self) -> Option<&str> {
        self.body.get("query").filter(|_| self.is_graphql()).and_then(Value::as_str)
    }

    /// The status that was answered, if anything was.
    pub(crate) fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    pub(crate) fn answered(&mut self, answer: &Answer) {
        let body = match &answer.content {
            Content::Empty => Value::Null,
            Content::Json(value) => value.clone(),
            Content::Text(text) => Value::String(text.clone()),
        };
        let headers = answer.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.response = Some(Response { status: answer.status, headers, body });
    }
}
