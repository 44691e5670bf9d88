//! A repository with a bare remote, a run on it, and people who work there.

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::monorepo::{CONNECTORS, Files, git, git_command, page_of};
use super::place::{Place, Said};

/// A migration as it is shipped: edits, a pull request, and its number in the changelog.
pub(crate) const MIGRATION: &str = "\
version: 1
name: fresh
steps:
  remove-dockerfile:
    uses: file.remove
    with: { path: Dockerfile }
  set-base-image:
    uses: yaml.set
    with: { file: metadata.yaml, path: data.connectorBuildOptions.baseImage, value: IMAGE }
  bump-version:
    if: steps.remove_dockerfile.changed or steps.set_base_image.changed
    uses: version.bump
    with: { level: patch }
  pull-request:
    needs: [remove-dockerfile, set-base-image, bump-version]
    uses: pull-request.open
    with: { title: \"${{ connector.name }}: migrate to ${{ steps.bump_version.new }}\" }
  changelog:
    if: steps.bump_version.changed
    uses: changelog.add
    with: { pull-request: \"${{ steps.pull_request.number }}\", message: Use the base image }
success:
  the metadata names the base image: data.connectorBuildOptions.baseImage == 'IMAGE'
";

/// The place, its remote, and the clone of a person who merges.
pub(crate) struct Stage {
    pub(crate) place: Place,
    pub(crate) remote: Utf8PathBuf,
    pub(crate) person: Utf8PathBuf,
}

impl Stage {
    pub(crate) fn new(files: &Files) -> Self {
        let place = Place::new(files);
        let (remote, person) = (place.beside("remote.git"), place.beside("person"));
        let root = place.root().to_owned();
        git(&root, &["clone", "-q", "--bare", root.as_str(), remote.as_str()]);
        git(&root, &["clone", "-q", remote.as_str(), person.as_str()]);
        git(&person, &["config", "user.name", "Grace"]);
        git(&person, &["config", "user.email", "grace@example.com"]);
        Self { place, remote, person }
    }

    /// Runs a verb that pushes to the remote.
    pub(crate) fn run(&self, workflow: &str) -> Said {
        self.place.cutover(&["run", workflow, "--remote", self.remote.as_str(), "--format", "json"])
    }

    /// A file of a branch of the remote.
    pub(crate) fn show(&self, branch: &str, path: &str) -> String {
        git(&self.remote, &["show", &format!("{branch}:{path}")])
    }

    /// The branches of the remote with their commits.
    pub(crate) fn heads(&self) -> BTreeMap<String, String> {
        let listing = git(&self.remote, &["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/"]);
        listing.lines().filter_map(|line| line.split_once(' ')).map(|(name, id)| (name.into(), id.into())).collect()
    }

    /// A person merges branches into the base by git's own merge, and says so on the forge.
    pub(crate) fn merge(&self, names: &[&str]) {
        self.person(&["fetch", "-q", "origin"]);
        self.person(&["checkout", "-q", "-B", "main", "origin/main"]);
        for name in names {
            self.person(&["merge", "-q", "--no-edit", &format!("origin/{}", branch(name))]);
            self.set_state(name, "merged");
        }
        self.person(&["push", "-q", "origin", "main"]);
    }

    /// A person changes files on a branch of the remote.
    pub(crate) fn commit(&self, branch: &str, files: &[(&str, &str)]) -> String {
        self.person(&["fetch", "-q", "origin"]);
        self.person(&["checkout", "-q", "-B", branch, &format!("origin/{branch}")]);
        for (path, content) in files {
            let path = self.person.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        self.person(&["add", "-A"]);
        self.person(&["commit", "-q", "-m", "A change of my own"]);
        self.person(&["push", "-q", "origin", branch]);
        self.person(&["rev-parse", "HEAD"])
    }

    pub(crate) fn person(&self, arguments: &[&str]) -> String {
        git(&self.person, arguments)
    }

    /// The pull requests of the local forge, by branch. No branch may have two.
    pub(crate) fn pull_requests(&self) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for file in self.place.state().join("forge").read_dir_utf8().unwrap() {
            let path = file.unwrap().into_path();
            if path.extension() == Some("json") {
                let json: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
                let head = json["head"].as_str().unwrap().to_owned();
                assert!(found.insert(head.clone(), json).is_none(), "{head} has two pull requests");
            }
        }
        found
    }

    /// What a person does to a pull request.
    pub(crate) fn set_state(&self, name: &str, state: &str) {
        let number = self.pull_requests()[&branch(name)]["number"].as_u64().unwrap();
        let path = self.place.state().join(format!("forge/{number}.json"));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"state\": \"open\"", &format!("\"state\": \"{state}\""))).unwrap();
    }

    /// Asserts that a branch of the remote goes into its base without a conflict.
    pub(crate) fn assert_merges(&self, branch: &str) {
        assert_merges(&self.remote, branch);
    }

    /// The versions of a page's changelog, top to bottom, in what merging this branch would make of it.
    pub(crate) fn versions(&self, branch: &str, page: &str) -> Vec<String> {
        let tree = git(&self.remote, &["merge-tree", "--write-tree", "main", branch]);
        let text = git(&self.remote, &["show", &format!("{tree}:{page}")]);
        let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains("](https://"));
        rows.map(|row| row.split('|').nth(1).unwrap().trim().to_owned()).collect()
    }
}

/// Asserts that a branch goes into `main` without a conflict.
pub(crate) fn assert_merges(repository: &Utf8Path, branch: &str) {
    let output =
        git_command(repository, &["merge-tree", "--write-tree", "--name-only", "main", branch]).output().unwrap();
    assert!(output.status.success(), "{branch}: {}", String::from_utf8_lossy(&output.stdout));
}

pub(crate) fn branch(name: &str) -> String {
    format!("cutover/fresh/{name}")
}

pub(crate) fn metadata_path(name: &str) -> String {
    format!("{CONNECTORS}/{name}/metadata.yaml")
}

pub(crate) fn page_path(name: &str) -> String {
    format!("docs/{}.md", page_of(name))
}
