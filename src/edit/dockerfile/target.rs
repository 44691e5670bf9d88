//! What comes in place of a Dockerfile: the base image, as far as it matters what it has.

use std::collections::BTreeSet;

/// The directory that the build process puts a connector's code into.
pub(super) const CODE_DIRECTORY: &str = "/airbyte/integration_code";

/// The repository of the base image that is known.
const KNOWN_BASE: &str = "airbyte/python-connector-base";

/// Python of the known base image, by its major version.
const KNOWN_PYTHONS: [(u64, &str); 4] = [(1, "3.9"), (2, "3.10"), (3, "3.10"), (4, "3.11")];

/// System packages that came to the known base image, with the version from which on it has them.
const KNOWN_PACKAGES: [((u64, u64), &str); 3] =
    [((1, 1), "socat"), ((1, 2), "tesseract-ocr"), ((1, 2), "poppler-utils")];

/// Data for language processing that the known base image has from 1.2 on.
const KNOWN_DATA: [&str; 2] = ["punkt", "averaged_perceptron_tagger"];

/// Which Python versions a Dockerfile may have, such as `3.9`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Pythons {
    /// Every one: whether the connector runs is for its tests to say.
    Any,
    /// These.
    These(Vec<String>),
    /// Nobody has said, so that every version is a question.
    #[default]
    Unsaid,
}

impl Pythons {
    /// Whether a Dockerfile may have this version.
    pub fn accept(&self, version: Option<&str>) -> bool {
        match (self, version) {
            (Self::Any, _) => true,
            (Self::These(accepted), Some(version)) => accepted.iter().any(|one| one == version),
            (Self::These(_), None) | (Self::Unsaid, _) => false,
        }
    }
}

/// The base image and the build process that come in place of a Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// Which Python versions can go to it.
    pub pythons: Pythons,
    /// System packages that it has besides those of every Debian image with Python.
    packages: BTreeSet<String>,
    /// Data of the natural language toolkit that it has.
    language_data: BTreeSet<String>,
}

impl Target {
    /// What is known of a base image by its address. Of images other than Airbyte's nothing is known but that they are
    /// made from Debian and have Python.
    pub fn of_image(address: &str) -> Self {
        let Some((major, minor)) = known_version(address) else { return Self::default() };
        let owned = |name: &&str| (*name).to_owned();
        let python = KNOWN_PYTHONS.iter().find(|(of, _)| *of == major).map(|(_, python)| *python);
        let packages = KNOWN_PACKAGES.iter().filter(|(since, _)| (major, minor) >= *since).map(|(_, name)| name);
        let data: &[&str] = if (major, minor) >= (1, 2) { &KNOWN_DATA } else { &[] };
        Self {
            pythons: python.map_or(Pythons::Unsaid, |python| Pythons::These(vec![python.to_owned()])),
            packages: packages.map(owned).collect(),
            language_data: data.iter().map(owned).collect(),
        }
    }

    /// The same, which also has these system packages.
    #[must_use]
    pub fn providing(mut self, packages: impl IntoIterator<Item = String>) -> Self {
        self.packages.extend(packages);
        self
    }

    /// The same, to which connectors with these Python versions can go.
    #[must_use]
    pub fn accepting(mut self, pythons: Pythons) -> Self {
        if pythons != Pythons::Unsaid {
            self.pythons = pythons;
        }
        self
    }

    /// Whether it has a system package besides those of every such image.
    pub(super) fn provides(&self, package: &str) -> bool {
        self.packages.contains(package)
    }

    /// Whether it has this data of the natural language toolkit.
    pub(super) fn has_language_data(&self, name: &str) -> bool {
        self.language_data.contains(name)
    }
}

/// An image that a Dockerfile starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// What installs its system packages.
    pub(super) family: Family,
    /// Its Python, such as `3.9`; `None` where the tag does not say it.
    pub(super) python: Option<String>,
}

/// What installs an image's system packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `apk`.
    Alpine,
    /// `apt-get`.
    Debian,
}

impl Origin {
    /// An image whose contents are known: the official ones with Python, and the base image itself.
    pub(super) fn of_image(address: &str) -> Option<Self> {
        if let Some((major, _)) = known_version(address) {
            let python = KNOWN_PYTHONS.iter().find(|(of, _)| *of == major).map(|(_, python)| (*python).to_owned());
            return Some(Self { family: Family::Debian, python });
        }
        let (repository, tag) = parts(address);
        let official = ["python", "library/python", "docker.io/python", "docker.io/library/python"];
        if !official.contains(&repository) {
            return None;
        }
        let mut words = tag.unwrap_or("latest").split('-');
        let version = words.next().unwrap_or_default();
        let mut family = Family::Debian;
        for word in words {
            match word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
                "alpine" => family = Family::Alpine,
                "slim" | "bookworm" | "bullseye" | "buster" | "trixie" | "stretch" => {}
                _ => return None,
            }
        }
        if version == "alpine" {
            family = Family::Alpine;
        }
        let mut numbers = version.split('.');
        let is_number = |number: &&str| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        let python = match (numbers.next().filter(is_number), numbers.next().filter(is_number)) {
            (Some(major), Some(minor)) => Some(format!("{major}.{minor}")),
            (Some(_), None) => None,
            _ if ["latest", "slim", "alpine", "bookworm", "bullseye", "buster"].contains(&version) => None,
            _ => return None,
        };
        Some(Self { family, python })
    }
}

/// Repository and tag of an address; a digest is left out.
fn parts(address: &str) -> (&str, Option<&str>) {
    let address = address.split('@').next().unwrap_or(address);
    match address.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (address, None),
    }
}

/// Major and minor version of the known base image, if it is that.
fn known_version(address: &str) -> Option<(u64, u64)> {
    let (repository, tag) = parts(address);
    let is_known = repository == KNOWN_BASE || repository.ends_with(&format!("/{KNOWN_BASE}"));
    let mut numbers = tag.filter(|_| is_known)?.split(['.', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> Option<(Family, Option<String>)> {
        Origin::of_image(address).map(|origin| (origin.family, origin.python))
    }

    #[test]
    fn official_images_say_python_and_family_by_their_tag() {
        let some = |family, python: &str| Some((family, Some(python.to_owned())));
        assert_eq!(origin("python:3.9.11-alpine3.15"), some(Family::Alpine, "3.9"));
        assert_eq!(origin("docker.io/library/python:3.10-slim-bullseye@sha256:00"), some(Family::Debian, "3.10"));
        assert_eq!(origin("python:3.9"), some(Family::Debian, "3.9"));
        assert_eq!(origin("airbyte/python-connector-base:1.1.0"), some(Family::Debian, "3.9"));
        assert_eq!(origin("python:3-slim"), Some((Family::Debian, None)));
        assert_eq!(origin("python"), Some((Family::Debian, None)));
        assert_eq!(origin("python:alpine"), Some((Family::Alpine, None)));
        for unknown in
            ["airbyte/integration-base-python:0.1.1", "python:3.9-windowsservercore", "x/python:3.9", "python:x"]
        {
            assert_eq!(origin(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_known_base_image_says_what_it_has() {
        let target = Target::of_image("docker.io/airbyte/python-connector-base:1.1.0@sha256:00");
        assert_eq!(target.pythons, Pythons::These(vec!["3.9".to_owned()]));
        assert!(target.provides("socat") && !target.provides("poppler-utils") && !target.has_language_data("punkt"));
        assert!(Target::of_image("airbyte/python-connector-base:2.0.0").has_language_data("punkt"));
        assert_eq!(Target::of_image("example.com/airbyte:1.2.0"), Target::default());
    }

    #[test]
    fn what_is_given_comes_before_what_is_known() {
        let known = Target::of_image("airbyte/python-connector-base:4.0.0");
        assert!(known.pythons.accept(Some("3.11")) && !known.pythons.accept(Some("3.9")));
        let given = known.clone().accepting(Pythons::These(vec!["3.9".to_owned()]));
        assert!(given.pythons.accept(Some("3.9")) && !given.pythons.accept(None));
        assert_eq!(known.clone().accepting(Pythons::Unsaid), known);
        assert!(Pythons::Any.accept(None) && !Pythons::Unsaid.accept(Some("3.9")));
    }
}
