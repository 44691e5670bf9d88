//! What a connector's directory has for its tests: its project, its suites, the secrets that they name.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};
use regex::Regex;
use serde_json::Value;

use crate::action::failure::in_file;
use crate::base::RepoPath;
use crate::edit::toml;
use crate::event::{Failure, FailureClass};

use super::project::ProjectFiles;
use super::suite::Suite;

/// Larger files are not looked into.
const LARGEST: u64 = 10 << 20;

/// Deeper folders are not looked into.
const DEEPEST: usize = 6;

/// A path to a secret, as tests and configurations spell it.
static SECRET_PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\bsecrets/([A-Za-z0-9_.-]+)|["']secrets["']"#).expect("the pattern is valid"));

/// A connector's directory, looked at.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    directory: Utf8PathBuf,
    /// Where the project is: the directory itself, or `unit_tests` of a connector that has no code of its own.
    pub(super) home: Utf8PathBuf,
    /// The files that describe it.
    pub(super) project: ProjectFiles,
}

impl Layout {
    /// Looks at a directory. `path` is what messages call it.
    ///
    /// # Errors
    /// A file that cannot be read or is no TOML.
    pub(super) fn of(directory: &Utf8Path, path: &RepoPath) -> Result<Self, Failure> {
        let own = project(directory, path)?;
        let tests = directory.join(Suite::Unit.place());
        if own.is_empty()
            && let Ok(below) = path.join(Suite::Unit.place())
        {
            let of_tests = project(&tests, &below)?;
            if !of_tests.is_empty() {
                return Ok(Self { directory: directory.to_owned(), home: tests, project: of_tests });
            }
        }
        Ok(Self { directory: directory.to_owned(), home: directory.to_owned(), project: own })
    }

    /// Why a suite has nothing to run, told by what is there.
    pub(super) fn absent(&self, suite: Suite) -> Option<String> {
        let place = self.directory.join(suite.place());
        let is_there = if suite == Suite::Acceptance { place.is_file() } else { place.is_dir() };
        (!is_there).then(|| match suite {
            Suite::Acceptance => format!("no {}", suite.place()),
            Suite::Unit | Suite::Integration => format!("no {} folder", suite.place()),
        })
    }

    /// The secrets that a suite's files name, such as `secrets/config.json`; `secrets` where they do not say which.
    pub(super) fn wanted_secrets(&self, suite: Suite) -> BTreeSet<String> {
        let mut wanted = BTreeSet::new();
        let place = self.directory.join(suite.place());
        match suite {
            Suite::Acceptance => mentions(&place, &mut wanted),
            Suite::Unit | Suite::Integration => walk(&place, 0, &mut |file| {
                // The fixtures of acceptance tests have their own suite.
                if file.extension() == Some("py") && file.file_name() != Some("acceptance.py") {
                    mentions(file, &mut wanted);
                }
            }),
        }
        wanted
    }

    /// The configuration of pytest that counts for a suite.
    pub(super) fn pytest_configuration(&self, suite: Suite) -> Option<Utf8PathBuf> {
        let folder = self.directory.join(suite.place());
        let directories =
            if suite == Suite::Acceptance { vec![&self.directory] } else { vec![&folder, &self.directory] };
        let files = [
            ("pytest.ini", ""),
            (".pytest.ini", ""),
            ("pyproject.toml", "[tool.pytest"),
            ("tox.ini", "[pytest]"),
            ("setup.cfg", "[tool:pytest]"),
        ];
        let mut places =
            directories.into_iter().flat_map(|directory| files.map(|(name, mark)| (directory.join(name), mark)));
        places
            .find(|(file, mark)| text(file).ok().flatten().is_some_and(|text| text.contains(mark)))
            .map(|(file, _)| file)
    }
}

fn project(directory: &Utf8Path, path: &RepoPath) -> Result<ProjectFiles, Failure> {
    let read = |name: &str| {
        let file = directory.join(name);
        text(&file)
            .map_err(|error| Failure::new(FailureClass::Machine, format!("failed to read {path}/{name}: {error}")))
    };
    let read_toml = |name: &str| -> Result<Option<Value>, Failure> {
        let Some(text) = read(name)? else { return Ok(None) };
        let file = path.join(name).map_err(|error| Failure::new(FailureClass::Edit, error.to_string()))?;
        toml::parse(&text).map(Some).map_err(|error| in_file(&file, &error))
    };
    let lock = match read_toml("poetry.lock")? {
        Some(lock) => Some(lock),
        None => read_toml("uv.lock")?,
    };
    Ok(ProjectFiles {
        pyproject: read_toml("pyproject.toml")?,
        lock,
        setup_py: read("setup.py")?,
        requirements_txt: read("requirements.txt")?,
    })
}

/// A file's text; `None` where there is no such file.
fn text(file: &Utf8Path) -> io::Result<Option<String>> {
    match fs::metadata(file) {
        Ok(facts) if facts.is_file() && facts.len() <= LARGEST => {
            Ok(Some(String::from_utf8_lossy(&fs::read(file)?).into_owned()))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound || error.kind() == io::ErrorKind::NotADirectory => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn mentions(file: &Utf8Path, wanted: &mut BTreeSet<String>) {
    let Ok(Some(text)) = text(file) else { return };
    for found in SECRET_PATH.captures_iter(&text) {
        wanted.insert(match found.get(1) {
            Some(name) => format!("secrets/{}", name.as_str().trim_end_matches('.')),
            None => "secrets".to_owned(),
        });
    }
}

/// Visits every file below a folder, without following links.
fn walk(folder: &Utf8Path, depth: usize, visit: &mut impl FnMut(&Utf8Path)) {
    let Ok(entries) = folder.read_dir_utf8() else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_file() {
            visit(entry.path());
        } else if kind.is_dir() && depth < DEEPEST {
            walk(entry.path(), depth + 1, visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Layout, Failure>) {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        for (name, content) in files {
            let file = root.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        let layout = Layout::of(root, &RepoPath::new("connectors/source-a").unwrap());
        (directory, layout)
    }

    #[test]
    fn suites_and_the_secrets_that_they_name_are_found() {
        let (_guard, layout) = layout(&[
            ("setup.py", ""),
            ("unit_tests/test_a.py", "import secrets\nsecrets.token_hex()"),
            ("integration_tests/deep/test_b.py", "open('secrets/config.json'); Path('secrets') / 'x'"),
            ("integration_tests/acceptance.py", "'secrets/other.json'"),
            ("acceptance-test-config.yml", "config_path: secrets/oauth_config.json\n"),
        ]);
        let layout = layout.unwrap();
        let wanted = |suite| layout.wanted_secrets(suite).into_iter().collect::<Vec<_>>();
        assert!(wanted(Suite::Unit).is_empty());
        assert_eq!(wanted(Suite::Integration), ["secrets", "secrets/config.json"]);
        assert_eq!(wanted(Suite::Acceptance), ["secrets/oauth_config.json"]);
        assert_eq!(Suite::ALL.map(|suite| layout.absent(suite)), [None, None, None]);
    }

    #[test]
    fn what_is_not_there_is_said() {
        let (_guard, layout) = layout(&[("unit_tests", "a file")]);
        let layout = layout.unwrap();
        let said = Suite::ALL.map(|suite| layout.absent(suite).unwrap());
        assert_eq!(said, ["no unit_tests folder", "no integration_tests folder", "no acceptance-test-config.yml"]);
    }

    #[test]
    fn a_connector_without_code_has_its_project_beside_its_tests() {
        let (_guard, layout) =
            layout(&[("manifest.yaml", ""), ("unit_tests/pyproject.toml", "[tool.poetry]\nname = 'x'")]);
        let layout = layout.unwrap();
        assert_eq!(layout.home.file_name(), Some("unit_tests"));
        assert!(layout.project.pyproject.is_some());
    }

    #[test]
    fn the_nearest_configuration_of_pytest_counts_and_others_do_not() {
        let (_guard, layout) = layout(&[
            ("setup.cfg", "[flake8]\n"),
            ("pyproject.toml", "[tool.pytest.ini_options]\n"),
            ("integration_tests/pytest.ini", "[pytest]\n"),
        ]);
        let layout = layout.unwrap();
        let name = |suite| layout.pytest_configuration(suite).unwrap().file_name().unwrap().to_owned();
        assert_eq!((name(Suite::Unit), name(Suite::Integration)), ("pyproject.toml".into(), "pytest.ini".into()));
    }

    #[test]
    fn toml_that_is_none_names_its_file() {
        let (_guard, layout) = layout(&[("pyproject.toml", "[broken")]);
        assert!(layout.unwrap_err().message.starts_with("connectors/source-a/pyproject.toml: "));
    }
}
