//! Patterns of what a hook copies, in the words of a `.dockerignore` file.

use globset::{GlobBuilder, GlobMatcher};

/// Patterns in their order: the last one that fits a path decides.
#[derive(Debug, Default)]
pub(super) struct Patterns(Vec<(bool, GlobMatcher)>);

impl Patterns {
    /// Reads patterns; the one that is wrong, where one is.
    pub(super) fn new(patterns: &[String]) -> Result<Self, String> {
        let mut read = Vec::new();
        for pattern in patterns {
            let (fits, glob) = match pattern.strip_prefix('!') {
                Some(rest) => (false, rest),
                None => (true, pattern.as_str()),
            };
            let glob = glob.trim().trim_start_matches("./").trim_matches('/');
            // What names a directory names all that is in it.
            for glob in [glob.to_owned(), format!("{glob}/**")] {
                let built = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build();
                let built = built.map_err(|error| format!("`{pattern}`: {error}"))?;
                read.push((fits, built.compile_matcher()));
            }
        }
        Ok(Self(read))
    }

    /// Whether a path is among what they name.
    pub(super) fn name(&self, path: &str) -> bool {
        self.0.iter().rev().find(|(_, glob)| glob.is_match(path)).is_some_and(|(fits, _)| *fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(patterns: &[&str], path: &str) -> bool {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Patterns::new(&patterns).unwrap().name(path)
    }

    #[test]
    fn a_pattern_names_a_path_and_all_below_it() {
        assert!(named(&["a"], "a") && named(&["a/"], "a/b/c") && named(&["./a"], "a/b"));
        assert!(!named(&["a"], "b/a") && named(&["**/a"], "b/a"));
        assert!(named(&["*.py"], "x.py") && !named(&["*.py"], "d/x.py") && named(&["**/*.py"], "d/x.py"));
    }

    #[test]
    fn the_last_pattern_that_fits_decides() {
        assert!(!named(&["*.md", "!README.md"], "README.md") && named(&["*.md", "!README.md"], "other.md"));
        assert!(named(&["!README.md", "*.md"], "README.md"));
    }

    #[test]
    fn a_pattern_that_is_none_is_told() {
        assert!(Patterns::new(&["a[".to_owned()]).unwrap_err().starts_with("`a[`: "));
    }
}
