//! What Poetry's and uv's files say of dependencies, in the form that pip reads.
//!
//! Neither tool is asked for: what the lock file pins becomes constraints, and the groups for development, which pip
//! does not know, become requirements.

use serde_json::{Map, Value};

/// The pins of a lock file, as constraints: `name==version`.
///
/// A package that is locked in several versions (one for each Python, say) is left to pip, and so is one that comes
/// from elsewhere than an index.
pub(super) fn pins(lock: &Value) -> Vec<String> {
    let packages = lock.get("package").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let name = |package: &Value| package.get("name").and_then(Value::as_str).map(normal);
    let mut pins = Vec::new();
    for package in packages {
        let (Some(own), Some(version)) = (name(package), package.get("version").and_then(Value::as_str)) else {
            continue;
        };
        let is_only = packages.iter().filter(|other| name(other).as_deref() == Some(&own)).count() == 1;
        if is_only && is_of_an_index(package) && is_version(version) {
            pins.push(format!("{own}=={version}"));
        }
    }
    pins
}

/// Whether pip could find it in an index: Poetry names no source then, or a legacy one; uv names a registry.
fn is_of_an_index(package: &Value) -> bool {
    match package.get("source") {
        None | Some(Value::Null) => true,
        Some(source) => {
            source.get("registry").is_some() || source.get("type").and_then(Value::as_str) == Some("legacy")
        }
    }
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || ".+!-_".contains(letter))
}

/// A project's name as all spell it: lower case, with dashes.
fn normal(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// A table of Poetry's dependencies as requirements for pip. What cannot be said to pip (a path, a repository) is told
/// apart.
pub(super) fn requirements(table: &Map<String, Value>) -> (Vec<String>, Vec<PoetryPath>) {
    let mut found = Vec::new();
    let mut paths = Vec::new();
    for (name, value) in table.iter().filter(|(name, _)| *name != "python") {
        // Several constraints, each for some Pythons.
        let alternatives = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for alternative in alternatives {
            match requirement(name, alternative) {
                Requirement::Index(text) => found.push(text),
                Requirement::Path(path) => paths.push(PoetryPath { name: name.clone(), path }),
                Requirement::Optional => {}
            }
        }
    }
    (found, paths)
}

/// A dependency that lies in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PoetryPath {
    /// What it is called.
    pub(super) name: String,
    /// Where it is, counted from the project.
    pub(super) path: String,
}

enum Requirement {
    Index(String),
    Path(String),
    Optional,
}

fn requirement(name: &str, value: &Value) -> Requirement {
    let Value::Object(fields) = value else {
        return Requirement::Index(format!("{name}{}", specifier(value.as_str().unwrap_or("*"))));
    };
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    if fields.get("optional") == Some(&Value::Bool(true)) {
        return Requirement::Optional;
    }
    if let Some(path) = text("path") {
        return Requirement::Path(path.to_owned());
    }
    let extras: Vec<&str> =
        fields.get("extras").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    let source = if let Some(url) = text("git") {
        let revision = ["rev", "tag", "branch"].iter().find_map(|key| text(key));
        format!(" @ git+{url}{}", revision.map_or_else(String::new, |revision| format!("@{revision}")))
    } else if let Some(url) = text("url") {
        format!(" @ {url}")
    } else {
        specifier(text("version").unwrap_or("*"))
    };
    let mut markers: Vec<String> = text("markers").map(|markers| format!("({markers})")).into_iter().collect();
    markers.extend(text("python").and_then(python_marker));
    let markers = if markers.is_empty() { String::new() } else { format!(" ; {}", markers.join(" and ")) };
    Requirement::Index(format!("{name}{extras}{source}{markers}"))
}

/// Poetry's `^1.2` and `~1.2` as PEP 440 has them.
fn specifier(poetry: &str) -> String {
    // pip knows no alternatives: the first one is as good as any.
    let first = poetry.split("||").next().unwrap_or_default();
    let clauses: Vec<String> = first.split(',').filter_map(|clause| clause_of(clause.trim())).collect();
    clauses.join(",")
}

fn clause_of(clause: &str) -> Option<String> {
    if clause.is_empty() || clause == "*" {
        return None;
    }
    let numbers = |version: &str| -> Vec<u64> {
        version
            .split('.')
            .map_while(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok())
            .collect()
    };
    if let Some(version) = clause.strip_prefix('^') {
        let numbers = numbers(version);
        // The first number that is not 0 stays.
        let kept = numbers.iter().position(|number| *number != 0).unwrap_or(numbers.len().saturating_sub(1));
        return Some(format!(">={version},<{}", next(&numbers, kept)));
    }
    match clause.strip_prefix('~') {
        Some(version) if !version.starts_with('=') => {
            let numbers = numbers(version);
            Some(format!(">={version},<{}", next(&numbers, 1.min(numbers.len().saturating_sub(1)))))
        }
        _ if clause.starts_with(|letter: char| letter.is_ascii_digit()) => Some(format!("=={clause}")),
        _ => Some(clause.replace(' ', "")),
    }
}

/// The version after all those that share the numbers up to this place.
fn next(numbers: &[u64], place: usize) -> String {
    let mut kept: Vec<u64> = numbers.iter().take(place + 1).copied().collect();
    if let Some(last) = kept.last_mut() {
        *last += 1;
    }
    kept.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

fn python_marker(constraint: &str) -> Option<String> {
    let specifier = specifier(constraint);
    let clauses: Vec<String> = specifier
        .split(',')
        .filter_map(|clause| {
            let at = clause.find(|letter: char| letter.is_ascii_digit())?;
            Some(format!("python_version {} \"{}\"", &clause[..at], &clause[at..]))
        })
        .collect();
    (!clauses.is_empty()).then(|| clauses.join(" and "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(table: &Value) -> Vec<String> {
        requirements(table.as_object().unwrap()).0
    }

    #[test]
    fn poetrys_versions_become_those_of_pip() {
        let table = json!({
            "python": "^3.9", "a": "^7.4", "b": "~1.2.3", "c": "*", "d": "1.0.0", "e": ">=1, <3", "f": "^0.2.1", "g": "~=2.1", "h": "^0", "i": "~3"
        });
        let expected =
            ["a>=7.4,<8", "b>=1.2.3,<1.3", "c", "d==1.0.0", "e>=1,<3", "f>=0.2.1,<0.3", "g~=2.1", "h>=0,<1", "i>=3,<4"];
        assert_eq!(of(&table), expected);
    }

    #[test]
    fn tables_carry_extras_markers_and_repositories() {
        let table = json!({
            "a": {"version": "^1", "extras": ["x", "y"], "markers": "sys_platform == 'linux'", "python": "<3.11"},
            "b": {"git": "https://example.com/b.git", "tag": "v1"},
            "c": {"version": "1", "optional": true},
            "d": [{"version": "1.0", "python": "~3.9"}, {"version": "2.0", "python": ">=3.10"}],
        });
        let expected = [
            "a[x,y]>=1,<2 ; (sys_platform == 'linux') and python_version < \"3.11\"",
            "b @ git+https://example.com/b.git@v1",
            "d==1.0 ; python_version >= \"3.9\" and python_version < \"3.10\"",
            "d==2.0 ; python_version >= \"3.10\"",
        ];
        assert_eq!(of(&table), expected);
    }

    #[test]
    fn a_path_is_told_apart() {
        let table = json!({"airbyte-cdk": {"path": "../../../cdk", "develop": true}, "b": "1"});
        let (found, paths) = requirements(table.as_object().unwrap());
        let path = PoetryPath { name: "airbyte-cdk".into(), path: "../../../cdk".into() };
        assert_eq!((found, paths), (vec!["b==1".to_owned()], vec![path]));
    }

    #[test]
    fn pins_are_of_packages_that_are_locked_once_and_come_from_an_index() {
        let lock = json!({"package": [
            {"name": "Requests_Mock", "version": "1.9.3"},
            {"name": "numpy", "version": "1.26.0"}, {"name": "numpy", "version": "2.0.0"},
            {"name": "own", "version": "0.1.0", "source": {"type": "directory", "url": "."}},
            {"name": "edited", "version": "0.1.0", "source": {"editable": "."}},
            {"name": "mirrored", "version": "1.0", "source": {"type": "legacy", "url": "u"}},
            {"name": "of-uv", "version": "2.1", "source": {"registry": "u"}},
            {"name": "odd", "version": "1 ; rm"}
        ]});
        assert_eq!(pins(&lock), ["requests-mock==1.9.3", "mirrored==1.0", "of-uv==2.1"]);
        assert!(pins(&json!({})).is_empty());
    }
}
