//! What is installed for tests, and installations that fail.

use super::stage::{Tested, by, log, of, outcome, place, run, run_with, testing, workflow};
use super::wheels;

/// A project of Poetry, with a lock file and a group for development.
const POETRY: &str = "\
[build-system]
requires = ['poetry-core']
build-backend = 'poetry.core.masonry.api'

[tool.poetry]
name = 'source-poetry'
version = '0.1.0'
description = ''
authors = ['Ada <ada@example.com>']
packages = [{ include = 'source_poetry' }]

[tool.poetry.dependencies]
python = '>=3.8,<4'

[tool.poetry.group.dev.dependencies]
pytest = '^8'
iniconfig = '*'

[tool.pytest.ini_options]
addopts = '--strict-markers'
";

const LOCK: &str = "\
[[package]]
name = 'pytest'
version = '8.4.2'
";

fn poetry() -> Tested {
    let tests = "import importlib.metadata as m, source_poetry, iniconfig\n\ndef test_pins():\n    assert m.version('pytest') == '8.4.2'\n";
    Tested::new("source-poetry")
        .without("setup.py")
        .file("pyproject.toml", POETRY)
        .file("poetry.lock", LOCK)
        .unit(tests)
}

#[test]
fn installations_that_fail_say_what_to_do_and_the_others_go_on() {
    let Some(workflow) = by("pip", "suites: [unit]", "") else { return };
    let passes = "def test_a(): pass\n";
    let setup = |line: &str| format!("from setuptools import setup\n{line}\n");
    let place = place([
        poetry(),
        Tested::new("source-raises").unit(passes).file("setup.py", &setup("raise RuntimeError('a faulty setup.py')")),
        Tested::new("source-wants")
            .unit(passes)
            .file("setup.py", &setup("setup(name='w', install_requires=['not-to-be-had==9'])")),
        Tested::new("source-python").unit(passes).file("setup.py", &setup("setup(name='p', python_requires='<3.8')")),
        Tested::new("source-local").unit(passes).file("requirements.txt", "-e ../source-poetry\n-e .\n"),
        Tested::new("source-toml").unit(passes).file("pyproject.toml", "[broken\n"),
    ]);
    let answer = run(&place, &workflow, &[]).exits(1).json();
    let is = |name: &str, class: &str, detail: &str| {
        let step = of(&answer, name);
        let found = step["detail"].as_str().unwrap();
        assert!(step["class"] == class && found.contains(detail), "{name}: {step:#}\n{}", log(&place, name));
    };
    assert_eq!(outcome(&answer, "source-poetry").1, "unit: 1 passed", "{}", log(&place, "source-poetry"));
    is("source-raises", "process", "the connector or a dependency cannot be built");
    is("source-wants", "process", "a dependency is not to be had");
    is("source-python", "machine", "it needs Python <3.8; python3 is 3.");
    is("source-local", "expression", "requirements.txt needs ../source-poetry, which is not laid out");
    let unit = super::place::unit(&answer, "source-local");
    assert!(
        unit["hint"].as_str().unwrap().contains("paths: [airbyte-integrations/connectors/source-poetry]"),
        "{unit}"
    );
    let toml = of(&answer, "source-toml")["detail"].as_str().unwrap().to_owned();
    assert!(toml.contains("source-toml/pyproject.toml"), "{toml}");
    // What is missing is laid out on demand, and only what failed is taken up.
    let Some(mended) = by("pip", "suites: [unit]", "    paths: [airbyte-integrations/connectors/source-poetry]\n")
    else {
        return;
    };
    let said = run_with(&place, &mended, &["--name", "source-local"], &[]).exits(0);
    assert_eq!(outcome(&said.json(), "source-local").1, "unit: 1 passed");
}

#[test]
fn uv_serves_as_well_as_pip() {
    let (Some(wheels), Some(_)) = (wheels::wheels(), wheels::uv()) else { return };
    let failing = "from setuptools import setup\nsetup(name='w', install_requires=['not-to-be-had==9'])\n";
    let place = place([
        poetry(),
        Tested::new("source-a").unit("def test_a(): pass\n"),
        Tested::new("source-b").unit("def test_b(): pass\n").file("setup.py", failing),
    ]);
    let answer = run(&place, &testing(&format!("wheels: {wheels}, no-index: true"), ""), &[]).exits(1).json();
    for name in ["source-poetry", "source-a"] {
        assert!(outcome(&answer, name).1.starts_with("unit: 1 passed"), "{}", log(&place, name));
        assert!(log(&place, name).contains("uv"), "{}", log(&place, name));
    }
    let (_, detail) = outcome(&answer, "source-b");
    assert!(
        detail.contains("a dependency is not to be had") || detail.contains("contradict"),
        "{detail}\n{}",
        log(&place, "source-b")
    );
}

#[test]
fn an_interpreter_and_wheels_that_are_not_there_are_said() {
    let place = place([Tested::new("source-a").unit("def test_a(): pass\n")]);
    let detail = |with: &str| outcome(&run(&place, &testing(with, ""), &[]).exits(1).json(), "source-a").1;
    assert!(detail("installer: pip, python: python3.99").contains("`python3.99` was not found"));
    assert!(detail("installer: pip, python: 'false'").contains("is no Python 3 that can be run"));
    assert!(detail("installer: pip, wheels: no/such/folder").contains("no/such/folder, which is no directory"));
    let workflow = place.workflow(&testing("suite-timeout: soon", ""));
    place.cutover(&["plan", &workflow]).answers(&["`soon` is no duration such as `20m`"]);
    let workflow = place.workflow(&testing("suites: [units]", ""));
    place.cutover(&["check", &workflow]).exits(2).complains(&["units"]);
}

#[test]
fn a_command_of_ones_own_runs_the_acceptance_tests() {
    let Some(workflow) =
        workflow("suites: [acceptance], acceptance-command: [python, integration_tests/acceptance.py]", "")
    else {
        return;
    };
    let script = "import os\nwith open(os.environ['CUTOVER_JUNIT'], 'w') as file:\n    file.write(\"<testsuite><testcase name='spec'/><testcase name='check'>RESULT</testcase></testsuite>\")\n";
    let configured = |name: &str, result: &str, exit: &str| {
        let script = script.replace("RESULT", result) + exit;
        Tested::new(name)
            .file("acceptance-test-config.yml", "acceptance_tests: {}\n")
            .file("integration_tests/acceptance.py", &script)
    };
    let place = place([
        configured("source-a", "", ""),
        configured("source-b", "<failure message='no'/>", "raise SystemExit(1)\n"),
        Tested::new("source-c"),
    ]);
    let answer = run(&place, &workflow, &[]).exits(1).json();
    assert_eq!(outcome(&answer, "source-a").1, "acceptance: 2 passed", "{}", log(&place, "source-a"));
    assert_eq!(outcome(&answer, "source-b").1, "acceptance: 1 of 2 tests failed (check)");
    assert_eq!(outcome(&answer, "source-c").0, "skipped");
}
