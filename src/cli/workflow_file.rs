//! Finding and loading the workflow that a command names.

use camino::Utf8Path;

use crate::action;
use crate::base::{RepoPath, Tree as _, closest, sentence_list};
use crate::diagnostic::Severity;
use crate::workflow::{Workflow, load_bytes};

use super::context::Context;
use super::failed::Failed;
use super::terminal;

/// The workflows that come with cutover.
const BUILT_IN: [(&str, &str); 6] = [
    ("build-and-test", include_str!("../../workflows/build-and-test.yaml")),
    ("bump-version", include_str!("../../workflows/bump-version.yaml")),
    ("migrate-to-base-image", include_str!("../../workflows/migrate-to-base-image.yaml")),
    ("remove-file", include_str!("../../workflows/remove-file.yaml")),
    ("set-metadata", include_str!("../../workflows/set-metadata.yaml")),
    ("upgrade-base-image", include_str!("../../workflows/upgrade-base-image.yaml")),
];

/// A workflow's text, and what to call it.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// The file at a path, the one of that name in `workflows/`, or the built-in one of that name.
pub(super) fn find(workflow: &str, context: Option<&Context>) -> Result<Found, Failed> {
    let path = Utf8Path::new(workflow);
    if path.is_file() {
        return read(path, workflow);
    }
    let is_path = workflow.contains('/') || path.extension().is_some();
    if !is_path {
        for extension in ["yaml", "yml"] {
            let relative = format!("workflows/{workflow}.{extension}");
            if let Some(found) = context.map(|context| in_repository(context, &relative)).transpose()?.flatten() {
                return Ok(found);
            }
        }
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == workflow) {
            return Ok(Found { name: format!("{name} (built in)"), bytes: text.as_bytes().to_vec() });
        }
    }
    if path.is_dir() {
        return Err(Failed::usage(format!("{workflow} is a directory, not a workflow file")));
    }
    let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    let failed = Failed::usage(format!("there is no workflow `{workflow}`"));
    Err(match closest(workflow, names.iter().copied()) {
        Some(close) => failed.hint(format!("did you mean `{close}`?")),
        None => failed.hint(format!(
            "give the path of a file, the name of one in `workflows/` of the repository, or a built-in one: {}",
            sentence_list(&names)
        )),
    })
}

/// Whether a workflow can be named so: it is in `workflows/` of this working tree, or built in.
pub(super) fn is_known(name: &str, repo: &Utf8Path) -> bool {
    let has = |extension: &str| repo.join(format!("workflows/{name}.{extension}")).is_file();
    has("yaml") || has("yml") || BUILT_IN.iter().any(|(known, _)| *known == name)
}

fn read(path: &Utf8Path, name: &str) -> Result<Found, Failed> {
    let bytes = std::fs::read(path).map_err(|error| Failed::usage(format!("failed to read {name}: {error}")))?;
    Ok(Found { name: name.to_owned(), bytes })
}

/// In the work tree, as its author edits it; else in the base commit.
fn in_repository(context: &Context, relative: &str) -> Result<Option<Found>, Failed> {
    if let Some(work_tree) = context.repository.work_tree() {
        let path = work_tree.join(relative);
        if path.is_file() {
            return read(&path, relative).map(Some);
        }
    }
    let Ok(path) = RepoPath::new(relative) else { return Ok(None) };
    let file = context.tree.read(&path).map_err(|error| Failed::usage(error.to_string()))?;
    Ok(file.map(|file| Found { name: relative.to_owned(), bytes: file.bytes.to_vec() }))
}

/// Loads a workflow: warnings are shown, errors end the command, all of them at once.
pub(super) fn load(found: &Found) -> Result<Workflow, Failed> {
    let loaded = load_bytes(&found.name, &found.bytes, &action::specs());
    let mut diagnostics = loaded.diagnostics;
    if let Some(workflow) = loaded.workflow {
        terminal::warn(&diagnostics);
        return Ok(workflow);
    }
    diagnostics.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity == Severity::Error));
    Err(Failed::diagnostics(diagnostics))
}
