//! Platforms: what an image is built for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::ImageError;

/// An operating system, a processor, and sometimes a variant of it: `linux/amd64`, `linux/arm/v7`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

impl Platform {
    pub(super) fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let variant = variant.filter(|variant| !variant.is_empty()).map(str::to_owned);
        Self { os: os.to_owned(), architecture: architecture.to_owned(), variant }
    }

    /// Whether this platform can use what was built for the other. Who names no variant takes any; `v8` is what every
    /// `arm64` is.
    pub(super) fn accepts(&self, other: &Self) -> bool {
        let variant_of = |platform: &Self| match (platform.architecture.as_str(), platform.variant.as_deref()) {
            ("arm64", None) => Some("v8".to_owned()),
            (_, variant) => variant.map(str::to_owned),
        };
        self.os == other.os
            && self.architecture == other.architecture
            && (self.variant.is_none() || variant_of(self) == variant_of(other))
    }

    /// Whether it is a platform at all: what is attested about an image is listed beside it, as `unknown/unknown`.
    pub(super) fn is_real(&self) -> bool {
        self.os != "unknown" && !self.os.is_empty()
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(f, "/{variant}"))
    }
}

impl FromStr for Platform {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, ImageError> {
        let parts: Vec<&str> = text.trim().split('/').collect();
        let legal =
            |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        match parts.as_slice() {
            [os, architecture, rest @ ..] if rest.len() < 2 && parts.iter().all(legal) => {
                Ok(Self::new(os, architecture, rest.first().copied()))
            }
            _ => Err(ImageError::Platform { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for Platform {
    type Error = ImageError;

    fn try_from(text: String) -> Result<Self, ImageError> {
        text.parse()
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(one: &str, other: &str) -> bool {
        let [one, other] = [one, other].map(|text| text.parse::<Platform>().unwrap());
        one.accepts(&other)
    }

    #[test]
    fn a_platform_without_a_variant_takes_any() {
        assert!(accepts("linux/arm", "linux/arm/v7") && accepts("linux/amd64", "linux/amd64"));
        assert!(!accepts("linux/arm/v6", "linux/arm/v7") && !accepts("linux/amd64", "windows/amd64"));
        assert!(accepts("linux/arm64/v8", "linux/arm64") && accepts("linux/arm64", "linux/arm64/v8"));
    }

    #[test]
    fn what_is_no_platform_is_refused() {
        for text in ["amd64", "linux/", "linux/arm/v7/x", "", "linux amd64"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
        assert_eq!(" linux/arm/v7".parse::<Platform>().unwrap().to_string(), "linux/arm/v7");
    }
}
