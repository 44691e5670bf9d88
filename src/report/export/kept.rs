//! Results of connectors' tests that are kept with a run, as the documents show them.

use std::fmt::Write as _;

use crate::junit::{TestCase, TestCounts, TestReport, TestVerdict};

use super::html::escape;
use super::junit::{attribute, content};

/// More suites than this are folded away on the page.
const MOST_OPEN: usize = 30;

/// The results of one suite of a connector's tests.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptResults {
    /// The connector's name.
    pub connector: String,
    /// The step that ran the tests.
    pub step: String,
    /// The suite: `unit`, `integration`, `acceptance`.
    pub suite: String,
    /// Where the file is on this machine.
    pub file: String,
    /// What is in it.
    pub report: TestReport,
}

/// The numbers of all of them.
pub(super) fn counts(kept: &[KeptResults]) -> TestCounts {
    kept.iter().fold(TestCounts::default(), |mut sum, results| {
        sum += results.report.counts();
        sum
    })
}

/// Each as a suite of JUnit's XML, with the connector's name in front of what its tests belong to.
pub(super) fn suites(text: &mut String, kept: &[KeptResults]) {
    for results in kept {
        let KeptResults { connector, step, suite, report, .. } = results;
        let TestCounts { tests, failures, skipped } = report.counts();
        let seconds: f64 = report.cases.iter().filter_map(|case| case.seconds).sum();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"{seconds:.3}\">",
            attribute(&format!("{connector}: {step}, {suite} tests")),
        );
        for case in &report.cases {
            test_case(text, connector, case);
        }
        text.push_str("  </testsuite>\n");
    }
}

fn test_case(text: &mut String, connector: &str, case: &TestCase) {
    let class = if case.class.is_empty() { connector.to_owned() } else { format!("{connector}.{}", case.class) };
    let time = case.seconds.map_or_else(String::new, |seconds| format!(" time=\"{seconds:.3}\""));
    let _ = write!(text, "    <testcase name=\"{}\" classname=\"{}\"{time}", attribute(&case.name), attribute(&class));
    let _ = match &case.verdict {
        TestVerdict::Passed => writeln!(text, "/>"),
        TestVerdict::Skipped { message } => {
            writeln!(text, "><skipped message=\"{}\"/></testcase>", attribute(message))
        }
        TestVerdict::Failed { message, text: trace, is_error } => writeln!(
            text,
            "><failure type=\"{}\" message=\"{}\">{}</failure></testcase>",
            if *is_error { "error" } else { "failure" },
            attribute(message),
            content(trace)
        ),
    };
}

/// A section of the page: what was counted, and where the files are.
pub(super) fn section(html: &mut String, kept: &[KeptResults]) {
    if kept.is_empty() {
        return;
    }
    html.push_str("<section>\n<h2>Test results</h2>\n");
    let is_folded = kept.len() > MOST_OPEN;
    if is_folded {
        let _ = writeln!(html, "<details><summary>{} suites</summary>", kept.len());
    }
    html.push_str(
        "<div class=\"wide\">\n<table>\n<thead><tr><th scope=\"col\">Connector</th><th scope=\"col\">Step</th>\
         <th scope=\"col\">Suite</th><th scope=\"col\">Passed</th><th scope=\"col\">Failed</th><th scope=\"col\">Skipped</th>\
         <th scope=\"col\">File</th></tr></thead>\n<tbody>\n",
    );
    for results in kept {
        let counts = results.report.counts();
        let _ = writeln!(
            html,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
            escape::text(&results.connector),
            escape::text(&results.step),
            escape::text(&results.suite),
            counts.passed(),
            counts.failures,
            counts.skipped,
            escape::text(&results.file),
        );
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
    html.push_str(if is_folded { "</details>\n</section>\n" } else { "</section>\n" });
}
