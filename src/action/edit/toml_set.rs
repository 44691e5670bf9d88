//! `toml.set`: sets one value in a TOML file of the connector.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::action::structured::{Format, set};
use crate::action::{Action, Description};

/// What `toml.set` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The file, relative to the connector's directory.
    file: String,
    /// The path of the value, such as `tool.poetry.version`.
    path: String,
    /// The new value: a scalar, a list or a table.
    value: Value,
    /// Whether only an existing value is changed.
    #[serde(default)]
    only_existing: bool,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "toml.set",
        summary: "Sets one value in a TOML file; comments, order, quotes and line ends stay.",
        outputs: vec![],
        example: "uses: toml.set\nwith: { file: pyproject.toml, path: tool.poetry.version, value: 1.2.3 }",
    };
    Action::edit(description, |with: &With, _, overlay| {
        set(Format::Toml, overlay, &with.file, &with.path, &with.value, with.only_existing)
    })
}
