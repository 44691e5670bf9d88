//! Testing connectors for real: connectors of our own making, with real pytest in real virtual environments and images,
//! through the binary.
//!
//! PyPI is asked once for each checkout; where it does not answer, the tests say that they are skipped.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/containers/mod.rs"]
#[expect(dead_code, reason = "what it can do is shared with other tests")]
mod containers;
#[path = "../support/monorepo.rs"]
#[expect(dead_code, reason = "what it can do is shared with other tests")]
mod monorepo;
#[path = "../cli/place.rs"]
#[expect(dead_code, reason = "what it can do is shared with other tests")]
mod place;

mod endings;
mod images;
mod installing;
mod outcomes;
mod secret;
mod stage;
mod wheels;
