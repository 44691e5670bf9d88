//! What becomes of each instruction of a Dockerfile when a base image and a build process come in its place.
//!
//! Owns the verdicts and the walk over the file. Every instruction, and every command of a `RUN`, gets exactly one
//! verdict; what is not understood word for word is a question, never superfluous.

mod command;
mod copy;
mod decisions;
mod facts;
mod instruction;
mod pip;
mod question;
mod system;
mod variable;
mod walk;

use crate::edit::splice::behind_mark;

use super::target::Target;
use super::{DockerfileError, line_number};
use facts::Facts;
use walk::Walk;

pub use decisions::Decisions;
pub use question::{Question, QuestionKind};

/// The connector whose Dockerfile it is.
pub trait ConnectorFiles {
    /// The Python package with its code: the directory that the build process copies.
    fn package(&self) -> &str;

    /// The text of a file, by its path in the connector's directory; `None` if there is none or it is not text.
    fn text(&self, path: &str) -> Option<String>;

    /// The paths of all files below a directory of the connector; of all its files for an empty path.
    fn below(&self, directory: &str) -> Vec<String>;
}

/// What becomes of a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Every instruction, and every command of a `RUN`, in the file's order.
    pub items: Vec<Item>,
    /// What a person should know, though nothing needs a decision.
    pub warnings: Vec<String>,
}

/// An instruction, or one command of a `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The line that it begins on, from 1.
    pub line: usize,
    /// As it is written, on one line.
    pub text: String,
    /// What the comments directly above it say.
    pub remarks: Vec<String>,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// What becomes of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The base image or the build process does it; with the reason.
    Superfluous(String),
    /// A build hook does it.
    Carried {
        /// Which hook.
        phase: Phase,
        /// What the hook does, in order.
        calls: Vec<Call>,
    },
    /// A person has to say what is to become of it.
    Asked(Question),
}

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before the connector's dependencies are installed, on the base image.
    Before,
    /// At the end, with the connector in the image.
    After,
}

/// One thing that a hook does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Installs system packages of Debian.
    Packages {
        /// Their names.
        names: Vec<String>,
        /// Whether those that they recommend are installed as well.
        and_recommended: bool,
    },
    /// Runs a command.
    Exec(Vec<String>),
    /// Sets an environment variable.
    Environment {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
        /// Whether other variables stand in the value.
        expand: bool,
    },
    /// Copies a text file of the connector.
    File {
        /// Where to, in the image.
        path: String,
        /// The file, in the connector's directory.
        source: String,
    },
    /// Sets the user that the image runs as.
    User(String),
    /// Sets the working directory.
    Workdir(String),
    /// Sets a label.
    Label {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Sets the program that the image runs.
    Entrypoint(Vec<String>),
    /// Sets the arguments that the program gets if none are given.
    DefaultArguments(Vec<String>),
    /// Announces a port.
    Port(u16),
    /// Names the file that the connector is started with.
    MainFile(String),
}

impl Judgement {
    /// Whether nothing is lost without the Dockerfile and without hooks.
    pub fn is_plain(&self) -> bool {
        self.items.iter().all(|item| matches!(item.verdict, Verdict::Superfluous(_)))
    }

    /// What a person has to decide.
    pub fn questions(&self) -> impl Iterator<Item = (&Item, &Question)> {
        self.items.iter().filter_map(|item| match &item.verdict {
            Verdict::Asked(question) => Some((item, question)),
            _ => None,
        })
    }

    /// What hooks do, in order.
    pub fn carried(&self) -> impl Iterator<Item = (&Item, Phase, &[Call])> {
        self.items.iter().filter_map(|item| match &item.verdict {
            Verdict::Carried { phase, calls } => Some((item, *phase, calls.as_slice())),
            _ => None,
        })
    }

    /// The system packages that a hook installs, each once.
    pub fn system_packages(&self) -> Vec<&str> {
        let calls = self.carried().flat_map(|(_, _, calls)| calls);
        let packages = calls.filter_map(|call| match call {
            Call::Packages { names, .. } => Some(names),
            _ => None,
        });
        let mut names: Vec<&str> = packages.flatten().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Says of each instruction of a Dockerfile what becomes of it when a target comes in its place.
pub fn judge(
    text: &str,
    target: &Target,
    files: &dyn ConnectorFiles,
    decisions: &Decisions,
) -> Result<Judgement, DockerfileError> {
    let text = behind_mark(text).unwrap_or(text);
    let file = parse_dockerfile::parse(text)
        .map_err(|error| DockerfileError::Syntax { line: error.line(), message: error.to_string() })?;
    let facts = Facts::of(text, &file)?;
    let mut walk = Walk::new(text, &facts, target, files, decisions);
    for instruction in &file.instructions {
        walk.instruction(instruction)?;
    }
    Ok(walk.judgement())
}
