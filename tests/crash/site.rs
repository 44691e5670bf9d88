//! Where runs are killed: a bare repository that is copied for each round, and the children that work in it.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::child::{GITHUB, JOBS, KILL, RETRY, SITE, WORKFLOW};
use super::monorepo::{CHANGELOG, CONNECTORS, ENVIRONMENT, Files, IMAGE, make, metadata, scratch, utf8};

/// A migration in two phases: the changelog's row names the pull request.
pub(crate) const PUBLISHED: &str = include_str!("published.yaml");

/// The same as far as it is published on GitHub: a draft with a label and a reviewer, made ready in the end.
pub(crate) const ON_GITHUB: &str = include_str!("on_github.yaml");

/// The same with processes: one for the run, one for each connector.
pub(crate) const WITH_PROCESSES: &str = include_str!("with_processes.yaml");

/// A repository with its workflow, copied as often as it is needed.
pub(crate) struct Template {
    scratch: TempDir,
    workflow: String,
    jobs: Option<usize>,
}

impl Template {
    /// `jobs`: how many units at once. With one, pull requests are opened in the order of the units, so that they have
    /// the same numbers in every run.
    pub(crate) fn new(files: &Files, workflow: &str, jobs: Option<usize>) -> Self {
        let template = Self { scratch: scratch(), workflow: workflow.replace("IMAGE", IMAGE), jobs };
        make(&template.path("template"), files, &["--bare"]);
        template
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        utf8(self.scratch.path()).join(name)
    }

    /// A fresh copy of the repository.
    pub(crate) fn site(&self, name: &str) -> Site {
        self.site_at(&self.path(name))
    }

    /// A fresh copy at this place, which must not be there.
    pub(crate) fn site_at(&self, root: &Utf8Path) -> Site {
        let copied = Command::new("cp").args(["-r", self.path("template").as_str(), root.as_str()]).status().unwrap();
        assert!(copied.success());
        let (workflow, marks) = (root.with_extension("yaml"), root.with_extension("marks"));
        std::fs::write(&workflow, self.workflow.replace("MARKS", marks.as_str())).unwrap();
        std::fs::write(&marks, "").unwrap();
        Site { root: root.to_owned(), workflow, jobs: self.jobs, github: None, marks }
    }
}

/// A copy in which one run is carried out.
pub(crate) struct Site {
    pub(crate) root: Utf8PathBuf,
    workflow: Utf8PathBuf,
    jobs: Option<usize>,
    /// The double of GitHub that it publishes to, and its token.
    pub(crate) github: Option<String>,
    /// Where the processes of the run say that they ran.
    pub(crate) marks: Utf8PathBuf,
}

/// How a child ended.
#[derive(Debug)]
pub(crate) enum End {
    Peaceful { commits: u64 },
    Killed,
    Error(String),
}

impl Site {
    /// A child that begins the run or takes it on.
    pub(crate) fn child(&self, kill: Option<&str>) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child::carries_a_run_out", "--nocapture", "--test-threads=1"]);
        command.envs(ENVIRONMENT).env(SITE, &self.root).env(WORKFLOW, &self.workflow);
        // On one thread units are edited in their order, so that pull requests are opened in that order too.
        command.env("RAYON_NUM_THREADS", "1");
        if let Some(jobs) = self.jobs {
            command.env(JOBS, jobs.to_string());
        }
        if let Some(github) = &self.github {
            command.env(GITHUB, github);
        }
        if let Some(kill) = kill {
            command.env(KILL, kill);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Has a child work until it ends or kills itself.
    pub(crate) fn carry(&self, kill: Option<&str>) -> End {
        judge(&self.child(kill).output().unwrap())
    }

    /// Has a child work to the end, which must be a good one.
    pub(crate) fn finish(&self) -> u64 {
        match self.carry(None) {
            End::Peaceful { commits } => commits,
            other => panic!("{}: the run could not be finished: {other:?}", self.root),
        }
    }

    /// Has a child try again what failed, until all is done.
    pub(crate) fn retry_failed(&self) {
        let output = self.child(None).env(RETRY, "1").output().unwrap();
        let end = judge(&output);
        assert!(matches!(end, End::Peaceful { .. }), "{}: what failed could not be tried again: {end:?}", self.root);
    }

    /// Where the run's state is.
    pub(crate) fn state(&self) -> Utf8PathBuf {
        self.root.join("cutover")
    }

    pub(crate) fn remove(&self) {
        std::fs::remove_dir_all(&self.root).unwrap();
        std::fs::remove_file(&self.workflow).unwrap();
        std::fs::remove_file(&self.marks).unwrap();
    }
}

/// How a child ended, from what it said.
pub(crate) fn judge(output: &Output) -> End {
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.signal() == Some(9) {
        return End::Killed;
    }
    // The first line that a test prints stands behind the test's name.
    let line = |prefix: &str| said.lines().find_map(|line| Some(line.split_once(prefix)?.1.to_owned()));
    match line("commits ") {
        Some(commits) if output.status.success() => End::Peaceful { commits: commits.parse().unwrap() },
        _ => End::Error(
            line("error: ")
                .unwrap_or_else(|| format!("{}: {said}{}", output.status, String::from_utf8_lossy(&output.stderr))),
        ),
    }
}

/// A monorepo of connectors of several kinds: most can be migrated; some share pages, some have changelogs that are
/// refused, one lacks its page, one is migrated already, one has metadata that cannot be read.
pub(crate) fn monorepo(usual: usize) -> Files {
    let mut files = Files::default();
    for number in 0..usual {
        files = files.python(&format!("source-usual-{number:02}"));
    }
    files =
        files.python("source-shared").python_with_page("source-shared-strict-encrypt", "integrations/sources/shared");
    files = files.python("source-twin").python_with_page("source-twin-secure", "integrations/sources/twin");
    files = files.python("source-no-table").file("docs/integrations/sources/no-table.md", "# No table\n");
    let two_tables = CHANGELOG.to_owned() + "\n" + CHANGELOG;
    files = files.python("source-two-tables").file("docs/integrations/sources/two-tables.md", two_tables);
    files = files.python_with_page("source-no-page", "integrations/sources/no-page");
    let shared = format!("{CONNECTORS}/source-shared");
    files = files.executable(&format!("{shared}/run.sh"), "#!/bin/sh\n").symlink(&format!("{shared}/link"), "run.sh");
    let migrated = format!("{CONNECTORS}/source-migrated");
    let options = format!("  connectorBuildOptions:\n    baseImage: {IMAGE}\nmetadataSpecVersion");
    let done = metadata("source-migrated", "integrations/sources/migrated").replace("metadataSpecVersion", &options);
    files = files.file(&format!("{migrated}/metadata.yaml"), done).file(&format!("{migrated}/setup.py"), "");
    files.file(&format!("{CONNECTORS}/source-broken/metadata.yaml"), "data: [never closed\n")
}
