//! What can go wrong between a version and its digest, sorted by what helps.

use std::time::Duration;

use crate::base::sentence_list;
use crate::web::{WebError, WebErrorClass};

/// What kind of failure it is: decides whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageErrorClass {
    /// The registry was not reached, or does not answer like one.
    Network,
    /// The registry asks to come back later.
    RateLimit,
    /// The registry wants to know who asks, or does not allow it.
    Permission,
    /// What was asked for cannot be, or is not there.
    Request,
    /// A tag has another digest than it should have.
    Conflict,
    /// This machine is not set up for it.
    Machine,
}

/// A failed look-up. The text reads on after "failed to …: "; [`ImageError::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Not the name of a repository.
    #[error("`{text}` is not a repository: {why}")]
    Repository {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// Not an address of an image.
    #[error("`{text}` is not the address of an image: {why}")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// Not a version.
    #[error("`{text}` is neither `latest` nor a version, a range of versions or an address")]
    Version {
        /// What was given.
        text: String,
    },
    /// Not a suffix.
    #[error("`{text}` is not a suffix of tags, which begins with a dash")]
    Suffix {
        /// What was given.
        text: String,
    },
    /// A version with a suffix, and another suffix.
    #[error("the version {text} has the suffix {own}, and the suffix {suffix} is asked for")]
    Suffixes {
        /// The version.
        text: String,
        /// Its suffix.
        own: String,
        /// The other.
        suffix: String,
    },
    /// Not a platform.
    #[error("`{text}` is not a platform such as linux/amd64")]
    Platform {
        /// What was given.
        text: String,
    },
    /// No tag is what is wanted.
    #[error("{repository} has no {wanted}{}", passed_over(.tags, *.total))]
    NoVersion {
        /// Where.
        repository: String,
        /// What was looked for.
        wanted: String,
        /// A few of its tags.
        tags: Vec<String>,
        /// How many it has.
        total: usize,
    },
    /// No such tag.
    #[error("{repository} has no tag {tag}")]
    NoTag {
        /// Where.
        repository: String,
        /// The tag.
        tag: String,
        /// Tags that are there, the most alike first.
        near: Vec<String>,
    },
    /// No such repository.
    #[error("the registry {host} has no repository {path}")]
    NoRepository {
        /// The registry.
        host: String,
        /// The name in it.
        path: String,
    },
    /// Tag and digest of an address are not of one image.
    #[error("{repository}:{tag} has the digest {found} in the registry, not {given}")]
    Disagree {
        /// Where.
        repository: String,
        /// The tag.
        tag: String,
        /// The digest that was given.
        given: String,
        /// The digest that the tag has.
        found: String,
    },
    /// The image is not built for a platform.
    #[error("{image} is not built for {}; it is built for {}", sentence_list(&words(.missing)), platforms(.found))]
    NoPlatform {
        /// The image.
        image: String,
        /// Platforms that were asked for and are not there.
        missing: Vec<String>,
        /// Platforms that are there.
        found: Vec<String>,
    },
    /// The registry does not let us read.
    #[error("{host} does not let {} read {path}{}", .user.as_deref().unwrap_or("anybody without a name"), note(.why.as_ref()))]
    Refused {
        /// The registry.
        host: String,
        /// The name in it.
        path: String,
        /// As whom we asked.
        user: Option<String>,
        /// What the registry or the configuration of docker says.
        why: Option<String>,
    },
    /// Too many questions.
    #[error("{host} takes no more questions for now{}", after(*.retry_after))]
    RateLimit {
        /// Who.
        host: String,
        /// How long it asks to wait, if it says.
        retry_after: Option<Duration>,
        /// Whether we said who we are.
        known: bool,
    },
    /// It answers, but not as a registry does.
    #[error("{host} does not answer as a registry does: {got}")]
    NotARegistry {
        /// Who.
        host: String,
        /// What came back.
        got: String,
    },
    /// What the tag names is no image.
    #[error("{image} is no image but {media_type}")]
    NotAnImage {
        /// The address.
        image: String,
        /// What it is.
        media_type: String,
    },
    /// Content and digest do not belong together.
    #[error("{host} says that {image} has the digest {said}, but what it sends has {found}")]
    Corrupt {
        /// The registry.
        host: String,
        /// The address.
        image: String,
        /// The digest that it says.
        said: String,
        /// The digest of what it sends.
        found: String,
    },
    /// The registry is in trouble.
    #[error("{host} answered with status {status}{}", note(.why.as_ref()))]
    Server {
        /// Who.
        host: String,
        /// The status code.
        status: u16,
        /// Its words.
        why: Option<String>,
    },
    /// Not in the lock, and nobody may be asked.
    #[error("{query} is not known, and --offline forbids to ask")]
    Offline {
        /// What was asked.
        query: String,
    },
    /// The way to the registry.
    #[error(transparent)]
    Web(#[from] WebError),
}

impl ImageError {
    /// What kind of failure it is.
    pub fn class(&self) -> ImageErrorClass {
        match self {
            Self::Repository { .. }
            | Self::Address { .. }
            | Self::Version { .. }
            | Self::Suffix { .. }
            | Self::Suffixes { .. }
            | Self::Platform { .. }
            | Self::NoVersion { .. }
            | Self::NoTag { .. }
            | Self::NoRepository { .. }
            | Self::NoPlatform { .. }
            | Self::NotAnImage { .. } => ImageErrorClass::Request,
            Self::Disagree { .. } => ImageErrorClass::Conflict,
            Self::Refused { .. } => ImageErrorClass::Permission,
            Self::RateLimit { .. } => ImageErrorClass::RateLimit,
            Self::NotARegistry { .. } | Self::Corrupt { .. } | Self::Server { .. } | Self::Offline { .. } => {
                ImageErrorClass::Network
            }
            Self::Web(error) => match error.class() {
                WebErrorClass::Network => ImageErrorClass::Network,
                WebErrorClass::RateLimit => ImageErrorClass::RateLimit,
                WebErrorClass::Permission => ImageErrorClass::Permission,
                WebErrorClass::Address => ImageErrorClass::Request,
                WebErrorClass::Machine => ImageErrorClass::Machine,
            },
        }
    }

    /// What to do now.
    pub fn hint(&self) -> String {
        match self {
            Self::Repository { .. } => "write it as `docker.io/airbyte/python-connector-base`".to_owned(),
            Self::Address { .. } => "write it as `host/name:tag@sha256:…`".to_owned(),
            Self::Version { .. } => "write it as `latest`, `4.0.0`, `>=3.1, <5` or `host/name:tag@sha256:…`".to_owned(),
            Self::Suffix { .. } => "write it as `-slim`".to_owned(),
            Self::Suffixes { .. } => "name one of the two".to_owned(),
            Self::Platform { .. } => "write it as `linux/amd64` or `linux/arm/v7`".to_owned(),
            Self::NoVersion { .. } => {
                "only tags such as 4.0.0 count, without a leading v; name another version, or the whole address of an image"
                    .to_owned()
            }
            Self::NoTag { near, .. } if near.is_empty() => "look at the tags of the repository".to_owned(),
            Self::NoTag { near, .. } => format!("it has {}", sentence_list(&words(near))),
            Self::NoRepository { .. } => "look at the name of the repository".to_owned(),
            Self::Disagree { tag, found, .. } => format!(
                "the tag was moved, or the digest is another image's: name {tag}@{found}, or leave the digest out"
            ),
            Self::NoPlatform { .. } => "ask for another platform, or for another version".to_owned(),
            Self::Refused { host, user: None, .. } => format!(
                "it is private, or there is no such repository: look at the name, or log in with `docker login {host}`; \
                 a whole address with its digest needs no registry with --offline"
            ),
            Self::Refused { host, .. } => format!(
                "look at what this user may read, or log in as another with `docker login {host}`; \
                 a whole address with its digest needs no registry with --offline"
            ),
            Self::RateLimit { host, known: false, .. } => {
                format!("try again later, or log in with `docker login {host}`, which allows more")
            }
            Self::NotARegistry { .. } => "look at the address; a login page in between answers with HTML".to_owned(),
            Self::NotAnImage { .. } => "name another tag".to_owned(),
            Self::Corrupt { .. } => "try again; if it stays, something in between changes what it sends".to_owned(),
            Self::RateLimit { .. } | Self::Server { .. } => "try again later".to_owned(),
            Self::Offline { .. } => without_registry(),
            Self::Web(error @ (WebError::Unreachable { .. } | WebError::TimedOut { .. } | WebError::Broken { .. })) => {
                format!("{}. Without it: {}", error.hint(), without_registry())
            }
            Self::Web(error) => error.hint(),
        }
    }
}

/// What serves in the place of an answer.
fn without_registry() -> String {
    "give the whole address `host/name:tag@sha256:…` with --offline, or an `images.lock` with --images-lock".to_owned()
}

fn words(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn platforms(found: &[String]) -> String {
    if found.is_empty() { "none that it names".to_owned() } else { sentence_list(&words(found)) }
}

fn passed_over(tags: &[String], total: usize) -> String {
    match total - tags.len() {
        _ if total == 0 => ": it has no tags at all".to_owned(),
        0 => format!(" among its tags: {}", tags.join(", ")),
        more => format!(" among its tags: {} and {more} more", tags.join(", ")),
    }
}

fn note(why: Option<&String>) -> String {
    why.map_or_else(String::new, |why| format!(" ({why})"))
}

fn after(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| format!("; it asks to wait {} s", wait.as_secs().max(1)))
}
