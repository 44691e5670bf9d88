//! Lists of globs over names and paths, some of which negate.

use globset::{GlobBuilder, GlobMatcher};

/// A glob that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern: {message}")]
pub struct PatternError {
    /// The glob as it was given.
    pub pattern: String,
    /// What is wrong with it.
    pub message: String,
}

/// A list of globs: `*` and `?` stand for any characters of one component, `**` for any components, `{a,b}` and
/// `[ab]` for a choice. A leading `!` takes away what the others match; a list of nothing but such takes away
/// from everything.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    negates: bool,
    matcher: GlobMatcher,
}

impl Patterns {
    /// Reads a list of globs; the error is about the first that cannot be read.
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Self, PatternError> {
        let patterns = patterns.into_iter().map(|text| Pattern::new(text.as_ref()));
        Ok(Self { patterns: patterns.collect::<Result<_, _>>()? })
    }

    /// Whether there are no globs in the list.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The globs as they were given.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(|pattern| pattern.text.as_str())
    }

    /// Whether the list accepts something that goes by these names: one of them is matched, and none is taken away.
    pub fn accept(&self, names: &[&str]) -> bool {
        let matches = |pattern: &Pattern| names.iter().any(|name| pattern.matcher.is_match(name));
        let mut positive = self.patterns.iter().filter(|pattern| !pattern.negates).peekable();
        let included = positive.peek().is_none() || positive.any(matches);
        included && !self.patterns.iter().filter(|pattern| pattern.negates).any(matches)
    }

    /// The globs that match none of these things, each of which goes by several names.
    pub fn without_match<'a>(&'a self, things: &[Vec<&str>]) -> Vec<&'a str> {
        let unmatched =
            |pattern: &&Pattern| !things.iter().any(|names| names.iter().any(|name| pattern.matcher.is_match(name)));
        self.patterns.iter().filter(unmatched).map(|pattern| pattern.text.as_str()).collect()
    }
}

impl Pattern {
    fn new(text: &str) -> Result<Self, PatternError> {
        let error = |message: String| PatternError { pattern: text.to_owned(), message };
        let (negates, glob) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if glob.is_empty() {
            return Err(error("it is empty".to_owned()));
        }
        let glob = GlobBuilder::new(glob).literal_separator(true).build();
        let matcher = glob.map_err(|problem| error(problem.kind().to_string()))?.compile_matcher();
        Ok(Self { text: text.to_owned(), negates, matcher })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(patterns: &[&str], name: &str) -> bool {
        Patterns::new(patterns).unwrap().accept(&[name])
    }

    #[test]
    fn a_name_must_match_one_glob_and_no_negated_one() {
        assert!(accepts(&["source-*"], "source-file"));
        assert!(!accepts(&["source-*"], "destination-file"));
        assert!(!accepts(&["source-*", "!*-file"], "source-file"));
        assert!(accepts(&["!*-file"], "source-x"));
        assert!(!accepts(&["!*-file"], "source-file"));
        assert!(accepts(&["{source,destination}-x"], "destination-x"));
        assert!(accepts(&[], "anything"));
    }

    #[test]
    fn one_star_stays_within_a_component() {
        assert!(!accepts(&["*"], "vendor/x"));
        assert!(accepts(&["**"], "vendor/x"));
        assert!(accepts(&["**/*-scaffold-*"], "source-scaffold-java"));
    }

    #[test]
    fn a_glob_that_cannot_be_read_is_named() {
        let error = Patterns::new(["ok", "a[b"]).unwrap_err();
        assert_eq!(error.to_string(), "`a[b` is not a pattern: unclosed character class; missing ']'");
        assert!(Patterns::new(["!"]).is_err());
        assert!(Patterns::new([""]).is_err());
    }

    #[test]
    fn globs_that_match_nothing_can_be_told() {
        let patterns = Patterns::new(["a*", "b*", "!c"]).unwrap();
        assert_eq!(patterns.without_match(&[vec!["x", "ab"], vec!["y"]]), ["b*", "!c"]);
    }
}
