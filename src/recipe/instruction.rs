//! One act on an image, written so that it needs nothing but itself.
//!
//! Hooks and the build say what they do to an image in these words. Everything that depends on what came before is
//! worked out by whoever makes an instruction: paths in the image are absolute, variables in values are replaced, a
//! command carries the entry point it is started through and the mounts it sees. So each instruction can be rendered
//! by itself, and two equal lists make equal images.

use serde::{Deserialize, Serialize};

/// One act on an image. Paths in the image are absolute; sources are paths below the root of what is laid out of the
/// repository, without a leading slash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Instruction {
    /// Runs a program in the image and keeps what it changes.
    Exec {
        /// The program and its arguments, the entry point included where the command goes through it. No shell reads
        /// them.
        args: Vec<String>,
        /// What it sees beside the image, in the order in which it was mounted; nothing of it ends up in the image.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mounts: Vec<Mount>,
    },
    /// Sets a variable for every later command and for the connector.
    Env {
        /// Its name.
        name: String,
        /// Its value, to be taken as it is: a `$` in it is a `$`.
        value: String,
    },
    /// Takes a variable away.
    UnsetEnv {
        /// Its name.
        name: String,
    },
    /// Writes a file; missing directories above it are made.
    NewFile {
        /// Where.
        path: String,
        /// What is in it, exactly.
        contents: String,
        /// Its mode; `0o644` if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permissions: Option<u32>,
        /// `user` or `user:group`, by name or number; root if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
    /// Makes a directory, and those above it.
    NewDirectory {
        /// Where.
        path: String,
        /// Its mode; `0o755` if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permissions: Option<u32>,
        /// `user` or `user:group`, by name or number; root if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
    /// Copies a file of the repository to exactly this path.
    CopyFile {
        /// The file, below the root of what is laid out.
        source: String,
        /// Where it goes, its name included.
        path: String,
        /// Its mode; that of the source if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permissions: Option<u32>,
        /// `user` or `user:group`, by name or number; root if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
    /// Copies what is in a directory of the repository into this directory; what is there already stays.
    CopyDirectory {
        /// The directory, below the root of what is laid out; empty for that root.
        source: String,
        /// The directory that takes its entries.
        path: String,
        /// Patterns of what to copy, in the words of a `.dockerignore` file; everything if empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        include: Vec<String>,
        /// Patterns of what to leave out, in the words of a `.dockerignore` file.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exclude: Vec<String>,
        /// `user` or `user:group`, by name or number; root if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
    /// Runs later commands, and the connector, as this user.
    User {
        /// `user` or `user:group`, by name or number.
        name: String,
    },
    /// Runs later commands, and the connector, in this directory; it is made if need be.
    Workdir {
        /// The directory.
        path: String,
    },
    /// Sets a label of the image.
    Label {
        /// Its name.
        name: String,
        /// Its value, to be taken as it is.
        value: String,
    },
    /// Takes a label away that the image has.
    UnsetLabel {
        /// Its name.
        name: String,
    },
    /// What the image starts. It takes away the default arguments, as in a Dockerfile.
    Entrypoint {
        /// The program and its first arguments; empty for none.
        args: Vec<String>,
    },
    /// The arguments of the entry point where none are given.
    DefaultArgs {
        /// The arguments; empty for none.
        args: Vec<String>,
    },
    /// Notes a port that the image listens on.
    ExposedPort {
        /// Its number.
        port: u16,
        /// The protocol.
        protocol: Protocol,
    },
}

/// What a command sees at a path beside the image's own files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// Where, in the image.
    pub path: String,
    /// What.
    pub content: MountContent,
}

/// What a mount shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum MountContent {
    /// A directory that the engine keeps from one build to the next.
    Cache {
        /// Which: mounts with one key share their content.
        key: String,
    },
    /// An empty directory, forgotten afterwards.
    Temp,
    /// A file of the repository; changes to it are forgotten.
    File {
        /// The file, below the root of what is laid out.
        source: String,
    },
    /// A directory of the repository; changes in it are forgotten.
    Directory {
        /// The directory, below the root of what is laid out; empty for that root.
        source: String,
    },
}

/// The protocol of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// As `EXPOSE` spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}
