//! YAML edits over the metadata files of the real connector monorepo and over generated values, judged by readers
//! that share no code with the editor: PyYAML, and the crate yaml-edit where it is right.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::Instant;

use cutover::edit::{ValuePath, yaml};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const IMAGE: &str = "docker.io/airbyte/python-connector-base:1.2.0@sha256:c22a9d97464b69d6ef01898edf3f8612dc11614f05a84984451dd195f337db9e";
const TAG: &str = "data.dockerImageTag";
const BASE_IMAGE: &str = "data.connectorBuildOptions.baseImage";

/// Tests run beside each other in one process: the first lays the corpus out, the others find it.
static LAYING_OUT: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// The corpus as a directory, if this machine has it.
fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/make-monorepo");
    let given = std::env::var_os("CUTOVER_CORPUS").map_or(beside, PathBuf::from);
    if given.join(".git").exists() {
        return Some(given);
    }
    let script = if given.is_dir() { given.join("make-monorepo") } else { given };
    if !script.is_file() {
        println!("skipped: no corpus (set CUTOVER_CORPUS to its directory or to make-monorepo)");
        return None;
    }
    let _alone = LAYING_OUT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Kept for the next time; made under another name, so that what has the name is complete.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus-yaml");
    if !target.join(".git").exists() {
        let making = target.with_extension(std::process::id().to_string());
        let made = Command::new(&script).arg(&making).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if std::fs::rename(&making, &target).is_err() {
            std::fs::remove_dir_all(&making).unwrap();
        }
    }
    Some(target)
}

/// Every metadata file: its directory's name and its text.
fn metadata_files() -> Option<Vec<(String, String)>> {
    let mut files = Vec::new();
    let mut directories = vec![corpus()?.join("airbyte-integrations/connectors")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
            } else if entry.file_name() == "metadata.yaml" {
                let name = entry.path().parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    files.sort();
    assert_eq!(files.len(), 376, "the corpus is complete");
    Some(files)
}

/// A Python that has PyYAML: the system's, or one in a virtual environment below the target directory.
fn python() -> Option<PathBuf> {
    let has_yaml =
        |python: &Path| Command::new(python).args(["-c", "import yaml"]).output().is_ok_and(|run| run.status.success());
    let system = PathBuf::from("python3");
    if has_yaml(&system) {
        return Some(system);
    }
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pyyaml");
    let python = environment.join("bin/python");
    if !has_yaml(&python) {
        let _ = Command::new(&system).args(["-m", "venv"]).arg(&environment).output();
        let _ = Command::new(&python).args(["-m", "pip", "install", "--quiet", "pyyaml"]).output();
    }
    if has_yaml(&python) {
        return Some(python);
    }
    println!("skipped: no python3 with PyYAML, and it cannot be installed");
    None
}

/// What PyYAML finds wrong with these cases; `None` where there is no PyYAML.
fn faults(cases: &[Value]) -> Option<Vec<String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/pyyaml_edits.py");
    let mut command = Command::new(python()?);
    let mut judge = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    judge.stdin.take().unwrap().write_all(&serde_json::to_vec(cases).unwrap()).unwrap();
    let judged = judge.wait_with_output().unwrap();
    assert!(judged.status.success());
    Some(serde_json::from_slice(&judged.stdout).unwrap())
}

fn path(path: &str) -> ValuePath {
    ValuePath::parse(path).unwrap()
}

/// Lines that went and lines that came.
fn changed_lines(old: &str, new: &str) -> (usize, usize) {
    let diff = similar::TextDiff::from_lines(old, new);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    (count(similar::ChangeTag::Delete), count(similar::ChangeTag::Insert))
}

#[test]
fn a_new_version_is_one_changed_line_in_every_file_and_what_pyyaml_expects() {
    let Some(files) = metadata_files() else { return };
    let cases: Vec<Value> = files
        .iter()
        .map(|(name, old)| {
            let new = yaml::set(old, &path(TAG), &json!("99.0.1")).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(changed_lines(old, &new.text), (1, 1), "{name}");
            let read = yaml::parse(&new.text).unwrap();
            json!({"name": name, "old": old, "new": new.text, "path": ["data", "dockerImageTag"], "value": "99.0.1", "read": read})
        })
        .collect();
    assert_eq!(faults(&cases).unwrap_or_default(), Vec::<String>::new());
}

#[test]
fn a_base_image_is_two_added_lines_or_one_changed_one_and_what_pyyaml_expects() {
    let Some(files) = metadata_files() else { return };
    let cases: Vec<Value> = files
        .iter()
        .map(|(name, old)| {
            let had = yaml::get(old, &path(BASE_IMAGE)).unwrap().is_some();
            let new = yaml::set(old, &path(BASE_IMAGE), &json!(IMAGE)).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(changed_lines(old, &new.text), if had { (1, 1) } else { (0, 2) }, "{name}");
            assert!(new.text.contains(&format!("\n    baseImage: {IMAGE}\n")), "{name}");
            if !had {
                let restored = yaml::remove(&new.text, &path("data.connectorBuildOptions")).unwrap();
                assert_eq!(restored.text, *old, "{name}");
            }
            json!({"name": name, "old": old, "new": new.text, "path": ["data", "connectorBuildOptions", "baseImage"], "value": IMAGE})
        })
        .collect();
    assert_eq!(faults(&cases).unwrap_or_default(), Vec::<String>::new());
}

#[test]
fn every_value_of_every_file_can_be_removed_and_nothing_else_goes() {
    let Some(files) = metadata_files() else { return };
    for (name, old) in files.iter().step_by(7) {
        let Value::Object(data) = &yaml::parse(old).unwrap()["data"] else { panic!("{name}") };
        for key in data.keys() {
            let at = ValuePath::of_keys(["data", key.as_str()]);
            let new = yaml::remove(old, &at).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(changed_lines(old, &new.text).1, 0, "{name}: {key}");
            assert_eq!(yaml::get(&new.text, &at).unwrap(), None);
        }
    }
}

#[test]
fn generated_values_mean_to_pyyaml_what_was_set() {
    let mut runner = TestRunner::deterministic();
    let texts = prop_oneof![
        "[a-z:# '\"\\[\\]{},&*!|>%@`?-]{0,9}",
        "[0-9_:.+eExobTZ-]{1,8}",
        "[a-z \n\t]{0,12}",
        ".{0,6}",
        prop::sample::select(vec![
            "yes", "No", "on", "null", "~", "", "<<", "=", "---", "...", "- a", "? b", "1e3", "0o17", "1:30"
        ])
        .prop_map(str::to_owned),
    ];
    let values = prop_oneof![
        6 => texts.clone().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => prop::collection::vec(texts.clone(), 0..3).prop_map(Value::from),
        1 => prop::collection::btree_map(texts, any::<bool>(), 0..3).prop_map(|map| json!(map)),
    ];
    let olds = ["a: x\n", "a: 'x' # c\n", "{a: \"x\", b: 1}\n", "b:\n  - 1\n", "", "a: |\n  x\nb: 1\n", "a:\n"];
    let mut cases = Vec::new();
    for number in 0..4000 {
        let value = values.new_tree(&mut runner).unwrap().current();
        let old = olds[number % olds.len()];
        let new = yaml::set(old, &path("a"), &value).unwrap_or_else(|error| panic!("{value} in {old:?}: {error}"));
        let read = yaml::parse(&new.text).unwrap();
        cases.push(json!({"name": value.to_string(), "old": old, "new": new.text, "path": ["a"], "value": value, "read": read}));
    }
    let faults = faults(&cases).unwrap_or_default();
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults[..faults.len().min(20)].join("\n"));
}

#[test]
fn plain_scalars_have_the_types_that_pyyaml_gives_them() {
    let mut runner = TestRunner::deterministic();
    let scalars = prop_oneof![
        "[-+]?[0-9]{1,4}[0-9_:.]{0,5}",
        "[-+]?[0-9.]{1,3}[0-9_]{0,3}[eE][-+]?[0-9]{0,2}",
        "[-+]?0[xbo]?[0-9a-f_]{0,5}",
        "[-+]?[0-9]{1,3}(:[0-9]{1,2}){1,3}(\\.[0-9]{0,2})?",
        "[0-9]{4}-[01][0-9]?-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2})?",
        "[-+]?\\.(inf|Inf|nan|NaN|INF)",
        "(y|n|yes|Yes|YES|yEs|true|TRUE|on|Off|null|Null|nULL)",
    ];
    let mut cases = Vec::new();
    while cases.len() < 5000 {
        let scalar = scalars.new_tree(&mut runner).unwrap().current();
        let text = format!("a: {scalar}\n");
        let Ok(read) = yaml::parse(&text) else { continue };
        let is_text = read["a"].is_string();
        // Dates are checked for being told from text only; impossible ones are errors to PyYAML.
        let is_date = scalar.as_bytes().get(4) == Some(&b'-') || scalar.to_lowercase().contains(['n', 'i']);
        if is_date && is_text || read["a"].as_f64().is_some_and(|number| number.abs() > 1e15) {
            cases.push(json!({"name": scalar, "old": "{}", "new": "{}"}));
            continue;
        }
        cases.push(json!({"name": scalar, "old": text, "new": text, "read": read}));
    }
    let faults = faults(&cases).unwrap_or_default();
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults[..faults.len().min(20)].join("\n"));
}

#[test]
fn yaml_edit_changes_the_version_to_the_same_text() {
    let Some(files) = metadata_files() else { return };
    for (name, old) in &files {
        let document = yaml_edit::Document::from_str(old).unwrap();
        document.as_mapping().unwrap().get_mapping("data").unwrap().set("dockerImageTag", "99.0.1");
        let ours = yaml::set(old, &path(TAG), &json!("99.0.1")).unwrap();
        assert_eq!(document.to_string(), ours.text, "{name}");
    }
}

#[test]
fn three_edits_of_every_file_take_well_under_a_second_even_unoptimised() {
    let Some(files) = metadata_files() else { return };
    let paths = [path(TAG), path(BASE_IMAGE), path("data.registries.oss.enabled")];
    let values = [json!("99.0.1"), json!(IMAGE), json!(false)];
    let began = Instant::now();
    for (name, text) in &files {
        let mut text = text.clone();
        for (at, value) in paths.iter().zip(&values) {
            text = yaml::set(&text, at, value).unwrap_or_else(|error| panic!("{name}: {error}")).text;
        }
    }
    let took = began.elapsed();
    println!("{} files, three edits each: {took:?}", files.len());
    assert!(took.as_secs() < 20, "{took:?}");
}
