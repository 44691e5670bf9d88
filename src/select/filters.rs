//! The filters, as a workflow or a command line gives them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::RepoPath;
use crate::connector::{PatternError, Patterns};
use crate::diagnostic::{Diagnostic, SourceText};
use crate::expression::Expression;
use crate::workflow::Selection;

/// Where filters were given; messages spell them as they are written there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// `connectors:` of a workflow file.
    Workflow,
    /// Options.
    #[default]
    CommandLine,
}

impl Origin {
    /// A filter with its value, as it is written there: `--language python`, `language: python`.
    pub fn spelling(self, filter: &str, value: &str) -> String {
        match self {
            Self::Workflow => format!("`{filter}: {value}` of the workflow"),
            Self::CommandLine => format!("`--{filter} {value}`"),
        }
    }
}

/// A condition that must be true of a connector.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The condition.
    pub expression: Expression,
    /// The text that it stands in.
    pub source: Arc<SourceText>,
    /// The byte of the text at which it begins.
    pub offset: usize,
}

impl Condition {
    /// Parses a condition that is a text of its own, such as the value of an option, which is called `name`.
    pub fn parse(name: &str, text: &str) -> Result<Self, Box<Diagnostic>> {
        let source = SourceText::new(name, text);
        match Expression::parse(text) {
            Ok(expression) => Ok(Self { expression, source, offset: 0 }),
            Err(error) => Err(Box::new(error.diagnostic(&source, 0))),
        }
    }
}

/// A list of names that must hold the connector's, for `--only @FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Only {
    /// Names, technical names or paths.
    pub names: Vec<String>,
    /// Where the list comes from, such as `@failed.txt`.
    pub origin: String,
}

/// Filters from one place. Each that is given must be passed; an empty list is a filter that is not given.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// Where they were given.
    pub origin: Origin,
    /// Globs on the name, the technical name or the path; `!` takes away.
    pub names: Patterns,
    /// Languages, one of which must be the connector's.
    pub language: Vec<String>,
    /// Support levels, one of which must be the connector's.
    pub support_level: Vec<String>,
    /// Conditions, all of which must hold.
    pub where_: Vec<Condition>,
    /// Names, one of which must be the connector's.
    pub only: Option<Only>,
    /// Changed paths of the repository: one in the connector's directory selects it, unless it is a `.md` file,
    /// since a page that is edited is no reason to build and publish anything.
    pub modified: Option<BTreeSet<RepoPath>>,
    /// How many of the selected connectors, by name, are kept. Of several limits the smallest counts.
    pub limit: Option<usize>,
}

impl Filters {
    /// The filters of a workflow file. The file's own checks find the same errors, and know their places better.
    pub fn of_workflow(selection: &Selection) -> Result<Self, Box<Diagnostic>> {
        let unreadable = |error: PatternError| Box::new(Diagnostic::error("pattern", error.to_string()));
        let condition = selection.where_.as_deref().map(|text| Condition::parse("where", text)).transpose()?;
        Ok(Self {
            origin: Origin::Workflow,
            names: Patterns::new(&selection.names).map_err(unreadable)?,
            language: selection.language.clone(),
            support_level: selection.support_level.clone(),
            where_: condition.into_iter().collect(),
            ..Self::default()
        })
    }
}
