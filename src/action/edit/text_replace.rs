//! `text.replace`: replaces text in a file of the connector, literally or by a regular expression.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::failure::in_file;
use crate::action::{Action, Description, changed, unchanged};
use crate::base::count;
use crate::edit::text::{self, Pattern};
use crate::event::{Failure, FailureClass, StepResult};
use crate::workflow::OutputSpec;

/// What `text.replace` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The file, relative to the connector's directory.
    file: String,
    /// What to look for: this very text, or a regular expression with `regex: true`.
    find: String,
    /// What to put in its place; with `regex: true`, `$1` and `${name}` stand for groups.
    replace: String,
    /// Whether `find` is a regular expression (the syntax of the `regex` crate, multi-line: `^` and `$` match at lines).
    #[serde(default)]
    regex: bool,
    /// How many places there must be. Without it any number will do, none included. A file in which this very text was
    /// replaced before is left as it is; with `regex: true` that cannot be told, and it is refused.
    count: Option<usize>,
    /// Whether a file that is not there is no error.
    #[serde(default)]
    optional: bool,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "text.replace",
        summary: "Replaces text in a file of the connector, literally or by a regular expression.",
        outputs: vec![OutputSpec { name: "count", kind: "integer", description: "How many places were replaced." }],
        example: "uses: text.replace\nwith: { file: setup.py, find: 'airbyte-cdk~=0.1', replace: 'airbyte-cdk~=0.2', count: 1 }",
    };
    Action::edit(description, |with: &With, _, overlay| {
        let path = overlay.locate(&with.file)?;
        if with.optional && overlay.regular(&path)?.is_none() {
            return Ok(counted(unchanged(format!("there is no {}", path.file_name())), 0));
        }
        let before = overlay.text(&path)?;
        let pattern = if with.regex {
            Pattern::regex(&with.find).map_err(|error| Failure {
                hint: error.hint(),
                ..Failure::new(FailureClass::Expression, error.to_string())
            })?
        } else {
            Pattern::literal(&with.find)
        };
        // Done before: the old text is gone and the new one is there as often as it should be.
        let done = |wanted: usize| !with.regex && !with.find.is_empty() && already_done(&before, with, wanted);
        if with.count.is_some_and(done) {
            return Ok(counted(unchanged(format!("{} has the new text already", path.file_name())), 0));
        }
        let (edit, places) =
            text::replace(&before, &pattern, &with.replace, with.count).map_err(|error| in_file(&path, &error))?;
        let name = path.file_name();
        Ok(if edit.changed() {
            overlay.write(&path, edit.text.into_bytes())?;
            counted(changed(format!("replace {} in {name}", count(places, "place"))), places)
        } else {
            counted(unchanged(format!("nothing to replace in {name}")), places)
        })
    })
}

/// The result with its output.
fn counted(mut result: StepResult, places: usize) -> StepResult {
    result.outputs.insert("count".to_owned(), places.into());
    result
}

fn already_done(text: &str, with: &With, wanted: usize) -> bool {
    let find_is_new_text_too = with.replace.contains(&with.find);
    let replaced = !with.replace.is_empty() && text.matches(&with.replace).count() == wanted;
    replaced && (find_is_new_text_too || !text.contains(&with.find))
}
