//! `changelog.add`: adds a row to the changelog table of the connector's documentation page.

use jiff::civil::Date;
use schemars::JsonSchema;
use semver::Version;
use serde::Deserialize;

use crate::action::{Action, Description, Subject, changed, unchanged};
use crate::edit::changelog::{About, Entry, PullRequestNumber, add};
use crate::edit::version::parse;
use crate::event::{Failure, FailureClass};
use crate::expression::is_unknown;
use crate::overlay::Overlay;
use crate::workflow::OutputSpec;

/// Where links to pull requests begin if the profile does not say.
const NO_REPOSITORY: &str = "https://github.com";

/// What `changelog.add` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// What changed, for the readers of the page; one line.
    message: String,
    /// The number of the pull request. Without one its cell stays empty.
    pull_request: Option<Number>,
    /// The version of the row; the connector's version at this moment if not given.
    version: Option<String>,
    /// The date of the row as `YYYY-MM-DD`; the run's date if not given.
    date: Option<String>,
}

/// A number, or text that holds one.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Number {
    /// The number itself.
    Number(u64),
    /// The number as text.
    Text(String),
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "changelog.add",
        summary: "Adds one row, in the table's own style, to the changelog of the connector's documentation page.",
        outputs: vec![OutputSpec { name: "page", kind: "string", description: "The page's path in the repository." }],
        example: "uses: changelog.add\nwith:\n  message: Use the shared base image\n  pull-request: ${{ steps.pull_request.number }}",
    };
    Action::edit(description, |with: &With, subject, overlay| {
        let connector = subject.connector;
        let page = overlay.page().cloned().ok_or_else(|| {
            Failure::new(FailureClass::Edit, format!("{} names no documentation page", connector.metadata_path))
                .cause("its metadata names no documentation page")
        })?;
        if overlay.regular(&page)?.is_none() {
            let message = format!("its documentation page {page} is not there");
            return Err(Failure::new(FailureClass::Edit, message)
                .cause("its documentation page is not there")
                .hint("write the page, or correct the documentation URL in the metadata"));
        }
        let text = overlay.text(&page)?;
        let entry = Entry {
            version: version(with, subject, overlay)?,
            date: date(with, subject)?,
            pull_request: with.pull_request.as_ref().map(number).transpose()?,
            message: with.message.trim().to_owned(),
            repository_url: subject.profile.repository_url().unwrap_or(NO_REPOSITORY).to_owned(),
        };
        let current = connector.version.as_deref().and_then(|version| Version::parse(version).ok());
        let shared: Vec<String> = connector.shares_documentation_with.iter().map(ToString::to_string).collect();
        let about =
            About { connector: &connector.technical_name, shared_with: &shared, current_version: current.as_ref() };
        let added = add(&text, &entry, &about).map_err(|error| {
            Failure::new(FailureClass::Edit, format!("{page}: {error}")).cause(error.cause()).hint(error.hint())
        })?;
        let mut result = if added.edit.changed() {
            overlay.write(&page, added.edit.text.into_bytes())?;
            changed(format!("add a {} of {}", added.detail, page.file_name()))
        } else {
            unchanged(added.detail)
        };
        result.outputs.insert("page".to_owned(), page.as_str().into());
        result.warnings = added.warnings;
        Ok(result)
    })
}

fn version(with: &With, subject: &Subject<'_>, overlay: &Overlay) -> Result<Version, Failure> {
    let text = match &with.version {
        Some(version) => version.clone(),
        None => subject.version_in(overlay)?,
    };
    parse(&text).map_err(|error| {
        Failure::new(FailureClass::Edit, error.to_string())
            .cause("its version is not a semantic version")
            .hint(error.hint())
    })
}

fn date(with: &With, subject: &Subject<'_>) -> Result<Date, Failure> {
    let Some(text) = &with.date else { return Ok(subject.date) };
    text.parse().map_err(|_| {
        Failure::new(FailureClass::Expression, format!("`{text}` is not a date")).hint("write it as YYYY-MM-DD")
    })
}

fn number(number: &Number) -> Result<PullRequestNumber, Failure> {
    match number {
        Number::Number(number) => Ok(PullRequestNumber::Number(*number)),
        Number::Text(text) if is_unknown(text) => Ok(PullRequestNumber::Unknown(text.clone())),
        Number::Text(text) => {
            text.trim().trim_start_matches('#').parse().map(PullRequestNumber::Number).map_err(|_| {
                Failure::new(FailureClass::Expression, format!("`{text}` is not the number of a pull request"))
                    .hint("a placeholder would be merged as it is; give a number or leave it out")
            })
        }
    }
}
