//! Where tests run: a virtual environment of this machine, or containers of the connector's image.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::action::{ExecuteError, Executing};
use crate::base::Redactor;
use crate::process::Exit;

use super::contained::Contained;
use super::in_image::InImage;
use super::installer::Call;
use super::python::PythonVersion;
use super::suite::Suite;
use super::venv::{Venv, is_of_installers};

/// A place with everything in it that a connector's tests need.
pub(super) enum Bench {
    /// A virtual environment.
    Venv(Venv),
    /// The image, with a virtual environment over its own packages.
    Image(InImage),
}

/// A program that is run on a bench.
pub(super) struct Task<'a> {
    /// For which suite.
    pub(super) suite: Suite,
    /// The program.
    pub(super) call: Call,
    /// Variables that it sees, besides the step's own, which win over them.
    pub(super) env: Vec<(String, String)>,
    /// How long it may take.
    pub(super) timeout: Duration,
    /// What must not be shown.
    pub(super) redactor: &'a Redactor,
}

impl Bench {
    /// The version of its Python.
    pub(super) fn version(&self) -> PythonVersion {
        match self {
            Self::Venv(venv) => venv.python,
            Self::Image(image) => image.python,
        }
    }

    /// Its interpreter, as programs on it see it.
    pub(super) fn python(&self) -> Utf8PathBuf {
        match self {
            Self::Venv(venv) => venv.python(),
            Self::Image(_) => InImage::interpreter(),
        }
    }

    /// A path of this machine as programs on it see it.
    pub(super) fn seen(&self, path: &Utf8Path) -> Utf8PathBuf {
        match self {
            Self::Venv(_) => path.to_owned(),
            Self::Image(image) => image.seen(path),
        }
    }

    /// Whether a module was installed for the tests.
    pub(super) fn has(&self, executing: &Executing<'_>, module: &str) -> bool {
        let root = match self {
            Self::Venv(venv) => venv.root().to_owned(),
            Self::Image(_) => InImage::root(executing),
        };
        let Ok(libraries) = root.join("lib").read_dir_utf8() else { return false };
        libraries.flatten().any(|library| library.path().join("site-packages").join(module).exists())
    }

    /// Runs a program in the connector's directory. It sees the step's variables but those of installers.
    pub(super) async fn run(&self, executing: Executing<'_>, task: Task<'_>) -> Result<Exit, ExecuteError> {
        let mut env = task.env;
        env.extend(executing.env.iter().filter(|(name, _)| !is_of_installers(name)).cloned());
        let heading = format!("{} tests", task.suite.name());
        match self {
            Self::Venv(venv) => {
                let mut command = venv.command(&executing, &heading, &task.call);
                command.env.extend(env);
                command.redactor = task.redactor.clone();
                command.timeout = Some(task.timeout);
                executing.run(command).await
            }
            Self::Image(image) => {
                let (redactor, timeout) = (task.redactor, Some(task.timeout));
                let job = Contained { heading: &heading, call: &task.call, env: &env, workdir: "", redactor, timeout };
                image.run(executing, job).await
            }
        }
    }
}
