//! A run as JUnit's XML: a suite for the run, a test case for each unit, in the order of the run; then the suites of the
//! connectors' own tests.
//!
//! The format has no standard; this is what Jenkins, GitLab and the usual GitHub actions read. What needs a person is
//! a failure, what is left out or not at its end is skipped: never good before it is.

use std::fmt::Write as _;

use crate::junit::TestCounts;

use super::super::hint;
use super::super::run::UnitFacts;
use super::kept::{self, KeptResults};
use super::outcome::Verdict;
use super::sheet::Sheet;

pub(super) fn document(sheet: &Sheet<'_>, kept: &[KeptResults]) -> String {
    let frozen = &sheet.facts.migration.frozen;
    let of =
        |verdicts: &[Verdict]| sheet.units.iter().filter(|unit| verdicts.contains(&Sheet::kind(unit).verdict)).count();
    let numbers = |more: TestCounts| {
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
            sheet.units.len() + more.tests,
            of(&[Verdict::Bad]) + more.failures,
            of(&[Verdict::Skipped, Verdict::Open]) + more.skipped
        )
    };
    let workflow = attribute(&frozen.workflow.name);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(text, "<testsuites name=\"cutover\" {}>", numbers(kept::counts(kept)));
    let created = attribute(&frozen.created_at.to_string());
    let _ = writeln!(
        text,
        "  <testsuite name=\"{workflow}\" {numbers} timestamp=\"{created}\">",
        numbers = numbers(TestCounts::default())
    );
    let base = frozen.base.to_string();
    let of_run = [
        ("run", Some(frozen.run.as_str())),
        ("state", Some(sheet.facts.standing().as_str())),
        ("base", Some(base.as_str())),
        ("base_branch", Some(frozen.base_branch.as_str())),
    ];
    properties(&mut text, "    ", &of_run);
    for unit in &sheet.units {
        test_case(&mut text, sheet, unit, &workflow);
    }
    text.push_str("  </testsuite>\n");
    kept::suites(&mut text, kept);
    text.push_str("</testsuites>\n");
    text
}

fn test_case(text: &mut String, sheet: &Sheet<'_>, unit: &UnitFacts<'_>, workflow: &str) {
    let connector = unit.connector;
    let name = attribute(connector.name.as_str());
    let file = attribute(connector.path.as_str());
    let _ = writeln!(text, "    <testcase name=\"{name}\" classname=\"{workflow}\" file=\"{file}\">");
    let number = unit.pull_request.map(|found| found.number.to_string());
    let of_unit = [
        ("outcome", Some(unit.outcome.as_str())),
        ("branch", Some(unit.branch)),
        ("commit", unit.commit),
        ("pull_request", number.as_deref()),
        ("pull_request_url", unit.pull_request.and_then(|found| found.url)),
    ];
    properties(text, "      ", &of_unit);
    let kind = Sheet::kind(unit);
    let reason = sheet.reason(unit);
    match kind.verdict {
        Verdict::Good => {}
        Verdict::Bad => failure(text, sheet, unit, reason.as_deref().unwrap_or(kind.words)),
        Verdict::Skipped | Verdict::Open => {
            let words = match reason {
                Some(reason) if kind.verdict == Verdict::Open => format!("{}: {reason}", kind.words.to_lowercase()),
                Some(reason) => reason,
                None => kind.words.to_lowercase(),
            };
            let _ = writeln!(text, "      <skipped message=\"{}\"/>", attribute(&words));
        }
    }
    text.push_str("    </testcase>\n");
}

/// A failure's class where it has one, else the outcome; then all that is known of it.
fn failure(text: &mut String, sheet: &Sheet<'_>, unit: &UnitFacts<'_>, reason: &str) {
    let failed = unit.failure(&sheet.facts);
    let of_run = sheet.run_failure().filter(|_| unit.outcome.as_str() == "blocked");
    let class = failed.map_or(unit.outcome.as_str(), |(_, failure)| failure.class.as_str());
    let _ = write!(text, "      <failure type=\"{}\" message=\"{}\">", attribute(class), attribute(reason));
    let mut lines = Vec::new();
    if let Some((Some(step), _)) = failed {
        lines.push(format!("step {step}"));
    }
    lines.push(reason.to_owned());
    let failure = failed.map(|(_, failure)| failure).or(of_run.map(|(_, failure)| failure));
    if let Some(failure) = failure {
        lines.extend(failure.hint.as_deref().map(hint::sentence));
        if !failure.tail.is_empty() {
            lines.push("the log ends:".to_owned());
            lines.extend(failure.tail.iter().map(|line| format!("| {line}")));
        }
    }
    let _ = writeln!(text, "{}</failure>", content(&lines.join("\n")));
}

fn properties(text: &mut String, indent: &str, all: &[(&str, Option<&str>)]) {
    let _ = writeln!(text, "{indent}<properties>");
    for (name, value) in all {
        if let Some(value) = value {
            let _ = writeln!(text, "{indent}  <property name=\"{name}\" value=\"{}\"/>", attribute(value));
        }
    }
    let _ = writeln!(text, "{indent}</properties>");
}

/// Whether XML 1.0 can have the character at all, even escaped (section 2.2, `Char`).
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The text as a value between quotes: line breaks and tabs stay what they are.
pub(super) fn attribute(text: &str) -> String {
    content(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// The text between tags.
pub(super) fn content(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // A parser would read a bare one as a line feed.
            '\r' => escaped.push_str("&#13;"),
            character if is_allowed(character) => escaped.push(character),
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped
}
