//! A connector's Python project: what must be installed before its tests can run, told by its files.
//!
//! Pure: the files come in as texts, what is laid out as a question.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::poetry;
use super::python::PythonConstraint;

/// Extras and groups of dependencies that tests need, by the names that connectors give them.
const FOR_TESTS: [&str; 4] = ["dev", "tests", "test", "main"];

/// The programs of acceptance tests that connectors name as a local dependency. Who has none of them still has unit tests.
const ACCEPTANCE_TESTS: [&str; 2] = ["connector-acceptance-test", "source-acceptance-test"];

/// The files that describe a Python project. `None` where one is not there.
#[derive(Debug, Clone, Default)]
pub(super) struct ProjectFiles {
    /// `pyproject.toml`, read.
    pub(super) pyproject: Option<Value>,
    /// `poetry.lock` or `uv.lock`, read.
    pub(super) lock: Option<Value>,
    /// `setup.py`.
    pub(super) setup_py: Option<String>,
    /// `requirements.txt`.
    pub(super) requirements_txt: Option<String>,
}

/// What is to be installed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Dependencies {
    /// What pip is asked for: the project itself with its extras, and what else its tests need.
    pub(super) requirements: Vec<String>,
    /// The lines of `requirements.txt` that pip is given besides.
    pub(super) lines: Option<String>,
    /// What versions are pinned, without being asked for.
    pub(super) pins: Vec<String>,
    /// Which Python it wants.
    pub(super) python: Option<PythonConstraint>,
    /// Directories of the repository that it needs, counted from the project's directory.
    pub(super) local: Vec<LocalDependency>,
    /// What was left out, in words, for the log.
    pub(super) notes: Vec<String>,
}

/// A directory of the repository that a project needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocalDependency {
    /// Where it is, counted from the project's directory.
    pub(super) path: String,
    /// The file that names it.
    pub(super) named_in: &'static str,
}

impl ProjectFiles {
    /// Whether there is any file at all.
    pub(super) fn is_empty(&self) -> bool {
        self.pyproject.is_none() && self.setup_py.is_none() && self.requirements_txt.is_none()
    }

    /// What is to be installed. `exists` says whether a path, counted from the project's directory, is laid out.
    pub(super) fn dependencies(&self, exists: impl Fn(&str) -> bool) -> Dependencies {
        let mut found = Dependencies { python: self.python(), ..Dependencies::default() };
        let is_package = self.setup_py.is_some() || self.pyproject.as_ref().is_some_and(is_package);
        if is_package {
            let extras = self.extras();
            found.requirements.push(if extras.is_empty() { ".".into() } else { format!(".[{}]", extras.join(",")) });
        }
        if let Some(pyproject) = &self.pyproject {
            found.groups(pyproject, is_package);
        }
        if let Some(text) = &self.requirements_txt {
            found.lines(text, is_package, &exists);
        }
        if let Some(text) = &self.setup_py {
            found.local.extend(file_urls(text).map(|path| LocalDependency { path, named_in: "setup.py" }));
        }
        found.requirements.push("pytest".to_owned());
        found.pins = self.lock.as_ref().map(poetry::pins).unwrap_or_default();
        found
    }

    fn python(&self) -> Option<PythonConstraint> {
        let pyproject = self.pyproject.as_ref();
        let of_toml = pyproject.and_then(|toml| {
            let standard = toml.pointer("/project/requires-python");
            standard.or_else(|| toml.pointer("/tool/poetry/dependencies/python"))?.as_str()
        });
        let of_setup = || Some(PYTHON_REQUIRES.captures(self.setup_py.as_deref()?)?.get(1)?.as_str());
        of_toml.or_else(of_setup).map(PythonConstraint::new)
    }

    /// The extras of the project that tests need.
    fn extras(&self) -> Vec<&'static str> {
        let declared = |name: &&str| match (&self.pyproject, &self.setup_py) {
            (Some(toml), _) if is_package(toml) => ["/project/optional-dependencies", "/tool/poetry/extras"]
                .iter()
                .any(|table| toml.pointer(table).is_some_and(|table| table.get(*name).is_some())),
            (_, Some(setup)) => names_extra(setup, name),
            _ => false,
        };
        FOR_TESTS.into_iter().filter(declared).collect()
    }
}

static PYTHON_REQUIRES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"python_requires\s*=\s*["']([^"'\n]*)["']"#).expect("the pattern is valid"));

static FILE_URL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"@\s*file:(?://)?(?:\{[^}]*\})?([^"'\s#;]+)"#).expect("the pattern is valid"));

/// Whether a `setup.py` has an extra of this name, told by the text behind `extras_require`.
fn names_extra(setup: &str, name: &str) -> bool {
    let declared = setup.find("extras_require").map(|at| &setup[at..]);
    declared.is_some_and(|text| text.contains(&format!("\"{name}\"")) || text.contains(&format!("'{name}'")))
}

/// Whether pip can install the directory of a `pyproject.toml`: it is not only the settings of some tool.
fn is_package(toml: &Value) -> bool {
    let poetry = toml.pointer("/tool/poetry");
    let is_switched_off = poetry.and_then(|poetry| poetry.get("package-mode")) == Some(&Value::Bool(false));
    !is_switched_off && (poetry.is_some() || toml.get("project").is_some() || toml.get("build-system").is_some())
}

impl Dependencies {
    /// The groups of a `pyproject.toml`, which pip does not know.
    fn groups(&mut self, toml: &Value, is_package: bool) {
        let of_poetry = |pointer: String| toml.pointer(&pointer).and_then(Value::as_object);
        let mut tables: Vec<&Map<String, Value>> = Vec::new();
        if !is_package {
            tables.extend(of_poetry("/tool/poetry/dependencies".into()));
            let standard = toml.pointer("/project/dependencies").and_then(Value::as_array);
            self.requirements.extend(standard.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
        tables.extend(of_poetry("/tool/poetry/dev-dependencies".into()));
        tables.extend(FOR_TESTS.iter().filter_map(|name| of_poetry(format!("/tool/poetry/group/{name}/dependencies"))));
        for table in tables {
            let (requirements, paths) = poetry::requirements(table);
            self.requirements.extend(requirements);
            for found in paths {
                if ACCEPTANCE_TESTS.contains(&found.name.as_str()) {
                    self.notes.push(format!("{} of pyproject.toml is left out", found.name));
                    continue;
                }
                self.requirements.push(found.path.clone());
                self.local.push(LocalDependency { path: found.path, named_in: "pyproject.toml" });
            }
        }
        if is_package && let Some(table) = of_poetry("/tool/poetry/dependencies".into()) {
            let paths = poetry::requirements(table).1.into_iter().map(|found| found.path);
            self.local.extend(paths.map(|path| LocalDependency { path, named_in: "pyproject.toml" }));
        }
        if let Some(groups) = toml.get("dependency-groups").and_then(Value::as_object) {
            for name in FOR_TESTS {
                group(groups, name, &mut self.requirements, 0);
            }
        }
    }

    /// The lines of `requirements.txt`, without the project itself, which is asked for with its extras.
    fn lines(&mut self, text: &str, is_package: bool, exists: &impl Fn(&str) -> bool) {
        let mut kept = String::new();
        for line in text.lines() {
            let Some(path) = local_path(line) else {
                kept.push_str(line);
                kept.push('\n');
                continue;
            };
            let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            if is_package && matches!(path.trim_end_matches('/'), "." | "") {
                continue;
            }
            if ACCEPTANCE_TESTS.contains(&name) && !exists(path) {
                self.notes.push(format!("{path} of requirements.txt is not laid out, and left out"));
                continue;
            }
            self.local.push(LocalDependency { path: path.to_owned(), named_in: "requirements.txt" });
            kept.push_str(line);
            kept.push('\n');
        }
        let says_something = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        self.lines = kept.lines().any(says_something).then_some(kept);
    }
}

/// A group of PEP 735 with those that it includes.
fn group(groups: &Map<String, Value>, name: &str, requirements: &mut Vec<String>, depth: usize) {
    const DEEPEST: usize = 8;
    for item in groups.get(name).and_then(Value::as_array).into_iter().flatten() {
        if let Some(text) = item.as_str() {
            requirements.push(text.to_owned());
        } else if let Some(included) = item.get("include-group").and_then(Value::as_str).filter(|_| depth < DEEPEST) {
            group(groups, included, requirements, depth + 1);
        }
    }
}

/// The directory that a line of `requirements.txt` names: `-e ../../bases/x`, `.`, `./x[extra]`.
fn local_path(line: &str) -> Option<&str> {
    let text = line.split(" #").next().unwrap_or_default().trim();
    let editable = text.strip_prefix("--editable").or_else(|| text.strip_prefix("-e"));
    let path = editable.unwrap_or(text).trim_start_matches('=').trim();
    let path = path.split(['[', ';']).next().unwrap_or_default().trim();
    let path = path.strip_prefix("file:").map_or(path, |rest| rest.trim_start_matches("//"));
    (path == "." || path == ".." || path.starts_with("./") || path.starts_with("../")).then_some(path)
}

/// Directories that a `setup.py` names as `x @ file:…`; those with an absolute path are of some other machine.
fn file_urls(setup: &str) -> impl Iterator<Item = String> + '_ {
    let found = FILE_URL.captures_iter(setup).filter_map(|found| Some(found.get(1)?.as_str()));
    found.filter(|path| path.starts_with("../") || path.starts_with("./")).map(str::to_owned)
}
