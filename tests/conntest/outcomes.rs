//! What becomes of connectors with tests of every kind, in one run.

use super::place::Place;
use super::stage::{Tested, by, log, of, outcome, place, results, run};

/// Passes, and sees its own code and nothing of the repository around it.
const GOOD: &str = "\
import os, pathlib, pytest, subprocess, sys
from source_good import ANSWER

def test_answer():
    assert ANSWER == 42

def test_place():
    assert pathlib.Path('metadata.yaml').exists() and sys.prefix != sys.base_prefix
    python = subprocess.run(['python', '-c', 'import sys, pytest; print(sys.prefix)'], capture_output=True, text=True).stdout
    assert python.strip() == sys.prefix

@pytest.mark.skip(reason='not now')
def test_later():
    assert False
";

const BAD: &str = "\
def test_good():
    assert True

def test_bad():
    print('the reason & <why>')
    assert [1, 2] == [1, 3]

class TestMore:
    def test_worse(self):
        raise RuntimeError('sorry')
";

fn connectors() -> Vec<Tested> {
    let secretive = "import json\n\ndef test_config():\n    assert json.load(open('secrets/config.json'))\n";
    vec![
        Tested::new("source-good").unit(GOOD).integration(secretive),
        Tested::new("source-bad").unit(BAD).integration("def test_never(): assert False\n"),
        Tested::new("source-none"),
        Tested::new("source-empty")
            .unit("# nothing yet\n")
            .file("integration_tests/acceptance.py", "x = 'secrets/config.json'\n"),
        Tested::new("source-broken")
            .unit("import not_there\n")
            .file("unit_tests/test_other.py", "def test_other(): pass\n"),
        Tested::new("source-conftest")
            .unit("def test_a(): pass\n")
            .file("unit_tests/conftest.py", "import not_there\n"),
    ]
}

#[test]
fn each_connector_gets_its_own_outcome_and_no_tests_are_not_passed() {
    let Some(workflow) = by("pip", "", "") else { return };
    let place = place(connectors());
    // What lies around the state is nobody's configuration.
    std::fs::write(place.root().join("pytest.ini"), "[pytest]\naddopts = --no-such-option\n").unwrap();
    let answer = run(&place, &workflow, &[]).exits(1).json();
    let is = |name: &str, outcome_is: &str, detail: &str| {
        let found = outcome(&answer, name);
        assert!(found.0 == outcome_is && found.1.contains(detail), "{name}: {found:?}\n{}", log(&place, name));
    };
    is(
        "source-good",
        "unchanged",
        "unit: 2 passed, 1 skipped; integration: skipped (no secrets); acceptance: skipped (no acceptance-test-config.yml)",
    );
    is(
        "source-bad",
        "failed",
        "unit: 2 of 3 tests failed (unit_tests.test_unit::test_bad, unit_tests.test_unit.TestMore::test_worse); integration: skipped (unit tests fail)",
    );
    is("source-none", "skipped", "nothing to test: unit: skipped (no unit_tests folder)");
    is(
        "source-empty",
        "skipped",
        "nothing to test: unit: skipped (no tests in unit_tests); integration: skipped (no tests in integration_tests)",
    );
    is("source-broken", "failed", "unit: 1 of 2 tests failed (unit_tests.test_unit)");
    is("source-conftest", "failed", "unit: pytest cannot begin: ModuleNotFoundError: No module named 'not_there'");
    outputs_and_results(&place, &answer);
    reports(&place);
}

fn outputs_and_results(place: &Place, answer: &serde_json::Value) {
    let outputs = &of(answer, "source-good")["outputs"];
    assert_eq!((&outputs["unit"], &outputs["integration"]), (&"passed".into(), &"skipped".into()));
    assert_eq!((&outputs["tests"], &outputs["failures"], &outputs["skipped"]), (&3.into(), &0.into(), &1.into()));
    assert!(outputs["python"].as_str().unwrap().starts_with("3."), "{outputs}");
    let kept = results(place, "source-bad", "unit.xml").unwrap();
    assert!(kept.contains("name=\"test_worse\"") && kept.contains("the reason &amp; &lt;why&gt;"), "{kept}");
    assert_eq!(results(place, "source-none", "unit.xml"), None);
    let tail = of(answer, "source-bad")["tail"].to_string();
    assert!(tail.contains("FAILED unit_tests/test_unit.py::test_bad"), "{tail}");
    // Nothing of it stays, and nothing came back.
    assert_eq!(place.branches(), "");
    let scratch = place.state().join("scratch");
    let left: Vec<String> =
        scratch.read_dir_utf8().into_iter().flatten().flatten().map(|entry| entry.path().to_string()).collect();
    assert!(left.is_empty(), "{left:?}");
}

fn reports(place: &Place) {
    let log = log(place, "source-bad");
    assert!(log.contains("installing the connector") && log.contains("unit tests"), "{log}");
    place.cutover(&["status"]).exits(1).answers(&["unit tests fail", "source-bad"]);
    let run = place.status()["run"].as_str().unwrap().to_owned();
    place.cutover(&["logs", &run, "source-bad"]).complains(&["step test has kept", "test.results/unit.xml"]);
    let junit = place.cutover(&["report", "--format", "junit"]).exits(1).out;
    for expected in [
        "<testsuite name=\"source-bad: test, unit tests\" tests=\"3\" failures=\"2\"",
        "<testcase name=\"test_worse\" classname=\"source-bad.unit_tests.test_unit.TestMore\"",
        "RuntimeError: sorry",
    ] {
        assert!(junit.contains(expected), "{expected} in {junit}");
    }
    let page = place.cutover(&["report", "--format", "html"]).exits(1).out;
    assert!(page.contains("Test results") && page.contains("test.results/unit.xml"));
}
