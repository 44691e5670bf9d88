//! Keys and values outside of `steps`.

use insta::assert_snapshot;

use super::{codes, shown, with_lines};

#[test]
fn missing_keys_say_what_to_write() {
    assert_snapshot!(shown("description: nothing else\n"), @r"
    error[missing-key]: the workflow has no `version`
     --> w.yaml:1:1
      |
    1 | description: nothing else
      | ^^^^^^^^^^^
      |
      = help: Begin the file with `version: 1`.

    error[missing-key]: the workflow has no `name`
     --> w.yaml:1:1
      |
    1 | description: nothing else
      | ^^^^^^^^^^^
      |
      = help: Give it a short name, such as `name: migrate-to-base-image`.

    error[missing-key]: the workflow has no `steps`
     --> w.yaml:1:1
      |
    1 | description: nothing else
      | ^^^^^^^^^^^
      |
      = help: Add `steps:` with at least one step, such as `remove: { uses: file.remove, with: { path: Dockerfile } }`.
    ");
}

#[test]
fn unknown_keys_are_corrected() {
    assert_snapshot!(shown(&with_lines("conectors: { langauge: python }\nfail_fast: true")), @r"
    error[unknown-key]: a workflow has no key `conectors`
     --> w.yaml:3:1
      |
    3 | conectors: { langauge: python }
      | ^^^^^^^^^
      |
      = help: Did you mean `connectors`?

    error[unknown-key]: a workflow has no key `fail_fast`
     --> w.yaml:4:1
      |
    4 | fail_fast: true
      | ^^^^^^^^^
      |
      = help: Did you mean `fail-fast`?
    ");
    assert_snapshot!(shown(&with_lines("connectors: { langauge: python }")), @r"
    error[unknown-key]: `connectors` has no key `langauge`
     --> w.yaml:3:15
      |
    3 | connectors: { langauge: python }
      |               ^^^^^^^^
      |
      = help: Did you mean `language`?
    ");
}

#[test]
fn keys_of_other_tools_are_translated() {
    assert_snapshot!(shown(&with_lines("params: {}")), @r"
    error[unknown-key]: a workflow has no key `params`
     --> w.yaml:3:1
      |
    3 | params: {}
      | ^^^^^^
      |
      = help: Here it is called `inputs`.
    ");
}

#[test]
fn an_unsupported_version_is_refused() {
    assert_snapshot!(shown("version: 2\nname: w\nsteps: { a: { run: x } }\n"), @r"
    error[unsupported-version]: version 2 of workflow files is not supported
     --> w.yaml:1:10
      |
    1 | version: 2
      |          ^
      |
      = help: This cutover reads version 1; a newer file needs a newer cutover.
    ");
    assert_snapshot!(shown("version: '1'\nname: w\nsteps: { a: { run: x } }\n"), @r"
    error[wrong-type]: `version` must be the number 1, not the text `1`
     --> w.yaml:1:10
      |
    1 | version: '1'
      |          ^^^
      |
      = help: Write `version: 1`.
    ");
}

#[test]
fn a_name_that_cannot_stand_in_a_branch_is_refused_with_one_that_can() {
    assert_snapshot!(shown("version: 1\nname: Migrate to the base image!\nsteps: { a: { run: x } }\n"), @r"
    error[invalid-name]: `name` stands in the names of branches: letters, digits, `-`, `_` and `.` only
     --> w.yaml:2:7
      |
    2 | name: Migrate to the base image!
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write `name: migrate-to-the-base-image`, and put the sentence into `description`.
    ");
}

#[test]
fn wrong_types_say_what_was_found() {
    assert_snapshot!(shown(&with_lines("description: 2.0\nfail-fast: yes\nconnectors: { names: { a: b }, language: [1] }")), @r#"
    error[wrong-type]: `description` must be a text, not the number 2.0
     --> w.yaml:3:14
      |
    3 | description: 2.0
      |              ^^^
      |
      = help: Write it in quotes: `"2.0"`.

    error[wrong-type]: `fail-fast` must be `true` or `false`, not the text `yes`
     --> w.yaml:4:12
      |
    4 | fail-fast: yes
      |            ^^^
      |
      = help: Write `true`, without quotes.

    error[wrong-type]: `names` must be a text or a list of texts, not a mapping
     --> w.yaml:5:22
      |
    5 | connectors: { names: { a: b }, language: [1] }
      |                      ^^^^^^^^
      |
      = help: Write one text, or several in `[ ]`.

    error[wrong-type]: an item of `language` must be a text, not the number 1
     --> w.yaml:5:43
      |
    5 | connectors: { names: { a: b }, language: [1] }
      |                                           ^
      |
      = help: Write it in quotes: `"1"`.
    "#);
}

#[test]
fn an_empty_filter_is_an_error_since_it_could_mean_all_or_none() {
    assert_snapshot!(shown(&with_lines("connectors: { names: [] }")), @r"
    error[empty-value]: `names` is an empty list
     --> w.yaml:3:22
      |
    3 | connectors: { names: [] }
      |                      ^^
      |
      = help: Name at least one, or remove the key.
    ");
}

#[test]
fn a_where_that_does_not_parse_has_its_caret_in_the_right_place() {
    assert_snapshot!(shown(&with_lines("connectors:\n  where: \"data.supportLevel = 'certified'\"")), @r#"
    error[expression-syntax]: `=` does not compare
     --> w.yaml:4:29
      |
    4 |   where: "data.supportLevel = 'certified'"
      |                             ^
      |
      = help: Use `==` to compare.
    "#);
    assert_snapshot!(shown(&with_lines("connectors:\n  where: >-\n    data.supportLevel == 'certified'\n    and data.x = 1")), @r"
    error[expression-syntax]: `=` does not compare
     --> w.yaml:6:16
      |
    6 |     and data.x = 1
      |                ^
      |
      = help: Use `==` to compare.
    ");
}

#[test]
fn templates_where_none_is_evaluated_are_errors() {
    let text = with_lines("description: 'for ${{ inputs.x }}'\nconnectors: { names: ['${{ inputs.name }}'] }");
    assert_snapshot!(shown(&text), @r"
    error[template-here]: `description` is a plain text, without `${{ }}`
     --> w.yaml:3:19
      |
    3 | description: 'for ${{ inputs.x }}'
      |                   ^^^
      |
      = help: Expressions can stand in `with`, `env`, `run`, `branch` and `commit.message`; connectors are chosen with `where`.

    error[template-here]: an item of `names` is a plain text, without `${{ }}`
     --> w.yaml:4:24
      |
    4 | connectors: { names: ['${{ inputs.name }}'] }
      |                        ^^^
      |
      = help: Expressions can stand in `with`, `env`, `run`, `branch` and `commit.message`; connectors are chosen with `where`.
    ");
}

#[test]
fn a_where_cannot_read_steps_or_the_run() {
    assert_eq!(codes(&with_lines("connectors: { where: run.date == workflow.name }")), ["too-early", "too-early"]);
    assert_snapshot!(shown(&with_lines("connectors: { where: steps.remove.x == 1 }")), @r"
    error[too-early]: connectors are chosen before any step has run
     --> w.yaml:3:22
      |
    3 | connectors: { where: steps.remove.x == 1 }
      |                      ^^^^^^^^^^^^^^
      |
      = help: Use `connector`, `data`, `metadata` or `inputs` here.
    ");
}

#[test]
fn a_budget_of_failures_is_a_number_or_a_percentage() {
    assert_snapshot!(shown(&with_lines("max-failures: 0")), @r"
    error[wrong-type]: `max-failures` must be a number from 1 or a percentage from 1% to 100%, not the number 0
     --> w.yaml:3:15
      |
    3 | max-failures: 0
      |               ^
      |
      = help: Write `5` for five connectors, or `10%` for a tenth of them; `fail-fast: true` stops at the first.
    ");
    for wrong in ["0%", "101%", "-1", "1.5", "many", "[1]"] {
        assert_eq!(codes(&with_lines(&format!("max-failures: {wrong}"))), ["wrong-type"], "{wrong}");
    }
}

#[test]
fn concurrency_takes_whole_numbers() {
    assert_snapshot!(shown(&with_lines("concurrency: { jobs: 0, tests: 2 }")), @r"
    error[wrong-type]: `jobs` must be a whole number from 1, not the number 0
     --> w.yaml:3:22
      |
    3 | concurrency: { jobs: 0, tests: 2 }
      |                      ^

    error[unknown-key]: `concurrency` has no key `tests`
     --> w.yaml:3:25
      |
    3 | concurrency: { jobs: 0, tests: 2 }
      |                         ^^^^^
      |
      = help: Did you mean `test`?
    ");
}

#[test]
fn inputs_are_checked() {
    let inputs = "
inputs:
  level: { type: choice }
  count: { type: integer, default: many }
  part: { type: choice, options: [patch, minor], default: major }
  flag: { type: bool }
  image: { default: 1.10 }
  text: { options: [a], type: string }
  computed: { default: '${{ connector.name }}' }
  9lives: { }
  base-image: { }
  base_image: { }
  short: x";
    assert_snapshot!(shown(&with_lines(inputs)), @r#"
    error[missing-key]: the input `level` has no `options`
     --> w.yaml:4:3
      |
    4 |   level: { type: choice }
      |   ^^^^^
      |
      = help: Name the choices, such as `options: [patch, minor, major]`.

    error[wrong-type]: `default` must be a whole number, not the text `many`
     --> w.yaml:5:36
      |
    5 |   count: { type: integer, default: many }
      |                                    ^^^^

    error[unknown-value]: `major` is not one of the options
     --> w.yaml:6:59
      |
    6 |   part: { type: choice, options: [patch, minor], default: major }
      |                                                           ^^^^^
      |
      = help: The options are `patch` and `minor`.

    error[unknown-value]: `type` cannot be `bool`
     --> w.yaml:7:17
      |
    7 |   flag: { type: bool }
      |                 ^^^^
      |
      = help: Did you mean `boolean`?

    error[wrong-type]: `default` must be a text, not the number 1.10
     --> w.yaml:8:21
      |
    8 |   image: { default: 1.10 }
      |                     ^^^^
      |
      = help: Write it in quotes: `"1.10"`.

    error[conflicting-keys]: only an input of type `choice` has `options`
     --> w.yaml:9:11
      |
    9 |   text: { options: [a], type: string }
      |           ^^^^^^^
      |
      = help: Write `type: choice`, or remove `options`.

    error[template-here]: `default` is a plain text, without `${{ }}`
      --> w.yaml:10:25
       |
    10 |   computed: { default: '${{ connector.name }}' }
       |                         ^^^
       |
       = help: Expressions can stand in `with`, `env`, `run`, `branch` and `commit.message`; connectors are chosen with `where`.

    error[invalid-name]: `9lives` is not a name for an input
      --> w.yaml:11:3
       |
    11 |   9lives: { }
       |   ^^^^^^
       |
       = help: Use letters, digits, `-` and `_`, beginning with a letter.

    error[ambiguous-name]: `base-image` and `base_image` are the same name in expressions
      --> w.yaml:13:3
       |
    12 |   base-image: { }
       |   ---------- the other one
    13 |   base_image: { }
       |   ^^^^^^^^^^
       |
       = help: Rename one of the two: dashes read as underscores there.

    error[wrong-type]: the input `short` must be a mapping of keys to values, not the text `x`
      --> w.yaml:14:10
       |
    14 |   short: x
       |          ^
       |
       = help: Put its keys on the lines below, indented, or into `{ }`.
    "#);
}

#[test]
fn a_branch_that_connectors_would_share_is_an_error() {
    assert_snapshot!(shown(&with_lines("branch: cutover/base-image")), @r"
    error[shared-branch]: all connectors would share this branch
     --> w.yaml:3:9
      |
    3 | branch: cutover/base-image
      |         ^^^^^^^^^^^^^^^^^^
      |
      = help: Put the connector's name into it, as in `cutover/base-image/${{ connector.name }}`.
    ");
    assert_eq!(codes(&with_lines("branch: 'cutover/${{ connector.language }}'")), ["shared-branch"]);
    assert_eq!(codes(&with_lines("branch: 'cutover/${{ connector.documentation }}'")), ["shared-branch"]);
    assert_eq!(codes(&with_lines("branch: 'cutover/${{ connector.path }}'")), [""; 0]);
}

#[test]
fn a_branch_cannot_depend_on_what_a_step_may_change() {
    assert_snapshot!(shown(&with_lines("branch: '${{ connector.name }}/${{ data.version }}'")), @r"
    error[too-early]: the name of a branch cannot depend on metadata
     --> w.yaml:3:36
      |
    3 | branch: '${{ connector.name }}/${{ data.version }}'
      |                                    ^^^^^^^^^^^^
      |
      = help: Use `connector`, `inputs`, `run` or `workflow` here.
    ");
    assert_eq!(codes(&with_lines("branch: '${{ connector.name }}/${{ steps.remove.x }}'")), ["too-early"]);
}

#[test]
fn a_branch_that_git_refuses_is_an_error() {
    assert_snapshot!(shown(&with_lines("branch: 'base image/${{ connector.name }}'")), @r"
    error[invalid-branch]: git allows no branch with a space in its name
     --> w.yaml:3:10
      |
    3 | branch: 'base image/${{ connector.name }}'
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Use letters, digits, `-`, `_`, `.` and `/` around the `${{ }}`.
    ");
    for wrong in [
        "-x/${{ connector.name }}",
        "a..${{ connector.name }}",
        "${{ connector.name }}.lock",
        "a/.${{ connector.name }}",
        "a//${{ connector.name }}",
        "x~${{ connector.name }}",
        "${{ connector.name }}/",
    ] {
        assert_eq!(codes(&with_lines(&format!("branch: '{wrong}'"))), ["invalid-branch"], "{wrong}");
    }
}

#[test]
fn all_errors_come_at_once_in_the_order_of_the_file() {
    let text = "version: 3\nname: a b\nconnectors: { where: 'data.' }\nbranch: x\nsteps:\n  a:\n    uses: file.rm\n  b:\n    needs: c\n    run: ''\n";
    assert_eq!(
        codes(text),
        [
            "unsupported-version",
            "invalid-name",
            "expression-syntax",
            "shared-branch",
            "unknown-action",
            "unknown-step",
            "empty-value"
        ]
    );
}
