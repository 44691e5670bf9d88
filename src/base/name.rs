//! Names of units, steps and runs, checked once where they enter.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A name that does not have the shape its kind asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name has no characters.
    #[error("the name is empty")]
    Empty,
    /// A step id that is not letters, digits, dashes and underscores.
    #[error("`{0}` is not a step id: use letters, digits, `-` and `_`, beginning with a letter")]
    StepId(String),
    /// A run id that could not be a file name.
    #[error("`{0}` is not a run id: use letters, digits, `-`, `_` and `.`")]
    RunId(String),
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(Arc<str>);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name! {
    /// The name of a connector's way through a workflow: the connector's directory
    /// name where only one connector has it, its path below the root otherwise.
    UnitName
}

name! {
    /// The id of a step, as the workflow file spells it (dashes allowed).
    StepId
}

name! {
    /// The id of a run: a file name, unique in its repository, sortable by time.
    RunId
}

impl UnitName {
    /// A unit's name; any text but the empty one.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        Ok(Self(name.into()))
    }

    /// The name as one file name: slashes become `__`.
    pub fn file_name(&self) -> String {
        self.0.replace('/', "__")
    }
}

impl StepId {
    /// A step id: a letter, then letters, digits, `-` and `_`.
    pub fn new(id: &str) -> Result<Self, NameError> {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !id.starts_with(|c: char| c.is_ascii_alphabetic()) || !id.chars().all(legal) {
            return Err(NameError::StepId(id.to_owned()));
        }
        Ok(Self(id.into()))
    }

    /// The id as expressions spell it: dashes read as underscores.
    pub fn identifier(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl RunId {
    /// A run id: letters, digits, `-`, `_` and `.`, so that it can be a file name.
    pub fn new(id: &str) -> Result<Self, NameError> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if id.is_empty() || id.starts_with('.') || !id.chars().all(legal) {
            return Err(NameError::RunId(id.to_owned()));
        }
        Ok(Self(id.into()))
    }
}
