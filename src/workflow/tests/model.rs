//! What a run relies on: the model, its JSON form, the order of steps.

use std::time::Duration;

use serde_json::json;

use super::super::{EnvValue, FailureClass, InputKind, MaxFailures, Scope, StepAction, Workflow, dependencies, order};
use super::{shown, with_lines, with_steps, workflow};

/// The workflow of the design, in its own words.
pub(super) const MIGRATION: &str = r#"
version: 1
name: migrate-to-base-image
description: Build Python connectors from the shared base image.

inputs:
  base-image:   { default: latest, description: "Version of the base image" }
  pull-request: { type: integer, required: false }

connectors:
  language: [python, low-code]
  where: data.supportLevel == 'certified' and 'connectorBuildOptions' not in data.keys()

branch: cutover/migrate-to-base-image/${{ connector.name }}
concurrency: { jobs: 8, publish: 1 }
max-failures: 10%

steps:
  base-image:
    scope: run
    uses: image.resolve
    with: { repository: docker.io/airbyte/python-connector-base, version: "${{ inputs.base_image }}" }
  remove-dockerfile:
    uses: file.remove
    with: { path: Dockerfile }
  set-base-image:
    uses: yaml.set
    with: { file: metadata.yaml, path: data.connectorBuildOptions.baseImage, value: "${{ steps.base_image.address }}" }
  changelog:
    uses: changelog.add
    needs: pull-request
    with: { pull-request: "${{ steps.pull_request.number }}", message: Use the base image }
  build:
    needs: [remove-dockerfile, set-base-image]
    uses: image.build
    timeout: 30m
    retry: { attempts: 3, on: [network], delay: 5s }
  lint:
    name: Look for mistakes
    run: |
      make lint
    if: ${{ connector.language == 'python' }}
    outputs: size
    continue-on-error: true
    env: { LEVEL: 2, TOKEN: { secret: LINT_TOKEN } }
  pull-request:
    needs: [build]
    uses: pull-request.open
    with: { title: "${{ connector.name }}: migrate to the base image", labels: [migration], draft: true }

success:
  the Dockerfile is removed: not exists('Dockerfile')
  metadata names the base image: data.connectorBuildOptions.baseImage == steps.base_image.address
"#;

#[test]
fn the_migration_loads_without_a_finding() {
    assert_eq!(shown(MIGRATION), "");
}

#[test]
fn every_part_of_the_file_reaches_the_model() {
    let workflow = workflow(MIGRATION);
    assert_eq!(workflow.inputs[0].default, Some(json!("latest")));
    assert_eq!((&workflow.inputs[1].kind, workflow.inputs[1].required), (&InputKind::Integer, false));
    assert_eq!(workflow.connectors.language, ["python", "low-code"]);
    assert_eq!(workflow.max_failures, Some(MaxFailures::Percent(10)));
    assert_eq!(workflow.concurrency.jobs.map(usize::from), Some(8));
    let [base_image, _, set, _, build, lint, _] = workflow.steps.as_slice() else { panic!("seven steps") };
    assert_eq!(base_image.scope, Scope::Run);
    let StepAction::Uses { action, with } = &set.action else { panic!("uses") };
    assert_eq!((action.as_str(), &with["value"]), ("yaml.set", &json!("${{ steps.base_image.address }}")));
    assert_eq!(build.timeout, Some(Duration::from_mins(30)));
    let retry = build.retry.as_ref().unwrap();
    assert_eq!(
        (retry.attempts, retry.on.as_slice(), retry.delay),
        (3, [FailureClass::Network].as_slice(), Some(Duration::from_secs(5)))
    );
    assert_eq!(lint.action, StepAction::Run { command: "make lint\n".into() });
    assert_eq!(lint.if_.as_deref(), Some("connector.language == 'python'"));
    let (text, secret) = (EnvValue::Text("2".into()), EnvValue::Secret("LINT_TOKEN".into()));
    assert_eq!(lint.env, [("LEVEL".to_owned(), text), ("TOKEN".to_owned(), secret)]);
    assert_eq!((lint.outputs.as_slice(), lint.continue_on_error), (["size".to_owned()].as_slice(), true));
    assert_eq!(workflow.success[0].title, "the Dockerfile is removed");
}

#[test]
fn what_is_not_said_has_its_default() {
    let workflow = workflow(&with_lines("inputs: { a: {}, b: { required: true, default: x } }"));
    assert_eq!(workflow.branch, "cutover/${{ workflow.name }}/${{ connector.name }}");
    assert_eq!((workflow.inputs[0].required, workflow.inputs[1].required), (true, false));
    assert_eq!(workflow.steps[0].scope, Scope::Unit);
}

#[test]
fn the_frozen_form_reads_back_to_the_same_workflow() {
    let workflow = workflow(MIGRATION);
    let frozen = serde_json::to_string(&workflow).unwrap();
    assert_eq!(serde_json::from_str::<Workflow>(&frozen).unwrap(), workflow);
    assert_eq!(serde_json::to_string(&super::workflow(MIGRATION)).unwrap(), frozen);
}

#[test]
fn a_frozen_form_of_version_1_is_still_read() {
    let stored = include_str!("workflow-1.json");
    assert_eq!(serde_json::from_str::<Workflow>(stored).unwrap(), workflow(MIGRATION));
}

#[test]
fn aliases_stand_for_their_values() {
    let text = with_steps("a: { run: x, retry: &often { attempts: 3 } }\nb: { run: y, retry: *often }");
    let workflow = workflow(&text);
    assert_eq!(workflow.steps[1].retry, workflow.steps[0].retry);
}

#[test]
fn outputs_that_a_step_reads_are_needs_too() {
    let steps = workflow(MIGRATION).steps;
    let needs = |id: &str| {
        let index = steps.iter().position(|step| step.id.as_str() == id).unwrap();
        let needs = dependencies(&steps, index);
        needs.into_iter().map(|need| steps[need].id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(needs("set-base-image"), ["base-image"]);
    assert_eq!(needs("changelog"), ["pull-request"]);
    assert_eq!(needs("build"), ["remove-dockerfile", "set-base-image"]);
}

#[test]
fn outputs_are_found_in_conditions_environment_scripts_and_nested_arguments() {
    let steps = "
a: { run: x, outputs: [o] }
by-condition: { run: x, if: steps.a.o == 1 }
by-environment: { run: x, env: { X: '${{ steps.a.o }}' } }
by-script: { run: 'x ${{ steps.a.o }}' }
by-argument: { uses: yaml.set, with: { file: f, path: p, value: { deep: ['${{ steps.a.o }}'] } } }";
    let steps = workflow(&with_steps(steps)).steps;
    for index in 1..5 {
        assert_eq!(dependencies(&steps, index), [0], "{}", steps[index].id);
    }
}

#[test]
fn steps_take_turns_after_their_needs_and_otherwise_in_the_order_of_the_file() {
    let steps = workflow(MIGRATION).steps;
    let order: Vec<&str> = order(&steps).into_iter().map(|index| steps[index].id.as_str()).collect();
    let expected = ["base-image", "remove-dockerfile", "set-base-image", "build", "lint", "pull-request", "changelog"];
    assert_eq!(order, expected);
}
