use std::fmt::Write as _;

use serde_json::json;

use super::super::Obstacle;
use super::*;

fn path(path: &str) -> ValuePath {
    ValuePath::parse(path).unwrap()
}

#[track_caller]
fn sets(old: &str, at: &str, value: impl Into<serde_json::Value>, new: &str) {
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

#[track_caller]
fn refuses(old: &str, at: &str, obstacle: Obstacle, line: usize) {
    let expected = EditError::InTheWay { path: path(at), obstacle, line };
    assert_eq!(set(old, &path(at), &json!("new")).unwrap_err(), expected);
}

mod scalars {
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
        sets(
            old,
            "data.b",
            json!(3),
            "# head\ndata: # here\n  # TODO: more memory\n  a: 1 # one\n  b: 3 # two\n# end\n",
        );
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
}

mod insertions {
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
        sets(
            "a: {\n  x: 1, # one\n  y: 2 # two\n}\n",
            "a.z",
            json!(3),
            "a: {\n  x: 1, # one\n  y: 2, # two\n  z: 3\n}\n",
        );
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
}

mod removals {
    use super::*;

    #[test]
    fn a_key_goes_with_its_lines_and_nothing_else() {
        removes(
            "a: 1\n# about b\nb: # c\n  - 1\n  # in b\n  - 2 # two\n# about c\nc: 3\n",
            "b",
            "a: 1\n# about b\n# about c\nc: 3\n",
        );
        removes("a: 1\nb: |\n  x\n\nc: 3\n", "b", "a: 1\n\nc: 3\n");
        removes("a: 1\r\nb: 2", "b", "a: 1");
        removes("a: 1\nb: 2", "a", "b: 2");
        removes("a:\nb: 2\n", "a", "b: 2\n");
        removes("\u{feff}a: 1\nb: 2\n", "a", "\u{feff}b: 2\n");
    }

    #[test]
    fn what_is_absent_is_unchanged() {
        for at in ["b", "a.b", "a[0]", "c[2]", "c.x", "x.y.z"] {
            removes("a: 1\nc: [1]\n", at, "a: 1\nc: [1]\n");
        }
        removes("", "a", "");
    }

    #[test]
    fn the_last_entry_leaves_braces_behind() {
        removes("a:\n  b: 1 # c\nd: 1\n", "a.b", "a: {}\nd: 1\n");
        removes("a: # keep\n  b: 1\n", "a.b", "a: {} # keep\n");
        removes("a:\n  - 1\n", "a[0]", "a: []\n");
        removes("- a: 1\n- 2\n", "[0].a", "- {}\n- 2\n");
        removes("# c\na: 1\n", "a", "# c\n{}\n");
        removes("{a: 1}\n", "a", "{}\n");
    }

    #[test]
    fn items_go_with_their_dash() {
        removes("- 1\n-\n  a: 1\n- 3\n", "[1]", "- 1\n- 3\n");
        removes("- 1\n-\n- 3\n", "[1]", "- 1\n- 3\n");
        removes("- - 1\n  - 2\n- 3\n", "[0][0]", "- - 2\n- 3\n");
        removes("- a: 1\n  b: 2\n", "[0].a", "- b: 2\n");
        removes("- a: 1\n  b: 2\n", "[-1].b", "- a: 1\n");
    }

    #[test]
    fn entries_between_brackets_go_with_their_comma() {
        removes("a: {b: 1, c: 2, d: 3}\n", "a.b", "a: {c: 2, d: 3}\n");
        removes("a: {b: 1, c: 2, d: 3}\n", "a.c", "a: {b: 1, d: 3}\n");
        removes("a: { b: 1, d: 3 }\n", "a.d", "a: { b: 1 }\n");
        removes("a: [1, 2, 3,]\n", "a[-1]", "a: [1, 2,]\n");
        removes(
            "a: {\n  b: 1, # one\n  c: 2, # two\n  d: 3 # three\n}\n",
            "a.c",
            "a: {\n  b: 1, # one\n  d: 3 # three\n}\n",
        );
        removes("a: {\n  b: 1, # one\n  c: 2 # two\n}\n", "a.c", "a: {\n  b: 1 # one\n}\n");
    }
}

mod refusals {
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
}

mod reading {
    use super::*;

    #[test]
    fn a_document_is_typed_as_pyyaml_does() {
        let text = "a: yes\nb: 0o7\nc: 010\nd: 1e3\ne: ~\nf: 2023-01-01\ng: !!str 1\nh: !!float 1\n1: x\ni:\n";
        let value = json!({"a": true, "b": "0o7", "c": 8, "d": "1e3", "e": null, "f": "2023-01-01", "g": "1", "h": 1.0, "1": "x", "i": null});
        assert_eq!(parse(text).unwrap(), value);
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
}
