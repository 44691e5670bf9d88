//! The texts inside JSON values: where templates can stand in `with`.

use serde_json::Value;

/// Calls `visit` with every text in a value, keys aside, in order.
pub fn visit_texts<'v>(value: &'v Value, visit: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| visit_texts(item, visit)),
        Value::Object(entries) => entries.values().for_each(|entry| visit_texts(entry, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The value with every text in it, keys aside, replaced by what `render` makes of it. Stops at the first error.
pub fn replace_texts<E>(value: &Value, render: &mut impl FnMut(&str) -> Result<Value, E>) -> Result<Value, E> {
    Ok(match value {
        Value::String(text) => render(text)?,
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| replace_texts(item, render)).collect::<Result<_, E>>()?)
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, entry)| Ok((key.clone(), replace_texts(entry, render)?)));
            Value::Object(entries.collect::<Result<_, E>>()?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_text_is_visited_in_order_and_keys_are_not() {
        let value = json!({"k": "a", "l": [1, "b", {"m": "c"}], "n": null});
        let mut seen = Vec::new();
        visit_texts(&value, &mut |text| seen.push(text));
        assert_eq!(seen, ["a", "b", "c"]);
    }

    #[test]
    fn replaced_texts_may_become_values_of_other_types() {
        let value = json!({"k": "a", "l": ["b", 1]});
        let replaced = replace_texts(&value, &mut |text| Ok::<_, ()>(json!(text.len())));
        assert_eq!(replaced, Ok(json!({"k": 1, "l": [1, 1]})));
        assert_eq!(replace_texts(&value, &mut |text| Err(text.to_owned())), Err("a".to_owned()));
    }
}
