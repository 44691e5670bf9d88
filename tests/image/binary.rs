//! The binary: plans with the address that the registry gives, runs that keep to it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::debian::Debian;
use super::double::{Double, Reply};
use super::place::{Place, Said, outcomes};

const NAME: &str = "airbyte/python-connector-base";
const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("workflows/{name}.yaml"));
    Utf8PathBuf::try_from(path).unwrap().into_string()
}

fn input(repository: &str) -> String {
    format!("repository={repository}")
}

/// The base image that a connector's branch names.
fn base_image(place: &Place, workflow: &str, connector: &str) -> String {
    let path = format!("airbyte-integrations/connectors/{connector}/metadata.yaml");
    let metadata = place.show(&format!("cutover/{workflow}/{connector}"), &path);
    let line = metadata.lines().find_map(|line| line.trim().strip_prefix("baseImage: ")).unwrap();
    line.to_owned()
}

/// What `plan` finds as the newest image of a repository: its digest, or what is said instead.
pub(crate) fn address_found(repository: &str, environment: &[(&str, &str)]) -> Result<String, String> {
    let place = Place::usual();
    let workflow = shipped("migrate-to-base-image");
    let out = place.beside("plan.json");
    let words = ["plan", &workflow, "--input", "python=any", "--input", &input(repository), "--out", out.as_str()];
    let output = place.command(&words).envs(environment.iter().copied()).output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let lock: Value = serde_json::from_str(&fs::read_to_string(place.beside("images.lock")).unwrap()).unwrap();
    Ok(lock["images"][0]["digest"].as_str().unwrap().to_owned())
}

#[test]
fn a_plan_shows_the_address_and_its_run_keeps_to_it_when_the_tag_has_moved() {
    let Some(registry) = Debian::open() else { return };
    let planned = registry.image(NAME, "4.0.0", "planned");
    let repository = registry.repository(NAME);
    let place = Place::usual();
    let workflow = shipped("migrate-to-base-image");
    let (file, input) = (place.beside("plan.json"), input(&repository));
    let words = ["plan", &workflow, "--input", "python=any", "--input", &input, "--out", file.as_str(), "--diff"];
    let address = format!("{repository}:4.0.0@{planned}");
    place.cutover(&words).exits(0).answers(&[&format!("+    baseImage: {address}")]);
    let lock = fs::read_to_string(place.beside("images.lock")).unwrap();
    insta::assert_snapshot!(lock.replace(registry.host(), "HOST").replace(&planned, "DIGEST"));

    registry.image(NAME, "4.0.0", "moved");
    registry.image(NAME, "4.1.0", "newer");
    drop(registry);
    let answer = place.cutover(&["run", file.as_str(), "--format", "json", "--offline"]).exits(0).json();
    assert_eq!(answer["steps"][0]["detail"], address);
    for connector in ["source-a", "source-b", "source-c"] {
        assert_eq!(base_image(&place, "migrate-to-base-image", connector), address);
    }
}

#[test]
fn a_lock_answers_without_a_network_and_what_it_lacks_fails_with_what_to_do() {
    let Some(registry) = Debian::open() else { return };
    registry.image(NAME, "4.0.0", "x");
    let input = input(&registry.repository(NAME));
    let place = Place::usual();
    let workflow = shipped("migrate-to-base-image");
    let (file, lock) = (place.beside("plan.json"), place.beside("images.lock"));
    place.cutover(&["plan", &workflow, "--input", "python=any", "--input", &input, "--out", file.as_str()]).exits(0);
    let host = registry.host().to_owned();
    drop(registry);
    for verb in ["plan", "run"] {
        place
            .cutover(&[
                verb,
                &workflow,
                "--input",
                "python=any",
                "--input",
                &input,
                "--offline",
                "--images-lock",
                lock.as_str(),
            ])
            .exits(0);
    }
    let told = |words: &[&str], code| {
        let said = place.cutover(words).exits(code).err;
        said.replace(&host, "HOST").replace(place.beside("").as_str(), "BESIDE/")
    };
    let mut messages = vec![
        told(&["plan", &workflow, "--input", "python=any", "--input", &input, "--offline"], 1),
        told(
            &[
                "plan",
                &workflow,
                "--input",
                "python=any",
                "--input",
                &input,
                "--input",
                "base-image=3.1.0",
                "--offline",
                "--images-lock",
                lock.as_str(),
            ],
            1,
        ),
        told(&["plan", &workflow, "--images-lock", "nowhere"], 2),
    ];
    fs::write(&lock, "{}").unwrap();
    messages.push(told(&["plan", &workflow, "--images-lock", lock.as_str()], 2));
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_registry_that_is_down_fails_the_plan_with_what_to_do() {
    let place = Place::usual();
    let workflow = shipped("migrate-to-base-image");
    // Nobody listens on this port of our own.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = silent.local_addr().unwrap().to_string();
    drop(silent);
    let input = input(&format!("{host}/a/base"));
    let plan = place.cutover(&["plan", &workflow, "--input", "python=any", "--input", &input]).exits(1);
    let run =
        place.cutover(&["run", &workflow, "--input", "python=any", "--input", &input, "--format", "json"]).exits(1);
    insta::assert_snapshot!(plan.err.replace(&host, "HOST"));
    let answer = run.json();
    assert!(outcomes(&answer).iter().all(|(_, outcome)| outcome == "blocked"), "{answer:#}");
    assert_eq!(answer["steps"][0]["class"], "network", "{answer:#}");
    let given = format!("base-image={host}/a/base:1.0.0@{DIGEST}");
    place.cutover(&["plan", &workflow, "--input", "python=any", "--input", &given]).exits(0);
    place.cutover(&["plan", &workflow, "--input", "python=any", "--input", &given, "--offline"]).exits(0);
}

#[test]
fn the_run_that_failed_for_the_registry_goes_on_when_it_is_back() {
    let Some(registry) = Debian::open() else { return };
    let place = Place::usual();
    let repository = registry.repository(NAME);
    let words =
        ["run", &shipped("migrate-to-base-image"), "--input", "python=any", "--input", &input(&repository), "--yes"];
    place.cutover(&words).exits(1).answers(&["has no repository airbyte/python-connector-base"]);
    let digest = registry.image(NAME, "4.0.0", "x");
    place.cutover(&["resume", "--retry-failed"]).exits(0);
    assert_eq!(base_image(&place, "migrate-to-base-image", "source-b"), format!("{repository}:4.0.0@{digest}"));
}

/// A workflow whose connectors each ask for themselves and then wait for a file.
fn asking_for_itself(repository: &str, gate: &Utf8Path) -> String {
    format!(
        "version: 1\nname: asking\nsteps:\n  base-image:\n    uses: image.resolve\n    with: {{ repository: '{repository}' }}\n  \
         wait:\n    needs: base-image\n    run: |\n      [ \"$CUTOVER_CONNECTOR_NAME\" = source-a ] && exit 0\n      echo > {gate}.$CUTOVER_CONNECTOR_NAME\n      while [ ! -e {gate} ]; do sleep 0.05; done\n  \
         set:\n    needs: wait\n    uses: yaml.set\n    with: {{ file: metadata.yaml, path: data.connectorBuildOptions.baseImage, value: '${{{{ steps.base_image.address }}}}' }}\n"
    )
}

#[test]
fn a_run_that_was_killed_keeps_the_digest_that_its_first_connector_got() {
    let Some(registry) = Debian::open() else { return };
    let first = registry.image(NAME, "4.0.0", "first");
    let repository = registry.repository(NAME);
    let place = Place::usual();
    let gate = place.beside("gate");
    let workflow = place.workflow(&asking_for_itself(&repository, &gate));
    let mut child = place.command(&["run", &workflow, "--jobs", "2", "--yes"]).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while !place.beside("gate.source-b").exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "source-b never got so far");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();

    registry.image(NAME, "4.0.0", "moved");
    registry.image(NAME, "4.1.0", "newer");
    fs::write(&gate, "").unwrap();
    place.cutover(&["resume"]).exits(0);
    for connector in ["source-a", "source-b", "source-c"] {
        assert_eq!(base_image(&place, "asking", connector), format!("{repository}:4.0.0@{first}"), "{connector}");
    }
}

#[test]
fn a_fresh_run_without_a_plan_gives_every_connector_the_same_digest() {
    let Some(registry) = Debian::open() else { return };
    let digest = registry.index(NAME, "4.0.0", &[("linux", "amd64"), ("linux", "arm64")]);
    let repository = registry.repository(NAME);
    let place = Place::usual();
    let workflow = shipped("migrate-to-base-image");
    place.cutover(&["run", &workflow, "--input", "python=any", "--input", &input(&repository), "--yes"]).exits(0);
    for connector in ["source-a", "source-c"] {
        assert_eq!(base_image(&place, "migrate-to-base-image", connector), format!("{repository}:4.0.0@{digest}"));
    }
}

#[test]
fn verify_asks_what_the_definition_of_done_needs() {
    let Some(registry) = Debian::open() else { return };
    registry.image(NAME, "4.0.0", "x");
    let (place, input) = (Place::usual(), input(&registry.repository(NAME)));
    let migrate = shipped("migrate-to-base-image");
    place.cutover(&["run", &migrate, "--input", "python=any", "--input", &input, "--yes"]).exits(0);
    // Both hold a connector to the newest image; the upgrade asks for each by itself.
    let branch = "cutover/migrate-to-base-image/source-a";
    for workflow in [migrate, shipped("upgrade-base-image")] {
        let verify = |code| {
            let words = ["verify", &workflow, "--base", branch, "--name", "source-a", "--input", &input];
            place.cutover(&words).exits(code)
        };
        if workflow.contains("migrate") {
            // It is not selected any more: nobody falls back.
            verify(0);
        } else {
            verify(0);
            registry.image(NAME, "4.1.0", "newer");
            verify(1).answers(&["metadata names the base image"]);
        }
    }
}

#[test]
fn the_upgrade_keeps_suffixes_leaves_other_images_alone_and_asks_once() {
    let Some(registry) = Debian::open() else { return };
    let repository = registry.repository(NAME);
    let (plain, slim) = (registry.image(NAME, "2.0.0", "plain"), registry.image(NAME, "2.0.0-slim", "slim"));
    let place = with_base_images(&[
        ("source-a", &format!("{repository}:1.0.0@{DIGEST}")),
        ("source-b", &format!("{repository}:1.0.0-slim@{DIGEST}")),
        ("source-c", &format!("{repository}:2.0.0@{plain}")),
        ("source-d", "docker.io/airbyte/java-connector-base:1.0.0"),
    ]);
    let words = ["run", &shipped("upgrade-base-image"), "--input", &input(&repository), "--format", "json", "--yes"];
    let answer = place.cutover(&words).exits(0).json();
    let of = |name: &str, outcome: &str| (name.to_owned(), outcome.to_owned());
    assert_eq!(outcomes(&answer), [of("source-a", "changed"), of("source-b", "changed"), of("source-c", "unchanged")]);
    assert_eq!(base_image(&place, "upgrade-base-image", "source-a"), format!("{repository}:2.0.0@{plain}"));
    assert_eq!(base_image(&place, "upgrade-base-image", "source-b"), format!("{repository}:2.0.0-slim@{slim}"));
}

/// The usual connectors, built from these images.
fn with_base_images(images: &[(&str, &str)]) -> Place {
    let mut files = super::monorepo::Files::default();
    for (name, image) in images {
        let page = super::monorepo::page_of(name);
        let options = format!("data:\n  connectorBuildOptions:\n    baseImage: {image}\n");
        let metadata = super::monorepo::metadata(name, &page).replacen("data:\n", &options, 1);
        files = files.python(name).file(&format!("{}/{name}/metadata.yaml", super::monorepo::CONNECTORS), metadata);
    }
    Place::new(&files)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_connectors_that_ask_for_themselves_make_one_listing() {
    let double = Double::start(|asked, _| {
        if asked.path.contains("/tags/list") {
            Reply::json(200, &json!({ "tags": ["1.0.0"] }))
        } else {
            Reply::manifest(DIGEST)
        }
    })
    .await;
    let repository = format!("{}/a/base", double.host);
    let names: Vec<String> = (0..200).map(|number| format!("source-{number:03}")).collect();
    let old = format!("{repository}:0.9.0@{DIGEST}");
    let images: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), old.as_str())).collect();
    let (asked, said) = tokio::task::spawn_blocking({
        let (double, images) = (
            double.clone(),
            images.iter().map(|(name, image)| ((*name).to_owned(), (*image).to_owned())).collect::<Vec<_>>(),
        );
        move || {
            let images: Vec<(&str, &str)> =
                images.iter().map(|(name, image)| (name.as_str(), image.as_str())).collect();
            let place = with_base_images(&images);
            let words = ["plan", &shipped("upgrade-base-image"), "--input", &input(&repository), "--format", "json"];
            let planned: Said = place.cutover(&words).exits(0);
            let words = ["run", &shipped("upgrade-base-image"), "--input", &input(&repository), "--yes"];
            place.cutover(&words).exits(0);
            (double.lines(), planned)
        }
    })
    .await
    .unwrap();
    assert_eq!(said.json()["summary"]["changed"], 200);
    let once = ["GET /v2/a/base/tags/list?n=1000", "HEAD /v2/a/base/manifests/1.0.0"];
    assert_eq!(asked, [once, once].concat(), "once for the plan, once for the run");
}
