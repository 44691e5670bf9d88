//! Every selected connector stands exactly once in every format, and the numbers agree.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;

use super::super::super::run::json;
use super::super::super::tests::fixture::Fixture;
use super::super::{Format, export};
use super::{blocked, document, ended, facts, killed};
use crate::event::RunState;

fn names(fixture: &Fixture) -> Vec<&str> {
    sorted(fixture.migration.frozen.units.iter().map(|unit| unit.connector.name.as_str()).collect())
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

/// What stands between each of the pairs.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

/// The rows of a page's last table, as an independent parser reads them.
fn table(markdown: &str) -> Vec<Vec<String>> {
    let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
    let mut is_cell = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Table(_)) => tables.push(Vec::new()),
            Event::Start(Tag::TableRow) => tables.last_mut().unwrap().push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                is_cell = true;
                tables.last_mut().unwrap().last_mut().into_iter().for_each(|row| row.push(String::new()));
            }
            Event::End(TagEnd::TableCell) => is_cell = false,
            Event::Text(text) | Event::Code(text) if is_cell => {
                if let Some(cell) = tables.last_mut().unwrap().last_mut().and_then(|row| row.last_mut()) {
                    cell.push_str(&text);
                }
            }
            _ => {}
        }
    }
    tables.pop().unwrap()
}

fn runs() -> [(Fixture, RunState); 3] {
    [ended(291), killed(291), blocked()]
}

#[test]
fn every_connector_has_one_row_in_the_markdown() {
    for (fixture, state) in runs() {
        let rows = table(&document(&fixture, &state, Format::Markdown));
        assert!(rows.iter().all(|row| row.len() == 6), "{rows:?}");
        assert_eq!(sorted(rows.iter().map(|row| row[0].as_str()).collect()), names(&fixture));
    }
}

#[test]
fn every_connector_has_one_row_in_the_page_and_every_link_on_it_leads_to_one() {
    for (fixture, state) in runs() {
        let page = document(&fixture, &state, Format::Html);
        let (_, rest) = page.split_once("<table id=\"connectors\">").unwrap();
        let (connectors, _) = rest.split_once("</table>").unwrap();
        assert_eq!(sorted(between(connectors, "<th scope=\"row\">", "</th>")), names(&fixture));
        let anchors = between(connectors, "<tr id=\"", "\"");
        for target in between(&page, "href=\"#", "\"") {
            assert_eq!(anchors.iter().filter(|anchor| **anchor == target).count(), 1, "#{target}");
        }
    }
}

#[test]
fn every_connector_has_one_test_case_and_one_record() {
    for (fixture, state) in runs() {
        let junit = document(&fixture, &state, Format::Junit);
        assert_eq!(sorted(between(&junit, "<testcase name=\"", "\"")), names(&fixture));
        let csv = document(&fixture, &state, Format::Csv);
        let third = |record: &'static str| record.split(',').nth(2).unwrap();
        let records: Vec<&'static str> = csv.leak().split("\r\n").filter(|line| !line.is_empty()).skip(1).collect();
        assert_eq!(sorted(records.into_iter().map(third).collect()), names(&fixture));
    }
}

#[test]
fn every_step_is_counted_once_for_each_connector() {
    for (fixture, state) in runs() {
        let page = document(&fixture, &state, Format::Html);
        let (_, steps) = page.split_once("<h2>Steps</h2>").unwrap();
        let rows = between(steps, "<tr><th scope=\"row\">", "</tr>");
        assert!(!rows.is_empty());
        for row in rows {
            let numbers = between(row, "<td class=\"number\">", "</td>");
            let sum: usize = numbers.into_iter().filter_map(|number| number.parse::<usize>().ok()).sum();
            assert_eq!(sum, fixture.migration.frozen.units.len(), "{row}");
        }
    }
}

#[test]
fn the_json_is_that_of_status_under_its_own_name() {
    let (fixture, state) = ended(12);
    let facts = facts(&fixture, &state, &[]);
    let mut report: Value = serde_json::from_str(&export(&facts, &[], Format::Json)).unwrap();
    assert_eq!(report["schema"], "cutover.report/1");
    report["schema"] = "cutover.status/1".into();
    assert_eq!(report, json("status", &facts));
}

#[test]
fn test_cases_are_bad_where_the_exit_code_is_and_never_good_before_their_end() {
    let outcome_of = |case: &str| between(case, "<property name=\"outcome\" value=\"", "\"")[0].to_owned();
    for (fixture, state) in runs() {
        let junit = document(&fixture, &state, Format::Junit);
        let (mut failures, mut skipped) = (0, 0);
        for case in between(&junit, "<testcase ", "</testcase>") {
            let is_bad = case.contains("<failure ");
            let is_skipped = case.contains("<skipped ");
            failures += usize::from(is_bad);
            skipped += usize::from(is_skipped);
            match outcome_of(case).as_str() {
                "failed" | "blocked" | "edited-by-human" | "closed-by-human" => assert!(is_bad && !is_skipped),
                "pending" | "unfinished" | "skipped" => assert!(is_skipped && !is_bad),
                outcome => assert!(!is_bad && !is_skipped, "{outcome}"),
            }
        }
        let counted = format!(
            "tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"",
            fixture.migration.frozen.units.len()
        );
        assert_eq!(junit.matches(&counted).count(), 2, "{counted}");
    }
}

#[test]
fn the_markdown_of_five_hundred_connectors_fits_into_the_summary_of_a_step() {
    let (fixture, state) = killed(500);
    let length = document(&fixture, &state, Format::Markdown).len();
    assert!(length < 1024 * 1024, "{length}");
}
