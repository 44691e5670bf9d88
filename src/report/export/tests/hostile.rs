//! Names, messages and ends of logs are written by others; what they try must stay text.

use std::sync::Arc;

use serde_json::json;

use super::super::super::tests::fixture::{Fixture, opened, result, tree};
use super::super::Format;
use super::super::csv::cell;
use super::super::junit::{attribute, content};
use super::super::sheet::link;
use super::{BUILD, document, failing};
use crate::base::UnitName;
use crate::event::{Event, Failure, FailureClass, RunState, StepIndex, UnitIndex};

/// What a name or message may try.
pub(super) const HOSTILE: &str = "</td><script>alert(\"1\")</script><img src=x onerror='y'> | ]]> &amp; \u{1}\u{202e}";

/// A run whose only connector has a hostile name and fails with a hostile message, hint and log.
pub(super) fn failed() -> (Fixture, RunState) {
    let mut fixture = Fixture::with(BUILD, tree(1));
    let migration = Arc::get_mut(&mut fixture.migration).unwrap();
    migration.frozen.units[0].connector.name = UnitName::new(HOSTILE).unwrap();
    migration.frozen.units[0].branch = format!("cutover/{HOSTILE}");
    HOSTILE.clone_into(&mut migration.frozen.workflow.name);
    migration.frozen.workflow.description = Some(HOSTILE.to_owned());
    let mut failure = Failure::new(FailureClass::Process, format!("`{HOSTILE}` failed: {HOSTILE}")).hint(HOSTILE);
    failure.tail = vec![HOSTILE.to_owned(), "```".to_owned(), "</pre>".to_owned()];
    let mut events = vec![opened()];
    events.extend(failing(UnitIndex(1), failure));
    let state = fixture.after(&events);
    (fixture, state)
}

#[test]
fn nothing_that_others_wrote_is_markup_in_the_page() {
    let (fixture, state) = failed();
    let page = document(&fixture, &state, Format::Html);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("onerror='") && !page.contains("onerror=\""));
    assert!(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{1}'));
    assert_eq!(page.matches("</pre>").count(), page.matches("<pre>").count());
}

#[test]
fn the_page_loads_nothing_and_lets_nothing_but_its_own_script_run() {
    let (fixture, state) = failed();
    let page = document(&fixture, &state, Format::Html);
    for loads in ["<link", "<iframe", " src=", "url(", "@import", "http://", "https://", "fetch("] {
        let escaped = page.replace("&lt;img src=x", "");
        assert!(!escaped.contains(loads), "{loads}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn nothing_that_others_wrote_is_markup_in_the_markdown() {
    let (fixture, state) = failed();
    let page = document(&fixture, &state, Format::Markdown);
    let known = ["<details><summary>", "</summary>", "</details>", "<code>", "</code>", "<br>", "<!-- -->"];
    for event in pulldown_cmark::Parser::new_ext(&page, pulldown_cmark::Options::ENABLE_TABLES) {
        if let pulldown_cmark::Event::Html(html) | pulldown_cmark::Event::InlineHtml(html) = event {
            let left = known.iter().fold(html.to_string(), |left, tag| left.replace(tag, ""));
            assert!(!left.contains('<'), "{html}");
        }
    }
}

#[test]
fn only_pages_and_files_are_linked() {
    let bad = ["javascript:alert(1)", "data:text/html,x", " https://x", "JavaScript:x", "ftp://x", "é", ""];
    assert!(bad.iter().all(|url| link(Some(url)).is_none()));
    assert_eq!(link(Some("https://forge.example/pull/1")), Some("https://forge.example/pull/1"));
    assert_eq!(link(Some("file:///tmp/1.json")), Some("file:///tmp/1.json"));
}

#[test]
fn an_address_that_is_a_script_is_not_linked_anywhere() {
    let workflow = "version: 1\nname: w\nsteps:\n  pull-request: { uses: pull-request.open, with: { title: t } }\n";
    let fixture = Fixture::with(workflow, tree(1));
    let (unit, step) = (UnitIndex(1), StepIndex(0));
    let mut opened_pull_request = result(true, "");
    opened_pull_request.outputs =
        [("number".to_owned(), json!(7)), ("url".to_owned(), json!("javascript:alert(1)"))].into();
    let state = fixture.after(&[
        opened(),
        Event::Started { unit, step, attempt: 1 },
        Event::Succeeded { unit, step, result: opened_pull_request },
        Event::Verified { unit, unmet: vec![] },
    ]);
    for format in [Format::Html, Format::Markdown] {
        let text = document(&fixture, &state, format);
        assert!(!text.contains("javascript:"), "{text}");
        assert!(text.contains("#7") || text.contains("#<!-- -->7"), "{text}");
    }
}

#[test]
fn a_spreadsheet_gets_no_formulas() {
    for text in ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "＝1"] {
        assert!(cell(text).starts_with('\''), "{text}");
    }
    assert_eq!(cell("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
    assert_eq!(cell("a-b, c"), "\"a-b, c\"");
    assert_eq!(cell("two\nlines"), "two lines");
}

#[test]
fn xml_has_no_character_that_it_cannot_have() {
    assert_eq!(content("a\u{0}\u{1b}[31m\u{ffff}b]]>"), "a\u{fffd}\u{fffd}[31m\u{fffd}b]]&gt;");
    assert_eq!(attribute("\"<&>\"\n\t\r"), "&quot;&lt;&amp;&gt;&quot;&#10;&#9;&#13;");
}
