//! The workflows in `workflows/` and the examples of the actions, held against the actions that there are.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use cutover::diagnostic::{SourceText, render};
use cutover::expression::{Expression, Scope};
use cutover::workflow::{Workflow, dependencies, input_values, load, load_bytes};
use serde_json::{Value, json};

const SHIPPED: [&str; 6] =
    ["build-and-test", "bump-version", "migrate-to-base-image", "remove-file", "set-metadata", "upgrade-base-image"];

/// A shipped workflow, which must load without so much as a warning.
fn shipped(name: &str) -> Workflow {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("workflows/{name}.yaml"));
    let loaded = load_bytes(&format!("{name}.yaml"), &std::fs::read(path).unwrap(), &cutover::action::specs());
    assert!(loaded.diagnostics.is_empty(), "{}", render(&loaded.diagnostics, false));
    loaded.workflow.unwrap()
}

/// Whether a connector with this metadata is in, given the workflow's inputs.
fn selects(name: &str, data: Value, inputs: &[(&str, &str)]) -> bool {
    let workflow = shipped(name);
    let given: BTreeMap<String, String> = inputs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let inputs = Value::Object(input_values(&workflow, &given).unwrap());
    let scope = Scope::new().with("data", data).with("inputs", inputs);
    Expression::parse(workflow.connectors.where_.as_deref().unwrap()).unwrap().is_true(&scope).unwrap()
}

#[test]
fn each_is_called_like_its_file_and_describes_every_input() {
    for name in SHIPPED {
        let workflow = shipped(name);
        assert_eq!(workflow.name, name);
        assert!(workflow.description.is_some(), "{name}");
        for input in &workflow.inputs {
            assert!(input.description.is_some(), "{name}: {}", input.name);
        }
    }
}

#[test]
fn no_other_files_are_shipped() {
    let directory = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows")).unwrap();
    let mut names: Vec<String> = directory.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, SHIPPED.map(|name| format!("{name}.yaml")));
}

#[test]
fn the_migration_selects_connectors_without_a_base_image() {
    let inputs = [("base-image", "image:2")];
    let selects = |data| selects("migrate-to-base-image", data, &inputs);
    assert!(selects(json!({})));
    assert!(selects(json!({ "connectorBuildOptions": null })));
    assert!(selects(json!({ "connectorBuildOptions": { "other": 1 } })));
    assert!(!selects(json!({ "connectorBuildOptions": { "baseImage": "image:1" } })));
}

#[test]
fn the_upgrade_selects_connectors_that_have_this_base_image() {
    let base = |address: &str| json!({ "connectorBuildOptions": { "baseImage": address } });
    let selects =
        |data| selects("upgrade-base-image", data, &[("base-image", "docker.io/airbyte/python-connector-base:2")]);
    assert!(selects(base("docker.io/airbyte/python-connector-base:1.0.0@sha256:0")));
    assert!(selects(base("airbyte/python-connector-base:1.0.0")), "as the first ones wrote it");
    assert!(!selects(base("docker.io/airbyte/python-connector-base:2")), "that is what it is to be");
    assert!(!selects(base("docker.io/airbyte/java-connector-base:1.0.0")), "it is no newer Python");
    assert!(!selects(json!({ "connectorBuildOptions": null })));
    assert!(!selects(json!({})));
}

#[test]
fn the_changelog_row_comes_after_the_pull_request_and_the_pull_request_after_every_other_edit() {
    for name in ["migrate-to-base-image", "upgrade-base-image", "bump-version"] {
        let steps = shipped(name).steps;
        let at = |id: &str| steps.iter().position(|step| step.id.as_str() == id).unwrap();
        let (pull_request, changelog) = (at("pull-request"), at("changelog"));
        assert_eq!(dependencies(&steps, changelog).last(), Some(&pull_request), "{name}");
        let publishes = |step: usize| steps[step].action.name().starts_with("pull-request.");
        let edits: Vec<usize> = (0..steps.len()).filter(|step| *step != changelog && !publishes(*step)).collect();
        assert_eq!(dependencies(&steps, pull_request), edits, "{name}");
    }
}

#[test]
fn every_example_of_an_action_is_a_step_that_loads() {
    for spec in cutover::action::specs() {
        let example = spec.example.replace('\n', "\n    ");
        let text = format!(
            "version: 1\nname: example\nsteps:\n  example:\n    {example}\n  pull-request: {{ uses: pull-request.open, with: {{ title: t }} }}\n"
        );
        let loaded = load(&SourceText::new(spec.name, text), &cutover::action::specs());
        assert!(loaded.diagnostics.is_empty(), "{}", render(&loaded.diagnostics, false));
    }
}
