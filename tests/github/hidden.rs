//! Commits that continuous integration is to leave alone: only as long as others follow, and not in the base.

use crate::github::checks::CheckPlan;
use crate::github::model::Method;
use crate::monorepo::Files;
use crate::place::outcomes;
use crate::site::{MIGRATION, Site, branch};

const SKIP: &str = "[skip ci]";

/// The migration with hidden first commits, and these lines at its end.
fn workflow(more: &str) -> String {
    let text = MIGRATION.replace("\nsteps:\n", "\ncommit: { skip-ci-until-last: true }\nsteps:\n");
    format!("{text}{more}")
}

#[test]
fn a_commit_that_nothing_follows_is_made_once_more_for_all_to_see() {
    let site = Site::usual();
    site.double.set_checks([CheckPlan::new("ci")]);
    let checks = "  checks: { needs: ready, uses: pull-request.wait-for-checks }\n";
    let text = workflow(checks)
        .replace("    uses: changelog.add\n", "    if: connector.name != 'source-b'\n    uses: changelog.add\n");
    let said = site.run(&text).exits(0);
    assert!(outcomes(&said.json()).iter().all(|(_, outcome)| outcome == "changed"), "{:#}", said.json());
    let head = branch("source-b");
    let message = site.message(&head);
    assert!(!message.contains(SKIP) && message.contains("\n\nCutover-Run: "), "{message}");
    assert_eq!(site.there(&["rev-list", "--count", &format!("main..{head}")]), "1", "it takes the place of the first");
    assert_eq!(site.there(&["rev-parse", &head]), site.place.git(&["rev-parse", &head]));
    assert_eq!(said.unit("source-b")["commit"], site.there(&["rev-parse", &head]));
    // The others are as they were: the first commit hides, the last does not.
    assert!(site.message(&format!("{}~1", branch("source-a"))).contains(SKIP));
    assert!(!site.message(&branch("source-a")).contains(SKIP));
    // It can be rebuilt from what is there.
    std::fs::remove_dir_all(site.place.state()).unwrap();
    let path = site.place.workflow(&text);
    let said = site.cutover(&["adopt", &path, "--format", "json"]).exits(0).json();
    assert!(said["connectors"].as_array().unwrap().iter().all(|row| row["outcome"] == "adopted"), "{said:#}");
}

#[test]
fn what_is_squashed_says_what_was_done_and_hides_from_nobody() {
    let site = Site::new(&Files::default().python("source-a"));
    site.double.set_checks([CheckPlan::new("ci")]);
    site.double.allow_methods(&[Method::Squash]);
    let said = site.run(&workflow("  merge: { needs: ready, uses: pull-request.merge }\n"));
    let run = said.json()["run"].as_str().unwrap().to_owned();
    while site.cutover(&["status", "--format", "json"]).unit("source-a")["outcome"] != "merged" {
        assert!([0, 5].contains(&site.cutover(&["resume"]).code));
    }
    assert!(site.message(&format!("{}~1", branch("source-a"))).contains(SKIP));
    let message = site.message("main");
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!((lines[0], lines[1], lines[2]), ("source-a: migrate (#1)", "", "- remove Dockerfile"), "{message}");
    assert!(
        lines[3].starts_with("- bump 0.1.0 to 0.1.1") && lines[4].starts_with("- add a row for 0.1.1"),
        "{message}"
    );
    assert!(message.trim_end().ends_with(&format!("\n\nCutover-Run: {run}\nCutover-Connector: source-a")), "{message}");
    assert!(!message.contains(SKIP), "{message}");
}
