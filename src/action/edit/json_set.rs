//! `json.set`: sets one value in a JSON file of the connector.

use crate::action::structured::set_action;
use crate::action::{Action, Description};
use crate::edit::Format;

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "json.set",
        summary: "Sets one value in a JSON file; order, indentation and line ends stay.",
        outputs: vec![],
        example: "uses: json.set\nwith: { file: package.json, path: engines.node, value: '>=20' }",
    };
    set_action(description, Format::Json)
}
