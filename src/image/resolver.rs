//! From a question to an address: what was asked once is not asked again.

use std::fmt;
use std::sync::Arc;

use semver::Version;

use crate::web::{Flights, Web};

use super::address::Repository;
use super::credentials::DockerConfig;
use super::error::{ImageError, ImageErrorClass};
use super::lock::Lock;
use super::platform::Platform;
use super::query::{Query, Wanted};
use super::registry::Registry;
use super::version::{TagVersion, highest};

/// Tags that are named where none fits.
const TAGS_NAMED: usize = 5;

/// An answer: one image for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Where it is.
    pub repository: Repository,
    /// Its tag.
    pub tag: String,
    /// The version in the tag, without suffix; `None` for a tag that is no version.
    pub version: Option<Version>,
    /// The digest: of the index, where the image is built for several platforms.
    pub digest: String,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

impl Resolved {
    /// The image with this tag and digest.
    pub fn new(repository: Repository, tag: String, digest: String) -> Self {
        let version = TagVersion::parse(&tag).map(|found| found.version);
        Self { repository, tag, version, digest, warnings: Vec::new() }
    }
}

/// The address: `host/name:tag@sha256:…`.
impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}@{}", self.repository, self.tag, self.digest)
    }
}

/// Answers questions from a lock, else from registries.
///
/// For each repository one listing, for each tag one digest, as long as this lives: a tag that moves meanwhile does not
/// move for those who ask here.
pub struct Resolver {
    web: Arc<Web>,
    registry: Registry,
    lock: Lock,
    tags: Flights<Repository, Arc<[String]>, ImageError>,
    digests: Flights<(Repository, String), String, ImageError>,
    platforms: Flights<(Repository, String), Arc<[Platform]>, ImageError>,
}

impl Resolver {
    /// Asks through this client, as whom docker's configuration says, and only what is not in the lock.
    pub fn new(web: Arc<Web>, config: DockerConfig, lock: Lock) -> Self {
        let registry = Registry::new(Arc::clone(&web), config);
        Self { web, registry, lock, tags: Flights::new(), digests: Flights::new(), platforms: Flights::new() }
    }

    /// The image that a question means. `attempt` is which try this is for the one who asks, from 1.
    ///
    /// An address with tag and digest is checked: the tag must have that digest. It is taken as it is where nobody may be
    /// asked, and, with a warning, where the registry is not to be reached.
    ///
    /// # Errors
    /// Whatever keeps it from being found.
    pub async fn resolve(&self, query: &Query, attempt: u32) -> Result<Resolved, ImageError> {
        let mut found = match self.lock.get(query) {
            Some(locked) => agreed(query, locked)?,
            None if self.web.is_offline() => {
                as_given(query).ok_or_else(|| ImageError::Offline { query: query.to_string() })?
            }
            None => self.ask(query, attempt).await?,
        };
        if let (Some(current), Some(version)) = (&query.current, &found.version)
            && version < current
        {
            found.warnings.push(format!("{version} is lower than {current}, which is in use"));
        }
        Ok(found)
    }

    async fn ask(&self, query: &Query, attempt: u32) -> Result<Resolved, ImageError> {
        let repository = &query.repository;
        let tag = match &query.wanted {
            Wanted::Tag(tag) => tag.clone(),
            wanted => self.highest(query, wanted, attempt).await?,
        };
        let key = (repository.clone(), tag.clone());
        let digest = self.digests.once(key.clone(), attempt, || self.registry.digest(repository, &tag)).await;
        let digest = match (digest, as_given(query)) {
            (Ok(digest), _) => digest,
            (Err(error), Some(mut given)) if is_silence(&error) => {
                given.warnings.push(format!("whether tag and digest of {given} agree could not be checked: {error}"));
                return Ok(given);
            }
            (Err(error), _) => return Err(self.explained(error, repository, attempt).await),
        };
        let found = agreed(query, Resolved::new(repository.clone(), tag.clone(), digest.clone()))?;
        if !query.platforms.is_empty() {
            let look = || async { self.registry.platforms(repository, &tag, &digest).await.map(Arc::from) };
            let built = self.platforms.once(key, attempt, look).await?;
            check_platforms(query, &found, &built)?;
        }
        Ok(found)
    }

    async fn listed(&self, repository: &Repository, attempt: u32) -> Result<Arc<[String]>, ImageError> {
        let list = || async { self.registry.tags(repository).await.map(Arc::from) };
        self.tags.once(repository.clone(), attempt, list).await
    }

    async fn highest(&self, query: &Query, wanted: &Wanted, attempt: u32) -> Result<String, ImageError> {
        let tags = self.listed(&query.repository, attempt).await?;
        let found = highest(tags.iter().map(String::as_str), wanted, &query.suffix);
        found.map(str::to_owned).ok_or_else(|| {
            let suffix =
                if query.suffix.is_empty() { String::new() } else { format!(" with the suffix {}", query.suffix) };
            ImageError::NoVersion {
                repository: query.repository.to_string(),
                wanted: match wanted {
                    Wanted::Range(range) => format!("version {range}{suffix}"),
                    _ => format!("released version{suffix}"),
                },
                tags: tags.iter().take(TAGS_NAMED).cloned().collect(),
                total: tags.len(),
            }
        })
    }

    /// Names the tags that are there, where one is not. Most registries say of a repository that they do not know only
    /// that it lacks the tag: then there are none to be listed, and that is told instead.
    async fn explained(&self, error: ImageError, repository: &Repository, attempt: u32) -> ImageError {
        let ImageError::NoTag { repository: name, tag, .. } = error else { return error };
        match self.listed(repository, attempt).await {
            Ok(tags) => ImageError::NoTag { repository: name, near: near(&tag, &tags), tag },
            Err(unknown @ ImageError::NoRepository { .. }) => unknown,
            Err(_) => ImageError::NoTag { repository: name, tag, near: Vec::new() },
        }
    }
}

/// Whether the registry said nothing of what was asked.
fn is_silence(error: &ImageError) -> bool {
    matches!(error.class(), ImageErrorClass::Network | ImageErrorClass::RateLimit)
}

/// The address that was given, if it was a whole one.
fn as_given(query: &Query) -> Option<Resolved> {
    match (&query.wanted, &query.digest) {
        (Wanted::Tag(tag), Some(digest)) => Some(Resolved::new(query.repository.clone(), tag.clone(), digest.clone())),
        _ => None,
    }
}

/// What was found, if it has the digest that was given.
fn agreed(query: &Query, found: Resolved) -> Result<Resolved, ImageError> {
    match &query.digest {
        Some(given) if *given != found.digest => Err(ImageError::Disagree {
            repository: found.repository.to_string(),
            tag: found.tag,
            given: given.clone(),
            found: found.digest,
        }),
        _ => Ok(found),
    }
}

fn check_platforms(query: &Query, found: &Resolved, built: &[Platform]) -> Result<(), ImageError> {
    let missing: Vec<String> = query
        .platforms
        .iter()
        .filter(|wanted| !built.iter().any(|platform| wanted.accepts(platform)))
        .map(ToString::to_string)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let image = format!("{}:{}", found.repository, found.tag);
    Err(ImageError::NoPlatform { image, missing, found: built.iter().map(ToString::to_string).collect() })
}

/// A few tags that are there: those that begin alike, the highest versions first.
fn near(tag: &str, tags: &[String]) -> Vec<String> {
    let common = |other: &String| tag.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let mut tags: Vec<&String> = tags.iter().collect();
    tags.sort_by_key(|other| (common(other), TagVersion::parse(other).map(|found| found.version)));
    tags.into_iter().rev().take(TAGS_NAMED).cloned().collect()
}
