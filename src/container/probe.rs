//! Whether an engine works for this user: what it is asked, and what its answer means.

use camino::Utf8PathBuf;

use super::engine::{Engine, Invocation, NAMESPACES};
use super::error::EngineError;
use super::kind::EngineKind;

/// What daemons that are not there are recognised by.
const NOT_RUNNING: [&str; 4] = [
    "Cannot connect to the Docker daemon",
    "Is the docker daemon running",
    "error during connect",
    "unable to connect to Podman",
];

/// What an engine says that may not be used.
const NO_PERMISSION: [&str; 9] = [
    "permission denied",
    "Permission denied",
    "operation not permitted",
    "Operation not permitted",
    "not enough IDs available",
    "no subuid ranges",
    "newuidmap",
    "cannot clone",
    "cannot setup namespace",
];

impl Engine {
    /// Asks the engine whether it works.
    pub fn probe(&self) -> Invocation {
        match self.kind {
            EngineKind::Buildah => self.command(["info"]),
            EngineKind::Podman => self.command(["info", "--format", "json"]),
            EngineKind::Docker => self.command(["version", "--format", "{{.Server.Version}}"]),
        }
    }

    /// Asks whether this user may have namespaces of their own.
    pub fn probe_namespaces() -> Invocation {
        let [program, rest @ ..] = NAMESPACES;
        let args = rest.iter().chain(&["true"]).map(|word| (*word).to_owned()).collect();
        Invocation { program: program.to_owned(), args, env: Vec::new() }
    }
}

/// Where the engine keeps what is under way, as it says when it is asked whether it works.
pub fn run_root(output: &[u8]) -> Option<Utf8PathBuf> {
    let said: serde_json::Value = serde_json::from_slice(output).ok()?;
    let store = said.get("store")?;
    let place = store.get("RunRoot").or_else(|| store.get("runRoot"))?.as_str()?;
    Some(Utf8PathBuf::from(place))
}

/// What an engine that failed the probe means by what it said last.
pub fn probe_error(kind: EngineKind, tail: &[String]) -> EngineError {
    let says = |words: &[&str]| tail.iter().find(|line| words.iter().any(|word| line.contains(word))).cloned();
    if let Some(why) = says(&NO_PERMISSION) {
        return EngineError::Permission { kind, why };
    }
    if let Some(why) = says(&NOT_RUNNING) {
        return EngineError::NotRunning { kind, why };
    }
    let why = tail.iter().rev().find(|line| !line.trim().is_empty());
    EngineError::Broken { kind, why: why.map_or_else(|| "it says nothing".to_owned(), Clone::clone) }
}
