//! Files that are not a YAML document, or not one that is read.

use insta::assert_snapshot;

use super::super::{load, load_bytes};
use super::{shown, with_lines};
use crate::diagnostic::{SourceText, render};

fn shown_bytes(bytes: &[u8]) -> String {
    render(&load_bytes("w.yaml", bytes, &[]).diagnostics, false)
}

#[test]
fn an_empty_file_says_how_to_begin() {
    assert_snapshot!(shown(""), @r"
    error[empty-workflow]: the file holds no workflow
     --> w.yaml:1:1
      |
    1 |
      | ^
      |
      = help: `cutover init` writes one to begin with.
    ");
    assert_eq!(shown("# only a comment\n").lines().next(), shown("").lines().next());
}

#[test]
fn bytes_that_are_not_utf8_are_pointed_at() {
    assert_snapshot!(shown_bytes(b"version: 1\nname: caf\xe9 w\n"), @r"
    error[not-utf8]: the file is not UTF-8
     --> w.yaml:2:10
      |
    2 | name: caf� w
      |          ^ the byte 0xe9 is not part of a letter
      |
      = help: Save it as UTF-8.
    ");
}

#[test]
fn ten_megabytes_are_refused_before_they_are_parsed() {
    assert_snapshot!(shown_bytes(&vec![b'['; 10 * 1024 * 1024]), @r"
    error[file-too-large]: w.yaml has 10.0 MiB; a workflow file may have 1 MiB
     |
     = help: Is this the right file? Workflows have a few kilobytes.
    ");
    let large = SourceText::new("w.yaml", " ".repeat(2_000_000));
    assert_eq!(load(&large, &[]).diagnostics[0].code, "file-too-large");
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut lines = vec!["a: &a [x, x, x, x, x, x, x, x, x, x]".to_owned()];
    for (name, before) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"])
    {
        let ten = vec![format!("*{before}"); 10].join(", ");
        lines.push(format!("{name}: &{name} [{ten}]"));
    }
    assert_snapshot!(shown(&lines.join("\n")), @r"
    error[document-too-large]: the document has more than 100000 values once its aliases are written out
     --> w.yaml:5:32
      |
    5 | e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
      |                                ^^
      |
      = help: Aliases of aliases multiply: write the values out, or split the workflow.
    ");
}

#[test]
fn aliases_of_long_texts_count_by_their_length() {
    let aliases = vec!["*a"; 20_000].join(", ");
    let text = format!("a: &a {}\nb: [{aliases}]\n", "x".repeat(500_000));
    assert_eq!(super::codes(&text), ["document-too-large"]);
}

#[test]
fn a_flood_of_findings_is_cut_and_counted() {
    let text = with_lines(&format!("connectors: {{ names: [{}] }}", vec!["1"; 50_000].join(", ")));
    let diagnostics = super::loaded(&text).diagnostics;
    assert_eq!(diagnostics.len(), 101);
    assert_eq!(diagnostics[100].message, "49900 more findings are not shown");
}

#[test]
fn a_nest_that_is_too_deep_is_refused() {
    assert_snapshot!(shown(&format!("a: {}", "[".repeat(500))), @r"
    error[invalid-yaml]: this is not YAML
     --> w.yaml:1:68
      |
    1 | a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
      |                                                                    ^ recursion limit exceeded
      |
      = help: Collections may nest 64 deep.
    ");
}

#[test]
fn an_alias_inside_its_own_anchor_is_an_error() {
    assert_snapshot!(shown(&with_lines("inputs: &all { a: *all }")), @r"
    error[alias-of-itself]: this alias stands inside the value that it repeats
     --> w.yaml:3:19
      |
    3 | inputs: &all { a: *all }
      |                   ^^^^
      |
      = help: Write the value out.
    ");
}

#[test]
fn an_alias_without_an_anchor_is_an_error() {
    assert_snapshot!(shown(&with_lines("connectors: { names: *source }")), @r#"
    error[unknown-alias]: no anchor `&source` stands before this alias
     --> w.yaml:3:22
      |
    3 | connectors: { names: *source }
      |                      ^^^^^^^
      |
      = help: A text that begins with `*` needs quotes: `"*source"`.
    "#);
}

#[test]
fn duplicate_keys_point_at_both() {
    assert_snapshot!(shown(&with_lines("description: one\nconnectors: { language: python }\ndescription: two")), @r"
    error[duplicate-key]: the key `description` stands here twice
     --> w.yaml:5:1
      |
    3 | description: one
      | ----------- first here
    4 | connectors: { language: python }
    5 | description: two
      | ^^^^^^^^^^^ again here
      |
      = help: Remove one of the two, or rename one.
    ");
}

#[test]
fn duplicate_step_ids_point_at_both() {
    let text = "version: 1\nname: w\nsteps:\n  a: { run: x }\n  b: { run: x }\n  a: { run: y }\n";
    assert_snapshot!(shown(text), @r"
    error[duplicate-key]: the key `a` stands here twice
     --> w.yaml:6:3
      |
    4 |   a: { run: x }
      |   - first here
    5 |   b: { run: x }
    6 |   a: { run: y }
      |   ^ again here
      |
      = help: Remove one of the two, or rename one.
    ");
}

#[test]
fn a_second_document_is_an_error() {
    assert_snapshot!(shown("version: 1\n---\nversion: 1\n"), @r"
    error[several-documents]: a second YAML document begins here
     --> w.yaml:2:1
      |
    2 | ---
      | ^^^
      |
      = help: A file holds one workflow: move this one to a file of its own.
    ");
}

#[test]
fn a_tag_is_an_error() {
    assert_snapshot!(shown(&with_lines("description: !secret x")), @r"
    error[unknown-tag]: workflow files have no tag `!secret`
     --> w.yaml:3:14
      |
    3 | description: !secret x
      |              ^^^^^^^
      |
      = help: Remove the tag; a text that begins with `!` needs quotes.
    ");
}

#[test]
fn a_top_level_that_is_no_mapping_is_an_error() {
    assert_snapshot!(shown("- version: 1\n- name: w\n"), @r"
    error[wrong-type]: a workflow must be a mapping of keys to values, not a list
     --> w.yaml:1:1
      |
    1 | - version: 1
      | ^^^^^^^^^^^^
      |
      = help: A workflow has the keys `version`, `name` and `steps`; `cutover init` writes one to begin with.
    ");
    assert_snapshot!(shown("just text\n"), @r"
    error[wrong-type]: a workflow must be a mapping of keys to values, not the text `just text`
     --> w.yaml:1:1
      |
    1 | just text
      | ^^^^^^^^^
      |
      = help: A workflow has the keys `version`, `name` and `steps`; `cutover init` writes one to begin with.
    ");
}

#[test]
fn a_list_as_key_is_an_error() {
    assert_snapshot!(shown(&with_lines("inputs: { [a, b]: {} }")), @r"
    error[key-not-text]: a key must be a text, not a list
     --> w.yaml:3:11
      |
    3 | inputs: { [a, b]: {} }
      |           ^^^^^^
      |
      = help: A value that begins with `{` or `[` needs quotes if it is meant as text.
    ");
}

#[test]
fn an_unquoted_colon_is_explained() {
    assert_snapshot!(shown(&with_lines("description: one: two")), @r"
    error[invalid-yaml]: this is not YAML
     --> w.yaml:3:17
      |
    3 | description: one: two
      |                 ^ mapping values are not allowed in this context
      |
      = help: A value that contains `: ` needs quotes; if it is meant as a key, check its indentation.
    ");
}

#[test]
fn an_unquoted_expression_in_braces_is_explained() {
    assert_snapshot!(shown(&with_lines("commit: { message: ${{ connector.name }}: bump }")), @r"
    error[invalid-yaml]: this is not YAML
     --> w.yaml:3:21
      |
    3 | commit: { message: ${{ connector.name }}: bump }
      |                     ^ while parsing a flow mapping, did not find expected ',' or '}'
      |
      = help: Put a value with `${{ … }}` in quotes where it contains `: ` or stands inside `{ }` or `[ ]`.
    ");
}

#[test]
fn tabs_and_wrong_indentation_are_explained() {
    assert_snapshot!(shown("version: 1\nsteps:\n\ta: 1\n"), @r"
    error[invalid-yaml]: this is not YAML
     --> w.yaml:3:2
      |
    3 |     a: 1
      |     ^ tabs disallowed within this context (block indentation)
      |
      = help: Indent with spaces: YAML allows no tabs there.
    ");
    assert_snapshot!(shown("version: 1\nsteps:\n  a:\n    run: x\n   b:\n    run: y\n"), @r"
    error[invalid-yaml]: this is not YAML
     --> w.yaml:5:4
      |
    5 |    b:
      |    ^ while parsing a block mapping, did not find expected key
      |
      = help: Check the quotes, the brackets and the indentation here and in the line before.
    ");
}

#[test]
fn an_open_quote_is_explained() {
    assert_snapshot!(shown("version: 1\nname: 'w\nsteps: {}\n"), @r"
    error[invalid-yaml]: this is not YAML
     --> w.yaml:3:1
      |
    3 | steps: {}
      | ^ invalid indentation in multiline quoted scalar
      |
      = help: Check the quotes, the brackets and the indentation here and in the line before.
    ");
    assert_snapshot!(shown("version: 1\nsteps: [a, b\n"), @r"
    error[invalid-yaml]: this is not YAML
     --> w.yaml:2:8
      |
    2 | steps: [a, b
      |        ^ unclosed bracket '['
      |
      = help: Check the quotes, the brackets and the indentation here and in the line before.
    ");
}

#[test]
fn a_byte_order_mark_and_carriage_returns_do_no_harm() {
    let text = with_lines("description: \"über\"").replace('\n', "\r\n");
    assert_eq!(shown(&format!("\u{feff}{text}")), "");
    let wrong = with_lines("descripion: \"über\"").replace('\n', "\r\n");
    assert_snapshot!(shown(&format!("\u{feff}{wrong}")), @r#"
    error[unknown-key]: a workflow has no key `descripion`
     --> w.yaml:3:1
      |
    3 | descripion: "über"
      | ^^^^^^^^^^
      |
      = help: Did you mean `description`?
    "#);
}
