//! What a connector is installed from: told by its files, as the reference tells it.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::base::RepoPath;
use crate::edit::toml;

use super::error::RecipeError;

/// The files from which dependencies are installed, besides those that a packaging needs: what they say of themselves
/// is read from them.
const DESCRIPTIONS: [&str; 8] = [
    "pyproject.toml",
    "poetry.lock",
    "poetry.toml",
    "setup.py",
    "setup.cfg",
    "MANIFEST.in",
    "requirements.txt",
    "README.md",
];

/// The connector's file that starts it, unless its hooks say otherwise.
pub const MAIN_FILE: &str = "main.py";

/// A connector's directory, as far as a recipe asks for it.
pub trait Listing {
    /// The text of a file below the connector's directory; `None` if there is no such file.
    fn text(&self, path: &str) -> Option<String>;
    /// Whether this is a directory below the connector's.
    fn has_directory(&self, path: &str) -> bool;
}

/// How a connector's dependencies are written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packaging {
    /// `pyproject.toml` for poetry, usually with a lock file.
    Poetry,
    /// `pyproject.toml` that lists its dependencies: these requirements.
    Listed(Vec<String>),
    /// `pyproject.toml` whose dependencies only its build backend knows, which gets to see the whole connector.
    Backend,
    /// `setup.py`.
    SetupPy,
    /// `requirements.txt` alone.
    Requirements,
    /// Nothing to install.
    Nothing,
}

/// What a connector is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// How its dependencies are written down.
    pub packaging: Packaging,
    /// The files that the installation gets to see, below the connector's directory.
    pub descriptions: Vec<String>,
    /// Other projects of the repository that it is installed with.
    pub local: Vec<RepoPath>,
    /// The directory of its code, if it is there.
    pub package: Option<String>,
}

impl Sources {
    /// Reads the files of the connector whose directory is at `home`.
    ///
    /// # Errors
    /// A `pyproject.toml` that is no TOML; a dependency outside of the repository.
    pub fn read(home: &RepoPath, technical_name: &str, files: &dyn Listing) -> Result<Self, RecipeError> {
        let packaging = packaging(files)?;
        let present = |name: &&&str| files.text(name).is_some();
        let descriptions: Vec<String> = DESCRIPTIONS.iter().filter(present).map(|name| (*name).to_owned()).collect();
        let mut local = Vec::new();
        let read_from: &[&str] = match packaging {
            Packaging::Poetry | Packaging::Listed(_) | Packaging::Backend => &["pyproject.toml"],
            Packaging::SetupPy => &["setup.py"],
            Packaging::Requirements => &["requirements.txt"],
            Packaging::Nothing => &[],
        };
        for file in read_from {
            for path in local_paths(file, &files.text(file).unwrap_or_default()) {
                let found = resolve(home, &path).ok_or_else(|| RecipeError::Outside { file, path: path.clone() })?;
                if found != *home && !local.contains(&found) {
                    local.push(found);
                }
            }
        }
        let package = technical_name.replace('-', "_");
        let package = files.has_directory(&package).then_some(package);
        Ok(Self { packaging, descriptions, local, package })
    }
}

fn packaging(files: &dyn Listing) -> Result<Packaging, RecipeError> {
    if let Some(text) = files.text("pyproject.toml") {
        let document = toml::parse(&text).map_err(|error| RecipeError::Toml { why: error.to_string() })?;
        if let Some(packaging) = pyproject(&document) {
            return Ok(packaging);
        }
    }
    Ok(match (files.text("setup.py"), files.text("requirements.txt")) {
        (Some(_), _) => Packaging::SetupPy,
        (None, Some(_)) => Packaging::Requirements,
        (None, None) => Packaging::Nothing,
    })
}

/// What a `pyproject.toml` says; `None` for one that holds nothing but the settings of tools.
fn pyproject(document: &Value) -> Option<Packaging> {
    let backend = document.pointer("/build-system/build-backend").and_then(Value::as_str).unwrap_or_default();
    if document.pointer("/tool/poetry/name").is_some()
        || document.pointer("/tool/poetry/dependencies").is_some()
        || backend.starts_with("poetry")
    {
        return Some(Packaging::Poetry);
    }
    let project = document.get("project")?;
    let dynamic = |name: &str| {
        let listed = project.get("dynamic").and_then(Value::as_array);
        listed.is_some_and(|names| names.iter().any(|dynamic| dynamic == name))
    };
    if dynamic("dependencies") {
        return Some(Packaging::Backend);
    }
    let requirements = project.get("dependencies").and_then(Value::as_array).cloned().unwrap_or_default();
    let texts = requirements.iter().filter_map(|requirement| requirement.as_str().map(str::to_owned));
    Some(Packaging::Listed(texts.collect()))
}

/// The paths to other projects of the repository that a file of dependencies names.
fn local_paths(file: &str, text: &str) -> Vec<String> {
    static EDITABLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^\s*(?:-e\s*|--editable[ =]\s*)?(?:file:)?(\.{1,2}(?:/[^\s;#\[]*)?)")
            .expect("a pattern that compiles")
    });
    static CLIMBING: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:\.\./)+[A-Za-z0-9_.\-/]*").expect("a pattern that compiles"));
    static POETRY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\bpath\s*=\s*["']([^"']+)["']"#).expect("a pattern that compiles"));
    let whole = |found: regex::Match<'_>| found.as_str().trim_end_matches('/').to_owned();
    match file {
        "requirements.txt" => EDITABLE.captures_iter(text).filter_map(|found| found.get(1)).map(whole).collect(),
        // Code, which is only read: what climbs out of the connector beside a `file:` can be nothing else.
        "setup.py" if text.contains("file:") => CLIMBING.find_iter(text).map(whole).collect(),
        "pyproject.toml" => {
            let climbing = text.lines().filter(|line| line.contains("file:")).flat_map(|line| CLIMBING.find_iter(line));
            POETRY.captures_iter(text).filter_map(|found| found.get(1)).map(whole).chain(climbing.map(whole)).collect()
        }
        _ => Vec::new(),
    }
}

/// A path relative to a connector's directory, as one of the repository; `None` outside of it.
fn resolve(home: &RepoPath, path: &str) -> Option<RepoPath> {
    let mut parts: Vec<&str> = home.as_str().split('/').collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    RepoPath::new(&parts.join("/")).ok()
}
