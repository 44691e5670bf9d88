//! `yaml.remove`: removes one key from a YAML file of the connector.

use crate::action::structured::remove_action;
use crate::action::{Action, Description};
use crate::edit::Format;

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "yaml.remove",
        summary: "Removes one key from a YAML file; everything else stays.",
        outputs: vec![],
        example: "uses: yaml.remove\nwith: { file: metadata.yaml, path: data.registries.oss.dockerImageTag }",
    };
    remove_action(description, Format::Yaml)
}
