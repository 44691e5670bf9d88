//! A request as the routes see it: parsed once, with nothing of HTTP left.

use std::collections::BTreeMap;

use serde_json::Value;

use super::answer::Answer;

/// A request for the API.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Without `/api/v3`, decoded, and cut at the slashes.
    pub(crate) segments: Vec<String>,
    /// The path as it was sent.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    /// Names in lowercase.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// Where the double is: `http://127.0.0.1:1234`.
    pub(crate) origin: String,
}

impl Call {
    /// A parameter of the query; the last one where it is repeated.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; an empty one is an empty object.
    pub(crate) fn json(&self) -> Result<Value, Answer> {
        if self.body.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(&self.body).map_err(|_| Answer::message(400, "Problems parsing JSON"))
    }

    /// Whether it changes something, as far as its method and document tell.
    pub(crate) fn writes(&self) -> bool {
        match self.graphql() {
            Some(query) => is_mutation(&query),
            None => !matches!(self.method.as_str(), "GET" | "HEAD"),
        }
    }

    /// The document, if this goes to GraphQL.
    pub(crate) fn graphql(&self) -> Option<String> {
        let to_graphql = matches!(self.path.as_str(), "/graphql" | "/api/graphql");
        let body: Value = to_graphql.then(|| serde_json::from_slice(&self.body).ok()).flatten()?;
        body.get("query").and_then(Value::as_str).map(str::to_owned)
    }

    /// What stands in front of the path of a route: `/api/v3`, or nothing.
    pub(crate) fn prefix(&self) -> &'static str {
        if self.path.starts_with("/api/v3") { "/api/v3" } else { "" }
    }
}

/// Whether a document's first operation is a mutation.
pub(crate) fn is_mutation(document: &str) -> bool {
    let code = document.lines().map(|line| line.split('#').next().unwrap_or_default());
    code.flat_map(str::split_whitespace).next().is_some_and(|word| word.starts_with("mutation"))
}

/// Undoes percent-encoding; in a query, `+` is a space.
pub(crate) fn decode(text: &str, query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.get(..2)).flatten();
        let code =
            escaped.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(code) = code {
            bytes.push(code);
            rest = &after[2..];
        } else {
            bytes.push(if query && first == b'+' { b' ' } else { first });
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The parameters of a query string.
pub(crate) fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(k, v)| (decode(k, true), decode(v, true)))
        .collect()
}
