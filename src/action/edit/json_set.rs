//! `json.set`: sets one value in a JSON file of the connector.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::action::structured::{Format, set};
use crate::action::{Action, Description};

/// What `json.set` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The file, relative to the connector's directory.
    file: String,
    /// The path of the value, such as `dependencies.left-pad` or `items[0].name`.
    path: String,
    /// The new value: a scalar, an array or an object.
    value: Value,
    /// Whether only an existing value is changed.
    #[serde(default)]
    only_existing: bool,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "json.set",
        summary: "Sets one value in a JSON file; order, indentation and line ends stay.",
        outputs: vec![],
        example: "uses: json.set\nwith: { file: package.json, path: engines.node, value: '>=20' }",
    };
    Action::edit(description, |with: &With, _, overlay| {
        set(Format::Json, overlay, &with.file, &with.path, &with.value, with.only_existing)
    })
}
