//! YAML nodes as plain data: aliases and merge keys are followed, within a budget.

use std::collections::HashMap;

use granit_parser::ScalarStyle;
use serde_json::{Map, Value};

use super::super::EditError;
use super::super::splice::line_of;
use super::scalar::{self, Meaning};
use super::tree::{Document, Entry, Kind, Node};

/// How many values may come from following aliases; a hundred letters of text count as one more.
const ALIAS_BUDGET: usize = 100_000;

/// Turns nodes of one document into values.
pub(super) struct Values<'d, 'a> {
    document: &'d Document<'a>,
    /// Collected at the first alias.
    anchors: Option<HashMap<usize, &'d Node<'a>>>,
    /// The anchors whose values are being followed.
    following: Vec<usize>,
    spent: usize,
}

impl<'d, 'a> Values<'d, 'a> {
    pub(super) fn of(document: &'d Document<'a>) -> Self {
        Self { document, anchors: None, following: Vec::new(), spent: 0 }
    }

    pub(super) fn value(&mut self, node: &'d Node<'a>) -> Result<Value, EditError> {
        if !self.following.is_empty() {
            self.spend(node)?;
        }
        match &node.kind {
            Kind::Alias(id) => self.follow(*id, node, Self::value),
            Kind::Scalar { text, style, .. } => self.scalar(node, text, *style),
            Kind::Sequence { items, .. } => {
                self.check_tag(node, &["seq"])?;
                items.iter().map(|item| self.value(item)).collect::<Result<_, _>>().map(Value::Array)
            }
            Kind::Mapping { entries, .. } => {
                self.check_tag(node, &["map"])?;
                self.mapping(entries).map(Value::Object)
            }
        }
    }

    /// The node behind an alias.
    fn target(&mut self, id: usize) -> Option<&'d Node<'a>> {
        let document = self.document;
        let anchors = self.anchors.get_or_insert_with(|| {
            let mut anchors = HashMap::new();
            if let Some(root) = &document.root {
                collect_anchors(root, &mut anchors);
            }
            anchors
        });
        anchors.get(&id).copied()
    }

    fn spend(&mut self, node: &Node<'_>) -> Result<(), EditError> {
        self.spent += 1 + node.scalar().map_or(0, str::len) / 100;
        if self.spent > ALIAS_BUDGET {
            return Err(EditError::AliasBudget {
                line: line_of(self.document.text, node.span.start),
                limit: ALIAS_BUDGET,
            });
        }
        Ok(())
    }

    fn follow<T>(
        &mut self,
        id: usize,
        alias: &Node<'a>,
        read: impl FnOnce(&mut Self, &'d Node<'a>) -> Result<T, EditError>,
    ) -> Result<T, EditError> {
        let target = self.target(id).filter(|_| !self.following.contains(&id));
        let target = target.ok_or_else(|| self.unreadable(alias, "an alias to a value that it is part of"))?;
        self.following.push(id);
        let value = read(self, target);
        self.following.pop();
        value
    }

    /// Keys that are merged in come first, as in PyYAML; keys of the mapping itself win.
    fn mapping(&mut self, entries: &'d [Entry<'a>]) -> Result<Map<String, Value>, EditError> {
        let mut map = Map::with_capacity(entries.len());
        for entry in entries.iter().filter(|entry| entry.key.is_merge_key()) {
            self.merge(&entry.value, &mut map)?;
        }
        for entry in entries.iter().filter(|entry| !entry.key.is_merge_key()) {
            let key = self.key(&entry.key)?;
            map.insert(key, self.value(&entry.value)?);
        }
        Ok(map)
    }

    fn merge(&mut self, source: &'d Node<'a>, into: &mut Map<String, Value>) -> Result<(), EditError> {
        match &source.kind {
            Kind::Alias(id) => self.follow(*id, source, |this, target| this.merge(target, into)),
            Kind::Mapping { entries, .. } => {
                into.extend(self.mapping(entries)?);
                Ok(())
            }
            Kind::Sequence { items, .. } => items.iter().rev().try_for_each(|item| self.merge(item, into)),
            Kind::Scalar { .. } => Err(self.unreadable(source, "a merge key without a mapping")),
        }
    }

    fn key(&mut self, key: &'d Node<'a>) -> Result<String, EditError> {
        match &key.kind {
            Kind::Scalar { text, .. } => Ok(text.clone().into_owned()),
            Kind::Alias(id) => self.follow(*id, key, Self::key),
            Kind::Sequence { .. } | Kind::Mapping { .. } => {
                Err(self.unreadable(key, "a key that is not a single value"))
            }
        }
    }

    fn scalar(&self, node: &Node<'_>, text: &str, style: ScalarStyle) -> Result<Value, EditError> {
        let Some(tag) = node.tag.as_deref() else {
            return Ok(if style == ScalarStyle::Plain {
                scalar::plain_value(text)
            } else {
                Value::String(text.to_owned())
            });
        };
        let value = scalar::plain_value(text);
        let fits = match core_tag(tag) {
            Some("str" | "!") => return Ok(Value::String(text.to_owned())),
            Some("null") => value.is_null(),
            Some("bool") => value.is_boolean(),
            Some("int") => value.is_i64() || value.is_u64(),
            Some("float") if value.is_number() => return Ok(value.as_f64().map_or(Value::Null, Value::from)),
            Some("float") => scalar::meaning(text) == Meaning::NotFinite,
            Some("timestamp") => scalar::meaning(text) == Meaning::Timestamp,
            _ => false,
        };
        if fits { Ok(value) } else { Err(self.tagged(node, tag)) }
    }

    fn check_tag(&self, node: &Node<'_>, known: &[&str]) -> Result<(), EditError> {
        match node.tag.as_deref() {
            Some(tag) if !core_tag(tag).is_some_and(|name| name == "!" || known.contains(&name)) => {
                Err(self.tagged(node, tag))
            }
            _ => Ok(()),
        }
    }

    fn tagged(&self, node: &Node<'_>, tag: &str) -> EditError {
        self.unreadable(node, &format!("{} with the tag `{tag}`", node.describe()))
    }

    fn unreadable(&self, node: &Node<'_>, what: &str) -> EditError {
        EditError::Unreadable { line: line_of(self.document.text, node.span.start), what: what.to_owned() }
    }
}

/// `str` for `tag:yaml.org,2002:str`; `!` for the tag that says "no type".
fn core_tag(tag: &str) -> Option<&str> {
    if tag == "!" { Some(tag) } else { tag.strip_prefix("tag:yaml.org,2002:") }
}

fn collect_anchors<'d, 'a>(node: &'d Node<'a>, anchors: &mut HashMap<usize, &'d Node<'a>>) {
    if node.anchor != 0 {
        anchors.insert(node.anchor, node);
    }
    match &node.kind {
        Kind::Scalar { .. } | Kind::Alias(_) => {}
        Kind::Sequence { items, .. } => items.iter().for_each(|item| collect_anchors(item, anchors)),
        Kind::Mapping { entries, .. } => {
            for entry in entries {
                collect_anchors(&entry.key, anchors);
                collect_anchors(&entry.value, anchors);
            }
        }
    }
}
