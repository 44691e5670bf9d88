//! The verdicts on what `COPY` and `ADD` bring.

use parse_dockerfile::{AddInstruction, CopyInstruction, Flag, Source};

use super::command::is_utc_file;
use super::facts::absolute;
use super::walk::{Outcome, Walk, superfluous};
use super::{Call, QuestionKind};

/// What the build process takes to install the connector.
const FOR_INSTALLING: [&str; 6] =
    ["README.md", "poetry.lock", "poetry.toml", "pyproject.toml", "requirements.txt", "setup.py"];

/// What no connector needs when it runs.
const NOT_RUN: [&str; 20] = [
    ".coveragerc",
    ".dockerignore",
    ".gitignore",
    "BOOTSTRAP.md",
    "CHANGELOG.md",
    "Dockerfile",
    "LICENSE",
    "acceptance-test-config.yml",
    "acceptance-test-docker.sh",
    "bootstrap.md",
    "build.gradle",
    "build_customization.py",
    "docs",
    "icon.svg",
    "integration_tests",
    "metadata.yaml",
    "pytest.ini",
    "requirements-dev.txt",
    "tests",
    "unit_tests",
];

/// A directory with more files than this is no matter for a hook.
const MOST_FILES: usize = 12;

impl Walk<'_> {
    pub(super) fn copy(&mut self, copy: &CopyInstruction<'_>) {
        let at = copy.copy.span.start;
        self.brought(at, &copy.options, &copy.src, &copy.dest.value, false);
    }

    pub(super) fn add(&mut self, add: &AddInstruction<'_>) {
        let at = add.add.span.start;
        self.brought(at, &add.options, &add.src, &add.dest.value, true);
    }

    fn brought(&mut self, at: usize, options: &[Flag<'_>], sources: &[Source<'_>], to: &str, is_add: bool) {
        let text = self.statement(at);
        let mut from = None;
        for flag in options {
            match flag.name.value.as_ref() {
                "from" => from = flag.value.as_ref().map(|value| value.value.to_string()),
                "link" => {}
                other => {
                    let words = format!("the option --{other} has no counterpart in the build process");
                    return self.settle(at, text, &[], Outcome::Asked(QuestionKind::Copy, words, None));
                }
            }
        }
        let path = |source: &Source<'_>| match source {
            Source::Path(path) => self.expanded(&path.value),
            _ => None,
        };
        let paths: Option<Vec<String>> = sources.iter().map(path).collect();
        let (Some(paths), Some(to)) = (paths, self.expanded(to)) else {
            let words = "what it copies stands in a here-document or in a variable that is not known".to_owned();
            return self.settle(at, text, &[], Outcome::Asked(QuestionKind::Copy, words, None));
        };
        let outcome = match from {
            Some(from) => self.out_of_stage(&from, &paths, &to),
            None if is_add && paths.iter().any(|path| is_fetched_or_unpacked(path)) => {
                Outcome::Asked(QuestionKind::Copy, "it fetches or unpacks something".to_owned(), None)
            }
            None => self.out_of_connector(&paths, &to),
        };
        self.settle(at, text, &[], outcome);
    }

    /// What is copied out of another stage or image.
    fn out_of_stage(&mut self, from: &str, paths: &[String], to: &str) -> Outcome {
        let to = absolute(self.workdir(), to);
        if let [zone] = paths
            && is_utc_file(zone)
            && to == "/etc/localtime"
        {
            return superfluous("the base image has this time zone");
        }
        let stage = self.facts.stages.source(from).filter(|stage| *stage < self.states.len());
        let prefixes = stage.map(|stage| self.states[stage].prefixes.clone()).unwrap_or_default();
        let clean = |path: &str| absolute("/", path.trim_end_matches("/."));
        if let [prefix] = paths
            && prefixes.contains(&clean(prefix))
            && (to == "/usr/local" || to == clean(prefix))
        {
            if !self.in_builder() {
                self.is_installed = true;
            }
            return superfluous("the build process installs the connector");
        }
        let words = format!("a hook cannot copy out of {from}");
        Outcome::Asked(QuestionKind::Copy, words, None)
    }

    /// What is copied out of the connector's directory.
    fn out_of_connector(&self, paths: &[String], to: &str) -> Outcome {
        let is_directory = to.ends_with('/') || matches!(to, "." | "..") || to.ends_with("/.") || paths.len() > 1;
        let to = absolute(self.workdir(), to);
        // The builder's working directory is where it installs from.
        let root = if self.in_builder() { self.workdir() } else { &self.facts.home };
        let (mut files, mut left, mut may_carry) = (Vec::new(), Vec::new(), !self.in_builder());
        for path in paths {
            let path = absolute("/", path).trim_start_matches('/').to_owned();
            if path.is_empty() {
                // Far more than the connector needs: only a person knows which of it.
                left.extend(if to == root { self.others_at_top() } else { vec![".".to_owned()] });
                may_carry = false;
            } else if !self.is_built_in(&path, &to, root, is_directory) {
                let placed = self.placed(&path, &to, is_directory);
                may_carry &= !placed.is_empty();
                files.extend(placed);
                left.push(path);
            }
        }
        if left.is_empty() {
            return superfluous("the build process copies it");
        }
        may_carry &= files.len() <= MOST_FILES && files.iter().all(|(source, _)| self.files.text(source).is_some());
        if may_carry {
            let call = |(source, path): (String, String)| Call::File { path: self.moved(&path), source };
            return Outcome::Carried(files.into_iter().map(call).collect());
        }
        let words = format!("the build process does not copy {}", left.join(", "));
        Outcome::Asked(QuestionKind::Copy, words, None)
    }

    /// Whether the build process copies a file, or its package, to where it is copied here.
    fn is_built_in(&self, path: &str, to: &str, root: &str, is_directory: bool) -> bool {
        let name = path.trim_end_matches('*');
        if name == self.files.package() {
            // The content of a directory is copied, not the directory.
            return path == name && to == absolute(root, name);
        }
        let file = if is_directory { absolute(to, name) } else { to.to_owned() };
        let is_known = FOR_INSTALLING.contains(&name) || (name == self.facts.main && path == name);
        is_known && file == absolute(root, name)
    }

    /// The files that a source stands for, each with its path in the image.
    fn placed(&self, source: &str, to: &str, is_directory: bool) -> Vec<(String, String)> {
        let below = self.files.below(source);
        if below.is_empty() {
            if self.files.text(source).is_none() {
                return Vec::new();
            }
            let name = source.rsplit('/').next().unwrap_or(source);
            let path = if is_directory { absolute(to, name) } else { to.to_owned() };
            return vec![(source.to_owned(), path)];
        }
        let inside = |file: &String| file[source.len()..].trim_start_matches('/').to_owned();
        below.iter().map(|file| (file.clone(), absolute(to, &inside(file)))).collect()
    }

    /// What lies at the top of the connector's directory, gets into the image with `COPY .`, and is not copied by the
    /// build process.
    fn others_at_top(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.files.below("").iter().map(|path| path.split('/').next().unwrap_or(path).to_owned()).collect();
        names.sort();
        names.dedup();
        let ignored = self.files.text(".dockerignore").unwrap_or_default();
        names.retain(|name| {
            let known = FOR_INSTALLING.contains(&name.as_str()) || NOT_RUN.contains(&name.as_str());
            let is_code = name == self.files.package() || *name == self.facts.main;
            !known && !is_code && !is_ignored(&ignored, name)
        });
        names
    }
}

fn is_fetched_or_unpacked(path: &str) -> bool {
    let archives = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz"];
    path.contains("://") || path.starts_with("git@") || archives.iter().any(|end| path.ends_with(end))
}

/// Whether a `.dockerignore` keeps something at the top out of the image. Patterns that are more than a name or `*` are
/// taken to keep nothing out, so that nothing is overlooked.
fn is_ignored(patterns: &str, name: &str) -> bool {
    let mut ignored = false;
    for line in patterns.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (pattern, keeps_out) = line.strip_prefix('!').map_or((line, true), |pattern| (pattern, false));
        let pattern = pattern.trim_start_matches("./").trim_matches('/');
        let first = pattern.split('/').next().unwrap_or(pattern);
        // What lies below a name brings the name into the image again.
        let matches = pattern == "*" || pattern == "**" || pattern == name || (!keeps_out && first == name);
        if matches || (!keeps_out && first.contains('*')) {
            ignored = keeps_out;
        }
    }
    ignored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerignore_keeps_out_what_it_names_last() {
        let usual = "*\n!Dockerfile\n!main.py\n!source_x/data\n";
        assert!(is_ignored(usual, "secrets") && !is_ignored(usual, "main.py") && !is_ignored(usual, "source_x"));
        assert!(!is_ignored("*.pyc\n# x\n", "x") && is_ignored("/x/\n", "x") && !is_ignored("*\n!*.py\n", "x"));
    }
}
