//! How a connector's image is made, as values: what is done to it, one [`Instruction`] after the other.
//!
//! Pure: nothing here starts an engine or reads a file.

mod instruction;

pub use instruction::{Instruction, Mount, MountContent, Protocol};
