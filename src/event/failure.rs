//! Why a step failed, in a form that retries, summaries and reports can use.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of a failure: what decides whether to try again, and how failures are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    /// The connector's files do not allow the edit; a person must look.
    Edit,
    /// An expression or a `with` value could not be evaluated for this connector.
    Expression,
    /// A process ended with an exit code other than 0.
    Process,
    /// A step ran longer than its `timeout`.
    Timeout,
    /// The network, or a server on the other side of it.
    Network,
    /// A forge or registry asked us to slow down.
    RateLimit,
    /// Not allowed: a token, a protected branch, a read-only disk.
    Permission,
    /// The branch or pull request is not as we left it.
    Conflict,
    /// A criterion under `success:` does not hold.
    Unmet,
    /// This machine: no disk space, no memory, a lost object.
    Machine,
    /// The run was interrupted while the step was under way.
    Interrupted,
}

impl FailureClass {
    /// Every class, in the order of its declaration.
    pub const ALL: [Self; 11] = [
        Self::Edit,
        Self::Expression,
        Self::Process,
        Self::Timeout,
        Self::Network,
        Self::RateLimit,
        Self::Permission,
        Self::Conflict,
        Self::Unmet,
        Self::Machine,
        Self::Interrupted,
    ];

    /// The name in workflow files, journals and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Expression => "expression",
            Self::Process => "process",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::RateLimit => "rate-limit",
            Self::Permission => "permission",
            Self::Conflict => "conflict",
            Self::Unmet => "unmet",
            Self::Machine => "machine",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A failure: its class, what happened, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its kind.
    pub class: FailureClass,
    /// What happened, one sentence fragment that names the file or command.
    pub message: String,
    /// The same for every connector with this cause: what summaries group by. Equal to `message` if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What to do now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The end of the step's log, if it ran a process.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tail: Vec<String>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), cause: None, hint: None, tail: Vec::new() }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the cause that this failure shares with others.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What summaries group this failure by.
    pub fn group(&self) -> &str {
        self.cause.as_deref().unwrap_or(&self.message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
