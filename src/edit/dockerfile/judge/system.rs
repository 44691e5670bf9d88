//! The verdicts on what `apk` and `apt-get` do.

use super::command::exec;
use super::walk::{Outcome, Walk, superfluous};
use super::{Call, QuestionKind};
use crate::edit::dockerfile::packages::{bare, in_debian, is_everywhere, is_for_compiling, is_name};
use crate::edit::dockerfile::shell::Command;
use crate::edit::dockerfile::target::Family;

/// Options that say how, not what.
const QUIET_OPTIONS: [&str; 21] = [
    "--allow-downgrades",
    "--assume-yes",
    "--available",
    "--fix-missing",
    "--latest",
    "--no-cache",
    "--no-install-recommends",
    "--no-install-suggests",
    "--no-progress",
    "--quiet",
    "--update",
    "--update-cache",
    "--yes",
    "-U",
    "-a",
    "-q",
    "-qq",
    "-qqy",
    "-qy",
    "-y",
    "-yq",
];

/// What a package manager is asked for.
pub(super) struct Request<'w> {
    family: Family,
    verb: &'w str,
    /// The packages that it is about.
    pub(super) packages: Vec<&'w str>,
    /// The group that they are installed as, by which they can be removed.
    pub(super) group: Option<&'w str>,
    /// Whether packages that are only recommended stay out.
    is_strict: bool,
}

impl<'w> Request<'w> {
    /// What a command asks for, if it is one of a package manager; else the word that is not understood.
    pub(super) fn of(words: &[&'w str]) -> Option<Result<Self, String>> {
        match words {
            ["apk", rest @ ..] => Some(Self::read(Family::Alpine, rest)),
            ["apt-get" | "apt" | "aptitude", rest @ ..] => Some(Self::read(Family::Debian, rest)),
            _ => None,
        }
    }

    fn read(family: Family, words: &[&'w str]) -> Result<Self, String> {
        let is_strict = family == Family::Alpine || words.contains(&"--no-install-recommends");
        let mut request = Self { family, verb: "", packages: Vec::new(), group: None, is_strict };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let group = match (family, word) {
                (Family::Alpine, "-t" | "--virtual") => words.next(),
                (Family::Alpine, word) => word.strip_prefix("--virtual="),
                _ => None,
            };
            if group.is_some() {
                request.group = group;
            } else if !QUIET_OPTIONS.contains(&word) {
                match (is_name(word), request.verb) {
                    (false, _) => return Err(word.to_owned()),
                    (true, "") => request.verb = word,
                    (true, _) => request.packages.push(word),
                }
            }
        }
        if request.verb.is_empty() { Err("no command".to_owned()) } else { Ok(request) }
    }

    /// Whether it installs packages.
    pub(super) fn adds(&self) -> bool {
        matches!(self.verb, "add" | "install")
    }

    /// Whether it removes packages.
    pub(super) fn removes(&self) -> bool {
        matches!(self.verb, "del" | "remove" | "purge" | "autoremove")
    }
}

impl Walk<'_> {
    pub(super) fn system_packages(&self, request: Result<Request<'_>, String>, command: &Command) -> Outcome {
        let asked = |kind, words| Outcome::Asked(kind, words, Some(vec![exec(command)]));
        let request = match request {
            Ok(request) => request,
            Err(word) => return asked(QuestionKind::Package, format!("`{word}` is not understood")),
        };
        match request.verb {
            "update" | "upgrade" | "dist-upgrade" | "full-upgrade" | "clean" | "autoclean"
                if request.packages.is_empty() =>
            {
                superfluous("the base image is as new as its version")
            }
            "autoremove" if request.packages.is_empty() => superfluous("it only cleans up"),
            _ if request.adds() => self.installed(&request),
            _ if request.removes() => {
                let is_known =
                    |name: &&str| self.facts.added.contains(bare(name)) || is_for_compiling(bare(name), true);
                match request.packages.iter().find(|name| !is_known(name)) {
                    None => superfluous("it removes what is not installed any more"),
                    Some(name) => {
                        asked(QuestionKind::Package, format!("whether {name} may be in the image is not known"))
                    }
                }
            }
            other => asked(QuestionKind::Command, format!("`{other}` is not understood")),
        }
    }

    fn installed(&self, request: &Request<'_>) -> Outcome {
        let group_goes = request.group.is_some_and(|group| self.facts.removed.contains(group));
        let (mut carried, mut all, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        let mut for_build = false;
        for package in &request.packages {
            let name = bare(package);
            let names = [*package, name];
            let goes = self.in_builder() || group_goes || self.facts.removed.contains(name);
            let known = in_debian(package, request.family);
            let is_there = is_everywhere(name) || self.target.provides(name);
            if is_there || known.as_ref().is_some_and(|known| self.target.provides(known)) {
                continue;
            }
            if self.decisions.carries(&names) {
                carried.push(known.unwrap_or_else(|| name.to_owned()));
                continue;
            }
            let is_spared = is_for_compiling(name, goes) || self.decisions.ignores(&names);
            if is_spared || (goes && name == "git" && !self.fetches_with_git()) {
                continue;
            }
            for_build |= goes;
            all.push(known.clone().unwrap_or_else(|| name.to_owned()));
            match known {
                Some(known) if !goes || name == "git" => carried.push(known),
                _ => unknown.push(*package),
            }
        }
        let call = |names| vec![Call::Packages { names, and_recommended: !request.is_strict }];
        if unknown.is_empty() && carried.is_empty() {
            return superfluous("the base image has it, or dependencies that come as wheels do not need it");
        }
        if unknown.is_empty() {
            return Outcome::Carried(call(carried));
        }
        let unknown = unknown.join(", ");
        let words = if for_build {
            format!("whether an installation needs {unknown} is not known")
        } else {
            format!("what {unknown} is called in Debian 12 is not known")
        };
        carried.extend(all);
        carried.sort();
        carried.dedup();
        Outcome::Asked(QuestionKind::Package, words, Some(call(carried)))
    }

    /// Whether a dependency is fetched with git.
    fn fetches_with_git(&self) -> bool {
        let files = ["setup.py", "setup.cfg", "requirements.txt", "pyproject.toml", "poetry.lock"];
        let texts = files.iter().filter_map(|file| self.files.text(file));
        texts.into_iter().any(|text| text.contains("git+") || text.contains("git = ") || text.contains("git@"))
    }
}
