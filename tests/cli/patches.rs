//! `plan --patch-dir`: applied with git, each patch gives exactly the tree that a run commits.

use camino::Utf8Path;

use super::corpus::bare_clone;
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
    let base = place.beside("base.index");
    in_index(repository, &base, &["read-tree", run["base"].as_str().unwrap()]);
    let mut applied = 0;
    for (planned, done) in plan["connectors"].as_array().unwrap().iter().zip(run["units"].as_array().unwrap()) {
        let name = planned["name"].as_str().unwrap();
        assert_eq!((name, &planned["outcome"]), (done["name"].as_str().unwrap(), &done["outcome"]));
        let patch = patches.join(format!("{name}.patch"));
        if planned["outcome"] != "changed" {
            assert!(!patch.exists(), "{name}: {}", planned["outcome"]);
            continue;
        }
        let tree = tree_after(repository, &base, &patch);
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

/// git in an index of its own; what it prints.
fn in_index(repository: &Utf8Path, index: &Utf8Path, arguments: &[&str]) -> String {
    let output = git_command(repository, arguments).env("GIT_INDEX_FILE", index).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The tree after a patch on the files of this index.
fn tree_after(repository: &Utf8Path, base: &Utf8Path, patch: &Utf8Path) -> String {
    let index = base.with_extension("patched");
    std::fs::copy(base, &index).unwrap();
    in_index(repository, &index, &["apply", "--cached", "--whitespace=nowarn", patch.as_str()]);
    in_index(repository, &index, &["write-tree"])
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
    let place = Place::empty();
    let Some(bare) = bare_clone(&place.beside("monorepo")) else { return };
    let workflow = place.workflow(super::place::EDITS);
    let filters = ["--language", "python,low-code"];
    let applied = patches_make_the_committed_trees(&place, &bare, &workflow, &filters);
    println!("{applied} patches of the real monorepo make the trees that a run commits, with {IMAGE}");
    assert!(applied > 200, "{applied}");
}
