//! Names of repositories and addresses of images, with the defaults that docker has.

use std::fmt;

use oci_client::{ParseError, Reference};
use serde::{Deserialize, Serialize};

use crate::web::is_loopback;

use super::error::ImageError;

/// A repository of images: a registry and a name in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository {
    host: String,
    path: String,
}

impl Repository {
    /// Reads `docker.io/airbyte/python-connector-base`. Without a host it is Docker Hub's; there, a name of one part is
    /// one of `library/`.
    ///
    /// # Errors
    /// What no registry takes for a name; a name with a tag or a digest.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let address = Address::parse(text).map_err(|error| match error {
            ImageError::Address { why, .. } => ImageError::Repository { text: text.to_owned(), why },
            other => other,
        })?;
        match address {
            Address { repository, tag: None, digest: None } => Ok(repository),
            _ => Err(ImageError::Repository {
                text: text.to_owned(),
                why: "it has a tag or a digest, which belong into `version`".to_owned(),
            }),
        }
    }

    /// The registry as people write it: `docker.io`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The name in the registry: `airbyte/python-connector-base`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The registry's own address: `https://index.docker.io`. A registry on this machine is asked without encryption.
    pub(super) fn endpoint(&self) -> String {
        let reference = Reference::with_tag(self.host.clone(), self.path.clone(), String::new());
        let scheme = if is_loopback(&self.host) { "http" } else { "https" };
        format!("{scheme}://{}", reference.resolve_registry())
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl TryFrom<String> for Repository {
    type Error = ImageError;

    fn try_from(text: String) -> Result<Self, ImageError> {
        Self::parse(&text)
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.to_string()
    }
}

/// An address of an image: a repository, and a tag, a digest or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Where it is.
    pub repository: Repository,
    /// Its tag.
    pub tag: Option<String>,
    /// The digest of its content.
    pub digest: Option<String>,
}

impl Address {
    /// Reads `host/name:tag@sha256:…`, of which all but the name may be missing.
    ///
    /// # Errors
    /// What is no address.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let text = text.trim();
        let wrong = |why: String| ImageError::Address { text: text.to_owned(), why };
        // The pattern of docker knows no addresses in brackets.
        let (bracketed, rest) = match text.strip_prefix('[').and_then(|_| text.split_once('/')) {
            Some((host, rest)) => (Some(host), format!("localhost/{rest}")),
            None => (None, text.to_owned()),
        };
        if bracketed.is_some_and(|host| !is_loopback(host)) {
            return Err(wrong("an IPv6 address can only be that of this machine, `[::1]`".to_owned()));
        }
        let reference: Reference = rest.parse().map_err(|error| wrong(why(&rest, error)))?;
        let without_digest = rest.split('@').next().unwrap_or(&rest);
        let has_tag = without_digest.rsplit('/').next().is_some_and(|last| last.contains(':'));
        let host = bracketed.unwrap_or_else(|| reference.registry()).to_owned();
        Ok(Self {
            repository: Repository { host, path: reference.repository().to_owned() },
            tag: reference.tag().filter(|_| has_tag).map(str::to_owned),
            digest: reference.digest().map(str::to_owned),
        })
    }

    /// Whether a text can only be an address: versions have neither `/` nor `:` nor `@`.
    pub(super) fn is_meant_by(text: &str) -> bool {
        text.contains(['/', ':', '@'])
    }
}

/// What is wrong with an address, in the words of whoever wrote it.
fn why(text: &str, error: ParseError) -> String {
    // A host may have capitals, and then a name follows it.
    let name = text.split_once('/').filter(|(host, _)| host.contains(['.', ':'])).map_or(text, |(_, name)| name);
    let name = name.split([':', '@']).next().unwrap_or(name);
    match error {
        _ if text.is_empty() => "it is empty".to_owned(),
        _ if text.contains("://") => "it has a scheme, which names of images have not".to_owned(),
        _ if name.bytes().any(|byte| byte.is_ascii_uppercase()) => "names of images are in lower case".to_owned(),
        ParseError::ReferenceInvalidFormat => "it does not have the form `host/name:tag@sha256:…`".to_owned(),
        error => error.to_string(),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn names_are_completed_as_docker_completes_them() {
        for (text, full, endpoint) in [
            ("python", "docker.io/library/python", "https://index.docker.io"),
            ("airbyte/base", "docker.io/airbyte/base", "https://index.docker.io"),
            ("index.docker.io/airbyte/base", "docker.io/airbyte/base", "https://index.docker.io"),
            ("ghcr.io/a/b/c", "ghcr.io/a/b/c", "https://ghcr.io"),
            ("localhost:5000/base", "localhost:5000/base", "http://localhost:5000"),
            ("127.0.0.1:5000/a/base", "127.0.0.1:5000/a/base", "http://127.0.0.1:5000"),
            ("[::1]:5000/a/base", "[::1]:5000/a/base", "http://[::1]:5000"),
        ] {
            let repository = Repository::parse(text).unwrap();
            assert_eq!((repository.to_string().as_str(), repository.endpoint().as_str()), (full, endpoint), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_why() {
        let why = |text| Repository::parse(text).unwrap_err().to_string();
        assert_eq!(
            why("docker.io/x/base:1"),
            "`docker.io/x/base:1` is not a repository: it has a tag or a digest, which belong into `version`"
        );
        assert_eq!(
            why("docker.io/X/Base"),
            "`docker.io/X/Base` is not a repository: names of images are in lower case"
        );
        assert_eq!(why(""), "`` is not a repository: it is empty");
        assert_eq!(
            why("https://docker.io/x"),
            "`https://docker.io/x` is not a repository: it has a scheme, which names of images have not"
        );
        assert_eq!(why("a b"), "`a b` is not a repository: it does not have the form `host/name:tag@sha256:…`");
        assert!(why("[2001:db8::1]/x").contains("only be that of this machine"));
    }

    #[test]
    fn an_address_is_read_and_written_in_all_its_parts() {
        for text in [
            format!("docker.io/x/base:1.2.0@{DIGEST}"),
            "docker.io/x/base:1".into(),
            format!("localhost:1/x@{DIGEST}"),
            "docker.io/x/y".into(),
        ] {
            assert_eq!(Address::parse(&text).unwrap().to_string(), text);
        }
        let address = Address::parse("airbyte/base:1.0.0").unwrap();
        assert_eq!((address.tag.as_deref(), address.digest), (Some("1.0.0"), None));
        assert!(Address::parse("docker.io/x/base:1@sha256:abc").is_err(), "half a digest");
    }
}
