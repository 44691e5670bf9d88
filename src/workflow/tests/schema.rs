//! The schema that editors read, and the drawings of the DAG.

use insta::assert_snapshot;
use serde_json::Value;

use super::super::{graph, schema};
use super::{actions, fits_schema, loaded, model, shown, with_steps, workflow};

fn all_references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(entries) => {
            found.extend(entries.get("$ref").and_then(Value::as_str));
            entries.values().for_each(|value| all_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| all_references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_of_the_schema_leads_somewhere() {
    let schema = schema(&actions::all());
    let mut references = Vec::new();
    all_references(&schema, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let name = reference.strip_prefix("#/$defs/").unwrap();
        assert!(schema["$defs"].get(name).is_some(), "{reference}");
    }
}

#[test]
fn the_schema_knows_the_keys_that_the_reader_knows() {
    let schema = schema(&actions::all());
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&schema["properties"]), super::super::read::KEYS);
    assert_eq!(keys(&schema["$defs"]["step"]["properties"]), super::super::read::STEP_KEYS);
}

#[test]
fn everything_that_loads_fits_the_schema() {
    let steps = "
a: { uses: version.bump, with: { level: '${{ inputs.level }}' }, retry: { attempts: 2, on: [network, any] } }
b: { uses: image.build, with: { platforms: [x], threads: '${{ inputs.level }}', build-args: { A: b } }, timeout: 1h30m }
c: { uses: image.build, with:, needs: [a, b], if: true, continue-on-error: true }
d: { run: x, scope: run, outputs: size, env: { A: 1, B: true, C: { secret: D }, E: 'x ${{ run.id }}' }, name: n }";
    let top = "
inputs: { level: { type: choice, options: [patch, minor], default: patch }, n: { type: integer, required: false, default: 3 } }
connectors: { names: source-*, language: [java], support-level: certified, where: data.x }
branch: x/${{ connector.name }}
commit: { message: 'x ${{ connector.name }}' }
concurrency: { jobs: 1, build: 2, test: 3, publish: 4 }
fail-fast: false
max-failures: 10%
success: { a: b.c is none or true }";
    let text = with_steps(steps).replace("steps:", &format!("{}\nsteps:", top.trim().replace("b.c", "data.c")));
    assert_eq!(shown(&text), "");
    assert!(fits_schema(&text));
    assert!(fits_schema(model::MIGRATION));
}

#[test]
fn what_the_schema_can_see_it_refuses() {
    let wrong = [
        "a: { uses: file.remove, with: { path: x, must_exist: true } }",
        "a: { uses: file.remove }",
        "a: { uses: file.rm }",
        "a: { uses: version.bump, with: { level: patsch } }",
        "a: { uses: connector.test, run: x }",
        "a: { needs: [] }",
        "a: { run: x, with: {} }",
        "a: { uses: connector.test, outputs: [x] }",
        "a: { run: x, timeout: 30 }",
        "a: { run: x, retry: { attempts: 0 } }",
        "a: { run: x, env: { CUTOVER_X: y } }",
        "1a: { run: x }",
    ];
    for steps in wrong {
        let text = with_steps(steps);
        assert!(!fits_schema(&text), "the schema lets through {steps}");
        assert!(loaded(&text).workflow.is_none(), "the reader lets through {steps}");
    }
}

#[test]
fn the_schema_says_what_editors_show() {
    assert_snapshot!(serde_json::to_string_pretty(&schema(&actions::all()[..3])).unwrap());
}

#[test]
fn mermaid_draws_needs_solid_and_read_outputs_dashed() {
    assert_snapshot!(graph::mermaid(&workflow(model::MIGRATION)), @r#"
    flowchart TD
      subgraph run ["once per run"]
        step_base_image["base-image<br/>image.resolve"]
      end
      step_remove_dockerfile["remove-dockerfile<br/>file.remove"]
      step_set_base_image["set-base-image<br/>yaml.set"]
      step_changelog["changelog<br/>changelog.add"]
      step_build["build<br/>image.build"]
      step_lint["Look for mistakes<br/>run"]
      step_pull_request["pull-request<br/>pull-request.open"]
      step_base_image -.->|"address"| step_set_base_image
      step_pull_request -->|"number"| step_changelog
      step_remove_dockerfile --> step_build
      step_set_base_image --> step_build
      step_build --> step_pull_request
    "#);
}

#[test]
fn dot_draws_the_same() {
    assert_snapshot!(graph::dot(&workflow(model::MIGRATION)), @r#"
    digraph "migrate-to-base-image" {
      rankdir=TB;
      node [shape=box, style=rounded, fontname="sans-serif"];
      subgraph cluster_run {
        label="once per run";
        "base-image" [label="base-image\nimage.resolve"];
      }
      "remove-dockerfile" [label="remove-dockerfile\nfile.remove"];
      "set-base-image" [label="set-base-image\nyaml.set"];
      "changelog" [label="changelog\nchangelog.add"];
      "build" [label="build\nimage.build"];
      "lint" [label="Look for mistakes\nrun"];
      "pull-request" [label="pull-request\npull-request.open"];
      "base-image" -> "set-base-image" [style=dashed, label="address"];
      "pull-request" -> "changelog" [label="number"];
      "remove-dockerfile" -> "build";
      "set-base-image" -> "build";
      "build" -> "pull-request";
    }
    "#);
}

#[test]
fn drawings_survive_words_and_quotes_of_their_languages() {
    let workflow = workflow(&with_steps("end: { run: x, name: 'say \"hi\" <b>' }\ngraph: { run: x, needs: end }"));
    assert_snapshot!(graph::mermaid(&workflow), @r#"
    flowchart TD
      step_end["say &quot;hi&quot; &lt;b&gt;<br/>run"]
      step_graph["graph<br/>run"]
      step_end --> step_graph
    "#);
    assert_snapshot!(graph::dot(&workflow), @r#"
    digraph "w" {
      rankdir=TB;
      node [shape=box, style=rounded, fontname="sans-serif"];
      "end" [label="say \"hi\" <b>\nrun"];
      "graph" [label="graph\nrun"];
      "end" -> "graph";
    }
    "#);
}
