//! Which Python a connector wants, told by what its files say of versions.

use std::fmt;

/// A version of Python: major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PythonVersion(pub(super) u32, pub(super) u32, pub(super) u32);

impl PythonVersion {
    /// Reads `3.11.7` (what follows the third number, such as `rc1`, does not count).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().splitn(3, '.').map(|part| {
            let digits = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
            part[..digits].parse().ok()
        });
        Some(Self(numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0)))
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What a file says of the Python it needs: `>=3.9,<3.12`, or `^3.9` as Poetry writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PythonConstraint(String);

impl PythonConstraint {
    /// Takes the text as the file has it.
    pub(super) fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Whether a version is allowed. What is not understood allows everything: pip decides in the end.
    pub(super) fn allows(&self, version: PythonVersion) -> bool {
        self.0.split("||").any(|alternative| {
            let clauses = alternative.split([',', ' ']).map(str::trim).filter(|clause| !clause.is_empty());
            // `>= 3.9` with a blank in it is one clause.
            joined(clauses).iter().all(|clause| clause_allows(clause, version))
        })
    }
}

impl fmt::Display for PythonConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Clauses whose operator stands apart from its version, put together.
fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    for part in parts {
        match clauses.last_mut() {
            Some(last) if last.chars().all(|letter| "<>=!~^".contains(letter)) => last.push_str(part),
            _ => clauses.push(part.to_owned()),
        }
    }
    clauses
}

fn clause_allows(clause: &str, version: PythonVersion) -> bool {
    let at = clause.find(|letter: char| !"<>=!~^".contains(letter)).unwrap_or(clause.len());
    let (operator, wanted) = clause.split_at(at);
    let wanted = wanted.trim();
    let numbers: Vec<u32> = wanted.trim_end_matches(".*").split('.').map_while(|part| part.parse().ok()).collect();
    if numbers.is_empty() {
        return true;
    }
    let number = |at: usize| numbers.get(at).copied().unwrap_or(0);
    let least = PythonVersion(number(0), number(1), number(2));
    // The first version that no longer has the same first so many numbers.
    let after = |kept: usize| match kept {
        0 => PythonVersion(u32::MAX, 0, 0),
        1 => PythonVersion(number(0) + 1, 0, 0),
        2 => PythonVersion(number(0), number(1) + 1, 0),
        _ => PythonVersion(number(0), number(1), number(2) + 1),
    };
    let within = |end: PythonVersion| least <= version && version < end;
    match operator {
        ">=" => version >= least,
        ">" => version > least,
        "<=" => version <= least || (numbers.len() < 3 && wanted.ends_with(".*") && version < after(numbers.len())),
        "<" => version < least,
        "!=" if wanted.ends_with(".*") => !within(after(numbers.len())),
        "!=" => version != least,
        "~=" => within(after(numbers.len().saturating_sub(1))),
        "^" => within(after(1)),
        "~" => within(after(numbers.len().min(2))),
        // Poetry reads a bare version as this one alone, and so do people.
        "" | "==" | "===" if numbers.len() < 3 => within(after(numbers.len())),
        "" | "==" | "===" => version == least,
        _ => true,
    }
}

/// The names of interpreters, newest first, that are looked for where `python3` does not fit.
pub(super) fn candidates(constraint: &PythonConstraint) -> Vec<String> {
    let minors = (8..=14).rev();
    let fits = |minor: &u32| (0..30).any(|patch| constraint.allows(PythonVersion(3, *minor, patch)));
    minors.filter(fits).map(|minor| format!("python3.{minor}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(constraint: &str, version: &str) -> bool {
        PythonConstraint::new(constraint).allows(PythonVersion::parse(version).unwrap())
    }

    #[test]
    fn constraints_mean_what_pip_and_poetry_mean() {
        for (constraint, yes, no) in [
            (">=3.9,<3.12", "3.11.9", "3.12.0"),
            (">= 3.9, < 3.12", "3.9.0", "3.8.20"),
            ("^3.9", "3.13.1", "4.0.0"),
            ("^3.9,<3.12", "3.10.2", "3.12.1"),
            ("~3.9", "3.9.18", "3.10.0"),
            ("~3.9.7", "3.9.18", "3.9.6"),
            ("~=3.9", "3.12.0", "3.8.0"),
            ("~=3.9.2", "3.9.18", "3.10.0"),
            ("==3.10.*", "3.10.4", "3.11.0"),
            ("3.10", "3.10.4", "3.9.0"),
            (">=3.9,!=3.9.7", "3.9.8", "3.9.7"),
            ("!=3.10.*", "3.11.0", "3.10.9"),
            ("~3.9 || ~3.11", "3.11.2", "3.10.0"),
            ("<=3.11", "3.11.0", "3.11.1"),
        ] {
            assert!(allows(constraint, yes), "{constraint} allows {yes}");
            assert!(!allows(constraint, no), "{constraint} forbids {no}");
        }
        for anything in ["*", "", "whatever", ">=three"] {
            assert!(allows(anything, "3.11.7"), "{anything}");
        }
    }

    #[test]
    fn interpreters_that_cannot_fit_are_not_asked() {
        assert_eq!(candidates(&PythonConstraint::new(">=3.9,<3.11")), ["python3.10", "python3.9"]);
        assert_eq!(candidates(&PythonConstraint::new("~3.9.7")), ["python3.9"]);
        assert!(candidates(&PythonConstraint::new("^2.7")).is_empty());
    }

    #[test]
    fn versions_are_read_as_interpreters_say_them() {
        assert_eq!(PythonVersion::parse("3.11.7\n"), Some(PythonVersion(3, 11, 7)));
        assert_eq!(PythonVersion::parse("3.14.0rc1"), Some(PythonVersion(3, 14, 0)));
        assert_eq!(PythonVersion::parse("no"), None);
    }
}
