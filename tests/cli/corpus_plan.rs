//! The migration over all Python and low-code connectors of the real monorepo: nothing changes but what must.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::corpus::{bare_clone, faults};
use super::monorepo::{IMAGE, git_command};
use super::place::{EDITS, Place};

/// How many lines a connector's files gain and lose.
struct Lines {
    added: u64,
    deleted: u64,
}

fn lines(file: &Value) -> Lines {
    Lines { added: file["added"].as_u64().unwrap(), deleted: file["deleted"].as_u64().unwrap() }
}

#[test]
fn a_plan_over_all_python_and_low_code_connectors_changes_just_the_lines_that_must_change() {
    let place = Place::empty();
    let Some(bare) = bare_clone(&place.beside("monorepo")) else { return };
    let workflow = place.workflow(EDITS);
    let common = ["--repo", bare.as_str(), "--language", "python,low-code", "--date", "2026-11-22", "--format", "json"];
    let plan = place.cutover(&[&["plan", &workflow], &common[..]].concat()).json();
    let connectors = plan["connectors"].as_array().unwrap();
    assert_eq!(connectors.len(), 291);
    let mut refused: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut usual = 0;
    for connector in connectors {
        let name = connector["name"].as_str().unwrap();
        match connector["outcome"].as_str().unwrap() {
            "changed" => usual += u32::from(changes_what_must_change(connector)),
            "failed" => {
                let reason = connector["reason"].as_str().unwrap();
                assert_eq!(failed_step(connector), "changelog", "{name}: {reason}");
                assert!(reason.contains("docs/") || reason.contains("documentation page"), "{name}: {reason}");
                assert!(connector["hint"].is_string(), "{name}: {reason}");
                assert_eq!((&connector["files"], &connector["patch"]), (&json!([]), &json!("")), "{name}");
                refused.entry(reason.split_once(": ").map_or(reason, |(_, why)| why)).or_default().push(name);
            }
            other => panic!("{name}: {other}"),
        }
    }
    let number: usize = refused.values().map(Vec::len).sum();
    for (reason, names) in &refused {
        println!("refused: {reason} ({})", names.join(", "));
    }
    println!("{} connectors: {usual} as usual, {number} refused", connectors.len());
    assert!((1..=12).contains(&number), "{refused:?}");
    assert!(usual >= 260, "{usual}");
}

/// The step that failed.
fn failed_step(connector: &Value) -> &str {
    let steps = connector["steps"].as_array().unwrap();
    steps.iter().find(|step| step["outcome"] == "failed").unwrap()["id"].as_str().unwrap()
}

/// Asserts that a connector's plan has no change that it should not have; whether it is a usual one: two lines for the
/// image, one for the version, one row, no Dockerfile.
fn changes_what_must_change(connector: &Value) -> bool {
    let name = connector["name"].as_str().unwrap();
    let home = connector["path"].as_str().unwrap();
    let mut metadata = None;
    for file in connector["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        let Lines { added, deleted } = lines(file);
        match path.strip_prefix(home).map_or(path, |inside| inside.trim_start_matches('/')) {
            "Dockerfile" => assert_eq!((&file["change"], added), (&"deleted".into(), 0), "{name}"),
            "metadata.yaml" => metadata = Some((added, deleted)),
            "pyproject.toml" => assert_eq!((added, deleted), (1, 1), "{name}"),
            page if page.starts_with("docs/") => {
                // A row behind a last line without a newline: git shows that line as changed.
                let patch = connector["patch"].as_str().unwrap();
                let after_the_end = (added, deleted) == (2, 1) && patch.contains("\\ No newline at end of file");
                assert!((added, deleted) == (1, 0) || after_the_end, "{name}: {page} +{added} -{deleted}");
            }
            other => panic!("{name} changes {other}"),
        }
    }
    let (added, deleted) = metadata.unwrap();
    // A connector with a base image already has its line replaced; an equal pin of a registry moves too.
    assert!(matches!((added, deleted), (3, 1) | (2 | 4, 2)), "{name}: +{added} -{deleted}");
    (added, deleted) == (3, 1)
}

#[test]
fn pyyaml_reads_exactly_the_values_that_were_set_and_no_others() {
    let place = Place::empty();
    let Some(bare) = bare_clone(&place.beside("monorepo")) else { return };
    let workflow = place.workflow(EDITS);
    let common = ["--repo", bare.as_str(), "--language", "python,low-code", "--format", "json"];
    let run = place.cutover(&[&["run", &workflow], &common[..]].concat()).exits(1).json();
    let listed = place.cutover(&[&["list"], &common[..]].concat()).exits(0).json();
    let versions: BTreeMap<&str, &Value> = listed["connectors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|connector| (connector["name"].as_str().unwrap(), &connector["version"]))
        .collect();
    let changed: Vec<&Value> =
        run["units"].as_array().unwrap().iter().filter(|unit| unit["outcome"] == "changed").collect();
    let metadata =
        |revision: &str, unit: &Value| format!("{revision}:{}/metadata.yaml", unit["path"].as_str().unwrap());
    let base = run["base"].as_str().unwrap();
    let old = blobs(&bare, &changed.iter().map(|unit| metadata(base, unit)).collect::<Vec<_>>());
    let new: Vec<String> = changed.iter().map(|unit| metadata(unit["commit"].as_str().unwrap(), unit)).collect();
    let new = blobs(&bare, &new);
    let cases: Vec<Value> = changed
        .iter()
        .zip(old.iter().zip(&new))
        .map(|(unit, (old, new))| {
            let name = unit["name"].as_str().unwrap();
            json!({ "name": name, "old": old, "new": new, "image": IMAGE, "version": versions[name] })
        })
        .collect();
    assert!(cases.len() > 270, "{}", cases.len());
    assert_eq!(faults(&cases), Vec::<String>::new());
}

/// The contents of these objects, read by one git.
fn blobs(repository: &Utf8Path, names: &[String]) -> Vec<String> {
    let mut command = git_command(repository, &["cat-file", "--batch"]);
    let mut reader = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = reader.stdin.take().unwrap();
    let asked = names.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()).unwrap());
    let mut output = Vec::new();
    reader.stdout.take().unwrap().read_to_end(&mut output).unwrap();
    writer.join().unwrap();
    reader.wait().unwrap();
    let mut rest = output.as_slice();
    let mut contents = Vec::new();
    for name in names {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
        let header = std::str::from_utf8(&rest[..end]).unwrap();
        let size: usize = header.rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{name}: {header}"));
        contents.push(String::from_utf8(rest[end + 1..end + 1 + size].to_vec()).unwrap());
        rest = &rest[end + 2 + size..];
    }
    contents
}
