//! What is suspicious about the filters, told once for all connectors.

use std::collections::{BTreeMap, BTreeSet};

use super::filter::{Filter, Kind, Verdict};
use super::{Condition, misspelt};
use crate::base::{closest, count};
use crate::connector::Connector;
use crate::diagnostic::Diagnostic;
use crate::expression::Scope;

/// At most so many names are suggested for; a list that is altogether wrong needs one look, not a thousand lines.
const MAX_NAMES: usize = 10;

/// All warnings. `verdicts` are per connector, in the order of the filters.
pub(super) fn all(
    connectors: &[Connector],
    filters: &[Filter<'_>],
    verdicts: &[Vec<Verdict>],
    inputs: &Scope,
) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for (index, filter) in filters.iter().enumerate() {
        let of_filter: Vec<&Verdict> = verdicts.iter().map(|verdicts| &verdicts[index]).collect();
        warnings.extend(values(connectors, filter));
        if let Kind::Where(condition) = &filter.kind {
            let misspelt = misspelt::keys(connectors, condition, inputs);
            // What no connector has needs no counting.
            let explained = |failures: &Diagnostic| {
                misspelt.iter().any(|slip| slip.message.split('`').nth(1) == failures.message.split('`').nth(1))
            };
            let failures = failures(condition, &of_filter).filter(|failures| !explained(failures));
            warnings.extend(misspelt);
            warnings.extend(failures);
        }
        warnings.extend(empty(filter, &of_filter));
    }
    let some_pass_each = warnings.iter().all(|warning| warning.code != EMPTY);
    let none_passes_all = !verdicts.iter().any(|verdicts| verdicts.iter().all(Verdict::is_in));
    if filters.len() > 1 && some_pass_each && none_passes_all && !connectors.is_empty() {
        let spellings: Vec<String> = filters.iter().map(Filter::spelling).collect();
        let message =
            format!("no connector passes {} together, so none is selected", crate::base::sentence_list(&spellings));
        warnings.push(Diagnostic::warning("empty-selection", message));
    }
    warnings.extend(unreadable(connectors));
    if connectors.is_empty() {
        warnings.push(Diagnostic::warning("no-connectors", "the repository has no connectors"));
    }
    warnings
}

/// The connectors whose metadata cannot be read.
fn unreadable(connectors: &[Connector]) -> Option<Diagnostic> {
    let broken: Vec<String> =
        connectors.iter().filter_map(|connector| connector.metadata.as_ref().err().map(ToString::to_string)).collect();
    let (first, others) = broken.split_first()?;
    let message = match others.len() {
        0 => first.clone(),
        others => format!("{first}; {} cannot be read either", count(others, "other metadata file")),
    };
    let hint = "Such a connector is selected by its name, language and files only, and fails when it is worked on.";
    Some(Diagnostic::warning("unreadable-metadata", message).hint(hint))
}

/// The code of the warning that a filter matches nothing.
const EMPTY: &str = "empty-filter";

/// A filter that matches nothing.
fn empty(filter: &Filter<'_>, verdicts: &[&Verdict]) -> Option<Diagnostic> {
    let asked = verdicts.iter().filter(|verdict| !matches!(verdict, Verdict::NotAsked)).count();
    if asked == 0 || verdicts.iter().any(|verdict| verdict.is_in()) {
        return None;
    }
    let of = match &filter.kind {
        Kind::Where(_) if asked < verdicts.len() => {
            format!("none of the {} that the other filters leave", count(asked, "connector"))
        }
        _ => "no connector".to_owned(),
    };
    let warning = Diagnostic::warning(EMPTY, format!("{} matches {of}, so none is selected", filter.spelling()));
    Some(match &filter.kind {
        Kind::Where(condition) => at(warning, condition, 0..condition.expression.source().len()),
        _ => warning,
    })
}

/// The connectors for which a condition has no value, with the commonest reasons.
fn failures(condition: &Condition, verdicts: &[&Verdict]) -> Option<Diagnostic> {
    let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
    for verdict in verdicts {
        if let Verdict::Failed { cause, .. } = verdict {
            *causes.entry(cause).or_default() += 1;
        }
    }
    let failed: usize = causes.values().sum();
    let mut causes: Vec<(&str, usize)> = causes.into_iter().collect();
    causes.sort_by_key(|&(_, number)| std::cmp::Reverse(number));
    let (commonest, _) = *causes.first()?;
    let told: Vec<String> = match causes.as_slice() {
        [_] => vec![commonest.to_owned()],
        several => several.iter().take(3).map(|(cause, number)| format!("{cause} ({number})")).collect(),
    };
    let asked = verdicts.iter().filter(|verdict| !matches!(verdict, Verdict::NotAsked)).count();
    let message = format!(
        "the condition could not be evaluated for {failed} of {}, which therefore do not match: {}",
        count(asked, "connector"),
        told.join(", ")
    );
    let warning = at(Diagnostic::warning("evaluation", message), condition, 0..condition.expression.source().len());
    Some(match commonest.split('`').nth(1).and_then(|path| path.rsplit_once('.')) {
        Some((mapping, key)) if commonest.ends_with("is not set") => warning.hint(format!(
            "Ask `'{key}' in {mapping}.keys()` first, or `{mapping}.get('{key}')`, if it may be missing."
        )),
        _ => warning,
    })
}

/// Values of filters that no connector has.
fn values(connectors: &[Connector], filter: &Filter<'_>) -> Vec<Diagnostic> {
    let unknown = |code, value: &str, what: &str, known: &BTreeSet<&str>| {
        let warning = Diagnostic::warning(code, format!("no connector has the {what} `{value}`"));
        match closest(value, known.iter().copied()) {
            Some(meant) => warning.hint(format!("Did you mean `{meant}`?")),
            None if known.is_empty() => warning,
            None => {
                let known: Vec<&str> = known.iter().copied().collect();
                warning.hint(format!("They have {}.", crate::base::sentence_list(&known)))
            }
        }
    };
    match &filter.kind {
        Kind::Language(wanted) => {
            let known = connectors.iter().filter_map(|connector| connector.language.as_deref()).collect();
            missing(wanted, &known).map(|value| unknown("unknown-language", value, "language", &known)).collect()
        }
        Kind::SupportLevel(wanted) => {
            let known = connectors.iter().filter_map(|connector| connector.support_level.as_deref()).collect();
            missing(wanted, &known).map(|value| unknown("unknown-level", value, "support level", &known)).collect()
        }
        Kind::Names(patterns) => {
            let names: Vec<Vec<&str>> = connectors.iter().map(|connector| connector.names().to_vec()).collect();
            patterns.without_match(&names).into_iter().take(MAX_NAMES).map(|name| nameless(connectors, name)).collect()
        }
        Kind::Only { given, .. } => {
            let known: BTreeSet<&str> = connectors.iter().flat_map(Connector::names).collect();
            missing(&given.names, &known).take(MAX_NAMES).map(|name| nameless(connectors, name)).collect()
        }
        Kind::Modified(_) | Kind::Where(_) => Vec::new(),
    }
}

fn missing<'a>(wanted: &'a [String], known: &BTreeSet<&str>) -> impl Iterator<Item = &'a str> {
    wanted.iter().map(String::as_str).filter(|value| !known.contains(value))
}

fn nameless(connectors: &[Connector], name: &str) -> Diagnostic {
    let glob = name.contains(['*', '?', '[', '{']);
    let bare = name.trim_start_matches('!');
    let message =
        if glob { format!("no connector's name matches `{name}`") } else { format!("there is no connector `{bare}`") };
    let warning = Diagnostic::warning("unknown-connector", message);
    let known = connectors.iter().flat_map(|connector| [connector.name.as_str(), &connector.technical_name]);
    match closest(bare, known) {
        Some(meant) if !glob => warning.hint(format!("Did you mean `{meant}`?")),
        _ => warning,
    }
}

/// Puts a warning at these bytes of the condition.
pub(super) fn at(warning: Diagnostic, condition: &Condition, span: std::ops::Range<usize>) -> Diagnostic {
    warning.at(&condition.source, span.start + condition.offset..span.end + condition.offset)
}
