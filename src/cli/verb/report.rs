//! `cutover report`: a run as a document for a page, a comment, a CI system, a spreadsheet or a script.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use crate::cli::arguments::Place;
use crate::cli::failed::Failed;
use crate::cli::look::Look;
use crate::cli::{Exit, out_file, terminal};
use crate::report::export::{Format, export};

/// What `report` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The run: its id or the beginning of it; the newest if not given.
    run: Option<String>,
    #[command(flatten)]
    place: Place,
    /// The form of the report; if not given, what the name of the file asks for, or else markdown.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<Form>,
    /// Where to write it, in one go: a file that is there is replaced when the report is whole. Standard output if not
    /// given.
    #[arg(long, value_name = "FILE")]
    out: Option<Utf8PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// For the summary of a CI step, or a comment.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// XML that CI systems read: a test case for each connector, and the connectors' own tests.
    Junit,
    /// For spreadsheets, a record for each connector.
    Csv,
    /// One documented JSON object.
    Json,
}

impl From<Form> for Format {
    fn from(form: Form) -> Self {
        match form {
            Form::Markdown => Self::Markdown,
            Form::Html => Self::Html,
            Form::Junit => Self::Junit,
            Form::Csv => Self::Csv,
            Form::Json => Self::Json,
        }
    }
}

/// The format that is asked for, by word or by the file's name.
fn format(form: Option<Form>, out: Option<&Utf8PathBuf>) -> Format {
    let of_file = || out.and_then(|file| file.extension()).and_then(Format::of_extension);
    form.map(Format::from).or_else(of_file).unwrap_or(Format::Markdown)
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let look = Look::at(&arguments.place, arguments.run.as_deref())?;
    let format = format(arguments.format, arguments.out.as_ref());
    // Only these two tell of single tests; for the others the files need not be read.
    let kept = if matches!(format, Format::Junit | Format::Html) { look.kept() } else { Vec::new() };
    let report = export(&look.facts(), &kept, format);
    match &arguments.out {
        Some(file) => {
            out_file::write(file, &report)?;
            terminal::say(&format!("cutover: wrote {file}"));
        }
        None => terminal::answer(&report)?,
    }
    Ok(look.exit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(form: Option<Form>, out: Option<&str>) -> Format {
        format(form, out.map(Utf8PathBuf::from).as_ref())
    }

    #[test]
    fn the_word_counts_before_the_name_of_the_file_and_markdown_is_what_is_left() {
        assert_eq!(asked(Some(Form::Csv), Some("report.html")), Format::Csv);
        assert_eq!(asked(None, Some("out/report.HTML")), Format::Html);
        assert_eq!(asked(None, Some("results.xml")), Format::Junit);
        assert_eq!(asked(None, Some("report")), Format::Markdown);
        assert_eq!(asked(None, None), Format::Markdown);
    }
}
