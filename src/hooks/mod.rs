//! A connector's `build_customization.py`: its hooks are called, and what they do to the image is written down.
//!
//! The hooks are Python, written against the `Container` of dagger's SDK. [`Recording`] prepares a process of their own
//! in which a stand-in for that SDK (`recorder/`, which needs Python 3.8 and no package) notes every call as an
//! [`Instruction`]; the caller runs the process and has [`Recording::read`] make a [`Customization`] or a
//! [`HookError`] of what it left. Nothing here builds, and no engine is asked: what a hook wants to *know* of a running
//! container is refused by name. [`dagger`] hands the same hooks to the real engine.
//!
//! Hooks are somebody's program. They run on a copy of the connector's files, with a cleaned environment, without the
//! network, with little memory, and not for long; see [`Sandbox`].

mod answer;
pub mod dagger;
mod error;
mod facts;
mod fault;
mod recording;
mod sandbox;

use serde::{Deserialize, Serialize};

pub use error::{HookError, HookErrorClass};
pub use facts::{BaseFacts, Installed};
pub use fault::{Fault, Place, Stage};
pub use recording::{Hooks, Recording};
pub use sandbox::Sandbox;

use crate::recipe::{Instruction, Mount};

/// The file that holds the hooks, in the connector's directory.
pub const FILE: &str = "build_customization.py";

/// The main file of a connector whose hooks name no other.
pub const MAIN_FILE: &str = "main.py";

/// What the hooks of a connector change about its build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customization {
    /// The file that the entry point runs, below the connector's directory: `MAIN_FILE_NAME`, or `main.py`.
    pub main_file: String,
    /// What `pre_connector_install` does to the base image.
    pub pre: Vec<Instruction>,
    /// What is still mounted when `pre_connector_install` ends: the commands that install the connector see it too.
    pub mounts: Vec<Mount>,
    /// What `post_connector_install` does to the image of the connector.
    pub post: Vec<Instruction>,
    /// What a person should know about the recording, as sentences.
    pub notes: Vec<String>,
}

impl Default for Customization {
    /// That of a connector without hooks.
    fn default() -> Self {
        Self { main_file: MAIN_FILE.to_owned(), pre: vec![], mounts: vec![], post: vec![], notes: vec![] }
    }
}
