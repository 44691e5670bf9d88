//! Typed readers: from a node to a value of the model, or a finding that says what was expected.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::time::Duration;

use serde_json::Value;

use super::super::document::{Entry, Kind, Node, Scalar};
use super::super::findings::{Findings, suggestion};
use crate::base::closest;

/// What authors coming from other tools write, and what it is called here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("timeout-minutes", "timeout"),
    ("depends-on", "needs"),
    ("dependsOn", "needs"),
    ("after", "needs"),
    ("when", "if"),
    ("condition", "if"),
    ("jobs", "steps"),
    ("params", "inputs"),
    ("parameters", "inputs"),
    ("on", "connectors"),
    ("script", "run"),
    ("command", "run"),
    ("action", "uses"),
    ("args", "with"),
    ("enum", "options"),
    ("values", "options"),
];

/// Where `${{ }}` works.
pub(super) const TEMPLATES_STAND: &str =
    "Expressions can stand in `with`, `env`, `run`, `branch` and `commit.message`; connectors are chosen with `where`.";

/// The entries of a mapping whose keys were checked.
#[derive(Clone, Copy)]
pub(super) struct Fields<'n> {
    entries: &'n [Entry],
    known: &'static [&'static str],
}

impl<'n> Fields<'n> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Whether a key is missing, and not just misspelt: an unknown key that is nearly it was reported already.
    pub(super) fn lacks(&self, key: &str) -> bool {
        let misspelt =
            |entry: &Entry| !self.known.contains(&entry.key.as_str()) && closest(&entry.key, [key]).is_some();
        self.entry(key).is_none() && !self.entries.iter().any(misspelt)
    }

    /// A key with its value.
    pub(super) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

impl Findings<'_> {
    /// A mapping with these keys and no others. `what` names it, such as ``the step `build` ``.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &'static [&'static str],
    ) -> Option<Fields<'n>> {
        let entries = self.mapping(node, what)?;
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let hint = unknown_key_hint(&entry.key, known);
            let message = format!("{what} has no key `{}`", entry.key);
            self.add(self.error("unknown-key", entry.key_span.clone(), message).hint(hint));
        }
        Some(Fields { entries, known })
    }

    /// A mapping with any keys.
    pub(super) fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        if let Kind::Mapping(entries) = &node.kind {
            return Some(entries);
        }
        let hint = "Put its keys on the lines below, indented, or into `{ }`.".to_owned();
        self.wrong_type(node, what, "a mapping of keys to values", Some(hint));
        None
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = node.as_scalar().and_then(|scalar| scalar.as_text());
        let Some(text) = text else {
            self.wrong_type(node, what, "a text", quote_hint(node, self));
            return None;
        };
        if text.trim().is_empty() {
            let empty = self.error("empty-value", node.head(&self.source.text), format!("{what} is empty"));
            self.add(empty.hint("Write a text, or remove the key."));
            return None;
        }
        Some(text.to_owned())
    }

    /// A text that is not empty and taken as it stands: `${{ }}` in it would not be evaluated, which nobody means.
    pub(super) fn plain(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = self.text(node, what)?;
        if let (Some(at), Some(scalar)) = (text.find("${{"), node.as_scalar()) {
            let span = scalar.locate(&self.source.text, &node.span, &(at..at + 3));
            let finding = self.error("template-here", span, format!("{what} is a plain text, without `${{{{ }}}}`"));
            self.add(finding.hint(TEMPLATES_STAND));
        }
        Some(text)
    }

    /// Plain texts: one, or a list of them, each with its place; an empty list is an error.
    pub(super) fn texts<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(String, &'n Node)> {
        match &node.kind {
            Kind::Sequence(items) if items.is_empty() => {
                let empty = self.error("empty-value", node.span.clone(), format!("{what} is an empty list"));
                self.add(empty.hint("Name at least one, or remove the key."));
                Vec::new()
            }
            Kind::Sequence(items) => {
                let what = format!("an item of {what}");
                items.iter().filter_map(|item| Some((self.plain(item, &what)?, item))).collect()
            }
            Kind::Mapping(_) => {
                let hint = "Write one text, or several in `[ ]`.".to_owned();
                self.wrong_type(node, what, "a text or a list of texts", Some(hint));
                Vec::new()
            }
            Kind::Scalar(_) => self.plain(node, what).map(|text| (text, node)).into_iter().collect(),
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let Some(Value::Bool(value)) = node.as_scalar().map(Scalar::to_json) {
            return Some(value);
        }
        self.wrong_type(node, what, "`true` or `false`", boolean_hint(node));
        None
    }

    /// A whole number from 1.
    pub(super) fn positive(&mut self, node: &Node, what: &str) -> Option<NonZeroUsize> {
        let number = node.as_scalar().and_then(|scalar| scalar.to_json().as_u64());
        let positive = number.and_then(|number| usize::try_from(number).ok()).and_then(NonZeroUsize::new);
        if positive.is_none() {
            self.wrong_type(node, what, "a whole number from 1", number_hint(node));
        }
        positive
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let unknown = self.error("unknown-value", node.span.clone(), format!("{what} cannot be `{text}`"));
            self.add(unknown.hint(suggestion(&text, known.iter().copied(), "possible values")));
        }
        found.map(|(_, value)| *value)
    }

    /// A duration such as `30s`, `10m`, `2h` or `1h30m`.
    pub(super) fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let duration = parse_duration(text).filter(|duration| !duration.is_zero());
        if duration.is_none() {
            let number = text.parse::<u64>().ok().filter(|number| *number > 0);
            let hint = match number {
                Some(number) => format!("Say of what: `{number}s`, `{number}m` or `{number}h`."),
                None => "Write hours, minutes and seconds, such as `1h30m`, `10m` or `45s`.".to_owned(),
            };
            self.wrong_type(node, what, "a duration", Some(hint));
        }
        duration
    }

    /// An expression: any text; `true` and `false` count as text here.
    pub(super) fn expression<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let scalar = node.as_scalar().filter(|scalar| matches!(scalar.to_json(), Value::String(_) | Value::Bool(_)));
        match scalar {
            Some(scalar) if !scalar.text.trim().is_empty() => Some(&scalar.text),
            Some(_) => {
                let empty = self.error("empty-value", node.span.clone(), format!("{what} is empty"));
                self.add(empty.hint("Write an expression, such as `data.supportLevel == 'certified'`."));
                None
            }
            None => {
                let hint = "Write it as one text, such as `data.supportLevel == 'certified'`.".to_owned();
                self.wrong_type(node, what, "an expression", Some(hint));
                None
            }
        }
    }

    /// Says that a value has the wrong type.
    pub(in crate::workflow) fn wrong_type(&mut self, node: &Node, what: &str, expected: &str, hint: Option<String>) {
        if self.reported(&node.span) {
            return;
        }
        let message = format!("{what} must be {expected}, not {}", node.in_words());
        let mut finding = self.error("wrong-type", node.head(&self.source.text), message);
        finding.hint = hint;
        self.add(finding);
    }

    /// Says that a key is missing in a mapping. `span` is where its other keys or its name stand.
    pub(in crate::workflow) fn missing(&mut self, span: Range<usize>, what: &str, key: &str, hint: impl Into<String>) {
        self.add(self.error("missing-key", span, format!("{what} has no `{key}`")).hint(hint));
    }
}

/// What to write where a text is wanted and YAML read something else.
pub(in crate::workflow) fn quote_hint(node: &Node, findings: &Findings<'_>) -> Option<String> {
    let scalar = node.as_scalar()?;
    let written = findings.source.text.get(node.span.clone()).filter(|written| !written.is_empty())?;
    (scalar.as_text().is_none()).then(|| format!("Write it in quotes: `\"{written}\"`."))
}

/// The boolean that other tools spell differently.
pub(in crate::workflow) fn boolean_hint(node: &Node) -> Option<String> {
    let word = match node.as_scalar()?.text.to_lowercase().as_str() {
        "yes" | "on" | "y" | "true" | "1" => "true",
        "no" | "off" | "n" | "false" | "0" => "false",
        _ => return None,
    };
    Some(format!("Write `{word}`, without quotes."))
}

/// The number that stands in quotes.
pub(in crate::workflow) fn number_hint(node: &Node) -> Option<String> {
    let scalar = node.as_scalar()?;
    let text = scalar.as_text()?.trim();
    text.parse::<u64>().is_ok().then(|| format!("Write it without quotes: `{text}`."))
}

fn unknown_key_hint(key: &str, known: &[&str]) -> String {
    if key == "<<" {
        return "Merge keys are not supported: write the keys out, or repeat a whole value with an alias.".to_owned();
    }
    let dashed = key.replace('_', "-");
    let elsewhere =
        ELSEWHERE.iter().find(|(theirs, ours)| (*theirs == key || *theirs == dashed) && known.contains(ours));
    match elsewhere {
        Some((_, ours)) => format!("Here it is called `{ours}`."),
        None => suggestion(key, known.iter().copied(), "known keys"),
    }
}

/// A duration as workflow files have it: days, hours, minutes and seconds, each at most once and in this order
/// (`1h30m`); `None` for any other text.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut units: &[(char, u64)] = &[('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let mut seconds: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let at = units.iter().position(|(name, _)| *name == unit)?;
        seconds = seconds.checked_add(number.checked_mul(units[at].1)?)?;
        units = &units[at + 1..];
        rest = &rest[digits + 1..];
    }
    (!text.is_empty()).then_some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_hours_minutes_and_seconds_in_this_order() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("45s"), Some(45));
        assert_eq!(seconds("1h30m"), Some(5_400));
        assert_eq!(seconds("1d"), Some(86_400));
        for wrong in ["", "30", "m", "30m1h", "1m1m", "1.5h", "-1s", "99999999999999999999s", "1 h", "1é"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
