//! `toml.set`: sets one value in a TOML file of the connector.

use crate::action::structured::set_action;
use crate::action::{Action, Description};
use crate::edit::Format;

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "toml.set",
        summary: "Sets one value in a TOML file; comments, order, quotes and line ends stay.",
        outputs: vec![],
        example: "uses: toml.set\nwith: { file: pyproject.toml, path: tool.poetry.version, value: 1.2.3 }",
    };
    set_action(description, Format::Toml)
}
