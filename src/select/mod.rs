//! Which connectors a workflow is for, and why each is in or out.
//!
//! Every filter that is given must be passed; one that matches nothing selects nothing and is warned of, so that a
//! misspelt query can never run on everything. Nothing here reads files, except `exists(...)` in a condition.

mod filter;
mod filters;
mod misspelt;
mod warnings;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rayon::prelude::*;

pub use filters::{Condition, Filters, Only, Origin};

use crate::base::Tree;
use crate::connector::Connector;
use crate::diagnostic::Diagnostic;
use crate::expression::Scope;
use filter::{Filter, Verdict};

/// A connector with the decision about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The connector.
    pub connector: Connector,
    /// Whether it is in.
    pub selected: bool,
    /// Why it is in or out, as a fragment of a sentence.
    pub reason: String,
}

/// Every connector with the decision about it, in the order of their names.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// All connectors, selected or not.
    pub connectors: Vec<Listed>,
    /// What is suspicious about the filters: misspelt keys, values that nobody has, conditions that could not be
    /// evaluated, filters that match nothing.
    pub warnings: Vec<Diagnostic>,
}

impl Listing {
    /// The connectors that are in.
    pub fn selected(&self) -> impl Iterator<Item = &Connector> {
        self.connectors.iter().filter(|listed| listed.selected).map(|listed| &listed.connector)
    }
}

/// Decides about each connector. All filters must be passed; `inputs` are the names that conditions can read beside
/// `data`, `metadata` and `connector`.
pub fn select(connectors: Vec<Connector>, filters: &[Filters], inputs: &Scope) -> Listing {
    decide(connectors, filters, inputs, None)
}

/// Decides about each connector, with files: `exists('Dockerfile')` in a condition looks into the connector's
/// directory in this tree.
pub fn select_in(tree: &Arc<dyn Tree>, connectors: Vec<Connector>, filters: &[Filters], inputs: &Scope) -> Listing {
    decide(connectors, filters, inputs, Some(tree))
}

fn decide(connectors: Vec<Connector>, given: &[Filters], inputs: &Scope, tree: Option<&Arc<dyn Tree>>) -> Listing {
    let filters: Vec<Filter<'_>> = given.iter().flat_map(filter::all).collect();
    let verdicts: Vec<Vec<Verdict>> = connectors
        .par_iter()
        .map(|connector| {
            let mut verdicts: Vec<Verdict> = filters.iter().map(|filter| filter.check(connector)).collect();
            // Conditions cost most, and their errors are of interest only for connectors that are asked.
            if verdicts.iter().all(|verdict| !verdict.is_out()) && filters.iter().any(Filter::is_condition) {
                let scope = connector.scope(with_files(inputs.clone(), connector, tree));
                for (verdict, filter) in verdicts.iter_mut().zip(&filters) {
                    *verdict = filter.evaluate(connector, &scope).unwrap_or_else(|| verdict.clone());
                }
            }
            verdicts
        })
        .collect();
    let warnings = warnings::all(&connectors, &filters, &verdicts, inputs);
    let listed = connectors.into_iter().zip(verdicts).map(|(connector, verdicts)| listed(connector, &verdicts));
    let mut listing = Listing { connectors: listed.collect(), warnings };
    if let Some((limit, origin)) = smallest_limit(given) {
        cut(&mut listing.connectors, limit, origin);
    }
    listing
}

fn with_files(scope: Scope, connector: &Connector, tree: Option<&Arc<dyn Tree>>) -> Scope {
    let Some(tree) = tree.map(Arc::clone) else { return scope };
    let directory = connector.path.clone();
    scope.exists(Arc::new(move |path| {
        // A path that leaves the repository is not there.
        directory.join(path).is_ok_and(|path| tree.mode(&path).is_ok_and(|mode| mode.is_some()))
    }))
}

fn listed(connector: Connector, verdicts: &[Verdict]) -> Listed {
    let mut reasons = Vec::new();
    for verdict in verdicts {
        match verdict {
            Verdict::In(reason) => reasons.push(reason.as_str()),
            Verdict::Out(reason) | Verdict::Failed { reason, .. } => {
                return Listed { selected: false, reason: reason.clone(), connector };
            }
            Verdict::NotAsked => {}
        }
    }
    let mut reason = if reasons.is_empty() { "no filter is given".to_owned() } else { reasons.join(", ") };
    if let Err(error) = &connector.metadata {
        reason = format!("{reason}, but {error}");
    }
    Listed { selected: true, reason, connector }
}

fn smallest_limit(filters: &[Filters]) -> Option<(usize, Origin)> {
    filters.iter().filter_map(|filters| Some((filters.limit?, filters.origin))).min_by_key(|(limit, _)| *limit)
}

fn cut(connectors: &mut [Listed], limit: usize, origin: Origin) {
    for listed in connectors.iter_mut().filter(|listed| listed.selected).skip(limit) {
        listed.selected = false;
        listed.reason = format!("left out by {}", origin.spelling("limit", &limit.to_string()));
    }
}
