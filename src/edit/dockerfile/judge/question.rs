//! What a person has to decide about a Dockerfile, and how to.

use crate::base::sentence_list;

/// Something that a person has to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Of which kind: what summaries group by.
    pub kind: QuestionKind,
    /// What there is to decide, as the rest of a sentence about the line.
    pub words: String,
}

/// The kinds of questions, those first that most depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuestionKind {
    /// It has another Python version than the base image.
    Python,
    /// It is not said which Python versions can go to the base image.
    PythonUnsaid,
    /// It starts from an image whose contents are not known.
    Base,
    /// It installs packages that cannot be placed.
    Package,
    /// It runs something that is not understood.
    Command,
    /// It copies something that the build process does not.
    Copy,
    /// It starts the connector in another way.
    Entrypoint,
    /// It sets a variable for the installation of dependencies only.
    Variable,
    /// It has an instruction that no hook can express.
    Instruction,
}

impl QuestionKind {
    /// What a Dockerfile does that raises such a question.
    fn words(self) -> &'static str {
        match self {
            Self::Python => "has another Python than the base image",
            Self::PythonUnsaid => "has a Python that may not be the base image's",
            Self::Base => "starts from an image that is not known",
            Self::Package => "installs packages that cannot be placed",
            Self::Command => "runs commands that are not understood",
            Self::Copy => "copies what the build process does not",
            Self::Entrypoint => "starts the connector in another way",
            Self::Variable => "sets variables for its builder stage",
            Self::Instruction => "has instructions that no hook can express",
        }
    }

    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Python => Some(
                "if the connector runs with the base image's Python, add its own version to the step's `python` (with the \
                 built-in workflow: `--input python=…`)",
            ),
            Self::PythonUnsaid => Some(
                "say in the step's `python` which versions can go to the base image, such as `3.9`, or `any` (with the \
                 built-in workflow: `--input python=…`)",
            ),
            _ => None,
        }
    }

    /// What connectors with the same kinds of questions have in common.
    pub fn cause(kinds: &[Self]) -> String {
        let words: Vec<&str> = sorted(kinds).into_iter().map(Self::words).collect();
        format!("its Dockerfile {}", sentence_list(&words))
    }

    /// What to do about questions of these kinds.
    pub fn hint_for(kinds: &[Self]) -> String {
        let kinds = sorted(kinds);
        let mut hints: Vec<String> = kinds.iter().filter_map(|kind| kind.hint()).map(str::to_owned).collect();
        if kinds.iter().any(|kind| kind.hint().is_none()) {
            hints.push(
                "give each line to the step's `ignore` (it is not needed) or `carry` (a hook does it as it stands), with \
                 the built-in workflow by `--input`; or write build_customization.py with a comment `# Dockerfile: …` \
                 for each"
                    .to_owned(),
            );
        }
        hints.join("; ")
    }
}

fn sorted(kinds: &[QuestionKind]) -> Vec<QuestionKind> {
    let mut kinds = kinds.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
