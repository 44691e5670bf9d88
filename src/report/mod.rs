//! Everything that people and scripts read: lists, plans, runs, progress, reports as files, help of actions.
//!
//! Functions of this module turn data of the layers below into text or JSON and return it; only
//! [`progress`] writes, to where the caller says. Nothing here starts anything, reads arguments or
//! decides what comes next: the commands to type next come from the caller.
//!
//! Every JSON value is an object that begins with `schema: "cutover.<verb>/1"`. Keys may be added
//! under the same number, never taken away or given another meaning.

mod causes;
mod layout;
mod line;
mod style;
mod versions;

pub mod actions;
pub mod check;
pub mod doctor;
pub mod each;
pub mod export;
pub mod hint;
pub mod in_place;
pub mod list;
pub mod plan;
pub mod progress;
pub mod run;
pub mod runs;
pub mod verify;

#[cfg(test)]
mod tests;

pub use style::Style;

/// The name of a verb's JSON form, the value of `schema`.
fn schema(verb: &str) -> String {
    format!("cutover.{verb}/1")
}
