//! A virtual environment in scratch: which Python, what is installed into it, and programs in it.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::action::{ExecuteError, Executing, disk};
use crate::base::Redactor;
use crate::event::{Failure, FailureClass};
use crate::process::{Command, Exit, Status};

use super::installer::{Call, Environment, Installer, PackageSources};
use super::layout::Layout;
use super::project::Dependencies;
use super::python::{PythonConstraint, PythonVersion, candidates};
use super::trouble;

/// How an interpreter says its version.
const SAY_VERSION: &str = "import sys; print('%d.%d.%d' % sys.version_info[:3])";

/// More is no version, in bytes.
const LONGEST_VERSION: usize = 100;

/// From this version on, environments that Python makes have no setuptools; before, code relies on it. uv never gives it.
const WITHOUT_SETUPTOOLS: PythonVersion = PythonVersion(3, 12, 0);

/// The setuptools that code relies on: later ones have no `pkg_resources`.
const SETUPTOOLS: &str = "setuptools<81";

/// Variables that are for the installation of packages, by how they begin. Tests do not see them, and what is installed
/// sees no others.
const OF_INSTALLERS: [&str; 4] = ["PIP_", "UV_", "POETRY_", "SETUPTOOLS_"];

/// A virtual environment with everything in it that a connector's tests need.
#[derive(Debug)]
pub(super) struct Venv {
    environment: Environment,
    /// The version of its Python.
    pub(super) python: PythonVersion,
}

/// What an environment is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ingredients<'a> {
    /// The interpreter that the workflow names.
    pub(super) python: Option<&'a str>,
    /// The installer that the workflow names; `None`: uv where there is one.
    pub(super) installer: Option<Installer>,
    /// Where packages come from.
    pub(super) sources: &'a PackageSources,
    /// What is installed.
    pub(super) dependencies: &'a Dependencies,
    /// What must not be shown.
    pub(super) redactor: &'a Redactor,
}

impl Venv {
    /// Makes one and installs what the connector's project needs.
    pub(super) async fn make(
        executing: &Executing<'_>,
        layout: &Layout,
        with: &Ingredients<'_>,
    ) -> Result<Self, ExecuteError> {
        let (interpreter, python) = interpreter(executing, with).await?;
        let installer = match with.installer {
            Some(installer) => installer,
            None => found(executing).await?,
        };
        let environment = Environment { root: executing.scratch().join("venv") };
        let call = installer.make(&interpreter, &environment, &with.sources.cache);
        let exit = executing
            .run(command(executing, &format!("making a virtual environment of Python {python}"), &call, with))
            .await?;
        if !exit.status.is_success() {
            return Err(not_made(&interpreter, exit).into());
        }
        let mut dependencies = with.dependencies.clone();
        if installer == Installer::Uv && python < WITHOUT_SETUPTOOLS && !with.sources.no_index {
            dependencies.requirements.push(SETUPTOOLS.to_owned());
        }
        let with = Ingredients { dependencies: &dependencies, ..*with };
        install(executing, layout, &with, installer, &environment).await?;
        Ok(Self { environment, python })
    }

    /// A program's call in the environment, such as that of `python`.
    pub(super) fn command(&self, executing: &Executing<'_>, heading: &str, call: &Call) -> Command {
        let mut command = executing.command(heading, &call.program, call.args.iter().cloned());
        command.path_first = Some(self.environment.programs());
        command.env.push(("VIRTUAL_ENV".to_owned(), self.environment.root.to_string()));
        command
    }

    /// Its interpreter.
    pub(super) fn python(&self) -> Utf8PathBuf {
        self.environment.python()
    }

    /// Its directory.
    pub(super) fn root(&self) -> &Utf8Path {
        &self.environment.root
    }
}

/// Whether a variable is for the installation of packages.
pub(super) fn is_of_installers(name: &str) -> bool {
    OF_INSTALLERS.iter().any(|start| name.starts_with(start))
}

fn command(executing: &Executing<'_>, heading: &str, call: &Call, with: &Ingredients<'_>) -> Command {
    let mut command = executing.command(heading, &call.program, call.args.iter().cloned());
    command.redactor = with.redactor.clone();
    command.env.push(("NO_COLOR".to_owned(), "1".to_owned()));
    command.env.extend(executing.env.iter().filter(|(name, _)| is_of_installers(name)).cloned());
    command
}

/// uv where there is one: it needs seconds where pip needs minutes.
async fn found(executing: &Executing<'_>) -> Result<Installer, ExecuteError> {
    let mut asking = executing.command("looking for uv", "uv", ["--version"]);
    asking.capture = Some(LONGEST_VERSION);
    match executing.run(asking).await {
        Ok(exit) if exit.status.is_success() => Ok(Installer::Uv),
        Ok(_) | Err(ExecuteError::Failed(_)) => Ok(Installer::Pip),
        Err(interrupted) => Err(interrupted),
    }
}

/// The interpreter, with its version: the one that is named, else `python3` if it fits, else the newest that does.
async fn interpreter(
    executing: &Executing<'_>,
    with: &Ingredients<'_>,
) -> Result<(String, PythonVersion), ExecuteError> {
    if let Some(named) = with.python {
        let version = version(executing, named).await?;
        return version.map(|version| (named.to_owned(), version)).ok_or_else(|| no_python(named).into());
    }
    let usual = "python3";
    let of_usual = match version(executing, usual).await {
        Ok(version) => version,
        Err(ExecuteError::Failed(_)) => None,
        Err(interrupted) => return Err(interrupted),
    };
    let constraint = with.dependencies.python.as_ref();
    let fits = |version: PythonVersion| constraint.is_none_or(|constraint| constraint.allows(version));
    if let Some(version) = of_usual.filter(|version| fits(*version)) {
        return Ok((usual.to_owned(), version));
    }
    let anything = PythonConstraint::new("*");
    for name in candidates(constraint.unwrap_or(&anything)) {
        match version(executing, &name).await {
            Ok(Some(version)) if fits(version) => return Ok((name, version)),
            Ok(_) | Err(ExecuteError::Failed(_)) => {}
            Err(interrupted) => return Err(interrupted),
        }
    }
    Err(unfitting(of_usual, constraint).into())
}

async fn version(executing: &Executing<'_>, interpreter: &str) -> Result<Option<PythonVersion>, ExecuteError> {
    let heading = format!("asking {interpreter} for its version");
    let mut asking = executing.command(&heading, interpreter, ["-c", SAY_VERSION]);
    asking.capture = Some(LONGEST_VERSION);
    let exit = executing.run(asking).await?;
    let said = String::from_utf8_lossy(&exit.output).into_owned();
    Ok(if exit.status.is_success() { PythonVersion::parse(&said) } else { None })
}

fn no_python(named: &str) -> Failure {
    Failure::new(FailureClass::Machine, format!("`python: {named}` is no Python 3 that can be run"))
        .cause("the Python that the step names cannot be run")
        .hint("name an interpreter in PATH, such as `python3.11`, or its path")
}

fn unfitting(usual: Option<PythonVersion>, constraint: Option<&PythonConstraint>) -> Failure {
    let wanted = constraint.map_or_else(String::new, |constraint| format!(" {constraint}"));
    let there = usual.map_or_else(|| "there is no python3".to_owned(), |version| format!("python3 is {version}"));
    Failure::new(FailureClass::Machine, format!("it needs Python{wanted}; {there}, and no other was found"))
        .cause("no Python fits")
        .hint("install one and name it with `python:`, or test in the built image with `in: image`")
}

fn not_made(interpreter: &str, exit: Exit) -> Failure {
    let said = exit.tail.join("\n");
    let needs_package = said.contains("ensurepip");
    let hint = if needs_package {
        "install the package `python3-venv` of your system, or uv"
    } else {
        "the end of the log says why; check the free space"
    };
    let message = format!("no virtual environment can be made with {interpreter}: {}", exit.status);
    let failure = Failure::new(FailureClass::Machine, message).cause("no virtual environment can be made").hint(hint);
    Failure { tail: exit.tail, ..failure }
}

async fn install(
    executing: &Executing<'_>,
    layout: &Layout,
    with: &Ingredients<'_>,
    installer: Installer,
    environment: &Environment,
) -> Result<(), ExecuteError> {
    let dependencies = with.dependencies;
    let pins = (!dependencies.pins.is_empty()).then(|| dependencies.pins.join("\n") + "\n");
    let constraints = written(executing.scratch().join("constraints.txt"), pins.as_deref())?;
    // What its lines name is counted from where it stands.
    let lines = written(layout.home.join(".cutover-requirements.txt"), dependencies.lines.as_deref())?;
    let call = installer.install(environment, dependencies, with.sources, (constraints.as_deref(), lines.as_deref()));
    let mut command = command(executing, "installing the connector and what its tests need", &call, with);
    command.directory.clone_from(&layout.home);
    let exit = executing.run(command).await?;
    if exit.status.is_success() { Ok(()) } else { Err(not_installed(exit).into()) }
}

/// A file with this content, if there is any.
pub(super) fn written(file: Utf8PathBuf, content: Option<&str>) -> Result<Option<Utf8PathBuf>, Failure> {
    let Some(content) = content else { return Ok(None) };
    fs::write(&file, content).map_err(|error| disk(Utf8Path::new(&file), &error))?;
    Ok(Some(file))
}

/// The failure of an installation, by what it said.
pub(super) fn not_installed(exit: Exit) -> Failure {
    let found = trouble::of(&exit.tail);
    let said = match (trouble::line(&exit.tail), exit.status) {
        (Some(line), Status::Code(_)) => format!(": {line}"),
        (_, status) => format!(": pip {status}"),
    };
    let failure = Failure::new(found.class, format!("{}{said}", found.cause)).cause(found.cause).hint(found.hint);
    Failure { tail: exit.tail, ..failure }
}
