//! Pushes over real smart HTTP: the user's git on one side, git's own `http-backend` on the other.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod chunks;
mod clones;
mod faults;
mod fetching;
#[path = "../support/git_http.rs"]
mod git_http;
mod measure;
mod outcomes;
mod property;
mod server;
mod ssh;
mod world;
