//! A run as a document for somewhere else: a page, a comment, a CI system, a spreadsheet, a script.
//!
//! Every selected connector has exactly one row (test case, record, object) in every format. All texts come from the
//! run's state, in which secrets are masked; logs are not read. Names, messages and ends of logs were written by
//! others, so each format escapes them in its own way. Where the document goes is the caller's.

mod csv;
mod html;
mod junit;
mod kept;
mod markdown;
mod outcome;
mod sheet;
mod story;

#[cfg(test)]
mod tests;

use super::run::{self, Facts};
use sheet::Sheet;

pub use kept::KeptResults;

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// GitHub-flavoured Markdown, for the summary of a CI step or a comment.
    Markdown,
    /// One page that needs nothing else: no network, no script to be read.
    Html,
    /// JUnit's XML: a suite with one test case for each connector, all of them good exactly if the exit code of
    /// `cutover report` is 0; then the suites of the connectors' own tests.
    Junit,
    /// Comma-separated values by RFC 4180, one record for each connector.
    Csv,
    /// The object `cutover.report/1`, with the keys of `cutover.status/1`.
    Json,
}

impl Format {
    /// The format that a file's name asks for by its extension.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "xml" => Some(Self::Junit),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// The report of a run, with the results of its connectors' tests. It ends with a line break.
pub fn export(facts: &Facts<'_>, kept: &[KeptResults], format: Format) -> String {
    if format == Format::Json {
        return format!("{:#}\n", run::json("report", facts));
    }
    let sheet = Sheet::of(facts);
    match format {
        Format::Markdown => markdown::page(&sheet),
        Format::Html => html::page(&sheet, kept),
        Format::Junit => junit::document(&sheet, kept),
        Format::Csv | Format::Json => csv::records(&sheet),
    }
}
