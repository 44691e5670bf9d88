//! A bare repository, its double, and forges that speak to it on the double's own clock.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use cutover::base::{Clock, RunId, UnitName};
use cutover::forge::{
    BoxFuture, Credential, Forge as _, ForgeError, GitHubForge, GitHubSettings, Limits, Mark, NewPullRequest, Pause,
    PullRequest, Secret, TokenSource,
};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::github::judge::judge;
use crate::github::{Double, TOKEN};

/// The time of the double, which a pause moves ahead: nobody waits for real limits.
pub(crate) struct DoubleTime(Arc<Double>);

impl Clock for DoubleTime {
    fn now(&self) -> Timestamp {
        self.0.world().clock.precise()
    }
}

impl Pause for DoubleTime {
    fn pause(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.0.advance(time);
        Box::pin(tokio::task::yield_now())
    }
}

/// A bare repository with one commit on `main` and some branches, and its double.
pub(crate) struct Stage {
    pub(crate) double: Arc<Double>,
    scratch: TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Stage {
    /// With branches `cutover/move/c1`, …
    pub(crate) fn new(branches: u64) -> Self {
        use std::fmt::Write as _;
        let scratch = TempDir::new().unwrap();
        let repository = scratch.path().join("connectors.git");
        git(&["init", "-q", "--bare", "-b", "main", repository.to_str().unwrap()], "");
        let mut stream =
            "commit refs/heads/main\nmark :1\ncommitter Ada <ada@example.com> 1600000000 +0000\ndata 6\nfirst\n\n\
                          M 100644 inline README.md\ndata 6\nhello\n\n"
                .to_owned();
        for number in 1..=branches {
            let _ = write!(
                stream,
                "commit refs/heads/{}\ncommitter Ada <ada@example.com> 1600000001 +0000\ndata 5\nmove\n\nfrom :1\n\
                 M 100644 inline c{number}.txt\ndata 3\nnew\n\n",
                head(number)
            );
        }
        git(&["--git-dir", repository.to_str().unwrap(), "fast-import", "--quiet"], &stream);
        let double = Arc::new(Double::start(&repository));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { double, scratch, runtime }
    }

    /// What a forge for the double is made of.
    pub(crate) fn settings(&self) -> GitHubSettings {
        let credential =
            Credential::Token { secret: Secret::new(TOKEN), from: TokenSource::Environment("GITHUB_TOKEN") };
        let directory = Utf8PathBuf::from_path_buf(self.scratch.path().join("budget")).unwrap();
        let time = Arc::new(DoubleTime(Arc::clone(&self.double)));
        GitHubSettings {
            api_url: self.double.api(),
            limits: Limits { spacing: Duration::ZERO, per_minute: 100_000, per_hour: 100_000, patience: None },
            clock: time.clone(),
            pause: time,
            ..GitHubSettings::new("acme", "connectors", credential, directory)
        }
    }

    pub(crate) fn forge(&self) -> GitHubForge {
        GitHubForge::new(self.settings()).unwrap()
    }

    /// Waits for what a forge is asked.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Opens the pull request of a branch.
    pub(crate) fn open(&self, forge: &GitHubForge, number: u64) -> PullRequest {
        self.try_open(forge, &wanted(number)).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn try_open(&self, forge: &GitHubForge, new: &NewPullRequest) -> Result<PullRequest, ForgeError> {
        self.wait(forge.open(new))
    }

    /// What was asked of the double since the last time, as `POST /pulls 201`; of GraphQL the field.
    pub(crate) fn asked(&self) -> Vec<String> {
        let short = |path: &str| path.replace("/repos/acme/connectors", "");
        let line = |exchange: crate::github::record::Exchange| {
            let what = match exchange.document() {
                Some(document) if exchange.writes => {
                    format!("mutation {}", document.split_once('{').unwrap().1.split('(').next().unwrap().trim())
                }
                Some(_) => "query".to_owned(),
                None => format!("{} {}", exchange.method, short(&exchange.path)),
            };
            match exchange.status() {
                Some(status) => format!("{what} {status}"),
                None => format!("{what} lost"),
            }
        };
        self.double.take_requests().into_iter().map(line).collect()
    }

    /// GitHub's descriptions agree with everything that was sent so far.
    pub(crate) fn judged(&self) {
        if let Some(verdict) = judge(&self.double.requests()) {
            verdict.assert_clean();
        }
    }
}

pub(crate) fn head(number: u64) -> String {
    format!("cutover/move/c{number}")
}

pub(crate) fn mark(number: u64) -> Mark {
    Mark::new(RunId::new("run-1").unwrap(), UnitName::new(&format!("c{number}")).unwrap(), None)
}

/// The pull request of a branch: a draft without labels and people.
pub(crate) fn wanted(number: u64) -> NewPullRequest {
    NewPullRequest {
        head: head(number),
        base: "main".to_owned(),
        title: format!("Move c{number}"),
        body: "What changes.".to_owned(),
        labels: Vec::new(),
        draft: true,
        reviewers: Vec::new(),
        teams: Vec::new(),
        assignees: Vec::new(),
        milestone: None,
        mark: mark(number),
    }
}

/// A job's log of so many lines.
pub(crate) fn log(lines: u32) -> String {
    let lines = (0..lines).map(|line| format!("2026-11-22T12:00:00.1234567Z line {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

pub(crate) fn own(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// What a person sees of an error.
pub(crate) fn said(error: &ForgeError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}\n  {hint}"),
        None => error.to_string(),
    }
}

fn git(arguments: &[&str], input: &str) {
    use std::io::Write as _;
    let mut command = Command::new("git");
    let mut child = command.args(arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "git {arguments:?}");
}
