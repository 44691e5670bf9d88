//! From the text of a file to its tests.

use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{JunitError, LARGEST, LONGEST_TEXT, TestCase, TestReport, TestVerdict};

/// Deeper nesting is no test report.
const DEEPEST: usize = 64;

/// Reads a file.
///
/// # Errors
/// A text that is not XML, ends too early, or is something else.
pub fn parse(text: &str) -> Result<TestReport, JunitError> {
    if text.len() > LARGEST {
        return Err(JunitError::Large(text.len()));
    }
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut reading = Reading::default();
    loop {
        match reader.read_event().map_err(|error| JunitError::Xml(error.to_string()))? {
            Event::Start(tag) => reading.open(&tag)?,
            Event::Empty(tag) => {
                reading.open(&tag)?;
                reading.close();
            }
            Event::End(_) => reading.close(),
            Event::Text(text) => reading.text(&text.xml10_content()),
            Event::CData(text) => reading.text(&text.xml10_content()),
            Event::GeneralRef(reference) => reading.reference(&reference),
            Event::Eof => return reading.finish(),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    /// The elements that are open, by name.
    open: Vec<String>,
    /// Whether there was any element.
    begun: bool,
    /// The test whose element is open.
    case: Option<TestCase>,
    report: TestReport,
}

impl Reading {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), JunitError> {
        let name = tag.local_name().as_ref().to_owned();
        let is_first = !std::mem::replace(&mut self.begun, true);
        if is_first && name != "testsuites" && name != "testsuite" {
            return Err(JunitError::Other(name));
        }
        if self.open.len() == DEEPEST {
            return Err(JunitError::Xml(format!("its elements are nested more than {DEEPEST} deep")));
        }
        match (name.as_str(), &mut self.case) {
            ("testcase", _) => self.case = Some(test_case(tag)),
            ("failure" | "error", Some(case)) => {
                let message = attribute(tag, "message");
                // What came first is the cause; an error of the tidying up afterwards is not.
                if !case.verdict.is_failed() {
                    case.verdict = TestVerdict::Failed { message, text: String::new(), is_error: name == "error" };
                }
            }
            ("skipped", Some(case)) if case.verdict == TestVerdict::Passed => {
                case.verdict = TestVerdict::Skipped { message: attribute(tag, "message") };
            }
            _ => {}
        }
        self.open.push(name);
        Ok(())
    }

    fn close(&mut self) {
        let Some(name) = self.open.pop() else { return };
        if name != "testcase" {
            return;
        }
        let Some(case) = self.case.take() else { return };
        match self.report.cases.last_mut() {
            // pytest writes a test twice that failed and whose fixture then failed too.
            Some(before) if before.class == case.class && before.name == case.name && case.verdict.is_failed() => {
                if !before.verdict.is_failed() {
                    before.verdict = case.verdict;
                }
            }
            _ => self.report.cases.push(case),
        }
    }

    fn text(&mut self, more: &str) {
        let is_of_failure = self.open.last().is_some_and(|name| name == "failure" || name == "error");
        let Some(TestCase { verdict: TestVerdict::Failed { text, .. }, .. }) = &mut self.case else { return };
        if is_of_failure && text.len() < LONGEST_TEXT {
            let room = LONGEST_TEXT - text.len();
            text.push_str(&more[..more.floor_char_boundary(room)]);
            if more.len() > room {
                text.push('…');
            }
        }
    }

    /// `&lt;` and its like. What is not known stays as it is written: entities of one's own have no use in a report.
    fn reference(&mut self, reference: &BytesRef<'_>) {
        let name = reference.xml10_content();
        let character = match name.as_ref() {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => reference.resolve_char_ref().ok().flatten(),
        };
        match character {
            Some(character) => self.text(character.encode_utf8(&mut [0; 4])),
            None => self.text(&format!("&{name};")),
        }
    }

    fn finish(self) -> Result<TestReport, JunitError> {
        match self.open.last() {
            Some(name) => Err(JunitError::Unfinished(name.clone())),
            None if !self.begun => Err(JunitError::Empty),
            None => Ok(self.report),
        }
    }
}

fn test_case(tag: &BytesStart<'_>) -> TestCase {
    let seconds = attribute(tag, "time").replace(',', "").parse().ok();
    TestCase {
        class: attribute(tag, "classname"),
        name: attribute(tag, "name"),
        seconds: seconds.filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0),
        verdict: TestVerdict::Passed,
    }
}

/// The value of an attribute, cut at a length that messages can bear; empty if it is not there.
fn attribute(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag.attributes().with_checks(false).flatten().find(|found| found.key.as_ref() == name);
    let mut value = found.as_ref().map(value).unwrap_or_default();
    if value.len() > LONGEST_TEXT {
        value.truncate(value.floor_char_boundary(LONGEST_TEXT));
        value.push('…');
    }
    value
}

fn value(attribute: &Attribute<'_>) -> String {
    let normal = attribute.normalized_value(XmlVersion::Explicit1_0);
    normal.map_or_else(|_| attribute.value.clone().into_owned(), std::borrow::Cow::into_owned)
}
