//! Building connectors for real: Debian's buildah as root, base images and a registry of the tests' own making.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/containers/mod.rs"]
mod containers;
#[path = "../support/monorepo.rs"]
#[expect(dead_code, reason = "what it can do is shared with other tests")]
mod monorepo;
#[path = "../cli/place.rs"]
#[expect(dead_code, reason = "what it can do is shared with other tests")]
mod place;

mod bases;
mod connectors;
mod faults;
mod fixture;
mod instructions;
mod real;
mod site;
