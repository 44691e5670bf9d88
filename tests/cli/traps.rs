//! What connector migrations have been bitten by, shown on the binary; the numbers are those of the list of traps.

use super::monorepo::{CONNECTORS, Files, IMAGE, metadata, page_of};
use super::place::{EDITS, PUBLISHED, Place, outcomes, unit};

const BUMP: &str = "version: 1\nname: bump\nsteps:\n  bump: { uses: version.bump, with: { level: patch } }\n";
const SET: &str = "version: 1\nname: set\nsteps:\n  set: { uses: yaml.set, with: { file: metadata.yaml, path: \
                   data.connectorBuildOptions.baseImage, value: IMAGE } }\n";

fn at(file: &str) -> String {
    format!("{CONNECTORS}/source-a/{file}")
}

/// The metadata of `source-a` with these lines before its `license`.
fn with_lines(lines: &str) -> String {
    metadata("source-a", &page_of("source-a")).replace("  license:", &format!("{lines}  license:"))
}

/// The lines that a workflow takes out of and puts into a file of `source-a`.
fn changed_lines(files: &Files, workflow: &str, file: &str) -> Vec<String> {
    let place = Place::new(files);
    let path = place.workflow(workflow);
    place.cutover(&["run", &path, "--name", "source-a"]).exits(0);
    let branch = place.branches().split(' ').next().unwrap().to_owned();
    let diff = place.git(&["diff", "-U0", "main", &branch, "--", file]);
    let changed = diff.lines().skip_while(|line| !line.starts_with("@@"));
    changed.filter(|line| line.starts_with(['-', '+'])).map(str::to_owned).collect()
}

#[test]
fn trap_8_comments_survive() {
    let text = with_lines("  # TODO more memory\n  resources: 2 # for now\n");
    let files = Files::default().python("source-a").file(&at("metadata.yaml"), text);
    let lines = changed_lines(&files, SET, &at("metadata.yaml"));
    assert_eq!(lines, ["+  connectorBuildOptions:".to_owned(), format!("+    baseImage: {IMAGE}")]);
}

#[test]
fn trap_9_long_lines_are_not_folded() {
    let long = "word ".repeat(60);
    let text = with_lines(&format!("  message: {}\n  quoted: \"{long}\"\n", long.trim_end()));
    let files = Files::default().python("source-a").file(&at("metadata.yaml"), text);
    assert_eq!(changed_lines(&files, BUMP, &at("metadata.yaml")).len(), 2);
}

#[test]
fn trap_10_an_equal_registry_pin_moves_and_a_different_one_stays() {
    let pins = "  registries:\n    cloud:\n      dockerImageTag: 0.1.0\n    oss:\n      dockerImageTag: 0.1.05\n      enabled: true\n";
    let files = Files::default().python("source-a").file(&at("metadata.yaml"), with_lines(pins));
    let lines = changed_lines(&files, BUMP, &at("metadata.yaml"));
    let expected = [
        "-  dockerImageTag: 0.1.0 # as released",
        "+  dockerImageTag: 0.1.1 # as released",
        "-      dockerImageTag: 0.1.0",
        "+      dockerImageTag: 0.1.1",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn trap_11_a_comment_on_the_version_line_stays() {
    let lines = changed_lines(&Files::default().python("source-a"), BUMP, &at("metadata.yaml"));
    assert_eq!(lines, ["-  dockerImageTag: 0.1.0 # as released", "+  dockerImageTag: 0.1.1 # as released"]);
}

#[test]
fn trap_12_an_older_base_image_is_replaced_in_place() {
    let text =
        with_lines("  connectorBuildOptions:\n    other: 1\n    baseImage: airbyte/python-connector-base:1.0.0\n");
    let files = Files::default().python("source-a").file(&at("metadata.yaml"), text);
    let lines = changed_lines(&files, SET, &at("metadata.yaml"));
    assert_eq!(
        lines,
        ["-    baseImage: airbyte/python-connector-base:1.0.0".to_owned(), format!("+    baseImage: {IMAGE}")]
    );
}

#[test]
fn trap_13_only_the_package_version_of_pyproject_changes() {
    let text = "[tool.poetry]\nversion = \"0.1.0\"\n\n[tool.poetry.dependencies]\npandas = { version = \"0.1.0\" }\nversion = \"0.1.0\"\n";
    let files = Files::default().python("source-a").file(&at("pyproject.toml"), text);
    assert_eq!(changed_lines(&files, BUMP, &at("pyproject.toml")), ["-version = \"0.1.0\"", "+version = \"0.1.1\""]);
}

#[test]
fn trap_14_the_bump_is_read_and_written_in_one_state() {
    // Metadata, label and changelog agree after the run, whatever else was edited before.
    let text = EDITS.replace("  remove-dockerfile:\n    uses: file.remove\n    with: { path: Dockerfile }\n", "");
    let place = Place::usual();
    let workflow = place.workflow(&text);
    place.cutover(&["run", &workflow, "--name", "source-a"]).exits(0);
    let show = |file: &str| place.show("cutover/edits/source-a", file);
    assert!(show(&at("metadata.yaml")).contains("dockerImageTag: 0.1.1 #"));
    assert!(show(&at("Dockerfile")).contains("io.airbyte.version=0.1.1"));
    assert!(show("docs/integrations/sources/a.md").contains("| 0.1.1 "));
}

#[test]
fn trap_15_an_invalid_version_is_refused_and_the_others_go_on() {
    let bad = metadata("source-a", &page_of("source-a")).replace("0.1.0", "0.3.O");
    let place = Place::new(&Files::default().python("source-a").python("source-b").file(&at("metadata.yaml"), bad));
    let workflow = place.workflow(BUMP);
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(1).json();
    assert!(unit(&answer, "source-a")["reason"].as_str().unwrap().contains("0.3.O"));
    assert_eq!(unit(&answer, "source-b")["outcome"], "changed");
}

#[test]
fn trap_28_nothing_is_deleted_before_all_is_decided() {
    let files = Files::default().python("source-a").file("docs/integrations/sources/a.md", "# No changelog\n");
    let place = Place::new(&files);
    for text in [EDITS, PUBLISHED] {
        let workflow = place.workflow(text);
        place.cutover(&["run", &workflow]).exits(1);
        assert_eq!(place.branches(), "", "no branch has half of it");
        assert!(!place.state().join("forge/1.json").exists(), "and no pull request is opened");
        place.cutover(&["run", &workflow, "--in-place"]).exits(1);
        assert!(place.root().join(at("Dockerfile")).exists());
        assert_eq!(place.git(&["status", "--porcelain"]), "");
    }
}

#[test]
fn trap_33_only_the_dockerfile_at_the_root_is_removed() {
    let nested = at("integration_tests/Dockerfile");
    let place = Place::new(
        &Files::default().python("source-a").file(&nested, "FROM x\n").file(&at("Dockerfile.test"), "FROM y\n"),
    );
    let workflow = place.workflow(EDITS);
    place.cutover(&["run", &workflow]).exits(0);
    let left =
        place.git(&["ls-tree", "-r", "--name-only", "cutover/edits/source-a", &format!("{CONNECTORS}/source-a/")]);
    assert!(
        left.contains(&nested)
            && left.contains("Dockerfile.test")
            && !left.contains(&format!("{}\n", at("Dockerfile"))),
        "{left}"
    );
}

#[test]
fn trap_35_failures_are_told_by_the_exit_code_and_one_does_not_stop_the_batch() {
    let mut files = Files::default();
    for number in 0..12 {
        files = files.python(&format!("source-{number:02}"));
    }
    let broken = format!("{CONNECTORS}/source-05/metadata.yaml");
    let place = Place::new(&files.file(&broken, "data: [\n"));
    let workflow = place.workflow(EDITS);
    let answer = place.cutover(&["run", &workflow, "--format", "json"]).exits(1).json();
    assert_eq!(outcomes(&answer).iter().filter(|(_, outcome)| outcome == "changed").count(), 11);
    assert_eq!(answer["failures"].as_array().unwrap().len(), 1);
}

#[test]
fn trap_36_a_bump_done_twice_bumps_once() {
    let twice = "version: 1\nname: twice\nsteps:\n  one: { uses: version.bump, with: { level: patch } }\n  two: { needs: one, uses: \
                 version.bump, with: { level: patch } }\n";
    let lines = changed_lines(&Files::default().python("source-a"), twice, &at("metadata.yaml"));
    assert_eq!(lines[1], "+  dockerImageTag: 0.1.1 # as released");
}

#[test]
fn trap_37_every_connector_of_a_run_gets_the_same_answer_of_the_outside_world() {
    let place = Place::usual();
    let counter = place.beside("counter");
    // A registry that has a newer image each time it is asked.
    let text = format!(
        "version: 1\nname: w\nsteps:\n  ask: {{ scope: run, outputs: [image], run: 'echo x >> {counter}; echo image=base-$(wc -l < {counter}) \
         >> $CUTOVER_OUTPUT' }}\n  set: {{ uses: yaml.set, with: {{ file: metadata.yaml, path: data.image, value: '${{{{ steps.ask.image }}}}' }} }}\n  \
         stop: {{ needs: set, run: 'test -e GO' }}\n"
    );
    let go = place.beside("go");
    let workflow = place.workflow(&text.replace("GO", go.as_str()));
    place.cutover(&["run", &workflow]).exits(1);
    std::fs::write(&go, "").unwrap();
    place.cutover(&["resume", "--retry-failed"]).exits(0);
    for name in ["source-a", "source-b", "source-c"] {
        let text = place.show(&format!("cutover/w/{name}"), &format!("{CONNECTORS}/{name}/metadata.yaml"));
        assert!(text.contains("image: base-1\n"), "{name}: {text}");
    }
}

#[test]
fn trap_38_a_unit_has_its_own_files_and_nothing_of_the_others() {
    let place = Place::usual();
    let workflow = place.workflow("version: 1\nname: w\nsteps:\n  look: { run: 'cd ../../.. && find . -type f | sort > seen.txt; mv seen.txt $OLDPWD' }\n");
    place.cutover(&["run", &workflow, "--name", "source-b"]).exits(0);
    let seen = place.show("cutover/w/source-b", &format!("{CONNECTORS}/source-b/seen.txt"));
    assert!(seen.contains("source-b/setup.py") && seen.contains("docs/integrations/sources/b.md"), "{seen}");
    assert!(!seen.contains("source-a") && !seen.contains("source-c"), "{seen}");
}

#[test]
fn trap_39_each_connector_has_a_branch_of_its_own_that_can_be_undone_alone() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    place.cutover(&["run", &workflow]).exits(0);
    let main = place.git(&["rev-parse", "main"]);
    for name in ["a", "b", "c"] {
        let branch = format!("cutover/edits/source-{name}");
        assert_eq!(place.git(&["rev-list", &format!("main..{branch}")]).lines().count(), 1);
        assert_eq!(place.git(&["rev-parse", &format!("{branch}~1")]), main);
        let paths = place.git(&["diff", "--name-only", "main", &branch]);
        let own = |path: &str| path.contains(&format!("source-{name}/")) || path.ends_with(&format!("/{name}.md"));
        assert!(paths.lines().all(own), "{paths}");
    }
}

#[test]
fn trap_40_sequences_stay_indented_and_strings_quoted_as_they_were() {
    let place = Place::usual();
    let workflow = place.workflow(EDITS);
    place.cutover(&["run", &workflow, "--name", "source-a"]).exits(0);
    let text = place.show("cutover/edits/source-a", &at("metadata.yaml"));
    for line in ["  tags:\n    - language:python\n", "  name: \"source-a\"\n", "metadataSpecVersion: \"1.0\""] {
        assert!(text.contains(line), "{text}");
    }
}
