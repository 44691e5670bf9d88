//! pytest: how it is called, and what its end means.

use std::time::Duration;

use crate::event::FailureClass;
use crate::junit::{JunitError, TestCounts, TestReport};
use crate::process::{Exit, Status};

use super::suite::{Suite, SuiteFailure, SuiteVerdict, failing};

/// pytest's exit codes, by its documentation.
const FAILURES: i32 = 1;
const INTERRUPTED: i32 = 2;
const INTERNAL_ERROR: i32 = 3;
const USAGE_ERROR: i32 = 4;
const NO_TESTS: i32 = 5;

/// How long before the end of a suite's time pytest writes down where each thread hangs.
const BEFORE_THE_END: Duration = Duration::from_secs(5);

/// What one call of pytest needs to know.
#[derive(Debug, Clone)]
pub(super) struct PytestCall<'a> {
    /// What it runs: a folder, or the plugin of acceptance tests.
    pub(super) target: Target<'a>,
    /// The connector's directory as pytest sees it.
    pub(super) root: &'a str,
    /// Its configuration file; `None`: it has none, and what lies above the connector is not its business.
    pub(super) configuration: Option<&'a str>,
    /// The file that takes the results.
    pub(super) junit: &'a str,
    /// How long the suite may take.
    pub(super) timeout: Option<Duration>,
    /// Further arguments of the workflow's author.
    pub(super) further: &'a [String],
}

/// What pytest runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A folder of tests.
    Folder(&'a str),
    /// The acceptance tests, by the plugin that is installed beside pytest.
    AcceptancePlugin,
}

/// The arguments for the interpreter.
pub(super) fn arguments(call: &PytestCall<'_>) -> Vec<String> {
    let mut args: Vec<String> = ["-m", "pytest"].map(str::to_owned).to_vec();
    match call.target {
        Target::Folder(folder) => args.push(folder.to_owned()),
        Target::AcceptancePlugin => {
            args.extend(["-p", "connector_acceptance_test.plugin", "--acceptance-test-config", "."].map(str::to_owned));
        }
    }
    args.extend([
        // Each test is named before it runs: where it hangs, its name is the end of the log.
        "-vv".to_owned(),
        "--continue-on-collection-errors".to_owned(),
        format!("--junitxml={}", call.junit),
        "-o".to_owned(),
        "junit_family=xunit2".to_owned(),
        "-c".to_owned(),
        call.configuration.unwrap_or("/dev/null").to_owned(),
        format!("--rootdir={}", call.root),
        format!("--confcutdir={}", call.root),
    ]);
    if let Some(seconds) = call.timeout.and_then(|limit| limit.checked_sub(BEFORE_THE_END)).map(|limit| limit.as_secs())
        && seconds > 0
    {
        args.extend(["-o".to_owned(), format!("faulthandler_timeout={seconds}")]);
    }
    args.extend(call.further.iter().cloned());
    args
}

/// What a call's end and its file of results mean.
pub(super) fn verdict(suite: Suite, exit: &Exit, report: &Result<TestReport, JunitError>) -> SuiteVerdict {
    let counts = report.as_ref().map(TestReport::counts).unwrap_or_default();
    let fail = |class, message: String, cause: String, hint: Option<&str>| {
        let hint = hint.map(str::to_owned);
        SuiteVerdict::Failed(SuiteFailure { class, message, cause, hint, counts, tail: exit.tail.clone() })
    };
    let name = suite.name();
    let failures = report.as_ref().ok().filter(|report| report.failed().next().is_some());
    match (exit.status, failures, report) {
        (Status::TimedOut(_), ..) => fail(
            FailureClass::Timeout,
            format!("pytest {}{}", exit.status, hanging_test(&exit.tail)),
            format!("{name} tests take too long"),
            Some("the end of the log names the test that hangs; raise `suite-timeout` if they only are slow"),
        ),
        (Status::Code(NO_TESTS), ..) => SuiteVerdict::Skipped(format!("no tests in {}", suite.place())),
        (Status::Code(0), None, Ok(_)) if counts.tests == counts.skipped && counts.tests > 0 => {
            SuiteVerdict::Skipped(format!("all of its {} tests are skipped", counts.tests))
        }
        (Status::Code(0), None, Ok(_)) => SuiteVerdict::Passed(counts),
        (Status::Code(FAILURES | INTERRUPTED | 0), Some(report), _) => {
            SuiteVerdict::Failed(failing(suite, report, exit.tail.clone()))
        }
        (Status::Code(0), None, Err(error)) => fail(
            FailureClass::Process,
            format!("pytest exited with code 0, but of its file of results {error}"),
            format!("{name} tests leave no results"),
            Some("look for a conftest.py or a plugin that ends pytest, or calls `os._exit`"),
        ),
        (Status::Code(INTERNAL_ERROR), ..) => fail(
            FailureClass::Process,
            "pytest itself failed, or a plugin of it".to_owned(),
            format!("pytest fails at {name} tests"),
            Some("the end of the log has the traceback"),
        ),
        (Status::Code(USAGE_ERROR), ..) => fail(
            FailureClass::Process,
            format!("pytest cannot begin{}", error_line(&exit.tail)),
            format!("pytest cannot begin with {name} tests"),
            Some("look at conftest.py, at pytest's configuration and at `pytest-args`"),
        ),
        (status, ..) => fail(
            FailureClass::Process,
            format!("pytest {status}"),
            format!("pytest does not come to the end of {name} tests"),
            Some("the end of the log shows how far it came"),
        ),
    }
}

/// The test that ran last, as `-vv` names it before it runs.
fn last_test(line: &str) -> Option<&str> {
    line.split_whitespace().next().filter(|word| word.contains(".py::"))
}

/// The end of a log from the test on that ran last: what hangs is in the first lines of what pytest then wrote down, not
/// in the last ones.
pub(super) fn from_last_test(log: &str, most: usize) -> Option<Vec<String>> {
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.iter().rposition(|line| last_test(line).is_some())?;
    Some(lines[last..].iter().take(most).map(|line| (*line).to_owned()).collect())
}

fn hanging_test(tail: &[String]) -> String {
    let name = tail.iter().rev().find_map(|line| last_test(line));
    name.map_or_else(String::new, |name| format!(", in {name}"))
}

fn error_line(tail: &[String]) -> String {
    let found = tail.iter().rev().find_map(|line| {
        let text = line.strip_prefix("ERROR: ").or_else(|| line.strip_prefix("E   "))?;
        Some(text.trim())
    });
    found.map_or_else(String::new, |text| format!(": {text}"))
}

/// The tests of a suite that a command of the author's own ran.
pub(super) fn verdict_of_command(
    exit: &Exit,
    report: Option<&Result<TestReport, JunitError>>,
    program: &str,
) -> SuiteVerdict {
    let suite = Suite::Acceptance;
    let known = report.and_then(|report| report.as_ref().ok());
    match (exit.status, known) {
        (Status::Code(0), Some(report)) if report.failed().next().is_none() => SuiteVerdict::Passed(report.counts()),
        (Status::Code(0), None) => SuiteVerdict::Passed(TestCounts::default()),
        (Status::Code(_), Some(report)) if report.failed().next().is_some() => {
            SuiteVerdict::Failed(failing(suite, report, exit.tail.clone()))
        }
        (Status::Code(NO_TESTS), _) => SuiteVerdict::Skipped("no acceptance tests".to_owned()),
        (status, _) => SuiteVerdict::Failed(SuiteFailure {
            class: if matches!(status, Status::TimedOut(_)) { FailureClass::Timeout } else { FailureClass::Process },
            message: format!("`{program}` {status}"),
            cause: "the command of the acceptance tests fails".to_owned(),
            hint: None,
            counts: known.map(TestReport::counts).unwrap_or_default(),
            tail: exit.tail.clone(),
        }),
    }
}
