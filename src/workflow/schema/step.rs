//! The schema of a step; each action constrains `with`.

use serde_json::{Value, json};

use super::super::ActionSpec;
use super::arguments;

/// The definition of a step.
pub(super) fn step(actions: &[ActionSpec]) -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties(actions),
        "oneOf": [{ "required": ["uses"] }, { "required": ["run"] }],
        "dependentRequired": { "with": ["uses"], "outputs": ["run"] },
        "allOf": actions.iter().map(constraint).collect::<Vec<Value>>(),
    })
}

fn properties(actions: &[ActionSpec]) -> Value {
    let uses = actions.iter().map(|action| {
        json!({ "const": action.name, "description": format!("{} (effect: {})", action.summary, action.effect) })
    });
    let uses: Vec<Value> = uses.collect();
    json!({
        "name": { "type": "string", "description": "A title for people." },
        "uses": { "type": "string", "description": "The action; `cutover actions` describes all.", "oneOf": uses },
        "run": {
            "type": "string",
            "minLength": 1,
            "description": "A shell command. It runs in the connector's directory, finds the connector described in `CUTOVER_*` variables, and gives outputs by writing `key=value` lines to the file named by `CUTOVER_OUTPUT`.",
        },
        "with": { "type": ["object", "null"], "description": "The action's arguments. Wherever a value stands, `${{ expression }}` can." },
        "needs": { "$ref": "#/$defs/texts", "description": "Steps that must have succeeded before. Steps whose outputs are read are needed without being named." },
        "if": { "$ref": "#/$defs/expression", "description": "The step is skipped for connectors for which this expression is not true." },
        "scope": {
            "enum": ["unit", "run"],
            "default": "unit",
            "description": "`run`: once for the whole run, before any connector; `unit`: once for each connector.",
        },
        "timeout": { "$ref": "#/$defs/duration", "description": "How long one attempt may take, such as `30m`." },
        "retry": retry(),
        "env": env(),
        "continue-on-error": { "type": "boolean", "default": false, "description": "Whether steps that need this one go on when it fails." },
        "outputs": { "$ref": "#/$defs/texts", "description": "The outputs that a `run` step gives." },
        "paths": { "$ref": "#/$defs/texts", "description": "Further files and directories of the repository that the step's process sees, from its root; it sees the connector's directory and its documentation page in any case." },
        "limits": limits(),
    })
}

fn limits() -> Value {
    json!({
        "type": "object",
        "description": "What the step's process may take of the machine, as far as the system allows it to be limited.",
        "additionalProperties": false,
        "properties": {
            "nice": { "type": "integer", "minimum": 1, "maximum": 19, "description": "How far it stands back behind other processes." },
            "memory": { "type": "string", "pattern": "^[0-9]+ ?([mM]|[gG])([iI]?[bB])?$", "description": "The most memory, such as `4GiB`." },
            "cpus": { "type": "integer", "minimum": 1, "description": "The most processors." },
        },
    })
}

fn retry() -> Value {
    let class = json!({ "enum": ["network", "timeout", "rate-limit", "process", "any"] });
    json!({
        "type": "object",
        "description": "Whether and when to try again.",
        "required": ["attempts"],
        "additionalProperties": false,
        "properties": {
            "attempts": { "type": "integer", "minimum": 1, "maximum": 100, "description": "Tries in total." },
            "on": {
                "description": "After which classes of failure; any, if it is not given.",
                "anyOf": [class.clone(), { "type": "array", "minItems": 1, "items": class }],
            },
            "delay": { "$ref": "#/$defs/duration", "description": "How long to wait before the second try." },
        },
    })
}

fn env() -> Value {
    json!({
        "type": "object",
        "description": "Environment variables for the step's process.",
        "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "not": { "pattern": "^CUTOVER_" } },
        "additionalProperties": {
            "anyOf": [
                { "type": ["string", "number", "boolean"] },
                {
                    "type": "object",
                    "required": ["secret"],
                    "additionalProperties": false,
                    "properties": {
                        "secret": {
                            "type": "string",
                            "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
                            "description": "The environment variable of cutover that holds the secret; its value is masked everywhere.",
                        },
                    },
                },
            ],
        },
    })
}

/// If a step uses this action, its `with` is so.
fn constraint(action: &ActionSpec) -> Value {
    let with = json!({ "$ref": format!("#/$defs/{}", arguments::definition(action)) });
    let required = action.with.get("required").and_then(Value::as_array).is_some_and(|required| !required.is_empty());
    let (with, required) =
        if required { (with, json!(["with"])) } else { (json!({ "anyOf": [with, { "type": "null" }] }), json!([])) };
    json!({
        "if": { "required": ["uses"], "properties": { "uses": { "const": action.name } } },
        "then": { "required": required, "properties": { "with": with } },
    })
}
