//! What the checks know of an action. The actions themselves live two layers above and hand their specifications down.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an action may do, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Overlay in, overlay out: pure and idempotent. Plan and run alike.
    Edit,
    /// Asks the outside world and changes nothing; the answer is frozen into the plan.
    Resolve,
    /// A process in a materialised workspace, whose changed files come back as edits.
    Execute,
    /// Changes the outside world: safe to repeat, never part of a plan.
    Publish,
}

impl Effect {
    /// The class as users read and write it: `edit`, `resolve`, `execute`, `publish`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Resolve => "resolve",
            Self::Execute => "execute",
            Self::Publish => "publish",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The output that every step has besides its own: whether it changed anything.
pub const CHANGED_OUTPUT: &str = "changed";

/// One value that an action gives to later steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// Its name, as `${{ steps.<id>.<name> }}` spells it.
    pub name: &'static str,
    /// Its type in words: `string`, `integer`, `boolean`.
    pub kind: &'static str,
    /// What it is, as a sentence.
    pub description: &'static str,
}

/// What the checks, the JSON schema and `cutover actions` know of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionSpec {
    /// What `uses` calls it, such as `file.remove`.
    pub name: &'static str,
    /// What it may do.
    pub effect: Effect,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The JSON schema (2020-12) of its `with`; an object whose `properties` are the keys.
    pub with: serde_json::Value,
    /// What it gives to later steps.
    pub outputs: Vec<OutputSpec>,
    /// A step as an author would write it, in YAML.
    pub example: &'static str,
}

impl ActionSpec {
    /// The names of its outputs, in the order of their declaration.
    pub fn output_names(&self) -> Vec<&'static str> {
        self.outputs.iter().map(|output| output.name).collect()
    }
}
