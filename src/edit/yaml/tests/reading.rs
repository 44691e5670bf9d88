//! YAML as plain data.

use super::*;

#[test]
fn a_document_is_typed_as_pyyaml_does() {
    let text = "a: yes\nb: 0o7\nc: 010\nd: 1e3\ne: ~\nf: 2023-01-01\ng: !!str 1\nh: !!float 1\n1: x\ni:\n";
    let value = json!({"a": true, "b": "0o7", "c": 8, "d": "1e3", "e": null, "f": "2023-01-01", "g": "1", "h": 1.0, "1": "x", "i": null});
    assert_eq!(parse(text).unwrap(), value);
}

#[test]
fn a_block_scalar_ends_with_a_line_break_only_if_the_text_has_one() {
    assert_eq!(parse("a: |\n  x").unwrap(), json!({"a": "x"}));
    assert_eq!(parse("a: |\n  x\n").unwrap(), json!({"a": "x\n"}));
    assert_eq!(parse("a: |\n").unwrap(), json!({"a": ""}));
}

#[test]
fn aliases_and_merge_keys_are_followed() {
    let text = "x: &x {a: 1, b: 2}\ny: &y {b: 3}\nz:\n  <<: [*y, *x]\n  a: 9\nw: *x\n";
    assert_eq!(parse(text).unwrap()["z"], json!({"a": 9, "b": 3}));
    assert_eq!(get(text, &path("z.b")).unwrap(), Some(json!(3)));
    assert_eq!(get(text, &path("w.b")).unwrap(), Some(json!(2)));
    assert_eq!(get(text, &path("w.c")).unwrap(), None);
}

#[test]
fn a_value_inside_itself_and_unknown_tags_are_errors() {
    assert!(matches!(parse("a: &a [*a]\n"), Err(EditError::Unreadable { line: 1, .. })));
    assert!(matches!(parse("b: 1\na: !mine 1\n"), Err(EditError::Unreadable { line: 2, .. })));
    assert!(matches!(parse("? [a]\n: 1\n"), Err(EditError::Unreadable { line: 1, .. })));
    assert_eq!(get("b: 1\na: !mine 1\n", &path("b")).unwrap(), Some(json!(1)));
}

#[test]
fn get_finds_items_from_both_ends() {
    let text = "a: [1, 2, {b: 3}]\n";
    assert_eq!(get(text, &path("a[-1].b")).unwrap(), Some(json!(3)));
    assert_eq!(get(text, &path("a[0]")).unwrap(), Some(json!(1)));
    assert_eq!(get(text, &path("a[3]")).unwrap(), None);
    assert_eq!(get("", &path("a")).unwrap(), None);
}
