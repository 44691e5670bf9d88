//! The binary on small repositories of our own making: what it says, what it leaves, its exit codes.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/corpus.rs"]
mod corpus;
#[path = "../support/monorepo.rs"]
mod monorepo;

mod bad_connectors;
mod bad_input;
mod contracts;
mod corpus_plan;
mod doctor;
mod in_place;
mod merging;
mod patches;
mod people;
mod place;
mod plans;
mod processes;
mod pushing;
mod reports;
mod resuming;
mod rolling_out;
mod run_steps;
mod traps;
mod trying_out;
