//! `images.lock`: what questions were answered with, in a file for people and for runs without a network.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::query::Query;
use super::resolver::Resolved;

/// How the file is called beside a plan.
pub const LOCK_FILE: &str = "images.lock";

/// The version of the form that this program writes and reads.
const SCHEMA: &str = "cutover.images-lock/1";

/// What the version stands behind in `SCHEMA`.
const SCHEMA_PREFIX: &str = "cutover.images-lock/";

/// Answers by question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    images: BTreeMap<Key, Locked>,
}

/// What of a question stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Key {
    repository: String,
    version: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    suffix: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    platforms: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Locked {
    tag: String,
    digest: String,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    key: Key,
    #[serde(flatten)]
    locked: Locked,
}

#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    images: Vec<Entry>,
}

/// A lock that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Not the JSON that it should be.
    #[error("it does not read as a lock of images: {0}")]
    Form(String),
    /// Written by a newer version.
    #[error("it has the form {found}, and this cutover reads {SCHEMA}")]
    Newer {
        /// What the file says it is.
        found: String,
    },
    /// An entry that names no image.
    #[error("`{entry}` is no image: {why}")]
    Image {
        /// The address that the entry makes.
        entry: String,
        /// What is wrong with it.
        why: String,
    },
    /// The same question twice.
    #[error("version {version} of {repository} stands in it twice")]
    Twice {
        /// Where.
        repository: String,
        /// Which.
        version: String,
    },
}

impl LockError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "use the cutover that wrote it, or write it anew with `cutover plan --out`",
            Self::Form(_) | Self::Image { .. } | Self::Twice { .. } => "write it anew with `cutover plan --out`",
        }
    }
}

impl Lock {
    /// Reads the text of a lock file.
    ///
    /// # Errors
    /// What is no lock, or one of a newer form.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let form = |error: serde_json::Error| LockError::Form(error.to_string());
        let document: serde_json::Value = serde_json::from_str(text).map_err(form)?;
        match document["schema"].as_str() {
            Some(SCHEMA) => {}
            Some(found) if found.starts_with(SCHEMA_PREFIX) => {
                return Err(LockError::Newer { found: found.to_owned() });
            }
            _ => return Err(LockError::Form(format!("its `schema` is not {SCHEMA:?}"))),
        }
        let document: Document = serde_json::from_value(document).map_err(form)?;
        let mut lock = Self::default();
        for Entry { key, locked } in document.images {
            let entry = format!("{}:{}@{}", key.repository, locked.tag, locked.digest);
            let address = Address::parse(&entry)
                .map_err(|error| LockError::Image { entry: entry.clone(), why: error.to_string() })?;
            if address.digest.as_deref() != Some(&locked.digest) || address.tag.as_deref() != Some(&locked.tag) {
                return Err(LockError::Image { entry, why: "it has no tag or no digest".to_owned() });
            }
            let key = Key { repository: address.repository.to_string(), ..key };
            let (repository, version) = (key.repository.clone(), key.version.clone());
            if lock.images.insert(key, locked).is_some() {
                return Err(LockError::Twice { repository, version });
            }
        }
        Ok(lock)
    }

    /// The text of the file: sorted, so that two of them can be compared.
    ///
    /// # Panics
    /// Never: texts can be written as JSON.
    pub fn text(&self) -> String {
        let images = self.images.iter().map(|(key, locked)| Entry { key: key.clone(), locked: locked.clone() });
        let document = Document { schema: SCHEMA.to_owned(), images: images.collect() };
        let text = serde_json::to_string_pretty(&document).expect("texts can be written as JSON");
        format!("{text}\n")
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Takes an answer down, in the place of an older one.
    pub fn insert(&mut self, query: &Query, resolved: &Resolved) {
        let locked = Locked { tag: resolved.tag.clone(), digest: resolved.digest.clone() };
        self.images.insert(Key::of(query), locked);
    }

    /// The answer to a question.
    pub fn get(&self, query: &Query) -> Option<Resolved> {
        let Locked { tag, digest } = self.images.get(&Key::of(query))?;
        Some(Resolved::new(query.repository.clone(), tag.clone(), digest.clone()))
    }
}

impl Key {
    fn of(query: &Query) -> Self {
        Self {
            repository: query.repository.to_string(),
            version: query.wanted.to_string(),
            suffix: query.suffix.clone(),
            platforms: query.platforms.iter().map(ToString::to_string).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn query(version: &str, suffix: Option<&str>) -> Query {
        Query::new("x/base", version, suffix, &[], None).unwrap()
    }

    fn resolved(tag: &str) -> Resolved {
        Resolved::new(query("latest", None).repository, tag.to_owned(), DIGEST.to_owned())
    }

    #[test]
    fn what_is_written_is_read_and_sorted() {
        let mut lock = Lock::default();
        lock.insert(&query("latest", Some("-slim")), &resolved("4.0.0-slim"));
        lock.insert(&query("<4", None), &resolved("3.9.0"));
        lock.insert(&query("latest", None), &resolved("4.0.0"));
        insta::assert_snapshot!(lock.text());
        let read = Lock::parse(&lock.text()).unwrap();
        assert_eq!(read, lock);
        assert_eq!(
            read.get(&query("latest", Some("-slim"))).unwrap().to_string(),
            format!("docker.io/x/base:4.0.0-slim@{DIGEST}")
        );
        assert_eq!(read.get(&query("latest", Some("-alpine"))), None);
    }

    #[test]
    fn a_stored_lock_of_the_first_form_is_read() {
        let text = format!(
            "{{ \"schema\": \"cutover.images-lock/1\", \"images\": [ {{ \"repository\": \"docker.io/x/base\", \"version\": \"latest\", \"platforms\": [\"linux/amd64\"], \"tag\": \"4.0.0\", \"digest\": \"{DIGEST}\" }} ] }}"
        );
        let lock = Lock::parse(&text).unwrap();
        let asked = Query::new("x/base", "latest", None, &["linux/amd64".to_owned()], None).unwrap();
        assert_eq!(lock.get(&asked).unwrap().tag, "4.0.0");
    }

    #[test]
    fn what_is_no_lock_is_refused_with_why() {
        let refused = |text: &str| Lock::parse(text).unwrap_err().to_string();
        let entry = |repository: &str, digest: &str| {
            format!(
                "{{ \"repository\": \"{repository}\", \"version\": \"latest\", \"tag\": \"1.0.0\", \"digest\": \"{digest}\" }}"
            )
        };
        let lock = |entries: &str| format!("{{ \"schema\": \"cutover.images-lock/1\", \"images\": [{entries}] }}");
        assert!(refused("").starts_with("it does not read as a lock of images: EOF"));
        assert!(refused("{}").contains("its `schema` is not \"cutover.images-lock/1\""));
        assert_eq!(
            refused("{ \"schema\": \"cutover.images-lock/2\" }"),
            "it has the form cutover.images-lock/2, and this cutover reads cutover.images-lock/1"
        );
        assert!(refused(&lock(&entry("x/base", "sha256:abc"))).contains("`x/base:1.0.0@sha256:abc` is no image: "));
        let twice = format!("{}, {}", entry("x/base", DIGEST), entry("docker.io/x/base", DIGEST));
        assert_eq!(refused(&lock(&twice)), "version latest of docker.io/x/base stands in it twice");
    }
}
