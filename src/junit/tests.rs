//! What pytest writes, what others write, and what is no report.

use proptest::prelude::*;

use super::*;

/// As pytest 9 writes it: an import that fails, a failure with an error of its fixture behind it, both kinds of skips.
const PYTEST: &str = r#"<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest"
errors="2" failures="1" skipped="2" tests="7" time="0.05" timestamp="2026-11-22T16:45:38" hostname="vm">
<testcase classname="" name="unit_tests.test_b" time="0.000"><error message="collection failure">unit_tests/test_b.py:1: in &lt;module&gt;
    import nope
E   ModuleNotFoundError: No module named 'nope'</error></testcase>
<testcase classname="unit_tests.test_a" name="test_ok" time="0.25" />
<testcase classname="unit_tests.test_a" name="test_skip" time="0"><skipped type="pytest.skip" message="why">a.py:6: why</skipped></testcase>
<testcase classname="unit_tests.test_a" name="test_x" time="0"><skipped type="pytest.xfail" message="" /></testcase>
<testcase classname="unit_tests.test_a" name="test_td" time="0.000"><failure message="assert 0&#10;&amp; more">E   assert 0 &#x26; 1 &unknown;</failure></testcase>
<testcase classname="unit_tests.test_a" name="test_td" time="0.000"><error message="failed on teardown">ValueError: td</error></testcase>
<testcase classname="unit_tests.test_a.TestK" name="test_p[x/y]" time="0.001"><system-out>failure</system-out></testcase>
</testsuite></testsuites>"#;

#[test]
fn tests_are_counted_and_told_apart() {
    let report = parse(PYTEST).unwrap();
    let counts = report.counts();
    assert_eq!(counts, TestCounts { tests: 6, failures: 2, skipped: 2 });
    assert_eq!(counts.passed(), 2);
    let failed: Vec<String> = report.failed().map(TestCase::id).collect();
    assert_eq!(failed, ["unit_tests.test_b", "unit_tests.test_a::test_td"]);
    assert_eq!(report.cases[1].seconds, Some(0.25));
    assert_eq!(report.cases[2].verdict, TestVerdict::Skipped { message: "why".into() });
}

#[test]
fn a_failure_keeps_its_first_words_with_references_resolved() {
    let report = parse(PYTEST).unwrap();
    let expected = TestVerdict::Failed {
        message: "assert 0\n& more".into(),
        text: "E   assert 0 & 1 &unknown;".into(),
        is_error: false,
    };
    assert_eq!(report.cases[4].verdict, expected);
    let TestVerdict::Failed { text, is_error, .. } = &report.cases[0].verdict else { panic!("{report:?}") };
    assert!(*is_error && text.starts_with("unit_tests/test_b.py:1: in <module>\n"), "{text}");
}

#[test]
fn one_suite_without_its_list_cdata_and_a_byte_order_mark_are_read() {
    let text = "\u{feff}<testsuite><testcase name='a'><failure><![CDATA[<b>]]></failure></testcase></testsuite>";
    let report = parse(text).unwrap();
    let TestVerdict::Failed { text, .. } = &report.cases[0].verdict else { panic!("{report:?}") };
    assert_eq!((text.as_str(), report.cases[0].id()), ("<b>", "a".to_owned()));
    assert_eq!(parse("<testsuites/>").unwrap().counts(), TestCounts::default());
}

#[test]
fn what_is_no_report_is_told_by_kind() {
    assert_eq!(parse(" \n"), Err(JunitError::Empty));
    assert_eq!(parse("<html><body/></html>"), Err(JunitError::Other("html".into())));
    let cut = PYTEST.find("    import nope").unwrap();
    assert_eq!(parse(&PYTEST[..cut]).unwrap_err().to_string(), "it ends within <error>");
    assert!(matches!(parse("<testsuite></testcase>"), Err(JunitError::Xml(_))));
    assert!(matches!(parse(&"<testsuite>".repeat(1000)), Err(JunitError::Xml(_))));
    assert_eq!(parse(&" ".repeat(LARGEST + 1)), Err(JunitError::Large(LARGEST + 1)));
}

#[test]
fn a_failure_of_many_pages_is_cut() {
    let text = format!("<testsuite><testcase name='a'><failure>{}</failure></testcase></testsuite>", "é".repeat(9000));
    let report = parse(&text).unwrap();
    let TestVerdict::Failed { text, .. } = &report.cases[0].verdict else { panic!("{report:?}") };
    assert!(text.len() <= LONGEST_TEXT + 4 && text.ends_with('…'));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}", cut in 0_usize..PYTEST.len()) {
        let _ = parse(&text);
        let cut = PYTEST.floor_char_boundary(cut);
        let _ = parse(&format!("{}{text}{}", &PYTEST[..cut], &PYTEST[cut..]));
    }

    #[test]
    fn what_is_escaped_reads_as_it_was(text in "[a-zA-Z0-9 &<>\"'/éß-]{0,40}") {
        let xml = format!("<testsuite><testcase name=\"{}\"/></testsuite>", escaped(&text));
        prop_assert_eq!(&parse(&xml).unwrap().cases[0].name, &text);
    }
}
