//! The checks of a commit, judged: which of them count, and how those stand.

use globset::Glob;

use crate::base::sentence_list;
use crate::forge::{Check, CheckState};

/// Names in a sentence, at most.
const NAMED: usize = 5;

/// Which checks count.
pub(crate) struct Counting<'a> {
    /// Only what the base branch's rules require, where they require anything.
    pub(crate) required_only: bool,
    /// Only these, required or not; globs. One without special characters has to be there.
    pub(crate) names: &'a [String],
    /// Not these; globs.
    pub(crate) ignore: &'a [String],
}

/// How the checks stand that count.
#[derive(Default)]
pub(crate) struct Judged<'a> {
    /// Names of those that have not ended or not begun.
    pub(crate) pending: Vec<&'a str>,
    /// Those that have failed.
    pub(crate) failed: Vec<&'a Check>,
    /// Those that wait for a person.
    pub(crate) held: Vec<&'a Check>,
    /// How many count.
    pub(crate) all: usize,
    /// Names of those that have failed and do not count.
    pub(crate) failed_beside: Vec<&'a str>,
}

impl<'a> Judged<'a> {
    /// Judges the checks of a commit.
    pub(crate) fn new(checks: &'a [Check], counting: &Counting<'a>) -> Self {
        let by_name = !counting.names.is_empty();
        let required_only = counting.required_only && !by_name && checks.iter().any(|check| check.required);
        let counts = |check: &Check| {
            (!required_only || check.required)
                && (!by_name || fits(counting.names, &check.name))
                && !fits(counting.ignore, &check.name)
        };
        let mut judged = Self::default();
        for check in checks {
            let failed = check.state == CheckState::Failed;
            if !counts(check) {
                judged.failed_beside.extend(failed.then_some(check.name.as_str()));
                continue;
            }
            judged.all += 1;
            match check.state {
                CheckState::Pending => judged.pending.push(&check.name),
                CheckState::ActionRequired => judged.held.push(check),
                CheckState::Failed => judged.failed.push(check),
                CheckState::Passed | CheckState::Skipped => {}
            }
        }
        let there = |name: &String| checks.iter().any(|check| check.name == *name);
        let missing = counting.names.iter().filter(|name| !is_glob(name) && !there(name));
        let known = judged.pending.len();
        judged.pending.extend(missing.map(String::as_str));
        judged.all += judged.pending.len() - known;
        judged
    }

    /// Whether no check counts.
    pub(crate) fn is_empty(&self) -> bool {
        self.all == 0
    }

    /// The names of those that have failed.
    pub(crate) fn failed_names(&self) -> String {
        names(self.failed.iter().map(|check| check.name.as_str()))
    }

    /// What is waited for, as a fragment; `None` if nothing is.
    pub(crate) fn waits_for(&self) -> Option<String> {
        if !self.pending.is_empty() {
            let noun = if self.all == 1 { "check" } else { "checks" };
            let names = names(self.pending.iter().copied());
            return Some(format!("{} of {} {noun}: {names}", self.pending.len(), self.all));
        }
        let link = self.held.first()?.url.as_deref().map_or_else(String::new, |url| format!(" ({url})"));
        Some(format!("a person to let {} run{link}", names(self.held.iter().map(|check| check.name.as_str()))))
    }
}

/// Names in a sentence: all of a few, the first of many.
pub(crate) fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let mut all: Vec<String> = all.map(str::to_owned).collect();
    if all.len() > NAMED + 1 {
        let more = all.len() - NAMED;
        all.truncate(NAMED);
        all.push(format!("{more} more"));
    }
    sentence_list(&all)
}

fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', '{'])
}

/// Whether one of the patterns is the name, or a glob for it; names of checks have slashes and brackets in them.
fn fits(patterns: &[String], name: &str) -> bool {
    let glob = |pattern: &String| Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name));
    patterns.iter().any(|pattern| pattern == name || glob(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, state: CheckState, required: bool) -> Check {
        Check { id: String::new(), name: name.to_owned(), state, required, url: None }
    }

    fn counted(checks: &[Check], names: &[&str], ignore: &[&str]) -> (usize, Vec<String>) {
        let owned = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let (names, ignore) = (owned(names), owned(ignore));
        let judged = Judged::new(checks, &Counting { required_only: true, names: &names, ignore: &ignore });
        (judged.all, judged.pending.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn required_checks_count_alone_and_all_where_none_is_required() {
        let mut checks = [check("a", CheckState::Pending, true), check("b", CheckState::Pending, false)];
        assert_eq!(counted(&checks, &[], &[]), (1, vec!["a".to_owned()]));
        checks[0].required = false;
        assert_eq!(counted(&checks, &[], &[]).0, 2);
    }

    #[test]
    fn names_choose_and_globs_reach_over_slashes() {
        let checks = [check("ci / test [3.9]", CheckState::Pending, false), check("lint", CheckState::Passed, true)];
        assert_eq!(counted(&checks, &["ci*"], &[]), (1, vec!["ci / test [3.9]".to_owned()]));
        assert_eq!(counted(&checks, &["ci / test [3.9]"], &[]).0, 1);
        assert_eq!(counted(&checks, &["*"], &["ci*"]), (1, vec![]));
    }

    #[test]
    fn a_check_that_is_named_has_to_be_there() {
        let checks = [check("lint", CheckState::Passed, false)];
        assert_eq!(counted(&checks, &["lint", "test"], &[]), (2, vec!["test".to_owned()]));
        assert_eq!(counted(&[], &["test*"], &[]), (0, vec![]));
    }

    #[test]
    fn many_names_are_cut() {
        let many = ["a", "b", "c", "d", "e", "f", "g"];
        assert_eq!(names(many.into_iter()), "a, b, c, d, e and 2 more");
        assert_eq!(names(many[..6].iter().copied()), "a, b, c, d, e and f");
    }
}
