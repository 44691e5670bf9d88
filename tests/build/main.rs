//! Building connectors for real: Debian's buildah as root, base images and a registry of the tests' own making.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/containers/mod.rs"]
mod containers;

mod fixture;
