//! Results of connectors' tests in the documents.

use super::super::kept::KeptResults;
use super::super::{Format, export};
use super::hostile::{HOSTILE, failed};
use super::{ended, facts};
use crate::junit::{self, TestCase, TestCounts, TestReport, TestVerdict};

fn kept() -> Vec<KeptResults> {
    let case = |name: &str, verdict| TestCase {
        class: "unit_tests.t".into(),
        name: name.into(),
        seconds: Some(0.25),
        verdict,
    };
    let failure = TestVerdict::Failed { message: HOSTILE.into(), text: HOSTILE.into(), is_error: false };
    let cases = vec![
        case("test_a", TestVerdict::Passed),
        case(HOSTILE, failure),
        case("test_c", TestVerdict::Skipped { message: "not now".into() }),
    ];
    let results = |connector: &str, cases| KeptResults {
        connector: connector.into(),
        step: "test".into(),
        suite: "unit".into(),
        file: format!("/state/logs/{HOSTILE}/test.results/unit.xml"),
        report: TestReport { cases },
    };
    vec![results("source-a", cases), results(HOSTILE, vec![TestCase { name: "alone".into(), ..TestCase::default() }])]
}

#[test]
fn the_suites_of_connectors_follow_that_of_the_run_and_are_counted() {
    let (fixture, state) = ended(8);
    let before = junit::parse(&export(&facts(&fixture, &state, &[]), &[], Format::Junit)).unwrap().counts();
    let document = export(&facts(&fixture, &state, &[]), &kept(), Format::Junit);
    let report = junit::parse(&document).unwrap();
    let TestCounts { tests, failures, skipped } = report.counts();
    assert_eq!((tests, failures, skipped), (before.tests + 4, before.failures + 1, before.skipped + 1));
    assert!(document.contains(&format!("<testsuites name=\"cutover\" tests=\"{tests}\" failures=\"{failures}\"")));
    assert!(
        document.contains("<testsuite name=\"source-a: test, unit tests\" tests=\"3\" failures=\"1\""),
        "{document}"
    );
    let ids: Vec<String> = report.cases.iter().rev().take(4).map(TestCase::id).collect();
    assert_eq!(ids[3], "source-a.unit_tests.t::test_a");
    let TestVerdict::Failed { text, .. } = &report.cases[report.cases.len() - 3].verdict else { panic!("{report:?}") };
    assert!(text.contains("<script>alert"), "{text}");
}

#[test]
fn the_page_lists_them_with_their_files_and_lets_nothing_of_them_be_markup() {
    let (fixture, state) = failed();
    let page = export(&facts(&fixture, &state, &[]), &kept(), Format::Html);
    assert!(page.contains("<h2>Test results</h2>") && page.contains("<td>1</td><td>1</td><td>1</td>"));
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!export(&facts(&fixture, &state, &[]), &[], Format::Html).contains("Test results"));
}
