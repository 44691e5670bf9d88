//! What is not edited, and why.

use std::fmt::Write as _;

use super::*;

#[test]
fn anchors_aliases_tags_and_merge_keys_in_the_way_are_refused_with_a_line() {
    refuses("a: &x\n  b: 1\nc: *x\n", "a.b", Obstacle::Anchor, 2);
    refuses("a: &x\n  b: 1\nc: *x\n", "c.b", Obstacle::Alias, 3);
    refuses("a: &x\n  b: 1\nc: *x\n", "c", Obstacle::Alias, 3);
    refuses("a: !!str 1\n", "a", Obstacle::Tag, 1);
    refuses("a: !mine\n  b: 1\n", "a.b", Obstacle::Tag, 2);
    refuses("x: &x {b: 1}\na:\n  <<: *x\n", "a.b", Obstacle::MergeKey, 3);
    refuses("? a\n: 1\n", "a", Obstacle::ExplicitKey, 1);
    refuses("a: [b: 1]\n", "a[0].c", Obstacle::BarePair, 1);
    refuses("a: |\n  x", "b", Obstacle::CutOffScalar, 2);
    refuses("a:\n  b: &x 1\nc: *x\n", "a", Obstacle::Anchor, 2);
}

#[test]
fn anchors_and_tags_elsewhere_do_not_matter() {
    sets("a: &x {q: !mine 1}\nb: *x\nc: 1\n", "c", json!(2), "a: &x {q: !mine 1}\nb: *x\nc: 2\n");
    sets("x: &x {b: 1}\na:\n  <<: *x\n  b: 2\n", "a.b", json!(3), "x: &x {b: 1}\na:\n  <<: *x\n  b: 3\n");
}

#[test]
fn a_way_through_a_single_value_is_refused() {
    let error = set("a:\n  b: x\n", &path("a.b.c"), &json!(1)).unwrap_err();
    assert_eq!(error.to_string(), "`a.b` on line 2 is a single value, not a mapping");
    let error = set("a: [1]\n", &path("a.b"), &json!(1)).unwrap_err();
    assert_eq!(error.to_string(), "`a` on line 1 is a sequence, not a mapping");
    let error = set("a: {b: 1}\n", &path("a[0]"), &json!(1)).unwrap_err();
    assert_eq!(error.to_string(), "`a` on line 1 is a mapping, not a sequence");
}

#[test]
fn an_item_beyond_the_end_is_refused() {
    let error = set("a: [1]\n", &path("a[1]"), &json!(1)).unwrap_err();
    assert_eq!(error, EditError::OutOfRange { path: path("a[1]"), length: 1 });
    assert!(matches!(set("a: 1\n", &path("b[0]"), &json!(1)), Err(EditError::OutOfRange { length: 0, .. })));
}

#[test]
fn duplicate_keys_several_documents_and_huge_texts_are_errors() {
    assert_eq!(
        parse("a: 1\nb:\n  c: 1\n  'c': 2\n").unwrap_err(),
        EditError::DuplicateKey { key: "c".into(), line: 4, first_line: 3 }
    );
    let many = (0..40).fold(String::new(), |text, number| text + &format!("k{number}: 1\n"));
    let error = parse(&format!("{many}k3: 1\n")).unwrap_err();
    assert_eq!(error, EditError::DuplicateKey { key: "k3".into(), line: 41, first_line: 4 });
    assert_eq!(parse("a: 1\n---\nb: 1\n").unwrap_err(), EditError::SeveralDocuments { line: 2 });
    let huge = format!("# {}\n", "x".repeat(10 * 1024 * 1024));
    assert!(matches!(parse(&huge), Err(EditError::TooLarge { .. })));
    assert!(matches!(parse("a: [1\nb: 2\n"), Err(EditError::Syntax { line: 2.., .. })));
    assert!(matches!(parse(&"[".repeat(5000)), Err(EditError::Syntax { .. })));
}

#[test]
fn alias_bombs_are_stopped_by_a_budget() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    assert!(matches!(parse(&bomb), Err(EditError::AliasBudget { .. })));
    sets(&format!("{bomb}z: 1\n"), "z", json!(2), &format!("{bomb}z: 2\n"));
}

#[test]
fn every_error_has_a_hint() {
    for (text, at) in [("a: *x", "a"), ("a: 1\na: 2", "a"), ("a: 1", "a.b"), ("a: &x 1", "a"), ("a: []", "a[3]")] {
        let error = set(text, &path(at), &json!("new")).unwrap_err();
        assert!(error.hint().is_some_and(|hint| hint.ends_with('.')), "{error}");
    }
}
