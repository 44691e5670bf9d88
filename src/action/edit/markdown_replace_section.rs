//! `markdown.replace-section`: replaces a section of a Markdown file of the connector.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Description, changed, unchanged};
use crate::edit::markdown::{Heading, MarkdownError, Which, replace_section};
use crate::event::{Failure, FailureClass};

/// What `markdown.replace-section` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The file, relative to the connector's directory.
    file: String,
    /// The section's heading as it is written, such as `#### Build`.
    heading: String,
    /// The heading that ends the section; without it, the next heading of the same or a higher rank.
    until: Option<String>,
    /// Which section is meant where several have the heading.
    #[serde(default)]
    which: Choice,
    /// What stands in its place, heading included. Empty removes the section.
    content: String,
    /// Whether a file that is not there is no error.
    #[serde(default)]
    optional: bool,
}

/// Which section is meant where several have the heading.
#[derive(Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    /// There must be one only.
    #[default]
    Only,
    /// The first.
    First,
    /// The last.
    Last,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "markdown.replace-section",
        summary: "Replaces a section of a Markdown file, its heading included; everything else stays.",
        outputs: vec![],
        example: "uses: markdown.replace-section\nwith:\n  file: README.md\n  heading: '#### Build'\n  until: '#### Run'\n  which: last\n  content: |\n    #### Build\n    Use `make image`.",
    };
    Action::edit(description, |with: &With, _, overlay| {
        let path = overlay.locate(&with.file)?;
        if with.optional && overlay.regular(&path)?.is_none() {
            return Ok(unchanged(format!("there is no {}", path.file_name())));
        }
        let text = overlay.text(&path)?;
        let failure = |error: MarkdownError| {
            Failure::new(FailureClass::Edit, format!("{path}: {error}")).cause(error.to_string()).hint(error.hint())
        };
        let heading: Heading = with.heading.parse().map_err(failure)?;
        let until: Option<Heading> = with.until.as_deref().map(str::parse).transpose().map_err(failure)?;
        let which = match with.which {
            Choice::Only => Which::Only,
            Choice::First => Which::First,
            Choice::Last => Which::Last,
        };
        let edit = replace_section(&text, &heading, until.as_ref(), which, &with.content).map_err(failure)?;
        if !edit.changed() {
            return Ok(unchanged(format!("the section of {} is as wanted", path.file_name())));
        }
        overlay.write(&path, edit.text.into_bytes())?;
        Ok(changed(format!("replace section `{}` of {}", with.heading, path.file_name())))
    })
}
