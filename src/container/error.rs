//! Engines that cannot be used.

use crate::event::{Failure, FailureClass};

use super::kind::EngineKind;

/// Why there is no engine. The text reads on after "failed to …: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The program is not there.
    #[error("there is no {0} in PATH")]
    NotFound(EngineKind),
    /// The program is there, but this user may not use it.
    #[error("{kind} does not let this user work with it: {why}")]
    Permission {
        /// The engine.
        kind: EngineKind,
        /// What it says.
        why: String,
    },
    /// The client is there, its daemon is not.
    #[error("{kind}'s daemon is not running: {why}")]
    NotRunning {
        /// The engine.
        kind: EngineKind,
        /// What it says.
        why: String,
    },
    /// It fails for a reason of its own.
    #[error("{kind} does not work here: {why}")]
    Broken {
        /// The engine.
        kind: EngineKind,
        /// What it says.
        why: String,
    },
    /// None of several works.
    #[error("no container engine works here: {}", reasons(.0))]
    None(Vec<EngineError>),
}

fn reasons(errors: &[EngineError]) -> String {
    let missing = errors.iter().filter_map(|error| match error {
        EngineError::NotFound(kind) => Some(kind.as_str()),
        _ => None,
    });
    let missing: Vec<&str> = missing.collect();
    let others = errors.iter().filter(|error| !matches!(error, EngineError::NotFound(_))).map(ToString::to_string);
    let missing = (!missing.is_empty()).then(|| format!("there is no {} in PATH", missing.join(", no ")));
    others.chain(missing).collect::<Vec<_>>().join("; ")
}

impl EngineError {
    /// What to do now.
    pub fn hint(&self) -> String {
        match self {
            Self::NotFound(kind) => {
                format!("install {kind}, or let `engine: auto` take buildah, podman or docker, whichever works")
            }
            Self::Permission { kind: EngineKind::Docker, .. } => {
                "add this user to the group `docker` and log in anew, or use buildah or podman, which need no daemon"
                    .to_owned()
            }
            Self::Permission { kind, .. } => format!(
                "give this user ranges in /etc/subuid and /etc/subgid (`usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER`) and the package uidmap, or run {kind} as root"
            ),
            Self::NotRunning { kind: EngineKind::Docker, .. } => {
                "start it (`systemctl start docker`, or Docker Desktop), or install buildah, which needs no daemon"
                    .to_owned()
            }
            Self::NotRunning { kind, .. } => format!("start it, or see what `{kind} info` says"),
            Self::Broken { kind, .. } => format!("see what `{kind} info` says; `engine:` chooses another one"),
            Self::None(errors) => match errors.iter().find(|error| !matches!(error, Self::NotFound(_))) {
                Some(error) => error.hint(),
                None => "install buildah (`apt-get install buildah`), podman or docker".to_owned(),
            },
        }
    }

    fn class(&self) -> FailureClass {
        match self {
            Self::Permission { .. } => FailureClass::Permission,
            Self::None(errors) if errors.iter().any(|error| matches!(error, Self::Permission { .. })) => {
                FailureClass::Permission
            }
            _ => FailureClass::Machine,
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::new(error.class(), error.to_string()).hint(error.hint())
    }
}
