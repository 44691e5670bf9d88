//! How a connector's image is made, as values: what is done to it, one [`Instruction`] after the other, and the
//! Containerfile that does it.
//!
//! [`Sources`] tells by a connector's files what is to be installed, [`Recipe`] makes a [`Containerfile`] of that, of a
//! base image and of what the connector's hooks do. The order is the reference's: the base with the first hook, the
//! dependencies in a builder, what they left in `/usr/local` onto a fresh copy of the base, the code, the entry point,
//! the labels, the last hook. [`read_spec`] knows the answer of a connector that was built.
//!
//! Pure: nothing here starts an engine or reads a file.

mod containerfile;
mod error;
mod install;
mod instruction;
mod quote;
mod render;
mod sources;
mod spec;

#[cfg(test)]
mod tests;

pub use containerfile::{CODE, Containerfile, FILES, Recipe, SIDE, Side, SideContent, VARIABLES, WHEELS};
pub use error::RecipeError;
pub use install::Installation;
pub use instruction::{Instruction, Mount, MountContent, Protocol};
pub use sources::{Listing, MAIN_FILE, Packaging, Sources};
pub use spec::{SpecError, read_spec};
