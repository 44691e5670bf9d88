//! The GitHub forge against a double of GitHub: real HTTP, a real repository, and GitHub's own descriptions of its
//! interface as the judge of what was sent.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "every test uses its part")]
#[path = "../support/github/mod.rs"]
mod github;
#[expect(dead_code, reason = "every test uses its part")]
#[path = "../support/monorepo.rs"]
mod monorepo;
#[expect(dead_code, reason = "every test uses its part")]
#[path = "../cli/place.rs"]
mod place;

mod app;
mod asking;
mod bad_input;
mod counts;
mod doctor;
mod faults;
mod forks;
mod hidden;
mod killed;
mod life;
mod odd;
mod pacing;
mod reading;
mod refusals;
mod site;
mod stage;
