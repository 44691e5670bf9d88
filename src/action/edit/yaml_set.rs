//! `yaml.set`: sets one value in a YAML file of the connector.

use crate::action::structured::set_action;
use crate::action::{Action, Description};
use crate::edit::Format;

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "yaml.set",
        summary: "Sets one value in a YAML file; comments, order, quotes and line ends stay.",
        outputs: vec![],
        example: "uses: yaml.set\nwith: { file: metadata.yaml, path: data.supportLevel, value: certified }",
    };
    set_action(description, Format::Yaml)
}
