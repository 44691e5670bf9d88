//! What can go wrong between a file of hooks and a customization.

use std::io;

use camino::Utf8PathBuf;

use super::FILE;
use super::fault::{Fault, Place};

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookErrorClass {
    /// The hooks have to be mended.
    Connector,
    /// The hooks did not end in time.
    Timeout,
    /// This machine is not set up for it.
    Machine,
}

/// Hooks that could not be recorded. The text reads on after "failed to …: "; [`HookError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Something is wrong with the hooks.
    #[error("{place}{fault}")]
    Hook {
        /// Where.
        place: Place,
        /// What.
        fault: Fault,
    },
    /// The process of the hooks ended by itself before they did.
    #[error("{FILE}: its process {how} before the hooks had returned")]
    Died {
        /// How it ended, as the end of a sentence.
        how: String,
    },
    /// What the process of the hooks left cannot be understood.
    #[error("{FILE}: what its process left behind is {what}")]
    Answer {
        /// What is wrong with it.
        what: String,
    },
    /// There is no Python.
    #[error("{FILE} needs Python, and `{program}` {why}")]
    NoPython {
        /// The interpreter that was looked for.
        program: String,
        /// Why it cannot be used, as the end of a sentence.
        why: String,
    },
    /// The file of hooks is not there.
    #[error("{path} is not there")]
    NoHooks {
        /// Where it should be.
        path: Utf8PathBuf,
    },
    /// The recorder could not be laid out.
    #[error("failed to prepare the recording of {FILE} at {path}: {source}")]
    Prepare {
        /// The file or directory.
        path: Utf8PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Dagger's own engine did not build the image.
    #[error("dagger's build {how}")]
    Dagger {
        /// How its process ended, as the end of a sentence.
        how: String,
    },
    /// Dagger's own engine is not at hand.
    #[error("dagger's engine is not at hand: {missing}")]
    NoDagger {
        /// What is missing, as a fragment.
        missing: String,
        /// What to do.
        hint: String,
    },
}

impl HookError {
    /// What kind of failure it is.
    pub fn class(&self) -> HookErrorClass {
        match self {
            Self::Hook { fault: Fault::Hung { .. }, .. } => HookErrorClass::Timeout,
            Self::Hook { fault: Fault::OldPython { .. } | Fault::Machine { .. }, .. }
            | Self::NoPython { .. }
            | Self::Prepare { .. }
            | Self::NoDagger { .. } => HookErrorClass::Machine,
            Self::Hook { .. }
            | Self::Died { .. }
            | Self::Answer { .. }
            | Self::NoHooks { .. }
            | Self::Dagger { .. } => HookErrorClass::Connector,
        }
    }

    /// What this failure shares with that of other connectors: everything but the line.
    pub fn cause(&self) -> String {
        match self {
            Self::Hook { place, fault } => format!("{FILE}: {}: {fault}", place.stage.as_str()),
            other => other.to_string(),
        }
    }

    /// What to do now.
    pub fn hint(&self) -> String {
        match self {
            Self::Hook { place, fault } => fault.hint(place),
            Self::Died { .. } => {
                "a hook may not end its process (`os._exit`, a signal, a crash in a C module); the end of the step's \
                 log shows what it did last"
                    .to_owned()
            }
            Self::Answer { .. } => {
                "the hooks must leave the files alone that are not theirs; see the end of the step's log".to_owned()
            }
            Self::NoPython { .. } => "install Python 3.8 or newer and put it into PATH as `python3`".to_owned(),
            Self::NoHooks { .. } => "put the file there, or build without hooks".to_owned(),
            Self::Prepare { .. } => "free some space, or check the permissions of the scratch directory".to_owned(),
            Self::Dagger { .. } => "the end of the step's log has what the engine says".to_owned(),
            Self::NoDagger { hint, .. } => hint.clone(),
        }
    }
}
