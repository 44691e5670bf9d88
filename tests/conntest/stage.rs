//! Connectors to be tested, and the workflows that test them.

use camino::Utf8Path;
use serde_json::Value;

use super::monorepo::{CONNECTORS, Files};
use super::place::{Place, Said, step};
use super::wheels::{uv, wheels};

/// A connector that is going to be tested.
pub(crate) struct Tested {
    name: String,
    files: Vec<(String, String)>,
}

impl Tested {
    /// A connector with a `setup.py` and a package of its own.
    pub(crate) fn new(name: &str) -> Self {
        let package = name.replace('-', "_");
        let setup = format!(
            "from setuptools import setup\nsetup(name='{package}', version='0.1.0', packages=['{package}'], extras_require={{'tests': ['pytest']}})\n"
        );
        let tested = Self { name: name.to_owned(), files: Vec::new() };
        tested.file("setup.py", &setup).file(&format!("{package}/__init__.py"), "ANSWER = 42\n")
    }

    /// Has a file, or another content of it.
    pub(crate) fn file(mut self, path: &str, content: &str) -> Self {
        self.files.retain(|(own, _)| own != path);
        self.files.push((path.to_owned(), content.to_owned()));
        self
    }

    /// Has unit tests.
    pub(crate) fn unit(self, tests: &str) -> Self {
        self.file("unit_tests/test_unit.py", tests)
    }

    /// Has integration tests.
    pub(crate) fn integration(self, tests: &str) -> Self {
        self.file("integration_tests/test_integration.py", tests)
    }

    /// Has no file of this name.
    pub(crate) fn without(mut self, path: &str) -> Self {
        self.files.retain(|(own, _)| own != path);
        self
    }
}

/// A repository with these connectors.
pub(crate) fn place(connectors: impl IntoIterator<Item = Tested>) -> Place {
    let mut files = Files::default();
    for connector in connectors {
        files = files.python(&connector.name);
        for (path, content) in connector.files {
            files = files.file(&format!("{CONNECTORS}/{}/{path}", connector.name), content);
        }
    }
    Place::new(&files)
}

/// A workflow of one `connector.test` from wheels, with these further lines of `with` and of the step. By uv where it
/// can be had, since it is faster.
pub(crate) fn workflow(with: &str, of_step: &str) -> Option<String> {
    by(if uv().is_some() { "uv" } else { "pip" }, with, of_step)
}

/// The same by this installer.
pub(crate) fn by(installer: &str, with: &str, of_step: &str) -> Option<String> {
    let wheels = wheels()?;
    Some(testing(
        &format!(
            "wheels: {wheels}, no-index: true, installer: {installer}{}{with}",
            if with.is_empty() { "" } else { ", " }
        ),
        of_step,
    ))
}

/// A workflow of one `connector.test`.
pub(crate) fn testing(with: &str, of_step: &str) -> String {
    format!("version: 1\nname: w\nsteps:\n  test:\n    uses: connector.test\n    with: {{ {with} }}\n{of_step}")
}

/// Runs a workflow on all connectors; standard output is JSON.
pub(crate) fn run(place: &Place, text: &str, env: &[(&str, &str)]) -> Said {
    run_with(place, text, &[], env)
}

/// The same with further arguments.
pub(crate) fn run_with(place: &Place, text: &str, further: &[&str], env: &[(&str, &str)]) -> Said {
    let workflow = place.workflow(text);
    let arguments = [&["run", &workflow, "--format", "json"], further].concat();
    let mut command = place.command(&arguments);
    if let Some(uv) = uv() {
        command.env("PATH", format!("{uv}:{}", std::env::var("PATH").unwrap()));
    }
    Said::of(&command.envs(env.iter().copied()).output().unwrap(), &arguments)
}

/// What became of a connector's step: its outcome and its detail.
pub(crate) fn outcome(answer: &Value, name: &str) -> (String, String) {
    let step = of(answer, name);
    let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("detail"))
}

/// A connector's step.
pub(crate) fn of(answer: &Value, name: &str) -> Value {
    step(&super::place::unit(answer, name), "test")
}

/// The log of a connector's step.
pub(crate) fn log(place: &Place, name: &str) -> String {
    let run = place.status()["run"].as_str().unwrap().to_owned();
    place.cutover(&["logs", &run, name, "test"]).exits(0).out
}

/// A file of results of a connector's step.
pub(crate) fn results(place: &Place, name: &str, file: &str) -> Option<String> {
    let run = place.status()["run"].as_str().unwrap().to_owned();
    std::fs::read_to_string(place.state().join("logs").join(run).join(name).join("test.results").join(file)).ok()
}

/// The files below a directory that have these bytes.
pub(crate) fn files_with(directory: &Utf8Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in directory.read_dir_utf8().unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(path, text));
        } else if let Ok(bytes) = std::fs::read(path)
            && bytes.windows(text.len()).any(|window| window == text.as_bytes())
        {
            found.push(path.to_string());
        }
    }
    found
}
