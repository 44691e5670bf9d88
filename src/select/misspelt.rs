//! Keys in conditions that no connector has, with the key that was probably meant.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Condition;
use super::warnings::at;
use crate::base::closest;
use crate::connector::Connector;
use crate::diagnostic::Diagnostic;
use crate::expression::{Reference, Scope};

/// The names that conditions can read whatever the inputs are.
const ROOTS: [&str; 3] = ["data", "metadata", "connector"];

/// A warning for each path of the condition that leads nowhere for every connector.
pub(super) fn keys(connectors: &[Connector], condition: &Condition, inputs: &Scope) -> Vec<Diagnostic> {
    let read = condition.expression.references();
    let mut warnings: Vec<Diagnostic> = Vec::new();
    for reference in &read {
        let Some((depth, known)) = unknown_at(connectors, &reference.path, inputs) else { continue };
        warnings.push(warning(condition, reference, depth, &known));
    }
    for reference in condition.expression.lookups() {
        // That nobody has the key may be the very point of asking; only a likely slip is worth a word.
        if let Some((depth, known)) = unknown_at(connectors, &reference.path, inputs)
            && depth + 1 == reference.path.len()
            && closest(&reference.path[depth], known.iter().map(String::as_str)).is_some()
        {
            warnings.push(warning(condition, reference, depth, &known));
        }
    }
    // The same path twice in a condition is one slip.
    let mut seen = BTreeSet::new();
    warnings.retain(|warning| seen.insert(warning.message.clone()));
    warnings
}

fn warning(condition: &Condition, reference: &Reference, depth: usize, known: &BTreeSet<String>) -> Diagnostic {
    let path = reference.path[..=depth].join(".");
    let message =
        if depth == 0 { format!("there is nothing called `{path}`") } else { format!("no connector has `{path}`") };
    let warning = at(Diagnostic::warning("unknown-path", message), condition, reference.span.clone());
    match closest(&reference.path[depth], known.iter().map(String::as_str)) {
        Some(meant) => {
            let mut path = reference.path[..depth].to_vec();
            path.push(meant.to_owned());
            warning.hint(format!("Did you mean `{}`?", path.join(".")))
        }
        None => warning,
    }
}

/// The index of the first name of a path that nothing has, with the names that there are in its place.
fn unknown_at(connectors: &[Connector], path: &[String], inputs: &Scope) -> Option<(usize, BTreeSet<String>)> {
    let (root, rest) = path.split_first()?;
    match root.as_str() {
        "data" => in_documents(connectors.iter().filter_map(Connector::data), rest),
        "metadata" => in_documents(connectors.iter().filter_map(|connector| connector.metadata.as_deref().ok()), rest),
        "connector" => {
            let known = Connector::property_names();
            let name = rest.first()?;
            let known_names = || known.iter().map(|&name| name.to_owned()).collect();
            (!known.contains(&name.as_str())).then(|| (1, known_names()))
        }
        _ => {
            let depth = inputs.depth_of(path);
            if depth == path.len() {
                return None;
            }
            let known = match depth {
                0 => inputs.names().chain(ROOTS).map(str::to_owned).collect(),
                _ => inputs.keys(&path[..depth]).into_iter().collect(),
            };
            Some((depth, known))
        }
    }
}

/// As [`unknown_at`], below a root that many documents have.
fn in_documents<'a>(documents: impl Iterator<Item = &'a Value>, path: &[String]) -> Option<(usize, BTreeSet<String>)> {
    let mut values: Vec<&Value> = documents.collect();
    if values.is_empty() {
        return None;
    }
    for (index, key) in path.iter().enumerate() {
        let inner: Vec<&Value> = values.iter().filter_map(|value| value.get(key)).collect();
        if inner.is_empty() {
            let keys = values.iter().filter_map(|value| value.as_object()).flat_map(|fields| fields.keys().cloned());
            return Some((index + 1, keys.collect()));
        }
        values = inner;
    }
    None
}
