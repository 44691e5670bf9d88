//! The suites of a connector's tests, and what became of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::count;
use crate::event::FailureClass;
use crate::junit::{TestCounts, TestReport};

/// How many failing tests a message names.
const MOST_NAMES: usize = 5;

/// Longer names are cut in messages, in bytes.
const LONGEST_NAME: usize = 120;

/// A suite of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::action) enum Suite {
    /// `unit_tests/`, by pytest.
    Unit,
    /// `integration_tests/`, by pytest.
    Integration,
    /// What `acceptance-test-config.yml` describes.
    Acceptance,
}

impl Suite {
    /// Every suite, in the order in which they are run.
    pub(in crate::action) const ALL: [Self; 3] = [Self::Unit, Self::Integration, Self::Acceptance];

    /// Its name in outputs, messages and the files of results.
    pub(in crate::action) fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Integration => "integration",
            Self::Acceptance => "acceptance",
        }
    }

    /// The folder of the connector that has it; for acceptance tests the file that describes them.
    pub(super) fn place(self) -> &'static str {
        match self {
            Self::Unit => "unit_tests",
            Self::Integration => "integration_tests",
            Self::Acceptance => "acceptance-test-config.yml",
        }
    }
}

/// What became of a suite.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SuiteVerdict {
    /// Every test that ran passed.
    Passed(TestCounts),
    /// It failed.
    Failed(SuiteFailure),
    /// It was not run, and why.
    Skipped(String),
}

/// How a suite failed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SuiteFailure {
    /// The kind.
    pub(super) class: FailureClass,
    /// What happened: `2 of 8 tests failed (a, b)`.
    pub(super) message: String,
    /// What all connectors with this failure share.
    pub(super) cause: String,
    /// What to do, if it is more than to look at the tests.
    pub(super) hint: Option<String>,
    /// The tests, as far as they are known.
    pub(super) counts: TestCounts,
    /// The end of its output.
    pub(super) tail: Vec<String>,
}

impl SuiteVerdict {
    /// The word in outputs.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Passed(_) => "passed",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
        }
    }

    /// The tests that were counted.
    pub(super) fn counts(&self) -> TestCounts {
        match self {
            Self::Passed(counts) | Self::Failed(SuiteFailure { counts, .. }) => *counts,
            Self::Skipped(_) => TestCounts::default(),
        }
    }

    /// `8 passed`, `8 passed, 1 skipped`, `skipped (no unit_tests folder)`, `2 of 8 tests failed (…)`.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Passed(counts) => match (counts.passed(), counts.skipped) {
                // A command of one's own need not tell its tests one by one.
                (0, 0) => "passed".to_owned(),
                (passed, 0) => format!("{passed} passed"),
                (passed, skipped) => format!("{passed} passed, {skipped} skipped"),
            },
            Self::Failed(failure) => failure.message.clone(),
            Self::Skipped(reason) => format!("skipped ({reason})"),
        }
    }
}

/// The failure of a suite whose report names failing tests.
pub(super) fn failing(suite: Suite, report: &TestReport, tail: Vec<String>) -> SuiteFailure {
    let counts = report.counts();
    let names: Vec<String> = report.failed().take(MOST_NAMES).map(|case| shortened(&case.id())).collect();
    let more = counts.failures.saturating_sub(names.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    SuiteFailure {
        class: FailureClass::Process,
        message: format!("{} of {} failed ({}{more})", counts.failures, count(counts.tests, "test"), names.join(", ")),
        cause: format!("{} tests fail", suite.name()),
        hint: None,
        counts,
        tail,
    }
}

fn shortened(name: &str) -> String {
    let name: String = name.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    match name.len() {
        0..=LONGEST_NAME => name,
        _ => format!("{}…", &name[..name.floor_char_boundary(LONGEST_NAME)]),
    }
}
