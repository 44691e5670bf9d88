//! The engines of this machine, as all connectors of a command share them: each is found once, each base image fetched
//! once.

use std::sync::atomic::{AtomicBool, Ordering};

use camino::Utf8PathBuf;

use super::engine::Engine;
use super::facts::ImageFacts;
use super::kind::{EngineChoice, EngineKind};
use crate::event::Failure;
use crate::process;
use crate::web::Flights;

/// Why something that several wait for did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// It failed.
    Failed(Box<Failure>),
    /// The command was stopped.
    Interrupted,
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

/// A base image, as it is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseImage {
    /// What it is called here; see [`super::base_name`].
    pub name: String,
    /// Its address in the registry.
    pub address: String,
    /// What is known of it.
    pub facts: ImageFacts,
    /// The version of its Python, if it has one.
    pub python: Option<String>,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// The engines of this machine.
#[derive(Default)]
pub struct Engines {
    found: Flights<EngineChoice, Engine, Halt>,
    bases: Flights<(EngineKind, String, Option<String>), BaseImage, Halt>,
    untidy: AtomicBool,
}

impl Engines {
    /// Where an engine's program is.
    pub fn program(&self, kind: EngineKind) -> Option<Utf8PathBuf> {
        process::find_program(kind.as_str())
    }

    /// How buildah isolates what it runs: a chroot needs neither a runtime nor rights that containers on build machines
    /// lack, unless the environment says otherwise.
    pub fn isolation(&self, kind: EngineKind) -> Option<&'static str> {
        (kind == EngineKind::Buildah && !process::is_passed_variable("BUILDAH_ISOLATION")).then_some("chroot")
    }

    /// The engine that a choice means: found by whoever asks first.
    ///
    /// # Errors
    /// What `find` fails with.
    pub async fn chosen<Finding>(
        &self,
        choice: EngineChoice,
        attempt: u32,
        find: impl FnOnce() -> Finding,
    ) -> Result<Engine, Halt>
    where
        Finding: Future<Output = Result<Engine, Halt>>,
    {
        self.found.once(choice, attempt, find).await
    }

    /// A base image: fetched by whoever asks first.
    ///
    /// # Errors
    /// What `fetch` fails with.
    pub async fn base<Fetching>(
        &self,
        engine: EngineKind,
        address: &str,
        platform: Option<&str>,
        attempt: u32,
        fetch: impl FnOnce() -> Fetching,
    ) -> Result<BaseImage, Halt>
    where
        Fetching: Future<Output = Result<BaseImage, Halt>>,
    {
        let key = (engine, address.to_owned(), platform.map(str::to_owned));
        self.bases.once(key, attempt, fetch).await
    }

    /// Notes that something was killed, which may have left containers.
    pub fn left_something(&self) {
        self.untidy.store(true, Ordering::Relaxed);
    }

    /// Whether something may have been left since this was asked last.
    pub fn is_untidy(&self) -> bool {
        self.untidy.swap(false, Ordering::Relaxed)
    }
}
