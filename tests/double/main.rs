//! The double of GitHub, held against what GitHub publishes about itself.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "every test uses its part")]
#[path = "../support/github/mod.rs"]
mod github;

mod access;
mod client;
mod contract;
mod control;
mod faults;
mod gh;
mod graphql;
mod many;
mod people;
mod pulls;
mod remote;
