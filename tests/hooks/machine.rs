//! What hooks may not do to this machine.

use std::fs;
use std::process::Command;
use std::time::Duration;

use camino::Utf8Path;
use cutover::hooks::{HookErrorClass, Sandbox};

use crate::connector::{Connector, HOME, recorded, written};

#[tokio::test]
async fn hooks_see_neither_tokens_nor_the_home_of_whoever_builds() {
    let hooks = "
import os, subprocess

def pre_connector_install(c):
    listed = subprocess.run(['env'], capture_output=True, text=True, check=True).stdout
    assert 'hunter22' not in listed and 'API_TOKEN' not in os.environ, listed
    assert os.environ['HOME'].endswith('/scratch/home') and os.listdir(os.environ['HOME']) == []
    assert not any(name.startswith(('DOCKER', 'SSH', 'HTTP', 'CARGO')) for name in os.environ)
    return c.with_label('path', str('PATH' in os.environ))
";
    assert!(recorded(hooks).await.ends_with(r#"{"kind":"label","name":"path","value":"True"}"#));
}

#[tokio::test]
async fn hooks_work_on_a_copy() {
    let hooks = "
import pathlib, shutil

def pre_connector_install(c):
    here = pathlib.Path(__file__).parent
    (here / 'main.py').write_text('broken')
    shutil.rmtree(here.parents[2] / 'docs')
    return c
";
    let connector = Connector::with(hooks);
    connector.record().await.unwrap();
    let files = connector.files();
    assert_eq!(fs::read_to_string(files.join(HOME).join("main.py")).unwrap(), "print('quarry')\n");
    assert!(files.join("docs/quarry.md").is_file() && !files.join(HOME).join("__pycache__").exists());
}

#[tokio::test]
async fn programs_that_hooks_start_have_no_network_either() {
    let sandbox = Sandbox::of_this_machine().await;
    if !sandbox.has_no_network() {
        println!("skipped: no namespaces on this machine");
        return;
    }
    // A listener of our own, so that the test can tell a network that is not there from one that does not answer.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let hooks = format!(
        "
import subprocess, sys

def pre_connector_install(c):
    connect = 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 2)'
    done = subprocess.run([sys.executable, '-c', connect], capture_output=True, text=True)
    return c.with_label('answer', done.stderr.strip().splitlines()[-1] if done.returncode else 'connected')
"
    );
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    let recorded = recorded(&hooks).await;
    assert!(recorded.contains("Network is unreachable") && !recorded.contains("note"), "{recorded}");
}

#[tokio::test]
async fn where_there_are_no_namespaces_python_itself_is_kept_from_the_network_and_a_note_says_so() {
    let hooks = "
import socket

def pre_connector_install(c):
    try:
        socket.create_connection(('127.0.0.1', 1))
    except OSError:
        pass
    return c
";
    let customization = Connector::with(hooks).process(&Sandbox::none()).await.1.unwrap();
    insta::assert_snapshot!(customization.notes.join("\n"), @r#"
    the system allows no namespaces, so programs that a hook starts could reach the network while it is recorded
    build_customization.py:6: asked for the network (the address of 127.0.0.1), was refused, and went on
    "#);
}

#[tokio::test]
async fn what_hooks_leave_running_is_gone_when_they_are_recorded() {
    let hooks = "
import subprocess, pathlib

def pre_connector_install(c):
    pid = subprocess.Popen(['setsid', 'sh', '-c', 'echo $$ > left; exec sleep 611']).pid
    import time
    while not pathlib.Path('left').exists():
        time.sleep(0.01)
    return c
";
    if !Sandbox::of_this_machine().await.has_no_network() {
        println!("skipped: no namespaces on this machine");
        return;
    }
    let connector = Connector::with(hooks);
    connector.record().await.unwrap();
    assert!(!sleeps("611"), "a process of the hooks is still there");
}

/// Whether a process sleeps for this long.
fn sleeps(seconds: &str) -> bool {
    let wanted = format!("sleep\0{seconds}\0");
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let commands = Utf8Path::from_path(&entry.path()).map(|path| fs::read_to_string(path.join("cmdline")));
        commands.is_some_and(|text| text.is_ok_and(|text| text == wanted))
    })
}

/// The Pythons of this machine: those in PATH that have a version in their name, and those that pyenv has.
fn pythons() -> Vec<(u32, String)> {
    let pyenv =
        Command::new("pyenv").arg("root").output().map(|root| String::from_utf8_lossy(&root.stdout).trim().to_owned());
    let versions = pyenv.ok().and_then(|root| fs::read_dir(format!("{root}/versions")).ok());
    let kept = versions.into_iter().flatten().flatten().map(|entry| format!("{}/bin/python", entry.path().display()));
    let named = (6..20).map(|minor| format!("python3.{minor}"));
    let version = |python: &str| {
        let asked = "import sys; print(sys.version_info[0] * 100 + sys.version_info[1])";
        let output = Command::new(python).args(["-c", asked]).output().ok().filter(|output| output.status.success())?;
        String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().ok()
    };
    kept.chain(named)
        .filter_map(|python| Some((version(&python)?, python)))
        .filter(|(version, _)| *version > 300)
        .collect()
}

#[tokio::test]
async fn every_python_from_3_8_on_records_the_same() {
    let hooks = "
import asyncio, dagger
from dagger import Container, dag

async def pre_connector_install(c: Container) -> Container:
    await asyncio.sleep(0)
    c = c.with_exec(['x']).with_env_variable('PATH', '/opt:$PATH', expand=True)
    return c.with_directory('/d', dag.host().directory('docs')).with_label('user', repr(await c.user()))

def post_connector_install(c):
    c = c.with_mounted_cache('/c', dag.cache_volume('k'), sharing=dagger.CacheSharingMode.LOCKED)
    return c.with_exec(['y']).with_exposed_port(3, protocol=dagger.NetworkProtocol.UDP)
";
    let same = recorded(hooks).await;
    for (version, python) in pythons() {
        let mut connector = Connector::with(hooks);
        connector.python = python;
        match connector.record().await {
            Ok(customization) => assert_eq!(written(&customization), same, "{version}"),
            Err(error) => {
                assert!(version < 308, "{version}: {error}");
                assert_eq!(error.class(), HookErrorClass::Machine);
                assert!(error.to_string().contains("needs Python 3.8 or newer, and this is Python 3."), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_python_that_is_not_there_is_told() {
    let mut connector = Connector::with("");
    connector.python = "python-of-nowhere".into();
    if !Sandbox::of_this_machine().await.has_no_network() {
        println!("skipped: no namespaces on this machine");
        return;
    }
    let error = connector.record().await.unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.hint()), @r"
    build_customization.py needs Python, and `python-of-nowhere` was not found
    install Python 3.8 or newer and put it into PATH as `python3`
    ");
}

#[tokio::test]
async fn a_hook_that_forks_answers_once() {
    let hooks = "
import os

def pre_connector_install(c):
    if os.fork() == 0:
        return c.with_label('who', 'child')
    os.wait()
    return c.with_label('who', 'parent')
";
    assert!(recorded(hooks).await.contains("parent"));
}

#[tokio::test]
async fn threads_that_hooks_leave_do_not_hold_the_recording_up() {
    let hooks = "
import threading, time

def pre_connector_install(c):
    threading.Thread(target=time.sleep, args=(600,)).start()
    return c.with_user('airbyte')
";
    let started = std::time::Instant::now();
    assert!(recorded(hooks).await.contains("airbyte"));
    assert!(started.elapsed() < Duration::from_secs(10));
}
