//! From what a connector is made of to the Containerfile that makes its image.

use std::fmt::Write as _;

use super::error::RecipeError;
use super::quote;
use super::render::{Lines, is_root, mounted};
use super::sources::{Packaging, Sources};
use super::{Instruction, Mount};
use crate::base::RepoPath;

/// The build context with what the instructions put into the image.
pub const SIDE: &str = "cutover-side";

/// The build context with the root of what is laid out of the repository.
pub const FILES: &str = "cutover-files";

/// The build context with a folder of wheels.
pub const WHEELS: &str = "cutover-wheels";

/// The secret with the step's variables, as a script that a shell can read.
pub const VARIABLES: &str = "cutover-env";

/// Where the connector's code is in its image, as in every image of Airbyte's.
pub const CODE: &str = "/airbyte/integration_code";

/// Where the repository's files are while dependencies are installed that name others of its projects.
pub(super) const REPOSITORY: &str = "/airbyte/repository";

/// Where the builder sees what is not of the image: caches, wheels, variables.
pub(super) const BESIDE: &str = "/run/cutover";

/// What pip and poetry are told while dependencies are installed. With the date of all files fixed, two installations
/// of the same are the same to the byte; the first day that a wheel can have is the first of 1980.
pub(super) const INSTALLING: &str = "PIP_CACHE_DIR=/run/cutover/pip PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 \
                          PIP_ROOT_USER_ACTION=ignore PIP_BREAK_SYSTEM_PACKAGES=1 POETRY_CACHE_DIR=/run/cutover/poetry \
                          POETRY_NO_INTERACTION=1 POETRY_VIRTUALENVS_CREATE=false SOURCE_DATE_EPOCH=315532800";

/// How a connector's image is made.
#[derive(Debug, Clone, Copy)]
pub struct Recipe<'a> {
    /// The base image, by a name that the engine has.
    pub base: &'a str,
    /// As whom the base image runs; `None` is root.
    pub user: Option<&'a str>,
    /// The connector's directory in the repository.
    pub home: &'a RepoPath,
    /// What it is made of.
    pub sources: &'a Sources,
    /// The file that starts it.
    pub main_file: &'a str,
    /// What its hooks do before anything is installed.
    pub pre: &'a [Instruction],
    /// What the installation sees besides, because the first hook left it mounted.
    pub mounts: &'a [Mount],
    /// What its hooks do at the end.
    pub post: &'a [Instruction],
    /// The labels of the image.
    pub labels: &'a [(&'a str, String)],
    /// Whether there is a folder of wheels.
    pub wheels: bool,
    /// Whether nothing but those wheels may be installed.
    pub no_index: bool,
    /// Whether the installation gets the step's variables.
    pub variables: bool,
}

/// A Containerfile, and what must stand beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Containerfile {
    /// Its text.
    pub text: String,
    /// What is in the build context [`SIDE`].
    pub side: Vec<Side>,
    /// Variables that the engine is to take out of the finished image.
    pub unset_env: Vec<String>,
}

/// Something that stands beside the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its place there.
    pub place: String,
    /// What it is.
    pub content: SideContent,
}

/// What something beside the context holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SideContent {
    /// A file with this text.
    Text {
        /// The text.
        contents: String,
        /// The file's mode.
        permissions: u32,
    },
    /// A copy of a file that is laid out of the repository.
    File {
        /// The file, below the root of what is laid out.
        source: String,
    },
    /// A copy of a directory that is laid out of the repository.
    Tree {
        /// The directory, below the root of what is laid out.
        source: String,
        /// Patterns of what is copied; everything if empty.
        include: Vec<String>,
        /// Patterns of what is not.
        exclude: Vec<String>,
    },
}

impl Recipe<'_> {
    /// The Containerfile: the base with what the hook does first, a builder that installs the dependencies, and a fresh
    /// copy of the former with what the latter installed and the connector's code.
    ///
    /// # Errors
    /// Instructions that no Containerfile can express.
    pub fn containerfile(&self) -> Result<Containerfile, RecipeError> {
        let mut lines = Lines { user: self.user.filter(|user| !is_root(user)).map(str::to_owned), ..Lines::default() };
        let below = if self.pre.is_empty() {
            self.base
        } else {
            lines.line(&format!("FROM {} AS hooked", self.base));
            lines.all(self.pre)?;
            lines.line("");
            "hooked"
        };
        let user = lines.user.clone();
        let installed = self.builder(&mut lines, below)?;
        lines.user = user;
        lines.line(&format!("FROM {below}"));
        for path in installed {
            lines.line(&format!("COPY --from=builder {path} {path}"));
        }
        self.code(&mut lines)?;
        lines.all(self.post)?;
        Ok(Containerfile { text: lines.text, side: lines.side, unset_env: lines.unset.into_iter().collect() })
    }

    /// The stage that installs the dependencies; what is to be taken from it.
    fn builder(&self, lines: &mut Lines, below: &str) -> Result<Vec<&'static str>, RecipeError> {
        let Some(command) = self.installation() else { return Ok(Vec::new()) };
        let local = !self.sources.local.is_empty();
        lines.line(&format!("FROM {below} AS builder"));
        lines.line("USER root");
        let mut variables = INSTALLING.to_owned();
        if self.wheels {
            let _ = write!(variables, " PIP_FIND_LINKS={BESIDE}/wheels");
        }
        if self.no_index {
            variables.push_str(" PIP_NO_INDEX=1");
        }
        lines.line(&format!("ENV {variables}"));
        for project in &self.sources.local {
            let (from, to) = (format!("/{project}/"), format!("{REPOSITORY}/{project}/"));
            lines.line(&format!("COPY --from={FILES} {}", quote::paths(&[&from, &to])));
        }
        let directory = if local { format!("{REPOSITORY}/{}", self.home) } else { CODE.to_owned() };
        lines.line(&format!("WORKDIR {}", quote::word("the directory", &directory)?));
        let mut copied: Vec<&str> = match self.sources.packaging {
            Packaging::Backend => vec!["."],
            // The list is in the command: other changes of the file install nothing anew.
            Packaging::Listed(_) => Vec::new(),
            _ => self.sources.descriptions.iter().map(String::as_str).collect(),
        };
        if !copied.is_empty() {
            copied.push("./");
            lines.line(&format!("COPY {}", quote::paths(&copied)));
        }
        let run = self.run(&command)?;
        lines.line(&run);
        lines.line("");
        Ok(if local { vec!["/usr/local", REPOSITORY] } else { vec!["/usr/local"] })
    }

    /// What installs the dependencies.
    pub(super) fn installation(&self) -> Option<Vec<String>> {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let pip = "python -m pip install";
        match &self.sources.packaging {
            Packaging::Poetry => Some(words("poetry install --only main --no-root --no-ansi")),
            Packaging::Listed(requirements) if requirements.is_empty() => None,
            Packaging::Listed(requirements) => Some([words(pip), requirements.clone()].concat()),
            Packaging::Backend | Packaging::SetupPy => Some(words(&format!("{pip} ."))),
            Packaging::Requirements => Some(words(&format!("{pip} -r requirements.txt"))),
            Packaging::Nothing => None,
        }
    }

    /// The line that runs it, with caches that all connectors share.
    fn run(&self, command: &[String]) -> Result<String, RecipeError> {
        let mut line = "RUN".to_owned();
        for mount in self.mounts {
            line.push_str(&mounted(mount)?);
        }
        for cache in ["pip", "poetry"] {
            let _ = write!(line, " --mount=type=cache,id=cutover-{cache},target={BESIDE}/{cache}");
        }
        if self.wheels {
            let _ = write!(line, " --mount=type=bind,from={WHEELS},target={BESIDE}/wheels");
        }
        if !self.variables {
            return Ok(format!("{line} {}", quote::list(command)));
        }
        let _ = write!(line, " --mount=type=secret,id={VARIABLES},target={BESIDE}/env");
        let shell = ["/bin/sh", "-c", ". /run/cutover/env && exec \"$@\"", "sh"].map(str::to_owned);
        Ok(format!("{line} {}", quote::list(&[shell.as_slice(), command].concat())))
    }

    /// The connector's code, and how it is started.
    fn code(&self, lines: &mut Lines) -> Result<(), RecipeError> {
        let owner = match &lines.user {
            Some(user) => format!(" --chown={}", quote::part("the owner", user)?),
            None => String::new(),
        };
        lines.line(&format!("WORKDIR {CODE}"));
        lines.line(&format!("COPY{owner} {}", quote::paths(&[self.main_file, "./"])));
        if let Some(package) = &self.sources.package {
            lines.line(&format!("COPY{owner} {}", quote::paths(&[package, &format!("./{package}")])));
        }
        let main = format!("{CODE}/{}", self.main_file);
        let started = quote::value("the main file", &format!("python {main}"))?;
        lines.line(&format!("ENV AIRBYTE_ENTRYPOINT={started}"));
        lines.line(&format!("ENTRYPOINT {}", quote::list(&["python", &main])));
        lines.line("CMD []");
        let mut line = "LABEL".to_owned();
        for (name, value) in self.labels {
            let _ = write!(line, " {}={}", quote::value("the label", name)?, quote::value("the label", value)?);
        }
        if !self.labels.is_empty() {
            lines.line(&line);
        }
        Ok(())
    }
}
