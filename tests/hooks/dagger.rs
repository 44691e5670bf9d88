//! Handing over to dagger's own engine. None is reached here: the script is held against the SDK's real types, which
//! put queries together without an engine, and the search against stand-ins for the three programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use cutover::hooks::dagger::{Build, Dagger, Handover, Programs};
use cutover::hooks::{HookError, Installed};
use cutover::process::{self, Cancel};
use cutover::recipe::{Instruction, Mount, MountContent, Protocol};

use crate::connector::{Connector, HOME};
use crate::sdk;

/// Stand-ins for python, dagger and docker that say this; `None` is not there.
fn programs(place: &Utf8Path, sdk: Option<&str>, dagger: Option<&str>, docker: Option<&str>) -> Programs {
    let program = |name: &str, says: Option<&str>| {
        let path = place.join(name);
        let _ = fs::remove_file(&path);
        if let Some(says) = says {
            fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        path.into_string()
    };
    Programs { python: program("python3", sdk), dagger: program("dagger", dagger), docker: program("docker", docker) }
}

#[tokio::test]
async fn what_is_missing_of_dagger_is_said_with_how_to_get_it() {
    let place = tempfile::tempdir().unwrap();
    let place = Utf8Path::from_path(place.path()).unwrap();
    let command = "dagger v0.6.4 (registry.dagger.io/engine) linux/amd64";
    let mut told = Vec::new();
    for (sdk, dagger, docker) in [
        (None, None, None),
        (Some("0.6.4"), None, None),
        (Some("0.13.3"), Some(command), Some("25.0.1")),
        (Some("0.6.4"), Some(command), None),
    ] {
        let error = Dagger::find(programs(place, sdk, dagger, docker)).await.unwrap_err();
        told.push(format!("{error}\n  hint: {}", error.hint()).replace(place.as_str(), "/bin"));
    }
    insta::assert_snapshot!(told.join("\n"));
    let found = Dagger::find(programs(place, Some("0.6.4"), Some(command), Some("25.0.1"))).await.unwrap();
    assert_eq!(found.version(), "0.6.4");
}

const HOOKS: &str = r#"
MAIN_FILE_NAME = "main_dev.py"


async def pre_connector_install(container):
    return container.with_exec(["apt-get", "install", "-y", "jq"])


def post_connector_install(container):
    return container.with_env_variable("QUARRY", "slate")
"#;

/// One of each instruction.
fn install() -> Vec<Instruction> {
    let text = |text: &str| text.to_owned();
    let docs = text("docs/quarry.md");
    let mounts = vec![
        Mount { path: text("/root/.cache"), content: MountContent::Cache { key: text("pip") } },
        Mount { path: text("/scratch"), content: MountContent::Temp },
        Mount { path: text("/mnt/docs.md"), content: MountContent::File { source: docs.clone() } },
        Mount { path: text("/mnt/all"), content: MountContent::Directory { source: String::new() } },
    ];
    vec![
        Instruction::User { name: text("root") },
        Instruction::Workdir { path: text("/build") },
        Instruction::Env { name: text("A"), value: text("b") },
        Instruction::UnsetEnv { name: text("A") },
        Instruction::NewFile { path: text("/a"), contents: text("a"), permissions: Some(0o600), owner: None },
        Instruction::NewDirectory { path: text("/b"), permissions: Some(0o700), owner: Some(text("1000")) },
        Instruction::CopyFile { source: docs, path: text("/c.md"), permissions: None, owner: None },
        Instruction::CopyDirectory {
            source: text("docs"),
            path: text("/docs"),
            include: vec![text("*.md")],
            exclude: vec![],
            owner: None,
        },
        Instruction::Exec { args: vec![text("pip"), text("install"), text(".")], mounts },
        Instruction::Label { name: text("l"), value: text("v") },
        Instruction::UnsetLabel { name: text("l") },
        Instruction::Entrypoint { args: vec![text("x")] },
        Instruction::DefaultArgs { args: vec![text("y")] },
        Instruction::ExposedPort { port: 80, protocol: Protocol::Udp },
    ]
}

/// A connector, what it is handed over with, and the script's directory.
async fn handover(connector: &Connector) -> (Handover, Utf8PathBuf) {
    let installed = Installed {
        code_directory: "/airbyte/integration_code".into(),
        labels: vec![("io.airbyte.name".into(), "example/source-quarry".into())],
    };
    let (files, scratch) = (connector.files(), connector.root().join("scratch"));
    let programs = programs(connector.root(), Some("0.6.4"), Some("dagger v0.6.4"), Some("25"));
    let dagger = Dagger::find(programs).await.unwrap();
    let build = Build {
        files: &files,
        directory: &files.join(HOME),
        scratch: &scratch,
        base: "docker.io/example/base:1.0.0",
        platform: "linux/amd64",
        install: &install(),
        taken: &["/usr/local".to_owned()],
        package: Some("source_quarry"),
        installed: &installed,
        archive: &scratch.join("image.tar"),
    };
    (Handover::prepare(&build, &dagger).unwrap(), scratch)
}

/// Runs the script's build on a client without an engine, and prints the query that it put together.
const OFFLINE: &str = r#"
import json, sys, anyio, dagger
sys.path.insert(0, sys.argv[1])
import driver
try:
    from dagger.client._core import Context
    client = dagger.Client(Context(None))
except ImportError:
    from dagger.api.base import Context
    client = dagger.Client(Context(None, None))

def shown(value, depth):
    context = getattr(value, "_ctx", None)
    return "\n" + chain(context, depth + 1) if context else " " + json.dumps(value)

def chain(context, depth=0):
    lines = []
    for field in context.selections:
        lines.append("  " * depth + field.name)
        lines[-1] += "".join(" {}:{}".format(name, shown(value, depth)) for name, value in sorted(field.args.items()))
    return "\n".join(lines)

async def main():
    builder = driver.Builder(client, json.load(open(sys.argv[1] + "/request.json")))
    try:
        container, main = await builder.build(dagger.Platform("linux/amd64"))
    except Exception as error:
        print(json.dumps(builder.trouble(error)))
        return
    print("main file", main)
    print(chain(container._ctx).replace(sys.argv[2], "/files"))

anyio.run(main)
"#;

fn offline(python: &Utf8Path, connector: &Connector, scratch: &Utf8Path) -> String {
    let files = connector.files();
    let output = Command::new(python).args(["-B", "-c", OFFLINE, scratch.as_str(), files.as_str()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_script_speaks_the_sdks_language() {
    let connector = Connector::with(HOOKS);
    connector.file("main_dev.py", "");
    connector.file("source_quarry/__init__.py", "");
    let (_, scratch) = handover(&connector).await;
    for (version, name) in sdk::SDKS.into_iter().zip(["first", "last"]) {
        let Some(python) = sdk::python(version) else { continue };
        insta::assert_snapshot!(format!("query_of_the_{name}_sdk"), offline(&python, &connector, &scratch));
    }
}

#[tokio::test]
async fn hooks_that_fail_with_the_real_sdk_are_told_by_their_line() {
    let Some(python) = sdk::python(sdk::SDKS[0]) else { return };
    let mut told = Vec::new();
    for hooks in [
        "async def pre_connector_install(c):\n    return c.with_env_varable('A', 'b')\n",
        "def post_connector_install(c):\n    c.with_user('x')\n",
        "def pre_connector_install(c):\n    return 'x'\n",
        "MAIN_FILE_NAME = 'nowhere.py'\n",
        "def broken(:\n",
    ] {
        let connector = Connector::with(hooks);
        let (_, scratch) = handover(&connector).await;
        told.push(offline(&python, &connector, &scratch));
    }
    insta::assert_snapshot!(told.concat());
}

#[tokio::test]
async fn a_build_without_an_archive_is_none() {
    let connector = Connector::with(HOOKS);
    let (handover, scratch) = handover(&connector).await;
    let log = connector.root().join("log");
    let exit = async |script: &str| {
        process::run(process::Command::shell(script, connector.root(), &log), Cancel::never()).await.unwrap()
    };
    let answer = r#"{"version": 1, "customization": {"main_file": "main.py", "pre": [], "mounts": [], "post": [], "notes": []}}"#;
    assert!(matches!(handover.read(&exit("exit 1").await), Err(HookError::Dagger { .. })));
    fs::write(scratch.join("answer.json"), answer).unwrap();
    assert_eq!(handover.read(&exit("exit 0").await).unwrap_err().to_string(), "dagger's build exited with code 0");
    fs::write(scratch.join("image.tar"), "").unwrap();
    assert_eq!(handover.read(&exit("exit 0").await).unwrap().main_file, "main.py");
}
