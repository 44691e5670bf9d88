//! The verdicts on variables: of the image, of its builder stages, of the build.

use parse_dockerfile::{ArgInstruction, EnvInstruction};

use super::facts::{ENTRYPOINT_VARIABLE, absolute, main_file, variables_in};
use super::instruction::asked;
use super::walk::{Outcome, Walk, superfluous};
use super::{Call, QuestionKind};
use crate::edit::dockerfile::target::CODE_DIRECTORY;
use crate::edit::dockerfile::words::pairs;
use crate::edit::dockerfile::{DockerfileError, line_number};

/// Variables that the base image has, with their values.
const BASE_VARIABLES: [(&str, &str); 3] = [
    ("POETRY_VIRTUALENVS_CREATE", "false"),
    ("POETRY_VIRTUALENVS_IN_PROJECT", "false"),
    ("POETRY_NO_INTERACTION", "1"),
];

/// Variables that change what an installation says, not what it installs.
const QUIET_VARIABLES: [&str; 6] = [
    "DEBIAN_FRONTEND",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_NO_CACHE_DIR",
    "PIP_ROOT_USER_ACTION",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
];

impl Walk<'_> {
    pub(super) fn env(&mut self, env: &EnvInstruction<'_>) -> Result<(), DockerfileError> {
        let at = env.env.span.start;
        let text = self.statement(at);
        let line = line_number(self.text, at);
        let span = env.arguments.span.clone();
        let found = pairs(self.text, span.clone(), self.facts.escape).map_err(|word| DockerfileError::Pair {
            line,
            instruction: "ENV",
            word,
        })?;
        for pair in &found {
            let value = if pair.variable { self.expanded(&pair.value) } else { Some(pair.value.clone()) };
            let outcome = self.variable(&pair.key, &pair.value, value.as_deref(), pair.variable);
            self.settle(pair.value_range.start.min(self.text.len()), text.clone(), &[&pair.key], outcome);
        }
        let escape = self.facts.escape;
        let whole = self.text;
        self.state().variables.set(whole, span, escape)
    }

    fn variable(&self, name: &str, written: &str, value: Option<&str>, is_variable: bool) -> Outcome {
        if name == ENTRYPOINT_VARIABLE {
            let words: Vec<&str> = value.unwrap_or_default().split_whitespace().collect();
            let main = main_file(&words).map(|main| absolute(self.workdir(), main));
            return if main == Some(absolute(&self.facts.home, &self.facts.main)) {
                superfluous("the build process sets it")
            } else {
                let words = "it is not how the image is started".to_owned();
                Outcome::Asked(QuestionKind::Entrypoint, words, None)
            };
        }
        if value.is_some_and(|value| BASE_VARIABLES.contains(&(name, value))) {
            return superfluous("the base image sets it");
        }
        if self.facts.only_in_paths.contains(name) && !self.is_mentioned(name) {
            return superfluous("it only shortens paths of the Dockerfile");
        }
        // What refers to other variables is put together when the hook runs, unless it takes build arguments.
        let takes_argument = self
            .states
            .last()
            .is_some_and(|state| variables_in(written).iter().any(|name| state.arguments.contains(name)));
        let (set, expand) = match value {
            Some(value) if !is_variable || takes_argument => (value.to_owned(), false),
            _ => (written.to_owned(), true),
        };
        let call = Call::Environment { name: name.to_owned(), value: self.moved(&set), expand };
        if self.in_builder() {
            if QUIET_VARIABLES.contains(&name) {
                return superfluous("it is for the builder stage only");
            }
            let words = "it is set for the builder stage only; a hook sets it in the image as well".to_owned();
            return Outcome::Asked(QuestionKind::Variable, words, Some(vec![call]));
        }
        if self.names_old_home(&set) && self.moved(&set) == set {
            let words = format!("it names {}, and the code lies in {CODE_DIRECTORY} now", self.facts.home);
            return Outcome::Asked(QuestionKind::Variable, words, Some(vec![call]));
        }
        Outcome::Carried(vec![call])
    }

    /// A build argument is a variable of the commands behind it, too.
    pub(super) fn arg(&mut self, arg: &ArgInstruction<'_>) {
        let at = arg.arg.span.start;
        let text = self.statement(at);
        let span = arg.arguments.span.clone();
        let (whole, escape) = (self.text, self.facts.escape);
        let found = pairs(whole, span.clone(), escape).unwrap_or_default();
        let names: Vec<String> =
            found.into_iter().map(|pair| pair.key).chain(bare_name(&whole[span.clone()])).collect();
        let is_known = |name: &String| self.facts.mentioned.contains(name) || QUIET_VARIABLES.contains(&name.as_str());
        let outcome = if !names.is_empty() && names.iter().all(is_known) {
            superfluous("its default is put in where it is named")
        } else {
            asked(QuestionKind::Variable, "what the commands behind it make of it is not known")
        };
        let state = self.state();
        state.variables.argument(whole, span, escape);
        state.arguments.extend(names.iter().cloned());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.settle(at, text, &names, outcome);
    }
}

/// The name of an `ARG` without a default.
fn bare_name(arguments: &str) -> Option<String> {
    let name = arguments.trim();
    (!name.is_empty() && !name.contains(['=', ' '])).then(|| name.to_owned())
}
