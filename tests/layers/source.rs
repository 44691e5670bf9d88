//! The project's Rust files as text without comments and literals, so that a word in them is code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// One file of the project.
pub(crate) struct Source {
    /// Its path in the repository.
    pub(crate) path: String,
    /// How many lines it has.
    pub(crate) lines: usize,
    /// Its code: comments, texts and characters are blank, line breaks stay.
    pub(crate) code: String,
    /// Whether all of it is compiled for tests only.
    pub(crate) is_test: bool,
}

impl Source {
    /// Every Rust file below these folders.
    pub(crate) fn all(folders: &[&str]) -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        for folder in folders {
            collect(&root.join(folder), &mut paths);
        }
        paths.sort();
        let mut sources: Vec<Self> = paths
            .iter()
            .map(|path| {
                let text = std::fs::read_to_string(path).unwrap();
                let path = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                Self { lines: text.lines().count(), code: without_literals(&text), path, is_test: false }
            })
            .collect();
        let tests: BTreeSet<String> = sources.iter().flat_map(Self::test_modules).collect();
        for source in &mut sources {
            let path = source.path.trim_end_matches(".rs");
            let below = |test: &String| path == test || path.starts_with(&format!("{test}/"));
            source.is_test = !source.path.starts_with("src/") || tests.iter().any(below);
        }
        sources
    }

    /// The top-level module that a file of `src` is part of; `None` for the crate's roots.
    pub(crate) fn module(&self) -> Option<&str> {
        let path = self.path.strip_prefix("src/")?;
        let name = path.split_once('/').map_or_else(|| path.trim_end_matches(".rs"), |(folder, _)| folder);
        (name != "lib" && name != "main").then_some(name)
    }

    /// The code that is compiled without tests, too: what comes before `#[cfg(test)] mod … {`.
    pub(crate) fn shipped(&self) -> &str {
        static TESTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"#\[cfg\(test\)\]\s*mod \w+ \{").unwrap());
        if self.is_test {
            return "";
        }
        TESTS.find(&self.code).map_or(&self.code, |tests| &self.code[..tests.start()])
    }

    /// The line of a place in the code, counted from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.code[..offset].matches('\n').count() + 1
    }

    /// The other modules of the crate that this file names, each with a line.
    pub(crate) fn imports(&self) -> Vec<(String, usize)> {
        static PATHS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::(\w+|\{)").unwrap());
        static CLIMBS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b((?:super::)+)(\w+)").unwrap());
        let mut imports = Vec::new();
        for found in PATHS.captures_iter(&self.code) {
            let at = found.get(1).unwrap();
            let names = if at.as_str() == "{" { group(&self.code[at.end()..]) } else { vec![at.as_str().to_owned()] };
            imports.extend(names.into_iter().map(|name| (name, self.line(at.start()))));
        }
        for found in CLIMBS.captures_iter(&self.code) {
            let at = found.get(2).unwrap();
            if found[1].matches("super").count() >= self.depth() {
                imports.push((at.as_str().to_owned(), self.line(at.start())));
            }
        }
        imports
    }

    /// How many modules deep the file's own module is.
    fn depth(&self) -> usize {
        self.path.trim_end_matches(".rs").trim_end_matches("/mod").matches('/').count()
    }

    /// The paths, without `.rs`, of the modules that this file declares for tests only.
    fn test_modules(&self) -> Vec<String> {
        static MODULES: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"#\[cfg\((?:test|all\(test[^\]]*)\)\]\s*(?:pub(?:\(\w+\))? )?mod (\w+);").unwrap()
        });
        let stem = self.path.trim_end_matches(".rs");
        let folder = match stem.rsplit_once('/') {
            Some((folder, "mod" | "lib" | "main")) => folder,
            _ => stem,
        };
        MODULES.captures_iter(&self.code).map(|found| format!("{folder}/{}", &found[1])).collect()
    }
}

/// The first names in what follows the opening brace of `use crate::{…}`.
fn group(rest: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut depth = 0_usize;
    for character in rest.chars() {
        match character {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ => {}
        }
        if depth == 0
            && let Some(name) = names.last_mut()
        {
            name.push(character);
        }
    }
    let first = |name: &String| {
        let name = name.trim_start_matches([',', ' ', '\n']);
        name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    names.iter().map(first).filter(|name| !name.is_empty()).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// The text with comments and literals blank.
fn without_literals(text: &str) -> String {
    static LITERALS: LazyLock<Regex> = LazyLock::new(|| {
        let nested = r"/\*(?s:.*?)\*/";
        let raw = r##"\bb?r"[^"]*"|\bb?r#"(?s:.*?)"#"##;
        let plain = r#"b?"(?s:\\.|[^"\\])*""#;
        let character = r"b?'(?:\\(?:[^u]|u\{[0-9a-fA-F_]+\})|[^'\\])'|'\\x[0-9a-fA-F]{2}'";
        Regex::new(&format!("//[^\n]*|{nested}|{raw}|{plain}|{character}")).unwrap()
    });
    let blank = |found: &regex::Captures<'_>| -> String {
        found[0].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect()
    };
    LITERALS.replace_all(text, blank).into_owned()
}

#[test]
fn comments_and_literals_are_no_code() {
    let text = "a // crate::b\nc \"crate::\\\"d\n\" 'e' '\\'' '\\n' r#\"f\"g\"# &'static /* h\n */ b\"i\" '\"' j";
    let code = without_literals(text);
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "c", "&'static", "j"]);
    assert_eq!(code.matches('\n').count(), text.matches('\n').count());
}

#[test]
fn every_way_to_name_a_module_is_an_import() {
    let code = "use crate::base::{a, b};\nuse crate::{edit::{yaml, json}, event, git as other};\nlet x = crate::plan::x();\nsuper::super::forge::y();\nsuper::z();";
    let source = Source { path: "src/cli/verb/run.rs".into(), lines: 4, code: code.into(), is_test: false };
    let imports = source.imports();
    let names: Vec<(&str, usize)> = imports.iter().map(|(name, line)| (name.as_str(), *line)).collect();
    assert_eq!(source.depth(), 3);
    assert_eq!(names, [("base", 1), ("edit", 2), ("event", 2), ("git", 2), ("plan", 3)]);
    let source = Source { path: "src/cli/exit.rs".into(), ..source };
    assert_eq!(source.imports().last().unwrap(), &("forge".to_owned(), 4));
}
