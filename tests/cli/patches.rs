//! `plan --patch-dir`: applied with git, each patch gives exactly the tree that a run commits.

use std::path::{Path, PathBuf};
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::monorepo::{CONNECTORS, Files, IMAGE, git, git_command, page_of};
use super::place::Place;

/// Plans with patches and runs, both on one date; then applies every patch and compares the trees. The number of patches.
fn patches_make_the_committed_trees(place: &Place, repository: &Utf8Path, workflow: &str, filters: &[&str]) -> usize {
    let patches = place.beside("patches");
    let common = [&["--repo", repository.as_str(), "--date", "2026-11-22", "--format", "json"], filters].concat();
    let plan = place.cutover(&[&["plan", workflow, "--patch-dir", patches.as_str()], &common[..]].concat());
    let run = place.cutover(&[&["run", workflow], &common[..]].concat());
    assert_eq!(plan.code, run.code, "plan and run see the same failures:\n{}\n{}", plan.err, run.err);
    let (plan, run) = (plan.json(), run.json());
    let base = run["base"].as_str().unwrap();
    let mut applied = 0;
    for (planned, done) in plan["connectors"].as_array().unwrap().iter().zip(run["units"].as_array().unwrap()) {
        let name = planned["name"].as_str().unwrap();
        assert_eq!((name, &planned["outcome"]), (done["name"].as_str().unwrap(), &done["outcome"]));
        let patch = patches.join(format!("{name}.patch"));
        if planned["outcome"] != "changed" {
            assert!(!patch.exists(), "{name}: {}", planned["outcome"]);
            continue;
        }
        let tree = tree_after(repository, base, &patch);
        assert_eq!(
            tree,
            git(repository, &["rev-parse", &format!("{}^{{tree}}", done["commit"].as_str().unwrap())]),
            "{name}"
        );
        applied += 1;
    }
    assert_eq!(patches.read_dir_utf8().unwrap().count(), applied, "no other patches");
    applied
}

/// The tree after a patch on the base, made by git in an index of its own.
fn tree_after(repository: &Utf8Path, base: &str, patch: &Utf8Path) -> String {
    let index = patch.with_extension("index");
    let in_index = |arguments: &[&str]| {
        let output = git_command(repository, arguments).env("GIT_INDEX_FILE", &index).output().unwrap();
        assert!(output.status.success(), "{patch}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    in_index(&["read-tree", base]);
    in_index(&["apply", "--cached", "--whitespace=nowarn", patch.as_str()]);
    let tree = in_index(&["write-tree"]);
    std::fs::remove_file(index).unwrap();
    tree
}

/// Every kind of change: binary files, modes, names that need quoting, files without a final newline.
const ALL_KINDS: &str = "\
version: 1
name: kinds
steps:
  drop-binary: { uses: file.remove, with: { path: old.bin } }
  move-binary: { uses: file.move, with: { from: logo.png, to: images/logo.png } }
  drop-tool: { uses: file.remove, with: { path: tool.sh } }
  move-tool: { uses: file.move, with: { from: run.sh, to: 'bin/run it.sh' } }
  make-tool: { uses: file.write, with: { path: new.sh, content: \"#!/bin/sh\\n\", executable: true } }
  unended: { uses: file.write, with: { path: 'ümlaut and space.txt', content: 'no newline' } }
  quoted: { uses: file.write, with: { path: \"tab\\there \\\"quoted\\\".txt\", content: \"x\\n\" } }
  ended: { uses: text.replace, with: { file: unended.txt, find: last, replace: final } }
  empty: { uses: file.write, with: { path: empty.txt, content: '' } }
  emptied: { uses: file.write, with: { path: full.txt, content: '' } }
  filled: { uses: file.write, with: { path: void.txt, content: \"now\\r\\nfull\\r\\n\" } }
  drop-link: { uses: file.remove, with: { path: link } }
  bump: { uses: version.bump, with: { level: minor } }
  changelog: { uses: changelog.add, with: { message: 'Ünïcode | pipe', pull-request: 5 } }
";

#[test]
fn every_kind_of_change_is_applied_by_git_to_just_what_a_run_commits() {
    let mut files = Files::default();
    for name in ["source-a", "source-b"] {
        let at = |file: &str| format!("{CONNECTORS}/{name}/{file}");
        let binary: Vec<u8> = (0..=255).cycle().take(3000).collect();
        files = files
            .python(name)
            .file(&at("old.bin"), &binary)
            .file(&at("logo.png"), [b"\x89PNG\r\n\x00".as_slice(), &binary].concat())
            .executable(&at("tool.sh"), "#!/bin/sh\necho tool\n")
            .executable(&at("run.sh"), "#!/bin/sh\necho run")
            .file(&at("unended.txt"), "first\nlast")
            .file(&at("full.txt"), "a\nb")
            .file(&at("void.txt"), "")
            .symlink(&at("link"), "setup.py");
    }
    let page = format!("docs/{}.md", page_of("source-b"));
    let unended = super::monorepo::CHANGELOG.trim_end().to_owned();
    let place = Place::new(&files.file(&page, unended));
    let workflow = place.workflow(ALL_KINDS);
    assert_eq!(patches_make_the_committed_trees(&place, place.root(), &workflow, &[]), 2);
    let raw = place.git(&["diff", "--raw", "--no-renames", "main", "cutover/kinds/source-a"]);
    for change in [":100755 000000", ":000000 100755", ":120000 000000", ":100644 100644"] {
        assert!(raw.contains(change), "no {change} in {raw}");
    }
}

#[test]
fn the_patches_of_the_real_monorepo_make_the_trees_that_a_run_commits() {
    let Some(corpus) = corpus() else { return };
    let place = Place::empty();
    let bare = place.beside("monorepo");
    git(Utf8Path::new("/"), &["clone", "-q", "--shared", "--bare", corpus.as_str(), bare.as_str()]);
    git(&bare, &["config", "user.name", "Ada"]);
    git(&bare, &["config", "user.email", "ada@example.com"]);
    let workflow = place.workflow(super::place::EDITS);
    let filters = ["--language", "python,low-code"];
    let applied = patches_make_the_committed_trees(&place, &bare, &workflow, &filters);
    println!("{applied} patches of the real monorepo make the trees that a run commits, with {IMAGE}");
    assert!(applied > 200, "{applied}");
}

/// The corpus as a repository, if this machine has it; with a printed line where it has not.
fn corpus() -> Option<Utf8PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/make-monorepo");
    let given = std::env::var_os("CUTOVER_CORPUS").map_or(beside, PathBuf::from);
    if given.join(".git").exists() {
        return Some(super::monorepo::utf8(&given));
    }
    let script = if given.is_dir() { given.join("make-monorepo") } else { given };
    if !script.is_file() {
        println!("skipped: no corpus (set CUTOVER_CORPUS to its directory or to make-monorepo)");
        return None;
    }
    // Kept for the next time; made under another name, so that what has the name is complete.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus-plan");
    if !target.join(".git").exists() {
        let making = target.with_extension(std::process::id().to_string());
        let made = Command::new(&script).arg(&making).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if std::fs::rename(&making, &target).is_err() {
            std::fs::remove_dir_all(&making).unwrap();
        }
    }
    Some(super::monorepo::utf8(&target))
}
