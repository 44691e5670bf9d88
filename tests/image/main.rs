//! Looking up images: against a real registry where this machine has one (Debian's package docker-registry), against a
//! server of our own for what that one lacks, and with the binary.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/monorepo.rs"]
#[expect(dead_code, reason = "what it can do is shared with other tests")]
mod monorepo;
#[path = "../cli/place.rs"]
#[expect(dead_code, reason = "what it can do is shared with other tests")]
mod place;

mod binary;
mod credentials;
mod debian;
mod double;
mod faults;
mod json;
mod lookups;
mod wire;
