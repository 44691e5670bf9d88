//! The workflows in `workflows/`, each carried out on a small repository: what it changes, line by line, and that doing
//! it again changes nothing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const CONNECTORS: &str = "airbyte-integrations/connectors";

/// The whole address of a base image, as an input.
fn base_image() -> String {
    format!("base-image=docker.io/library/base:2.0.0@sha256:{}", "ab".repeat(32))
}

/// A repository with four connectors: one that carries its version in every place, one that has a base image already,
/// one whose page cannot be edited, one in Java.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.connector("source-every-place", "registries: { oss: { dockerImageTag: 1.2.3 } }", "pyproject.toml");
        repository.write("source-every-place/pyproject.toml", "[tool.poetry]\nname = \"x\"\nversion = \"1.2.3\"\n");
        repository.write("source-every-place/Dockerfile", "FROM python:3.9\nLABEL io.airbyte.version=1.2.3\n");
        repository.page("every-place", "| Version | Date | Pull Request | Subject |\n| :--- | :--- | :--- | :--- |\n");
        repository.connector("source-migrated", "connectorBuildOptions: { baseImage: \"base:1.0.0\" }", "setup.py");
        repository.page("migrated", "| Version | Date | Pull Request | Subject |\n| :--- | :--- | :--- | :--- |\n");
        repository.connector("source-no-table", "supportLevel: community", "setup.py");
        repository.write("source-no-table/Dockerfile", "FROM python:3.9\n");
        repository.write("../../docs/integrations/sources/no-table.md", "# No table\n");
        repository.connector("source-java", "supportLevel: certified", "src/main/java/Main.java");
        repository.write("source-java/build.gradle", "plugins {}\n");
        repository.page("java", "| Version | Date | Pull Request | Subject |\n| :--- | :--- | :--- | :--- |\n");
        repository.git(&["init", "-q", "-b", "master"]);
        repository.git(&["add", "-A"]);
        repository.git(&["commit", "-q", "-m", "Start"]);
        repository
    }

    fn connector(&self, name: &str, more: &str, marker: &str) {
        let page = name.trim_start_matches("source-");
        let metadata = format!(
            "data:\n  connectorType: source # kept\n  dockerImageTag: 1.2.3\n  documentationUrl: https://docs.airbyte.com/integrations/sources/{page}\n  {more}\nmetadataSpecVersion: \"1.0\"\n"
        );
        self.write(&format!("{name}/metadata.yaml"), &metadata);
        self.write(&format!("{name}/{marker}"), "");
    }

    fn page(&self, name: &str, header: &str) {
        let row = "| 1.2.3 | 2023-09-01 | [30000](https://github.com/airbytehq/airbyte/pull/30000) | Fix it |\n";
        let text = format!("# {name}\n\n## Changelog\n\n{header}{row}");
        self.write(&format!("../../docs/integrations/sources/{name}.md"), &text);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(CONNECTORS).join(path);
        let root = self.0.path().join(CONNECTORS);
        std::fs::create_dir_all(&root).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=A Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").arg("-C").arg(self.0.path()).args(identity).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn cutover(&self, verb: &str, workflow: &str, arguments: &[&str]) -> Output {
        let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("workflows/{workflow}.yaml"));
        Command::new(env!("CARGO_BIN_EXE_cutover"))
            .arg(verb)
            .arg(workflow)
            .args(arguments)
            .current_dir(self.0.path())
            .env("GIT_AUTHOR_NAME", "A Test")
            .env("GIT_AUTHOR_EMAIL", "test@example.com")
            .env("GIT_COMMITTER_NAME", "A Test")
            .env("GIT_COMMITTER_EMAIL", "test@example.com")
            .output()
            .unwrap()
    }

    /// Runs a workflow; the document that it prints. Without a selected connector there is nothing to run.
    fn run(&self, workflow: &str, inputs: &[&str]) -> Value {
        // Whole addresses of images need no registry.
        let mut arguments = vec!["--yes", "--format", "json", "--date", "2023-10-25", "--offline"];
        for input in inputs {
            arguments.extend(["--input", input]);
        }
        let output = self.cutover("run", workflow, &arguments);
        if String::from_utf8_lossy(&output.stderr).contains("no connector is selected") {
            return Value::Null;
        }
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Every unit of a run: its outcome, what its steps say, and each line that its branch changes.
    fn story(&self, run: &Value) -> String {
        let mut stories = String::new();
        for unit in run["units"].as_array().unwrap() {
            let mut story = String::new();
            let _ = writeln!(story, "{}: {}", unit["name"].as_str().unwrap(), unit["outcome"].as_str().unwrap());
            if let Some(reason) = unit["reason"].as_str() {
                let _ = writeln!(story, "  because {reason}");
            }
            if unit["outcome"] != "changed" {
                stories.push_str(&story);
                continue;
            }
            for step in unit["steps"].as_array().unwrap() {
                let text = |key: &str| step[key].as_str().unwrap_or_default();
                let _ = writeln!(story, "  {} {}: {}", text("id"), text("outcome"), text("detail"));
            }
            let branch = unit["branch"].as_str().unwrap();
            let diff = self.git(&["diff", "-U0", "--no-renames", &format!("master...{branch}")]);
            let noise = ["diff ", "index ", "@@", "--- ", "deleted file"];
            for line in diff.lines().filter(|line| !noise.iter().any(|prefix| line.starts_with(prefix))) {
                let _ = writeln!(story, "  {line}");
            }
            // Which connector comes first to the forge is nobody's business.
            let number = &unit["pull_request"]["number"];
            let own = [format!("pull request {number} "), format!("[{number}]("), format!("/pull/{number})")];
            let any = ["pull request N ", "[N](", "/pull/N)"];
            own.iter().zip(any).for_each(|(own, any)| story = story.replace(own, any));
            stories.push_str(&story);
        }
        stories
    }

    /// Merges the pull requests of the run's changed units, and deletes every branch.
    fn merge(&self, run: &Value) {
        for unit in run["units"].as_array().unwrap().iter().filter(|unit| unit["outcome"] == "changed") {
            self.git(&["merge", "-q", "--no-edit", unit["branch"].as_str().unwrap()]);
        }
        let branches = self.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/cutover"]);
        branches.lines().for_each(|branch| drop(self.git(&["branch", "-q", "-D", branch])));
        for file in std::fs::read_dir(self.0.path().join(".git/cutover/forge")).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::write(&path, text.replace("\"open\"", "\"merged\"")).unwrap();
            }
        }
    }
}

/// Runs a workflow, merges what it made, runs it again: the story of the first run, and the outcomes of the second.
fn twice(workflow: &str, inputs: &[&str]) -> (String, Vec<String>) {
    let repository = Repository::new();
    let first = repository.run(workflow, inputs);
    let story = repository.story(&first);
    repository.merge(&first);
    let second = repository.run(workflow, inputs);
    let units = second["units"].as_array().cloned().unwrap_or_default();
    let outcome = |unit: &Value| format!("{}: {}", unit["name"].as_str().unwrap(), unit["outcome"].as_str().unwrap());
    (story, units.iter().map(outcome).collect())
}

#[test]
fn check_finds_nothing_to_say_about_any_of_them() {
    let repository = Repository::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows")).unwrap() {
        let path = entry.unwrap().path();
        let output = repository.cutover("check", path.file_stem().unwrap().to_str().unwrap(), &[]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("warning"), "{}: {said}", path.display());
    }
}

#[test]
fn the_migration_moves_connectors_to_the_base_image_once() {
    let (story, again) = twice("migrate-to-base-image", &[&base_image(), "python=3.9"]);
    insta::assert_snapshot!(story);
    assert_eq!(again, ["source-no-table: failed"], "what was migrated is not selected again");
}

#[test]
fn the_upgrade_gives_another_base_image_once() {
    let (story, again) = twice("upgrade-base-image", &[&base_image(), "repository=base"]);
    insta::assert_snapshot!(story);
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn the_upgrade_can_leave_the_version_alone() {
    let repository = Repository::new();
    let run = repository.run("upgrade-base-image", &[&base_image(), "repository=base", "release=false"]);
    insta::assert_snapshot!(repository.story(&run));
}

#[test]
fn the_bump_raises_the_version_in_every_place_and_says_so_on_the_page() {
    let (story, again) = twice("bump-version", &["level=minor", "message=Support tables"]);
    insta::assert_snapshot!(story);
    // A bump counts from what is there: the second one is another bump.
    let outcomes = ["source-every-place: changed", "source-java: changed", "source-migrated: changed"];
    assert_eq!(again, [&outcomes[..], &["source-no-table: failed"]].concat());
}

#[test]
fn an_exact_bump_is_made_once() {
    let (_, again) = twice("bump-version", &["level=2.0.0", "message=Support tables"]);
    let outcomes = ["source-every-place: unchanged", "source-java: unchanged", "source-migrated: unchanged"];
    assert_eq!(again, [&outcomes[..], &["source-no-table: failed"]].concat());
}

#[test]
fn a_file_is_removed_where_it_is() {
    let (story, again) = twice("remove-file", &["path=build.gradle", "reason=The build no longer reads it."]);
    insta::assert_snapshot!(story);
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn a_value_is_set_as_what_it_is_meant_to_be() {
    let all = ["every-place", "java", "migrated", "no-table"].map(|name| format!("source-{name}: unchanged"));
    for inputs in [
        &["path=data.supportLevel", "value=certified"][..],
        &["path=data.ab_internal.sl", "value=100", "type=integer"],
        &["path=data.registries.cloud.enabled", "value=true", "type=boolean"],
    ] {
        let (story, again) = twice("set-metadata", inputs);
        insta::assert_snapshot!(story);
        assert_eq!(again, all);
    }
}
