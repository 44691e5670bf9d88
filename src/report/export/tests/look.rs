//! What the documents look like.

use super::super::Format;
use super::{blocked, document, ended, killed};

/// A page without its style and script, which snapshots need not hold.
fn body(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, end) = rest.split_once("<script>").unwrap();
    let (_, end) = end.split_once("</script>").unwrap();
    // The hash follows the script.
    let (before, after) = head.split_once("'sha256-").unwrap();
    let (_, after) = after.split_once('\'').unwrap();
    format!("{before}'sha256-…'{after}<style></style>{body}<script></script>{end}")
}

#[test]
fn markdown_of_a_dozen() {
    let (fixture, state) = ended(12);
    insta::assert_snapshot!(document(&fixture, &state, Format::Markdown));
}

#[test]
fn markdown_of_a_run_that_was_killed() {
    let (fixture, state) = killed(12);
    insta::assert_snapshot!(document(&fixture, &state, Format::Markdown));
}

#[test]
fn markdown_of_a_run_whose_own_step_failed() {
    let (fixture, state) = blocked();
    insta::assert_snapshot!(document(&fixture, &state, Format::Markdown));
}

#[test]
fn html_of_a_dozen() {
    let (fixture, state) = ended(12);
    insta::assert_snapshot!(body(&document(&fixture, &state, Format::Html)));
}

#[test]
fn junit_of_a_dozen() {
    let (fixture, state) = ended(12);
    insta::assert_snapshot!(document(&fixture, &state, Format::Junit));
}

#[test]
fn junit_of_a_run_whose_own_step_failed() {
    let (fixture, state) = blocked();
    insta::assert_snapshot!(document(&fixture, &state, Format::Junit));
}

#[test]
fn csv_of_a_dozen() {
    let (fixture, state) = ended(12);
    insta::assert_snapshot!(document(&fixture, &state, Format::Csv).replace("\r\n", "\n"));
}

/// Writes the page of `CONNECTORS` connectors to `OUT`, to be looked at in a browser.
#[test]
#[ignore = "writes for a person"]
fn look_at_the_page() {
    let connectors = std::env::var("CONNECTORS").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let (fixture, state) = killed(connectors);
    let out = std::env::var("OUT").unwrap();
    for (format, extension) in [(Format::Html, "html"), (Format::Markdown, "md"), (Format::Junit, "xml")] {
        std::fs::write(format!("{out}.{extension}"), document(&fixture, &state, format)).unwrap();
    }
}
