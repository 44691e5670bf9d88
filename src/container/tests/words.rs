//! The command lines of every engine.

use std::fmt::Write as _;
use std::num::NonZeroUsize;

use camino::Utf8Path;

use super::engine;
use crate::container::{
    Build, Engine, EngineKind, Network, Run, Volume, base_file, base_name, container_name, variables_script,
};
use crate::workflow::Limits;

/// The words of each engine, one command line each.
fn of_all(words: impl Fn(&Engine) -> String) -> String {
    EngineKind::ALL.iter().fold(String::new(), |mut all, kind| {
        let _ = writeln!(all, "{kind}: {}", words(&engine(*kind)));
        all
    })
}

fn build(network: Network) -> Build<'static> {
    Build {
        tag: "airbyte/source-x:dev",
        file: Utf8Path::new("/s/Containerfile"),
        context: Utf8Path::new("/s/files/connectors/source-x"),
        ignore_file: Some(Utf8Path::new("/s/Containerfile.dockerignore")),
        contexts: &[],
        secrets: &[],
        platform: None,
        network,
        cache: true,
        reproducible: true,
        unset_env: &[],
        offline: true,
        memory: Some(1 << 30),
        identity_file: Utf8Path::new("/s/id"),
    }
}

fn run<'a>(args: &'a [String], env: &'a [(String, String)], volumes: &'a [Volume]) -> Run<'a> {
    Run {
        image: "airbyte/source-x:dev",
        name: "cutover-1-1",
        args,
        env,
        volumes,
        workdir: None,
        user: None,
        network: Network::Default,
        limits: Limits::default(),
        platform: None,
    }
}

#[test]
fn the_usual_build() {
    insta::assert_snapshot!(of_all(|engine| engine.build(&build(Network::Default)).line()));
}

#[test]
fn a_build_with_everything() {
    let unset = ["OLD".to_owned()];
    let all = Build {
        contexts: &[("cutover-wheels", Utf8Path::new("/my wheels"))],
        secrets: &[("cutover-env", Utf8Path::new("/s/variables"))],
        platform: Some("linux/arm64"),
        cache: false,
        unset_env: &unset,
        offline: false,
        ..build(Network::None)
    };
    insta::assert_snapshot!(of_all(|engine| engine.build(&all).line()));
}

#[test]
fn where_there_are_no_namespaces_the_network_is_left_to_the_engine() {
    let alone = Engine { contained: false, ..engine(EngineKind::Buildah) };
    let line = alone.build(&build(Network::None)).line();
    assert!(line.starts_with("/usr/bin/buildah build") && line.contains("--network=none"), "{line}");
    let within = engine(EngineKind::Buildah).build(&build(Network::None)).line();
    assert!(within.starts_with("unshare") && within.contains(" --net ") && !within.contains("--network"), "{within}");
}

#[test]
fn running_with_variables_and_volumes_shows_no_secret_on_a_command_line() {
    let scratch = tempfile::tempdir().unwrap();
    let scratch = Utf8Path::from_path(scratch.path()).unwrap();
    let args = ["python".to_owned(), "/a b/main.py".to_owned(), "check".to_owned()];
    let env = [("TOKEN".to_owned(), "it's secret".to_owned())];
    let volumes = [Volume { source: "/secrets".into(), target: "/secrets".into(), writable: false }];
    let limits = Limits { nice: Some(5), memory: Some(1 << 30), cpus: NonZeroUsize::new(2) };
    let all =
        Run { workdir: Some("/w"), user: Some("1000"), network: Network::Host, limits, ..run(&args, &env, &volumes) };
    let said = of_all(|engine| engine.run(&all, scratch).unwrap().line().replace(scratch.as_str(), "/s"));
    assert!(!said.contains("secret'") && !said.contains("it's"), "{said}");
    insta::assert_snapshot!(said);
    let client = engine(EngineKind::Docker).run(&all, scratch).unwrap();
    assert!(client.env.contains(&env[0]), "a client hands on what is in its own environment");
    let file = std::fs::read_to_string(scratch.join("cutover-1-1.variables")).unwrap();
    assert_eq!(file, variables_script(&env));
}

#[test]
fn variables_are_read_back_by_a_shell_as_they_are() {
    let variables = [("A", "it's $HOME \"x\"\nb"), ("B", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let script = format!("{}printf '%s|%s' \"$A\" \"$B\"", variables_script(&variables));
    let said = std::process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap(), "it's $HOME \"x\"\nb|");
}

#[test]
fn a_registry_on_this_machine_is_asked_without_encryption() {
    insta::assert_snapshot!(of_all(|engine| engine
        .pull("localhost:5000/base@sha256:aa", Some("linux/arm64"), true)
        .line()));
}

#[test]
fn images_and_containers_are_named_removed_and_looked_at() {
    insta::assert_snapshot!(of_all(|engine| {
        let lines = [
            engine.inspect("a:b"),
            engine.tag("a:b", "c:d"),
            engine.remove_image("a:b"),
            engine.remove_containers(&["x".to_owned(), "y".to_owned()]),
            engine.containers(),
        ];
        lines.map(|invocation| format!("\n  {}", invocation.line())).concat()
    }));
}

#[test]
fn a_name_without_a_registry_is_this_machines() {
    let buildah = engine(EngineKind::Buildah);
    for (name, known) in [
        ("airbyte/source-x:dev", "localhost/airbyte/source-x:dev"),
        ("source-x:dev", "localhost/source-x:dev"),
        ("ghcr.io/acme/x:dev", "ghcr.io/acme/x:dev"),
        ("localhost:5000/x:dev", "localhost:5000/x:dev"),
        ("localhost/x:dev", "localhost/x:dev"),
    ] {
        assert_eq!(buildah.known_as(name), known);
    }
    assert_eq!(engine(EngineKind::Docker).known_as("airbyte/source-x:dev"), "airbyte/source-x:dev");
}

#[test]
fn our_images_have_names_and_marks_of_ours() {
    assert_eq!(base_name("4.0.0-abc"), "localhost/cutover/base:4.0.0-abc");
    assert_eq!(base_file("docker.io/x@sha256:a"), "FROM docker.io/x@sha256:a\nARG CUTOVER=1\n");
    assert_ne!(container_name(), container_name());
}
