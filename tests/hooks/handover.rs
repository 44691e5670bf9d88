//! `engine: dagger` through the binary. No engine of dagger's is reached: docker, dagger and the Python with the SDK are
//! doubles, which answer as the real ones were seen to.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::monorepo::{CONNECTORS, Files, metadata, page_of};
use crate::place::{Place, Said, step, unit};

const BASE: &str = "docker.io/airbyte/python-connector-base:1.1.0@sha256:bd98f6505c6764b1b5f99d3aedc23dfc9e9af631a62533f60eb32b1d3dbab20c";

/// Notes each call; knows every image, and takes in any archive.
const DOCKER: &str = r#"#!/bin/sh
echo "docker $*" >> "$(dirname "$0")/calls"
case "$1 $2" in
  version*) echo 25.0.1 ;;
  "image inspect") echo '[{"Id": "sha256:0123", "Config": {"Env": ["PATH=/usr/bin"], "Labels": {}}}]' ;;
  load*) echo 'Loaded image ID: sha256:4567' ;;
  run*) echo 3.9.19 ;;
  build*) for word; do case $word in --iidfile=*) echo sha256:0123 > "${word#--iidfile=}" ;; esac; done ;;
esac
"#;

/// Says that the SDK is there; does the script's work without it, and keeps what it was asked.
const PYTHON: &str = r#"#!/bin/sh
[ "$1" = -c ] && { echo 0.6.4; exit; }
case "$4" in *driver.py) ;; *) exec REAL "$@" ;; esac
exec REAL -c '
import json, sys
request = json.load(open(sys.argv[1]))
json.dump(request, open(sys.argv[2] + "/request", "w"))
customization = {"main_file": "main.py", "pre": [], "mounts": [], "post": [], "notes": []}
open(request["archive"], "w").close()
json.dump({"version": 1, "customization": customization}, open(request["answer"], "w"))
' "$5" "$(dirname "$0")"
"#;

/// A repository with one connector, and the doubles.
struct Doubled(Place);

impl Doubled {
    fn new() -> Self {
        let directory = format!("{CONNECTORS}/source-quarry");
        let page = page_of("source-quarry");
        let options = format!("data:\n  connectorBuildOptions:\n    baseImage: {BASE}\n");
        let files = Files::default()
            .file(
                &format!("{directory}/metadata.yaml"),
                metadata("source-quarry", &page).replacen("data:\n", &options, 1),
            )
            .file(&format!("docs/{page}.md"), "# A page\n")
            .file(&format!("{directory}/setup.py"), "from setuptools import setup\nsetup(name='source_quarry')\n")
            .file(&format!("{directory}/main.py"), "")
            .file(&format!("{directory}/source_quarry/__init__.py"), "")
            .file(
                &format!("{directory}/build_customization.py"),
                "async def pre_connector_install(c):\n    return c\n",
            );
        let doubled = Self(Place::new(&files));
        fs::create_dir(doubled.0.beside("doubles")).unwrap();
        let real = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
        doubled.program("python3", &PYTHON.replace("REAL", String::from_utf8_lossy(&real.stdout).trim()));
        doubled.program("docker", DOCKER);
        doubled.program("dagger", "#!/bin/sh\necho 'dagger v0.6.4 (registry.dagger.io/engine) linux/amd64'\n");
        doubled
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.0.beside("doubles").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn doubles(&self, name: &str) -> String {
        fs::read_to_string(self.0.beside("doubles").join(name)).unwrap()
    }

    fn build(&self, with: &str) -> Said {
        let workflow = format!(
            "version: 1\nname: built\nsteps:\n  build:\n    uses: image.build\n    with: {{ engine: dagger, spec: false{with} }}\n"
        );
        let arguments = ["run", &self.0.workflow(&workflow), "--format", "json", "--yes"];
        let path = format!("{}:{}", self.0.beside("doubles"), std::env::var("PATH").unwrap());
        Said::of(&self.0.command(&arguments).env("PATH", path).output().unwrap(), &arguments)
    }
}

fn built(answer: &Value) -> Value {
    step(&unit(answer, "source-quarry"), "build")
}

#[test]
fn what_dagger_builds_is_given_to_docker_under_its_name() {
    let doubled = Doubled::new();
    let step = built(&doubled.build("").exits(0).json());
    assert_eq!(
        (step["outcome"].as_str(), step["outputs"]["engine"].as_str()),
        (Some("unchanged"), Some("dagger")),
        "{step:#}"
    );
    let calls = doubled.doubles("calls");
    assert!(
        calls.contains("docker load --input ") && calls.contains("docker tag sha256:4567 airbyte/source-quarry:dev"),
        "{calls}"
    );
    let request: Value = serde_json::from_str(&doubled.doubles("request")).unwrap();
    let files = request["files"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(
        format!("{request:#}")
            .replace(files.trim_end_matches("/files"), "/scratch")
            .replace("linux/arm64", "linux/amd64")
    );
}

#[test]
fn what_a_build_by_dagger_does_not_know_is_said_before_anything_is_built() {
    let doubled = Doubled::new();
    let step = built(&doubled.build(", no-index: true").exits(1).json());
    assert_eq!(step["detail"], "a build by dagger does not know `wheels` and `no-index`", "{step:#}");
}

#[test]
fn without_dagger_the_connector_fails_with_what_is_missing() {
    let doubled = Doubled::new();
    doubled.program("dagger", "#!/bin/sh\nexit 1\n");
    let step = built(&doubled.build("").exits(1).json());
    let detail = step["detail"].as_str().unwrap();
    assert_eq!(detail, "dagger's engine is not at hand: the command `dagger` was not found, or does not work");
}
