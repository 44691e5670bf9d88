//! Edits of text files that change the lines that must change, and no others.
//!
//! An edit is a function of a text: it finds the place, returns [`Splice`]s, and has proved by
//! reading the new text again that exactly the addressed value differs and that doing the same
//! again changes nothing. Nothing here reads or writes files, and nothing knows of connectors.

mod brackets;
pub mod changelog;
pub mod dockerfile;
mod error;
pub mod json;
pub mod markdown;
mod path;
mod splice;
pub mod text;
pub mod toml;
mod verify;
pub mod version;
pub mod yaml;

pub use error::{EditError, Format, Obstacle};
pub use path::{Segment, ValuePath};
pub use splice::{Edit, Splice};
