//! Lists, runs, actions, verification, work in place.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::{Style, actions, in_place, list, run::Standing, runs, verify};
use super::exact::{holds_the_stored, times};
use super::fixture::{Fixture, tree};
use crate::base::{RepoPath, RunId, StepId, Tree, UnitName};
use crate::connector::{Profile, discover};
use crate::engine::InPlaceUnit;
use crate::event::{Counts, Failure, FailureClass, StepIndex, UnitIndex, UnitOutcome};
use crate::expression::Scope;
use crate::journal::RunHeader;
use crate::select::{Filters, Listing, select};

const STYLE: Style = Style { colour: false, width: 100 };

fn listing() -> Listing {
    let tree: Arc<dyn Tree> = Arc::new(tree(12));
    let connectors = discover(&Profile::airbyte(), &*tree).unwrap();
    let filters = Filters { language: vec!["python".to_owned()], limit: Some(5), ..Filters::default() };
    select(connectors, &[filters], &Scope::new())
}

#[test]
fn a_list_has_the_connectors_that_are_in_and_counts_why_others_are_out() {
    insta::assert_snapshot!("list", list::text(&listing(), false, &STYLE));
}

#[test]
fn a_whole_list_has_every_connector_once_with_its_reason() {
    let listing = listing();
    let text = list::text(&listing, true, &STYLE);
    insta::assert_snapshot!("list_all", text);
    for listed in &listing.connectors {
        assert_eq!(times(&text, listed.connector.name.as_str()), 1);
    }
}

#[test]
fn the_list_for_scripts_keeps_every_key_it_ever_had() {
    holds_the_stored("list-1.json", &list::json(&listing()));
}

fn row(id: &str, created_at: &str, standing: Result<(Standing, Counts), String>) -> runs::Row {
    let header = RunHeader {
        id: RunId::new(id).unwrap(),
        workflow: "migrate-to-base-image".to_owned(),
        created_at: created_at.parse().unwrap(),
        base: "4f3c2a1b9e8d7c6b5a493827160f5e4d3c2b1a09".to_owned(),
        plan_hash: String::new(),
        program: "cutover 0.1.0".to_owned(),
        format: 1,
    };
    runs::Row { header, standing }
}

fn rows() -> Vec<runs::Row> {
    let counts = Counts { changed: 240, failed: 6, pending: 45, ..Counts::default() };
    let done = Counts { changed: 3, ..Counts::default() };
    vec![
        row("20261120-080000-aaaa", "2026-11-20T08:00:00Z", Ok((Standing::Finished, done))),
        row("20261122-094500-3f9a", "2026-11-22T09:45:00Z", Ok((Standing::Interrupted, counts))),
        row("20261121-070000-bbbb", "2026-11-21T07:00:00Z", Err("its plan is of a newer version".to_owned())),
    ]
}

#[test]
fn runs_are_listed_newest_first_with_age_state_and_counts() {
    let now: Timestamp = "2026-11-22T09:50:00Z".parse().unwrap();
    insta::assert_snapshot!("runs", runs::text(&rows(), now, &STYLE));
    assert!(runs::text(&[], now, &STYLE).contains("`cutover run WORKFLOW` begins one"));
}

#[test]
fn the_runs_for_scripts_keep_every_key_they_ever_had() {
    holds_the_stored("runs-1.json", &runs::json(&rows()));
}

#[test]
fn the_help_of_an_action_comes_from_its_schema() {
    let specs = crate::action::specs();
    insta::assert_snapshot!("action_help", actions::text(&specs, Some("pull-request.open"), &STYLE));
}

#[test]
fn every_action_is_listed_and_has_a_help_without_unknown_types() {
    let specs = crate::action::specs();
    let all = actions::text(&specs, None, &STYLE);
    for spec in &specs {
        assert_eq!(times(&all, spec.name), 1, "{all}");
        let help = actions::text(&specs, Some(spec.name), &STYLE);
        for key in spec.with["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            assert!(help.contains(&format!("  {key} (")), "{help}");
        }
        assert_eq!(actions::json(&specs, Some(spec.name))["actions"][0]["name"], spec.name);
    }
}

#[test]
fn an_unknown_action_is_answered_with_what_was_probably_meant() {
    let specs = crate::action::specs();
    let message = actions::find(&specs, "file.remvoe").unwrap_err();
    assert_eq!(message, "There is no action `file.remvoe`. Did you mean `file.remove`?");
}

fn verified() -> Vec<verify::Row> {
    let row = |name: &str, unmet: &[&str], unknown: &[&str]| verify::Row {
        name: UnitName::new(name).unwrap(),
        unmet: unmet.iter().map(|&text| text.to_owned()).collect(),
        unknown: unknown.iter().map(|&text| text.to_owned()).collect(),
    };
    let gone = "the Dockerfile is removed: `not exists('Dockerfile')` is false";
    vec![
        row("source-aster", &[], &[]),
        row("source-birch", &[gone], &[]),
        row("source-cedar", &[gone], &["metadata names the base image: it reads steps.base_image.address"]),
        row("source-dahlia", &[], &["metadata names the base image: it reads steps.base_image.address"]),
        row("source-elder", &[gone], &[]),
    ]
}

#[test]
fn verification_says_who_misses_what_and_what_cannot_be_told() {
    let text = verify::text(&verified(), &STYLE);
    insta::assert_snapshot!("verify", text);
    for row in verified() {
        assert_eq!(times(&text, row.name.as_str()), 1);
    }
}

#[test]
fn verification_for_scripts_keeps_every_key_it_ever_had() {
    holds_the_stored("verify-1.json", &verify::json(&verified()));
}

fn in_the_working_tree() -> Vec<InPlaceUnit> {
    let step = |id: &str, outcome, detail: &str| (StepId::new(id).unwrap(), outcome, detail.to_owned());
    let file = |path: &str| RepoPath::new(path).unwrap();
    let failure = Failure::new(FailureClass::Conflict, "Dockerfile has changes that are not committed")
        .hint("commit, stash or discard them first; nothing of this connector was written");
    vec![
        InPlaceUnit {
            unit: UnitIndex(1),
            outcome: UnitOutcome::Changed,
            steps: vec![
                step("bump-version", "changed", "bump 0.0.0 to 0.0.1"),
                step("build", "skipped", "`if` is false"),
            ],
            files: vec![file("airbyte-integrations/connectors/source-aster/metadata.yaml")],
        },
        InPlaceUnit { unit: UnitIndex(2), outcome: UnitOutcome::Unchanged, steps: vec![], files: vec![] },
        InPlaceUnit {
            unit: UnitIndex(3),
            outcome: UnitOutcome::Failed { step: Some(StepIndex(1)), failure },
            steps: vec![],
            files: vec![],
        },
    ]
}

#[test]
fn work_in_place_says_what_was_written_and_what_was_not() {
    let fixture = Fixture::of(3);
    insta::assert_snapshot!("in_place", in_place::text(&fixture.migration, &in_the_working_tree(), &STYLE));
    holds_the_stored("run-in-place-1.json", &in_place::json(&fixture.migration, &in_the_working_tree()));
}
