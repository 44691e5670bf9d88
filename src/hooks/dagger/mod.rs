//! Handing hooks over to dagger's own SDK and engine, for whoever has them.
//!
//! A script (`driver.py`) builds the connector with the real API, in the order of the reference: so its hooks may ask
//! the container whatever they like. It leaves an archive of the image, which any engine can load. cutover's own tests
//! reach no such engine: they hold the script against the SDK's types, and the search against stand-ins.

mod find;

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::recording::{place, place_request};
use super::{Customization, HookError, Installed, answer};
use crate::process::{Exit, Status};
use crate::recipe::Instruction;

pub use find::{Dagger, Programs};

const DRIVER: &str = include_str!("driver.py");

/// A connector that dagger is to build.
#[derive(Debug, Clone)]
pub struct Build<'a> {
    /// The root of what is laid out of the repository.
    pub files: &'a Utf8Path,
    /// The connector's directory in it.
    pub directory: &'a Utf8Path,
    /// An empty directory for the script.
    pub scratch: &'a Utf8Path,
    /// The address of the base image.
    pub base: &'a str,
    /// The platform to build for, such as `linux/amd64`.
    pub platform: &'a str,
    /// What the builder does, on top of the hooked base image, to install the connector's dependencies.
    pub install: &'a [Instruction],
    /// The directories of the builder that the connector's image gets, such as `/usr/local`.
    pub taken: &'a [String],
    /// The directory of the connector's code, below its own; `None` if it has none.
    pub package: Option<&'a str>,
    /// Where the code goes, and the labels of the image.
    pub installed: &'a Installed,
    /// The file that takes the image, in the format that `docker load` reads.
    pub archive: &'a Utf8Path,
}

#[derive(Serialize)]
struct Request<'a> {
    files: &'a Utf8Path,
    connector: &'a Utf8Path,
    answer: &'a Utf8Path,
    base: &'a str,
    platform: &'a str,
    install: &'a [Instruction],
    taken: &'a [String],
    package: Option<&'a str>,
    code_directory: &'a str,
    labels: &'a [(String, String)],
    archive: &'a Utf8Path,
}

/// A build that is ready to be started.
#[derive(Debug)]
pub struct Handover {
    program: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    answer: Utf8PathBuf,
    archive: Utf8PathBuf,
}

impl Handover {
    /// Lays the script and its request out in the scratch directory.
    ///
    /// # Errors
    /// [`HookError::Prepare`].
    pub fn prepare(build: &Build<'_>, dagger: &Dagger) -> Result<Self, HookError> {
        let answer = build.scratch.join("answer.json");
        let request = Request {
            files: build.files,
            connector: build.directory.strip_prefix(build.files).unwrap_or(build.directory),
            answer: &answer,
            base: build.base,
            platform: build.platform,
            install: build.install,
            taken: build.taken,
            package: build.package,
            code_directory: &build.installed.code_directory,
            labels: &build.installed.labels,
            archive: build.archive,
        };
        let driver = place(build.scratch, "driver.py", DRIVER)?;
        let request = place_request(build.scratch, &request)?;
        Ok(Self {
            program: dagger.programs.python.clone(),
            args: ["-B", "-X", "utf8", driver.as_str(), request.as_str()].map(str::to_owned).to_vec(),
            // The SDK fetches a command of its own otherwise.
            env: vec![("_EXPERIMENTAL_DAGGER_CLI_BIN".to_owned(), dagger.programs.dagger.clone())],
            answer,
            archive: build.archive.to_owned(),
        })
    }

    /// The program to start.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Its arguments.
    pub fn args(&self) -> &[String] {
        &self.args
    }

    /// The variables that it needs.
    pub fn env(&self) -> &[(String, String)] {
        &self.env
    }

    /// Makes of what the script left what the hooks said of the build, once the archive is there; or what went wrong.
    ///
    /// # Errors
    /// A fault of the hooks, or [`HookError::Dagger`] where the engine failed.
    pub fn read(&self, exit: &Exit) -> Result<Customization, HookError> {
        let customization = answer::read(&self.answer)?;
        match (customization, exit.status) {
            (Some(customization), Status::Code(0)) if fs::exists(&self.archive).unwrap_or(false) => Ok(customization),
            (_, status) => Err(HookError::Dagger { how: status.to_string() }),
        }
    }
}
