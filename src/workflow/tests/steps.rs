//! Steps and the graph that they make.

use insta::assert_snapshot;

use super::{codes, shown, with_steps};

#[test]
fn an_unknown_action_is_corrected() {
    assert_snapshot!(shown(&with_steps("a:\n  uses: file.delete")), @r"
    error[unknown-action]: there is no action `file.delete`
     --> w.yaml:5:11
      |
    5 |     uses: file.delete
      |           ^^^^^^^^^^^
      |
      = help: Did you mean `file.remove`? `cutover actions` describes all.
    ");
}

#[test]
fn a_step_uses_or_runs_but_not_both_and_not_neither() {
    assert_snapshot!(shown(&with_steps("a: { uses: connector.test, run: make }\nb: { needs: a }")), @r"
    error[conflicting-keys]: the step `a` has both `uses` and `run`
     --> w.yaml:4:30
      |
    4 |   a: { uses: connector.test, run: make }
      |        ---- the other one    ^^^
      |
      = help: Keep one of the two, or make two steps of it.

    error[missing-key]: the step `b` has no `uses`
     --> w.yaml:5:3
      |
    5 |   b: { needs: a }
      |   ^
      |
      = help: Add `uses:` with an action (`cutover actions` lists them), or `run:` with a shell command.
    ");
}

#[test]
fn a_run_step_takes_no_with_and_an_action_no_outputs() {
    assert_snapshot!(shown(&with_steps("a: { run: make, with: { x: 1 } }\nb: { uses: connector.test, outputs: [x] }")), @r"
    error[conflicting-keys]: a `run:` step takes no `with`
     --> w.yaml:4:19
      |
    4 |   a: { run: make, with: { x: 1 } }
      |                   ^^^^
      |
      = help: Hand values over as environment variables, in `env`.

    error[conflicting-keys]: only a `run:` step declares its outputs
     --> w.yaml:5:30
      |
    5 |   b: { uses: connector.test, outputs: [x] }
      |                              ^^^^^^^
      |
      = help: Remove `outputs`: an action says itself which it has.
    ");
}

#[test]
fn keys_of_a_step_are_checked() {
    assert_snapshot!(shown(&with_steps("a: { run: make, timeout-minutes: 5, depends_on: b }\nb: make")), @r"
    error[unknown-key]: the step `a` has no key `timeout-minutes`
     --> w.yaml:4:19
      |
    4 |   a: { run: make, timeout-minutes: 5, depends_on: b }
      |                   ^^^^^^^^^^^^^^^
      |
      = help: Here it is called `timeout`.

    error[unknown-key]: the step `a` has no key `depends_on`
     --> w.yaml:4:39
      |
    4 |   a: { run: make, timeout-minutes: 5, depends_on: b }
      |                                       ^^^^^^^^^^
      |
      = help: Here it is called `needs`.

    error[wrong-type]: the step `b` must be a mapping of keys to values, not the text `make`
     --> w.yaml:5:6
      |
    5 |   b: make
      |      ^^^^
      |
      = help: Put its keys on the lines below, indented, or into `{ }`.
    ");
}

#[test]
fn ids_that_are_no_names_or_the_same_name_are_refused() {
    assert_snapshot!(shown(&with_steps("1st: { run: a }\nset-image: { run: a }\nset_image: { run: b }")), @r"
    error[invalid-name]: `1st` is not a step id: use letters, digits, `-` and `_`, beginning with a letter
     --> w.yaml:4:3
      |
    4 |   1st: { run: a }
      |   ^^^
      |
      = help: The id becomes a name in expressions, such as `steps.set_base_image`.

    error[ambiguous-name]: `set-image` and `set_image` are the same name in expressions
     --> w.yaml:6:3
      |
    5 |   set-image: { run: a }
      |   --------- the other one
    6 |   set_image: { run: b }
      |   ^^^^^^^^^
      |
      = help: Rename one of the two: dashes read as underscores there.
    ");
}

#[test]
fn an_empty_list_of_steps_is_an_error() {
    assert_snapshot!(shown("version: 1\nname: w\nsteps: {}\n"), @r"
    error[empty-value]: `steps` is empty
     --> w.yaml:3:8
      |
    3 | steps: {}
      |        ^^
      |
      = help: Add at least one step; `cutover actions` lists what it can use.
    ");
    assert_eq!(codes("version: 1\nname: w\nsteps:\n"), ["wrong-type"]);
    assert_eq!(codes("version: 1\nname: w\nsteps:\n  - run: x\n"), ["wrong-type"]);
}

#[test]
fn durations_retries_and_scopes_are_checked() {
    let step = "
a:
  run: make
  timeout: 30
  scope: once
  retry: { attempts: 0, on: [netwrok], delay: soon }
  continue-on-error: maybe";
    assert_snapshot!(shown(&with_steps(step)), @r"
    error[wrong-type]: `timeout` must be a duration, not the number 30
     --> w.yaml:6:14
      |
    6 |     timeout: 30
      |              ^^
      |
      = help: Say of what: `30s`, `30m` or `30h`.

    error[unknown-value]: `scope` cannot be `once`
     --> w.yaml:7:12
      |
    7 |     scope: once
      |            ^^^^
      |
      = help: The possible values are `run` and `unit`.

    error[wrong-type]: `attempts` must be a whole number from 1, not the number 0
     --> w.yaml:8:24
      |
    8 |     retry: { attempts: 0, on: [netwrok], delay: soon }
      |                        ^

    error[unknown-value]: `on` cannot be `netwrok`
     --> w.yaml:8:32
      |
    8 |     retry: { attempts: 0, on: [netwrok], delay: soon }
      |                                ^^^^^^^
      |
      = help: Did you mean `network`?

    error[wrong-type]: `delay` must be a duration, not the text `soon`
     --> w.yaml:8:49
      |
    8 |     retry: { attempts: 0, on: [netwrok], delay: soon }
      |                                                 ^^^^
      |
      = help: Write hours, minutes and seconds, such as `1h30m`, `10m` or `45s`.

    error[wrong-type]: `continue-on-error` must be `true` or `false`, not the text `maybe`
     --> w.yaml:9:24
      |
    9 |     continue-on-error: maybe
      |                        ^^^^^
    ");
    assert_snapshot!(shown(&with_steps("a: { run: make, retry: { on: any } }")), @r"
    error[missing-key]: `retry` has no `attempts`
     --> w.yaml:4:28
      |
    4 |   a: { run: make, retry: { on: any } }
      |                            ^^
      |
      = help: Say how many tries there are in total, such as `attempts: 3`.
    ");
    assert_eq!(codes(&with_steps("a: { run: make, retry: { attempts: 1000 } }")), ["unknown-value"]);
}

#[test]
fn variables_of_the_environment_are_checked() {
    let step = "
a:
  run: make
  env:
    9X: a
    CUTOVER_RUN: b
    TOKEN: { secert: X }
    LIST: [a]
    EMPTY:
    KEY: { secret: ghp-abc }";
    assert_snapshot!(shown(&with_steps(step)), @r#"
    error[invalid-name]: `9X` is not a name for an environment variable
     --> w.yaml:7:7
      |
    7 |       9X: a
      |       ^^
      |
      = help: Use letters, digits and `_`, beginning with a letter or `_`.

    error[invalid-name]: `CUTOVER_RUN` is a name that cutover sets itself
     --> w.yaml:8:7
      |
    8 |       CUTOVER_RUN: b
      |       ^^^^^^^^^^^
      |
      = help: Choose a name that does not begin with `CUTOVER_`.

    error[unknown-key]: the variable `TOKEN` has no key `secert`
     --> w.yaml:9:16
      |
    9 |       TOKEN: { secert: X }
      |                ^^^^^^
      |
      = help: Did you mean `secret`?

    error[wrong-type]: the variable `LIST` must be a text or `{ secret: VARIABLE }`, not a list
      --> w.yaml:10:13
       |
    10 |       LIST: [a]
       |             ^^^
       |
       = help: Write an empty text as `""`, and several values as one text.

    error[wrong-type]: the variable `EMPTY` must be a text or `{ secret: VARIABLE }`, not nothing
      --> w.yaml:11:12
       |
    11 |       EMPTY:
       |            ^
       |
       = help: Write an empty text as `""`, and several values as one text.

    error[invalid-name]: `secret` is the name of an environment variable, not its value
      --> w.yaml:12:22
       |
    12 |       KEY: { secret: ghp-abc }
       |                      ^^^^^^^
       |
       = help: Put the value into the environment, and its variable's name here.
    "#);
}

#[test]
fn an_edit_reads_no_environment() {
    assert_snapshot!(shown(&with_steps("a: { uses: file.remove, with: { path: x }, env: { A: b } }")), @r"
    error[conflicting-keys]: `file.remove` starts no process that could read `env`
     --> w.yaml:4:46
      |
    4 |   a: { uses: file.remove, with: { path: x }, env: { A: b } }
      |                                              ^^^
      |
      = help: Remove `env`; values reach an edit through `with`.
    ");
}

#[test]
fn needs_name_other_steps() {
    assert_snapshot!(shown(&with_steps("build: { run: make }\ntest: { run: make test, needs: [biuld, test] }")), @r"
    error[unknown-step]: the workflow has no step `biuld`
     --> w.yaml:5:35
      |
    5 |   test: { run: make test, needs: [biuld, test] }
      |                                   ^^^^^
      |
      = help: Did you mean `build`?

    error[self-need]: the step `test` needs itself
     --> w.yaml:5:42
      |
    5 |   test: { run: make test, needs: [biuld, test] }
      |                                          ^^^^
      |
      = help: Remove it from its own `needs`.
    ");
}

#[test]
fn a_cycle_names_all_its_members_in_order_with_their_places() {
    let steps = "
before: { run: a }
build: { run: b, needs: [before, publish] }
test: { run: c, needs: build }
publish: { run: d, needs: test }
after: { run: e, needs: publish }";
    assert_snapshot!(shown(&with_steps(steps)), @r"
    error[cycle]: the steps `build`, `publish` and `test` wait for each other
     --> w.yaml:5:36
      |
    5 |   build: { run: b, needs: [before, publish] }
      |                                    ^^^^^^^ `build` needs `publish`
    6 |   test: { run: c, needs: build }
      |                          ----- `test` needs `build`
    7 |   publish: { run: d, needs: test }
      |                             ---- `publish` needs `test`
      |
      = help: Take one of these needs away.
    ");
}

#[test]
fn a_cycle_through_outputs_is_found() {
    let steps = "
a:
  run: echo ${{ steps.b.x }}
  outputs: [x]
b:
  run: b
  outputs: [x]
  env: { X: '${{ steps.a.x }}' }";
    assert_snapshot!(shown(&with_steps(steps)), @r"
    error[cycle]: the steps `a` and `b` wait for each other
      --> w.yaml:5:19
       |
     5 |     run: echo ${{ steps.b.x }}
       |                   ^^^^^^^^^ `a` needs `b`
    ...
    10 |     env: { X: '${{ steps.a.x }}' }
       |                    --------- `b` needs `a`
       |
       = help: Take one of these needs away.
    ");
}

#[test]
fn two_cycles_are_two_errors() {
    let steps = "a: { run: x, needs: b }\nb: { run: x, needs: a }\nc: { run: x, needs: d }\nd: { run: x, needs: c }";
    assert_eq!(codes(&with_steps(steps)), ["cycle", "cycle"]);
}

#[test]
fn a_run_scope_step_cannot_need_a_unit_step() {
    assert_snapshot!(shown(&with_steps("a: { run: x }\nb: { run: y, scope: run, needs: a }")), @r"
    error[wrong-scope]: a step of `scope: run` cannot need `a`, which runs once for each connector
     --> w.yaml:5:35
      |
    5 |   b: { run: y, scope: run, needs: a }
      |                                   ^
      |
      = help: Give `a` the `scope: run` too, or take it away here.
    ");
}

#[test]
fn an_edit_cannot_have_run_scope() {
    assert_snapshot!(shown(&with_steps("a: { uses: file.remove, scope: run, with: { path: x } }")), @r"
    error[wrong-scope]: `file.remove` acts on one connector and cannot have `scope: run`
     --> w.yaml:4:34
      |
    4 |   a: { uses: file.remove, scope: run, with: { path: x } }
      |                                  ^^^
      |
      = help: Remove `scope`: the step then takes place once for each connector.
    ");
}
