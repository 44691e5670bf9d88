//! What is asked of a registry.

use std::fmt;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use super::address::{Address, Repository};
use super::error::ImageError;
use super::platform::Platform;
use super::version::{TagVersion, suffix_of};

/// The name of the highest version.
const LATEST: &str = "latest";

/// Which image of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// The highest version that is no pre-release.
    Latest,
    /// The highest version in a range: `>=3.1, <5`.
    Range(VersionReq),
    /// Just this tag.
    Tag(String),
}

impl Wanted {
    /// Reads `latest`, `4.0.0` or a range; `None` for a text that is none of them. A version is a tag with the suffix.
    pub(super) fn parse(text: &str, suffix: &str) -> Result<Option<Self>, ImageError> {
        let text = text.trim();
        if text == LATEST {
            return Ok(Some(Self::Latest));
        }
        if let Some(found) = TagVersion::parse(text) {
            return match found.suffix.as_str() {
                "" => Ok(Some(Self::Tag(format!("{text}{suffix}")))),
                own if suffix.is_empty() || own == suffix => Ok(Some(Self::Tag(text.to_owned()))),
                own => {
                    Err(ImageError::Suffixes { text: text.to_owned(), own: own.to_owned(), suffix: suffix.to_owned() })
                }
            };
        }
        Ok(VersionReq::parse(text).ok().filter(|range| !range.comparators.is_empty() || text == "*").map(Self::Range))
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str(LATEST),
            Self::Range(range) => range.fmt(f),
            Self::Tag(tag) => f.write_str(tag),
        }
    }
}

/// A question: the parts of it that can change the answer, in one form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Query {
    /// Where.
    pub repository: Repository,
    /// Which.
    pub wanted: Wanted,
    /// What the tag has after its version: `-slim`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suffix: String,
    /// The digest that the tag must have, where an address named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Platforms that the image must have, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
    /// The version that is in use: one that is lower deserves a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Version>,
}

impl Query {
    /// A question as a workflow puts it. `version` is `latest`, a version, a range, or a whole address, which then says
    /// itself in which repository. `current` is the address that is in use: its suffix is kept where none is given.
    ///
    /// # Errors
    /// Whatever of it cannot be read.
    pub fn new(
        repository: &str,
        version: &str,
        suffix: Option<&str>,
        platforms: &[String],
        current: Option<&str>,
    ) -> Result<Self, ImageError> {
        let mut platforms: Vec<Platform> = platforms.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        platforms.sort();
        platforms.dedup();
        if Address::is_meant_by(version) {
            return Self::of_address(version, platforms);
        }
        // What is in use may be anything; only of what it looks like something is learnt from it.
        let tag = current.and_then(|current| Address::parse(current).ok()?.tag);
        let suffix = match (suffix, &tag) {
            (Some(suffix), _) => checked(suffix)?,
            (None, Some(tag)) => suffix_of(tag),
            (None, None) => String::new(),
        };
        let repository = Repository::parse(repository)?;
        let wanted =
            Wanted::parse(version, &suffix)?.ok_or_else(|| ImageError::Version { text: version.to_owned() })?;
        // A version that was named is meant, and so is its suffix.
        let suffix = if let Wanted::Tag(_) = wanted { String::new() } else { suffix };
        let current = tag.and_then(|tag| TagVersion::parse(&tag)).map(|found| found.version);
        Ok(Self { repository, wanted, suffix, digest: None, platforms, current })
    }

    fn of_address(text: &str, platforms: Vec<Platform>) -> Result<Self, ImageError> {
        let Address { repository, tag, digest } = Address::parse(text)?;
        let tag = tag.ok_or_else(|| ImageError::Address {
            text: text.to_owned(),
            why: "it has no tag, by which people see which version it is".to_owned(),
        })?;
        Ok(Self { repository, wanted: Wanted::Tag(tag), suffix: String::new(), digest, platforms, current: None })
    }
}

fn checked(suffix: &str) -> Result<String, ImageError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_suffix = suffix.is_empty() || (suffix.len() > 1 && suffix.starts_with('-') && suffix.chars().all(legal));
    is_suffix.then(|| suffix.to_owned()).ok_or_else(|| ImageError::Suffix { text: suffix.to_owned() })
}

/// What is wanted, as it reads in a sentence: `docker.io/x/base, version latest with the suffix -slim`.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wanted {
            Wanted::Tag(tag) => write!(f, "{}:{tag}", self.repository)?,
            wanted => write!(f, "version {wanted} of {}", self.repository)?,
        }
        if !self.suffix.is_empty() {
            write!(f, " with the suffix {}", self.suffix)?;
        }
        if let [first, rest @ ..] = self.platforms.as_slice() {
            write!(f, " for {first}")?;
            rest.iter().try_for_each(|platform| write!(f, " and {platform}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn query(version: &str, suffix: Option<&str>, current: Option<&str>) -> Result<Query, String> {
        Query::new("docker.io/x/base", version, suffix, &[], current).map_err(|error| error.to_string())
    }

    fn wanted(version: &str) -> String {
        query(version, None, None).map_or_else(|error| error, |query| format!("{:?}", query.wanted))
    }

    #[test]
    fn a_version_is_the_latest_a_tag_a_range_or_an_address() {
        assert_eq!(wanted("latest"), "Latest");
        assert_eq!(wanted("4.0.0"), "Tag(\"4.0.0\")");
        assert_eq!(wanted("4.0.0-rc.1"), "Tag(\"4.0.0-rc.1\")");
        assert!(wanted("4").starts_with("Range(") && wanted(">=3.1, <5").starts_with("Range("));
        assert_eq!(wanted("newest"), "`newest` is neither `latest` nor a version, a range of versions or an address");
        assert_eq!(wanted(""), "`` is neither `latest` nor a version, a range of versions or an address");
        let address = query(&format!("ghcr.io/a/b:bookworm@{DIGEST}"), None, None).unwrap();
        assert_eq!(
            (address.repository.to_string().as_str(), address.wanted),
            ("ghcr.io/a/b", Wanted::Tag("bookworm".into()))
        );
        assert_eq!(address.digest.as_deref(), Some(DIGEST));
        assert!(wanted(&format!("ghcr.io/a/b@{DIGEST}")).contains("it has no tag"));
    }

    #[test]
    fn the_suffix_of_what_is_in_use_is_kept_where_none_is_given() {
        let suffix = |given, current| query("latest", given, Some(current)).unwrap().suffix;
        assert_eq!(suffix(None, "docker.io/x/base:1.0.0-slim"), "-slim");
        assert_eq!(suffix(None, "python:3.9-slim"), "-slim");
        assert_eq!(suffix(None, "docker.io/x/base:1.0.0-rc.1"), "", "a pre-release is no suffix");
        assert_eq!(suffix(None, "anything at all"), "");
        assert_eq!(suffix(Some(""), "docker.io/x/base:1.0.0-slim"), "");
        assert_eq!(suffix(Some("-alpine"), "docker.io/x/base:1.0.0-slim"), "-alpine");
        assert_eq!(query("4.0.0", None, Some("x/base:1.0.0-slim")).unwrap().wanted, Wanted::Tag("4.0.0-slim".into()));
        assert!(query("latest", Some("slim"), None).unwrap_err().contains("begins with a dash"));
        assert!(query("4.0.0-alpine", Some("-slim"), None).unwrap_err().contains("has the suffix -alpine"));
    }

    #[test]
    fn equal_questions_are_written_alike() {
        let platforms = ["linux/arm64".to_owned(), "linux/amd64".to_owned(), "linux/amd64".to_owned()];
        let written = |repository, platforms: &[String], current| {
            serde_json::to_string(&Query::new(repository, "latest", None, platforms, current).unwrap()).unwrap()
        };
        let one = written("x/base", &platforms, Some("docker.io/x/base:1.0.0"));
        assert_eq!(one, written("docker.io/x/base", &platforms[..2], Some(&format!("x/base:1.0.0@{DIGEST}"))));
        let read: Query = serde_json::from_str(&one).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), one);
        assert_eq!(read.to_string(), "version latest of docker.io/x/base for linux/amd64 and linux/arm64");
    }
}
