//! Tests in the connector's image: with the Python and the packages that it will have in production.
//!
//! What the image lacks for tests is installed into a virtual environment over its packages, which lies in scratch and
//! is shown to each container, as is the connector's directory. So the image stays as it was built, and so do the
//! engine's layers.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::action::building::Working;
use crate::action::{ExecuteError, Executing, disk};
use crate::base::Redactor;
use crate::container::Volume;
use crate::event::{Failure, FailureClass};
use crate::process::{Exit, Status};

use super::contained::{Contained, Container, run_container, user};
use super::image::Found;
use super::installer::{Call, Environment, Installer, PackageSources};
use super::layout::Layout;
use super::project::Dependencies;
use super::python::PythonVersion;
use super::venv::{is_of_installers, not_installed, written};

/// Where a container sees the repository's files, the scratch directory and the caches.
const FILES: &str = "/cutover/files";
const SCRATCH: &str = "/cutover/scratch";
const CACHE: &str = "/cutover/cache";

/// Where a container sees the first folder of packages; the next ones are counted.
const PACKAGES: &str = "/cutover/packages";

/// Makes the environment in the image, and says the version of its Python as its last line. Its pip is the image's own.
const MAKE: &str = "python3 -m pip --version >&2 && python3 -m venv --without-pip --system-site-packages \"$1\" && \
                    \"$1/bin/python\" -c \"import sys; print('%d.%d.%d' % sys.version_info[:3])\"";

/// Runs a program with the environment's programs before those of the image.
const WITH_PROGRAMS: &str = "PATH=\"$1:$PATH\"; export PATH; shift; exec \"$@\"";

/// Longer answers are no version, in bytes.
const LONGEST_ANSWER: usize = 4 << 10;

/// The image of a connector, ready for its tests.
pub(super) struct InImage {
    working: Working,
    image: String,
    files: Utf8PathBuf,
    scratch: Utf8PathBuf,
    volumes: Vec<Volume>,
    workdir: String,
    user: String,
    /// The version of its Python.
    pub(super) python: PythonVersion,
}

impl InImage {
    /// Installs into an environment over the image what its connector's tests need besides.
    pub(super) async fn make(
        executing: Executing<'_>,
        layout: &Layout,
        found: Found,
        (dependencies, sources): (&Dependencies, &PackageSources),
        redactor: &Redactor,
    ) -> Result<Self, ExecuteError> {
        fs::create_dir_all(&sources.cache).map_err(|error| disk(&sources.cache, &error))?;
        let packages = Packages::of(sources);
        let places = executing.places;
        let volume = |source: &Utf8Path, target: &str| Volume {
            source: source.to_owned(),
            target: target.to_owned(),
            writable: true,
        };
        let mut volumes =
            vec![volume(&places.files, FILES), volume(&places.scratch, SCRATCH), volume(&sources.cache, CACHE)];
        volumes.extend(packages.volumes);
        let mut made = Self {
            user: user(found.working.engine.kind),
            image: found.facts.id,
            working: found.working,
            files: places.files.clone(),
            scratch: places.scratch.clone(),
            volumes,
            workdir: String::new(),
            python: PythonVersion(3, 0, 0),
        };
        made.workdir = made.seen(executing.directory()).into_string();
        made.python = made.environment(executing, redactor).await?;
        made.install(executing, layout, (dependencies, &packages.sources), redactor).await?;
        Ok(made)
    }

    /// The environment's directory, on this machine.
    pub(super) fn root(executing: &Executing<'_>) -> Utf8PathBuf {
        executing.scratch().join("venv")
    }

    /// The environment, as containers see it.
    fn inside() -> Environment {
        Environment { root: Utf8Path::new(SCRATCH).join("venv") }
    }

    /// Its interpreter, as containers see it.
    pub(super) fn interpreter() -> Utf8PathBuf {
        Self::inside().python()
    }

    /// A path of this machine as containers see it.
    pub(super) fn seen(&self, path: &Utf8Path) -> Utf8PathBuf {
        let below = |root: &Utf8Path, target: &str| Some(Utf8Path::new(target).join(path.strip_prefix(root).ok()?));
        let found = below(&self.scratch, SCRATCH).or_else(|| below(&self.files, FILES));
        found.unwrap_or_else(|| path.to_owned())
    }

    async fn environment(&self, executing: Executing<'_>, redactor: &Redactor) -> Result<PythonVersion, ExecuteError> {
        let heading = format!("making a virtual environment over the packages of {}", self.image);
        let inside = Self::inside();
        let call = Call::new("/bin/sh", ["-c", MAKE, "sh", inside.root.as_str()]);
        let job = Contained { heading: &heading, call: &call, env: &[], workdir: SCRATCH, redactor, timeout: None };
        let exit = self.invoke(executing, &job, Some(LONGEST_ANSWER)).await?;
        let said = String::from_utf8_lossy(&exit.output).into_owned();
        match said.lines().rev().find_map(PythonVersion::parse).filter(|_| exit.status.is_success()) {
            Some(version) => Ok(version),
            None => Err(not_made(exit).into()),
        }
    }

    async fn install(
        &self,
        executing: Executing<'_>,
        layout: &Layout,
        (dependencies, sources): (&Dependencies, &PackageSources),
        redactor: &Redactor,
    ) -> Result<(), ExecuteError> {
        // Pins are not given: what the image has is what is tested, whatever a lock file says.
        let lines = written(layout.home.join(".cutover-requirements.txt"), dependencies.lines.as_deref())?;
        let lines = lines.map(|file| self.seen(&file));
        let call = Installer::Pip.install(&Self::inside(), dependencies, sources, (None, lines.as_deref()));
        let env: Vec<(String, String)> =
            executing.env.iter().filter(|(name, _)| is_of_installers(name)).cloned().collect();
        let workdir = self.seen(&layout.home);
        let heading = "installing the connector and what its tests need";
        let job = Contained { heading, call: &call, env: &env, workdir: workdir.as_str(), redactor, timeout: None };
        let exit = self.invoke(executing, &job, None).await?;
        if exit.status.is_success() { Ok(()) } else { Err(not_installed(exit).into()) }
    }

    /// Runs a program in a container of its own, in the connector's directory, with the environment's programs first.
    pub(super) async fn run(&self, executing: Executing<'_>, job: Contained<'_>) -> Result<Exit, ExecuteError> {
        let inside = Self::inside();
        let programs = inside.programs();
        let words = ["-c", WITH_PROGRAMS, "sh", programs.as_str(), job.call.program.as_str()];
        let call = Call::new("/bin/sh", words.into_iter().chain(job.call.args.iter().map(String::as_str)));
        self.invoke(executing, &Contained { call: &call, workdir: &self.workdir, ..job }, None).await
    }

    async fn invoke(
        &self,
        executing: Executing<'_>,
        job: &Contained<'_>,
        capture: Option<usize>,
    ) -> Result<Exit, ExecuteError> {
        let container = Container {
            image: &self.image,
            args: std::iter::once(job.call.program.clone()).chain(job.call.args.iter().cloned()).collect(),
            volumes: &self.volumes,
            user: &self.user,
        };
        run_container(executing, &self.working, &container, job, capture).await
    }
}

/// Folders of packages, and how containers see them.
struct Packages {
    sources: PackageSources,
    volumes: Vec<Volume>,
}

impl Packages {
    fn of(sources: &PackageSources) -> Self {
        let mut volumes = Vec::new();
        let shown = |place: &String| {
            if !place.starts_with('/') {
                return place.clone();
            }
            let target = format!("{PACKAGES}/{}", volumes.len());
            volumes.push(Volume { source: place.into(), target: target.clone(), writable: false });
            target
        };
        let sources = PackageSources {
            no_index: sources.no_index,
            find_links: sources.find_links.iter().map(shown).collect(),
            cache: CACHE.into(),
        };
        Self { sources, volumes }
    }
}

fn not_made(exit: Exit) -> Failure {
    let said = exit.tail.join("\n");
    let (message, hint) = if said.contains("python3: not found") || exit.status == Status::Code(127) {
        ("its image has no python3", "test connectors of other languages with a `run:` step")
    } else if said.contains("No module named pip") {
        ("its image has no pip, so nothing that tests need can be installed", "test it with `in: venv`")
    } else {
        ("no virtual environment can be made in its image", "the end of the log says why; `in: venv` needs no image")
    };
    Failure { tail: exit.tail, ..Failure::new(FailureClass::Process, message).hint(hint) }
}
