//! `file.write`: writes a file of the connector from a template.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Description, changed, unchanged};
use crate::base::{FileMode, TreeFile};
use crate::event::{Failure, FailureClass};

/// What `file.write` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The file, relative to the connector's directory.
    path: String,
    /// The whole content. `${{ }}` in it is replaced.
    content: String,
    /// Whether the file is executable. An existing file keeps its mode if this is not given.
    executable: Option<bool>,
    /// What to do with a file that is there with other content.
    #[serde(default)]
    existing: Existing,
}

/// What to do with a file that is there with other content.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Existing {
    /// Write over it.
    #[default]
    Replace,
    /// Leave it as it is.
    Keep,
    /// Fail.
    Refuse,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "file.write",
        summary: "Writes a file of the connector; `${{ }}` in its content is replaced.",
        outputs: vec![],
        example: "uses: file.write\nwith:\n  path: OWNERS\n  content: |\n    ${{ connector.name }}: @platform",
    };
    Action::edit(description, |with: &With, _, overlay| {
        let path = overlay.locate(&with.path)?;
        let before = overlay.regular(&path)?;
        let mode = match (with.executable, &before) {
            (Some(true), _) => FileMode::Executable,
            (None, Some(before)) => before.mode,
            (Some(false), _) | (None, None) => FileMode::File,
        };
        let wanted = TreeFile { bytes: with.content.as_bytes().into(), mode };
        match (&before, &with.existing) {
            (Some(before), _) if *before == wanted => {
                return Ok(unchanged(format!("{} is as wanted", path.file_name())));
            }
            (Some(_), Existing::Keep) => return Ok(unchanged(format!("{} is there and is kept", path.file_name()))),
            (Some(_), Existing::Refuse) => {
                let message = format!("{path} is there already, with other content");
                return Err(Failure::new(FailureClass::Edit, message)
                    .cause("the file to write is there already, with other content")
                    .hint("remove it first, or say `existing: replace` or `existing: keep`"));
            }
            _ => {}
        }
        overlay.put(&path, wanted)?;
        Ok(changed(format!("{} {}", if before.is_some() { "rewrite" } else { "add" }, path.file_name())))
    })
}
