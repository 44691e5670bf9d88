//! A monorepo whose remote is a double of GitHub, and the binary in it.

use std::process::Command;

use camino::Utf8PathBuf;

use crate::github::model::Role;
use crate::github::{Double, TOKEN};
use crate::monorepo::{Files, git};
use crate::place::{Place, Said};

/// A migration in two phases: a draft with a label, its number in the changelog, ready for review.
pub(crate) const MIGRATION: &str = "\
version: 1
name: published
publish: { forge: github, writes-per-minute: 100000, writes-per-hour: 100000 }
steps:
  remove-dockerfile:
    uses: file.remove
    with: { path: Dockerfile }
  bump-version:
    uses: version.bump
    with: { level: patch }
  pull-request:
    needs: [remove-dockerfile, bump-version]
    uses: pull-request.open
    with: { title: \"${{ connector.name }}: migrate\", draft: true, labels: [migration], reviewers: [grace] }
  changelog:
    uses: changelog.add
    with: { pull-request: \"${{ steps.pull_request.number }}\", message: Remove the Dockerfile }
  ready:
    needs: changelog
    uses: pull-request.ready
";

/// The same for somebody who may read only: no labels, nobody is asked.
pub(crate) fn by_an_outsider() -> String {
    MIGRATION.replace(", labels: [migration], reviewers: [grace]", "")
}

/// The place, the bare repository that it came from, and the double of GitHub that serves it.
pub(crate) struct Site {
    pub(crate) place: Place,
    pub(crate) remote: Utf8PathBuf,
    pub(crate) double: Double,
}

impl Site {
    pub(crate) fn new(files: &Files) -> Self {
        let place = Place::new(files);
        let remote = place.beside("remote.git");
        place.git(&["clone", "-q", "--bare", ".", remote.as_str()]);
        let double = Double::start(remote.as_std_path());
        double.label("migration");
        double.collaborator("grace", Role::Write);
        place.git(&["remote", "add", "origin", &double.clone_url()]);
        Self { place, remote, double }
    }

    /// Three usual connectors.
    pub(crate) fn usual() -> Self {
        Self::new(&Files::default().python("source-a").python("source-b").python("source-c"))
    }

    /// The binary with these arguments and ada's token.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        command.env("GH_ENTERPRISE_TOKEN", TOKEN).env("GITHUB_API_URL", self.double.api());
        for name in ["GITHUB_TOKEN", "GH_TOKEN", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn cutover(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap(), arguments)
    }

    /// Runs this workflow.
    pub(crate) fn run(&self, workflow: &str) -> Said {
        self.cutover(&["run", &self.place.workflow(workflow), "--format", "json"])
    }

    /// What a git command in the remote repository prints.
    pub(crate) fn there(&self, arguments: &[&str]) -> String {
        git(&self.remote, arguments)
    }

    /// A commit's message in the remote repository.
    pub(crate) fn message(&self, commit: &str) -> String {
        self.there(&["log", "-1", "--format=%B", commit])
    }

    /// The pull request of a connector.
    pub(crate) fn pull(&self, name: &str) -> crate::github::model::Pull {
        let branch = branch(name);
        let mut all = self.double.pulls().into_iter().filter(|pull| pull.head_branch == branch);
        let found = all.next().unwrap_or_else(|| panic!("{name} has no pull request"));
        assert!(all.next().is_none(), "{name} has two pull requests");
        found
    }

    /// A person changes a connector in the base: a release of its own, with a row in its changelog.
    pub(crate) fn release(&self, name: &str) {
        let metadata = format!("{}/{name}/metadata.yaml", crate::monorepo::CONNECTORS);
        let page = format!("docs/{}.md", crate::monorepo::page_of(name));
        let show = |path: &str| self.there(&["show", &format!("main:{path}")]) + "\n";
        let row = "| 0.1.1   | 2026-11-20 | [99](https://github.com/airbytehq/airbyte/pull/99)       | Another change  |\n| 0.1.0 ";
        self.double.push("main", "grace", &metadata, &show(&metadata).replace("0.1.0", "0.1.1"));
        self.double.push("main", "grace", &page, &show(&page).replacen("| 0.1.0 ", row, 1));
    }
}

/// The branch of a connector.
pub(crate) fn branch(name: &str) -> String {
    format!("cutover/published/{name}")
}
