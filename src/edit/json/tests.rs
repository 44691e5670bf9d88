use proptest::prelude::*;
use serde_json::json;

use super::super::Format;
use super::*;

fn path(path: &str) -> ValuePath {
    ValuePath::parse(path).unwrap()
}

#[track_caller]
fn sets(old: &str, at: &str, value: impl Into<Value>, new: &str) {
    match set(old, &path(at), &value.into()) {
        Ok(edit) => assert_eq!(edit.text, new),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn removes(old: &str, at: &str, new: &str) {
    match remove(old, &path(at)) {
        Ok(edit) => assert_eq!(edit.text, new),
        Err(error) => panic!("{error}"),
    }
}

const PACKAGE: &str = "{\n    \"name\": \"x\",\n    \"files\": [\"a\", \"b\"],\n    \"scripts\": {\n        \"test\": \"jest\"\n    },\n    \"empty\": {}\n}\n";

#[test]
fn only_the_value_is_replaced() {
    sets(PACKAGE, "name", "y", &PACKAGE.replace("\"x\"", "\"y\""));
    sets(PACKAGE, "files[1]", "c", &PACKAGE.replace("\"b\"", "\"c\""));
    sets(PACKAGE, "files", json!([1, [2]]), &PACKAGE.replace("[\"a\", \"b\"]", "[1, [2]]"));
    sets("[1.0,2]", "[0]", 1, "[1,2]");
    sets("\u{feff}{\"a\" : 1}", "a", json!(null), "\u{feff}{\"a\" : null}");
}

#[test]
fn new_keys_and_items_follow_indentation_spacing_and_line_breaks() {
    sets(PACKAGE, "version", 1, &PACKAGE.replace("{}\n", "{},\n    \"version\": 1\n"));
    sets(
        PACKAGE,
        "scripts.lint",
        json!({"a": [1]}),
        &PACKAGE.replace(
            "\"jest\"\n",
            "\"jest\",\n        \"lint\": {\n            \"a\": [\n                1\n            ]\n        }\n",
        ),
    );
    sets(
        PACKAGE,
        "empty.a.b",
        1,
        &PACKAGE.replace("{}", "{\n        \"a\": {\n            \"b\": 1\n        }\n    }"),
    );
    sets(PACKAGE, "files[+]", "c", &PACKAGE.replace("\"b\"]", "\"b\", \"c\"]"));
    sets(PACKAGE, "files[+]", "b", PACKAGE);
    sets("{\"a\":1,\"b\":2}", "c.d", 3, "{\"a\":1,\"b\":2,\"c\":{\"d\":3}}");
    sets("{}", "a", 1, "{\n  \"a\": 1\n}");
    sets("{\r\n\t\"a\": 1\r\n}\r\n", "b", json!([1]), "{\r\n\t\"a\": 1,\r\n\t\"b\": [\r\n\t\t1\r\n\t]\r\n}\r\n");
    sets("{\"a\": 1, \"c\": 2}", "b", 3, "{\"a\": 1, \"b\": 3, \"c\": 2}");
    sets("{\"a\": null}", "a.b", 3, "{\"a\": {\"b\": 3}}");
}

#[test]
fn removal_takes_the_comma_along() {
    removes(PACKAGE, "empty", &PACKAGE.replace(",\n    \"empty\": {}", ""));
    removes(PACKAGE, "name", &PACKAGE.replace("    \"name\": \"x\",\n", ""));
    removes(PACKAGE, "scripts.test", &PACKAGE.replace("{\n        \"test\": \"jest\"\n    }", "{}"));
    removes(PACKAGE, "files[0]", &PACKAGE.replace("\"a\", ", ""));
    removes(PACKAGE, "nothing.here", PACKAGE);
    removes("[1, 2]", "[-1]", "[1]");
}

#[test]
fn what_cannot_be_is_refused_with_a_line() {
    assert!(matches!(parse("{\"a\": 1,\n}"), Err(EditError::Syntax { format: Format::Json, line: 2, .. })));
    assert!(matches!(parse(""), Err(EditError::Syntax { .. })));
    let duplicate = EditError::DuplicateKey { key: "a".into(), line: 2, first_line: 1 };
    assert_eq!(parse("{\"a\": 1,\n\"\\u0061\": 2}").unwrap_err(), duplicate);
    let error = set("{\n\"a\": 1}", &path("a.b"), &json!(1)).unwrap_err();
    assert_eq!(error.to_string(), "`a` on line 2 is a single value, not an object");
    assert!(matches!(set("[1]", &path("[1]"), &json!(1)), Err(EditError::OutOfRange { length: 1, .. })));
    assert!(matches!(set("{\"a\": {\"b\": 1}}", &path("a[0]"), &json!(1)), Err(EditError::WrongKind { .. })));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]{1,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_was_set_is_found_and_its_removal_restores_the_text(document in any_json(), pretty in any::<bool>(), value in any_json()) {
        let document = json!({"root": 1, "x": document});
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }.unwrap();
        let at = path("x.new.key");
        match set(&text, &at, &value) {
            Err(error) => prop_assert!(matches!(error, EditError::WrongKind { .. }), "{}", error),
            Ok(edit) => {
                prop_assert_eq!(get(&edit.text, &at).unwrap(), Some(value));
                if document["x"].as_object().is_some_and(|map| !map.is_empty()) {
                    prop_assert_eq!(remove(&edit.text, &path("x.new")).unwrap().text, text);
                }
            }
        }
    }
}
