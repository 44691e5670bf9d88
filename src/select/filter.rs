//! One filter and what it says about one connector.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Condition, Filters, Only, Origin};
use crate::base::{RepoPath, count};
use crate::connector::{Connector, Patterns};
use crate::expression::Scope;

/// What a filter says about a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It passes, for this reason.
    In(String),
    /// It does not, for this reason.
    Out(String),
    /// The condition has no value for it.
    Failed {
        /// The reason as the listing gives it.
        reason: String,
        /// What to count it under.
        cause: String,
    },
    /// A condition that has not been evaluated, because the connector is out anyway.
    NotAsked,
}

impl Verdict {
    pub(super) fn is_out(&self) -> bool {
        matches!(self, Self::Out(_) | Self::Failed { .. })
    }

    pub(super) fn is_in(&self) -> bool {
        matches!(self, Self::In(_))
    }
}

/// One filter with where it was given.
pub(super) struct Filter<'a> {
    pub(super) origin: Origin,
    pub(super) kind: Kind<'a>,
}

pub(super) enum Kind<'a> {
    Only {
        given: &'a Only,
        names: HashSet<&'a str>,
    },
    Names(&'a Patterns),
    Language(&'a [String]),
    SupportLevel(&'a [String]),
    /// For each directory the first changed file below it, and how many there are.
    Modified(HashMap<&'a str, (&'a RepoPath, usize)>),
    Where(&'a Condition),
}

/// The filters that are given, the cheapest first.
pub(super) fn all(given: &Filters) -> Vec<Filter<'_>> {
    let mut kinds = Vec::new();
    if let Some(only) = &given.only {
        kinds.push(Kind::Only { given: only, names: only.names.iter().map(String::as_str).collect() });
    }
    if !given.names.is_empty() {
        kinds.push(Kind::Names(&given.names));
    }
    if !given.language.is_empty() {
        kinds.push(Kind::Language(&given.language));
    }
    if !given.support_level.is_empty() {
        kinds.push(Kind::SupportLevel(&given.support_level));
    }
    if let Some(paths) = &given.modified {
        kinds.push(Kind::Modified(by_directory(paths)));
    }
    kinds.extend(given.where_.iter().map(Kind::Where));
    kinds.into_iter().map(|kind| Filter { origin: given.origin, kind }).collect()
}

/// The changed files that select, by every directory above them.
fn by_directory(paths: &BTreeSet<RepoPath>) -> HashMap<&str, (&RepoPath, usize)> {
    let mut directories: HashMap<&str, (&RepoPath, usize)> = HashMap::new();
    for path in paths.iter().filter(|path| !is_page(path)) {
        for (slash, _) in path.as_str().match_indices('/') {
            directories.entry(&path.as_str()[..slash]).or_insert((path, 0)).1 += 1;
        }
    }
    directories
}

fn is_page(path: &RepoPath) -> bool {
    path.file_name().to_ascii_lowercase().ends_with(".md")
}

impl Filter<'_> {
    pub(super) fn is_condition(&self) -> bool {
        matches!(self.kind, Kind::Where(_))
    }

    /// The filter as it was written.
    pub(super) fn spelling(&self) -> String {
        match &self.kind {
            Kind::Only { given, .. } => self.origin.spelling("only", &given.origin),
            Kind::Names(patterns) => {
                self.origin.spelling(self.option("names", "name"), &patterns.texts().collect::<Vec<_>>().join(", "))
            }
            Kind::Language(languages) => self.origin.spelling("language", &languages.join(", ")),
            Kind::SupportLevel(levels) => self.origin.spelling("support-level", &levels.join(", ")),
            Kind::Modified(_) => "`--modified`".to_owned(),
            Kind::Where(condition) => {
                self.origin.spelling(self.option("where", "metadata-query"), condition.expression.source())
            }
        }
    }

    fn option<'s>(&self, in_workflow: &'s str, option: &'s str) -> &'s str {
        match self.origin {
            Origin::Workflow => in_workflow,
            Origin::CommandLine => option,
        }
    }

    /// What the filter says without evaluating anything.
    pub(super) fn check(&self, connector: &Connector) -> Verdict {
        match &self.kind {
            Kind::Only { given, names } if connector.names().iter().any(|name| names.contains(name)) => {
                Verdict::In(format!("listed in {}", given.origin))
            }
            Kind::Only { given, .. } => Verdict::Out(format!("not listed in {}", given.origin)),
            Kind::Names(patterns) if patterns.accept(&connector.names()) => Verdict::In("its name matches".to_owned()),
            Kind::Names(_) => Verdict::Out(format!("its name does not match {}", self.spelling())),
            Kind::Language(wanted) => one_of("language", connector.language.as_deref(), wanted),
            Kind::SupportLevel(wanted) => match &connector.metadata {
                Err(error) => Verdict::Out(error.to_string()),
                Ok(_) => one_of("support level", connector.support_level.as_deref(), wanted),
            },
            Kind::Modified(directories) => match directories.get(connector.path.as_str()) {
                Some((first, 1)) => Verdict::In(format!("changed: {}", within(connector, first))),
                Some((first, all)) => {
                    let others = count(all - 1, "other file");
                    Verdict::In(format!("changed: {} and {others}", within(connector, first)))
                }
                None => Verdict::Out("none of its files changed, pages aside".to_owned()),
            },
            Kind::Where(_) => Verdict::NotAsked,
        }
    }

    /// What a condition says; `None` for the other filters.
    pub(super) fn evaluate(&self, connector: &Connector, scope: &Scope) -> Option<Verdict> {
        let Kind::Where(condition) = &self.kind else { return None };
        let source = condition.expression.source();
        // A condition that does not look at the metadata has a value without it.
        Some(match condition.expression.is_true(scope) {
            Ok(true) => Verdict::In(format!("`{source}` is true")),
            Ok(false) => Verdict::Out(format!("`{source}` is false")),
            Err(error) => {
                let cause = match &connector.metadata {
                    Err(_) => "its metadata cannot be read".to_owned(),
                    Ok(_) => error.to_string(),
                };
                let why = connector.metadata.as_ref().err().map_or_else(|| cause.clone(), ToString::to_string);
                Verdict::Failed { reason: format!("`{source}` cannot be evaluated: {why}"), cause }
            }
        })
    }
}

fn one_of(property: &str, has: Option<&str>, wanted: &[String]) -> Verdict {
    let wanted_list = wanted.join(" or ");
    match has {
        Some(has) if wanted.iter().any(|wanted| wanted == has) => Verdict::In(format!("its {property} is {has}")),
        Some(has) => Verdict::Out(format!("its {property} is {has}, not {wanted_list}")),
        None => Verdict::Out(format!("it has no {property}; asked for {wanted_list}")),
    }
}

fn within<'a>(connector: &Connector, path: &'a RepoPath) -> &'a str {
    path.below(&connector.path).unwrap_or(path.as_str())
}
