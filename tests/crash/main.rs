//! Runs that are killed: at every write of the journal, at random moments, with a torn journal, on full disks. What is
//! resumed must end as if nothing had happened.
//!
//! The engine runs in child processes: this very program, started again with the test [`child::carries_a_run_out`] and
//! a task in its environment.
#![expect(clippy::print_stdout, reason = "rounds done and tests skipped are said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "every test uses its part")]
#[path = "../support/github/mod.rs"]
mod double;
#[path = "../support/monorepo.rs"]
mod monorepo;

mod child;
mod disk;
mod github;
mod random;
mod result;
mod site;
mod sweep;
mod torn;
