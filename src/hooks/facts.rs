//! What hooks can ask about the container that they are given.

use serde::Serialize;

use crate::recipe::Protocol;

/// What the configuration of the base image says: the answers to a pre hook's questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BaseFacts {
    /// The image's address.
    pub address: String,
    /// The platform to build for, such as `linux/amd64`.
    pub platform: String,
    /// Its variables.
    pub env: Vec<(String, String)>,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Its entry point.
    pub entrypoint: Vec<String>,
    /// Its default arguments.
    pub default_args: Vec<String>,
    /// Its working directory; empty is `/`.
    pub workdir: String,
    /// Its user; empty is root.
    pub user: String,
    /// The ports that it notes.
    pub ports: Vec<(u16, Protocol)>,
}

impl BaseFacts {
    /// An image of which only the address and the platform are known.
    pub fn new(address: impl Into<String>, platform: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            platform: platform.into(),
            env: Vec::new(),
            labels: Vec::new(),
            entrypoint: Vec::new(),
            default_args: Vec::new(),
            workdir: String::new(),
            user: String::new(),
            ports: Vec::new(),
        }
    }
}

/// What the build sets between the two hooks: the answers to a post hook's questions, on top of the base image's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Installed {
    /// Where the connector's code is, and the working directory. The entry point is `python` and the main file in it,
    /// and `AIRBYTE_ENTRYPOINT` says the same.
    pub code_directory: String,
    /// The labels that are set.
    pub labels: Vec<(String, String)>,
}
