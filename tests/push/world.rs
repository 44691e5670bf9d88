//! A repository, its remote behind HTTP, and git to look at both.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use axum::http::HeaderMap;
use camino::{Utf8Path, Utf8PathBuf};
use cutover::git::{CommitId, GitError, PushReport, PushRequest, Pushed, Remote, RemoteTrouble, Repository};
use tempfile::TempDir;

use crate::git_http::{Call, Fault, Gate};
use crate::server::Server;

/// The remote's path below its server.
pub(crate) const REMOTE: &str = "acme/connectors.git";

/// A bare remote, a clone of it with one commit, and nothing else.
pub(crate) struct World {
    scratch: TempDir,
    pub(crate) root: Utf8PathBuf,
}

impl World {
    pub(crate) fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(scratch.path().canonicalize().unwrap()).unwrap();
        let world = Self { scratch, root };
        git(&world.root, &["init", "-q", "--bare", "-b", "main", REMOTE]);
        git(&world.root, &["init", "-q", "-b", "main", "work"]);
        let work = world.work();
        std::fs::write(work.join("page.md"), "# A page\n").unwrap();
        git(&work, &["add", "."]);
        git(&work, &["commit", "-q", "-m", "first"]);
        git(&work, &["push", "-q", world.bare().as_str(), "main"]);
        world
    }

    /// The clone that pushes.
    pub(crate) fn work(&self) -> Utf8PathBuf {
        self.root.join("work")
    }

    /// The remote's own directory.
    pub(crate) fn bare(&self) -> Utf8PathBuf {
        self.root.join(REMOTE)
    }

    pub(crate) fn repository(&self) -> Repository {
        Repository::open(&self.work()).unwrap()
    }

    /// Serves the remote.
    pub(crate) fn serve(
        &self,
        judge: impl Fn(&HeaderMap, &Call) -> Gate + Send + Sync + 'static,
        faults: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
    ) -> Server {
        Server::start(self.scratch.path(), judge, faults)
    }

    /// Makes so many commits in the clone, on no branch; each is a child of the first commit.
    pub(crate) fn commits(&self, count: usize) -> Vec<CommitId> {
        let mut stream = String::new();
        for at in 1..=count {
            let message = format!("change {at}");
            let _ =
                writeln!(stream, "commit refs/scratch/{at}\nmark :{at}\ncommitter Ada <ada@example.com> {at} +0000");
            let _ = writeln!(stream, "data {}\n{message}\nfrom refs/heads/main^0", message.len());
            let _ = writeln!(stream, "M 100644 inline file-{at}\ndata {}\n{message}", message.len());
        }
        let mut import = Command::new("git");
        import.args(["fast-import", "--quiet", "--date-format=raw"]).current_dir(self.work());
        let mut import = import.stdin(Stdio::piped()).spawn().unwrap();
        import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
        assert!(import.wait().unwrap().success());
        let listing = git(self.work(), &["for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/scratch"]);
        let mut commits: Vec<(usize, CommitId)> = listing
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(id, at)| (at.parse().unwrap(), id.parse().unwrap()))
            .collect();
        commits.sort_unstable();
        commits.into_iter().map(|(_, commit)| commit).collect()
    }

    /// The commit of the branch `main`.
    pub(crate) fn first(&self) -> CommitId {
        git(self.work(), &["rev-parse", "main"]).parse().unwrap()
    }

    /// Puts a branch on the remote behind everybody's back.
    pub(crate) fn plant(&self, branch: &str, commit: CommitId) {
        let spec = format!("+{commit}:refs/heads/{branch}");
        git(self.work(), &["push", "-q", "--no-verify", self.bare().as_str(), &spec]);
    }

    /// What the remote has, read from its own directory.
    pub(crate) fn branches(&self) -> BTreeMap<String, CommitId> {
        let listing = git(self.bare(), &["for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads"]);
        let lines = listing.lines().filter_map(|line| line.split_once(' '));
        lines.map(|(id, name)| (name.to_owned(), id.parse().unwrap())).collect()
    }

    /// Where a branch stands on the remote.
    pub(crate) fn branch(&self, name: &str) -> Option<CommitId> {
        self.branches().remove(name)
    }

    /// A hook of the remote.
    pub(crate) fn server_hook(&self, name: &str, script: &str) {
        write_script(&self.bare().join("hooks").join(name), script);
    }

    /// A setting of the remote.
    pub(crate) fn server_setting(&self, key: &str, value: &str) {
        git(self.bare(), &["config", key, value]);
    }

    /// A setting of the clone.
    pub(crate) fn setting(&self, key: &str, value: &str) {
        git(self.work(), &["config", key, value]);
    }
}

/// A shell script that can be run.
pub(crate) fn write_script(path: &Utf8Path, script: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What a git command prints; it must succeed.
pub(crate) fn git(directory: impl AsRef<Path>, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")])
        .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.com")])
        .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.com")])
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// A branch that the remote does not have yet.
pub(crate) fn new(branch: &str, commit: CommitId) -> PushRequest {
    PushRequest { branch: branch.to_owned(), commit: Some(commit), expected: None }
}

/// A branch that the remote has at `from`.
pub(crate) fn moved(branch: &str, from: CommitId, to: CommitId) -> PushRequest {
    PushRequest { branch: branch.to_owned(), commit: Some(to), expected: Some(from) }
}

/// A branch that is to go.
pub(crate) fn deleted(branch: &str, from: CommitId) -> PushRequest {
    PushRequest { branch: branch.to_owned(), commit: None, expected: Some(from) }
}

/// Pushes with the usual options.
pub(crate) fn push(world: &World, remote: &Remote, requests: &[PushRequest]) -> PushReport {
    world.repository().push(remote, requests, &cutover::git::PushOptions::default())
}

/// The outcomes of a push of which none concerned the remote as a whole.
pub(crate) fn outcomes(report: PushReport) -> Vec<Pushed> {
    report.outcomes.into_iter().map(Result::unwrap).collect()
}

/// The trouble that every branch of a push had.
pub(crate) fn trouble(report: PushReport) -> RemoteTrouble {
    let mut troubles = report.outcomes.into_iter().map(|outcome| match outcome {
        Err(GitError::Remote(error)) => error.trouble,
        other => panic!("no trouble: {other:?}"),
    });
    let first = troubles.next().unwrap();
    assert!(troubles.all(|trouble| trouble == first));
    first
}
