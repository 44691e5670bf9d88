//! What a request is answered with, and GitHub's words for saying no.

use serde_json::{Value, json};

/// Where messages lead; GitHub names the page of each route.
const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// The body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Empty,
    Json(Value),
    Text(String),
}

/// An answer, before the headers that all have.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content: Content,
}

/// An answer, or the refusal of one.
pub(crate) type Answered = Result<Answer, Answer>;

impl Answer {
    pub(crate) fn json(status: u16, value: Value) -> Self {
        Self { status, headers: Vec::new(), content: Content::Json(value) }
    }

    pub(crate) fn ok(value: Value) -> Self {
        Self::json(200, value)
    }

    pub(crate) fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), content: Content::Empty }
    }

    /// One more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A refusal that is only a sentence.
    pub(crate) fn message(status: u16, message: &str) -> Self {
        let body = json!({ "message": message, "documentation_url": DOCUMENTATION, "status": status.to_string() });
        Self::json(status, body)
    }

    pub(crate) fn not_found() -> Self {
        Self::message(404, "Not Found")
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::message(401, "Bad credentials")
    }

    pub(crate) fn forbidden(message: &str) -> Self {
        Self::message(403, message)
    }

    /// A field of the request that GitHub does not take.
    pub(crate) fn invalid(resource: &str, field: &str, code: &str) -> Self {
        Self::unprocessable(&json!({ "resource": resource, "field": field, "code": code }))
    }

    /// A field of the request whose value GitHub repeats.
    pub(crate) fn invalid_value(resource: &str, field: &str, value: &Value) -> Self {
        Self::unprocessable(&json!({ "value": value, "resource": resource, "field": field, "code": "invalid" }))
    }

    /// What GitHub says in a sentence of its own.
    pub(crate) fn custom(resource: &str, message: &str) -> Self {
        Self::unprocessable(&json!({ "resource": resource, "code": "custom", "message": message }))
    }

    fn unprocessable(error: &Value) -> Self {
        let body = json!({
            "message": "Validation Failed",
            "errors": [error],
            "documentation_url": DOCUMENTATION,
            "status": "422",
        });
        Self::json(422, body)
    }
}
