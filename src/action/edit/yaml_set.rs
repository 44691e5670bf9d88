//! `yaml.set`: sets one value in a YAML file of the connector.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::action::structured::{Format, set};
use crate::action::{Action, Description};

/// What `yaml.set` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The file, relative to the connector's directory.
    file: String,
    /// The path of the value, such as `data.connectorBuildOptions.baseImage` or `items[0].name`.
    path: String,
    /// The new value: a scalar, a list or a mapping.
    value: Value,
    /// Whether only an existing value is changed.
    #[serde(default)]
    only_existing: bool,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "yaml.set",
        summary: "Sets one value in a YAML file; comments, order, quotes and line ends stay.",
        outputs: vec![],
        example: "uses: yaml.set\nwith: { file: metadata.yaml, path: data.supportLevel, value: certified }",
    };
    Action::edit(description, |with: &With, _, overlay| {
        set(Format::Yaml, overlay, &with.file, &with.path, &with.value, with.only_existing)
    })
}
