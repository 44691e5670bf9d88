//! The names that an expression can read, with their values.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ValueKind};

use super::evaluation::to_json;
use super::language::EXISTS;

/// A value in the form in which expressions read it. Converting costs as much as copying; cloning is free,
/// so the metadata of a connector is converted once and put into as many scopes as needed.
#[derive(Debug, Clone)]
pub struct ScopeValue(pub(super) Value);

/// The names that an expression can read. Cloning and adding a name are cheap.
#[derive(Clone, Default)]
pub struct Scope {
    names: Arc<Names>,
}

#[derive(Debug, Clone, Default)]
struct Names(Vec<(Arc<str>, Value)>);

impl Scope {
    /// A scope without names.
    pub fn new() -> Self {
        Self::default()
    }

    /// The scope with one more name; an older value of the same name is replaced.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<ScopeValue>) -> Self {
        self.with_value(name, value.into().0)
    }

    /// The scope with an answer to `exists('a/file')`.
    #[must_use]
    pub fn exists(self, answer: Arc<dyn Fn(&str) -> bool + Send + Sync>) -> Self {
        // A closure over the path as the expression gave it: what it is relative to is the caller's affair.
        self.with_value(EXISTS, Value::from_function(move |path: &str| answer(path)))
    }

    /// The names in the scope, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.0.iter().map(|(name, _)| &**name)
    }

    /// The keys of the mapping at a path; none where there is no mapping.
    pub fn keys(&self, path: &[String]) -> Vec<String> {
        let value = self.at(path);
        match value {
            Some(value) if value.kind() == ValueKind::Map => {
                value.try_iter().map(|keys| keys.map(|key| key.to_string()).collect()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// The value at a path; `None` where nothing is, or nothing that is plain data.
    pub fn value(&self, path: &[String]) -> Option<serde_json::Value> {
        to_json(&self.at(path)?).ok()
    }

    fn at(&self, path: &[String]) -> Option<Value> {
        let (root, rest) = path.split_first()?;
        rest.iter().try_fold(self.names.get(root)?, |value, name| {
            value.get_attr(name).ok().filter(|inner| !inner.is_undefined())
        })
    }

    /// The number of leading names of a path that are there.
    pub fn depth_of(&self, path: &[String]) -> usize {
        let Some((root, rest)) = path.split_first() else { return 0 };
        let Some(mut value) = self.names.get(root) else { return 0 };
        for (index, name) in rest.iter().enumerate() {
            match value.get_attr(name) {
                Ok(inner) if !inner.is_undefined() => value = inner,
                _ => return index + 1,
            }
        }
        path.len()
    }

    pub(super) fn root(&self) -> Value {
        Value::from_dyn_object(Arc::clone(&self.names))
    }

    fn with_value(mut self, name: &str, value: Value) -> Self {
        let names = &mut Arc::make_mut(&mut self.names).0;
        match names.iter_mut().find(|(known, _)| **known == *name) {
            Some(entry) => entry.1 = value,
            None => names.push((name.into(), value)),
        }
        self
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.names.0.iter().map(|(name, value)| (name, value))).finish()
    }
}

impl Names {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| value.clone())
    }
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.iter().map(|(name, _)| Value::from(Arc::clone(name))).collect())
    }
}

/// A mapping that keeps its order, so that a value which passes through an expression is written as it was read.
#[derive(Debug)]
struct Mapping {
    fields: Vec<(Arc<str>, Value)>,
    /// Indices of `fields` in the order of their keys.
    by_key: Vec<usize>,
}

impl Mapping {
    fn new(fields: Vec<(Arc<str>, Value)>) -> Self {
        let mut by_key: Vec<usize> = (0..fields.len()).collect();
        by_key.sort_by(|&a, &b| fields[a].0.cmp(&fields[b].0));
        Self { fields, by_key }
    }
}

impl Object for Mapping {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        let found = self.by_key.binary_search_by(|&index| (*self.fields[index].0).cmp(key)).ok()?;
        Some(self.fields[self.by_key[found]].1.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.fields.iter().map(|(key, _)| Value::from(Arc::clone(key))).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.fields.len())
    }
}

impl From<&serde_json::Value> for ScopeValue {
    fn from(value: &serde_json::Value) -> Self {
        Self(convert(value))
    }
}

impl From<serde_json::Value> for ScopeValue {
    fn from(value: serde_json::Value) -> Self {
        Self(convert(&value))
    }
}

impl From<&serde_json::Map<String, serde_json::Value>> for ScopeValue {
    fn from(fields: &serde_json::Map<String, serde_json::Value>) -> Self {
        Self(convert_map(fields))
    }
}

impl From<&ScopeValue> for ScopeValue {
    fn from(value: &ScopeValue) -> Self {
        value.clone()
    }
}

impl From<&str> for ScopeValue {
    fn from(text: &str) -> Self {
        Self(Value::from(text))
    }
}

impl From<String> for ScopeValue {
    fn from(text: String) -> Self {
        Self(Value::from(text))
    }
}

impl From<bool> for ScopeValue {
    fn from(value: bool) -> Self {
        Self(Value::from(value))
    }
}

impl From<i64> for ScopeValue {
    fn from(value: i64) -> Self {
        Self(Value::from(value))
    }
}

impl From<u64> for ScopeValue {
    fn from(value: u64) -> Self {
        Self(Value::from(value))
    }
}

impl<T: Into<ScopeValue>> From<Option<T>> for ScopeValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self(Value::from(())), Into::into)
    }
}

impl<T: Into<ScopeValue>> FromIterator<(String, T)> for ScopeValue {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(pairs: I) -> Self {
        let fields = pairs.into_iter().map(|(key, value)| (key.into(), value.into().0));
        Self(Value::from_object(Mapping::new(fields.collect())))
    }
}

fn convert(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(value) => Value::from(*value),
        serde_json::Value::Number(number) => convert_number(number),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::from(items.iter().map(convert).collect::<Vec<_>>()),
        serde_json::Value::Object(fields) => convert_map(fields),
    }
}

fn convert_map(fields: &serde_json::Map<String, serde_json::Value>) -> Value {
    let fields = fields.iter().map(|(key, value)| (key.as_str().into(), convert(value)));
    Value::from_object(Mapping::new(fields.collect()))
}

fn convert_number(number: &serde_json::Number) -> Value {
    if let Some(integer) = number.as_i64() {
        Value::from(integer)
    } else if let Some(integer) = number.as_u64() {
        Value::from(integer)
    } else {
        Value::from(number.as_f64().unwrap_or(f64::NAN))
    }
}
