//! Values of inputs from the command line.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::json;

use super::super::input_values;
use super::{with_lines, workflow};
use crate::diagnostic::render;

const INPUTS: &str = "
inputs:
  base-image: { description: 'Full address of the base image.' }
  level: { type: choice, options: [patch, minor], default: patch }
  pull-request: { type: integer, required: false }
  draft: { type: boolean, default: true }";

fn values(given: &[(&str, &str)]) -> Result<serde_json::Value, String> {
    let given: BTreeMap<String, String> = given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let values = input_values(&workflow(&with_lines(INPUTS)), &given);
    values.map(serde_json::Value::Object).map_err(|diagnostics| render(&diagnostics, false))
}

#[test]
fn given_values_have_their_types_and_the_rest_their_defaults() {
    let given = [("base_image", "x:1"), ("pull-request", "12"), ("draft", "false")];
    let expected = json!({"base_image": "x:1", "level": "patch", "pull_request": 12, "draft": false});
    assert_eq!(values(&given), Ok(expected));
}

#[test]
fn an_optional_input_without_default_is_null() {
    assert_eq!(values(&[("base-image", "x")]).unwrap()["pull_request"], json!(null));
}

#[test]
fn a_text_that_looks_like_a_number_stays_a_text() {
    assert_eq!(values(&[("base-image", "1.10")]).unwrap()["base_image"], json!("1.10"));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let given = [("base-imag", "x"), ("level", "major"), ("pull-request", "#12"), ("draft", "yes")];
    assert_snapshot!(values(&given).unwrap_err(), @r"
    error[unknown-input]: the workflow `w` has no input `base-imag`
     --> --input:1:1
      |
    1 | base-imag=x
      | ^^^^^^^^^
      |
      = help: Did you mean `base-image`?

    error[missing-input]: the workflow `w` needs the input `base-image`
     |
     = help: Give it with `--input base-image=<string>`. It is: Full address of the base image.

    error[wrong-type]: the input `level` must be one of `patch` and `minor`
     --> --input:1:7
      |
    1 | level=major
      |       ^^^^^
      |
      = help: The options are `patch` and `minor`.

    error[wrong-type]: the input `pull-request` must be a whole number
     --> --input:1:14
      |
    1 | pull-request=#12
      |              ^^^
      |
      = help: Write `--input pull-request=` and a whole number.

    error[wrong-type]: the input `draft` must be `true` or `false`
     --> --input:1:7
      |
    1 | draft=yes
      |       ^^^
      |
      = help: Write `--input draft=` and `true` or `false`.
    ");
}

#[test]
fn a_name_given_with_dash_and_underscore_is_ambiguous() {
    assert_snapshot!(values(&[("base-image", "x"), ("base_image", "y")]).unwrap_err(), @r"
    error[ambiguous-name]: `base-image` and `base_image` are the same input
     --> --input:1:1
      |
    1 | base_image=y
      | ^^^^^^^^^^
      |
      = help: Give it once.
    ");
}
