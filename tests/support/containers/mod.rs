//! Base images for real, and an engine to build from them: Debian's `buildah` with a storage of its own, and Debian's
//! `docker-registry` on loopback, which answers for `docker.io`.
//!
//! ```text
//! let Some(containers) = Containers::get() else { return };       // prints `skipped: …` itself
//! let base = containers.base(Base::Bookworm);                     // docker.io/airbyte/python-connector-base:…@sha256:…
//! command.envs(containers.env());                                 // for every program that shall see this storage
//! let wheels = containers.wheels("cdk", Base::Bookworm, &["airbyte-cdk==0.83.0"]); // a folder of wheels, or None
//! ```
//!
//! The images are made by `mmdebstrap` from Debian's packages: real Pythons with pip, and no more. They, and the folders
//! of wheels, are made once for each checkout (below `target/tmp/containers`, under a lock that processes share) and are
//! kept there; the storage is new for each test process and goes with it.
//!
//! Packages: buildah, docker-registry, mmdebstrap, and root.

mod make;
mod registry;

use std::process::{Command, Output};
use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};

pub(crate) use make::Base;
use registry::Registry;

/// The repository that the real base images have.
pub(crate) const REPOSITORY: &str = "docker.io/airbyte/python-connector-base";

/// A registry with base images, and a storage for one test process.
pub(crate) struct Containers {
    registry: Registry,
    kept: Utf8PathBuf,
}

impl Containers {
    /// The ones of this process; nothing, with a printed line, where this machine cannot have them.
    pub(crate) fn get() -> Option<&'static Self> {
        static SHARED: LazyLock<Result<Containers, String>> = LazyLock::new(Containers::open);
        match &*SHARED {
            Ok(containers) => Some(containers),
            Err(missing) => {
                println!("skipped: {missing}");
                None
            }
        }
    }

    fn open() -> Result<Self, String> {
        for program in ["buildah", "docker-registry", "mmdebstrap", "unshare"] {
            if !in_path(program) {
                return Err(format!("no {program} on this machine"));
            }
        }
        if !rustix::process::geteuid().is_root() {
            return Err("building images needs root here".to_owned());
        }
        let kept = Utf8PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("containers");
        std::fs::create_dir_all(&kept).unwrap();
        registry::sweep(&kept);
        let registry = Registry::start(&kept);
        let containers = Self { registry, kept };
        containers.locked("images", make::images)?;
        Ok(containers)
    }

    /// The address of a base image, with tag and digest.
    pub(crate) fn base(&self, base: Base) -> String {
        if base == Base::Poetry {
            self.locked("poetry", make::poetry);
        }
        let digest = std::fs::read_to_string(self.kept.join(format!("{}.digest", base.tag()))).unwrap();
        format!("{REPOSITORY}:{}@{}", base.tag(), digest.trim())
    }

    /// What a program must have in its environment to see the registry and the storage.
    pub(crate) fn env(&self) -> [(&'static str, String); 3] {
        self.env_with(&self.registry.storage())
    }

    /// The same with a storage elsewhere, which is made there: its directory goes when the caller lets it go.
    pub(crate) fn env_with(&self, storage: &Utf8Path) -> [(&'static str, String); 3] {
        registry::configure(storage);
        [
            ("CONTAINERS_STORAGE_CONF", storage.join("storage.conf").into_string()),
            ("CONTAINERS_REGISTRIES_CONF", self.registry.registries().into_string()),
            ("TMPDIR", storage.join("tmp").into_string()),
        ]
    }

    /// What `buildah` says to these arguments, in this process's storage. It must succeed.
    pub(crate) fn buildah(&self, arguments: &[&str]) -> String {
        let output = self.try_buildah(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        assert!(output.status.success(), "buildah {arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The same without a judgement.
    pub(crate) fn try_buildah(&self, arguments: &[&str]) -> Output {
        // In namespaces of its own, so that it leaves no mounts behind.
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--kill-child", "--mount-proc", "buildah"]).args(arguments);
        command.envs(self.env()).output().unwrap()
    }

    /// A folder with wheels of these requirements and of all that they need, made with the Python of this base image.
    /// Nothing, with a printed line, where PyPI does not answer.
    pub(crate) fn wheels(&self, name: &str, base: Base, requirements: &[&str]) -> Option<Utf8PathBuf> {
        let place = self.kept.join(format!("wheels-{name}-{}", base.tag()));
        let made = self.locked(name, |containers| make::wheels(containers, &place, base, requirements));
        if let Err(why) = &made {
            println!("skipped: no wheels of {} ({why})", requirements.join(", "));
        }
        made.ok().map(|()| place)
    }

    /// A kept directory.
    pub(crate) fn kept(&self) -> &Utf8Path {
        &self.kept
    }

    /// The registry as `host:port`.
    pub(crate) fn host(&self) -> &str {
        self.registry.host()
    }

    /// Runs this while no other process does the same.
    fn locked<T>(&self, name: &str, make: impl FnOnce(&Self) -> T) -> T {
        let lock = std::fs::File::create(self.kept.join(format!("{name}.lock"))).unwrap();
        lock.lock().unwrap();
        make(self)
    }
}

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
