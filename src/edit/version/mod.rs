//! Version numbers: what a bump makes of them.
//!
//! Owns the levels of a bump and their arithmetic. It does not know where a
//! version is written; the edits of each file format do.
//!
//! # What a bump of a pre-release gives
//!
//! Patch, minor and major follow `npm version`, `poetry version` and cargo-release, which agree: a pre-release is
//! on its way to a release, and the smallest bump that reaches it drops the suffix. `1.0.0-rc.1` becomes `1.0.0`,
//! not `1.0.1` as with `bump_patch` of python-semver, which leaves a hole where the announced release should be.
//!
//! `rc` gives the next pre-release, and that must sort above the current version (<https://semver.org/#spec-item-11>),
//! or no registry and no check for "version went up" would take it: `1.2.3` becomes `1.2.4-rc.1` (as
//! `npm version prerelease --preid rc` does, counting from 1), never `1.2.3-rc.1`, which is *older* than `1.2.3`.

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use semver::{BuildMetadata, Prerelease, Version};

/// How far a version moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// `1.2.3` to `1.2.4`; `1.2.4-rc.1` to `1.2.4`.
    Patch,
    /// `1.2.3` to `1.3.0`; `1.3.0-rc.1` to `1.3.0`.
    Minor,
    /// `1.2.3` to `2.0.0`; `2.0.0-rc.1` to `2.0.0`.
    Major,
    /// `1.2.3` to `1.2.4-rc.1`; `1.2.4-rc.1` to `1.2.4-rc.2`.
    Rc,
    /// To this version, which must not be lower than the current one.
    Exact(Version),
}

/// A version that cannot be bumped as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// The text is not a semantic version.
    #[error("`{text}` is not a semantic version: {reason}")]
    NotSemver {
        /// The text as found.
        text: String,
        /// Which part of it is wrong, and how.
        reason: String,
    },
    /// The word is not a level.
    #[error("`{0}` is not a level of a version bump")]
    UnknownLevel(String),
    /// The exact version is lower than the current one.
    #[error("{requested} is lower than the current version {current}")]
    Downgrade {
        /// The version now.
        current: Version,
        /// The version asked for.
        requested: Version,
    },
    /// A number of the version is as large as it can be.
    #[error("the {part} number of {current} cannot be raised any more")]
    Overflow {
        /// The version now.
        current: Version,
        /// `major`, `minor`, `patch` or `rc`.
        part: &'static str,
    },
}

impl VersionError {
    /// What to do about it, as a sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::NotSemver { .. } => {
                "Write it as MAJOR.MINOR.PATCH in plain numbers, for example 0.3.1, before you bump it.".to_owned()
            }
            Self::UnknownLevel(_) => {
                "Use patch, minor, major, rc, or an exact version such as 0.2.0 or version:0.2.0.".to_owned()
            }
            Self::Downgrade { current, .. } => {
                format!("Give a version above {current}; cutover never lowers a version that may be published.")
            }
            Self::Overflow { .. } => "Set an exact version instead.".to_owned(),
        }
    }
}

impl FromStr for Level {
    type Err = VersionError;

    /// Reads `patch`, `minor`, `major`, `rc`, `0.2.0` or `version:0.2.0`.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let word = text.trim();
        match word {
            "patch" => return Ok(Self::Patch),
            "minor" => return Ok(Self::Minor),
            "major" => return Ok(Self::Major),
            "rc" => return Ok(Self::Rc),
            _ => {}
        }
        let exact = word.strip_prefix("version:");
        match exact.unwrap_or(word) {
            version if exact.is_some() || version.starts_with(|c: char| c.is_ascii_digit()) => {
                parse(version.trim()).map(Self::Exact)
            }
            _ => Err(VersionError::UnknownLevel(text.to_owned())),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Patch => f.pad("patch"),
            Self::Minor => f.pad("minor"),
            Self::Major => f.pad("major"),
            Self::Rc => f.pad("rc"),
            Self::Exact(version) => write!(f, "version:{version}"),
        }
    }
}

/// Reads a semantic version; the error names the part that is wrong.
pub fn parse(text: &str) -> Result<Version, VersionError> {
    Version::parse(text)
        .map_err(|error| VersionError::NotSemver { text: text.to_owned(), reason: what_is_wrong(text, &error) })
}

/// The version after a bump; the current one where [`Level::Exact`] names it, since a bump done twice is done once.
///
/// Build metadata (`+abc`) belongs to one build and is dropped.
pub fn bump(current: &str, level: &Level) -> Result<Version, VersionError> {
    let current = parse(current)?;
    match level {
        Level::Exact(requested) if requested.cmp_precedence(&current).is_lt() => {
            Err(VersionError::Downgrade { current, requested: requested.clone() })
        }
        Level::Exact(requested) => Ok(requested.clone()),
        Level::Rc => next_candidate(&current),
        Level::Patch | Level::Minor | Level::Major => next_release(&current, level),
    }
}

fn next_release(current: &Version, level: &Level) -> Result<Version, VersionError> {
    let Version { major, minor, patch, .. } = *current;
    // A pre-release is the announcement of a release: the bump that would lead there only drops the suffix.
    let announced = !current.pre.is_empty()
        && match level {
            Level::Major => minor == 0 && patch == 0,
            Level::Minor => patch == 0,
            _ => true,
        };
    if announced {
        return Ok(Version::new(major, minor, patch));
    }
    Ok(match level {
        Level::Major => Version::new(raise(major, current, "major")?, 0, 0),
        Level::Minor => Version::new(major, raise(minor, current, "minor")?, 0),
        _ => Version::new(major, minor, raise(patch, current, "patch")?),
    })
}

fn next_candidate(current: &Version) -> Result<Version, VersionError> {
    if !current.pre.is_empty() {
        let number = current.pre.as_str().strip_prefix("rc.").and_then(|number| number.parse::<u64>().ok());
        let next = match number {
            Some(number) => candidate(current, raise(number, current, "rc")?),
            None => candidate(current, 1),
        };
        if next.cmp_precedence(current).is_gt() {
            return Ok(next);
        }
    }
    let release = Version::new(current.major, current.minor, raise(current.patch, current, "patch")?);
    Ok(candidate(&release, 1))
}

fn candidate(of: &Version, number: u64) -> Version {
    let pre = Prerelease::new(&format!("rc.{number}")).expect("`rc.` and a number is a pre-release");
    Version { pre, build: BuildMetadata::EMPTY, ..*of }
}

fn raise(number: u64, current: &Version, part: &'static str) -> Result<u64, VersionError> {
    number.checked_add(1).ok_or_else(|| VersionError::Overflow { current: current.clone(), part })
}

/// Says which part of a text keeps it from being a version, more exactly than the parser's error does.
fn what_is_wrong(text: &str, error: &semver::Error) -> String {
    if text.trim().is_empty() {
        return "there is nothing in it".to_owned();
    }
    if let Some(rest) = text.strip_prefix(['v', 'V', '=']).filter(|rest| Version::parse(rest).is_ok()) {
        return format!("leave out the `{}` before {rest}", &text[..1]);
    }
    let core = text.split(['-', '+']).next().unwrap_or(text);
    let names = ["major", "minor", "patch"];
    let parts: Vec<&str> = core.split('.').collect();
    for (part, name) in parts.iter().zip(names) {
        if part.is_empty() {
            return format!("the {name} number is missing");
        }
        if let Some(odd) = part.chars().find(|c| !c.is_ascii_digit()) {
            let letter = matches!(odd, 'o' | 'O').then(|| format!(" (the letter {odd}, where a zero was meant?)"));
            return format!("the {name} number is `{part}`, which is not a number{}", letter.unwrap_or_default());
        }
        if part.len() > 1 && part.starts_with('0') {
            return format!("the {name} number `{part}` begins with a zero");
        }
    }
    match parts.len() {
        count if count < names.len() => format!("the {} number is missing", names[count]),
        count if count > names.len() => format!("it has {count} numbers instead of three"),
        _ => error.to_string(),
    }
}
