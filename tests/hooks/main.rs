//! Hooks of our own, recorded for real by the Python of this machine: what they do, what they do wrong, what they may
//! not do.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/monorepo.rs"]
#[expect(dead_code, reason = "what it can do is shared with other tests")]
mod monorepo;
#[path = "../cli/place.rs"]
#[expect(dead_code, reason = "what it can do is shared with other tests")]
mod place;

mod calls;
mod connector;
mod dagger;
mod faults;
mod handover;
mod machine;
mod recordings;
mod sdk;
