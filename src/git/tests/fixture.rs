//! A repository of our own making, and git to look at it.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::base::{FileMode, RepoPath, TreeFile};
use crate::git::{Changes, CommitId, CommitRequest, Repository, Signature, Written};

/// A repository with two connectors on the branch `main`.
pub(super) struct Fixture {
    pub(super) root: Utf8PathBuf,
    _scratch: Option<TempDir>,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let fixture = Self::empty(&["init", "-q", "-b", "main", "repository"]);
        for connector in ["source-a", "source-b"] {
            fixture.put(&format!("connectors/{connector}/metadata.yaml"), "data: {dockerImageTag: 1.0.0}\n");
            fixture.put(&format!("connectors/{connector}/Dockerfile"), "FROM scratch\n");
            fixture.put(&format!("docs/{connector}.md"), "# Changelog\n");
        }
        fixture.git(&["add", "."]);
        fixture.git(&["commit", "-q", "-m", "first"]);
        fixture
    }

    /// A repository that this git command makes under the name `repository`.
    pub(super) fn empty(init: &[&str]) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let above = Utf8PathBuf::from_path_buf(scratch.path().canonicalize().unwrap()).unwrap();
        git(&above, init);
        let fixture = Self { root: above.join("repository"), _scratch: Some(scratch) };
        fixture.git(&["config", "user.name", "Ada"]);
        fixture.git(&["config", "user.email", "ada@example.com"]);
        fixture
    }

    /// A repository that another fixture made and keeps.
    pub(super) fn at(root: &Utf8Path) -> Self {
        Self { root: root.to_owned(), _scratch: None }
    }

    /// A directory beside the repository.
    pub(super) fn beside(&self, name: &str) -> Utf8PathBuf {
        self.root.parent().unwrap().join(name)
    }

    pub(super) fn put(&self, path: &str, content: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// What a git command in the repository prints; it must succeed.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git(&self.root, arguments)
    }

    pub(super) fn open(&self) -> Repository {
        Repository::open(&self.root).unwrap()
    }

    pub(super) fn head(&self) -> CommitId {
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }

    /// A commit of these changes to the connector, on its own branch.
    pub(super) fn request(&self, connector: &str, changes: Changes) -> CommitRequest {
        CommitRequest {
            branch: format!("cutover/test/{connector}"),
            expected: None,
            parent: self.head(),
            changes,
            message: format!("Move {connector}\n\nCutover-Run: run-1\nCutover-Connector: {connector}\n"),
            author: Signature::new("Ada", "ada@example.com").unwrap(),
            time: Timestamp::from_second(1_700_000_000).unwrap(),
        }
    }

    /// The usual migration of a connector: its Dockerfile goes, its metadata and its page change.
    pub(super) fn migration(&self, connector: &str) -> CommitRequest {
        let directory = format!("connectors/{connector}");
        let changes = changes(&[
            (&format!("{directory}/Dockerfile"), None),
            (&format!("{directory}/metadata.yaml"), Some("data: {dockerImageTag: 1.0.1}\n")),
            (&format!("docs/{connector}.md"), Some("# Changelog\n1.0.1\n")),
        ]);
        self.request(connector, changes)
    }

    /// Sets the `reference-transaction` hook.
    pub(super) fn hook(&self, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.root.join(".git/hooks/reference-transaction");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// git finds nothing wrong, and no scratch files are left.
    pub(super) fn assert_sound(&self) {
        let words = self.git(&["fsck", "--strict", "--full", "--no-dangling"]);
        assert_eq!(words, "");
        let objects = self.root.join(self.git(&["rev-parse", "--git-path", "objects"]));
        let left: Vec<String> = objects
            .read_dir_utf8()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_owned())
            .filter(|name| name.starts_with("tmp_"))
            .collect();
        assert_eq!(left, Vec::<String>::new());
    }
}

/// What a git command prints; it must succeed. No configuration but the repository's own has a say.
pub(super) fn git(directory: &Utf8Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null"), ("LC_ALL", "C")])
        .envs([("GIT_AUTHOR_DATE", "1600000000 +0000"), ("GIT_COMMITTER_DATE", "1600000000 +0000")])
        .env_remove("GIT_DIR")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?} in {directory}: {stderr}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

pub(super) fn path(path: &str) -> RepoPath {
    RepoPath::new(path).unwrap()
}

pub(super) fn file(content: &str) -> TreeFile {
    TreeFile { bytes: content.as_bytes().into(), mode: FileMode::File }
}

pub(super) fn changes(changes: &[(&str, Option<&str>)]) -> Changes {
    changes.iter().map(|(at, content)| (path(at), content.map(file))).collect()
}

/// The commit of an outcome that must be [`Written::Committed`].
pub(super) fn committed(written: &Written) -> CommitId {
    match written {
        Written::Committed { commit, .. } => *commit,
        other => panic!("not committed: {other:?}"),
    }
}
