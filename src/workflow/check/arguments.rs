//! `with`, checked against the JSON schema of its action.
//!
//! Only what schemas of actions use: types, properties, items, enumerations, alternatives, references, bounds. A text
//! with `${{ }}` fits everywhere; its value is checked when it is known.

use serde_json::{Map, Value};

use super::super::document::{Entry, Kind, Node, Scalar};
use super::super::findings::{Findings, suggestion};
use super::super::read::{Draft, boolean_hint, number_hint, quote_hint};
use crate::base::{closest, count};

/// How deep alternatives of alternatives are followed for a message.
const MOST_NESTED: usize = 4;

/// Checks the `with` of every step whose action is known.
pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    for places in &draft.steps {
        let (Some(spec), Some(uses)) = (places.spec, &places.uses) else { continue };
        let what = format!("`{}`", spec.name);
        let mut checker = Checker { definitions: spec.with.get("$defs").and_then(Value::as_object), findings };
        match places.with {
            Some(node) if node.as_scalar().is_some_and(|scalar| scalar.to_json().is_null()) => {
                checker.required(&spec.with, &[], node.span.clone(), &what);
            }
            Some(node) if !matches!(node.kind, Kind::Mapping(_)) => {
                let expected = "a mapping of keys to values";
                checker.findings.wrong_type(node, &format!("the `with` of {what}"), expected, None);
            }
            Some(node) => checker.value(node, &spec.with, &what),
            None => checker.required(&spec.with, &[], uses.clone(), &what),
        }
    }
}

struct Checker<'c, 'f> {
    definitions: Option<&'c Map<String, Value>>,
    findings: &'c mut Findings<'f>,
}

impl<'c> Checker<'c, '_> {
    fn value(&mut self, node: &Node, schema: &'c Value, what: &str) {
        let schema = self.resolve(schema);
        if node.as_scalar().is_some_and(|scalar| scalar.text.contains("${{")) {
            return;
        }
        for part in list(schema, "allOf") {
            self.value(node, part, what);
        }
        for alternatives in [list(schema, "anyOf"), list(schema, "oneOf")].into_iter().filter(|list| !list.is_empty()) {
            self.alternatives(node, alternatives, what);
        }
        if let Some(words) = words(schema) {
            return self.one_of(node, &words, what);
        }
        let types = types(schema);
        if !types.is_empty() && !types.iter().any(|kind| has_type(node, kind)) {
            return self.wrong_type(node, &types, what);
        }
        match &node.kind {
            Kind::Mapping(entries) => self.object(node, entries, schema, what),
            Kind::Sequence(items) => self.array(node, items, schema, what),
            Kind::Scalar(_) => self.bounds(node, schema, what),
        }
    }

    /// The schema that a `$ref` leads to.
    fn resolve(&self, schema: &'c Value) -> &'c Value {
        let mut schema = schema;
        // A chain longer than there are definitions leads in a circle.
        for _ in 0..=self.definitions.map_or(0, Map::len) {
            let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"));
            match name.and_then(|name| self.definitions?.get(name)) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    fn object(&mut self, node: &Node, entries: &[Entry], schema: &'c Value, what: &str) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let additional = schema.get("additionalProperties");
        let keys: Vec<&str> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        for entry in entries {
            let of_entry = format!("`{}`", entry.key);
            match (properties.and_then(|properties| properties.get(&entry.key)), additional) {
                (Some(schema), _) | (None, Some(schema @ Value::Object(_))) => {
                    self.value(&entry.value, schema, &of_entry);
                }
                (None, Some(Value::Bool(true))) => {}
                // A schema that names keys and says nothing of others means these keys.
                (None, None) if keys.is_empty() => {}
                (None, _) => {
                    let message = format!("{what} has no key `{}`", entry.key);
                    let finding = self.findings.error("unknown-key", entry.key_span.clone(), message);
                    self.findings.add(finding.hint(suggestion(&entry.key, keys.iter().copied(), "known keys")));
                }
            }
        }
        let given: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        let span =
            entries.first().map_or_else(|| node.head(&self.findings.source.text), |entry| entry.key_span.clone());
        self.required(schema, &given, span, what);
    }

    fn required(&mut self, schema: &'c Value, given: &[&str], span: std::ops::Range<usize>, what: &str) {
        let known = schema.get("properties").and_then(Value::as_object);
        let unknown = |key: &&&str| known.is_none_or(|known| !known.contains_key(**key));
        let misspelt: Vec<&str> = given.iter().filter(unknown).copied().collect();
        let missing = list(schema, "required").iter().filter_map(Value::as_str).filter(|key| !given.contains(key));
        for key in missing.filter(|key| !misspelt.iter().any(|given| closest(given, [*key]).is_some())) {
            let property = schema.get("properties").and_then(|properties| properties.get(key));
            let description =
                property.and_then(|property| self.resolve(property).get("description").or(property.get("description")));
            let sentence = description.and_then(Value::as_str).and_then(|text| text.split("\n\n").next());
            let hint = match sentence {
                Some(sentence) => format!("Add `{key}` to `with`: {}", sentence.replace('\n', " ")),
                None => format!("Add `{key}` to `with`."),
            };
            self.findings.missing(span.clone(), what, key, hint);
        }
    }

    fn array(&mut self, node: &Node, items: &[Node], schema: &'c Value, what: &str) {
        if let Some(schema) = schema.get("items") {
            let what = format!("an item of {what}");
            for item in items {
                self.value(item, schema, &what);
            }
        }
        let fewest = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        if (items.len() as u64) < fewest {
            let message = format!("{what} must have at least {}", count(usize::try_from(fewest).unwrap_or(0), "item"));
            self.findings
                .add(self.findings.error("empty-value", node.span.clone(), message).hint("Add what is missing."));
        }
    }

    fn bounds(&mut self, node: &Node, schema: &'c Value, what: &str) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let value = node.as_scalar().map_or(Value::Null, Scalar::to_json);
        let problem = match &value {
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(0.0);
                let below = bound("minimum").filter(|least| number < *least).map(|least| format!("at least {least}"));
                below.or_else(|| bound("maximum").filter(|most| number > *most).map(|most| format!("at most {most}")))
            }
            Value::String(text) => {
                let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                bound("minLength").filter(|least| f64::from(letters) < *least).map(|least| match letters {
                    0 => "a text that is not empty".to_owned(),
                    _ => format!("a text of at least {least} characters"),
                })
            }
            _ => None,
        };
        if let Some(expected) = problem {
            self.findings.wrong_type(node, what, &expected, None);
        }
    }

    fn one_of(&mut self, node: &Node, words: &[&Value], what: &str) {
        if words.contains(&&node.to_json()) {
            return;
        }
        let known: Vec<&str> = words.iter().filter_map(|word| word.as_str()).collect();
        let Some(text) = node.as_scalar().map(|scalar| scalar.text.as_str()) else {
            return self.findings.wrong_type(node, what, "a text", None);
        };
        let hint = suggestion(text, known.iter().copied(), "possible values");
        let message = format!("{what} cannot be {}", node.in_words().trim_start_matches("the text "));
        self.findings
            .add(self.findings.error("unknown-value", node.head(&self.findings.source.text), message).hint(hint));
    }

    /// One of several schemas must fit. Where none does, the one of the value's own type says why.
    fn alternatives(&mut self, node: &Node, alternatives: &'c [Value], what: &str) {
        let resolved: Vec<&Value> = alternatives.iter().map(|schema| self.resolve(schema)).collect();
        if resolved.iter().any(|schema| self.fits(node, schema)) {
            return;
        }
        let all_words: Vec<&Value> = resolved.iter().filter_map(|schema| words(schema)).flatten().collect();
        let near: Vec<&Value> =
            resolved.iter().copied().filter(|schema| types(schema).iter().any(|kind| has_type(node, kind))).collect();
        let plain: Vec<&Value> = near.iter().copied().filter(|schema| words(schema).is_none()).collect();
        match plain.as_slice() {
            [only] => self.value(node, only, what),
            [] if !all_words.is_empty() && node.as_scalar().is_some() => self.one_of(node, &all_words, what),
            _ => {
                let mut kinds: Vec<&str> = Vec::new();
                for schema in resolved {
                    self.all_types(schema, MOST_NESTED, &mut kinds);
                }
                self.wrong_type(node, &kinds, what);
            }
        }
    }

    /// The types of a schema and of its alternatives, each once.
    fn all_types(&self, schema: &'c Value, nested: usize, kinds: &mut Vec<&'c str>) {
        let schema = self.resolve(schema);
        for kind in types(schema) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        if nested > 0 {
            let alternatives = list(schema, "anyOf").iter().chain(list(schema, "oneOf"));
            alternatives.for_each(|schema| self.all_types(schema, nested - 1, kinds));
        }
    }

    fn wrong_type(&mut self, node: &Node, types: &[&str], what: &str) {
        let written = self.findings.source.text.get(node.span.clone()).unwrap_or("");
        let hint = if types.contains(&"string") {
            quote_hint(node, self.findings)
        } else if types.contains(&"boolean") {
            boolean_hint(node)
        } else if types.contains(&"integer") || types.contains(&"number") {
            number_hint(node)
        } else if types.contains(&"array") && node.as_scalar().is_some() && !written.is_empty() {
            Some(format!("Write it as a list: `[{written}]`."))
        } else {
            None
        };
        self.findings.wrong_type(node, what, &expected(types), hint);
    }

    fn fits(&self, node: &Node, schema: &'c Value) -> bool {
        let mut findings = Findings::new(self.findings.source);
        Checker { definitions: self.definitions, findings: &mut findings }.value(node, schema, "");
        findings.diagnostics.is_empty()
    }
}

fn list<'v>(schema: &'v Value, key: &str) -> &'v [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The words that a schema allows, if it is an enumeration: `enum` or `const`.
fn words(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(value) = schema.get("const") {
        return Some(vec![value]);
    }
    let words = list(schema, "enum");
    (!words.is_empty()).then(|| words.iter().collect())
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn has_type(node: &Node, kind: &str) -> bool {
    match &node.kind {
        Kind::Mapping(_) => kind == "object",
        Kind::Sequence(_) => kind == "array",
        Kind::Scalar(scalar) => match scalar.to_json() {
            Value::Null => kind == "null",
            Value::Bool(_) => kind == "boolean",
            Value::Number(number) => kind == "number" || (kind == "integer" && (number.is_i64() || number.is_u64())),
            _ => kind == "string",
        },
    }
}

fn expected(types: &[&str]) -> String {
    let in_words = types.iter().filter(|kind| types.len() == 1 || **kind != "null").map(|kind| match *kind {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a mapping of keys to values",
        _ => "left empty",
    });
    in_words.collect::<Vec<_>>().join(" or ")
}
