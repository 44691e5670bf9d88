//! The commands that make a virtual environment and fill it: by pip, or by uv where there is one. Only arguments.

use camino::{Utf8Path, Utf8PathBuf};

use super::project::Dependencies;

/// What installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::action) enum Installer {
    /// The interpreter's own `venv` and `pip`.
    Pip,
    /// `uv`.
    Uv,
}

/// Where packages come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PackageSources {
    /// Whether no index is asked, but only what `find_links` names.
    pub(super) no_index: bool,
    /// Directories of wheels, and pages with links to packages.
    pub(super) find_links: Vec<String>,
    /// The caches that all connectors share.
    pub(super) cache: Utf8PathBuf,
}

/// A program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// The program.
    pub(super) program: String,
    /// Its arguments.
    pub(super) args: Vec<String>,
}

impl Call {
    pub(super) fn new<Arg: Into<String>>(program: impl Into<String>, args: impl IntoIterator<Item = Arg>) -> Self {
        Self { program: program.into(), args: args.into_iter().map(Into::into).collect() }
    }
}

/// A virtual environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Environment {
    /// Its directory.
    pub(super) root: Utf8PathBuf,
}

impl Environment {
    /// The directory of its programs.
    pub(super) fn programs(&self) -> Utf8PathBuf {
        self.root.join("bin")
    }

    /// Its interpreter.
    pub(super) fn python(&self) -> Utf8PathBuf {
        self.programs().join("python")
    }
}

impl Installer {
    /// Makes the environment.
    pub(super) fn make(self, python: &str, environment: &Environment, cache: &Utf8Path) -> Call {
        let root = environment.root.as_str();
        match self {
            Self::Pip => Call::new(python, ["-m", "venv", root]),
            Self::Uv => {
                let cache = cache.join("uv");
                let uv = ["venv", "--no-python-downloads", "--python", python, "--cache-dir", cache.as_str()];
                Call::new("uv", uv.into_iter().chain([root]))
            }
        }
    }

    /// Installs what a project needs. `constraints` and `lines` are files with the pins and the lines of requirements.
    pub(super) fn install(
        self,
        environment: &Environment,
        dependencies: &Dependencies,
        sources: &PackageSources,
        (constraints, lines): (Option<&Utf8Path>, Option<&Utf8Path>),
    ) -> Call {
        let python = environment.python();
        let mut call = match self {
            Self::Pip => {
                let cache = sources.cache.join("pip");
                let options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--cache-dir"];
                let pip = ["-m", "pip", "install"].into_iter().chain(options).chain([cache.as_str()]);
                Call::new(python, pip)
            }
            Self::Uv => {
                let cache = sources.cache.join("uv");
                let uv = ["pip", "install", "--no-progress", "--color", "never", "--cache-dir", cache.as_str()];
                Call::new("uv", uv.into_iter().chain(["--python", python.as_str()]))
            }
        };
        let mut add = |option: &str, value: &str| call.args.extend([option.to_owned(), value.to_owned()]);
        for place in &sources.find_links {
            add("--find-links", place);
        }
        if let Some(file) = constraints {
            add("-c", file.as_str());
        }
        if let Some(file) = lines {
            add("-r", file.as_str());
        }
        if sources.no_index {
            call.args.push("--no-index".to_owned());
        }
        call.args.extend(dependencies.requirements.iter().cloned());
        call
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pip_and_uv_are_asked_for_the_same() {
        let environment = Environment { root: "/s/venv".into() };
        let dependencies =
            Dependencies { requirements: vec![".[tests]".into(), "pytest".into()], ..Dependencies::default() };
        let sources = PackageSources {
            no_index: true,
            find_links: vec!["/wheels".into(), "/more".into()],
            cache: "/cache".into(),
        };
        let files = (Some(Utf8Path::new("/s/c.txt")), None);
        let pip = Installer::Pip.install(&environment, &dependencies, &sources, files);
        let common = "--find-links /wheels --find-links /more -c /s/c.txt --no-index .[tests] pytest";
        assert_eq!(
            format!("{} {}", pip.program, pip.args.join(" ")),
            format!(
                "/s/venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off --cache-dir /cache/pip {common}"
            )
        );
        let uv = Installer::Uv.install(&environment, &dependencies, &sources, files);
        assert_eq!(
            format!("{} {}", uv.program, uv.args.join(" ")),
            format!(
                "uv pip install --no-progress --color never --cache-dir /cache/uv --python /s/venv/bin/python {common}"
            )
        );
        assert_eq!(Installer::Pip.make("python3.9", &environment, "/cache".into()).args, ["-m", "venv", "/s/venv"]);
    }
}
