//! The verdicts on commands of a `RUN`.

use super::facts::variables_in;
use super::pip::pip_arguments;
use super::system::Request;
use super::walk::{Outcome, Walk, superfluous};
use super::{Call, Phase, QuestionKind};
use crate::edit::dockerfile::shell::{Command, assignment};
use crate::edit::dockerfile::target::{CODE_DIRECTORY, Family};

/// Assignments before a command that change what it says, not what it does.
const QUIET: [(&str, &str); 3] = [("DEBIAN_FRONTEND", "noninteractive"), ("TZ", "Etc/UTC"), ("TZ", "UTC")];

/// Names of the time zone that the base image has.
const UTC: [&str; 2] = ["Etc/UTC", "UTC"];

/// What is left behind by package managers and may go.
const LEFTOVERS: [&str; 10] = [
    "/root/.cache",
    "/root/.cache/pip",
    "/tmp/*",
    "/var/cache/apk/*",
    "/var/cache/apt",
    "/var/cache/apt/*",
    "/var/cache/apt/archives/*",
    "/var/lib/apt/lists",
    "/var/lib/apt/lists/*",
    "/var/tmp/*",
];

/// Commands that do the same on another system.
const PORTABLE: [&str; 9] = ["chmod", "chown", "echo", "ln", "mkdir", "printf", "python", "python3", "touch"];

/// Commands of Debian, with other options elsewhere.
const OF_DEBIAN: [&str; 5] = ["groupadd", "useradd", "usermod", "addgroup", "adduser"];

impl Walk<'_> {
    /// What a command comes to.
    pub(super) fn command(&self, command: &Command) -> Outcome {
        let Some(words) = plain_words(command) else { return self.other(command) };
        if let Some(arguments) = pip_arguments(&words) {
            return self.pip(arguments, command);
        }
        if let Some(request) = Request::of(&words) {
            return self.system_packages(request, command);
        }
        match words.as_slice() {
            ["poetry", rest @ ..] => self.poetry(rest, command),
            ["true" | ":"] => superfluous("it does nothing"),
            ["set", flags @ ..] if flags.iter().all(|flag| is_shell_flag(flag)) => {
                superfluous("it sets up the shell only")
            }
            ["rm", flags @ .., file] if is_cleaning(flags, file) => superfluous("it only cleans up"),
            ["dpkg-reconfigure", flags @ .., "tzdata"]
                if flags.iter().all(|flag| flag.starts_with('-') || *flag == "noninteractive") =>
            {
                superfluous("the base image has this time zone")
            }
            ["ln" | "cp", flags @ .., zone, "/etc/localtime"]
                if flags.iter().all(|flag| flag.starts_with('-')) && is_utc_file(zone) =>
            {
                superfluous("the base image has this time zone")
            }
            ["mkdir", flags @ .., directory]
                if flags.iter().all(|flag| *flag == "-p") && *directory == self.facts.home =>
            {
                superfluous(format!("the build process makes {CODE_DIRECTORY}"))
            }
            ["python" | "python3", "-c", code] if self.has_language_data(code) => {
                superfluous("the base image has this data")
            }
            _ => self.other(command),
        }
    }

    /// When a hook runs a command: what a builder stage does comes first.
    pub(super) fn phase_of(&self, command: &Command) -> Phase {
        let installs_itself = plain_words(command).is_some_and(|words| self.installs_connector(&words));
        if installs_itself && !self.in_builder() { Phase::After } else { self.phase() }
    }

    /// Remembers that the connector is installed from here on, and where a builder stage puts it.
    pub(super) fn note_installation(&mut self, command: &Command) {
        let Some(words) = plain_words(command) else { return };
        if self.installs_connector(&words) {
            if self.in_builder() {
                let prefix = words.iter().position(|word| *word == "--prefix").and_then(|at| words.get(at + 1));
                let prefix = prefix.copied().or_else(|| words.iter().find_map(|word| word.strip_prefix("--prefix=")));
                let prefix = if words.contains(&"--user") { "/root/.local" } else { prefix.unwrap_or("/usr/local") };
                let prefix = prefix.to_owned();
                self.state().prefixes.push(prefix);
            } else {
                self.is_installed = true;
            }
        }
    }

    fn poetry(&self, arguments: &[&str], command: &Command) -> Outcome {
        let known = match arguments {
            ["config", "virtualenvs.create" | "virtualenvs.in-project", "false"] => true,
            ["install", options @ ..] => self.files.text("pyproject.toml").is_some() && is_usual_install(options),
            _ => false,
        };
        if known { superfluous("the build process installs with poetry") } else { self.other(command) }
    }

    /// A command that nothing special is known of: carried over where it does the same in the new image.
    fn other(&self, command: &Command) -> Outcome {
        let calls = vec![exec(command)];
        let asked = |words: String| Outcome::Asked(QuestionKind::Command, words, Some(calls.clone()));
        if self.in_builder() {
            return asked("what it does in the builder stage may matter to what is built there".to_owned());
        }
        if let (["echo", zone], Some("/etc/timezone")) = (plain_values(command).as_slice(), command.output.as_deref())
            && UTC.contains(zone)
        {
            return superfluous("the base image has this time zone");
        }
        let arguments = self.states.last().map(|state| state.arguments.as_slice()).unwrap_or_default();
        if variables_in(&command.text).iter().any(|name| arguments.contains(name)) {
            return asked("it takes a build argument, which a hook does not get".to_owned());
        }
        if self.names_old_home(&command.text) {
            return asked(format!("it names {}, and the code lies in {CODE_DIRECTORY} now", self.facts.home));
        }
        let first = plain_values(command).first().copied().unwrap_or_default();
        let is_debian = self.origin().is_some_and(|origin| origin.family == Family::Debian);
        if PORTABLE.contains(&first) || is_debian && OF_DEBIAN.contains(&first) {
            return Outcome::Carried(calls);
        }
        asked("whether the new image needs it, and can run it, is not known".to_owned())
    }

    /// Whether a line of Python only loads language data that the base image has.
    fn has_language_data(&self, code: &str) -> bool {
        let mut statements = code.split(';').map(str::trim).filter(|statement| !statement.is_empty());
        statements.next() == Some("import nltk")
            && statements.all(|statement| {
                let name = statement.strip_prefix("nltk.download(").and_then(|rest| rest.strip_suffix(')'));
                name.is_some_and(|name| self.target.has_language_data(name.trim_matches(['\'', '"'])))
            })
    }
}

/// The words of a command without what changes nothing before it; `None` if it is more than words.
fn plain_words(command: &Command) -> Option<Vec<&str>> {
    let mut words = command.words.as_slice();
    while let [first, rest @ ..] = words
        && let Some(assigned) = assignment(first)
    {
        if !QUIET.contains(&assigned) {
            return None;
        }
        words = rest;
    }
    let is_cleaning = words.first().is_some_and(|word| word.value == "rm");
    let is_plain =
        words.iter().all(|word| word.is_literal && (is_cleaning || !word.is_pattern || word.value.contains('[')));
    (is_plain && !words.is_empty() && command.output.is_none())
        .then(|| words.iter().map(|word| word.value.as_str()).collect())
}

/// The words of a command as far as it has any.
fn plain_values(command: &Command) -> Vec<&str> {
    command.words.iter().map(|word| word.value.as_str()).collect()
}

/// The command as a hook runs it.
pub(super) fn exec(command: &Command) -> Call {
    let is_plain =
        |word: &crate::edit::dockerfile::shell::Word| word.is_literal && !word.is_pattern && assignment(word).is_none();
    let by_words = !command.words.is_empty() && command.output.is_none() && command.words.iter().all(is_plain);
    let words: Vec<String> = if by_words {
        command.words.iter().map(|word| word.value.clone()).collect()
    } else {
        vec!["sh".to_owned(), "-c".to_owned(), command.source.clone()]
    };
    Call::Exec(words)
}

fn is_shell_flag(flag: &str) -> bool {
    flag == "pipefail" || flag.strip_prefix('-').is_some_and(|flags| flags.chars().all(|c| "euxo".contains(c)))
}

fn is_cleaning(flags: &[&str], file: &str) -> bool {
    let is_leftover = |file: &str| LEFTOVERS.contains(&file.trim_end_matches('/'));
    let is_flag = |flag: &&str| matches!(*flag, "-r" | "-f" | "-rf" | "-fr");
    is_leftover(file) && flags.iter().all(|word| is_flag(word) || is_leftover(word))
}

/// Whether a file of the time zone database is that of UTC.
pub(super) fn is_utc_file(path: &str) -> bool {
    path.strip_prefix("/usr/share/zoneinfo/").is_some_and(|zone| UTC.contains(&zone))
}

/// Whether `poetry install` is told nothing that the build process does not tell it.
fn is_usual_install(options: &[&str]) -> bool {
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match *option {
            "--no-root" | "--no-dev" | "--no-interaction" | "-n" | "--no-ansi" | "--only-root" | "--no-cache"
            | "--only=main" | "--without=dev" => {}
            "--only" if options.next() == Some(&"main") => {}
            "--without" if options.next() == Some(&"dev") => {}
            _ => return false,
        }
    }
    true
}
