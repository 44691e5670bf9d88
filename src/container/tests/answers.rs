//! What engines say of images and containers.

use super::engine;
use crate::container::{EngineError, EngineKind, Hold, ImageFacts, is_marked, probe_error, run_root};
use crate::event::{Failure, FailureClass};

/// As buildah 1.28 says it, shortened.
const BUILDAH: &str = r#"{
  "Type": "buildah 0.0.1", "FromImage": "localhost/a:dev", "FromImageID": "f7bf329b", "FromImageDigest": "sha256:1c90",
  "Config": "{\"created\":\"…\"}",
  "OCIv1": {
    "config": { "User": "airbyte", "Env": ["PATH=/bin", "EMPTY=", "A=b=c"], "Entrypoint": ["python", "/m.py"],
                "WorkingDir": "/w", "Labels": { "io.airbyte.name": "airbyte/source-x" } },
    "history": [{ "created_by": "/bin/sh -c #(nop) COPY . /" }, { "created_by": "/bin/sh -c #(nop) ARG CUTOVER", "empty_layer": true }]
  },
  "Docker": { "config": { "User": "airbyte" } } }"#;

/// As docker and podman say it, shortened.
const DOCKER: &str = r#"[{ "Id": "sha256:f7bf", "RepoTags": ["a:dev"], "Config": { "User": "", "Env": ["PATH=/bin"],
  "Cmd": ["sh"], "WorkingDir": "", "Entrypoint": null, "Labels": null } }]"#;

#[test]
fn an_image_is_read_in_the_words_of_every_engine() {
    let facts = ImageFacts::read(BUILDAH.as_bytes()).unwrap();
    assert_eq!(
        (facts.id.as_str(), facts.user.as_deref(), facts.workdir.as_deref()),
        ("sha256:f7bf329b", Some("airbyte"), Some("/w"))
    );
    assert_eq!(facts.entrypoint, ["python", "/m.py"]);
    assert_eq!(facts.env[1..], [("EMPTY".into(), String::new()), ("A".into(), "b=c".into())]);
    assert_eq!(facts.labels["io.airbyte.name"], "airbyte/source-x");
    assert!(is_marked(&facts));
    let facts = ImageFacts::read(DOCKER.as_bytes()).unwrap();
    assert_eq!((facts.id.as_str(), facts.user.as_deref()), ("sha256:f7bf", None));
    assert_eq!((facts.command, facts.entrypoint), (vec!["sh".to_owned()], vec![]));
    for garbage in ["", "[]", "{}", "null", "[{\"Id\":1}]"] {
        assert_eq!(ImageFacts::read(garbage.as_bytes()), None, "{garbage}");
    }
}

#[test]
fn containers_of_ours_are_told_from_those_of_others() {
    let listed = r#"[
      {"id":"1","builder":true,"imageid":"a","imagename":"localhost/cutover/base:x","containername":"base-working-container"},
      {"id":"2","builder":true,"imageid":"b","imagename":"","containername":"b-working-container"},
      {"id":"3","builder":true,"imageid":"c","imagename":"docker.io/library/alpine:3","containername":"alpine-working-container"},
      {"id":"4","builder":true,"imageid":"d","imagename":"localhost/airbyte/x:dev","containername":"cutover-7-1"}]"#;
    let containers = engine(EngineKind::Buildah).read_containers(listed.as_bytes());
    let ours: Vec<_> = containers.iter().map(|container| (container.id.as_str(), container.is_ours())).collect();
    assert_eq!(ours, [("1", Some(true)), ("2", None), ("3", Some(false)), ("4", Some(true))]);
    assert!(engine(EngineKind::Buildah).read_containers(b"null\n").is_empty(), "none at all");
    let podman = r#"[{"Id":"1","Names":["cutover-7-2"],"ImageID":"a","Image":"localhost/x:dev"}]"#;
    assert_eq!(engine(EngineKind::Podman).read_containers(podman.as_bytes())[0].is_ours(), Some(true));
    let docker = engine(EngineKind::Docker).read_containers(b"abc cutover-7-3\n");
    assert_eq!((docker[0].id.as_str(), docker[0].is_ours()), ("abc", Some(true)));
}

#[test]
fn nobody_clears_up_while_somebody_works() {
    let cache = tempfile::tempdir().unwrap();
    let cache = camino::Utf8Path::from_path(cache.path()).unwrap();
    let (one, other) = (Hold::with_others(cache).unwrap(), Hold::with_others(cache).unwrap());
    drop(one);
    assert!(Hold::alone(cache).unwrap().is_none());
    drop(other);
    assert!(Hold::alone(cache).unwrap().is_some());
}

#[test]
fn an_engine_that_does_not_work_says_why_and_what_to_do() {
    let said = |kind, line: &str| {
        let failure = Failure::from(probe_error(kind, &[line.to_owned(), String::new()]));
        format!("{}: {}\n  {}", failure.class.as_str(), failure.message, failure.hint.unwrap())
    };
    let errors = [
        said(
            EngineKind::Docker,
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        ),
        said(
            EngineKind::Docker,
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
        ),
        said(EngineKind::Buildah, "Error during unshare(CLONE_NEWUSER): Operation not permitted"),
        said(EngineKind::Podman, "Error: unable to connect to Podman socket: connection refused"),
        said(EngineKind::Podman, "Error: database configuration mismatch"),
        said(EngineKind::Buildah, ""),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn where_no_engine_works_each_is_named() {
    let none = |errors| {
        let failure = Failure::from(EngineError::None(errors));
        format!("{}\n  {}", failure.message, failure.hint.unwrap())
    };
    let missing = || EngineKind::ALL.map(EngineError::NotFound).to_vec();
    let mut mixed = missing();
    mixed[2] = EngineError::NotRunning { kind: EngineKind::Docker, why: "Is the docker daemon running?".into() };
    insta::assert_snapshot!([none(missing()), none(mixed)].join("\n"));
    let denied = EngineError::Permission { kind: EngineKind::Docker, why: "permission denied".into() };
    assert_eq!(Failure::from(EngineError::None(vec![denied])).class, FailureClass::Permission);
}

#[test]
fn where_an_engine_keeps_what_is_under_way_is_in_its_answer() {
    let place = Some(camino::Utf8PathBuf::from("/run/x"));
    assert_eq!(run_root(br#"{"host":{},"store":{"GraphRoot":"/g","RunRoot":"/run/x"}}"#), place, "buildah");
    assert_eq!(run_root(br#"{"store":{"runRoot":"/run/x"}}"#), place, "podman");
    assert_eq!((run_root(b"28.2.2\n"), run_root(b"\"28\"")), (None, None), "docker");
}
