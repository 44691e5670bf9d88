//! `file.move`: moves a file or a directory of the connector.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Description, changed, unchanged};
use crate::base::{RepoPath, TreeFile, count};
use crate::event::{Failure, FailureClass, StepResult};
use crate::overlay::{Overlay, OverlayError};

/// What `file.move` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The file or directory, relative to the connector's directory.
    from: String,
    /// Its new path, relative to the connector's directory. Nothing may be there.
    to: String,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "file.move",
        summary: "Moves a file or a directory of the connector; content and mode stay.",
        outputs: vec![],
        example: "uses: file.move\nwith: { from: source_x/manifest.yaml, to: manifest.yaml }",
    };
    Action::edit(description, |with: &With, _, overlay| {
        let (from, to) = (overlay.locate(&with.from)?, overlay.locate(&with.to)?);
        if to.below(&from).is_some() {
            let message = format!("{from} cannot be moved into itself ({to})");
            return Err(Failure::new(FailureClass::Edit, message).cause("a directory cannot be moved into itself"));
        }
        let files = match overlay.read(&from)? {
            Some(file) => vec![(from.clone(), file)],
            None => overlay.files_below(&from)?.into_iter().collect(),
        };
        move_all(overlay, &from, &to, files)
    })
}

fn move_all(
    overlay: &mut Overlay,
    from: &RepoPath,
    to: &RepoPath,
    files: Vec<(RepoPath, TreeFile)>,
) -> Result<StepResult, Failure> {
    if files.is_empty() {
        // Moved before: the source is gone and the target is there.
        if overlay.exists(to)? {
            return Ok(unchanged(format!("{} is at its new place", to.file_name())));
        }
        return Err(OverlayError::Missing { path: from.clone() }.into());
    }
    if from == to {
        return Ok(unchanged(format!("{} is at its new place", to.file_name())));
    }
    if overlay.exists(to)? {
        let message = format!("{to} is there already");
        return Err(Failure::new(FailureClass::Edit, message)
            .cause("the target of the move is there already")
            .hint("remove it in an earlier step, or move to another path"));
    }
    let moved = files.len();
    for (path, file) in files {
        let target = match path.below(from) {
            Some(rest) => to.join(rest).map_err(OverlayError::from)?,
            None => to.clone(),
        };
        overlay.remove(&path)?;
        overlay.put(&target, file)?;
    }
    Ok(changed(format!("move {} to {} ({})", from.file_name(), to.file_name(), count(moved, "file"))))
}
