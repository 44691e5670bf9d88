//! Plain text: replacing what a literal or a regular expression matches.

use regex::{Regex, RegexBuilder};

use super::{Edit, EditError, Splice};

/// What to look for.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// Exactly this text.
    Literal(String),
    /// A regular expression in the syntax of the crate `regex`; `^` and `$` match at lines, however they end.
    Regex(Regex),
}

impl Pattern {
    /// A literal text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self::Literal(text.into())
    }

    /// A regular expression.
    pub fn regex(pattern: &str) -> Result<Self, EditError> {
        let built = RegexBuilder::new(pattern).multi_line(true).crlf(true).build();
        built.map(Self::Regex).map_err(|error| EditError::Pattern {
            pattern: pattern.to_owned(),
            message: match error {
                regex::Error::CompiledTooBig(limit) => format!("it needs more than {limit} bytes of memory"),
                other => last_line(&other.to_string()),
            },
        })
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Literal(text) => text,
            Self::Regex(regex) => regex.as_str(),
        }
    }

    fn splices(&self, text: &str, with: &str) -> Vec<Splice> {
        match self {
            Self::Literal(what) => text
                .match_indices(what.as_str())
                .map(|(at, found)| Splice::replace(at..at + found.len(), with))
                .collect(),
            Self::Regex(regex) => regex
                .captures_iter(text)
                .map(|captures| {
                    let mut expanded = String::new();
                    captures.expand(with, &mut expanded);
                    Splice::replace(captures.get_match().range(), expanded)
                })
                .collect(),
        }
    }

    /// Whether the replacement seems to have been made before.
    fn is_done(&self, text: &str, with: &str, expected: usize) -> bool {
        let is_template = matches!(self, Self::Regex(_)) && with.contains('$');
        !is_template && !with.is_empty() && text.matches(with).count() >= expected
    }
}

/// Replaces every match and says how many there were. In the replacement of a regular expression `$1` and
/// `${name}` stand for groups, `$$` for a dollar sign.
///
/// With `expected`, another number of matches is an error; none is fine where the text already holds the
/// replacement that often. A replacement that would be replaced again by the next run is refused.
pub fn replace(text: &str, what: &Pattern, with: &str, expected: Option<usize>) -> Result<(Edit, usize), EditError> {
    if what.as_str().is_empty() {
        return Err(EditError::Pattern { pattern: String::new(), message: "it is empty".to_owned() });
    }
    let splices = what.splices(text, with);
    let found = splices.len();
    if let Some(expected) = expected.filter(|expected| *expected != found) {
        if found == 0 && what.is_done(text, with, expected) {
            return Ok((Edit::unchanged(text), 0));
        }
        return Err(EditError::Occurrences { pattern: what.as_str().to_owned(), expected, found });
    }
    let edit = Edit::apply(text, splices);
    let again = Edit::apply(&edit.text, what.splices(&edit.text, with));
    if again.changed() {
        return Err(EditError::Repeats { pattern: what.as_str().to_owned() });
    }
    Ok((edit, found))
}

fn last_line(message: &str) -> String {
    let last = message.lines().last().unwrap_or(message);
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str, what: &Pattern, with: &str, expected: Option<usize>) -> Result<String, EditError> {
        replace(text, what, with, expected).map(|(edit, _)| edit.text)
    }

    #[test]
    fn a_literal_is_taken_as_it_is_and_so_is_its_replacement() {
        let (edit, count) = replace("a.b axb a.b\r\n", &Pattern::literal("a.b"), "$1", None).unwrap();
        assert_eq!((edit.text.as_str(), count), ("$1 axb $1\r\n", 2));
        assert_eq!(edit.splices.len(), 2);
    }

    #[test]
    fn groups_of_a_regular_expression_stand_in_its_replacement() {
        let pattern = Pattern::regex(r"(?m)^FROM (\w+):3\.9$").unwrap();
        assert_eq!(
            replaced("FROM python:3.9\nRUN x\n", &pattern, "FROM $1:3.11", Some(1)).unwrap(),
            "FROM python:3.11\nRUN x\n"
        );
    }

    #[test]
    fn a_regular_expression_sees_lines_however_they_end() {
        let pattern = Pattern::regex("^RUN .*$").unwrap();
        assert_eq!(replaced("FROM x\nRUN y\n", &pattern, "# none", Some(1)).unwrap(), "FROM x\n# none\n");
        assert_eq!(replaced("FROM x\r\nRUN y\r\n", &pattern, "# none", Some(1)).unwrap(), "FROM x\r\n# none\r\n");
    }

    #[test]
    fn an_unexpected_number_of_matches_is_an_error_that_says_both_numbers() {
        let error = replaced("x x", &Pattern::literal("x"), "y", Some(1)).unwrap_err();
        assert_eq!(error, EditError::Occurrences { pattern: "x".into(), expected: 1, found: 2 });
        assert!(error.hint().unwrap().contains("surrounding"));
        let error = replaced("abc", &Pattern::literal("x"), "y", Some(1)).unwrap_err();
        assert!(error.hint().unwrap().contains("letter by letter"));
    }

    #[test]
    fn no_match_is_unchanged_where_nothing_was_expected_or_where_it_was_done_before() {
        assert!(!replace("abc", &Pattern::literal("x"), "y", None).unwrap().0.changed());
        assert_eq!(replaced("new", &Pattern::literal("old"), "new", Some(1)).unwrap(), "new");
        assert_eq!(
            replaced("", &Pattern::literal("old"), "", Some(1)).unwrap_err(),
            EditError::Occurrences { pattern: "old".into(), expected: 1, found: 0 }
        );
    }

    #[test]
    fn a_replacement_that_grows_with_every_run_is_refused() {
        let error = replaced("foo", &Pattern::literal("foo"), "foobar", None).unwrap_err();
        assert_eq!(error, EditError::Repeats { pattern: "foo".into() });
        assert_eq!(replaced("foo", &Pattern::regex(r"\bfoo\b").unwrap(), "foobar", None).unwrap(), "foobar");
        assert_eq!(replaced("v1", &Pattern::regex(r"v\d").unwrap(), "v2", None).unwrap(), "v2");
    }

    #[test]
    fn a_broken_or_empty_pattern_is_an_error() {
        assert!(matches!(Pattern::regex("(a"), Err(EditError::Pattern { message, .. }) if message == "unclosed group"));
        assert!(replaced("abc", &Pattern::literal(""), "x", None).is_err());
    }
}
