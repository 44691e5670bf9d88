//! `with` against the schemas of actions.

use insta::assert_snapshot;

use super::{codes, shown, with_steps};

#[test]
fn a_missing_key_is_named_with_its_description() {
    assert_snapshot!(shown(&with_steps("a: { uses: file.remove }\nb: { uses: yaml.set, with: { file: x, value: 1 } }")), @r"
    error[missing-key]: `file.remove` has no `path`
     --> w.yaml:4:14
      |
    4 |   a: { uses: file.remove }
      |              ^^^^^^^^^^^
      |
      = help: Add `path` to `with`: The file, relative to the connector's directory.

    error[missing-key]: `yaml.set` has no `path`
     --> w.yaml:5:32
      |
    5 |   b: { uses: yaml.set, with: { file: x, value: 1 } }
      |                                ^^^^
      |
      = help: Add `path` to `with`: The path of the value.
    ");
}

#[test]
fn an_unknown_key_is_corrected() {
    assert_snapshot!(shown(&with_steps("a: { uses: file.remove, with: { path: x, must_exist: true } }")), @r"
    error[unknown-key]: `file.remove` has no key `must_exist`
     --> w.yaml:4:44
      |
    4 |   a: { uses: file.remove, with: { path: x, must_exist: true } }
      |                                            ^^^^^^^^^^
      |
      = help: Did you mean `must-exist`?
    ");
}

#[test]
fn wrong_types_say_what_was_found_and_how_to_write_it() {
    let steps = "
a: { uses: file.remove, with: { path: 1.10, must-exist: yes } }
b: { uses: image.build, with: { threads: 9, platforms: { a: b }, build-args: [a] } }
c: { uses: pull-request.open, with: { title: '', labels: migration } }
d: { uses: changelog.add, with: { pull-request: one, message: [a] } }
e: { uses: file.remove, with: path }";
    assert_snapshot!(shown(&with_steps(steps)), @r#"
    error[wrong-type]: `path` must be a text, not the number 1.10
     --> w.yaml:4:41
      |
    4 |   a: { uses: file.remove, with: { path: 1.10, must-exist: yes } }
      |                                         ^^^^
      |
      = help: Write it in quotes: `"1.10"`.

    error[wrong-type]: `must-exist` must be `true` or `false`, not the text `yes`
     --> w.yaml:4:59
      |
    4 |   a: { uses: file.remove, with: { path: 1.10, must-exist: yes } }
      |                                                           ^^^
      |
      = help: Write `true`, without quotes.

    error[wrong-type]: `threads` must be at most 8, not the number 9
     --> w.yaml:5:44
      |
    5 |   b: { uses: image.build, with: { threads: 9, platforms: { a: b }, build-args: [a] } }
      |                                            ^

    error[wrong-type]: `platforms` must be a text or a list, not a mapping
     --> w.yaml:5:58
      |
    5 |   b: { uses: image.build, with: { threads: 9, platforms: { a: b }, build-args: [a] } }
      |                                                          ^^^^^^^^

    error[wrong-type]: `build-args` must be a mapping of keys to values, not a list
     --> w.yaml:5:80
      |
    5 |   b: { uses: image.build, with: { threads: 9, platforms: { a: b }, build-args: [a] } }
      |                                                                                ^^^

    error[wrong-type]: `title` must be a text that is not empty, not an empty text
     --> w.yaml:6:48
      |
    6 |   c: { uses: pull-request.open, with: { title: '', labels: migration } }
      |                                                ^^

    error[wrong-type]: `labels` must be a list, not the text `migration`
     --> w.yaml:6:60
      |
    6 |   c: { uses: pull-request.open, with: { title: '', labels: migration } }
      |                                                            ^^^^^^^^^
      |
      = help: Write it as a list: `[migration]`.

    error[wrong-type]: `pull-request` must be a whole number, not the text `one`
     --> w.yaml:7:51
      |
    7 |   d: { uses: changelog.add, with: { pull-request: one, message: [a] } }
      |                                                   ^^^

    error[wrong-type]: `message` must be a text, not a list
     --> w.yaml:7:65
      |
    7 |   d: { uses: changelog.add, with: { pull-request: one, message: [a] } }
      |                                                                 ^^^

    error[wrong-type]: the `with` of `file.remove` must be a mapping of keys to values, not the text `path`
     --> w.yaml:8:33
      |
    8 |   e: { uses: file.remove, with: path }
      |                                 ^^^^
    "#);
}

#[test]
fn a_word_that_is_not_among_the_possible_ones_is_corrected() {
    assert_snapshot!(shown(&with_steps("a: { uses: version.bump, with: { level: patsch } }\nb: { uses: version.bump, with: { level: 1 } }")), @r"
    error[unknown-value]: `level` cannot be `patsch`
     --> w.yaml:4:43
      |
    4 |   a: { uses: version.bump, with: { level: patsch } }
      |                                           ^^^^^^
      |
      = help: Did you mean `patch`?

    error[unknown-value]: `level` cannot be the number 1
     --> w.yaml:5:43
      |
    5 |   b: { uses: version.bump, with: { level: 1 } }
      |                                           ^
      |
      = help: The possible values are `patch`, `minor` and `major`.
    ");
}

#[test]
fn alternatives_of_which_one_fits_are_fine() {
    for platforms in ["linux", "[linux, darwin]", "null"] {
        assert_eq!(
            codes(&with_steps(&format!("a: {{ uses: image.build, with: {{ platforms: {platforms} }} }}"))),
            [""; 0]
        );
    }
    assert_eq!(codes(&with_steps("a: { uses: image.build, with: { platforms: [1] } }")), ["wrong-type"]);
}

#[test]
fn a_template_fits_wherever_a_value_stands() {
    let steps = "
a: { uses: changelog.add, with: { pull-request: '${{ connector.name }}', message: m } }
b: { uses: version.bump, with: { level: '${{ connector.name }}' } }
c: { uses: image.build, with: { build-args: '${{ connector }}', threads: '${{ run.id }}' } }";
    assert_eq!(shown(&with_steps(steps)), "");
}

#[test]
fn a_value_of_any_type_is_taken_as_it_is() {
    for value in ["1", "[a, { b: c }]", "null", "true", "'x'"] {
        assert_eq!(
            codes(&with_steps(&format!("a: {{ uses: yaml.set, with: {{ file: f, path: p, value: {value} }} }}"))),
            [""; 0]
        );
    }
}

#[test]
fn a_template_as_key_is_an_error() {
    let steps = "a: { uses: yaml.set, with: { file: f, path: p, value: [{ '${{ connector.name }}': 1 }] } }";
    assert_eq!(codes(&with_steps(steps)), ["template-here"]);
}

#[test]
fn an_action_without_arguments_takes_an_empty_with() {
    assert_eq!(codes(&with_steps("a: { uses: image.build, with: {} }\nb: { uses: image.build, with: }")), [""; 0]);
}
