//! Connectors of every packaging, good and bad, in one run: each has the outcome that it should, whatever the others do.

use std::collections::BTreeSet;
use std::time::Duration;

use super::containers::{Base, Containers};
use super::faults::wait_until;
use super::place::outcomes;
use super::site::{Connector, Site, built, failure, output, small_wheels};

const PYPROJECT: &str = "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n\n[project]\nname = \"x\"\nversion = \"0.1.0\"\ndependencies = [\"six\"]\n";

const HOOKS: &str = r#"import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagger import Container

MAIN_FILE_NAME = "main_dev.py"

async def pre_connector_install(base: "Container") -> "Container":
    return await base.with_env_variable("BEFORE", "a $HOME \"b\"").with_exec(["sh", "-c", "echo pre > /etc/pre"])

async def post_connector_install(connector: "Container") -> "Container":
    note = textwrap.dedent("""\
        one
        two""")
    return connector.with_new_file("/etc/note", contents=note).with_label("made", "by hooks")
"#;

fn connectors(base: &str) -> Vec<Connector<'static>> {
    let on = |name| Connector::new(name).on(base);
    vec![
        on("source-setup").setup(&["six"]).imports("import six"),
        on("source-listed").file("pyproject.toml", PYPROJECT).imports("import six"),
        on("source-requirements").file("requirements.txt", "six\n").imports("import six"),
        on("source-plain"),
        on("source-hooked")
            .setup(&[])
            .without("main.py")
            .file("main_dev.py", &super::site::MAIN.replace("PACKAGE", "source_hooked"))
            .file("build_customization.py", HOOKS),
        on("source-broken").file("setup.py", "import nosuch\n"),
        on("source-late").setup(&["late"]).imports("import late"),
        on("source-garbage").file("main.py", "print('hello, I am a connector')\nprint('{\"a\": 1}')\n"),
        on("source-hangs").file(
            "main.py",
            "import subprocess, time\nprint('wait', flush=True)\nsubprocess.Popen(['sleep', '987'])\ntime.sleep(987)\n",
        ),
        on("source-raises").file("main.py", "raise ValueError('no spec today')\n"),
        on("source-invalid").file("main.py", "print('{\"type\": \"SPEC\", \"spec\": {}}')\n"),
        on("source-headless").without("main.py"),
        on("source-hook-raises").file(
            "build_customization.py",
            "async def pre_connector_install(base):\n    raise RuntimeError('not today')\n",
        ),
        Connector::new("source-old")
            .file(
                "Dockerfile",
                &format!("FROM {base}\nCOPY . /airbyte\nENTRYPOINT [\"python\", \"/airbyte/main.py\"]\n"),
            )
            .without(".dockerignore"),
        Connector::new("source-nothing"),
        Connector::new("source-java").without("main.py").file("src/main/java/X.java", "class X {}\n"),
    ]
}

#[test]
fn connectors_of_every_kind_are_built_and_what_cannot_be_built_says_why() {
    let Some(containers) = Containers::get() else { return };
    let Some(wheels) = small_wheels(containers) else { return };
    // One more wheel comes later.
    let base = containers.base(Base::Bookworm);
    let site = Site::new(containers, connectors(&base));
    let folder = site.beside("wheels");
    copy_wheels(&wheels, &folder);
    let answer = site.build(&format!("wheels: {folder}, no-index: true, spec-timeout: 25s")).exits(1).json();

    let good = ["source-setup", "source-listed", "source-requirements", "source-plain", "source-hooked", "source-old"];
    for (name, outcome) in outcomes(&answer) {
        let expected = if good.contains(&name.as_str()) { "unchanged" } else { "failed" };
        assert_eq!(outcome, expected, "{name}: {:#}", built(&answer, &name));
    }
    for (name, why) in [
        ("source-broken", "process: its image could not be built: ModuleNotFoundError: No module named 'nosuch'"),
        ("source-late", "process: its image could not be built: No matching distribution found for late"),
        (
            "source-garbage",
            "process: `spec` printed no message of Airbyte's protocol, but: hello, I am a connector / {\"a\": 1}",
        ),
        ("source-hangs", "timeout: `spec` did not end within 25 s"),
        ("source-raises", "process: `spec` failed: ValueError: no spec today"),
        (
            "source-invalid",
            "process: `spec` answered with a SPEC message that is not valid: it has no `connectionSpecification`",
        ),
        ("source-headless", "edit: there is no main.py, which is to start it"),
        (
            "source-nothing",
            "edit: there is nothing to build it from: its metadata names no base image, and there is no Dockerfile",
        ),
        ("source-java", "edit: it is a Java connector, which Gradle builds: image.build does not build it"),
    ] {
        assert_eq!(failure(&answer, name), why);
    }
    assert!(failure(&answer, "source-hook-raises").contains("not today"), "{}", failure(&answer, "source-hook-raises"));
    let tail = built(&answer, "source-broken")["tail"].to_string();
    assert!(tail.contains("import nosuch"), "the end of the log is shown: {tail}");
    assert!(site.log("source-setup").contains("Successfully installed six"), "the log has what the engine said");

    the_images_are_what_they_should_be(&site, &answer);
    nothing_is_left(&site);
    what_failed_is_taken_up(&site, &wheels, &folder);
}

fn the_images_are_what_they_should_be(site: &Site, answer: &serde_json::Value) {
    assert_eq!(output(answer, "source-setup", "image"), "localhost/airbyte/source-setup:dev");
    assert!(output(answer, "source-setup", "python").starts_with("3.11"));
    assert_eq!(output(answer, "source-setup", "engine"), "buildah");
    let facts = site.containers.buildah(&["inspect", "--type", "image", "airbyte/source-setup:dev"]);
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    let config = &facts["OCIv1"]["config"];
    assert_eq!(config["Labels"]["io.airbyte.version"], "0.1.0");
    assert_eq!(config["Labels"]["io.airbyte.name"], "airbyte/source-setup");
    assert_eq!(config["Entrypoint"].to_string(), r#"["python","/airbyte/integration_code/main.py"]"#);
    let env = config["Env"].to_string();
    assert!(
        env.contains("AIRBYTE_ENTRYPOINT=python /airbyte/integration_code/main.py") && !env.contains("PIP_"),
        "{env}"
    );
    let listing = site.says("airbyte/source-setup:dev", &["ls", "/airbyte/integration_code"]);
    assert_eq!(
        listing.split_whitespace().collect::<Vec<_>>(),
        ["main.py", "source_setup"],
        "the code and nothing else"
    );

    let hooked = |args: &[&str]| site.says("airbyte/source-hooked:dev", args);
    assert_eq!(
        hooked(&["sh", "-c", "cat /etc/pre /etc/note; echo; echo \"$BEFORE\"; echo \"$AIRBYTE_ENTRYPOINT\""]),
        "pre\none\ntwo\na $HOME \"b\"\npython /airbyte/integration_code/main_dev.py"
    );
    // A second look by the connector itself: `check`, with a configuration.
    let config = site.beside("config.json");
    std::fs::write(&config, r#"{"key": "right"}"#).unwrap();
    let check = ["python", "/airbyte/integration_code/main.py", "check", "--config", "/config.json"];
    let said = site.inside("airbyte/source-setup:dev", Some(&format!("{config}:/config.json:ro")), &check);
    assert!(String::from_utf8_lossy(&said.stdout).contains("SUCCEEDED"), "{said:?}");
    let run = site.place.status()["run"].as_str().unwrap().to_owned();
    let kept = find(&site.place.state(), "spec.json");
    assert!(!kept.is_empty(), "the specification is kept with the run {run}");
}

/// Neither containers nor processes nor mounts. Other tests of this process share the storage: what they have at this
/// moment goes by itself, what was left behind would not.
fn nothing_is_left(site: &Site) {
    let processes = std::process::Command::new("ps").args(["-eo", "args"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&processes.stdout).contains("sleep 987"), "no process is left");
    let storage = site.containers.env()[0].1.replace("/storage.conf", "/graph/overlay/");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<String>>();
    let containers = || lines(&site.containers.buildah(&["containers", "-q"]));
    let mounts = || {
        let mut mounts = lines(&std::fs::read_to_string("/proc/mounts").unwrap());
        mounts.retain(|mount| mount.contains(&storage));
        mounts
    };
    let (first_containers, first_mounts) = (containers(), mounts());
    wait_until("the end of all containers", Duration::from_mins(3), || containers().is_disjoint(&first_containers));
    wait_until("the end of all mounts", Duration::from_mins(3), || mounts().is_disjoint(&first_mounts));
}

/// What was missing comes, and only what failed is tried again.
fn what_failed_is_taken_up(site: &Site, wheels: &camino::Utf8Path, folder: &camino::Utf8Path) {
    let project = site.beside("late");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(
        project.join("setup.py"),
        "from setuptools import setup\nsetup(name='late', version='1', py_modules=['late'])\n",
    )
    .unwrap();
    std::fs::write(project.join("late.py"), "").unwrap();
    let base = site.containers.base(Base::Bookworm);
    let container = site.containers.buildah(&["from", &base]);
    let (project, wheels, folder) =
        (format!("{project}:/late"), format!("{wheels}:/wheels:ro"), format!("{folder}:/out"));
    let run = ["run", "--isolation", "chroot", "-v", &project, "-v", &wheels, "-v", &folder, &container, "--"];
    let pip = ["python", "-m", "pip", "wheel", "-q", "--no-index", "--find-links", "/wheels", "-w", "/out", "/late"];
    site.containers.buildah(&[&run[..], &pip[..]].concat());
    site.containers.buildah(&["rm", &container]);
    let again = site.cutover(&["resume", "--retry-failed", "--format", "json"]).exits(1).json();
    let late = outcomes(&again).into_iter().find(|(name, _)| name == "source-late").unwrap();
    assert_eq!(late.1, "unchanged", "{:#}", built(&again, "source-late"));
    assert_eq!(
        failure(&again, "source-java"),
        "edit: it is a Java connector, which Gradle builds: image.build does not build it"
    );
}

fn copy_wheels(from: &camino::Utf8Path, to: &camino::Utf8Path) {
    std::fs::create_dir_all(to).unwrap();
    for wheel in from.read_dir_utf8().unwrap().flatten() {
        std::fs::copy(wheel.path(), to.join(wheel.file_name())).unwrap();
    }
}

/// The files of this name below a directory.
fn find(directory: &camino::Utf8Path, name: &str) -> Vec<String> {
    let found = std::process::Command::new("find").args([directory.as_str(), "-name", name]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_same_files_make_the_same_image_and_secrets_are_in_none() {
    let Some(containers) = Containers::get() else { return };
    let Some(wheels) = small_wheels(containers) else { return };
    let base = containers.base(Base::Bookworm);
    let setup = "import os\nassert os.environ['INDEX_TOKEN'] == 'hunter2secret'\nfrom setuptools import find_packages, setup\nsetup(name='x', packages=find_packages(), install_requires=['six'])\n";
    let site =
        Site::new(containers, [Connector::new("source-same").on(&base).file("setup.py", setup).imports("import six")]);
    let with = format!("wheels: {wheels}, no-index: true, no-cache: true");
    let workflow = super::site::workflow(&with)
        .replace("    timeout", "    env: { INDEX_TOKEN: { secret: INDEX_TOKEN } }\n    timeout");
    let workflow = site.place.workflow(&workflow);
    let site = site.with_env([("INDEX_TOKEN", "hunter2secret".to_owned())]);
    let id = || {
        let answer = site.cutover(&["run", &workflow, "--format", "json", "--yes"]).exits(0).json();
        output(&answer, "source-same", "id")
    };
    let (first, second) = (id(), id());
    assert_eq!(first, second, "built twice without a cache");
    let everything = containers.buildah(&["inspect", "--type", "image", &first]);
    assert!(!everything.contains("hunter2secret") && !site.log("source-same").contains("hunter2secret"));
    assert_eq!(site.says("airbyte/source-same:dev", &["sh", "-c", "env | grep -c TOKEN; ls /run"]), "0");
}
