//! Container engines: buildah, podman and docker behind one narrow interface.
//!
//! An [`Engine`] says in which words its program is told to pull, build, run or inspect; each is an [`Invocation`],
//! which the caller runs in the way in which it runs everything, with a log, limits and an end. What comes back is read
//! here: [`ImageFacts`], the [`Symptom`] of a failure, what is wrong with an engine ([`EngineError`]). [`Engines`] is
//! what all connectors of a command share. Which image a connector needs, and how it is made, is not decided here.

mod build;
mod engine;
mod engines;
mod error;
mod facts;
mod kind;
mod leftovers;
mod probe;
mod run;
mod symptom;

#[cfg(test)]
mod tests;

pub use build::Build;
pub use engine::{Engine, Invocation, Network, loaded, variables_script};
pub use engines::{BaseImage, Engines, Halt};
pub use error::EngineError;
pub use facts::ImageFacts;
pub use kind::{EngineChoice, EngineKind};
pub use leftovers::{Container, Hold, base_file, base_name, container_name, is_marked};
pub use probe::{probe_error, run_root};
pub use run::{Run, Volume};
pub use symptom::{Symptom, complaint, last_words};
