//! What a tag names: an image, or an index of images for several platforms.

use std::fmt::Write as _;

use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE,
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha512};

use super::platform::Platform;

/// All that a tag may name. A registry that is not told so says of an image that it is not there.
pub(super) const ACCEPTED: [&str; 4] =
    [OCI_IMAGE_INDEX_MEDIA_TYPE, IMAGE_MANIFEST_LIST_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE];

/// What a manifest says about platforms.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// These.
    Platforms(Vec<Platform>),
    /// One, which stands in the configuration with this digest.
    Configuration(String),
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    manifests: Option<Vec<Listed>>,
    #[serde(default)]
    config: Option<Descriptor>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    platform: Option<Built>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

#[derive(Deserialize)]
struct Built {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: Option<String>,
}

impl Built {
    fn platform(&self) -> Option<Platform> {
        let platform = Platform::new(&self.os, &self.architecture, self.variant.as_deref());
        platform.is_real().then_some(platform)
    }
}

/// Reads a manifest or an index; `None` if it is neither.
pub(super) fn contents(body: &[u8]) -> Option<Contents> {
    let document: Document = serde_json::from_slice(body).ok()?;
    if let Some(listed) = document.manifests {
        let mut platforms: Vec<Platform> =
            listed.iter().filter_map(|entry| entry.platform.as_ref()?.platform()).collect();
        platforms.sort();
        platforms.dedup();
        return Some(Contents::Platforms(platforms));
    }
    document.config.map(|config| Contents::Configuration(config.digest))
}

/// The platform in the configuration of an image; `None` if it names none.
pub(super) fn platform_of(configuration: &[u8]) -> Option<Platform> {
    serde_json::from_slice::<Built>(configuration).ok()?.platform()
}

/// The digest of a content, by the method of another digest.
pub(super) fn digest_like(other: &str, content: &[u8]) -> String {
    if other.starts_with("sha512:") {
        in_hexadecimal("sha512:", &Sha512::digest(content))
    } else {
        in_hexadecimal("sha256:", &Sha256::digest(content))
    }
}

fn in_hexadecimal(method: &str, bytes: &[u8]) -> String {
    bytes.iter().fold(method.to_owned(), |mut digest, byte| {
        let _ = write!(digest, "{byte:02x}");
        digest
    })
}

/// Whether a text is a digest such as `sha256:…`.
pub(super) fn is_digest(text: &str) -> bool {
    let hex =
        |length| move |hex: &str| hex.len() == length && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    text.strip_prefix("sha256:").is_some_and(hex(64)) || text.strip_prefix("sha512:").is_some_and(hex(128))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_its_platforms_without_what_is_attested() {
        let index = br#"{ "schemaVersion": 2, "manifests": [
            { "digest": "x", "platform": { "os": "linux", "architecture": "arm64", "variant": "v8" } },
            { "digest": "y", "platform": { "os": "linux", "architecture": "amd64" } },
            { "digest": "z", "platform": { "os": "unknown", "architecture": "unknown" } },
            { "digest": "w" } ] }"#;
        let Some(Contents::Platforms(found)) = contents(index) else { panic!("no index") };
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["linux/amd64", "linux/arm64/v8"]);
    }

    #[test]
    fn a_manifest_points_to_its_configuration() {
        let manifest = br#"{ "config": { "digest": "sha256:1" }, "layers": [] }"#;
        assert_eq!(contents(manifest), Some(Contents::Configuration("sha256:1".into())));
        assert_eq!(platform_of(br#"{ "os": "linux", "architecture": "s390x" }"#).unwrap().to_string(), "linux/s390x");
        assert_eq!((platform_of(b"{}"), contents(b"<html>"), contents(b"{}")), (None, None, None));
    }

    #[test]
    fn digests_are_known_by_their_method_and_length() {
        let digest = digest_like("sha256:", b"");
        assert_eq!(digest, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert!(is_digest(&digest) && is_digest(&digest_like("sha512:", b"")));
        assert!(!is_digest(&digest.to_uppercase()) && !is_digest("sha256:") && !is_digest(&digest[..70]));
    }
}
