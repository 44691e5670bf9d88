//! Expressions in steps, and what they refer to.

use insta::assert_snapshot;

use super::{codes, shown, with_lines, with_steps};

#[test]
fn a_template_that_does_not_parse_has_its_caret_inside_the_text() {
    let steps = "
a:
  run: |
    echo first
    echo \"${{ connector.name and }}\"
b:
  uses: file.remove
  with: { path: \"it's \\t${{ connector.name && x }}\" }
c:
  run: 'echo ${{ connector.name'";
    assert_snapshot!(shown(&with_steps(steps)), @r#"
    error[expression-syntax]: unexpected end of input, expected expression
     --> w.yaml:7:32
      |
    7 |       echo "${{ connector.name and }}"
      |                                ^^^

    error[expression-syntax]: `&&` is not an operator
      --> w.yaml:10:46
       |
    10 |     with: { path: "it's \t${{ connector.name && x }}" }
       |                                              ^^
       |
       = help: Use `and`.

    error[expression-syntax]: `${{` is not closed
      --> w.yaml:12:16
       |
    12 |     run: 'echo ${{ connector.name'
       |                ^^^
       |
       = help: Close it with `}}`, or write `$${{` for a literal `${{`.
    "#);
}

#[test]
fn unknown_roots_are_corrected() {
    let steps = "
a: { run: 'x ${{ step.b.x }} ${{ conector.name }} ${{ name }} ${{ b.x }}' }
b: { run: 'x ${{ secrets.TOKEN }} ${{ github.sha }}' }";
    assert_snapshot!(shown(&with_steps(steps)), @r"
    error[unknown-name]: there is no `step` in expressions
     --> w.yaml:4:20
      |
    4 |   a: { run: 'x ${{ step.b.x }} ${{ conector.name }} ${{ name }} ${{ b.x }}' }
      |                    ^^^^^^^^
      |
      = help: Did you mean `steps.b.x`?

    error[unknown-name]: there is no `conector` in expressions
     --> w.yaml:4:36
      |
    4 |   a: { run: 'x ${{ step.b.x }} ${{ conector.name }} ${{ name }} ${{ b.x }}' }
      |                                    ^^^^^^^^^^^^^
      |
      = help: Did you mean `connector.name`?

    error[unknown-name]: there is no `name` in expressions
     --> w.yaml:4:57
      |
    4 |   a: { run: 'x ${{ step.b.x }} ${{ conector.name }} ${{ name }} ${{ b.x }}' }
      |                                                         ^^^^
      |
      = help: Did you mean `connector.name`?

    error[unknown-name]: there is no `b` in expressions
     --> w.yaml:4:69
      |
    4 |   a: { run: 'x ${{ step.b.x }} ${{ conector.name }} ${{ name }} ${{ b.x }}' }
      |                                                                     ^^^
      |
      = help: Did you mean `steps.b`?

    error[unknown-name]: there is no `secrets` in expressions
     --> w.yaml:5:20
      |
    5 |   b: { run: 'x ${{ secrets.TOKEN }} ${{ github.sha }}' }
      |                    ^^^^^^^^^^^^^
      |
      = help: Secrets and variables reach a step through its `env`: `env: { TOKEN: { secret: VARIABLE } }`.

    error[unknown-name]: there is no `github` in expressions
     --> w.yaml:5:41
      |
    5 |   b: { run: 'x ${{ secrets.TOKEN }} ${{ github.sha }}' }
      |                                         ^^^^^^^^^^
      |
      = help: Expressions can use `connector`, `data`, `metadata`, `inputs`, `steps`, `run` and `workflow`.
    ");
}

#[test]
fn unknown_names_below_known_roots_are_corrected() {
    assert_snapshot!(shown(&with_steps("a: { run: 'x ${{ connector.langauge }} ${{ run.number }} ${{ workflow.nam }}' }")), @r"
    error[unknown-name]: `connector` has no `langauge`
     --> w.yaml:4:20
      |
    4 |   a: { run: 'x ${{ connector.langauge }} ${{ run.number }} ${{ workflow.nam }}' }
      |                    ^^^^^^^^^^^^^^^^^^
      |
      = help: Did you mean `language`?

    error[unknown-name]: `run` has no `number`
     --> w.yaml:4:46
      |
    4 |   a: { run: 'x ${{ connector.langauge }} ${{ run.number }} ${{ workflow.nam }}' }
      |                                              ^^^^^^^^^^
      |
      = help: The names of `run` are `id`, `date` and `base`.

    error[unknown-name]: `workflow` has no `nam`
     --> w.yaml:4:64
      |
    4 |   a: { run: 'x ${{ connector.langauge }} ${{ run.number }} ${{ workflow.nam }}' }
      |                                                                ^^^^^^^^^^^^
      |
      = help: Did you mean `name`?
    ");
}

#[test]
fn unknown_inputs_are_corrected_or_declared() {
    assert_snapshot!(shown(&with_steps("a: { run: 'x ${{ inputs.base_image }}' }")), @r"
    error[unknown-input]: the workflow has no input `base_image`
     --> w.yaml:4:20
      |
    4 |   a: { run: 'x ${{ inputs.base_image }}' }
      |                    ^^^^^^^^^^^^^^^^^
      |
      = help: Declare it: `inputs: { base-image: { description: … } }`.
    ");
    let text = with_lines("inputs: { base-image: {} }\ncommit: { message: '${{ inputs.base_imag }}' }");
    assert_snapshot!(shown(&text), @r"
    error[unknown-input]: the workflow has no input `base_imag`
     --> w.yaml:4:25
      |
    4 | commit: { message: '${{ inputs.base_imag }}' }
      |                         ^^^^^^^^^^^^^^^^
      |
      = help: Did you mean `base_image`?
    ");
}

#[test]
fn an_input_that_cannot_be_read_is_reported_once() {
    assert_eq!(
        codes(&with_lines("inputs: { a: { type: strin } }\ncommit: { message: '${{ inputs.a }}' }")),
        ["unknown-value"]
    );
}

#[test]
fn unknown_steps_and_outputs_are_corrected() {
    let steps = "
build: { uses: image.build }
remove: { uses: file.remove, with: { path: x } }
script: { run: make }
more: { run: make, outputs: [size] }
a: { run: 'x ${{ steps.biuld.image }} ${{ steps.build.imag }} ${{ steps.build }}' }
b: { run: 'x ${{ steps.remove.path }} ${{ steps.script.size }} ${{ steps.more.length }}' }";
    assert_snapshot!(shown(&with_steps(steps)), @r"
    error[unknown-step]: the workflow has no step `biuld`
     --> w.yaml:8:20
      |
    8 |   a: { run: 'x ${{ steps.biuld.image }} ${{ steps.build.imag }} ${{ steps.build }}' }
      |                    ^^^^^^^^^^^^^^^^^
      |
      = help: Did you mean `build`?

    error[unknown-output]: the step `build` has no output `imag`
     --> w.yaml:8:45
      |
    8 |   a: { run: 'x ${{ steps.biuld.image }} ${{ steps.build.imag }} ${{ steps.build }}' }
      |                                             ^^^^^^^^^^^^^^^^
      |
      = help: Did you mean `image`?

    error[unknown-output]: the step `build` is not a value by itself
     --> w.yaml:8:69
      |
    8 |   a: { run: 'x ${{ steps.biuld.image }} ${{ steps.build.imag }} ${{ steps.build }}' }
      |                                                                     ^^^^^^^^^^^
      |
      = help: Name one of its outputs: `image`.

    error[unknown-output]: the step `remove` has no output `path`
     --> w.yaml:9:20
      |
    9 |   b: { run: 'x ${{ steps.remove.path }} ${{ steps.script.size }} ${{ steps.more.length }}' }
      |                    ^^^^^^^^^^^^^^^^^
      |
      = help: `file.remove` has no outputs but `changed`.

    error[unknown-output]: the step `script` has no output `size`
     --> w.yaml:9:45
      |
    9 |   b: { run: 'x ${{ steps.remove.path }} ${{ steps.script.size }} ${{ steps.more.length }}' }
      |                                             ^^^^^^^^^^^^^^^^^
      |
      = help: Declare it with `outputs: [size]`, and write `size=…` to the file named by `CUTOVER_OUTPUT`.

    error[unknown-output]: the step `more` has no output `length`
     --> w.yaml:9:70
      |
    9 |   b: { run: 'x ${{ steps.remove.path }} ${{ steps.script.size }} ${{ steps.more.length }}' }
      |                                                                      ^^^^^^^^^^^^^^^^^
      |
      = help: There is only `size`.
    ");
}

#[test]
fn dashes_in_names_are_recognised_as_such() {
    let steps = "
base-image: { uses: image.resolve, scope: run, with: { repository: r } }
pr: { uses: pull-request.open, with: { title: t } }
a: { run: 'x ${{ steps.base-image.address }} ${{ connector.support-level }} ${{ steps.pr.head-branch }}' }
b: { run: 'x', if: \"steps['base-image'].address == 'x' and steps.base_image.address-1 == 2\" }";
    assert_snapshot!(shown(&with_steps(steps)), @r#"
    error[dash-in-name]: a `-` inside an expression is a minus
     --> w.yaml:6:20
      |
    6 |   a: { run: 'x ${{ steps.base-image.address }} ${{ connector.support-level }} ${{ steps.pr.head-branch }}' }
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write `steps.base_image.address`: names read with underscores in expressions.

    error[dash-in-name]: a `-` inside an expression is a minus
     --> w.yaml:6:52
      |
    6 |   a: { run: 'x ${{ steps.base-image.address }} ${{ connector.support-level }} ${{ steps.pr.head-branch }}' }
      |                                                    ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write `connector.support_level`: names read with underscores in expressions.

    error[dash-in-name]: a `-` inside an expression is a minus
     --> w.yaml:6:83
      |
    6 |   a: { run: 'x ${{ steps.base-image.address }} ${{ connector.support-level }} ${{ steps.pr.head-branch }}' }
      |                                                                                   ^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write `steps.pr.head_branch`: names read with underscores in expressions.

    error[dash-in-name]: a `-` inside an expression is a minus
     --> w.yaml:7:23
      |
    7 |   b: { run: 'x', if: "steps['base-image'].address == 'x' and steps.base_image.address-1 == 2" }
      |                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write `steps.base_image.address`: names read with underscores in expressions.
    "#);
}

#[test]
fn a_step_cannot_read_its_own_output() {
    assert_snapshot!(shown(&with_steps("a: { run: 'x', outputs: [size], if: steps.a.size == 1 }")), @r"
    error[self-need]: the step `a` reads its own output
     --> w.yaml:4:39
      |
    4 |   a: { run: 'x', outputs: [size], if: steps.a.size == 1 }
      |                                       ^^^^^^^^^^^^
      |
      = help: Read the outputs of another step.
    ");
}

#[test]
fn a_run_scope_step_has_no_connector_and_reads_no_unit_step() {
    let steps = "
a: { run: 'x', outputs: [size] }
b: { scope: run, run: 'x ${{ connector.name }} ${{ data.x }} ${{ steps.a.size }}' }";
    assert_snapshot!(shown(&with_steps(steps)), @r"
    error[wrong-scope]: a step of `scope: run` has no connector
     --> w.yaml:5:32
      |
    5 |   b: { scope: run, run: 'x ${{ connector.name }} ${{ data.x }} ${{ steps.a.size }}' }
      |                                ^^^^^^^^^^^^^^
      |
      = help: Remove `scope: run`, or use `inputs`, `run`, `workflow` and `steps` of the same scope.

    error[wrong-scope]: a step of `scope: run` has no connector, and so no `data`
     --> w.yaml:5:54
      |
    5 |   b: { scope: run, run: 'x ${{ connector.name }} ${{ data.x }} ${{ steps.a.size }}' }
      |                                                      ^^^^^^
      |
      = help: Remove `scope: run`, or use `inputs`, `run`, `workflow` and `steps` of the same scope.

    error[wrong-scope]: a step of `scope: run` comes before `a`, which runs once for each connector
     --> w.yaml:5:68
      |
    5 |   b: { scope: run, run: 'x ${{ connector.name }} ${{ data.x }} ${{ steps.a.size }}' }
      |                                                                    ^^^^^^^^^^^^
      |
      = help: Give `a` the `scope: run` too, or take it away here.
    ");
}

#[test]
fn a_commit_message_cannot_read_what_comes_after_the_commit() {
    let text = with_lines("commit: { message: '${{ steps.pr.number }} ${{ steps.bump.version }}' }")
        + "  pr: { uses: pull-request.open, with: { title: t } }\n  bump: { uses: version.bump, with: { level: patch } }\n";
    assert_snapshot!(shown(&text), @r"
    error[too-early]: commits are made before the step `pr` has ended
     --> w.yaml:3:25
      |
    3 | commit: { message: '${{ steps.pr.number }} ${{ steps.bump.version }}' }
      |                         ^^^^^^^^^^^^^^^
      |
      = help: Use outputs of edits, or of steps with `scope: run`.
    ");
}

#[test]
fn success_is_checked_like_everything_else() {
    let text = with_lines(
        "success:\n  it is gone: not exists('Dockerfile')\n  it is set: data.x == steps.set.value\n  empty:",
    );
    assert_snapshot!(shown(&text), @r"
    error[unknown-step]: the workflow has no step `set`
     --> w.yaml:5:24
      |
    5 |   it is set: data.x == steps.set.value
      |                        ^^^^^^^^^^^^^^^
      |
      = help: There is only `remove`.

    error[wrong-type]: the criterion `empty` must be an expression, not nothing
     --> w.yaml:6:8
      |
    6 |   empty:
      |        ^
      |
      = help: Write it as one text, such as `data.supportLevel == 'certified'`.
    ");
}

#[test]
fn an_expression_in_braces_where_an_expression_stands_anyway_is_fine() {
    assert_eq!(shown(&with_steps("a: { run: x, if: '${{ connector.language == 1 }}' }")), "");
    assert_eq!(shown(&with_steps("a: { run: x, if: true }")), "");
    assert_snapshot!(shown(&with_steps("a: { run: x, if: 'connector.name == ${{ inputs.x }}' }")), @r"
    error[expression-syntax]: unexpected character `$`
     --> w.yaml:4:39
      |
    4 |   a: { run: x, if: 'connector.name == ${{ inputs.x }}' }
      |                                       ^
      |
      = help: The whole text is an expression here: write it without `${{ }}`.
    ");
}

#[test]
fn metadata_pasted_into_a_script_is_a_warning() {
    assert_snapshot!(shown(&with_steps("a: { run: 'echo ${{ data.name }} ${{ connector.name }}' }")), @r#"
    warning[pasted-into-script]: a value of the connector's metadata is pasted into a shell script
     --> w.yaml:4:23
      |
    4 |   a: { run: 'echo ${{ data.name }} ${{ connector.name }}' }
      |                       ^^^^^^^^^
      |
      = help: Quotes or `$(…)` in it would run as commands: hand it over in `env`, and write `"$NAME"` here.
    "#);
}

#[test]
fn methods_and_local_names_are_no_references() {
    let condition = "'x' in data.keys() and connector.name.startswith('source-') and exists('a') and data['a b'].c";
    assert_eq!(shown(&with_steps(&format!("a: {{ run: x, if: \"{condition}\" }}"))), "");
}
