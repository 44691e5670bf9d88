//! Values in place of others.

use super::*;

#[test]
fn only_the_scalar_is_replaced() {
    let old = "data:\n  name: Faker   # keep\n  tag: 0.1.0\n";
    let edit = set(old, &path("data.tag"), &json!("0.1.1")).unwrap();
    assert_eq!(edit.splices, [Splice::replace(36..41, "0.1.1")]);
}

#[test]
fn trap_8_comments_are_kept_everywhere() {
    let old = "# head\ndata: # here\n  # TODO: more memory\n  a: 1 # one\n  b: 2 # two\n# end\n";
    sets(old, "data.b", json!(3), "# head\ndata: # here\n  # TODO: more memory\n  a: 1 # one\n  b: 3 # two\n# end\n");
}

#[test]
fn trap_9_long_lines_are_not_folded() {
    let long = "word ".repeat(60);
    let long = long.trim();
    let old = format!("message: {long}\ntag: 1.0.0\n");
    sets(&old, "tag", json!("1.0.1"), &format!("message: {long}\ntag: 1.0.1\n"));
    sets(&old, "tag", json!(long), &format!("message: {long}\ntag: {long}\n"));
}

#[test]
fn trap_10_other_lines_with_the_same_key_stay() {
    let old = "data:\n  registries:\n    cloud:\n      dockerImageTag: 0.2.1\n    oss:\n      dockerImageTag: 0.2.1\n  dockerImageTag: 0.2.1\n";
    sets(
        old,
        "data.dockerImageTag",
        json!("0.2.2"),
        "data:\n  registries:\n    cloud:\n      dockerImageTag: 0.2.1\n    oss:\n      dockerImageTag: 0.2.1\n  dockerImageTag: 0.2.2\n",
    );
}

#[test]
fn trap_11_a_comment_on_the_version_line_stays() {
    sets(
        "dockerImageTag: 1.2.3 # pinned, see the issue\n",
        "dockerImageTag",
        json!("1.2.4"),
        "dockerImageTag: 1.2.4 # pinned, see the issue\n",
    );
}

#[test]
fn trap_15_a_quoted_value_keeps_its_quotes() {
    sets("a: \"0.1.0\"\nb: '0.1.0'\n", "a", json!("0.1.1"), "a: \"0.1.1\"\nb: '0.1.0'\n");
    sets("a: \"0.1.0\"\nb: '0.1.0'\n", "b", json!("it's"), "a: \"0.1.0\"\nb: 'it''s'\n");
    sets("a: 'x'\n", "a", json!("x\ty"), "a: \"x\\ty\"\n");
}

#[test]
fn plain_stays_plain_only_where_it_is_unambiguous() {
    for (value, written) in [
        (json!("yes"), "\"yes\""),
        (json!("1.0"), "\"1.0\""),
        (json!("0.1"), "\"0.1\""),
        (json!("0.1.1"), "0.1.1"),
        (json!("null"), "\"null\""),
        (json!("2023-10-18"), "\"2023-10-18\""),
        (json!(""), "\"\""),
        (json!(" x"), "\" x\""),
        (json!("a: b"), "\"a: b\""),
        (json!("a:b"), "a:b"),
        (json!("a:"), "\"a:\""),
        (json!("a #b"), "\"a #b\""),
        (json!("a#b"), "a#b"),
        (json!("*x"), "\"*x\""),
        (json!("- x"), "\"- x\""),
        (json!("-x"), "-x"),
        (json!("%x"), "\"%x\""),
        (json!("@x"), "\"@x\""),
        (json!("---"), "\"---\""),
        (json!("say \"hi\""), "say \"hi\""),
        (json!("\"hi\""), "\"\\\"hi\\\"\""),
        (json!("a\nb"), "\"a\\nb\""),
        (json!("a\u{85}b\u{2028}\u{7}"), "\"a\\x85b\\u2028\\x07\""),
        (json!("größer 世界 🦀"), "größer 世界 🦀"),
        (json!(1.0), "1.0"),
        (json!(1e30), "1.0e+30"),
        (json!(true), "true"),
        (json!(null), "null"),
        (json!([]), "[]"),
        (json!({}), "{}"),
    ] {
        sets("a: x # c\n", "a", value, &format!("a: {written} # c\n"));
    }
}

#[test]
fn an_image_with_tag_and_digest_is_plain() {
    let image = format!("docker.io/airbyte/python-connector-base:1.2.0@sha256:{}", "0123456789abcdef".repeat(4));
    sets("a: 1\n", "b", json!(image), &format!("a: 1\nb: {image}\n"));
    sets("{a: x}\n", "a", json!(image), &format!("{{a: {image}}}\n"));
}

#[test]
fn the_type_counts_not_the_text() {
    sets("a: 1.0\n", "a", json!("1.0"), "a: \"1.0\"\n");
    sets("a: \"1.0\"\n", "a", json!(1.0), "a: 1.0\n");
    sets("a: .inf\n", "a", json!(".inf"), "a: \".inf\"\n");
    sets("a: yes\n", "a", json!(true), "a: yes\n");
    sets("a: 2023-10-18\n", "a", json!("2023-10-18"), "a: 2023-10-18\n");
    sets("a: 2023-10-18\n", "a", json!("2023-10-19"), "a: 2023-10-19\n");
    sets("a: '2023-10-18'\n", "a", json!("2023-10-19"), "a: '2023-10-19'\n");
    sets("a: [2023-10-18]\n", "a[0]", json!("2023-10-19"), "a: [2023-10-19]\n");
}

#[test]
fn a_scalar_of_several_lines_is_replaced_as_a_whole() {
    sets("a: one\n  two # c\nb: 1\n", "a", json!("x"), "a: x # c\nb: 1\n");
    sets("a: \"one\n  two\"\nb: 1\n", "a", json!("x"), "a: \"x\"\nb: 1\n");
    sets("a: |- # c\n  one\n\n  two\n\nb: 1\n", "a", json!("x"), "a: x # c\n\nb: 1\n");
    sets("a: >\n  one\n  two\n", "a", json!("x\ny\n"), "a: |\n  x\n  y\n");
    sets("a:\n  one\nb: 1\n", "a", json!("x"), "a:\n  x\nb: 1\n");
    sets("a: |+\n  one\n\n\nb: 1\n", "a", json!("x"), "a: x\nb: 1\n");
    sets("a:\n  - |+\n    one\n\nb: 1\n", "a", json!("x"), "a: x\nb: 1\n");
    sets("a: |\nb: 1\n", "a", json!("x"), "a: x\nb: 1\n");
    sets("a: |\n", "a", json!("x"), "a: x\n");
    sets("a: |\n  x", "a", json!("x\ny"), "a: \"x\\ny\"");
    sets("- |\n one\n- 2\n", "[0]", json!("x"), "- x\n- 2\n");
}

#[test]
fn a_collection_is_replaced_as_a_whole() {
    sets("a: # c\n  - 1\n  - 2\nb: 1\n", "a", json!("x"), "a: x # c\nb: 1\n");
    sets("a: # c\n  - 1\n  - 2\nb: 1\n", "a", json!([3]), "a: # c\n  - 3\nb: 1\n");
    sets(
        "a:\n- 1\n- 2\nb: 1\n",
        "a",
        json!([3, [4, 5], {"x": 1, "y": [2]}]),
        "a:\n- 3\n- - 4\n  - 5\n- x: 1\n  y:\n  - 2\nb: 1\n",
    );
    sets("a: [1, 2] # c\n", "a", json!([3, {"x": 1}]), "a: [3, {x: 1}] # c\n");
    sets("a: 1 # c\nb: 2\n", "a", json!({"x": [1], "y": {}}), "a: # c\n  x:\n    - 1\n  y: {}\nb: 2\n");
    sets("- a: 1\n  b: 2\n- c\n", "[0]", json!("x"), "- x\n- c\n");
    sets("-   a: 1\n    b: 2\n- c\n", "[0]", json!({"x": 1, "y": 2}), "-   x: 1\n    y: 2\n- c\n");
    sets("- c # d\n", "[0]", json!({"x": 1, "y": 2}), "- x: 1 # d\n  y: 2\n");
}

#[test]
fn a_key_without_value_gets_one() {
    sets("a:\nb: 1\n", "a", json!("x"), "a: x\nb: 1\n");
    sets("a:   # c\nb: 1\n", "a", json!("x"), "a: x   # c\nb: 1\n");
    sets("a: \nb: 1", "b", json!("x"), "a: \nb: x");
    sets("a: \nb: 1", "a", json!("x"), "a: x\nb: 1");
    sets("-\n- 1\n", "[0]", json!("x"), "- x\n- 1\n");
}
