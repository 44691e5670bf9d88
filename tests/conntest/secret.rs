//! Secrets reach integration tests, and nothing else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::stage::{Tested, files_with, log, of, outcome, place, results, run, run_with, workflow};

/// With characters that Python, JSON and XML each spell in their own way.
const SECRET: &str = "hunter2<&\"Zq9/+\\x";

/// Looks at the secret, and shows it in every way that tests do.
const LEAKING: &str = "\
import json, os, stat

def test_leak():
    path = 'secrets/config.json'
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    secret = json.load(open(path))['api_key']
    print('plain', secret)
    print(open(path).read())
    assert secret == 'something else', {'secret': secret}

def test_fine():
    assert len(json.load(open('secrets/config.json'))['api_key']) == LENGTH
";

fn leaking(name: &str) -> Tested {
    Tested::new(name).integration(&LEAKING.replace("LENGTH", &SECRET.len().to_string()))
}

fn config() -> String {
    serde_json::json!({"start_date": "2021-01-01", "api_key": SECRET}).to_string()
}

/// Every piece of the secret that is long enough to be of use.
fn assert_hidden(place: &super::place::Place, texts: &[String]) {
    for piece in ["hunter2", "Zq9/+"] {
        for text in texts {
            assert!(!text.contains(piece), "{piece} in {text}");
        }
        assert_eq!(files_with(&place.state(), piece), Vec::<String>::new());
    }
}

#[test]
fn secrets_of_a_directory_reach_their_connector_alone_and_are_shown_nowhere() {
    let place = place([
        leaking("source-a"),
        leaking("source-b"),
        Tested::new("source-c").integration("def test_free(): pass\n"),
    ]);
    let secrets = place.beside("secrets");
    fs::create_dir_all(secrets.join("source-a")).unwrap();
    fs::write(secrets.join("source-a/config.json"), config()).unwrap();
    let with = format!("suites: [integration], secrets: '{secrets}/${{{{ connector.name }}}}'");
    let Some(text) = workflow(&with, "") else { return };
    let said = run_with(&place, &text, &["--keep"], &[]).exits(1);
    let answer = said.json();
    let (_, detail) = outcome(&answer, "source-a");
    assert!(
        detail.contains("integration: 1 of 2 tests failed (integration_tests.test_integration::test_leak)"),
        "{detail}"
    );
    let expected = "nothing to test: integration: skipped (no secrets)";
    assert_eq!(outcome(&answer, "source-b"), ("skipped".to_owned(), expected.to_owned()));
    assert_eq!(outcome(&answer, "source-c").1, "integration: 1 passed", "who names no secrets needs none");
    let log = log(&place, "source-a");
    assert!(log.contains("plain ***"), "{log}");
    let kept = results(&place, "source-a", "integration.xml").unwrap();
    assert!(kept.contains("***"), "{kept}");
    let reports = ["markdown", "html", "junit", "csv", "json"];
    let reports = reports.map(|format| place.cutover(&["report", "--format", format]).out);
    // The scratch directories are kept, and part of the state; the secrets in them are not.
    assert_hidden(&place, &[&[said.out.clone(), said.err, log, kept][..], &reports[..]].concat());
    assert_eq!(fs::metadata(secrets.join("source-a/config.json")).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn secrets_of_the_environment_become_files() {
    let place = place([leaking("source-a")]);
    let step = "    env: { CONFIG: { secret: FAKER_CONFIG } }\n";
    let Some(text) = workflow("suites: [integration], secrets: { config.json: CONFIG }", step) else { return };
    let said = run(&place, &text, &[("FAKER_CONFIG", &config())]).exits(1);
    let answer = said.json();
    assert!(outcome(&answer, "source-a").1.contains("1 of 2 tests failed"), "{answer:#}");
    assert_eq!(of(&answer, "source-a")["class"], "process");
    assert_hidden(&place, &[said.out.clone(), said.err, log(&place, "source-a")]);
}

#[test]
fn a_secret_that_is_named_and_missing_among_others_is_a_warning() {
    let tests = "import os\n\ndef test_a():\n    assert os.path.exists('secrets/config.json')\n\ndef other():\n    open('secrets/oauth.json')\n";
    let place = place([Tested::new("source-a")
        .integration(tests)
        .file("acceptance-test-config.yml", "config_path: 'secrets/oauth.json'\n")]);
    let secrets = place.beside("given");
    fs::create_dir_all(&secrets).unwrap();
    fs::write(secrets.join("config.json"), config()).unwrap();
    let Some(text) = workflow(&format!("secrets: {secrets}"), "") else { return };
    let answer = run(&place, &text, &[]).exits(0).json();
    let (_, detail) = outcome(&answer, "source-a");
    let expected = "integration: 1 passed; acceptance: skipped (no secrets/oauth.json among the secrets)";
    assert!(detail.ends_with(expected), "{detail}\n{}", log(&place, "source-a"));
    let warnings = of(&answer, "source-a")["warnings"].to_string();
    assert!(
        warnings.contains("integration_tests names secrets/oauth.json, which is not among the secrets"),
        "{warnings}"
    );
    let wrong = place.workflow(&workflow("secrets: some/where", "").unwrap());
    place.cutover(&["run", &wrong]).exits(1).answers(&["which is no absolute path"]);
}
