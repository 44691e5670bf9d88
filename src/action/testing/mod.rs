//! Testing a connector: which suites can be run, where, and what their ends mean.
//!
//! `project`, `poetry`, `python`, `installer`, `pytest`, `trouble` and `masking` are pure; `layout` and `secrets` look at
//! files; `venv`, `in_image`, `contained`, `image`, `acceptance` and `run` start programs, by the engine's
//! [`Executing`](super::Executing). Building an image is not done here.

mod acceptance;
mod bench;
mod contained;
mod image;
mod in_image;
mod installer;
mod layout;
mod masking;
mod outcome;
mod poetry;
mod project;
mod pytest;
mod python;
mod run;
mod secrets;
mod suite;
mod trouble;
mod venv;

#[cfg(test)]
mod project_tests;
#[cfg(test)]
mod pytest_tests;

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::container::EngineChoice;

pub(super) use installer::Installer;
pub(super) use run::test;
pub(super) use secrets::SecretsFrom;
pub(super) use suite::Suite;

/// What is asked of a test, read from a step's `with`.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// Where the tests run.
    pub(super) place: TestPlace,
    /// What runs images.
    pub(super) engine: EngineChoice,
    /// The interpreter of a virtual environment.
    pub(super) python: Option<String>,
    /// What installs packages; `None`: uv where there is one, else pip.
    pub(super) installer: Option<Installer>,
    /// Which suites.
    pub(super) suites: Vec<Suite>,
    /// Where secrets come from.
    pub(super) secrets: Option<SecretsFrom>,
    /// The image of acceptance tests.
    pub(super) acceptance_image: Option<String>,
    /// The command of acceptance tests.
    pub(super) acceptance_command: Vec<String>,
    /// Further arguments of pytest.
    pub(super) pytest_args: Vec<String>,
    /// A directory of wheels.
    pub(super) wheels: Option<String>,
    /// Whether no index is asked.
    pub(super) no_index: bool,
    /// Further places with packages.
    pub(super) find_links: Vec<String>,
    /// How long a suite may take.
    pub(super) suite_timeout: Duration,
}

/// Where tests run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TestPlace {
    /// A virtual environment of this machine's Python.
    Venv,
    /// Containers of this image.
    Image(String),
}

/// Where a suite writes its results, in a scratch directory as it is seen.
fn junit_in_scratch(scratch: &Utf8Path, suite: Suite) -> Utf8PathBuf {
    scratch.join(format!("{}.xml", suite.name()))
}
