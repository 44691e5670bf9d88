//! The keywords of JSON schema that ours uses, so that tests can hold the schema against the reader.
//!
//! A keyword that is not known here fails the test: it would be checked by editors but not by us.

use regex::Regex;
use serde_json::{Map, Value};

/// Says nothing by itself: annotations, and what its neighbours read.
const SILENT: &[&str] = &["$schema", "$id", "$defs", "title", "description", "default", "examples", "format", "then"];

/// Whether a value fits a schema. `root` holds the definitions.
pub(super) fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    match schema {
        Value::Bool(all) => *all,
        Value::Object(keywords) => {
            keywords.iter().all(|(name, keyword)| keyword_fits(value, name, keyword, keywords, root))
        }
        _ => panic!("not a schema: {schema}"),
    }
}

fn keyword_fits(value: &Value, name: &str, keyword: &Value, all: &Map<String, Value>, root: &Value) -> bool {
    let fit = |schema: &Value| fits(value, schema, root);
    let list = || keyword.as_array().expect("a list");
    match name {
        _ if SILENT.contains(&name) => true,
        "$ref" => {
            let name = keyword.as_str().and_then(|path| path.strip_prefix("#/$defs/")).expect("a definition");
            fit(&root["$defs"][name])
        }
        "type" => match keyword {
            Value::Array(types) => types.iter().any(|kind| has_type(value, kind)),
            kind => has_type(value, kind),
        },
        "const" => value == keyword,
        "enum" => list().contains(value),
        "anyOf" => list().iter().any(fit),
        "oneOf" => list().iter().filter(|schema| fit(schema)).count() == 1,
        "allOf" => list().iter().all(fit),
        "not" => !fit(keyword),
        "if" => !fit(keyword) || fit(&all["then"]),
        "required"
        | "dependentRequired"
        | "properties"
        | "additionalProperties"
        | "propertyNames"
        | "minProperties" => value.as_object().is_none_or(|object| object_fits(object, name, keyword, all, root)),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| fits(item, keyword, root))),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= keyword.as_u64().unwrap()),
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= keyword.as_u64().unwrap()),
        "pattern" => value.as_str().is_none_or(|text| Regex::new(keyword.as_str().unwrap()).unwrap().is_match(text)),
        "minimum" => value.as_f64().is_none_or(|number| number >= keyword.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= keyword.as_f64().unwrap()),
        _ => panic!("the keyword `{name}` is not known here"),
    }
}

fn object_fits(
    object: &Map<String, Value>,
    name: &str,
    keyword: &Value,
    all: &Map<String, Value>,
    root: &Value,
) -> bool {
    let has_all = |keys: &Value| keys.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap()));
    match name {
        "required" => has_all(keyword),
        "dependentRequired" => {
            keyword.as_object().unwrap().iter().all(|(key, needed)| !object.contains_key(key) || has_all(needed))
        }
        "minProperties" => object.len() as u64 >= keyword.as_u64().unwrap(),
        "propertyNames" => object.keys().all(|key| fits(&Value::from(key.as_str()), keyword, root)),
        "properties" => {
            object.iter().all(|(key, value)| keyword.get(key).is_none_or(|schema| fits(value, schema, root)))
        }
        _ => {
            let named = |key: &str| all.get("properties").is_some_and(|properties| properties.get(key).is_some());
            object.iter().filter(|(key, _)| !named(key)).all(|(_, value)| fits(value, keyword, root))
        }
    }
}

fn has_type(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        kind => panic!("no type {kind}"),
    }
}
