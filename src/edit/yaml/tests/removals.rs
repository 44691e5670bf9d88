//! Keys and items that go.

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
    removes("a: |\n  x\nb: 2", "b", "a: |\n  x\n");
    removes("d:\n  e: |+\n      kept\n\n  a: plain\n", "d.e", "d:\n  a: plain\n");
    removes("d:\n  a: plain\n  e: |+\n      kept\n\n", "d.e", "d:\n  a: plain\n");
    removes("d:\n  e: |+\n      kept\n\n", "d.e", "d: {}\n");
    removes("d:\n  - |+\n      kept\n\n  -\n    x: 1\n", "d[1].x", "d:\n  - |+\n      kept\n\n  - {}\n");
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
