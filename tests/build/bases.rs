//! Base images: other Pythons, missing ones, wrong ones.

use super::containers::{Base, Containers, REPOSITORY};
use super::place::outcomes;
use super::site::{Connector, Site, failure, output, small_wheels};

/// What the real source-pokeapi of October 2023 did: fine on Python 3.9, an error on 3.11.
const BREAKS: &str = "from dataclasses import dataclass\n\n@dataclass\nclass Decoder:\n    parameters: dict\n\n@dataclass\nclass Requester:\n    decoder: Decoder = Decoder({})\n";

#[test]
fn a_connector_that_another_python_breaks_is_caught_by_the_migration_and_the_others_go_on() {
    let Some(containers) = Containers::get() else { return };
    let (old, new) = (containers.base(Base::Bullseye), containers.base(Base::Bookworm));
    let site = Site::new(
        containers,
        [
            Connector::new("source-a").on(&old),
            Connector::new("source-breaks").on(&old).imports(BREAKS),
            Connector::new("source-c").on(&old),
        ],
    );
    let before = site.build("network: none").exits(0).json();
    assert!(output(&before, "source-breaks", "python").starts_with("3.9"));

    let workflow = format!(
        "version: 1\nname: upgrade\nsteps:\n  set-base-image:\n    uses: yaml.set\n    with: {{ file: metadata.yaml, path: data.connectorBuildOptions.baseImage, value: '{new}' }}\n  \
         bump-version:\n    uses: version.bump\n    with: {{ level: patch }}\n  build:\n    needs: [set-base-image, bump-version]\n    uses: image.build\n"
    );
    let workflow = site.place.workflow(&workflow);
    let answer = site.cutover(&["run", &workflow, "--format", "json", "--yes"]).exits(1).json();
    let of = |name: &str, outcome: &str| (name.to_owned(), outcome.to_owned());
    assert_eq!(
        outcomes(&answer),
        [of("source-a", "changed"), of("source-breaks", "failed"), of("source-c", "changed")]
    );
    let why = failure(&answer, "source-breaks");
    assert!(why.starts_with("process: `spec` failed: ValueError: mutable default") && why.contains("Decoder"), "{why}");
    assert!(output(&answer, "source-a", "python").starts_with("3.11"));
    // What is built is what the steps before have made of the files.
    let facts = containers.buildah(&["inspect", "--type", "image", "airbyte/source-a:dev"]);
    assert!(facts.contains("\"io.airbyte.version\": \"0.1.1\""), "{facts}");
    let again = site.cutover(&["resume", "--retry-failed", "--format", "json"]).exits(1).json();
    assert_eq!(outcomes(&again)[1], of("source-breaks", "failed"));
}

#[test]
fn a_base_image_that_is_not_there_or_is_another_one_is_told_once_for_all() {
    let Some(containers) = Containers::get() else { return };
    let (old, new) = (containers.base(Base::Bullseye), containers.base(Base::Bookworm));
    let digest = |address: &str| address.split_once('@').unwrap().1.to_owned();
    let nowhere = format!("{REPOSITORY}:9.9.9@sha256:{}", "ab".repeat(32));
    let disagree = format!("{REPOSITORY}:{}@{}", Base::Bullseye.tag(), digest(&new));
    let untagged = format!("{REPOSITORY}:{}", Base::Bullseye.tag());
    let site = Site::new(
        containers,
        [
            Connector::new("source-a").on(&nowhere),
            Connector::new("source-b").on(&nowhere),
            Connector::new("source-disagrees").on(&disagree),
            Connector::new("source-garbled").on("not an image"),
            Connector::new("source-good").on(&old),
            Connector::new("source-undigested").on(&untagged),
        ],
    );
    let answer = site.build("spec: false").exits(1).json();
    for name in ["source-a", "source-b"] {
        let why = failure(&answer, name);
        assert!(why.starts_with("expression: the base image ") && why.contains("manifest unknown"), "{why}");
    }
    let why = failure(&answer, "source-disagrees");
    assert!(why.starts_with("conflict: the tag and the digest of ") && why.contains("are two images"), "{why}");
    assert!(failure(&answer, "source-garbled").contains("is not the address of an image"));
    let of = |name: &str| outcomes(&answer).into_iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!((of("source-good"), of("source-undigested")), ("unchanged".to_owned(), "unchanged".to_owned()));
    let warnings = super::site::built(&answer, "source-undigested")["warnings"].to_string();
    assert!(warnings.contains("has no digest"), "{warnings}");
    let pulls = ["source-a", "source-b"].map(|name| site.log(name).matches("buildah pull").count());
    assert_eq!(pulls.iter().sum::<usize>(), 1, "asked for once");
}

/// A project for poetry that needs nothing but Python, so that nothing is asked of anybody.
const POETRY: &str = "[tool.poetry]\nname = \"x\"\nversion = \"0.1.0\"\ndescription = \"\"\nauthors = []\n\n[tool.poetry.dependencies]\npython = \"^3.9\"\n\n[build-system]\nrequires = [\"poetry-core\"]\nbuild-backend = \"poetry.core.masonry.api\"\n";

#[test]
fn poetry_and_other_projects_of_the_repository_are_installed() {
    let Some(containers) = Containers::get() else { return };
    let Some(wheels) = small_wheels(containers) else { return };
    let (without, with) = (containers.base(Base::Bookworm), containers.base(Base::Poetry));
    let poetry = |name| Connector::new(name).file("pyproject.toml", POETRY);
    let local = Connector::new("source-local")
        .on(&without)
        .file("requirements.txt", "-e ../../../libs/wanted\n")
        .imports("import wanted")
        .file("/libs/wanted/setup.py", "from setuptools import setup\nsetup(name='wanted', py_modules=['wanted'])\n")
        .file("/libs/wanted/wanted.py", "");
    let site = Site::new(containers, [local, poetry("source-poetry").on(&with), poetry("source-without").on(&without)]);
    let with = format!("wheels: {wheels}, no-index: true, network: none");
    let blind = site.build(&with).exits(1).json();
    assert_eq!(failure(&blind, "source-local"), "edit: it is installed with libs/wanted, which a build does not see");
    let seeing = super::site::workflow(&with).replace("    timeout", "    paths: [libs]\n    timeout");
    let seeing = site.place.workflow(&seeing);
    let answer = site.cutover(&["run", &seeing, "--format", "json", "--yes"]).exits(1).json();
    for name in ["source-local", "source-poetry"] {
        let built = super::site::built(&answer, name);
        assert_eq!(built["outcome"], "unchanged", "{built:#}");
    }
    let log = site.log("source-poetry");
    assert!(log.contains(r#"["poetry","install","--only","main","--no-root","--no-ansi"]"#), "{log}");
    site.cutover(&["status"]).answers(&["The base image has no poetry"]);
}
