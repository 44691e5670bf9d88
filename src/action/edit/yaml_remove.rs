//! `yaml.remove`: removes one key or item from a YAML file of the connector.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::structured::{Format, remove};
use crate::action::{Action, Description};

/// What `yaml.remove` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The file, relative to the connector's directory.
    file: String,
    /// The path of the key or item. One that is not there is no error.
    path: String,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "yaml.remove",
        summary: "Removes one key or item from a YAML file; everything else stays.",
        outputs: vec![],
        example: "uses: yaml.remove\nwith: { file: metadata.yaml, path: data.registries.oss.dockerImageTag }",
    };
    Action::edit(description, |with: &With, _, overlay| remove(Format::Yaml, overlay, &with.file, &with.path))
}
