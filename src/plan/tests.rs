//! Planning on a tree in memory: what is decided, what waits for the run, and why.

use std::sync::Arc;

use jiff::Timestamp;

use crate::action;
use crate::base::{FileMode, MemoryTree, RepoPath, RunId, Tree, TreeFile};
use crate::connector::{Profile, discover};
use crate::diagnostic::SourceText;
use crate::git::{CommitId, ObjectId, Signature};
use crate::workflow::{ForgeKind, load};

use super::*;

const METADATA: &str = "data:\n  dockerImageTag: 0.1.0\n  documentationUrl: https://docs.airbyte.com/integrations/sources/a\nmetadataSpecVersion: '1.0'\n";
const PAGE: &str = "# A\n\n| Version | Date | Pull Request | Subject |\n|:---|:---|:---|:---|\n| 0.1.0 | 2025-01-01 | [1](https://github.com/airbytehq/airbyte/pull/1) | Begin |\n";

fn tree() -> MemoryTree {
    let home = "airbyte-integrations/connectors/source-a";
    MemoryTree::new()
        .with_file(&format!("{home}/metadata.yaml"), METADATA)
        .with_file(&format!("{home}/Dockerfile"), "FROM x\n")
        .with_file(&format!("{home}/setup.py"), "")
        .with_file("docs/integrations/sources/a.md", PAGE)
}

/// The plan of the one connector of a tree.
fn planned(tree: MemoryTree, steps: &str) -> (Migration, PlannedUnit) {
    let text = format!("version: 1\nname: test\nsteps:\n{steps}");
    let loaded = load(&SourceText::new("test.yaml", text), &action::specs());
    let workflow =
        loaded.workflow.unwrap_or_else(|| panic!("{}", crate::diagnostic::render(&loaded.diagnostics, false)));
    let tree: Arc<dyn Tree> = Arc::new(tree);
    let profile = Profile::airbyte();
    let connectors = discover(&profile, tree.as_ref()).unwrap();
    let unit = |connector| FrozenUnit { connector, branch: "b".into(), promised_tree: None };
    let frozen = Frozen {
        version: FROZEN_VERSION,
        tool: "0".into(),
        run: RunId::new("r").unwrap(),
        created_at: Timestamp::UNIX_EPOCH,
        date: jiff::civil::date(2026, 1, 2),
        workflow: workflow.clone(),
        inputs: serde_json::Map::new(),
        base: CommitId::of_object(ObjectId::of("commit", b"")),
        base_branch: "main".into(),
        author: Signature::new("a", "a@example.invalid").unwrap(),
        forge: ForgeKind::Local,
        repository: None,
        api_url: None,
        remote: None,
        fork: None,
        options: RunOptions::default(),
        answers: crate::plan::Answers::default(),
        units: connectors.into_iter().map(unit).collect(),
    };
    let migration = Migration { compiled: Compiled::new(workflow).unwrap(), frozen, profile };
    let unit = plan(&migration, &tree).remove(0);
    (migration, unit)
}

fn outcomes(unit: &PlannedUnit) -> Vec<(&'static str, &str)> {
    unit.steps.iter().map(|step| (step.outcome.as_str(), step.detail.as_str())).collect()
}

#[test]
fn the_number_of_the_pull_request_is_told_apart_from_what_is_known() {
    let steps = "  bump: { uses: version.bump, with: { level: patch } }\n  pr: { needs: [bump], uses: pull-request.open, with: { title: 'a' } }\n  log: { uses: changelog.add, with: { message: m, pull-request: '${{ steps.pr.number }}' } }\n";
    let (_, unit) = planned(tree(), steps);
    assert_eq!(unit.outcome, UnitPlan::Changed);
    assert!(!unit.is_final);
    assert!(unit.patch().contains("+| 0.1.1 | 2026-01-02 | [⟨steps.pr.number⟩]"), "{}", unit.patch());
}

#[test]
fn an_edit_that_cannot_be_made_fails_the_unit_before_anything_is_done_for_it() {
    let steps = "  gone: { uses: file.remove, with: { path: Dockerfile } }\n  pr: { uses: pull-request.open, with: { title: 'a' } }\n  log: { uses: changelog.add, with: { message: m, pull-request: '${{ steps.pr.number }}' } }\n";
    let broken = tree().with_file("docs/integrations/sources/a.md", "# no table\n");
    let (migration, unit) = planned(broken, steps);
    assert!(migration.compiled.needs_rehearsal());
    let UnitPlan::Failed(Some(step), failure) = &unit.outcome else { panic!("{:?}", unit.outcome) };
    assert_eq!(migration.compiled.graph.node(*step).id.as_str(), "log");
    assert_eq!(failure.message, "docs/integrations/sources/a.md: the page has no changelog table");
    assert!(unit.files.is_empty(), "a unit that would fail changes nothing");
}

#[test]
fn edits_alone_need_no_rehearsal() {
    let steps = "  gone: { uses: file.remove, with: { path: Dockerfile } }\n  pr: { uses: pull-request.open, with: { title: 'a' } }\n";
    let (migration, _) = planned(tree(), steps);
    assert!(!migration.compiled.needs_rehearsal());
}

#[test]
fn what_a_process_decides_waits_for_the_run() {
    let steps = "  look: { run: 'true', outputs: [found] }\n  gone: { if: \"steps.look.found == 'yes'\", uses: file.remove, with: { path: Dockerfile } }\n";
    let (_, unit) = planned(tree(), steps);
    assert_eq!(unit.outcome, UnitPlan::Changed);
    assert_eq!(
        outcomes(&unit),
        [("in-the-run", "run `true`"), ("in-the-run", "`if: steps.look.found == 'yes'` is known only in the run")]
    );
}

#[test]
fn a_file_that_a_process_may_make_is_no_failure_yet() {
    let steps =
        "  make: { run: 'touch new.yaml' }\n  set: { uses: yaml.set, with: { file: new.yaml, path: a, value: 1 } }\n";
    let (_, unit) = planned(tree(), steps);
    assert_eq!(unit.steps[1].outcome, PlannedOutcome::InTheRun);
}

#[test]
fn steps_that_need_a_failed_one_are_blocked_and_others_are_not() {
    let steps = "  bad: { uses: yaml.set, with: { file: nothing.yaml, path: a, value: 1 } }\n  after: { needs: [bad], uses: file.remove, with: { path: Dockerfile } }\n  beside: { uses: file.remove, with: { path: Dockerfile } }\n";
    let (_, unit) = planned(tree(), steps);
    let outcomes: Vec<&str> = unit.steps.iter().map(|step| step.outcome.as_str()).collect();
    assert_eq!(outcomes, ["failed", "blocked", "changed"]);
}

#[test]
fn a_unit_all_of_whose_steps_are_left_out_is_skipped_with_the_reason() {
    let steps = "  gone: { if: \"connector.language == 'java'\", uses: file.remove, with: { path: Dockerfile } }\n";
    let (_, unit) = planned(tree(), steps);
    assert_eq!(unit.outcome, UnitPlan::Skipped("`if: connector.language == 'java'` is false".to_owned()));
}

#[test]
fn every_step_says_whether_it_changed_something() {
    let steps = "  gone: { uses: file.remove, with: { path: not-there } }\n  bump: { if: steps.gone.changed, uses: version.bump, with: { level: patch } }\n";
    let (_, unit) = planned(tree(), steps);
    assert_eq!(unit.steps[1].outcome, PlannedOutcome::Skipped);
}

#[test]
fn a_frozen_migration_survives_the_journal_and_a_newer_one_is_refused() {
    let (migration, _) = planned(tree(), "  gone: { uses: file.remove, with: { path: Dockerfile } }\n");
    let json = migration.frozen.to_json().unwrap();
    let back = Frozen::from_json(&json).unwrap();
    assert_eq!(back.to_json().unwrap(), json, "the same data has the same hash");
    let newer = json.replacen("\"version\":2", "\"version\":3", 1);
    assert!(matches!(Frozen::from_json(&newer), Err(FrozenError::Newer { found: 3 })));
}

fn file(text: &str, mode: FileMode) -> TreeFile {
    TreeFile { bytes: text.as_bytes().into(), mode }
}

#[test]
fn patches_say_modes_and_missing_final_newlines() {
    let path = RepoPath::new("a b/ü.txt").unwrap();
    let change = diff(&path, Some(&file("one\ntwo", FileMode::File)), Some(&file("one\n2\n", FileMode::Executable)));
    assert_eq!((change.change, change.added, change.deleted), (ChangeKind::Modified, 1, 1));
    assert!(change.patch.contains("old mode 100644\nnew mode 100755\n"), "{}", change.patch);
    assert!(change.patch.contains("--- \"a/a b/\\303\\274.txt\"\t\n"), "{}", change.patch);
    assert!(
        change.patch.ends_with("@@ -1,2 +1,2 @@\n one\n-two\n\\ No newline at end of file\n+2\n"),
        "{}",
        change.patch
    );
}

#[test]
fn content_that_is_not_text_becomes_a_binary_patch() {
    let path = RepoPath::new("icon.png").unwrap();
    let icon = TreeFile { bytes: [0x89, b'P', 0, 1].as_slice().into(), mode: FileMode::File };
    let change = diff(&path, Some(&icon), None);
    assert!(change.patch.contains("deleted file mode 100644\n"), "{}", change.patch);
    assert!(change.patch.contains("GIT binary patch\nliteral 0\n"), "{}", change.patch);
}
