//! A repository with connectors that are built for real, and the binary to build them.

use std::process::{Command, Output};

use camino::Utf8PathBuf;
use serde_json::Value;

use super::containers::{Base, Containers};
use super::monorepo::{CONNECTORS, Files, metadata, page_of};
use super::place::{Place, Said, step, unit};

/// A connector of our own making: what answers is plain Python.
pub(crate) struct Connector<'a> {
    name: &'a str,
    files: Vec<(String, String)>,
    base: Option<String>,
}

/// What a connector does that works: it answers `spec`, and `check` with what its configuration says.
pub(crate) const MAIN: &str = r#"import json, sys
import PACKAGE.source

print(json.dumps({"type": "LOG", "log": {"level": "INFO", "message": "starting"}}))
PACKAGE.source.answer(sys.argv[1:])
"#;

/// The code beside it.
pub(crate) const SOURCE: &str = r#"import json, sys

IMPORTS

def answer(args):
    if args[0] == "spec":
        schema = {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}}
        print(json.dumps({"type": "SPEC", "spec": {"connectionSpecification": schema}}))
    if args[0] == "check":
        status = "SUCCEEDED" if json.load(open(args[2]))["key"] == "right" else "FAILED"
        print(json.dumps({"type": "CONNECTION_STATUS", "connectionStatus": {"status": status}}))
"#;

impl<'a> Connector<'a> {
    /// One that works, and is installed from nothing yet.
    pub(crate) fn new(name: &'a str) -> Self {
        let package = name.replace('-', "_");
        Self { name, files: Vec::new(), base: None }
            .file("main.py", &MAIN.replace("PACKAGE", &package))
            .file(&format!("{package}/__init__.py"), "")
            .file(&format!("{package}/source.py"), &SOURCE.replace("IMPORTS", ""))
            // Of the old Dockerfile: it would keep everything out of the image.
            .file(".dockerignore", "*\n")
    }

    /// With this file, instead of another one if there is one. A path with a slash in front counts from the root of the
    /// repository.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.retain(|(known, _)| known != path);
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Without this file.
    pub(crate) fn without(mut self, path: &str) -> Self {
        self.files.retain(|(known, _)| known != path);
        self
    }

    /// Installed by `setup.py` with these requirements, which its code imports.
    pub(crate) fn setup(self, requirements: &[&str]) -> Self {
        let setup = format!(
            "from setuptools import find_packages, setup\n\nsetup(name=\"{}\", version=\"0.1.0\", packages=find_packages(), install_requires={requirements:?})\n",
            self.name
        );
        self.file("setup.py", &setup)
    }

    /// With these lines at the top of its code.
    pub(crate) fn imports(self, lines: &str) -> Self {
        let package = self.name.replace('-', "_");
        self.file(&format!("{package}/source.py"), &SOURCE.replace("IMPORTS", lines))
    }

    /// Built from this base image.
    pub(crate) fn on(mut self, base: &str) -> Self {
        self.base = Some(base.to_owned());
        self
    }

    fn put(self, files: Files) -> Files {
        let directory = format!("{CONNECTORS}/{}", self.name);
        let page = page_of(self.name);
        let mut text = metadata(self.name, &page);
        if let Some(base) = &self.base {
            let options = format!("data:\n  connectorBuildOptions:\n    baseImage: {base}\n");
            text = text.replacen("data:\n", &options, 1);
        }
        let files =
            files.file(&format!("{directory}/metadata.yaml"), text).file(&format!("docs/{page}.md"), "# A page\n");
        self.files.into_iter().fold(files, |files, (path, text)| match path.strip_prefix('/') {
            Some(elsewhere) => files.file(elsewhere, text),
            None => files.file(&format!("{directory}/{path}"), text),
        })
    }
}

/// A repository with these connectors, and containers to build them in.
pub(crate) struct Site {
    pub(crate) place: Place,
    pub(crate) containers: &'static Containers,
    env: Vec<(&'static str, String)>,
}

impl Site {
    pub(crate) fn new<'a>(
        containers: &'static Containers,
        connectors: impl IntoIterator<Item = Connector<'a>>,
    ) -> Self {
        let files = connectors.into_iter().fold(Files::default(), |files, connector| connector.put(files));
        Self { place: Place::new(&files), containers, env: containers.env().to_vec() }
    }

    /// The same with other variables for every program.
    pub(crate) fn with_env(mut self, env: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.env.extend(env);
        self
    }

    /// The binary with these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn cutover(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap(), arguments)
    }

    /// Runs a workflow that builds with these arguments of `image.build`.
    pub(crate) fn build(&self, with: &str) -> Said {
        let workflow = self.place.workflow(&workflow(with));
        self.cutover(&["run", &workflow, "--format", "json", "--yes"])
    }

    /// The end of the log of a step of the newest run.
    pub(crate) fn log(&self, connector: &str) -> String {
        let run = self.place.status()["run"].as_str().unwrap().to_owned();
        self.cutover(&["logs", &run, connector, "build"]).out
    }

    /// A file beside the repository.
    pub(crate) fn beside(&self, name: &str) -> Utf8PathBuf {
        self.place.beside(name)
    }

    /// Runs something in an image, as the engine does it by itself.
    pub(crate) fn inside(&self, image: &str, volume: Option<&str>, args: &[&str]) -> Output {
        let container = self.containers.buildah(&["from", "--pull-never", image]);
        let mut words = vec!["run", "--isolation", "chroot"];
        words.extend(volume.iter().flat_map(|volume| ["-v", volume]));
        words.extend([container.as_str(), "--"]);
        words.extend(args);
        let output = self.containers.try_buildah(&words);
        self.containers.buildah(&["rm", &container]);
        output
    }

    /// What a command in an image prints.
    pub(crate) fn says(&self, image: &str, args: &[&str]) -> String {
        String::from_utf8(self.inside(image, None, args).stdout).unwrap().trim().to_owned()
    }
}

/// A workflow of one step, `build`.
pub(crate) fn workflow(with: &str) -> String {
    format!(
        "version: 1\nname: built\nsteps:\n  build:\n    uses: image.build\n    timeout: 10m\n    with: {{ {with} }}\n"
    )
}

/// The step `build` of a connector in an answer.
pub(crate) fn built(answer: &Value, connector: &str) -> Value {
    step(&unit(answer, connector), "build")
}

/// An output of the step `build`.
pub(crate) fn output(answer: &Value, connector: &str, name: &str) -> String {
    let step = built(answer, connector);
    step["outputs"][name].as_str().unwrap_or_else(|| panic!("no output {name} in {step:#}")).to_owned()
}

/// Class and message of the failure of the step `build`.
pub(crate) fn failure(answer: &Value, connector: &str) -> String {
    let step = built(answer, connector);
    format!("{}: {}", step["class"].as_str().unwrap_or_default(), step["detail"].as_str().unwrap_or_default())
}

/// Wheels of small packages, for every Python.
pub(crate) fn small_wheels(containers: &Containers) -> Option<Utf8PathBuf> {
    containers.wheels("small", Base::Bookworm, &["six==1.17.0", "tomli==2.0.1"])
}
