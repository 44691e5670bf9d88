//! Why a changelog was left alone, in words for the person who has to mend it.

use semver::Version;

/// A reason to refuse the row. Nothing was changed; lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangelogError {
    /// No table and no line that looks like the header of one.
    #[error("the page has no changelog table")]
    NoTable,
    /// A header without a delimiter row below it.
    #[error("the changelog's header (line {header}) is not followed by a delimiter row, so it is not a table")]
    DelimiterMissing {
        /// The header's line.
        header: usize,
    },
    /// The row below the header means to be a delimiter row and is not one.
    #[error("the row below the changelog's header (line {line}) is not a valid delimiter row: {reason}")]
    DelimiterMalformed {
        /// The line of the would-be delimiter row.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The delimiter row stands further down, so that the first rows are part of no table.
    #[error(
        "the delimiter row of the changelog stands at line {line} instead of directly below the header (line {header})"
    )]
    DelimiterMisplaced {
        /// The header's line.
        header: usize,
        /// The delimiter's line.
        line: usize,
    },
    /// A blank line cuts rows off from their table.
    #[error("a blank line (line {line}) cuts the changelog's rows off from their header (line {header})")]
    RowsDetached {
        /// The header's line.
        header: usize,
        /// The blank line.
        line: usize,
    },
    /// The row beside the new one begins with a pipe and the header does not, or the other way round.
    #[error("the row at line {line} begins {} leading pipe, unlike the changelog's header (line {header})", if *pipe { "with a" } else { "without a" })]
    LeadingPipe {
        /// The header's line.
        header: usize,
        /// The row's line.
        line: usize,
        /// Whether that row begins with a pipe.
        pipe: bool,
    },
    /// The table is not part of what readers see.
    #[error("the changelog table (line {line}) is inside {inside}")]
    Hidden {
        /// The header's line.
        line: usize,
        /// For example "an HTML comment".
        inside: &'static str,
    },
    /// The four columns cannot be told for certain.
    #[error("the columns of the table at line {line} cannot be told for certain: {reason}")]
    Columns {
        /// The header's line.
        line: usize,
        /// Which column is missing, there twice or unknown.
        reason: String,
    },
    /// More than one table, and the headings do not say whose they are.
    #[error(
        "the page has changelog tables at lines {}, and their headings do not tell which is that of {connector}",
        join(lines)
    )]
    SeveralTables {
        /// The headers' lines.
        lines: Vec<usize>,
        /// The connector.
        connector: String,
    },
    /// The only table stands under a heading that names another connector.
    #[error("the changelog table (line {line}) stands under a heading that names {owner}")]
    TableOfAnother {
        /// The header's line.
        line: usize,
        /// The connector that the heading names.
        owner: String,
    },
    /// Rows go up and down alike.
    #[error("the rows of the changelog table (line {line}) are neither newest first nor oldest first")]
    OrderUnclear {
        /// The header's line.
        line: usize,
    },
    /// The row that the new one would stand beside has no version.
    #[error("the newest row (line {line}) has no version that can be read: `{text}`")]
    NewestUnreadable {
        /// The row's line.
        line: usize,
        /// Its version cell.
        text: String,
    },
    /// The changelog has a row for a higher version already.
    #[error("the newest row (line {line}) is for {found}, which is above the new version {version}")]
    NewestIsHigher {
        /// The row's line.
        line: usize,
        /// Its version.
        found: Version,
        /// The version of the new row.
        version: Version,
    },
    /// The changelog has a row for this version that says something else.
    #[error("there is a row for {version} already (line {line}), and it says something else: `{message}`")]
    VersionTaken {
        /// The row's line.
        line: usize,
        /// The version.
        version: Version,
        /// What that row says, shortened.
        message: String,
        /// Whether other connectors use the page too.
        shared: bool,
    },
    /// The message cannot stand in a table row.
    #[error("the changelog message {0}")]
    Message(&'static str),
    /// The pull request or repository address cannot stand in a link.
    #[error("`{0}` cannot stand in the link to a pull request")]
    Link(String),
    /// The page with the row in it did not read as expected; this is a fault of ours or a table nobody foresaw.
    #[error("the row could be inserted at line {line}, but the table did not read as expected afterwards: {reason}")]
    NotVerified {
        /// Where the row would have stood.
        line: usize,
        /// What was different.
        reason: String,
    },
}

fn join(lines: &[usize]) -> String {
    let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
    crate::base::sentence_list(&lines)
}

impl ChangelogError {
    /// The reason without lines and versions, the same for every page that has it: what summaries group by.
    pub fn cause(&self) -> &'static str {
        match self {
            Self::NoTable => "the page has no changelog table",
            Self::DelimiterMissing { .. } => "the changelog's header is not followed by a delimiter row",
            Self::DelimiterMalformed { .. } => "the row below the changelog's header is not a valid delimiter row",
            Self::DelimiterMisplaced { .. } => "the changelog's delimiter row is not directly below the header",
            Self::RowsDetached { .. } => "a blank line cuts the changelog's rows off from their header",
            Self::LeadingPipe { .. } => "the changelog's rows begin unlike its header",
            Self::Hidden { .. } => "the changelog table is not part of what readers see",
            Self::Columns { .. } => "the changelog's columns cannot be told for certain",
            Self::SeveralTables { .. } => "the page has several changelog tables",
            Self::TableOfAnother { .. } => "the changelog table is that of another connector",
            Self::OrderUnclear { .. } => "the changelog's rows are neither newest first nor oldest first",
            Self::NewestUnreadable { .. } => "the changelog's newest row has no version that can be read",
            Self::NewestIsHigher { .. } => "the changelog has a row for a higher version",
            Self::VersionTaken { .. } => "the changelog has another row for the new version",
            Self::Message(_) => "the changelog message cannot stand in a table row",
            Self::Link(_) => "the link to the pull request cannot stand in a table row",
            Self::NotVerified { .. } => "the changelog table did not read as expected with the new row",
        }
    }

    /// What to do about it, as a sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::NoTable => "Add a table to the page: | Version | Date | Pull Request | Subject |, with a delimiter \
                              row below it."
                .to_owned(),
            Self::DelimiterMissing { header } => {
                format!("Put `| :--- | :--- | :--- | :--- |` below line {header}.")
            }
            Self::DelimiterMalformed { line, .. } => {
                format!("Write line {line} with dashes, colons and one cell a column: `| :--- | :--- | :--- | :--- |`.")
            }
            Self::DelimiterMisplaced { header, line } => format!("Move line {line} directly below line {header}."),
            Self::RowsDetached { line, .. } => format!("Remove the blank line {line}."),
            Self::LeadingPipe { .. } => "Let all lines of the table begin in the same way, with a pipe.".to_owned(),
            Self::Hidden { .. } => "Move the table out of it, or add one that readers can see.".to_owned(),
            Self::Columns { .. } => {
                "Name the columns Version, Date, Pull Request and Subject, each once and no others.".to_owned()
            }
            Self::SeveralTables { connector, .. } => {
                format!("Put the connector's name, {connector}, into the heading above its table.")
            }
            Self::TableOfAnother { .. } => {
                "Add a table under a heading that names this connector, or one that names none.".to_owned()
            }
            Self::OrderUnclear { .. } => "Sort the rows, newest first.".to_owned(),
            Self::NewestUnreadable { line, .. } => format!("Write a version such as 0.1.0 into line {line}."),
            Self::NewestIsHigher { found, .. } => format!(
                "Either the page is ahead of the metadata or that row has a misprint; bump above {found}, or mend the \
                 row."
            ),
            Self::VersionTaken { shared: true, .. } => "Other connectors use this page: give their row's message if \
                                                        it is meant, or bump to a version of your own."
                .to_owned(),
            Self::VersionTaken { version, .. } => format!(
                "The page is ahead of the metadata. Release {version} as it is described there, or bump above it."
            ),
            Self::Message(_) => "Give it as one line of plain text.".to_owned(),
            Self::Link(_) => {
                "Use the address of the repository and the number alone, without spaces, brackets and pipes.".to_owned()
            }
            Self::NotVerified { .. } => "Add the row by hand, and please report the page to cutover.".to_owned(),
        }
    }
}
