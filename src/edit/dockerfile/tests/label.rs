use crate::edit::dockerfile::{DockerfileError, label, set_label};
use proptest::prelude::*;

const VERSION: &str = "io.airbyte.version";

/// A Dockerfile of one stage that ends in these lines.
fn ending_in(lines: &str) -> String {
    format!("FROM python:3.9\nWORKDIR /app\n{lines}")
}

fn read(lines: &str) -> Option<String> {
    label(&ending_in(lines), VERSION).unwrap()
}

/// The last lines after setting the version to 0.1.1.
fn set(lines: &str) -> String {
    let edit = set_label(&ending_in(lines), VERSION, "0.1.1").unwrap();
    assert!(edit.splices.len() == 1, "one place changes");
    edit.text.strip_prefix(&ending_in("")).unwrap().to_owned()
}

#[test]
fn a_label_is_read_and_set_where_it_stands() {
    let lines = "LABEL io.airbyte.version=0.1.0\nLABEL io.airbyte.name=airbyte/source-x\n";
    assert_eq!(read(lines).as_deref(), Some("0.1.0"));
    assert_eq!(set(lines), "LABEL io.airbyte.version=0.1.1\nLABEL io.airbyte.name=airbyte/source-x\n");
}

#[test]
fn the_file_may_end_without_a_newline_and_have_windows_line_endings() {
    assert_eq!(set("LABEL io.airbyte.version=0.1.0"), "LABEL io.airbyte.version=0.1.1");
    assert_eq!(set("LABEL a=1 \\\r\n  io.airbyte.version=0.1.0\r\n"), "LABEL a=1 \\\r\n  io.airbyte.version=0.1.1\r\n");
}

#[test]
fn several_labels_on_one_line_keep_their_places() {
    assert_eq!(set("LABEL a=1 io.airbyte.version=0.1.0  b=2\n"), "LABEL a=1 io.airbyte.version=0.1.1  b=2\n");
}

#[test]
fn quotes_of_either_kind_stay() {
    assert_eq!(set("LABEL io.airbyte.version=\"0.1.0\" b=2\n"), "LABEL io.airbyte.version=\"0.1.1\" b=2\n");
    assert_eq!(set("LABEL io.airbyte.version='0.1.0'\n"), "LABEL io.airbyte.version='0.1.1'\n");
    assert_eq!(set("LABEL \"io.airbyte.version\"=\"0.1.0\"\n"), "LABEL \"io.airbyte.version\"=\"0.1.1\"\n");
}

#[test]
fn a_longer_key_is_another_label() {
    assert_eq!(read("LABEL io.airbyte.version.minor=7 x.io.airbyte.version=8\n"), None);
}

#[test]
fn continued_lines_with_comments_between_are_one_instruction() {
    let lines =
        "LABEL a=\"x y\" \\\n      # io.airbyte.version=9.9.9\n\n      io.airbyte.version=0.1.0 \\\n      b=2\n";
    assert_eq!(read(lines).as_deref(), Some("0.1.0"));
    assert_eq!(set(lines), lines.replace("0.1.0", "0.1.1"));
}

#[test]
fn the_escape_character_can_be_a_backtick() {
    let text = "# escape=`\nFROM windows\nLABEL dir=c:\\x `\n  io.airbyte.version=0.1.0\n";
    assert_eq!(label(text, "dir").unwrap().as_deref(), Some("c:\\x"));
    assert_eq!(set_label(text, VERSION, "0.1.1").unwrap().text, text.replace("0.1.0", "0.1.1"));
}

#[test]
fn the_old_form_without_an_equals_sign_takes_the_rest_of_the_line() {
    assert_eq!(read("LABEL io.airbyte.version 0.1.0\n").as_deref(), Some("0.1.0"));
    assert_eq!(set("LABEL io.airbyte.version   0.1.0  \n"), "LABEL io.airbyte.version   0.1.1  \n");
    assert_eq!(label(&ending_in("LABEL about all the rest\n"), "about").unwrap().as_deref(), Some("all the rest"));
}

#[test]
fn the_last_label_of_the_final_stage_wins() {
    let text = "FROM a AS build\nLABEL v=1\nFROM b\nLABEL v=2\nLABEL v=3 other=4\n";
    assert_eq!(label(text, "v").unwrap().as_deref(), Some("3"));
    assert_eq!(set_label(text, "v", "9").unwrap().text, text.replace("v=3", "v=9"));
}

#[test]
fn a_label_is_inherited_from_the_stage_that_the_final_one_starts_from() {
    let text = "FROM a AS Base\nLABEL v=1\nFROM b AS other\nLABEL v=2\nFROM base\nRUN true\n";
    assert_eq!(label(text, "v").unwrap().as_deref(), Some("1"));
    assert_eq!(label("FROM a AS one\nLABEL v=1\nFROM b\n", "v").unwrap(), None);
}

#[test]
fn trap_31_comments_and_labels_inside_a_continued_run_are_no_labels() {
    let lines = "RUN apk add socat \\\n    # LABEL io.airbyte.version=9.9.9\n    && true # LABEL io.airbyte.version=8.8.8 \\\n    \
                 LABEL io.airbyte.version=7.7.7\nRUN <<END\nLABEL io.airbyte.version=6.6.6\nEND\nLABEL io.airbyte.version=0.1.0\n\
                 # LABEL io.airbyte.version=5.5.5\n";
    assert_eq!(read(lines).as_deref(), Some("0.1.0"));
    assert_eq!(set(lines), lines.replace("0.1.0", "0.1.1"));
}

#[test]
fn trap_31_a_label_swallowed_by_a_dangling_continuation_is_not_there() {
    assert_eq!(read("RUN pip install . \\\n\nLABEL io.airbyte.version=0.1.0\n"), None);
}

#[test]
fn trap_32_a_label_that_differs_from_the_metadata_is_read_as_it_is_and_can_be_set() {
    let lines = "LABEL io.airbyte.version=0.1.9\n";
    assert_eq!(read(lines).as_deref(), Some("0.1.9"));
    assert_eq!(set(lines), "LABEL io.airbyte.version=0.1.1\n");
}

#[test]
fn setting_what_is_set_changes_nothing() {
    let text = ending_in("LABEL io.airbyte.version=\"0.1.1\"\n");
    assert!(!set_label(&text, VERSION, "0.1.1").unwrap().changed());
}

#[test]
fn a_missing_label_a_variable_and_a_line_break_are_refused_with_a_hint() {
    let missing = set_label(&ending_in("RUN true\n"), VERSION, "1").unwrap_err();
    assert_eq!(missing.to_string(), "the Dockerfile's final stage has no label `io.airbyte.version`");
    let variable = set_label(&ending_in("ARG V=1\nLABEL io.airbyte.version=\"$V\"\n"), VERSION, "1").unwrap_err();
    assert_eq!(
        variable.to_string(),
        "the label `io.airbyte.version` (line 4) takes its value from a variable: `\"$V\"`"
    );
    assert_eq!(variable.hint(), "Change the default of the ARG or ENV that it comes from.");
    let value = set_label(&ending_in("LABEL io.airbyte.version=1\n"), VERSION, "1\nRUN evil").unwrap_err();
    assert_eq!(value, DockerfileError::Value(VERSION.into()));
}

#[test]
fn a_file_that_does_not_parse_is_an_error_with_its_line() {
    let error = label("FROM a\nRUNN b\n", VERSION).unwrap_err();
    assert!(matches!(&error, DockerfileError::Syntax { line: 2, .. }), "{error}");
    let error = label(&ending_in("LABEL a=1 stray\n"), VERSION).unwrap_err();
    assert_eq!(error.to_string(), "`stray` in the LABEL at line 3 is not of the form key=value");
    assert!(label("", VERSION).is_err());
}

#[test]
fn a_dollar_sign_that_is_escaped_or_in_single_quotes_is_no_variable() {
    for written in ["'$1'", "\\$1", "\"\\$1\""] {
        let lines = format!("LABEL price={written}\n");
        assert_eq!(label(&ending_in(&lines), "price").unwrap().as_deref(), Some("$1"));
        assert!(set_label(&ending_in(&lines), "price", "2").is_ok());
    }
}

proptest! {
    #[test]
    fn whatever_is_set_is_read_back_and_nothing_else_moves(
        value in "[ -~é]{0,12}",
        quote in prop_oneof![Just(""), Just("'"), Just("\"")],
        before in prop_oneof![Just(""), Just("a=1 "), Just("a='x y' \\\n  # note\n ")],
        after in prop_oneof![Just(""), Just(" z=\"1 \\\" 2\""), Just(" \\\n  z=9")],
        end in prop_oneof![Just(""), Just("\n"), Just("\r\nRUN true\r\n"), Just("\n\nCMD x\n")],
    ) {
        let head = ending_in(&format!("LABEL {before}v="));
        let tail = format!("{after}{end}");
        let text = format!("{head}{quote}0.1.0{quote}{tail}");
        let edit = set_label(&text, "v", &value).unwrap();
        let read_back = label(&edit.text, "v").unwrap();
        prop_assert_eq!(read_back.as_deref(), Some(value.as_str()));
        prop_assert!(edit.text.starts_with(&head) && edit.text.ends_with(&tail), "{}", edit.text);
        prop_assert!(!set_label(&edit.text, "v", &value).unwrap().changed());
    }
}
