//! Which engines there are.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A program that builds and runs images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EngineKind {
    /// Buildah, which needs no daemon.
    Buildah,
    /// Podman.
    Podman,
    /// Docker's client, with a daemon behind it.
    Docker,
}

impl EngineKind {
    /// Every engine, in the order in which they are preferred: the fewer processes an engine needs, the earlier.
    pub const ALL: [Self; 3] = [Self::Buildah, Self::Podman, Self::Docker];

    /// The name of the program.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buildah => "buildah",
            Self::Podman => "podman",
            Self::Docker => "docker",
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which engine to take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EngineChoice {
    /// The first of buildah, podman and docker that is there and works for this user.
    #[default]
    Auto,
    /// Buildah.
    Buildah,
    /// Podman.
    Podman,
    /// Docker.
    Docker,
    /// Dagger's own SDK and engine, which runs in docker's daemon: for hooks that ask a running container. Connectors
    /// without a base image are docker's.
    Dagger,
}

impl EngineChoice {
    /// The engines that it may mean, the preferred one first.
    pub fn kinds(self) -> &'static [EngineKind] {
        match self {
            Self::Auto => &EngineKind::ALL,
            Self::Buildah => &[EngineKind::Buildah],
            Self::Podman => &[EngineKind::Podman],
            Self::Docker | Self::Dagger => &[EngineKind::Docker],
        }
    }
}
