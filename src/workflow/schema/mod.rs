//! The JSON schema of workflow files, for editors: completion, hover, and most of the checks while typing.
//!
//! What a schema cannot say (references, cycles, scopes) is left to [`load`](super::load). Nothing that loads is refused
//! here.

mod arguments;
mod rollout;
mod step;

use serde_json::{Map, Value, json};

use super::ActionSpec;

/// The schema's name, under which editors keep it. It need not be fetched from anywhere.
const ID: &str = "urn:cutover:workflow:1";

/// The JSON schema (draft 2020-12) of workflow files that use these actions. Deterministic.
pub fn schema(actions: &[ActionSpec]) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "cutover workflow",
        "description": "One declarative migration: which connectors, which steps, and when it is done.",
        "type": "object",
        "required": ["version", "name", "steps"],
        "additionalProperties": false,
        "properties": properties(),
        "$defs": definitions(actions),
    })
}

fn properties() -> Value {
    json!({
        "version": { "const": 1, "description": "The version of the file's format." },
        "name": {
            "type": "string",
            "pattern": "^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$",
            "description": "A short name that can stand in a branch: letters, digits, `-`, `_` and `.`.",
        },
        "description": { "type": "string", "description": "What the workflow is for, as a sentence." },
        "inputs": {
            "type": "object",
            "description": "What whoever starts it may or must give, with `--input name=value`. Expressions read `inputs.<name>`, dashes as underscores.",
            "propertyNames": { "$ref": "#/$defs/identifier" },
            "additionalProperties": { "$ref": "#/$defs/input" },
        },
        "connectors": connectors(),
        "branch": {
            "type": "string",
            "pattern": "\\$\\{\\{",
            "description": "The name of each connector's branch. It must differ between connectors.",
            "default": super::model::DEFAULT_BRANCH,
        },
        "commit": {
            "type": "object",
            "description": "How a connector's changes are committed.",
            "additionalProperties": false,
            "properties": {
                "message": { "type": "string", "description": "The commits' message, a template." },
                "skip-ci-until-last": {
                    "type": "boolean",
                    "default": false,
                    "description": "Whether the commits that others will follow carry `[skip ci]`, so that only the last one is built. Do not use it where squash merges take over the commits' messages.",
                },
            },
        },
        "publish": publish(),
        "rollout": rollout::rollout(),
        "concurrency": concurrency(),
        "fail-fast": { "type": "boolean", "default": false, "description": "Whether the first failure stops the starting of new connectors." },
        "max-failures": {
            "description": "How many connectors may fail before no new ones start: a number, or a percentage of all.",
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "string", "pattern": "^([1-9][0-9]?|100)%$" },
                { "type": "string", "pattern": "^[1-9][0-9]*$" },
            ],
        },
        "steps": {
            "type": "object",
            "description": "The steps by id. They run beside each other where `needs` and the outputs they read allow it.",
            "minProperties": 1,
            "propertyNames": { "$ref": "#/$defs/identifier" },
            "additionalProperties": { "$ref": "#/$defs/step" },
        },
        "success": {
            "type": "object",
            "description": "The definition of done: what must be true of a connector afterwards, as title and expression. `cutover verify` checks it.",
            "additionalProperties": { "$ref": "#/$defs/expression" },
        },
    })
}

fn connectors() -> Value {
    json!({
        "type": "object",
        "description": "Which connectors the workflow is for; all filters that are given must match.",
        "additionalProperties": false,
        "properties": {
            "names": { "$ref": "#/$defs/texts", "description": "Names of connectors, globs allowed." },
            "language": { "$ref": "#/$defs/texts", "description": "Languages, such as `python`, `low-code` or `java`." },
            "support-level": { "$ref": "#/$defs/texts", "description": "Support levels, such as `certified`." },
            "where": { "$ref": "#/$defs/expression", "description": "An expression over `connector`, `data` and `inputs`." },
        },
    })
}

fn publish() -> Value {
    json!({
        "type": "object",
        "description": "Where pull requests are opened; the command line can say otherwise.",
        "additionalProperties": false,
        "properties": {
            "forge": { "enum": ["local", "github"], "default": "local", "description": "`local` keeps pull requests in files beside the journal: nothing leaves the machine." },
            "repository": { "type": "string", "pattern": "^[^/\\s]+/[^/\\s]+$", "description": "The repository on the forge, `owner/name`; found from the remote's address if not given." },
            "remote": { "type": "string", "minLength": 1, "description": "The remote to push to, by name or address; `origin` if not given. The local forge pushes only to a remote that is named here." },
            "fork": { "type": "string", "pattern": "^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?$", "description": "The fork that branches are pushed to where the repository itself may not be pushed to: its owner, or `owner/name`. Pull requests go from there into the repository." },
            "api-url": { "type": "string", "pattern": "^https?://", "description": "The address of the forge's interface, for a GitHub Enterprise server: `https://HOST/api/v3`." },
            "writes-per-minute": { "type": "integer", "minimum": 1, "default": 80, "description": "Writes in a minute that the forge allows." },
            "writes-per-hour": { "type": "integer", "minimum": 1, "default": 500, "description": "Writes in an hour that the forge allows." },
        },
    })
}

fn concurrency() -> Value {
    let number = |description: &str| json!({ "type": "integer", "minimum": 1, "description": description });
    json!({
        "type": "object",
        "description": "How much may happen at once; the command line can say otherwise.",
        "additionalProperties": false,
        "properties": {
            "jobs": number("Connectors that are worked on at once."),
            "build": number("Builds at once."),
            "test": number("Tests at once."),
            "publish": number("Publishing steps at once."),
        },
    })
}

fn definitions(actions: &[ActionSpec]) -> Value {
    let mut definitions = Map::new();
    definitions.insert("identifier".to_owned(), json!({ "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]*$" }));
    definitions.insert(
        "texts".to_owned(),
        json!({ "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
        ] }),
    );
    definitions.insert("expression".to_owned(), json!({ "type": ["string", "boolean"], "minLength": 1 }));
    definitions.insert("template".to_owned(), json!({ "type": "string", "pattern": "\\$\\{\\{" }));
    let duration = json!({
        "type": "string",
        "pattern": "^([0-9]+[dhms])+$",
        "examples": ["30s", "10m", "1h30m"],
    });
    definitions.insert("duration".to_owned(), duration);
    definitions.insert("input".to_owned(), input());
    definitions.insert("step".to_owned(), step::step(actions));
    for action in actions {
        arguments::define(action, &mut definitions);
    }
    Value::Object(definitions)
}

fn input() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "type": { "enum": ["string", "integer", "boolean", "choice"], "default": "string", "description": "What values it takes." },
            "default": { "type": ["string", "integer", "boolean"], "description": "Its value when none is given." },
            "required": { "type": "boolean", "default": true, "description": "Whether it must be given where it has no default." },
            "options": { "$ref": "#/$defs/texts", "description": "The values of a `choice`." },
            "description": { "type": "string", "description": "What it is, as a sentence." },
        },
    })
}
