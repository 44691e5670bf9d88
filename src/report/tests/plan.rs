//! What people and scripts read of a plan.

use super::super::Style;
use super::super::layout::columns;
use super::super::plan::{Options, Shape, json, shapes, text};
use super::exact::{holds_the_stored, times, without};
use super::fixture::{Fixture, tree};
use crate::base::{FileMode, RepoPath, TreeFile};
use crate::plan::UnitPlan;

const SHORT: Options = Options { diff: false };
const WITH_DIFF: Options = Options { diff: true };

fn name(fixture: &Fixture, at: usize) -> String {
    fixture.migration.frozen.units[at].connector.name.to_string()
}

fn shape_of<'a>(fixture: &Fixture, shapes: &'a [Shape], connector: &str) -> &'a Shape {
    let at = (0..fixture.units.len()).find(|&at| name(fixture, at) == connector).unwrap();
    shapes.iter().find(|shape| shape.units.contains(&at)).unwrap()
}

#[test]
fn a_plan_of_a_dozen_reads_like_this() {
    let fixture = Fixture::of(12);
    insta::assert_snapshot!(text(&fixture.migration, &fixture.units, None, &SHORT, &Style::plain(100)));
}

#[test]
fn a_plan_of_one_connector_shows_its_steps_and_with_diff_its_diff() {
    let fixture = Fixture::of(1);
    insta::assert_snapshot!(
        "one_connector",
        text(&fixture.migration, &fixture.units, None, &SHORT, &Style::plain(100))
    );
    let with_diff = text(&fixture.migration, &fixture.units, None, &WITH_DIFF, &Style::plain(100));
    assert!(with_diff.contains(&fixture.units[0].patch()), "{with_diff}");
}

#[test]
fn every_connector_stands_exactly_once_in_the_groups_of_a_plan() {
    let fixture = Fixture::of(291);
    let text = text(&fixture.migration, &fixture.units, None, &SHORT, &Style::plain(80));
    let groups = without(&text, &["The diffs have", "Only in the run", "Edits that only the run can tell", "Warnings"]);
    for at in 0..291 {
        let name = name(&fixture, at);
        assert_eq!(times(&groups, &name), 1, "{name}\n{groups}");
    }
    assert!(text.contains("\n291 connectors: "), "{text}");
}

#[test]
fn no_line_of_prose_is_wider_than_the_screen() {
    let fixture = Fixture::of(60);
    for width in [80, 100, 120] {
        let text = text(&fixture.migration, &fixture.units, None, &SHORT, &Style::plain(width));
        for line in text.lines() {
            assert!(columns(line) <= width || !line.trim().contains(' '), "{width}: {line}");
        }
    }
}

#[test]
fn hundreds_of_diffs_have_a_handful_of_shapes_and_outliers_stand_out() {
    let fixture = Fixture::of(291);
    let shapes = shapes(&fixture.migration, &fixture.units);
    assert!(shapes.len() <= 4, "{} shapes", shapes.len());
    let changed = fixture.units.iter().filter(|planned| planned.outcome == UnitPlan::Changed).count();
    assert_eq!(shapes.iter().map(|shape| shape.units.len()).sum::<usize>(), changed, "each unit has one shape");
    assert!(shapes.is_sorted_by_key(|shape| std::cmp::Reverse(shape.units.len())));
    let labels: Vec<&str> = shapes.iter().map(|shape| shape.label.as_str()).collect();
    assert_eq!(labels, ["A", "B", "C"]);
}

#[test]
fn quotes_and_lengths_of_what_is_deleted_make_no_shape_of_their_own() {
    let fixture = Fixture::of(12);
    let shapes = shapes(&fixture.migration, &fixture.units);
    // The version of dahlia is in quotes, the Dockerfiles have 3 to 5 lines.
    let shape = shape_of(&fixture, &shapes, "source-dahlia");
    assert_eq!(shape, shape_of(&fixture, &shapes, "source-aster"));
    assert_eq!(shape.files[0].deleted, 3..=5);
}

#[test]
fn a_line_shows_placeholders_only_where_the_connectors_differ() {
    let fixture = Fixture::of(12);
    let shapes = shapes(&fixture.migration, &fixture.units);
    let lines = |shape: &Shape, file: usize| -> Vec<String> {
        shape.files[file].lines.iter().map(super::super::plan::Line::text).collect()
    };
    let many = shape_of(&fixture, &shapes, "source-aster");
    assert_eq!(lines(many, 1)[1], "+  dockerImageTag: {new}");
    assert!(lines(many, 2)[0].contains("| 2026-11-22 |"), "all have the same date: {:?}", lines(many, 2));
    let one = shape_of(&fixture, &shapes, "source-ginkgo");
    assert_eq!(one.units.len(), 1);
    assert_eq!(lines(one, 1)[1], "+  dockerImageTag: 2.6.7");
}

#[test]
fn what_a_shape_has_in_common_with_one_before_is_not_shown_again() {
    let fixture = Fixture::of(12);
    let text = text(&fixture.migration, &fixture.units, None, &SHORT, &Style::plain(100));
    let outlier = text.split("\n  C: 1 connector, source-ginkgo\n").nth(1).unwrap();
    assert!(outlier.starts_with("     Dockerfile          as in A\n     metadata.yaml       +2 -2\n"), "{outlier}");
    assert!(outlier.contains("\n     documentation page  as in A\n"), "{outlier}");
    let outlier = text.split("\n  B: 1 connector, destination-juniper\n").nth(1).unwrap();
    let rows = "     Dockerfile          as in A\n     metadata.yaml       as in A\n     documentation page  stays, unlike in A\n";
    assert!(outlier.starts_with(rows), "{outlier}");
}

#[test]
fn a_changed_mode_and_binary_content_are_part_of_the_shape() {
    let workflow = "version: 1\nname: w\nsteps:\n  move:\n    uses: file.move\n    with: { from: Dockerfile, to: Containerfile }\n";
    let mut tree = tree(3);
    let path = |name: &str| RepoPath::new(&format!("airbyte-integrations/connectors/{name}/Dockerfile")).unwrap();
    tree.insert(&path("source-aster"), TreeFile { bytes: b"\0\x01".as_slice().into(), mode: FileMode::File });
    tree.insert(&path("source-birch"), TreeFile { bytes: b"\0\x02".as_slice().into(), mode: FileMode::File });
    let fixture = Fixture::with(workflow, tree);
    let shapes = shapes(&fixture.migration, &fixture.units);
    assert_eq!(shapes.len(), 2, "{shapes:?}");
    let binary = shape_of(&fixture, &shapes, "source-aster");
    assert_eq!(binary.files[0].lines[0].text(), "binary content");
    assert_eq!(binary, shape_of(&fixture, &shapes, "source-birch"));
}

#[test]
fn what_would_move_the_cursor_is_shown_as_a_mark() {
    let workflow = "version: 1\nname: w\nsteps:\n  write:\n    uses: file.write\n    with: { path: note.txt, content: \"\\e[2Jgone\\r\\n\" }\n";
    let fixture = Fixture::with(workflow, tree(1));
    let text = text(&fixture.migration, &fixture.units, None, &WITH_DIFF, &Style::plain(80));
    assert!(text.contains("+\u{fffd}[2Jgone"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\r'));
}

#[test]
fn a_diff_has_the_colours_that_git_gives_it() {
    let fixture = Fixture::of(1);
    let text = text(&fixture.migration, &fixture.units, None, &WITH_DIFF, &Style { colour: true, width: 80 });
    assert!(text.contains("\u{1b}[31m-FROM python:3.9\u{1b}[0m"), "{text}");
    assert!(text.contains("\u{1b}[32m+  dockerImageTag: 0.0.1\u{1b}[0m"), "{text}");
    assert!(text.contains("\u{1b}[36m@@ -1,3 +0,0 @@\u{1b}[0m"), "{text}");
}

#[test]
fn a_plan_of_nothing_says_so() {
    let fixture = Fixture::of(1);
    let text = text(&fixture.migration, &[], None, &SHORT, &Style::plain(80));
    assert!(text.ends_with("No connector is selected: there is nothing to do.\n"), "{text}");
}

#[test]
fn the_plan_for_scripts_keeps_every_key_it_ever_had() {
    let fixture = Fixture::of(12);
    let now = json(&fixture.migration, &fixture.units, None);
    assert_eq!(now["schema"], "cutover.plan/1");
    holds_the_stored("plan-1.json", &now);
}
