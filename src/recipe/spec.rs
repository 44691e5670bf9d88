//! The answer to `spec`: which of a connector's lines it is, and whether it is one.

use std::fmt;

use serde_json::Value;

/// Lines that are named where something else was said.
const LINES_NAMED: usize = 3;

/// The longest piece of a line that is named, in characters.
const LINE_NAMED: usize = 160;

/// Why there is no specification. The text reads on after "`spec` ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpecError {
    /// There was no SPEC message among what it said.
    Missing {
        /// How many messages it said.
        messages: usize,
        /// Some of the lines that are no messages.
        noise: Vec<String>,
        /// The error that it reported about itself.
        trace: Option<String>,
    },
    /// The SPEC message is not what the protocol says.
    Invalid {
        /// What is wrong with it.
        why: String,
    },
}

impl SpecError {
    /// What to do now.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { trace: Some(_), .. } => "the connector reports an error of its own; the log has all of it",
            Self::Missing { .. } => {
                "the connector must print one JSON message of type SPEC on a line of its own, and nothing else on standard output but messages"
            }
            Self::Invalid { .. } => {
                "compare it with `ConnectorSpecification` in Airbyte's protocol; usually it is in spec.yaml or spec.json"
            }
        }
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { trace: Some(trace), .. } => write!(f, "reported an error: {trace}"),
            Self::Missing { messages: 0, noise, .. } if noise.is_empty() => write!(f, "printed nothing"),
            Self::Missing { messages: 0, noise, .. } => {
                write!(f, "printed no message of Airbyte's protocol, but: {}", noise.join(" / "))
            }
            Self::Missing { messages, .. } => {
                let messages = crate::base::count(*messages, "message");
                write!(f, "printed {messages}, none of type SPEC")
            }
            Self::Invalid { why } => write!(f, "answered with a SPEC message that is not valid: {why}"),
        }
    }
}

impl std::error::Error for SpecError {}

/// The specification among the lines that a connector printed: the `spec` of the first SPEC message, checked.
///
/// LOG and TRACE messages may come before it, and lines that are no messages; the protocol allows the former, and
/// many connectors print the latter.
///
/// # Errors
/// No such message, or one that is not valid.
pub fn read_spec(output: &str) -> Result<Value, SpecError> {
    let (mut messages, mut noise, mut trace) = (0, Vec::new(), None);
    for line in output.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let message = serde_json::from_str::<Value>(line).ok().filter(|value| value.get("type").is_some());
        let Some(message) = message else {
            if noise.len() < LINES_NAMED {
                noise.push(line.chars().take(LINE_NAMED).collect());
            }
            continue;
        };
        messages += 1;
        match message["type"].as_str() {
            Some("SPEC") => return checked(message),
            Some("TRACE") => {
                let text = ["/trace/error/message", "/trace/error/internal_message"];
                let text = text.iter().find_map(|path| message.pointer(path).and_then(Value::as_str));
                trace = text.map(str::to_owned).or(trace);
            }
            _ => {}
        }
    }
    Err(SpecError::Missing { messages, noise, trace })
}

/// The `spec` of a SPEC message, if it is what the protocol says.
fn checked(mut message: Value) -> Result<Value, SpecError> {
    let spec = message["spec"].take();
    match wrong(&spec) {
        Some(why) => Err(SpecError::Invalid { why }),
        None => Ok(spec),
    }
}

/// What is wrong with a specification.
fn wrong(spec: &Value) -> Option<String> {
    let Some(fields) = spec.as_object() else { return Some("its `spec` is no object".to_owned()) };
    let Some(schema) = fields.get("connectionSpecification") else {
        return Some("it has no `connectionSpecification`".to_owned());
    };
    for name in ["documentationUrl", "changelogUrl", "protocol_version"] {
        if fields.get(name).is_some_and(|value| !value.is_string() && !value.is_null()) {
            return Some(format!("its `{name}` is no text"));
        }
    }
    for name in ["supportsIncremental", "supportsNormalization", "supportsDBT"] {
        if fields.get(name).is_some_and(|value| !value.is_boolean() && !value.is_null()) {
            return Some(format!("its `{name}` is neither true nor false"));
        }
    }
    wrong_schema(schema).map(|why| format!("its `connectionSpecification` {why}"))
}

/// What is wrong with the schema of a configuration, which is always an object.
fn wrong_schema(schema: &Value) -> Option<String> {
    let Some(fields) = schema.as_object() else { return Some("is no object".to_owned()) };
    let is_object =
        |kind: &Value| kind == "object" || kind.as_array().is_some_and(|kinds| kinds.contains(&"object".into()));
    if fields.get("type").is_some_and(|kind| !is_object(kind)) {
        return Some(format!("is of type {}, not `object`", fields["type"]));
    }
    let properties = fields.get("properties");
    if properties.is_some_and(|properties| !properties.is_object()) {
        return Some("has `properties` that are no object".to_owned());
    }
    let required = fields.get("required")?;
    let Some(required) = required.as_array() else { return Some("has a `required` that is no list".to_owned()) };
    let alone =
        |name: &&Value| name.as_str().is_none_or(|name| properties.is_none_or(|known| known.get(name).is_none()));
    // With alternatives, a required property may be one of theirs.
    let alternatives = ["oneOf", "anyOf", "allOf", "$ref"].iter().any(|word| fields.contains_key(*word));
    let name = required.iter().find(alone).filter(|_| !alternatives)?;
    Some(format!("requires {name}, which is not among its `properties`"))
}
