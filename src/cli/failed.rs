//! A command that could not be carried out: what is said, and the exit code.

use std::io::Write as _;

use crate::connector::DiscoverError;
use crate::diagnostic::{Diagnostic, Severity, render};
use crate::engine::{EngineError, InPlaceError, RecoverError, WorldError};
use crate::event::{FailureClass, IllegalEvent};
use crate::forge::{ForgeError, ForgeErrorClass};
use crate::git::GitError;
use crate::journal::{JournalError, LockError};
use crate::plan::{CompileError, FrozenError};
use crate::report::hint::sentence;
use crate::rollout::RolloutError;

use super::exit::Exit;
use super::terminal;

/// What is said to a user whose command could not be carried out.
#[derive(Debug)]
pub(super) struct Failed {
    exit: Exit,
    message: Option<String>,
    hint: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

impl Failed {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: Some(message.into()), hint: None, diagnostics: Vec::new() }
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Reads on after the message: `failed to read x: permission denied`.
    pub(super) fn while_doing(self, what: &str) -> Self {
        let message = self.message.map(|message| format!("failed to {what}: {message}"));
        Self { message, ..self }
    }

    pub(super) fn diagnostics(diagnostics: Vec<Diagnostic>) -> Self {
        Self { exit: Exit::Usage, message: None, hint: None, diagnostics }
    }

    /// What is wrong, without what to do about it.
    pub(super) fn message(self) -> String {
        let of_diagnostics = || self.diagnostics.first().map(|diagnostic| diagnostic.message.clone());
        self.message.clone().or_else(of_diagnostics).unwrap_or_default()
    }

    /// Says it on standard error.
    pub(super) fn tell(self) -> Exit {
        let mut err = std::io::stderr().lock();
        let errors = self.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        if !self.diagnostics.is_empty() {
            let _ = writeln!(err, "{}", render(&self.diagnostics, terminal::stderr_style().colour));
        }
        if errors > 1 {
            let _ = writeln!(err, "\ncutover: {} found; nothing was run", crate::base::count(errors, "error"));
        }
        if let Some(message) = &self.message {
            let _ = writeln!(err, "cutover: {message}");
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(err, "  {}", sentence(hint));
        }
        self.exit
    }
}

impl From<GitError> for Failed {
    fn from(error: GitError) -> Self {
        let exit = match &error {
            GitError::DiskFull(_) => Exit::SomeFailed,
            GitError::ReadOnly(_) | GitError::PermissionDenied(_) => Exit::Permission,
            _ => Exit::Usage,
        };
        let hint = error.hint();
        Self { hint, ..Self::new(exit, error.to_string()) }
    }
}

impl From<JournalError> for Failed {
    fn from(error: JournalError) -> Self {
        let exit = match &error {
            JournalError::NotWritable { .. } | JournalError::Directory { .. } => Exit::Permission,
            JournalError::NoSuchRun { .. } | JournalError::AmbiguousRun { .. } => Exit::Usage,
            _ => Exit::SomeFailed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<LockError> for Failed {
    fn from(error: LockError) -> Self {
        let exit = match &error {
            LockError::Held(_) => Exit::Locked,
            LockError::Io { .. } => Exit::Permission,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<WorldError> for Failed {
    fn from(error: WorldError) -> Self {
        match error {
            WorldError::Git(error) => error.into(),
            WorldError::Forge(error) => error.into(),
            WorldError::Worker => Self::new(Exit::SomeFailed, error.to_string()),
        }
    }
}

impl From<RolloutError> for Failed {
    fn from(error: RolloutError) -> Self {
        Self::usage(format!("failed to work out the rollout: {error}"))
    }
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        let hint = error.hint();
        match error {
            EngineError::Git(error) => {
                let failed = Self::from(error);
                let exit = if failed.exit == Exit::Permission { Exit::Permission } else { Exit::SomeFailed };
                Self { exit, ..failed }
            }
            error => Self { hint, ..Self::new(Exit::SomeFailed, error.to_string()) },
        }
    }
}

impl From<RecoverError> for Failed {
    fn from(error: RecoverError) -> Self {
        match error {
            RecoverError::Git(error) => error.into(),
            error => Self::usage(error.to_string()),
        }
    }
}

impl From<InPlaceError> for Failed {
    fn from(error: InPlaceError) -> Self {
        match error {
            InPlaceError::Git(error) => error.into(),
            InPlaceError::Bare(_) => Self::usage(error.to_string()),
            InPlaceError::Io { .. } => Self::new(Exit::Permission, error.to_string())
                .hint("files written before it keep their new content; `git status` shows them"),
        }
    }
}

impl From<ForgeError> for Failed {
    fn from(error: ForgeError) -> Self {
        let exit = match error.class() {
            ForgeErrorClass::Permission | ForgeErrorClass::RateLimit => Exit::Permission,
            _ => Exit::SomeFailed,
        };
        Self { hint: error.hint(), ..Self::new(exit, error.to_string()) }
    }
}

impl From<IllegalEvent> for Failed {
    fn from(error: IllegalEvent) -> Self {
        Self::new(Exit::SomeFailed, format!("the journal of this run does not fit its plan: {error}"))
            .hint("it was damaged or written by something else; `cutover runs` lists the others")
    }
}

impl From<DiscoverError> for Failed {
    fn from(error: DiscoverError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<CompileError> for Failed {
    fn from(error: CompileError) -> Self {
        Self::usage(error.to_string()).hint("use the version of cutover that began this run")
    }
}

impl From<FrozenError> for Failed {
    fn from(error: FrozenError) -> Self {
        Self::usage(error.to_string()).hint("use the version of cutover that wrote it")
    }
}

impl From<crate::event::Failure> for Failed {
    fn from(failure: crate::event::Failure) -> Self {
        let exit = match failure.class {
            FailureClass::Expression => Exit::Usage,
            FailureClass::Permission | FailureClass::RateLimit => Exit::Permission,
            _ => Exit::SomeFailed,
        };
        Self { hint: failure.hint, ..Self::new(exit, failure.message) }
    }
}
