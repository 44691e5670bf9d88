//! Widths, cuts, wraps and hints.

use std::time::Duration;

use super::super::hint;
use super::super::layout::{about, ago, columns, cut, cut_start, duration, filled, folded, harmless, names, table};

#[test]
fn hints_read_the_same_whatever_their_shape() {
    assert_eq!(hint::sentence("free space, then resume"), "hint: Free space, then resume.");
    assert_eq!(hint::sentence("Free space."), "hint: Free space.");
    assert_eq!(hint::sentence("`cutover init` writes one"), "hint: `cutover init` writes one.");
    assert_eq!(hint::sentence("cutover.yaml is the place"), "hint: cutover.yaml is the place.");
    assert_eq!(hint::sentence("git fetch brings it"), "hint: git fetch brings it.");
    assert_eq!(hint::sentence("hint: did you mean `x`?"), "hint: Did you mean `x`?");
}

#[test]
fn wide_characters_count_for_two_columns() {
    assert_eq!(columns("連絡"), 4);
    assert_eq!(cut("連絡連絡", 5), "連絡…");
    assert_eq!(cut_start("連絡/file", 6), "…/file");
}

#[test]
fn what_is_cut_never_exceeds_its_width_and_what_fits_stays() {
    assert_eq!(cut("source-faker", 12), "source-faker");
    assert_eq!(cut("source-faker", 11), "source-fak…");
    assert_eq!(cut("two\nlines\tand more", 40), "two lines and more");
}

#[test]
fn names_wrap_between_names_and_keep_their_commas() {
    assert_eq!(names(&["alpha-one", "beta-two", "gamma-three"], 2, 24), "  alpha-one, beta-two,\n  gamma-three\n");
}

#[test]
fn what_follows_long_first_words_goes_below_them() {
    assert_eq!(filled("  id  ", "some words that wrap", 20), "  id  some words that wrap\n");
    assert_eq!(
        filled("  short  ", "one two three four five six", 30),
        "  short  one two three four\n         five six\n"
    );
    assert_eq!(
        filled("  a-rather-long-step-id  ", "one two three", 32),
        "  a-rather-long-step-id  one two\n    three\n"
    );
}

#[test]
fn lines_of_files_fold_anywhere_and_keep_their_spaces() {
    assert_eq!(folded("+    baseImage: a-long-value", 0, 24), ["+    baseImage: a-long-v", "  alue"]);
}

#[test]
fn only_the_last_column_of_a_table_is_cut() {
    let rows = vec![vec!["a".to_owned(), "x".repeat(40)], vec!["long".to_owned(), "y".to_owned()]];
    assert_eq!(table(&rows, 30), [format!("a     {}…", "x".repeat(23)), "long  y".to_owned()]);
}

#[test]
fn controls_and_direction_marks_become_visible() {
    assert_eq!(harmless("a\u{1b}[31mb\u{202e}c"), "a\u{fffd}[31mb\u{fffd}c");
}

#[test]
fn times_are_as_exact_as_is_useful() {
    let said = |millis| duration(Duration::from_millis(millis));
    assert_eq!(
        [said(40), said(3_250), said(59_900), said(185_000), said(7_620_000)],
        ["0.0 s", "3.2 s", "59 s", "3 min 05 s", "2 h 07 min"]
    );
    let guessed = |seconds| about(Duration::from_secs(seconds));
    assert_eq!([guessed(5), guessed(100), guessed(7_700)], ["6 s", "2 min", "2 h 00 min"]);
    assert_eq!(
        [ago(3), ago(300), ago(7_200), ago(300_000)],
        ["just now", "5 minutes ago", "2 hours ago", "3 days ago"]
    );
}
