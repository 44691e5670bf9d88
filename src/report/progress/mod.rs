//! What is seen while a run works: a live display on a terminal, plain lines elsewhere.
//!
//! Both are observers of the engine: they are told what happened and never ask. The final summary is not theirs,
//! see [`run`](super::run).

mod live;
mod plain;
mod tally;
mod words;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::engine::Observer;
use crate::plan::Migration;

use super::Style;

pub use live::Live;

/// A display on stderr: a bar with counts and times, and a line for each connector that is worked on. `begun` is how
/// many connectors were at their end before. Lines are cut to the terminal's width, also when that changes.
pub fn live(migration: Arc<Migration>, begun: usize, style: &Style) -> Live {
    Live::new(migration, begun, *style)
}

/// A line when a connector is at its end, such as `[ 12/291] source-faker: changed, 3.2 s`; retries and warnings once
/// each. No bars, no colours. What cannot be written is dropped: the run is not to suffer from a closed pipe.
pub fn plain(migration: Arc<Migration>, out: Arc<Mutex<dyn Write + Send>>) -> Observer {
    plain::observer(migration, out)
}
