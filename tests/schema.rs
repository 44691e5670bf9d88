//! The committed JSON schema of workflow files: as the program gives it, and judged by a validator that is not ours.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cutover::action::specs;
use cutover::workflow::{load_bytes, schema};
use serde_json::{Value, json};

const COMMITTED: &str = "schema/workflow.schema.json";

/// A workflow that fits.
const GOOD: &str = "\
version: 1
name: example
inputs:
  base-image: { default: latest }
connectors: { language: [python], where: \"data.supportLevel == 'certified'\" }
branch: cutover/${{ connector.name }}
steps:
  remove: { uses: file.remove, with: { path: Dockerfile } }
  test: { needs: remove, run: make test, timeout: 30m, retry: { attempts: 3, on: [network] } }
success:
  it is gone: not exists('Dockerfile')
";

/// What is wrong, as a text of the good workflow and what stands there instead.
const MISTAKES: [(&str, &str, &str); 14] = [
    ("no version", "version: 1\n", ""),
    ("another version", "version: 1", "version: 2"),
    ("a version in quotes", "version: 1", "version: '1'"),
    ("no name", "name: example\n", ""),
    ("a name that cannot stand in a branch", "name: example", "name: an example"),
    ("an unknown key", "branch:", "branches:"),
    ("the same branch for every connector", "cutover/${{ connector.name }}", "cutover/all"),
    ("an unknown action", "file.remove", "file.delete"),
    ("an unknown argument", "path: Dockerfile", "file: Dockerfile"),
    ("an argument of another type", "path: Dockerfile", "path: 7"),
    ("both uses and run", "uses: file.remove,", "uses: file.remove, run: rm Dockerfile,"),
    ("a time without a unit", "timeout: 30m", "timeout: soon"),
    ("no attempts", "attempts: 3", "attempts: 0"),
    ("an unknown class of failure", "on: [network]", "on: [weather]"),
];

/// Answers for each of the texts on standard input whether it fits the schema there.
const JUDGE: &str = "\
import json, sys, jsonschema
given = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(given['schema'])
validator = jsonschema.Draft202012Validator(given['schema'])
json.dump([validator.is_valid(instance) for instance in given['instances']], sys.stdout)
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_committed_schema_is_the_one_that_the_program_prints() {
    let printed = Command::new(env!("CARGO_BIN_EXE_cutover")).arg("schema").output().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let printed = String::from_utf8(printed.stdout).unwrap();
    let committed = std::fs::read_to_string(root().join(COMMITTED)).unwrap_or_default();
    assert!(
        committed == printed,
        "{COMMITTED} is stale; renew it with `cargo run -- schema > {COMMITTED}` and look at what differs"
    );
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), schema(&specs()), "the library gives the same");
}

#[test]
fn another_validator_agrees_on_what_is_a_workflow() {
    let mut instances = vec![("the example".to_owned(), true, GOOD.to_owned())];
    for (name, right, wrong) in MISTAKES {
        assert!(GOOD.contains(right), "{name}: {right}");
        instances.push((name.to_owned(), false, GOOD.replacen(right, wrong, 1)));
    }
    for folder in ["workflows", "examples"] {
        for path in workflow_files(&root().join(folder)) {
            instances.push((path.display().to_string(), true, std::fs::read_to_string(path).unwrap()));
        }
    }
    // The reader must agree with what the schema is expected to say.
    for (name, fits, text) in &instances {
        let loaded = load_bytes(name, text.as_bytes(), &specs());
        assert_eq!(loaded.workflow.is_some(), *fits, "the reader: {name}");
    }
    let values: Vec<Value> = instances.iter().map(|(_, _, text)| serde_yaml::from_str(text).unwrap()).collect();
    let Some(verdicts) = judge(&values) else { return };
    for ((name, fits, _), verdict) in instances.iter().zip(verdicts) {
        assert_eq!(verdict, *fits, "the validator: {name}");
    }
}

fn workflow_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_workflow = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "yaml")
            && std::fs::read_to_string(path).unwrap().lines().any(|line| line == "steps:")
    };
    paths.filter(is_workflow).collect()
}

/// What the Python package jsonschema says of each instance; nothing where it cannot be had.
fn judge(instances: &[Value]) -> Option<Vec<bool>> {
    let Some(python) = python() else {
        println!("skipped: no python3 with jsonschema, and it cannot be installed");
        return None;
    };
    let mut judge =
        Command::new(python).args(["-c", JUDGE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let committed = std::fs::read_to_string(root().join(COMMITTED)).unwrap();
    let given = json!({ "schema": serde_json::from_str::<Value>(&committed).unwrap(), "instances": instances });
    judge.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success(), "the validator refuses the schema itself");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// A Python that has the package: the system's, or one in an environment of our own.
fn python() -> Option<PathBuf> {
    let has_it = |python: &Path| {
        Command::new(python).args(["-c", "import jsonschema"]).output().is_ok_and(|output| output.status.success())
    };
    let system = PathBuf::from("python3");
    if has_it(&system) {
        return Some(system);
    }
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jsonschema");
    let python = environment.join("bin/python");
    if !has_it(&python) {
        let _ = Command::new(&system).args(["-m", "venv"]).arg(&environment).output();
        let packages = ["-m", "pip", "install", "--quiet", "--retries", "0", "--timeout", "10", "jsonschema"];
        let _ = Command::new(&python).args(packages).output();
    }
    has_it(&python).then_some(python)
}
