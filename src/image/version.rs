//! Versions in tags: `4.0.0`, `4.0.0-rc.1`, `4.0.0-slim`.
//!
//! To semantic versioning all that follows a dash is a pre-release. In tags it may as well name what the image is made
//! of, and an image with another such suffix is no newer version but another image. Words that are known to mean a
//! pre-release do so, as do numbers; anything else is a suffix.

use semver::{Prerelease, Version};

use super::query::Wanted;

/// What a part of a pre-release begins with, in lower case.
const PRE_RELEASES: [&str; 17] = [
    "alpha",
    "beta",
    "rc",
    "pre",
    "preview",
    "dev",
    "snapshot",
    "nightly",
    "canary",
    "next",
    "milestone",
    "ea",
    "test",
    "edge",
    "unstable",
    "experimental",
    "cr",
];

/// A tag that is a whole semantic version, with or without a suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TagVersion {
    /// The version, with its pre-release.
    pub(super) version: Version,
    /// `-slim`, or nothing.
    pub(super) suffix: String,
}

impl TagVersion {
    /// Reads a tag; `None` for one that is no version: `latest`, `v1.0.0`, `1.0`.
    pub(super) fn parse(tag: &str) -> Option<Self> {
        let (core, rest) = tag.split_once('-').map_or((tag, ""), |(core, rest)| (core, rest));
        let mut version = Version::parse(core).ok().filter(|version| version.build.is_empty())?;
        let (pre, suffix) = split(rest);
        version.pre = Prerelease::new(&pre).ok()?;
        Some(Self { version, suffix })
    }
}

/// What a tag says of what the image is made of, also where its version is not whole: `-slim` of `3.9-slim`.
pub(super) fn suffix_of(tag: &str) -> String {
    let Some((core, rest)) = tag.split_once('-') else { return String::new() };
    let numbers = core.strip_prefix('v').unwrap_or(core);
    let is_version = numbers.split('.').all(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    if is_version { split(rest).1 } else { String::new() }
}

/// A pre-release and a suffix with its dash.
fn split(rest: &str) -> (String, String) {
    let parts: Vec<&str> = rest.split('-').filter(|_| !rest.is_empty()).collect();
    let end = parts.iter().position(|part| !is_pre_release(part)).unwrap_or(parts.len());
    let suffix = parts[end..].iter().fold(String::new(), |suffix, part| suffix + "-" + part);
    (parts[..end].join("-"), suffix)
}

fn is_pre_release(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    let word = lower.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let numbered = |letters: &[&str]| letters.contains(&word) && lower.len() > word.len();
    lower.starts_with(|c: char| c.is_ascii_digit()) || PRE_RELEASES.contains(&word) || numbered(&["a", "b", "m"])
}

/// The tag with the highest version that is wanted and has this suffix.
pub(super) fn highest<'a>(tags: impl IntoIterator<Item = &'a str>, wanted: &Wanted, suffix: &str) -> Option<&'a str> {
    let versions = tags.into_iter().filter_map(|tag| Some((TagVersion::parse(tag)?, tag)));
    let fitting = versions.filter(|(found, _)| found.suffix == suffix && fits(&found.version, wanted));
    fitting.max_by(|(one, _), (other, _)| one.version.cmp(&other.version)).map(|(_, tag)| tag)
}

fn fits(version: &Version, wanted: &Wanted) -> bool {
    match wanted {
        Wanted::Latest => version.pre.is_empty(),
        // As semver has it: a pre-release fits only a range that names one of the same version.
        Wanted::Range(range) => range.matches(version),
        Wanted::Tag(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(tag: &str) -> Option<(String, String)> {
        TagVersion::parse(tag).map(|found| (found.version.to_string(), found.suffix))
    }

    #[test]
    fn pre_releases_and_suffixes_are_told_apart() {
        for (tag, version, suffix) in [
            ("4.0.0", "4.0.0", ""),
            ("4.0.0-slim", "4.0.0", "-slim"),
            ("4.0.0-slim-bookworm", "4.0.0", "-slim-bookworm"),
            ("4.0.0-alpine3.19", "4.0.0", "-alpine3.19"),
            ("4.0.0-rc.1", "4.0.0-rc.1", ""),
            ("4.0.0-RC1", "4.0.0-RC1", ""),
            ("4.0.0-rc.1-slim", "4.0.0-rc.1", "-slim"),
            ("4.0.0-beta", "4.0.0-beta", ""),
            ("4.0.0-b2", "4.0.0-b2", ""),
            ("4.0.0-dev.3f2a9c1", "4.0.0-dev.3f2a9c1", ""),
            ("4.0.0-1", "4.0.0-1", ""),
            ("4.0.0-bookworm", "4.0.0", "-bookworm"),
            ("4.0.0-arm64", "4.0.0", "-arm64"),
        ] {
            assert_eq!(parsed(tag), Some((version.to_owned(), suffix.to_owned())), "{tag}");
        }
    }

    #[test]
    fn what_is_no_whole_version_is_passed_over() {
        for tag in ["latest", "v1.0.0", "1.0", "1", "1.2.3.4", "01.2.3", "1.2.3-rc.01", "nightly", "", "-slim"] {
            assert_eq!(parsed(tag), None, "{tag}");
        }
    }

    #[test]
    fn the_suffix_of_a_version_that_is_not_whole_is_seen_too() {
        for (tag, suffix) in [
            ("3.9-slim", "-slim"),
            ("3-alpine", "-alpine"),
            ("v3.9.1-slim", "-slim"),
            ("3.9", ""),
            ("latest", ""),
            ("nightly-slim", ""),
            ("1.0.0-rc.1-slim", "-slim"),
        ] {
            assert_eq!(suffix_of(tag), suffix, "{tag}");
        }
    }

    #[test]
    fn the_highest_version_is_by_number_and_without_pre_releases() {
        let tags = ["1.9.0", "1.10.0", "2.0.0-rc.1", "latest", "1.10.0-slim", "1.11.0-alpine", "v3.0.0", "1.2"];
        let highest = |wanted: &str, suffix| highest(tags, &Wanted::parse(wanted, "").unwrap().unwrap(), suffix);
        assert_eq!(highest("latest", ""), Some("1.10.0"));
        assert_eq!(highest("latest", "-slim"), Some("1.10.0-slim"));
        assert_eq!(highest("latest", "-bookworm"), None);
        assert_eq!(highest("<1.10", ""), Some("1.9.0"));
        assert_eq!(highest(">=1.9, <2", ""), Some("1.10.0"));
        assert_eq!(highest(">=2.0.0-rc.1", ""), Some("2.0.0-rc.1"), "a range that names a pre-release takes one");
        assert_eq!(highest(">=3", ""), None);
    }
}
