//! The schema of `rollout`.

use serde_json::{Value, json};

/// Waves, limits and windows.
pub(super) fn rollout() -> Value {
    let number = |description: &str| json!({ "type": ["integer", "string"], "minimum": 1, "pattern": "^[1-9][0-9]*$", "description": description });
    let limit = |description: &str| json!({ "type": "integer", "minimum": 1, "description": description });
    let duration = |description: &str| json!({ "$ref": "#/$defs/duration", "description": description });
    json!({
        "type": "object",
        "description": "In which order and how fast connectors are published: waves, limits, windows of time, a failure budget. `cutover plan` prints the timetable.",
        "additionalProperties": false,
        "properties": {
            "waves": {
                "type": "array",
                "minItems": 1,
                "description": "The size of each wave: a number, a percentage of all connectors, or `rest`. What no wave takes is one more wave.",
                "items": { "anyOf": [
                    { "const": "rest" },
                    number("So many connectors."),
                    { "type": "string", "pattern": "^([1-9][0-9]?|100)%$", "description": "A share of all connectors." },
                ] },
                "examples": [[10, "10%", "50%", "rest"]],
            },
            "canary": { "$ref": "#/$defs/texts", "description": "Names of connectors that go into the first wave, globs allowed." },
            "advance": { "enum": ["opened", "green", "merged"], "default": "green", "description": "How far every pull request of a wave must be, so that the next wave begins: open, checks passed, or merged." },
            "after": duration("How long after that the next wave begins at the earliest."),
            "max-open": limit("Pull requests that may be open at once."),
            "max-pending-checks": limit("Open pull requests whose checks may be running at once."),
            "max-unreviewed": limit("Open pull requests that may be without a review at once."),
            "stuck-after": duration("An open pull request on which nothing has happened for so long no longer counts against the limits."),
            "max-failures": {
                "description": "How many connectors of a wave may fail: a number, or a percentage of the wave. With more, no further wave begins and the exit code is 4. If it is not given, one that did not fail is enough.",
                "anyOf": [
                    { "type": "integer", "minimum": 1 },
                    { "type": "string", "pattern": "^([1-9][0-9]?|100)%$" },
                    { "type": "string", "pattern": "^[1-9][0-9]*$" },
                ],
            },
            "windows": {
                "description": "When publications may begin; always, if none is given.",
                "anyOf": [window(), { "type": "array", "minItems": 1, "items": window() }],
            },
        },
    })
}

fn window() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "days": { "$ref": "#/$defs/texts", "description": "On which days it opens, such as `mon-fri` or `[mon, wed]`; every day, if not given." },
            "hours": { "type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}\\s*-\\s*[0-9]{1,2}:[0-9]{2}$", "description": "Opening and closing by the clock of the zone, such as `\"09:00-16:00\"`; one that closes before it opens closes on the next day. The whole day, if not given." },
            "zone": { "type": "string", "minLength": 1, "default": "UTC", "description": "The IANA name of a time zone, such as `Europe/Berlin`." },
        },
    })
}
