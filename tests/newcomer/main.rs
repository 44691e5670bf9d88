//! What a newcomer reads and types: the demo, the README, the examples.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod demo;
mod examples;
mod newcomer;
mod readme;
