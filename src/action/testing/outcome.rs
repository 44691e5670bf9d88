//! From the verdicts of suites to the step's result.

use serde_json::{Map, Value};

use crate::action::{Executed, unchanged};
use crate::event::Failure;
use crate::junit::TestCounts;

use super::suite::{Suite, SuiteVerdict};

/// What a test of a connector came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The suites that were asked for, in their order.
    pub(super) verdicts: Vec<(Suite, SuiteVerdict)>,
    /// What a person should look at.
    pub(super) warnings: Vec<String>,
    /// The version of Python that the tests ran with.
    pub(super) python: Option<String>,
}

impl Outcome {
    /// The step's result: done if something passed and nothing failed, skipped if nothing was run.
    ///
    /// # Errors
    /// A suite that failed.
    pub(super) fn settle(self) -> Result<Executed, Failure> {
        if let Some(failure) = self.failure() {
            return Err(failure);
        }
        let words = self.words();
        if self.verdicts.iter().all(|(_, verdict)| matches!(verdict, SuiteVerdict::Skipped(_))) {
            return Ok(Executed::Skipped(format!("nothing to test: {words}")));
        }
        let outputs = self.outputs();
        let mut result = unchanged(words);
        result.outputs.extend(outputs);
        result.warnings = self.warnings;
        Ok(Executed::Done(result))
    }

    /// `unit: 8 passed; integration: skipped (no secrets)`.
    fn words(&self) -> String {
        let words = self.verdicts.iter().map(|(suite, verdict)| format!("{}: {}", suite.name(), verdict.words()));
        words.collect::<Vec<_>>().join("; ")
    }

    /// The failure of the first suite that failed, which tells of the others as well.
    fn failure(&self) -> Option<Failure> {
        let first = self.verdicts.iter().find_map(|(_, verdict)| match verdict {
            SuiteVerdict::Failed(failure) => Some(failure),
            _ => None,
        })?;
        let hint = first
            .hint
            .as_deref()
            .unwrap_or("mend what the tests found, or the tests; then `cutover resume --retry-failed`");
        let failure = Failure::new(first.class, self.words()).cause(first.cause.clone()).hint(hint);
        Some(Failure { tail: first.tail.clone(), ..failure })
    }

    fn outputs(&self) -> Map<String, Value> {
        let mut outputs = Map::new();
        let mut counts = TestCounts::default();
        for suite in Suite::ALL {
            let verdict = self.verdicts.iter().find(|(own, _)| *own == suite).map(|(_, verdict)| verdict);
            outputs.insert(suite.name().to_owned(), verdict.map_or("skipped", SuiteVerdict::word).into());
            counts += verdict.map(SuiteVerdict::counts).unwrap_or_default();
        }
        outputs.insert("tests".to_owned(), counts.tests.into());
        outputs.insert("failures".to_owned(), counts.failures.into());
        outputs.insert("skipped".to_owned(), counts.skipped.into());
        outputs.insert("python".to_owned(), self.python.as_deref().unwrap_or_default().into());
        outputs
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::SuiteFailure;
    use super::*;
    use crate::event::FailureClass;

    fn counts(tests: usize, failures: usize, skipped: usize) -> TestCounts {
        TestCounts { tests, failures, skipped }
    }

    fn outcome(verdicts: Vec<(Suite, SuiteVerdict)>) -> Outcome {
        Outcome { verdicts, ..Outcome::default() }
    }

    #[test]
    fn what_passed_and_what_was_skipped_is_told_apart() {
        let verdicts = vec![
            (Suite::Unit, SuiteVerdict::Passed(counts(9, 0, 1))),
            (Suite::Integration, SuiteVerdict::Skipped("no secrets".into())),
        ];
        let Executed::Done(result) = outcome(verdicts).settle().unwrap() else { panic!("it is done") };
        assert_eq!(result.detail, "unit: 8 passed, 1 skipped; integration: skipped (no secrets)");
        assert!(!result.changed);
        let output = |name: &str| result.outputs[name].to_string();
        assert_eq!(["unit", "integration", "acceptance"].map(output), ["\"passed\"", "\"skipped\"", "\"skipped\""]);
        assert_eq!(["tests", "failures", "skipped"].map(output), ["9", "0", "1"]);
    }

    #[test]
    fn nothing_run_is_skipped_and_not_passed() {
        let verdicts = vec![(Suite::Unit, SuiteVerdict::Skipped("no unit_tests folder".into()))];
        let expected = Executed::Skipped("nothing to test: unit: skipped (no unit_tests folder)".into());
        assert_eq!(outcome(verdicts).settle().unwrap(), expected);
    }

    #[test]
    fn a_failure_tells_of_all_suites() {
        let failure = SuiteFailure {
            class: FailureClass::Process,
            message: "1 of 2 tests failed (a)".into(),
            cause: "integration tests fail".into(),
            hint: None,
            counts: counts(2, 1, 0),
            tail: vec!["E  assert 0".into()],
        };
        let verdicts = vec![
            (Suite::Unit, SuiteVerdict::Passed(counts(3, 0, 0))),
            (Suite::Integration, SuiteVerdict::Failed(failure)),
        ];
        let failure = outcome(verdicts).settle().unwrap_err();
        assert_eq!(failure.message, "unit: 3 passed; integration: 1 of 2 tests failed (a)");
        assert_eq!((failure.group(), failure.tail.len()), ("integration tests fail", 1));
    }
}
