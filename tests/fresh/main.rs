//! A run whose base moves, through the binary, with a real bare remote: open pull requests are made anew and conflict
//! with nothing, and what a person touched is left.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/corpus.rs"]
mod corpus;
#[path = "../support/monorepo.rs"]
mod monorepo;
#[path = "../cli/place.rs"]
mod place;

mod refresh;
mod stage;
