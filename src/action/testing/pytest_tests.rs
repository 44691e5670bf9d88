//! What ends of pytest mean.

use std::time::Duration;

use crate::event::FailureClass;
use crate::junit::{self, TestCounts};
use crate::process::{Exit, Status};

use super::pytest::{PytestCall, Target, arguments, from_last_test, verdict, verdict_of_command};
use super::suite::{Suite, SuiteVerdict};

const GOOD: &str =
    "<testsuite><testcase classname='a' name='x'/><testcase classname='a' name='y'><skipped/></testcase></testsuite>";
const BAD: &str =
    "<testsuite><testcase classname='a' name='x'><failure/></testcase><testcase classname='a' name='y'/></testsuite>";

fn exit(status: Status, tail: &[&str]) -> Exit {
    let tail = tail.iter().map(|line| (*line).to_owned()).collect();
    Exit { status, duration: Duration::ZERO, tail, omitted: 0, log_error: None, output: Vec::new() }
}

fn unit(status: Status, xml: &str, tail: &[&str]) -> SuiteVerdict {
    verdict(Suite::Unit, &exit(status, tail), &junit::parse(xml))
}

fn failure(verdict: SuiteVerdict) -> (FailureClass, String) {
    match verdict {
        SuiteVerdict::Failed(failure) => (failure.class, failure.message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn passed_is_only_what_has_passed() {
    assert_eq!(
        unit(Status::Code(0), GOOD, &[]),
        SuiteVerdict::Passed(TestCounts { tests: 2, failures: 0, skipped: 1 })
    );
    assert_eq!(unit(Status::Code(5), "<testsuite/>", &[]).words(), "skipped (no tests in unit_tests)");
    let skipped = "<testsuite><testcase name='x'><skipped/></testcase></testsuite>";
    assert_eq!(unit(Status::Code(0), skipped, &[]).word(), "skipped");
    let (_, message) = failure(unit(Status::Code(0), "", &[]));
    assert_eq!(message, "pytest exited with code 0, but of its file of results it is empty");
    assert_eq!(unit(Status::Code(0), BAD, &[]).word(), "failed");
}

#[test]
fn failing_tests_are_named_and_long_lists_end() {
    assert_eq!(failure(unit(Status::Code(1), BAD, &[])), (FailureClass::Process, "1 of 2 tests failed (a::x)".into()));
    let many: Vec<String> = (0..9).map(|number| format!("<testcase name='t{number}'><error/></testcase>")).collect();
    let (_, message) = failure(unit(Status::Code(1), &format!("<testsuite>{}</testsuite>", many.concat()), &[]));
    assert_eq!(message, "9 of 9 tests failed (t0, t1, t2, t3, t4 and 4 more)");
}

#[test]
fn a_hanging_test_is_named_and_of_class_timeout() {
    let tail = ["collected 2 items", "unit_tests/test_a.py::test_a PASSED [ 50%]", "unit_tests/test_a.py::test_hang"];
    let (class, message) = failure(unit(Status::TimedOut(Duration::from_mins(1)), "", &tail));
    assert_eq!(class, FailureClass::Timeout);
    assert_eq!(message, "pytest was stopped after its timeout of 1 min, in unit_tests/test_a.py::test_hang");
}

#[test]
fn the_end_of_a_log_begins_with_the_test_that_hangs() {
    let log = "unit_tests/t.py::test_a PASSED\n\nunit_tests/t.py::test_b Timeout (0:00:15)!\nThread 0x1\n  File \"t.py\", line 4 in test_b\nmore\n";
    let end = from_last_test(log, 3).unwrap();
    assert_eq!(end, ["unit_tests/t.py::test_b Timeout (0:00:15)!", "Thread 0x1", "  File \"t.py\", line 4 in test_b"]);
    assert_eq!(from_last_test("nothing of the kind\n", 3), None);
}

#[test]
fn ends_without_results_say_what_pytest_said() {
    let conftest = ["ImportError while loading conftest", "E   ModuleNotFoundError: No module named 'x'"];
    let (_, message) = failure(unit(Status::Code(4), "", &conftest));
    assert_eq!(message, "pytest cannot begin: ModuleNotFoundError: No module named 'x'");
    assert_eq!(failure(unit(Status::Code(3), "", &[])).1, "pytest itself failed, or a plugin of it");
    assert!(failure(unit(Status::Signal(11), "", &[])).1.contains("signal 11"));
}

#[test]
fn a_command_of_ones_own_need_not_leave_results() {
    let of = |status, xml: Option<&str>| verdict_of_command(&exit(status, &[]), xml.map(junit::parse).as_ref(), "cat");
    assert_eq!(of(Status::Code(0), None).words(), "passed");
    assert_eq!(of(Status::Code(0), Some(GOOD)).words(), "1 passed, 1 skipped");
    assert_eq!(of(Status::Code(1), Some(BAD)).words(), "1 of 2 tests failed (a::x)");
    assert_eq!(of(Status::Code(2), None).words(), "`cat` exited with code 2");
    assert_eq!(of(Status::Code(5), None).word(), "skipped");
}

#[test]
fn arguments_keep_pytest_inside_the_connector() {
    let call = PytestCall {
        target: Target::Folder("unit_tests"),
        root: "/c",
        configuration: None,
        junit: "/r/unit.xml",
        timeout: Some(Duration::from_secs(65)),
        further: &["-x".to_owned()],
    };
    assert_eq!(
        arguments(&call).join(" "),
        "-m pytest unit_tests -vv --continue-on-collection-errors --junitxml=/r/unit.xml -o junit_family=xunit2 -c /dev/null \
         --rootdir=/c --confcutdir=/c -o faulthandler_timeout=60 -x"
    );
    let plugin = PytestCall { target: Target::AcceptancePlugin, timeout: None, further: &[], ..call };
    assert!(
        arguments(&plugin)
            .join(" ")
            .starts_with("-m pytest -p connector_acceptance_test.plugin --acceptance-test-config . -vv")
    );
}
