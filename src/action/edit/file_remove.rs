//! `file.remove`: removes files of the connector.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Description, changed, unchanged};
use crate::base::{RepoPath, sentence_list};
use crate::overlay::OverlayError;

/// What `file.remove` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The file, or a list of files, relative to the connector's directory. A file that is not there is no error.
    path: Paths,
}

/// One path or several.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Paths {
    /// One file.
    One(String),
    /// Several files.
    Many(Vec<String>),
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "file.remove",
        summary: "Removes files of the connector. A file that is not there is no error.",
        outputs: vec![],
        example: "uses: file.remove\nwith: { path: Dockerfile }",
    };
    Action::edit(description, |with: &With, _, overlay| {
        let paths: &[String] = match &with.path {
            Paths::One(path) => std::slice::from_ref(path),
            Paths::Many(paths) => paths,
        };
        let mut removed = Vec::new();
        for path in paths {
            let path: RepoPath = overlay.locate(path)?;
            match overlay.read(&path)? {
                Some(_) => {
                    overlay.remove(&path)?;
                    removed.push(path.file_name().to_owned());
                }
                // A directory is more than was named: refused rather than emptied.
                None if overlay.exists(&path)? => return Err(OverlayError::NotAFile { path }.into()),
                None => {}
            }
        }
        Ok(if removed.is_empty() {
            unchanged(format!("there is no {}", sentence_list(paths)))
        } else {
            changed(format!("remove {}", sentence_list(&removed)))
        })
    })
}
