//! What hooks do to an image, written down.

use crate::connector::{Connector, recorded, written};

#[tokio::test]
async fn hooks_as_connectors_have_them() {
    // The shapes that are found in the field: helpers, a chain in brackets, with and without `await`, a main file.
    let hooks = r#"
from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagger import Container

MAIN_FILE_NAME = "main_dev.py"


def seed(connector_container: Container) -> Container:
    script = textwrap.dedent(
        """
        import quarry
        quarry.download("slate")
        """
    )
    return (
        connector_container.with_new_file("/tmp/seed.py", script)
        .with_exec(["python", "/tmp/seed.py"], skip_entrypoint=True)
        .with_exec(["rm", "/tmp/seed.py"], skip_entrypoint=True)
    )


async def pre_connector_install(base_image_container: Container) -> Container:
    return await (
        base_image_container.with_env_variable("QUARRY_HOME", "/opt/quarry")
        .with_exec(["sh", "-c", "apt-get update && apt-get install -y jq"])
    )


async def post_connector_install(connector_container: Container) -> Container:
    connector_container = seed(connector_container)
    return connector_container.with_exec(["check", "--config", "x.json"])
"#;
    let connector = Connector::with(hooks);
    connector.file("main_dev.py", "");
    insta::assert_snapshot!(written(&connector.record().await.unwrap()));
}

#[tokio::test]
async fn every_call_that_is_recorded() {
    let hooks = r#"
import dagger
from dagger import dag


async def pre_connector_install(container):
    cache = dag.cache_volume("quarry-pip")
    assets = dag.host().directory("assets", exclude=["*.tmp"])
    docs = dag.host().file("docs/quarry.md")
    made = (
        dag.directory()
        .with_new_file("a/b.txt", "b\n", permissions=0o600)
        .with_new_directory("empty")
        .with_file("c.md", docs)
        .with_directory("assets", dag.host().directory("assets"), include=["*.json"])
    )
    return (
        container.with_user("airbyte:airbyte")
        .with_workdir("/shop").with_workdir("sub")
        .with_label("io.example.note", 'say "hi" \\ $HOME')
        .with_env_variable("PATH", "/opt/bin:$PATH:${LANG}:$$:$", expand=True)
        .with_env_variable("LITERAL", "$PATH")
        .with_new_file("relative.txt", "text", permissions=0o755, owner="airbyte")
        .with_file("/opt/docs.md", docs, owner="1000:1000")
        .with_files("/opt/more", [docs])
        .with_directory("/opt/assets", assets, include=["**/*.json"], owner="airbyte")
        .with_directory("/opt/made", made)
        .with_directory("/opt/empty", dag.directory())
        .with_mounted_cache("/root/.cache/pip", cache)
        .with_mounted_temp("/scratch")
        .with_mounted_file("/mnt/docs.md", docs)
        .with_mounted_directory("/mnt/assets", dag.host().directory("assets"))
        .with_exec(["pip", "install", "jq"])
        .without_mount("/mnt/docs.md").without_mount("/mnt/assets").without_mount("/scratch")
        .with_exec(["ls"])
        .with_exposed_port(9090, protocol=dagger.NetworkProtocol.UDP)
        .with_focus().pipeline("quarry").with_(lambda c: c.with_env_variable("LAMBDA", "1"))
    )


def post_connector_install(container):
    return (
        container.with_entrypoint(["python", "-m", "quarry"])
        .with_exec(["spec"])
        .with_exec(["spec"], skip_entrypoint=True)
        .with_exec(["spec"], use_entrypoint=False)
        .with_default_args(["--help"])
        .with_exec([])
        .without_env_variable("LANG").without_env_variable("NOT_THERE")
        .without_label("io.example.base").without_label("not.there")
        .with_entrypoint(["kept"], keep_default_args=True)
        .without_entrypoint().without_user().without_workdir()
        .without_exposed_port(1234)
    )
"#;
    let connector = Connector::with(hooks);
    connector.file("assets/slate.json", "{}");
    connector.file("assets/marble.tmp", "");
    insta::assert_snapshot!(written(&connector.record().await.unwrap()));
}

#[tokio::test]
async fn questions_are_answered_from_the_base_image_and_what_was_done_to_it() {
    let hooks = r#"
import dagger


async def pre_connector_install(container: dagger.Container):
    platform = await container.platform()
    assert isinstance(platform, str) and isinstance(container, dagger.Container)
    assert await container.env_variable("PATH") == "/usr/local/bin:/usr/bin:/bin"
    assert await container.env_variable("NONE") is None
    assert await container.entrypoint() == [] and await container.default_args() == ["python3"]
    assert await container.workdir() == "/" and await container.user() == ""
    assert await container.image_ref() == "docker.io/example/base:1.0.0"
    ports = [(await port.port(), await port.protocol()) for port in await container.exposed_ports()]
    assert ports == [(8080, "TCP")], ports
    changed = container.with_workdir("/x").with_user("u").with_env_variable("A", "b").with_mounted_temp("/t")
    assert await changed.workdir() == "/x" and await changed.user() == "u" and await changed.mounts() == ["/t"]
    names = {await one.name(): await one.value() for one in await changed.env_variables()}
    assert names["A"] == "b" and "A" not in [await one.name() for one in await container.env_variables()]
    return (await changed.sync()).with_label("platform", platform)


async def post_connector_install(container):
    assert await container.entrypoint() == ["python", "/airbyte/integration_code/main.py"]
    assert await container.env_variable("AIRBYTE_ENTRYPOINT") == "python /airbyte/integration_code/main.py"
    assert await container.env_variable("A") == "b" and await container.label("platform") == "linux/amd64"
    assert await container.label("io.airbyte.name") == "example/source-quarry"
    assert await container.workdir() == "/airbyte/integration_code" and await container.default_args() == []
    labels = sorted([await label.name() for label in await container.labels()])
    assert labels == ["io.airbyte.name", "io.example.base", "platform"], labels
    return container
"#;
    insta::assert_snapshot!(recorded(hooks).await);
}

#[tokio::test]
async fn a_container_never_changes_so_only_what_is_returned_counts() {
    let hooks = "
def pre_connector_install(container):
    left = container.with_env_variable('SIDE', 'left')
    container.with_exec(['lost'])
    right = container.with_env_variable('SIDE', 'right')
    return left
";
    insta::assert_snapshot!(recorded(hooks).await, @r#"
    main file main.py
    pre {"kind":"env","name":"SIDE","value":"left"}
    "#);
}

#[tokio::test]
async fn the_entry_point_of_the_base_image_stands_before_commands_too() {
    let mut connector = Connector::with("def pre_connector_install(c):\n    return c.with_exec(['true'])\n");
    connector.base.entrypoint = vec!["/bin/tini".into(), "--".into()];
    let recorded = connector.record().await.unwrap();
    assert_eq!(written(&recorded).lines().nth(1).unwrap(), r#"pre {"kind":"exec","args":["/bin/tini","--","true"]}"#);
}

#[tokio::test]
async fn what_is_mounted_at_the_end_of_the_first_hook_is_there_in_the_second() {
    let hooks = "
from dagger import dag

def pre_connector_install(container):
    return container.with_mounted_cache('/cache', dag.cache_volume('quarry'))

def post_connector_install(container):
    return container.with_exec(['ls', '/cache'], skip_entrypoint=True)
";
    insta::assert_snapshot!(recorded(hooks).await, @r#"
    main file main.py
    post {"kind":"exec","args":["ls","/cache"],"mounts":[{"path":"/cache","content":{"kind":"cache","key":"quarry"}}]}
    mounted {"path":"/cache","content":{"kind":"cache","key":"quarry"}}
    "#);
}

#[tokio::test]
async fn hooks_are_imported_as_the_reference_imports_them() {
    let hooks = r#"
import os
import sys

assert __name__ == "source-quarry_build_customization" and __name__ not in sys.modules
assert os.path.isdir("airbyte-integrations/connectors/source-quarry"), os.getcwd()
assert os.path.dirname(__file__) not in sys.path and not any("recorder" in path for path in sys.path)
calls = []


def pre_connector_install(container):
    calls.append("pre")
    return container


def post_connector_install(container):
    # The file is imported anew for each hook.
    assert calls == []
    return container
"#;
    assert_eq!(recorded(hooks).await, "main file main.py");
}

#[tokio::test]
async fn other_ways_to_the_client_and_to_the_types() {
    let hooks = r#"
import dagger
from dagger import Client, Container, Directory, File, Platform, Secret
from dagger.api.gen import CacheSharingMode


async def pre_connector_install(container: Container) -> Container:
    async with dagger.Connection(dagger.Config()) as client:
        assert await client.default_platform() == "linux/amd64"
        host = client.host()
        entries = await host.directory("docs").entries()
        text = await host.directory(".").file("docs/quarry.md").contents()
        size = await host.file("docs/quarry.md").size()
        try:
            raise dagger.ExecError("x")
        except dagger.DaggerError:
            pass
        if hasattr(container, "with_time_machine"):
            container = container.with_time_machine()
        cache = client.cache_volume("k")
        container = container.with_mounted_cache("/c", cache, sharing=CacheSharingMode.LOCKED).without_mount("/c")
        return container.with_label("docs", f"{entries} {text!r} {size}")
"#;
    insta::assert_snapshot!(recorded(hooks).await, @r#"
    main file main.py
    pre {"kind":"label","name":"docs","value":"['quarry.md'] '# Quarry\\n' 9"}
    note build_customization.py:21: the cache k is shared by builds that run at once, although LOCKED is asked for
    "#);
}

#[tokio::test]
async fn a_question_that_nobody_awaits_is_noted() {
    let hooks =
        "def pre_connector_install(c):\n    if c.user() == 'root':\n        c = c.with_user('airbyte')\n    return c\n";
    insta::assert_snapshot!(recorded(hooks).await, @r#"
    main file main.py
    note build_customization.py:2: the answer of Container.user is never awaited
    "#);
}
