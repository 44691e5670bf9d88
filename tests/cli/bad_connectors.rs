//! Connectors that cannot be migrated: each fails with its reason, nothing of it is done, and the others go on.

use super::monorepo::{CONNECTORS, Files, metadata, page_of};
use super::place::{EDITS, Place, outcomes, unit};

const BUMP: &str = "version: 1\nname: bump\nsteps:\n  bump: { uses: version.bump, with: { level: patch } }\n";

/// Files with one bad connector between two good ones.
fn with_bad() -> Files {
    Files::default().python("source-a").python("source-bad").python("source-z")
}

fn file_of_bad(name: &str) -> String {
    format!("{CONNECTORS}/source-bad/{name}")
}

/// Runs a workflow in which `source-bad` fails for this reason, and the others do not. Plan and run agree.
fn fails(files: &Files, workflow: &str, class: &str, words: &[&str]) -> Place {
    let place = Place::new(files);
    let workflow = place.workflow(workflow);
    let planned = place.cutover(&["plan", &workflow, "--format", "json"]).exits(1).json();
    let connectors = planned["connectors"].as_array().unwrap();
    let bad = connectors.iter().find(|connector| connector["name"] == "source-bad").unwrap();
    assert_eq!((&bad["outcome"], &bad["class"]), (&"failed".into(), &class.into()), "{bad:#}");
    assert_eq!(bad["files"].as_array().unwrap().len(), 0);

    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(1).json();
    let expected = [("source-a", "changed"), ("source-bad", "failed"), ("source-z", "changed")];
    assert_eq!(outcomes(&answer), expected.map(|(name, outcome)| (name.to_owned(), outcome.to_owned())), "{answer:#}");
    let bad = unit(&answer, "source-bad");
    let said = format!("{} {}", bad["reason"].as_str().unwrap(), bad["hint"].as_str().unwrap_or_default());
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
    assert!(!place.branches().contains("source-bad"), "a branch was made for it");
    assert_eq!(place.branches().lines().count(), 2);
    place
}

#[test]
fn metadata_that_does_not_parse() {
    let files = with_bad().file(&file_of_bad("metadata.yaml"), "data: [never closed\n");
    fails(&files, EDITS, "edit", &["metadata.yaml"]);
    let files = with_bad().file(&file_of_bad("metadata.yaml"), b"data:\n  name: caf\xe9\n");
    fails(&files, BUMP, "edit", &["metadata.yaml", "UTF-8"]);
}

#[test]
fn metadata_without_a_version() {
    let text = metadata("source-bad", &page_of("source-bad")).replace("  dockerImageTag: 0.1.0 # as released\n", "");
    fails(&with_bad().file(&file_of_bad("metadata.yaml"), text), BUMP, "edit", &["has no data.dockerImageTag"]);
}

#[test]
fn a_version_that_is_not_semver() {
    let text = metadata("source-bad", &page_of("source-bad")).replace("0.1.0", "0.1.O");
    let words = ["0.1.O", "data.dockerImageTag"];
    fails(&with_bad().file(&file_of_bad("metadata.yaml"), text), BUMP, "edit", &words);
}

#[test]
fn a_file_that_is_not_there() {
    let files = Files::default()
        .python("source-a")
        .file(&format!("{CONNECTORS}/source-a/options.json"), "{\"a\": 1}\n")
        .python("source-bad")
        .python("source-z")
        .file(&format!("{CONNECTORS}/source-z/options.json"), "{\"a\": 1}\n");
    let workflow =
        "version: 1\nname: w\nsteps:\n  set: { uses: json.set, with: { file: options.json, path: a, value: 2 } }\n";
    fails(&files, workflow, "edit", &["options.json", "exists("]);
}

#[test]
fn a_path_that_leaves_the_connectors_directory() {
    let place = Place::usual();
    let head = place.git(&["rev-parse", "HEAD"]);
    for path in ["../source-b/Dockerfile", "/etc/passwd", "../../../README.md", "a/../../source-c/x", ".git/config"] {
        let text = format!(
            "version: 1\nname: w\nsteps:\n  w: {{ uses: file.write, with: {{ path: '{path}', content: x }} }}\n"
        );
        let workflow = place.workflow(&text);
        let said = place.cutover(&["run", &workflow, "--name", "source-a"]);
        assert!(said.code == 1 || said.code == 2, "{path}: {said:?}");
        let all = format!("{}{}", said.out, said.err);
        assert!(["outside", "git does not store", "is absolute"].iter().any(|why| all.contains(why)), "{path}: {all}");
        assert_eq!(place.branches(), "", "{path}");
    }
    assert_eq!(place.git(&["rev-parse", "HEAD"]), head);
}

#[test]
fn the_documentation_page_is_the_one_path_outside_that_is_allowed() {
    let place = Place::usual();
    let text = "version: 1\nname: w\nsteps:\n  w:\n    uses: text.replace\n    with: { file: '${{ connector.documentation }}', \
                find: Initial release, replace: First release }\n";
    let workflow = place.workflow(text);
    place.cutover(&["run", &workflow, "--name", "source-a"]).exits(0);
    let page = place.show("cutover/w/source-a", "docs/integrations/sources/a.md");
    assert!(page.contains("First release"), "{page}");
}

#[test]
fn a_symlink_in_the_way() {
    let files = with_bad().symlink(&file_of_bad("Dockerfile"), "../source-a/Dockerfile");
    let workflow =
        "version: 1\nname: w\nsteps:\n  w: { uses: file.write, with: { path: Dockerfile, content: 'FROM x' } }\n";
    let place = fails(&files, workflow, "edit", &["is a symbolic link"]);
    assert_eq!(place.show("cutover/w/source-z", &format!("{CONNECTORS}/source-a/Dockerfile")).lines().count(), 2);

    let files = with_bad().symlink(&file_of_bad("sub"), "../source-a");
    let workflow =
        "version: 1\nname: w\nsteps:\n  w: { uses: file.write, with: { path: sub/Dockerfile, content: 'FROM x' } }\n";
    fails(&files, workflow, "edit", &["is a symbolic link"]);
}

#[test]
fn a_branch_that_exists_with_other_commits_is_left_alone() {
    let place = Place::usual();
    place.git(&["branch", "cutover/edits/source-b", "main"]);
    let tree = place.git(&["rev-parse", "main^{tree}"]);
    let commit = place.git(&["commit-tree", &tree, "-p", "main", "-m", "Work of a person"]);
    place.git(&["update-ref", "refs/heads/cutover/edits/source-b", &commit]);
    let workflow = place.workflow(EDITS);
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(1).json();
    let failed = unit(&answer, "source-b");
    assert_eq!((&failed["outcome"], &failed["class"]), (&"failed".into(), &"conflict".into()));
    let reason = failed["reason"].as_str().unwrap();
    assert!(reason.contains("cutover/edits/source-b exists already") && reason.contains(&commit[..7]), "{reason}");
    assert_eq!(place.git(&["rev-parse", "cutover/edits/source-b"]), commit);
    assert_eq!(outcomes(&answer).iter().filter(|(_, outcome)| outcome == "changed").count(), 2);
}

#[test]
fn a_branch_at_the_base_itself_is_not_taken_for_the_units_work() {
    let place = Place::usual();
    place.git(&["branch", "cutover/edits/source-b", "main"]);
    let workflow = place.workflow(EDITS);
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(1).json();
    assert_eq!(unit(&answer, "source-b")["outcome"], "failed");
    assert_eq!(place.git(&["rev-parse", "cutover/edits/source-b"]), place.git(&["rev-parse", "main"]));
}

#[test]
fn an_edit_that_is_refused_late_leaves_nothing_of_the_unit() {
    // Trap 28: decide before you delete. The changelog cannot be edited, so the Dockerfile stays.
    let page = format!("docs/{}.md", page_of("source-bad"));
    let place = fails(&with_bad().file(&page, "# No table here\n"), EDITS, "edit", &["a"]);
    let dockerfile = format!("main:{}", file_of_bad("Dockerfile"));
    assert!(place.git(&["cat-file", "-t", &dockerfile]).contains("blob"));
}
