//! Images in registries: which tag a version means, and which digest a tag has.
//!
//! [`Resolver`] answers a [`Query`] with an address that names one image for ever: `host/name:tag@sha256:…`. It asks each
//! registry as little as it can: one listing of tags for each repository, one look at each tag, whoever asks how often.
//! [`Lock`] holds answers in a file. Names, defaults and credentials are those of docker; the crate oci-client knows the
//! names and the words of the protocol, the requests themselves are made here, since its client keeps the headers to
//! itself that say where the next page is and how long to wait. Nothing here pulls an image.

mod address;
mod authorisation;
mod challenge;
mod credentials;
mod error;
mod lock;
mod manifest;
mod pages;
mod platform;
mod query;
mod registry;
mod resolver;
mod version;

pub use address::{Address, Repository};
pub use credentials::DockerConfig;
pub use error::{ImageError, ImageErrorClass};
pub use lock::{LOCK_FILE, Lock, LockError};
pub use platform::Platform;
pub use query::{Query, Wanted};
pub use resolver::{Resolved, Resolver};
