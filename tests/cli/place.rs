//! A repository, the binary to run in it, and what it says.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tempfile::TempDir;

use super::monorepo::{ENVIRONMENT, Files, IMAGE, git, make, scratch, utf8};

/// A repository that goes when it is dropped.
pub(crate) struct Place {
    root: Utf8PathBuf,
    scratch: TempDir,
}

impl Place {
    /// Commits these files to the branch `main` of a new repository with a work tree.
    pub(crate) fn new(files: &Files) -> Self {
        let place = Self::empty();
        make(&place.root, files, &[]);
        place.git(&["reset", "-q", "--hard"]);
        place
    }

    /// No repository at all, only the place for one.
    pub(crate) fn empty() -> Self {
        let scratch = scratch();
        Self { root: utf8(scratch.path()).join("repository"), scratch }
    }

    /// Three usual connectors: `source-a`, `source-b`, `source-c`.
    pub(crate) fn usual() -> Self {
        Self::new(&Files::default().python("source-a").python("source-b").python("source-c"))
    }

    pub(crate) fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// A path beside the repository.
    pub(crate) fn beside(&self, name: &str) -> Utf8PathBuf {
        utf8(self.scratch.path()).join(name)
    }

    /// Writes a workflow beside the repository; its path.
    pub(crate) fn workflow(&self, text: &str) -> String {
        let mut number = 1;
        while self.beside(&format!("workflow-{number}.yaml")).exists() {
            number += 1;
        }
        let path = self.beside(&format!("workflow-{number}.yaml"));
        std::fs::write(&path, text.replace("IMAGE", IMAGE)).unwrap();
        path.into_string()
    }

    /// What a git command in the repository prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.root, arguments)
    }

    /// Every branch but the one that is checked out, with its commit.
    pub(crate) fn branches(&self) -> String {
        self.git(&["for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads/cutover/"])
    }

    /// A file of a branch.
    pub(crate) fn show(&self, branch: &str, path: &str) -> String {
        self.git(&["show", &format!("{branch}:{path}")])
    }

    /// Where the state of runs is.
    pub(crate) fn state(&self) -> Utf8PathBuf {
        self.root.join(".git/cutover")
    }

    /// The binary with these arguments, in the repository.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
        command.args(arguments).current_dir(if self.root.exists() { &self.root } else { self.root.parent().unwrap() });
        command.envs(ENVIRONMENT).env("HOME", self.scratch.path()).env_remove("GIT_DIR").env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn cutover(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap(), arguments)
    }

    /// The newest run as `status` tells it.
    pub(crate) fn status(&self) -> Value {
        self.cutover(&["status", "--format", "json"]).json()
    }
}

/// What the binary said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    arguments: String,
}

impl Said {
    pub(crate) fn of(output: &Output, arguments: &[&str]) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let code = output.status.code().unwrap_or_else(|| -output.status.signal().unwrap_or(0));
        Self { code, out: text(&output.stdout), err: text(&output.stderr), arguments: arguments.join(" ") }
    }

    /// Asserts the exit code.
    pub(crate) fn exits(self, code: i32) -> Self {
        let Self { out, err, arguments, .. } = &self;
        assert_eq!(self.code, code, "cutover {arguments}\n--- stdout\n{out}\n--- stderr\n{err}");
        assert!(!err.contains("panicked"), "cutover {arguments}: {err}");
        self
    }

    /// Asserts that standard error has all of these.
    pub(crate) fn complains(self, words: &[&str]) -> Self {
        // Long sentences are wrapped.
        let said = squeezed(&self.err);
        for word in words {
            assert!(said.contains(&squeezed(word)), "cutover {}: `{word}` is not in:\n{}", self.arguments, self.err);
        }
        self
    }

    /// Asserts that standard output has all of these.
    pub(crate) fn answers(self, words: &[&str]) -> Self {
        let said = squeezed(&self.out);
        for word in words {
            assert!(said.contains(&squeezed(word)), "cutover {}: `{word}` is not in:\n{}", self.arguments, self.out);
        }
        self
    }

    /// The answer as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{}: {error}\n{self:?}", self.arguments))
    }

    /// The unit with this name, from a JSON answer.
    pub(crate) fn unit(&self, name: &str) -> Value {
        unit(&self.json(), name)
    }
}

/// The unit with this name in the answer of `run`, `resume` or `status`.
pub(crate) fn unit(answer: &Value, name: &str) -> Value {
    let units = answer["units"].as_array().unwrap();
    units.iter().find(|unit| unit["name"] == name).unwrap_or_else(|| panic!("no {name} in {answer:#}")).clone()
}

/// The step with this id of a unit.
pub(crate) fn step(unit: &Value, id: &str) -> Value {
    let steps = unit["steps"].as_array().unwrap();
    steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no {id} in {unit:#}")).clone()
}

/// The outcomes of all units, by name.
pub(crate) fn outcomes(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    answer["units"].as_array().unwrap().iter().map(|unit| (text(&unit["name"]), text(&unit["outcome"]))).collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A workflow of edits only, so that its plan is final.
pub(crate) const EDITS: &str = "\
version: 1
name: edits
steps:
  remove-dockerfile:
    uses: file.remove
    with: { path: Dockerfile }
  set-base-image:
    uses: yaml.set
    with: { file: metadata.yaml, path: data.connectorBuildOptions.baseImage, value: IMAGE }
  bump-version:
    uses: version.bump
    with: { level: patch }
  changelog:
    uses: changelog.add
    with: { pull-request: 77, message: Use the base image }
";

/// The same with a pull request, whose number is in the changelog.
pub(crate) const PUBLISHED: &str = "\
version: 1
name: published
steps:
  remove-dockerfile:
    uses: file.remove
    with: { path: Dockerfile }
  bump-version:
    uses: version.bump
    with: { level: patch }
  pull-request:
    needs: [remove-dockerfile, bump-version]
    uses: pull-request.open
    with: { title: \"${{ connector.name }}: migrate\" }
  changelog:
    uses: changelog.add
    with: { pull-request: \"${{ steps.pull_request.number }}\", message: Remove the Dockerfile }
";
