//! What can go wrong on the way to a host and back, sorted by what helps.

use std::time::Duration;

/// What kind of failure it is: decides whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebErrorClass {
    /// The host was not reached, did not answer in time or not sensibly.
    Network,
    /// The host asks to come back later.
    RateLimit,
    /// The host wants to know who asks, or does not allow it.
    Permission,
    /// The address is wrong, or nothing is there.
    Address,
    /// This machine is not set up for it.
    Machine,
}

/// A failed question. The text reads on after "failed to …: "; [`WebError::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// Not an address.
    #[error("`{url}` is not an address: {why}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Unencrypted, and to another machine.
    #[error("`{url}` would be asked without encryption")]
    Insecure {
        /// The address.
        url: String,
    },
    /// Nothing may be asked.
    #[error("{host} would have to be asked, which --offline forbids")]
    Offline {
        /// Whom.
        host: String,
    },
    /// No connection.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// Whom.
        host: String,
        /// The system's words.
        why: String,
    },
    /// Nobody vouches for the host.
    #[error("the certificate of {host} is not accepted: {why}")]
    Certificate {
        /// Whose.
        host: String,
        /// Why not.
        why: String,
    },
    /// It took too long.
    #[error("{host} did not answer in time")]
    TimedOut {
        /// Who.
        host: String,
    },
    /// The connection broke.
    #[error("the connection to {host} broke: {why}")]
    Broken {
        /// To whom.
        host: String,
        /// The system's words.
        why: String,
    },
    /// The answer is longer than anybody expects.
    #[error("{host} answered with more than {limit} bytes")]
    TooLarge {
        /// Who.
        host: String,
        /// How much is read, in bytes.
        limit: usize,
    },
    /// Redirected for ever, or to where nobody may be sent.
    #[error("{host} redirects {}", .why)]
    Redirect {
        /// Who.
        host: String,
        /// Where to, or how often.
        why: String,
    },
    /// A status that is no success.
    #[error("{host} answered with status {status}")]
    Status {
        /// Who.
        host: String,
        /// The status code.
        status: u16,
        /// How long it asks to wait, if it says.
        retry_after: Option<Duration>,
    },
    /// The answer is not JSON.
    #[error("{host} did not answer with JSON but with {kind}")]
    NotJson {
        /// Who.
        host: String,
        /// What it says it is, or where it stops being JSON.
        kind: String,
    },
    /// No certificates to check hosts with.
    #[error("connections cannot be encrypted: {why}")]
    Tls {
        /// Why not.
        why: String,
    },
}

impl WebError {
    /// What kind of failure it is.
    pub fn class(&self) -> WebErrorClass {
        match self {
            Self::Url { .. } | Self::Insecure { .. } | Self::Status { status: 400 | 404 | 405 | 410, .. } => {
                WebErrorClass::Address
            }
            Self::Status { status: 401 | 403 | 407, .. } => WebErrorClass::Permission,
            Self::Status { status: 429, .. } => WebErrorClass::RateLimit,
            Self::Tls { .. } => WebErrorClass::Machine,
            Self::Offline { .. }
            | Self::Unreachable { .. }
            | Self::Certificate { .. }
            | Self::TimedOut { .. }
            | Self::Broken { .. }
            | Self::TooLarge { .. }
            | Self::Redirect { .. }
            | Self::Status { .. }
            | Self::NotJson { .. } => WebErrorClass::Network,
        }
    }

    /// What to do now.
    pub fn hint(&self) -> String {
        match self {
            Self::Url { .. } => "write it as `https://host/path`".to_owned(),
            Self::Insecure { .. } => "use https; plain http is only for this machine (localhost, 127.0.0.1)".to_owned(),
            Self::Offline { .. } => {
                "leave out --offline, or run a plan that was made online: it carries the answers".to_owned()
            }
            Self::Unreachable { .. } | Self::Broken { .. } => {
                "look at the connection and at the name of the host, then try again; \
                 behind a proxy set HTTPS_PROXY"
                    .to_owned()
            }
            Self::TimedOut { .. } => "try again later, or look at the connection".to_owned(),
            Self::Certificate { .. } => {
                "add the certificate of its authority to those of the system, or name it with SSL_CERT_FILE".to_owned()
            }
            Self::TooLarge { .. } => "name an address with a smaller document".to_owned(),
            Self::Redirect { .. } => "name the address that it ends at".to_owned(),
            Self::Status { status: 401 | 403 | 407, .. } => "look at who may read it".to_owned(),
            Self::Status { retry_after: Some(wait), .. } => format!("try again in {} s", wait.as_secs().max(1)),
            Self::Status { status: 400 | 404 | 405 | 410, .. } => "look at the address".to_owned(),
            Self::Status { .. } => "try again later".to_owned(),
            Self::NotJson { .. } => "look at the address; a login page in between answers with HTML".to_owned(),
            Self::Tls { .. } => "install the system's certificates (package ca-certificates)".to_owned(),
        }
    }
}
