//! Arguments that several verbs share.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use crate::workflow::{ForgeKind, is_fork};

/// Which repository and commit.
#[derive(Debug, Clone, Args)]
pub(super) struct Place {
    /// The repository: a work tree, a directory in one, or a bare repository.
    #[arg(long, value_name = "DIR", default_value = ".", global = false)]
    pub(super) repo: Utf8PathBuf,
}

/// The commit whose files are read.
#[derive(Debug, Clone, Args)]
pub(super) struct Base {
    /// The revision whose files are migrated.
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub(super) base: String,
}

/// Which connectors. All filters that are given must be passed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which connectors")]
pub(super) struct Selection {
    /// Name of a connector, globs allowed, `!` takes away (may be repeated).
    #[arg(long, value_name = "GLOB")]
    pub(super) name: Vec<String>,
    /// Language: python, low-code, java, manifest-only (may be repeated).
    #[arg(long, value_name = "LANGUAGE", value_delimiter = ',')]
    pub(super) language: Vec<String>,
    /// Support level, such as certified (may be repeated).
    #[arg(long, value_name = "LEVEL", value_delimiter = ',')]
    pub(super) support_level: Vec<String>,
    /// An expression over the metadata, such as "data.supportLevel == 'certified'" (may be repeated).
    #[arg(long, value_name = "EXPR")]
    pub(super) metadata_query: Vec<String>,
    /// Connectors with files changed since REV, the base branch of the remote if not given.
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "")]
    pub(super) modified: Option<String>,
    /// Connectors named in a file, one on each line (`@-` reads standard input).
    #[arg(long, value_name = "@FILE")]
    pub(super) only: Option<String>,
    /// At most this many, by name.
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
}

impl Selection {
    /// Whether any filter is given.
    pub(super) fn is_given(&self) -> bool {
        let Self { name, language, support_level, metadata_query, modified, only, limit } = self;
        let lists = [name, language, support_level, metadata_query];
        lists.iter().any(|list| !list.is_empty()) || modified.is_some() || only.is_some() || limit.is_some()
    }
}

/// A repository, a commit in it, and which of its connectors.
#[derive(Debug, Clone, Args)]
pub(super) struct Target {
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) base: Base,
    #[command(flatten)]
    pub(super) selection: Selection,
    #[command(flatten)]
    pub(super) output: Output,
}

/// A run of a repository.
#[derive(Debug, Clone, Args)]
pub(super) struct RunTarget {
    /// The run: its id or the beginning of it; the newest if not given.
    pub(super) run: Option<String>,
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Which workflow, and its inputs.
#[derive(Debug, Clone, Args)]
pub(super) struct WorkflowArguments {
    /// A workflow file, or the name of one in `workflows/` or built in.
    #[arg(value_name = "WORKFLOW")]
    pub(super) workflow: String,
    /// An input of the workflow (may be repeated).
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) input: Vec<String>,
    /// Today, for changelogs and commits.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) date: Option<jiff::civil::Date>,
    #[command(flatten)]
    pub(super) publishing: Publishing,
}

/// Where a run publishes, as far as the command line says it; the rest is the workflow's to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(super) struct Publishing {
    /// Where pull requests are opened; what the workflow says if not given, and `local` if it says nothing.
    #[arg(long, value_name = "FORGE", value_parser = forge)]
    pub(super) forge: Option<ForgeKind>,
    /// The remote to push to, by name or address.
    #[arg(long, value_name = "REMOTE")]
    pub(super) remote: Option<String>,
    /// Push to this account's fork instead, and open the pull requests from there: its owner, or `owner/name`.
    #[arg(long, value_name = "OWNER", value_parser = fork)]
    pub(super) fork: Option<String>,
}

pub(super) fn forge(name: &str) -> Result<ForgeKind, String> {
    let known = ForgeKind::ALL.into_iter().find(|(known, _)| *known == name);
    known.map(|(_, kind)| kind).ok_or_else(|| "it is `local` or `github`".to_owned())
}

fn fork(text: &str) -> Result<String, String> {
    let sound = is_fork(text).then(|| text.to_owned());
    sound.ok_or_else(|| "it is the account that has the fork, or `owner/name`".to_owned())
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// One documented JSON object.
    Json,
}

/// How the answer is written.
#[derive(Debug, Clone, Args)]
pub(super) struct Output {
    /// The form of the answer.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) format: Format,
}

impl Output {
    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }
}
