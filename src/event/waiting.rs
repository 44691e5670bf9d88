//! What a step waits for: something in the world that nobody here can hurry.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What has to happen in the world first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitsFor {
    /// Checks that have not ended.
    Checks,
    /// A person's approval.
    Review,
    /// The merge queue, or a rule of the forge that does not allow the merge yet.
    Merge,
    /// A new base: the pull request conflicts until `cutover refresh` computes it again.
    Refresh,
    /// Another pull request that goes first.
    Turn,
    /// The rollout: its wave, its window of time or its limits.
    Rollout,
    /// The forge's limits of calls.
    Limit,
}

impl WaitsFor {
    /// The name in journals and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Review => "review",
            Self::Merge => "merge",
            Self::Refresh => "refresh",
            Self::Turn => "turn",
            Self::Rollout => "rollout",
            Self::Limit => "limit",
        }
    }
}

/// A step's waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// For what.
    #[serde(rename = "for")]
    pub on: WaitsFor,
    /// The same for people, as a fragment that reads on after "waits for ": `2 of 5 checks: ci / test, lint`.
    pub detail: String,
    /// When it is worth asking again, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Waiting {
    /// A waiting without a known end.
    pub fn new(on: WaitsFor, detail: impl Into<String>) -> Self {
        Self { on, detail: detail.into(), until: None }
    }

    /// Says when it is worth asking again.
    #[must_use]
    pub fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waits for {}", self.detail)
    }
}
