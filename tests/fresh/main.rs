//! A run whose base moves, through the binary, with a real bare remote: open pull requests are made anew and conflict
//! with nothing, and what a person touched is left.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "every test uses its part")]
#[path = "../support/monorepo.rs"]
mod monorepo;
#[expect(dead_code, reason = "every test uses its part")]
#[path = "../cli/place.rs"]
mod place;

mod adopt;
mod close;
mod crash;
mod refresh;
mod revert;
mod stage;
