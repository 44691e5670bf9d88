//! Keys and items that were not there.

use super::*;

const METADATA: &str = "data:\n  allowedHosts:\n    hosts:\n      - api.example.com\n  connectorSubtype: api\n  connectorType: source\n  dockerImageTag: 1.0.0\n  name: Example\n  tags:\n    - language:python\nmetadataSpecVersion: \"1.0\"\n";

#[test]
fn missing_parents_are_two_added_lines_at_the_place_that_the_alphabet_wants() {
    sets(
        METADATA,
        "data.connectorBuildOptions.baseImage",
        json!("docker.io/a/b:1@sha256:c"),
        &METADATA.replace(
            "  connectorSubtype",
            "  connectorBuildOptions:\n    baseImage: docker.io/a/b:1@sha256:c\n  connectorSubtype",
        ),
    );
}

#[test]
fn keys_that_are_not_in_order_get_new_ones_at_the_end_of_the_mapping() {
    sets(
        "data:\n  b: 1\n  a:\n    - x # y\n\n# about c\nc: 1\n",
        "data.b0.x",
        json!(1),
        "data:\n  b: 1\n  a:\n    - x # y\n  b0:\n    x: 1\n\n# about c\nc: 1\n",
    );
}

#[test]
fn a_single_key_is_no_order() {
    sets("b: 1\n", "a", json!(1), "b: 1\na: 1\n");
}

#[test]
fn order_without_regard_to_case_counts_too() {
    sets("alpha: 1\nBeta: 2\ngamma: 3\n", "delta", json!(4), "alpha: 1\nBeta: 2\ndelta: 4\ngamma: 3\n");
    sets("Zeta: 1\nalpha: 2\n", "Zz", json!(3), "Zeta: 1\nZz: 3\nalpha: 2\n");
}

#[test]
fn a_comment_above_a_key_stays_with_it() {
    sets("m:\n  a: 1\n  # about c\n  c: 3\n", "m.b", json!(2), "m:\n  a: 1\n  b: 2\n  # about c\n  c: 3\n");
    sets("m:\n  # about b\n  b: 1\n  c: 3\n", "m.a", json!(0), "m:\n  a: 0\n  # about b\n  b: 1\n  c: 3\n");
    sets(
        "x: 1\nm:\n  a:\n    q: 1\n    # in a\n  # about c\n  c: 3\n",
        "m.b",
        json!(2),
        "x: 1\nm:\n  a:\n    q: 1\n    # in a\n  b: 2\n  # about c\n  c: 3\n",
    );
}

#[test]
fn the_head_of_a_file_stays_its_head() {
    sets("# Copyright\nb: 1\nc: 3\n", "a", json!(0), "# Copyright\na: 0\nb: 1\nc: 3\n");
    sets("# Copyright\n\n# about b\nb: 1\nc: 3\n", "a", json!(0), "# Copyright\n\na: 0\n# about b\nb: 1\nc: 3\n");
}

#[test]
fn comments_at_the_end_of_a_nested_mapping_stay_in_it_and_those_of_the_file_at_its_end() {
    sets("m:\n  b: 1\n  # a: 2\nz: 1\n", "m.a", json!(3), "m:\n  b: 1\n  # a: 2\n  a: 3\nz: 1\n");
    sets("b: 1\n# vim: ts=2\n", "a", json!(3), "b: 1\na: 3\n# vim: ts=2\n");
}

#[test]
fn indentation_is_that_of_the_siblings_and_of_the_file() {
    sets("a:\n    b: 1\n", "a.c.d", json!([1]), "a:\n    b: 1\n    c:\n        d:\n            - 1\n");
    sets("a:\n   b:\n   - 1\n", "a.c", json!({"d": [1]}), "a:\n   b:\n   - 1\n   c:\n      d:\n      - 1\n");
    sets("- a: 1\n  b: 2\n", "[0].c.d", json!(3), "- a: 1\n  b: 2\n  c:\n    d: 3\n");
    sets("- b: 1\n  c: 2\n", "[0].a", json!(3), "- a: 3\n  b: 1\n  c: 2\n");
}

#[test]
fn crlf_bom_and_a_missing_final_newline_stay() {
    sets("a: 1\r\nb: 2\r\n", "c.d", json!("x"), "a: 1\r\nb: 2\r\nc:\r\n  d: x\r\n");
    sets("\u{feff}a: 1\nb: 2", "c.d", json!("x"), "\u{feff}a: 1\nb: 2\nc:\n  d: x");
    sets("\u{feff}b: 1\nc: 2", "a", json!("x"), "\u{feff}a: x\nb: 1\nc: 2");
    sets("\u{feff}b: 1\n", "b", json!("x"), "\u{feff}b: x\n");
    sets("a: 1 #\ttab\n", "a", json!(2), "a: 2 #\ttab\n");
}

#[test]
fn document_markers_stay() {
    sets("--- # c\na: 1\n...\n# after\n", "b", json!(2), "--- # c\na: 1\nb: 2\n...\n# after\n");
    sets("%YAML 1.1\n---\na: 1\n", "b", json!(2), "%YAML 1.1\n---\na: 1\nb: 2\n");
}

#[test]
fn a_text_without_document_gets_one() {
    sets("", "a.b", json!(1), "a:\n  b: 1\n");
    sets("# only a comment\n", "a", json!(1), "# only a comment\na: 1\n");
    sets("# only a comment", "a", json!(1), "# only a comment\na: 1");
    sets("---\n", "a", json!(1), "---\na: 1\n");
    sets("---", "a", json!(1), "---\na: 1");
    sets("---\n...\n", "a", json!(1), "---\na: 1\n...\n");
    sets("{}\n", "a.b", json!(1), "a:\n  b: 1\n");
    sets("--- {} # c\n", "a", json!(1), "---\na: 1 # c\n");
    sets("~\n", "a", json!(1), "a: 1\n");
    sets("\u{feff}", "a", json!(1), "\u{feff}a: 1\n");
}

#[test]
fn null_and_empty_braces_become_mappings() {
    sets("a:\nb: 1\n", "a.x.y", json!(1), "a:\n  x:\n    y: 1\nb: 1\n");
    sets("a: {}\nb: 1\n", "a.x", json!(1), "a:\n  x: 1\nb: 1\n");
    sets("a: {} # c\nb: 1\n", "a.x", json!(1), "a: # c\n  x: 1\nb: 1\n");
    sets("a: null # c\nb: 1\n", "a.x", json!(1), "a: # c\n  x: 1\nb: 1\n");
    sets("a: # c\n  # about x\n\nb: 1\n", "a.x", json!(1), "a: # c\n  # about x\n  x: 1\n\nb: 1\n");
    sets("a: []\n", "a[+]", json!("x"), "a:\n  - x\n");
    sets("a:\n", "a[+].x", json!(1), "a:\n  - x: 1\n");
    sets("- {}\n- 1\n", "[0].x.y", json!(1), "- x:\n    y: 1\n- 1\n");
    sets("{a: {}}\n", "a.x", json!(1), "{a: {x: 1}}\n");
    sets("{a: }\n", "a.x", json!(1), "{a: {x: 1} }\n");
    sets("{a: , b: 1}\n", "a", json!(1), "{a: 1, b: 1}\n");
    sets("{a, b: 1}\n", "a", json!(1), "{a: 1, b: 1}\n");
}

#[test]
fn flow_mappings_get_entries_inside_their_braces() {
    sets("a: {x: 1} # c\n", "a.b.c", json!("yes"), "a: {x: 1, b: {c: \"yes\"}} # c\n");
    sets("a: { x: 1 }\n", "a.y", json!(2), "a: { x: 1, y: 2 }\n");
    sets("a: {x: 1,}\n", "a.y", json!(2), "a: {x: 1, y: 2,}\n");
    sets("a: {b: {c: {d: 1}, e: 2}, f: 3}\n", "a.b.c.x", json!(2), "a: {b: {c: {d: 1, x: 2}, e: 2}, f: 3}\n");
    sets("a: {b: 1, d: 2}\n", "a.c", json!(3), "a: {b: 1, c: 3, d: 2}\n");
    sets("a: {\n  x: 1, # one\n  y: 2 # two\n}\n", "a.z", json!(3), "a: {\n  x: 1, # one\n  y: 2, # two\n  z: 3\n}\n");
    sets("a: {\n  x: 1,\n}\n", "a.z", json!(3), "a: {\n  x: 1,\n  z: 3,\n}\n");
    sets("a: {\n  x: 1,\n  z: 1\n}\n", "a.y", json!(3), "a: {\n  x: 1,\n  y: 3,\n  z: 1\n}\n");
    sets("a: {x: 1,\n    y: 2}\n", "a.z", json!(3), "a: {x: 1,\n    y: 2,\n    z: 3}\n");
    sets("a: [1, {b: 2}]\n", "a[1].c", json!(3), "a: [1, {b: 2, c: 3}]\n");
}

#[test]
fn items_are_addressed_by_number_and_appended() {
    sets("a:\n  - x\n  - y # c\n", "a[0]", json!("z"), "a:\n  - z\n  - y # c\n");
    sets("a:\n  - x\n  - y # c\n", "a[-1]", json!("z"), "a:\n  - x\n  - z # c\n");
    sets(
        "a:\n  - x\n  - y # c\n    # more\nb: 1\n",
        "a[+]",
        json!("z"),
        "a:\n  - x\n  - y # c\n    # more\n  - z\nb: 1\n",
    );
    sets("a:\n- x\nb: 1\n", "a[+]", json!({"k": 1, "l": [2]}), "a:\n- x\n- k: 1\n  l:\n  - 2\nb: 1\n");
    sets("a: [x, y]\n", "a[+]", json!("z"), "a: [x, y, z]\n");
    sets("a:\n  - x\n", "a[+]", json!("x"), "a:\n  - x\n");
    sets("- - 1\n  - 2\n", "[0][+]", json!(3), "- - 1\n  - 2\n  - 3\n");
    sets("- k: 1\n", "[-1].k", json!(3), "- k: 3\n");
    sets("a:\n  - |\n    x\n  -\n    b: 1\n", "a[1].b", json!(3), "a:\n  - |\n    x\n  -\n    b: 3\n");
}

#[test]
fn a_text_of_several_lines_becomes_a_literal_scalar() {
    sets("a: 1\nb: 2\n", "c", json!("x\n  y\n\nz"), "a: 1\nb: 2\nc: |-\n  x\n    y\n\n  z\n");
    sets("a: 1", "c", json!("x\ny"), "a: 1\nc: \"x\\ny\"");
    sets("a:\r\n- 1\r\n", "a[+]", json!("x\ny\n"), "a:\r\n- 1\r\n- |\r\n  x\r\n  y\r\n");
    sets("a: 1\n", "c", json!(" x\ny"), "a: 1\nc: \" x\\ny\"\n");
}

#[test]
fn a_block_scalar_before_the_new_key_keeps_its_blank_lines() {
    sets("a: |+\n  x\n\nb: 1\n", "a0", json!(1), "a: |+\n  x\n\na0: 1\nb: 1\n");
    sets("a: |\n  x\n\nb: 1\n", "a0", json!(1), "a: |\n  x\na0: 1\n\nb: 1\n");
    sets("a: |\n  # x\n  y\n", "b", json!(1), "a: |\n  # x\n  y\nb: 1\n");
}

#[test]
fn trap_12_existing_build_options_are_used() {
    let old = METADATA.replace(
        "  connectorSubtype",
        "  connectorBuildOptions:\n    # Please keep\n    baseImage: airbyte/base:1.0.0\n  connectorSubtype",
    );
    sets(
        &old,
        "data.connectorBuildOptions.baseImage",
        json!("docker.io/a:2"),
        &old.replace("airbyte/base:1.0.0", "docker.io/a:2"),
    );
}

#[test]
fn odd_keys_are_quoted_and_found() {
    sets("a: 1\n", "\"b: c\"", json!(1), "a: 1\n\"b: c\": 1\n");
    sets("a: 1\n", "\"1\"", json!(1), "a: 1\n\"1\": 1\n");
    sets("'a.b': 1\n\"c\" : 2\n", "\"a.b\"", json!(3), "'a.b': 3\n\"c\" : 2\n");
    sets("'a.b': 1\n\"c\" : 2\n", "c", json!(3), "'a.b': 1\n\"c\" : 3\n");
    sets("a: 1\n", "y", json!(1), "a: 1\ny: 1\n");
}
