//! `cutover demo`, as a newcomer meets it: on a machine where git has no configuration.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_cutover");

/// A directory of a newcomer who has cutover on the path.
struct Newcomer {
    home: TempDir,
}

impl Newcomer {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// One who ran the demo, and what it printed.
    fn after_the_demo() -> (Self, String) {
        let newcomer = Self::new();
        let output = newcomer.cutover(&["demo"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        (newcomer, String::from_utf8(output.stdout).unwrap())
    }

    fn at(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = std::env::join_paths(
            std::iter::once(Path::new(BINARY).parent().unwrap().to_owned())
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        command.current_dir(self.home.path()).env("HOME", self.home.path()).env("PATH", path.unwrap());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"] {
            command.env_remove(name);
        }
        command
    }

    fn cutover(&self, arguments: &[&str]) -> Output {
        self.command(BINARY).args(arguments).output().unwrap()
    }

    fn shell(&self, line: &str) -> Output {
        self.command("sh").args(["-c", line]).output().unwrap()
    }

    fn git(&self, repository: &str, arguments: &[&str]) -> String {
        let output = self.command("git").args(["-C", repository]).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The newest run's outcomes by connector.
    fn outcomes(&self) -> BTreeMap<String, String> {
        let output = self.cutover(&["status", "--repo", "cutover-demo/monorepo", "--format", "json"]);
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        status["units"].as_array().unwrap().iter().map(|unit| (text(&unit["name"]), text(&unit["outcome"]))).collect()
    }
}

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
    assert!(printed.contains("the Dockerfile installs system packages, and nobody has approved that it goes"));
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
    assert!(plan.contains("packages-approved: run `if git config"), "{plan}");
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
