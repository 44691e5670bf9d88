//! `http.get-json`: reads a value from a JSON document on the web.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::{Action, Description, Outside, unchanged};
use crate::event::{Failure, FailureClass, StepResult};
use crate::workflow::OutputSpec;

/// What `http.get-json` takes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The address of the document: https, or http on this machine. Up to 1 MiB is read.
    url: String,
    /// Headers to send. They stand in plans and in the journal: no place for secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// Where in the document the value is, with dots: `data.versions.0`. The whole document if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "http.get-json",
        summary: "Reads a value from a JSON document on the web, once for the whole run.",
        outputs: vec![OutputSpec {
            name: "value",
            kind: "any",
            description: "The value at the path, or the whole document.",
        }],
        example: "scope: run\nuses: http.get-json\nwith: { url: 'https://connectors.example.com/releases.json', path: python.latest }",
    };
    let question = |with: &With| {
        Ok(With { url: with.url.trim().to_owned(), headers: with.headers.clone(), path: with.path.clone() })
    };
    Action::resolve(description, question, |asked: With, outside, attempt| Box::pin(read(asked, outside, attempt)))
}

async fn read(asked: With, outside: &Outside, attempt: u32) -> Result<StepResult, Failure> {
    let headers: Vec<(String, String)> = asked.headers.into_iter().collect();
    let document = outside.web.json(&asked.url, &headers, attempt).await?;
    let value = match &asked.path {
        Some(path) => at(&document, path, &asked.url)?.clone(),
        None => document,
    };
    let mut result = unchanged(format!("read {}", asked.url));
    result.outputs.insert("value".to_owned(), value);
    Ok(result)
}

/// The value at a path; says how far it leads where it leads nowhere.
fn at<'a>(document: &'a Value, path: &str, url: &str) -> Result<&'a Value, Failure> {
    let mut value = document;
    let mut walked: Vec<&str> = Vec::new();
    for name in path.split('.') {
        let next = match value {
            Value::Array(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => value.get(name),
        };
        value = next.ok_or_else(|| {
            let place = if walked.is_empty() { "the document".to_owned() } else { format!("`{}`", walked.join(".")) };
            Failure::new(
                FailureClass::Expression,
                format!("{url} has no `{path}`: {place} {}", what_is_there(value, name)),
            )
            .hint("name a path that the document has; leave `path` out to get all of it")
        })?;
        walked.push(name);
    }
    Ok(value)
}

fn what_is_there(value: &Value, name: &str) -> String {
    match value {
        Value::Object(fields) if fields.is_empty() => "is empty".to_owned(),
        Value::Object(fields) => {
            let names: Vec<&str> = fields.keys().map(String::as_str).take(5).collect();
            let more = if fields.len() > names.len() { ", …" } else { "" };
            format!("has {}{more}", names.join(", "))
        }
        Value::Array(items) => format!("is a list of {}, and `{name}` is not an index of it", items.len()),
        Value::Null => "is null".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => "is a single value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(path: &str) -> Result<Value, String> {
        let document = json!({ "data": { "versions": ["1.0.0", "2.0.0"], "none": null }, "a": 1 });
        at(&document, path, "https://x").cloned().map_err(|failure| failure.message)
    }

    #[test]
    fn a_path_leads_through_mappings_and_lists() {
        assert_eq!(found("data.versions.1"), Ok(json!("2.0.0")));
        assert_eq!(found("data.none"), Ok(Value::Null));
    }

    #[test]
    fn a_path_that_leads_nowhere_says_how_far_it_leads() {
        let message = |path| found(path).unwrap_err();
        assert_eq!(message("date"), "https://x has no `date`: the document has data, a");
        assert_eq!(
            message("data.versions.2"),
            "https://x has no `data.versions.2`: `data.versions` is a list of 2, and `2` is not an index of it"
        );
        assert_eq!(message("a.b"), "https://x has no `a.b`: `a` is a single value");
        assert_eq!(message("data.none.x"), "https://x has no `data.none.x`: `data.none` is null");
    }
}
