//! `cutover demo`, as a newcomer meets it.

use std::collections::BTreeMap;

use crate::newcomer::Newcomer;

/// The commands that the demo says to type next.
fn to_type_next(printed: &str) -> Vec<String> {
    let (_, next) = printed.split_once("What to type next\n").unwrap();
    let lines = next.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_demo_migrates_eight_connectors_and_says_why_two_fail() {
    let (newcomer, printed) = Newcomer::after_the_demo();
    let outcomes = newcomer.outcomes();
    let failed: Vec<&str> =
        outcomes.iter().filter(|(_, outcome)| *outcome == "failed").map(|(name, _)| name.as_str()).collect();
    assert_eq!(failed, ["destination-quarry", "source-smithy"]);
    let changed = outcomes.values().filter(|outcome| *outcome == "changed").count();
    assert_eq!((outcomes.len(), changed), (10, 8));
    assert!(printed.contains("10 of 12 connectors selected."), "{printed}");
    assert!(printed.contains("a blank line (line 9) cuts the"), "{printed}");
    assert!(printed.contains("it gains build hooks, and nobody has approved them"));
    // What lies in the files needs another commit, and so another run; the rest can be tried again.
    let (_, next) = printed.split_once("next:\n").unwrap();
    let at = "--repo cutover-demo/monorepo";
    assert!(next.contains(&format!("cutover run {at} migrate-to-base-image --name destination-quarry  #")), "{next}");
    assert!(next.contains(&format!("cutover resume {at} ")) && next.contains(" --retry-failed  #"), "{next}");
    // Neither java nor what is migrated already.
    assert!(!outcomes.contains_key("destination-foundry") && !outcomes.contains_key("source-meadow"));
}

#[test]
fn the_plan_of_the_demo_says_what_the_run_then_does() {
    let (newcomer, printed) = Newcomer::after_the_demo();
    let (_, plan) = printed.split_once("$ cutover plan").unwrap();
    let (plan, _) = plan.split_once("$ cutover plan").unwrap();
    // Smithy waits for a person, which only the run can ask.
    assert!(plan.contains("Would change (9)") && plan.contains("10 connectors: 9 would change, 1 would fail."));
    assert!(plan.contains("hooks-approved: run `if git config"), "{plan}");
    assert!(plan.contains("build_customization.py  added (+22)"), "{plan}");
    let branch = "cutover/migrate-to-base-image/source-tidewater";
    let changed = newcomer.git("cutover-demo/monorepo", &["diff", "--numstat", &format!("main...{branch}")]);
    let home = "airbyte-integrations/connectors/source-tidewater";
    let wanted =
        format!("0\t6\t{home}/Dockerfile\n3\t1\t{home}/metadata.yaml\n1\t0\tdocs/integrations/sources/tidewater.md\n");
    assert_eq!(changed, wanted);
}

#[test]
fn what_the_demo_says_to_type_next_finishes_the_migration() {
    let (newcomer, printed) = Newcomer::after_the_demo();
    let commands = to_type_next(&printed);
    assert_eq!(commands.len(), 8, "{commands:?}");
    for command in &commands {
        let output = newcomer.shell(command);
        let said = format!("{command}\n{}", String::from_utf8_lossy(&output.stderr));
        // The resumed run still has the connector whose changelog is broken in its base.
        let wanted = i32::from(command.contains(" resume "));
        assert_eq!(output.status.code(), Some(wanted), "{said}");
        if wanted == 1 {
            let outcomes = newcomer.outcomes();
            assert_eq!(
                (outcomes["source-smithy"].as_str(), outcomes["destination-quarry"].as_str()),
                ("changed", "failed")
            );
        }
    }
    assert_eq!(newcomer.outcomes(), BTreeMap::from([("destination-quarry".to_owned(), "changed".to_owned())]));
    let remote = newcomer.git("cutover-demo/remote.git", &["branch", "--list", "cutover/*"]);
    assert_eq!(remote.lines().count(), 10, "{remote}");
    let hooks = newcomer.git(
        "cutover-demo/remote.git",
        &[
            "show",
            "cutover/migrate-to-base-image/source-smithy:airbyte-integrations/connectors/source-smithy/build_customization.py",
        ],
    );
    assert!(hooks.contains("# Dockerfile line 2: RUN apk --no-cache add libxslt xmlsec"), "{hooks}");
    let verified = newcomer.cutover(&[
        "verify",
        "migrate-to-base-image",
        "--repo",
        "cutover-demo/monorepo",
        "--base",
        "cutover/migrate-to-base-image/destination-quarry",
        "--name",
        "destination-quarry",
    ]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn the_demo_touches_neither_the_checked_out_files_nor_the_remote() {
    let (newcomer, _) = Newcomer::after_the_demo();
    assert_eq!(newcomer.git("cutover-demo/monorepo", &["status", "--porcelain"]), "");
    assert_eq!(newcomer.git("cutover-demo/remote.git", &["branch", "--list", "cutover/*"]), "");
}

#[test]
fn the_demo_lays_out_the_same_commits_everywhere() {
    let tips = [(); 2].map(|()| {
        let (newcomer, _) = Newcomer::after_the_demo();
        newcomer.git("cutover-demo/monorepo", &["rev-parse", "main"])
    });
    assert_eq!(tips[0], tips[1]);
}

#[test]
fn a_directory_with_something_in_it_is_left_alone() {
    let newcomer = Newcomer::new();
    std::fs::create_dir(newcomer.at("mine")).unwrap();
    std::fs::write(newcomer.at("mine/notes"), "keep").unwrap();
    let output = newcomer.cutover(&["demo", "mine"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("mine is not empty") && said.contains("cutover demo mine-2"), "{said}");
    assert_eq!(std::fs::read_dir(newcomer.at("mine")).unwrap().count(), 1);
}

#[test]
fn a_directory_with_a_blank_in_its_name_works_too() {
    let newcomer = Newcomer::new();
    let output = newcomer.cutover(&["demo", "my demo"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for command in to_type_next(&String::from_utf8(output.stdout).unwrap()) {
        let output = newcomer.shell(&command);
        let wanted = i32::from(command.contains(" resume "));
        assert_eq!(output.status.code(), Some(wanted), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
