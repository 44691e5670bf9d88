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

/// A sub-command with the packages that it is about.
struct Request<'w> {
    verb: &'w str,
    packages: Vec<&'w str>,
    /// Whether they are removed again by name of their group.
    is_temporary: bool,
}

impl Walk<'_> {
    pub(super) fn system_packages(&self, family: Family, words: &[&str], command: &Command) -> Outcome {
        let fallback = || Some(vec![exec(command)]);
        let request = match self.request(family, words) {
            Ok(request) => request,
            Err(word) => {
                return Outcome::Asked(QuestionKind::Package, format!("`{word}` is not understood"), fallback());
            }
        };
        let Request { verb, packages, is_temporary } = request;
        match verb {
            "update" | "upgrade" | "dist-upgrade" | "full-upgrade" | "clean" | "autoclean" if packages.is_empty() => {
                superfluous("the base image is as new as its version")
            }
            "autoremove" if packages.is_empty() => superfluous("it only cleans up"),
            "add" | "install" => self.installed(family, &packages, is_temporary),
            "del" | "remove" | "purge" | "autoremove" => {
                let gone = |name: &&str| {
                    self.facts.temporary.contains(*name) && name.starts_with('.') || is_for_compiling(bare(name), true)
                };
                match packages.iter().find(|name| !gone(name)) {
                    None => superfluous("it removes what only served to compile"),
                    Some(name) => {
                        let words = format!("whether {name} may be in the image is not known");
                        Outcome::Asked(QuestionKind::Package, words, fallback())
                    }
                }
            }
            other => Outcome::Asked(QuestionKind::Command, format!("`{other}` is not understood"), fallback()),
        }
    }

    /// What is asked of a package manager, or the word that is not understood.
    fn request<'w>(&self, family: Family, words: &[&'w str]) -> Result<Request<'w>, String> {
        let mut request = Request { verb: "", packages: Vec::new(), is_temporary: false };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let group = match (family, word) {
                (Family::Alpine, "-t" | "--virtual") => words.next(),
                (Family::Alpine, word) => word.strip_prefix("--virtual="),
                _ => None,
            };
            if let Some(group) = group {
                request.is_temporary = self.facts.temporary.contains(group);
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

    fn installed(&self, family: Family, packages: &[&str], is_temporary: bool) -> Outcome {
        let for_build = self.in_builder() || is_temporary;
        let (mut carried, mut all, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        for package in packages {
            let name = bare(package);
            let names = [*package, name];
            let known = in_debian(package, family);
            let is_there = is_everywhere(name) || self.target.provides(name);
            if is_there || known.as_ref().is_some_and(|known| self.target.provides(known)) {
                continue;
            }
            if self.decisions.carries(&names) {
                carried.push(known.unwrap_or_else(|| name.to_owned()));
                continue;
            }
            let is_spared = is_for_compiling(name, for_build) || self.decisions.ignores(&names);
            if is_spared || (for_build && name == "git" && !self.fetches_with_git()) {
                continue;
            }
            all.push(known.clone().unwrap_or_else(|| name.to_owned()));
            match known {
                Some(known) if !for_build || name == "git" => carried.push(known),
                _ => unknown.push(*package),
            }
        }
        if unknown.is_empty() {
            return if carried.is_empty() {
                superfluous(if for_build {
                    "what only serves to compile is not needed where dependencies come as wheels"
                } else {
                    "the base image has it, or it only serves to compile"
                })
            } else {
                Outcome::Carried(vec![Call::Packages(carried)])
            };
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
        Outcome::Asked(QuestionKind::Package, words, Some(vec![Call::Packages(carried)]))
    }

    /// Whether a dependency is fetched with git.
    fn fetches_with_git(&self) -> bool {
        let files = ["setup.py", "setup.cfg", "requirements.txt", "pyproject.toml", "poetry.lock"];
        let texts = files.iter().filter_map(|file| self.files.text(file));
        texts.into_iter().any(|text| text.contains("git+") || text.contains("git = ") || text.contains("git@"))
    }
}
