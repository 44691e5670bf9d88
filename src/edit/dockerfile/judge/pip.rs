//! The verdicts on what `pip` installs.

use super::command::exec;
use super::walk::{Outcome, Walk, superfluous};
use super::{Call, QuestionKind};
use crate::edit::dockerfile::shell::Command;

/// What the base image has, where no version is asked for.
const TOOLS: [&str; 4] = ["pip", "setuptools", "wheel", "poetry"];

/// Options that say how, not what.
const QUIET_OPTIONS: [&str; 13] = [
    "--disable-pip-version-check",
    "--no-cache",
    "--no-cache-dir",
    "--no-compile",
    "--no-input",
    "--no-warn-script-location",
    "--quiet",
    "--root-user-action=ignore",
    "--user",
    "-q",
    "-qq",
    "-v",
    "--verbose",
];

/// Options that a hook keeps, which the build process does not use.
const KEPT_OPTIONS: [&str; 8] = [
    "--force-reinstall",
    "--ignore-installed",
    "--no-binary",
    "--no-build-isolation",
    "--no-deps",
    "--only-binary",
    "--pre",
    "--prefer-binary",
];

/// What a `pip install` is told.
#[derive(Default)]
struct Install<'w> {
    /// Options that matter.
    kept: Vec<&'w str>,
    is_upgrade: bool,
    /// Whether it installs the connector itself.
    itself: bool,
    /// What it installs beside it, each as pip reads it.
    requirements: Vec<String>,
    /// What is not understood.
    unknown: Option<String>,
}

/// The arguments of a call of `pip`, however it is called.
pub(super) fn pip_arguments<'a, 'w>(words: &'a [&'w str]) -> Option<&'a [&'w str]> {
    match words {
        ["pip" | "pip3" | "pip3.9" | "pip3.10" | "pip3.11", rest @ ..]
        | ["python" | "python3", "-m", "pip", rest @ ..] => Some(rest),
        _ => None,
    }
}

impl Walk<'_> {
    pub(super) fn pip(&self, arguments: &[&str], command: &Command) -> Outcome {
        let asked = |words: String, calls: Option<Vec<Call>>| Outcome::Asked(QuestionKind::Command, words, calls);
        let skipped = arguments.iter().take_while(|word| QUIET_OPTIONS.contains(word)).count();
        let install = match &arguments[skipped..] {
            ["install", rest @ ..] => self.install(rest),
            ["cache", "purge"] => return superfluous("it only cleans up"),
            _ => return asked("what it does with pip is not known".to_owned(), Some(vec![exec(command)])),
        };
        if let Some(unknown) = &install.unknown {
            let calls = (!install.itself).then(|| vec![exec(command)]);
            return asked(format!("`{unknown}` is not understood"), calls);
        }
        if install.itself && !install.kept.is_empty() {
            let words = format!("the build process installs the connector without {}", install.kept.join(" "));
            return asked(words, None);
        }
        if install.requirements.is_empty() {
            return superfluous(if install.itself {
                "the build process installs the connector"
            } else {
                "the base image has a current one"
            });
        }
        let mut words = vec!["pip", "install"];
        words.extend(install.is_upgrade.then_some("--upgrade"));
        words.extend(&install.kept);
        let words = words.into_iter().map(str::to_owned).chain(install.requirements).collect();
        Outcome::Carried(vec![Call::Exec(words)])
    }

    /// Whether a command installs the connector, or all that it needs.
    pub(super) fn installs_connector(&self, words: &[&str]) -> bool {
        if let ["poetry", "install", ..] = words {
            return true;
        }
        let Some(arguments) = pip_arguments(words) else { return false };
        let rest = arguments.iter().position(|word| *word == "install").map(|at| &arguments[at + 1..]);
        rest.is_some_and(|rest| self.install(rest).itself)
    }

    fn install<'w>(&self, words: &[&'w str]) -> Install<'w> {
        let mut install = Install::default();
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            match word {
                "-U" | "--upgrade" => install.is_upgrade = true,
                "--prefix" | "--timeout" | "--default-timeout" | "--retries" => drop(words.next()),
                "-e" | "--editable" => match words.next() {
                    Some(path) if is_itself(path) => install.itself = true,
                    other => install.unknown = Some(format!("{word} {}", other.unwrap_or_default())),
                },
                "-r" | "--requirement" => self.required(words.next().unwrap_or_default(), &mut install),
                "--no-binary" | "--only-binary" => {
                    install.kept.push(word);
                    install.kept.extend(words.next());
                }
                option if QUIET_OPTIONS.contains(&option) => {}
                option
                    if ["--prefix=", "--timeout=", "--default-timeout=", "--retries="]
                        .iter()
                        .any(|it| option.starts_with(it)) => {}
                option if KEPT_OPTIONS.contains(&option.split('=').next().unwrap_or(option)) => {
                    install.kept.push(option);
                }
                path if is_itself(path) => install.itself = true,
                tool if TOOLS.contains(&tool) => {}
                requirement if is_requirement(requirement) => install.requirements.push(requirement.to_owned()),
                other => install.unknown = Some(other.to_owned()),
            }
        }
        install
    }

    /// A file of requirements: the build process reads it where there is nothing else to install.
    fn required(&self, file: &str, install: &mut Install<'_>) {
        let has = |name: &str| self.files.text(name).is_some();
        let name = file.trim_start_matches("./");
        if name == "requirements.txt" && !has("setup.py") && !has("pyproject.toml") {
            install.itself = true;
            return;
        }
        let Some(text) = self.files.text(name) else {
            install.unknown = Some(format!("-r {file}"));
            return;
        };
        for line in text.lines().map(|line| line.split(" #").next().unwrap_or(line).trim()) {
            match line.strip_prefix("-e").map_or(line, str::trim) {
                "" => {}
                comment if comment.starts_with('#') => {}
                path if is_itself(path) => install.itself = true,
                requirement if is_requirement(requirement) => install.requirements.push(requirement.to_owned()),
                other => install.unknown = Some(format!("{other} in {name}")),
            }
        }
    }
}

/// Whether a path is the connector's own directory.
fn is_itself(path: &str) -> bool {
    matches!(path, "." | "./")
}

/// Whether this is what pip takes for a package of an index: a name, perhaps with extras and versions.
fn is_requirement(text: &str) -> bool {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let is_name =
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("?", |(_, rest)| rest.trim_start()),
        None => rest,
    };
    is_name && (rest.is_empty() || rest.starts_with(['=', '<', '>', '~', '!', ';']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_names_with_extras_and_versions() {
        for requirement in ["duckdb", "Cython<3.0", "pyyaml~=5.4", "a[b,c]==1", "a >= 1", "x.y_z-1"] {
            assert!(is_requirement(requirement), "{requirement}");
        }
        for other in
            ["./x", "git+https://example.com/x", "https://example.com/x.whl", "a b", "-x", ".[main]", "a@b", "a/"]
        {
            assert!(!is_requirement(other), "{other}");
        }
    }
}
