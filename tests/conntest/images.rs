//! Tests in the connector's image, with real base images of two Pythons.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::containers::{Base, Containers};
use super::place::{Place, Said};
use super::stage::{Tested, files_with, log, of, outcome, place, results, testing};

/// What every image is tested with, as wheels for its Python.
const PACKAGES: [&str; 3] = ["pytest==8.4.2", "setuptools<81", "wheel"];

/// Code that Python 3.9 still runs and 3.11 does not.
const OLD: &str = "from collections import Mapping\n";

/// The tests here share an engine's storage, and look at what is left in it.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a workflow that tests in the image of this base.
fn run_in(containers: &Containers, place: &Place, base: Base, with: &str, of_step: &str) -> Option<Said> {
    let wheels = containers.wheels("conntest", base, &PACKAGES)?;
    let address = containers.base(base);
    containers.buildah(&["pull", "-q", &address]);
    let all = format!("in: image, engine: buildah, image: '{address}', wheels: {wheels}, no-index: true, {with}");
    let workflow = place.workflow(&testing(&all, of_step));
    let arguments = ["run", &workflow, "--format", "json", "--keep"];
    let output = place.command(&arguments).envs(containers.env()).env("CONFIG", "hunter2-in-a-box").output().unwrap();
    Some(Said::of(&output, &arguments))
}

#[test]
fn what_breaks_on_another_python_is_caught() {
    let Some(containers) = Containers::get() else { return };
    let _alone = alone();
    let place = place([
        Tested::new("source-old").unit("import source_old\n\ndef test_a(): pass\n").file("source_old/__init__.py", OLD),
        Tested::new("source-new").unit("import os, source_new, subprocess\n\ndef test_a():\n    assert subprocess.run(['python', '-m', 'pytest', '--version']).returncode == 0\n    assert os.path.isdir('/cutover/files')\n"),
    ]);
    let Some(said) = run_in(containers, &place, Base::Bullseye, "suites: [unit]", "") else { return };
    let answer = said.json();
    for name in ["source-old", "source-new"] {
        assert_eq!(outcome(&answer, name).1, "unit: 1 passed", "{}", log(&place, name));
        assert_eq!(of(&answer, name)["outputs"]["python"], "3.9.2");
    }
    let Some(said) = run_in(containers, &place, Base::Bookworm, "suites: [unit]", "") else { return };
    let answer = said.exits(1).json();
    assert_eq!(outcome(&answer, "source-new").1, "unit: 1 passed", "{}", log(&place, "source-new"));
    assert_eq!(outcome(&answer, "source-old").1, "unit: 1 of 1 test failed (unit_tests.test_unit)");
    assert!(results(&place, "source-old", "unit.xml").unwrap().contains("cannot import name 'Mapping'"));
    assert_eq!(containers.buildah(&["containers", "-q"]), "");
}

#[test]
fn what_was_built_is_what_is_tested() {
    let Some(containers) = Containers::get() else { return };
    let _alone = alone();
    let base = Base::Bookworm;
    let Some(wheels) = containers.wheels("conntest", base, &PACKAGES) else { return };
    let connector = |name: &str, package: &str| {
        let tests = format!("import {}, iniconfig\n\ndef test_a(): pass\n", name.replace('-', "_"));
        let package_file = format!("{}/__init__.py", name.replace('-', "_"));
        let setup = format!("from setuptools import setup\nsetup(name='{name}', install_requires=['iniconfig'])\n");
        Tested::new(name).file("setup.py", &setup).file("main.py", "").file(&package_file, package).unit(&tests)
    };
    let place = place([connector("source-old", OLD), connector("source-new", "")]);
    let address = containers.base(base);
    let text = format!(
        "version: 1\nname: w\nsteps:\n  build:\n    uses: image.build\n    with: {{ engine: buildah, base-image: '{address}', wheels: {wheels}, \
         no-index: true, spec: false }}\n  test:\n    needs: build\n    uses: connector.test\n    with: {{ suites: [unit], image: '${{{{ \
         steps.build.image }}}}', engine: '${{{{ steps.build.engine }}}}', wheels: {wheels}, no-index: true }}\n"
    );
    let workflow = place.workflow(&text);
    let arguments = ["run", &workflow, "--format", "json"];
    let said = Said::of(&place.command(&arguments).envs(containers.env()).output().unwrap(), &arguments).exits(1);
    let answer = said.json();
    assert_eq!(outcome(&answer, "source-new").1, "unit: 1 passed", "{answer:#}");
    assert!(
        log(&place, "source-new").contains("Requirement already satisfied: iniconfig"),
        "what the image has is used"
    );
    assert_eq!(outcome(&answer, "source-old").1, "unit: 1 of 1 test failed (unit_tests.test_unit)", "{answer:#}");
}

#[test]
fn secrets_reach_the_container_and_what_hangs_in_it_ends() {
    let Some(containers) = Containers::get() else { return };
    let _alone = alone();
    let leak = "import os, subprocess, time\n\ndef test_leak():\n    print(os.environ['CONFIG'])\n    assert open('secrets/config.json').read() == 'x', os.environ['CONFIG']\n\ndef test_hang():\n    subprocess.Popen(['sleep', '4242'], start_new_session=True)\n    time.sleep(1000)\n";
    let place = place([Tested::new("source-a").integration(leak)]);
    let with = "suites: [integration], suite-timeout: 20s, secrets: { config.json: CONFIG }";
    let started = Instant::now();
    let Some(said) = run_in(containers, &place, Base::Bookworm, with, "    env: { CONFIG: { secret: CONFIG } }\n")
    else {
        return;
    };
    let said = said.exits(1);
    assert!(started.elapsed() < Duration::from_mins(5));
    let (_, detail) = outcome(&said.json(), "source-a");
    let expected = "integration: pytest was stopped after its timeout of 20 s, in integration_tests/test_integration.py::test_hang";
    assert_eq!(detail, expected, "{}", log(&place, "source-a"));
    assert!(!said.out.contains("hunter2") && !log(&place, "source-a").contains("hunter2"));
    assert_eq!(files_with(&place.state(), "hunter2"), Vec::<String>::new());
    assert_eq!(containers.buildah(&["containers", "-q"]), "");
    let sleeping = std::process::Command::new("ps").args(["-eo", "args"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&sleeping.stdout).lines().any(|line| line == "sleep 4242"));
}

#[test]
fn an_image_of_acceptance_tests_finds_the_connector() {
    let Some(containers) = Containers::get() else { return };
    let _alone = alone();
    let context = containers.kept().join("acceptance");
    std::fs::create_dir_all(&context).unwrap();
    let script = "import os, sys\nok = os.path.exists('/test_input/acceptance-test-config.yml')\nwhere = [a.split('=')[1] for a in sys.argv if a.startswith('--junitxml=')][0]\nopen(where, 'w').write(\"<testsuite><testcase name='spec'/></testsuite>\")\nsys.exit(0 if ok and sys.argv[1:3] == ['--acceptance-test-config', '/test_input'] else 1)\n";
    std::fs::write(context.join("run.py"), script).unwrap();
    let base = containers.base(Base::Bookworm);
    std::fs::write(
        context.join("Containerfile"),
        format!("FROM {base}\nCOPY run.py /run.py\nENTRYPOINT [\"python3\", \"/run.py\"]\n"),
    )
    .unwrap();
    let file = context.join("Containerfile");
    containers.buildah(&[
        "build",
        "--isolation",
        "chroot",
        "-q",
        "-t",
        "localhost/acceptance:1",
        "-f",
        file.as_str(),
        context.as_str(),
    ]);
    let place = place([
        Tested::new("source-a").file("acceptance-test-config.yml", "acceptance_tests: {}\n"),
        Tested::new("source-b"),
    ]);
    let with = "suites: [acceptance], engine: buildah, acceptance-image: localhost/acceptance:1";
    let workflow = place.workflow(&testing(with, ""));
    let arguments = ["run", &workflow, "--format", "json"];
    let said = Said::of(&place.command(&arguments).envs(containers.env()).output().unwrap(), &arguments).exits(0);
    assert_eq!(outcome(&said.json(), "source-a").1, "acceptance: 1 passed", "{}", log(&place, "source-a"));
    assert_eq!(outcome(&said.json(), "source-b").0, "skipped");
}

#[test]
fn an_image_that_is_not_there_is_said() {
    let Some(containers) = Containers::get() else { return };
    let _alone = alone();
    let place = place([Tested::new("source-a").unit("def test_a(): pass\n")]);
    let run = |with: &str| {
        let workflow = place.workflow(&testing(with, ""));
        let arguments = ["run", &workflow, "--format", "json"];
        Said::of(&place.command(&arguments).envs(containers.env()).output().unwrap(), &arguments).exits(1).json()
    };
    let answer = run("in: image, engine: buildah, image: localhost/not-there:dev");
    assert!(
        outcome(&answer, "source-a").1.contains("there is no image localhost/not-there:dev on this machine"),
        "{answer:#}"
    );
    let answer = run("in: image");
    assert!(outcome(&answer, "source-a").1.contains("`in: image` needs the `image` to test in"), "{answer:#}");
}
