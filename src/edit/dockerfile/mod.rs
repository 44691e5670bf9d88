//! Dockerfiles: their labels, and what would be lost without them.
//!
//! [`label`] and [`set_label`] read and change a label where it stands. [`judge`] holds a whole Dockerfile against the
//! base image and the build process that come in its place, and says of each instruction whether it is superfluous, can
//! be carried over into build hooks, or needs a person; [`hooks`] writes the hooks. Instructions come from a parser, so
//! comments inside a continued `RUN`, here-documents and the `# escape=` directive are read as Docker reads them.
//! Nothing here builds an image.
//!
//! Rules: <https://docs.docker.com/reference/dockerfile/>.

pub mod hooks;
mod judge;
mod label;
mod logical;
mod packages;
mod shell;
mod stages;
mod target;
#[cfg(test)]
mod tests;
mod words;

pub use judge::{Call, ConnectorFiles, Decisions, Item, Judgement, Phase, Question, QuestionKind, Verdict, judge};
pub use label::{label, set_label};
pub use target::{Pythons, Target};

/// Why a Dockerfile was not read, or a label not changed. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DockerfileError {
    /// The text is not a Dockerfile.
    #[error("the Dockerfile does not parse at line {line}: {message}")]
    Syntax {
        /// Where.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A word of a `LABEL` or `ENV` instruction that is no `key=value`.
    #[error("`{word}` in the {instruction} at line {line} is not of the form key=value")]
    Pair {
        /// The instruction's line.
        line: usize,
        /// `LABEL` or `ENV`.
        instruction: &'static str,
        /// The word.
        word: String,
    },
    /// There is no such label to change.
    #[error("the Dockerfile's final stage has no label `{0}`")]
    NoLabel(String),
    /// The label's value is computed from a build argument or variable.
    #[error("the label `{key}` (line {line}) takes its value from a variable: `{value}`")]
    Variable {
        /// The label.
        key: String,
        /// Its line.
        line: usize,
        /// The value as written.
        value: String,
    },
    /// The new value has a line break or another control character.
    #[error("the value for the label `{0}` has a line break or another control character in it")]
    Value(String),
    /// The edited text did not read as expected.
    #[error("the Dockerfile did not read as expected after setting the label `{0}`")]
    NotVerified(String),
}

impl DockerfileError {
    /// What to do about it, as a sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Syntax { line, .. } => format!("Mend line {line}; `docker build --check .` shows it as well."),
            Self::Pair { instruction, .. } => {
                format!("Write {instruction} key=value, with quotes around a value that has spaces.")
            }
            Self::NoLabel(key) => format!("Add `LABEL {key}=...` to the final stage, or leave this step out."),
            Self::Variable { .. } => "Change the default of the ARG or ENV that it comes from.".to_owned(),
            Self::Value(_) => "Give it as one line of plain text.".to_owned(),
            Self::NotVerified(_) => "Set the label by hand, and please report the file to cutover.".to_owned(),
        }
    }
}

fn line_number(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}
