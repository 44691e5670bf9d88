//! What has to be known of a whole Dockerfile before its instructions are judged one by one.

use std::collections::{BTreeMap, BTreeSet};

use parse_dockerfile::{Command, Dockerfile, Instruction};

use super::system::Request;
use crate::edit::dockerfile::DockerfileError;
use crate::edit::dockerfile::logical::{characters, one_line};
use crate::edit::dockerfile::packages::bare;
use crate::edit::dockerfile::shell;
use crate::edit::dockerfile::stages::{Role, Stages};
use crate::edit::dockerfile::target::CODE_DIRECTORY;
use crate::edit::dockerfile::words::pairs;

/// The variable by which the platform learns how to start a connector.
pub(super) const ENTRYPOINT_VARIABLE: &str = "AIRBYTE_ENTRYPOINT";

/// The main file of a connector whose Dockerfile names no other.
const MAIN_FILE: &str = "main.py";

/// What has to be known of a whole Dockerfile.
pub(super) struct Facts {
    /// The character that continues lines.
    pub(super) escape: char,
    /// Its stages.
    pub(super) stages: Stages,
    /// The main file's name.
    pub(super) main: String,
    /// The directory with the code.
    pub(super) home: String,
    /// Variables that stand in paths of `COPY`, `ADD` and `WORKDIR`, and in nothing else.
    pub(super) only_in_paths: BTreeSet<String>,
    /// Variables that some instruction names.
    pub(super) mentioned: BTreeSet<String>,
    /// System packages, and groups of them, that are installed.
    pub(super) added: BTreeSet<String>,
    /// Those that are removed.
    pub(super) removed: BTreeSet<String>,
}

impl Facts {
    pub(super) fn of(text: &str, file: &Dockerfile<'_>) -> Result<Self, DockerfileError> {
        let escape = file.parser_directives.escape.as_ref().map_or('\\', |directive| directive.value.value);
        let globals = Variables::global(text, file, escape);
        let stages = Stages::of(file, |name| globals.expanded(name).unwrap_or_else(|| name.to_owned()));
        let mut facts = Self {
            escape,
            stages,
            main: MAIN_FILE.to_owned(),
            home: CODE_DIRECTORY.to_owned(),
            only_in_paths: BTreeSet::new(),
            mentioned: BTreeSet::new(),
            added: BTreeSet::new(),
            removed: BTreeSet::new(),
        };
        facts.find_main(text, file, &globals)?;
        facts.find_variables(text, file);
        facts.find_packages(text, file);
        Ok(facts)
    }

    /// The main file stands in the entry point, or else in the variable that says the same.
    fn find_main(&mut self, text: &str, file: &Dockerfile<'_>, globals: &Variables) -> Result<(), DockerfileError> {
        let (mut entrypoint, mut variable, mut last) = (None, None, None);
        let mut states: Vec<(String, Variables)> = Vec::new();
        for instruction in &file.instructions {
            if matches!(instruction, Instruction::From(_)) {
                let parent = self.stages.all[states.len()].parent;
                states.push(parent.map_or_else(|| ("/".to_owned(), globals.clone()), |parent| states[parent].clone()));
            }
            let at = states.len().saturating_sub(1);
            let Some((workdir, variables)) = states.last_mut() else { continue };
            let in_image = self.stages.all[at].role == Role::Image;
            match instruction {
                Instruction::Workdir(to) => {
                    *workdir = absolute(workdir, &variables.expanded(&to.arguments.value).unwrap_or_default());
                    if in_image {
                        last = Some(workdir.clone());
                    }
                }
                Instruction::Env(env) => {
                    variables.set(text, env.arguments.span.clone(), self.escape)?;
                    if let Some(value) = variables.get(ENTRYPOINT_VARIABLE).filter(|_| in_image) {
                        let words: Vec<&str> = value.split_whitespace().collect();
                        variable = main_file(&words).map(|main| absolute(workdir, main)).or(variable);
                    }
                }
                Instruction::Entrypoint(entry) if in_image => {
                    if let Command::Exec(words) = &entry.arguments {
                        let words: Vec<&str> = words.value.iter().map(|word| word.value.as_ref()).collect();
                        entrypoint = main_file(&words).map(|main| absolute(workdir, main));
                    }
                }
                _ => {}
            }
        }
        if let Some((home, main)) = entrypoint.or(variable).as_deref().and_then(|path| path.rsplit_once('/')) {
            self.home = if home.is_empty() { "/".to_owned() } else { home.to_owned() };
            main.clone_into(&mut self.main);
        } else if let Some(last) = last {
            self.home = last;
        }
        Ok(())
    }

    fn find_variables(&mut self, text: &str, file: &Dockerfile<'_>) {
        let (mut in_paths, mut elsewhere) = (BTreeSet::new(), BTreeSet::new());
        for instruction in &file.instructions {
            let (start, is_path) = match instruction {
                Instruction::From(from) => (from.from.span.start, false),
                Instruction::Arg(arg) => (arg.arg.span.start, false),
                Instruction::Copy(copy) => (copy.copy.span.start, true),
                Instruction::Add(add) => (add.add.span.start, true),
                Instruction::Workdir(to) => (to.workdir.span.start, true),
                Instruction::Run(run) => (run.run.span.start, false),
                Instruction::Env(env) => (env.env.span.start, false),
                Instruction::Cmd(cmd) => (cmd.cmd.span.start, false),
                Instruction::Entrypoint(entry) => (entry.entrypoint.span.start, false),
                Instruction::User(user) => (user.user.span.start, false),
                Instruction::Label(label) => (label.label.span.start, false),
                _ => continue,
            };
            let names = variables_in(&one_line(&characters(text, start, self.escape)));
            if is_path { in_paths.extend(names) } else { elsewhere.extend(names) }
        }
        self.only_in_paths = in_paths.difference(&elsewhere).cloned().collect();
        self.mentioned = in_paths;
        self.mentioned.append(&mut elsewhere);
    }

    fn find_packages(&mut self, text: &str, file: &Dockerfile<'_>) {
        for instruction in &file.instructions {
            let Instruction::Run(run) = instruction else { continue };
            let Command::Shell(script) = &run.arguments else { continue };
            for command in shell::parse(&characters(text, script.span.start, self.escape)).commands {
                let words: Vec<&str> = command.words.iter().map(|word| word.value.as_str()).collect();
                let Some(Ok(request)) = Request::of(&words) else { continue };
                let names = request.packages.iter().map(|name| bare(name).to_owned());
                if request.adds() {
                    self.added.extend(names.chain(request.group.map(str::to_owned)));
                } else if request.removes() {
                    self.removed.extend(names);
                }
            }
        }
    }
}

/// The file that `python FILE` starts.
pub(super) fn main_file<'a>(words: &[&'a str]) -> Option<&'a str> {
    match words {
        ["python" | "python3", file] if has_end(file, ".py") && !file.starts_with('-') => Some(file),
        _ => None,
    }
}

/// Whether a name ends so, letter by letter: what Linux calls by another name is another file.
pub(super) fn has_end(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some()
}

/// A path as seen from a directory, without `.` and `..`.
pub(super) fn absolute(directory: &str, path: &str) -> String {
    let full = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in full.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Variables and build arguments with their values.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The build arguments before the first stage.
    pub(super) fn global(text: &str, file: &Dockerfile<'_>, escape: char) -> Self {
        let mut variables = Self::default();
        for instruction in &file.instructions {
            match instruction {
                Instruction::Arg(arg) => variables.argument(text, arg.arguments.span.clone(), escape),
                _ => break,
            }
        }
        variables
    }

    /// Takes in an `ARG`: its default, if it has one.
    pub(super) fn argument(&mut self, text: &str, span: std::ops::Range<usize>, escape: char) {
        for pair in pairs(text, span, escape).unwrap_or_default() {
            let value = self.expanded(&pair.value).unwrap_or(pair.value);
            self.0.insert(pair.key, value);
        }
    }

    /// Takes in an `ENV`.
    pub(super) fn set(
        &mut self,
        text: &str,
        span: std::ops::Range<usize>,
        escape: char,
    ) -> Result<(), DockerfileError> {
        let line = super::line_number(text, span.start);
        let pairs =
            pairs(text, span, escape).map_err(|word| DockerfileError::Pair { line, instruction: "ENV", word })?;
        let before = self.clone();
        for pair in pairs {
            let value = if pair.variable { before.expanded(&pair.value).unwrap_or(pair.value) } else { pair.value };
            self.0.insert(pair.key, value);
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A text with the values of its variables; `None` if one is not known.
    pub(super) fn expanded(&self, text: &str) -> Option<String> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            let (name, behind) = variable_at(&rest[at..])?;
            expanded.push_str(self.get(name)?);
            rest = behind;
        }
        expanded.push_str(rest);
        Some(expanded)
    }
}

/// The name of the variable that a text begins with, and what comes behind it.
fn variable_at(text: &str) -> Option<(&str, &str)> {
    let name_end = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let text = text.strip_prefix('$')?;
    if let Some(inside) = text.strip_prefix('{') {
        let (name, behind) = inside.split_once('}')?;
        return (name_end(name) == name.len() && !name.is_empty()).then_some((name, behind));
    }
    let end = name_end(text);
    (end > 0).then(|| text.split_at(end))
}

/// The names of the variables in a text.
pub(super) fn variables_in(text: &str) -> BTreeSet<String> {
    let starts = text.match_indices('$').map(|(at, _)| &text[at + 1..]);
    let name = |rest: &str| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        (end > 0).then(|| rest[..end].to_owned())
    };
    starts.filter_map(name).collect()
}
