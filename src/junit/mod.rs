//! JUnit's XML as test programs write it: which tests there were, and what became of each.
//!
//! The format has no standard. What is read here is what pytest and its kin write (`testsuites`, `testsuite`,
//! `testcase` with `failure`, `error` or `skipped` in it); the numbers that suites claim are not believed but counted
//! again. Files were written by the tests of others, so they are bounded in every direction. Writing the report of a
//! run in this format is the report's business.

mod parse;
#[cfg(test)]
mod tests;

pub use parse::parse;

/// The largest file that is read, in bytes.
pub const LARGEST: usize = 16 << 20;

/// Longer texts of failures are cut, in bytes.
pub const LONGEST_TEXT: usize = 8 << 10;

/// A file that is not JUnit's XML, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JunitError {
    /// The XML is broken.
    #[error("it is no XML: {0}")]
    Xml(String),
    /// It ends in the middle: whoever wrote it was killed, or the disk was full.
    #[error("it ends within <{0}>")]
    Unfinished(String),
    /// It is XML of another kind.
    #[error("it is XML, but begins with <{0}> and not with <testsuites> or <testsuite>")]
    Other(String),
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is larger than [`LARGEST`].
    #[error("it has {0} bytes, more than is read")]
    Large(usize),
}

/// What became of one test.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TestVerdict {
    /// It passed.
    #[default]
    Passed,
    /// It did not hold, or it could not be run at all (an error of a fixture, or of the import).
    Failed {
        /// In one line or a few, as the test program says it.
        message: String,
        /// The trace, cut at [`LONGEST_TEXT`].
        text: String,
        /// Whether it is an error around the test rather than a failure of it.
        is_error: bool,
    },
    /// It was left out, or was expected to fail and did.
    Skipped {
        /// Why.
        message: String,
    },
}

impl TestVerdict {
    /// Whether it failed, or could not be run.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}

/// One test.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestCase {
    /// What it belongs to: for pytest the module and class with dots. May be empty.
    pub class: String,
    /// Its name.
    pub name: String,
    /// How long it took, in seconds, if the file says so.
    pub seconds: Option<f64>,
    /// What became of it.
    pub verdict: TestVerdict,
}

impl TestCase {
    /// How messages call it: `unit_tests.test_source::test_spec`.
    pub fn id(&self) -> String {
        if self.class.is_empty() { self.name.clone() } else { format!("{}::{}", self.class, self.name) }
    }
}

/// How many tests there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TestCounts {
    /// All of them.
    pub tests: usize,
    /// Those that failed or could not be run.
    pub failures: usize,
    /// Those that were left out.
    pub skipped: usize,
}

impl TestCounts {
    /// Those that passed.
    pub fn passed(self) -> usize {
        self.tests - self.failures - self.skipped
    }
}

impl std::ops::AddAssign for TestCounts {
    fn add_assign(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.skipped += other.skipped;
    }
}

/// Every test of a file, in its order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestReport {
    /// The tests.
    pub cases: Vec<TestCase>,
}

impl TestReport {
    /// How many there were, counted here.
    pub fn counts(&self) -> TestCounts {
        let mut counts = TestCounts { tests: self.cases.len(), ..TestCounts::default() };
        for case in &self.cases {
            match case.verdict {
                TestVerdict::Passed => {}
                TestVerdict::Failed { .. } => counts.failures += 1,
                TestVerdict::Skipped { .. } => counts.skipped += 1,
            }
        }
        counts
    }

    /// The tests that failed or could not be run.
    pub fn failed(&self) -> impl Iterator<Item = &TestCase> {
        self.cases.iter().filter(|case| case.verdict.is_failed())
    }
}

/// The text as XML has it between tags or quotes, with every character escaped that test programs may escape: for
/// finding a text in such a file again.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            other => escaped.push(other),
        }
    }
    escaped
}
