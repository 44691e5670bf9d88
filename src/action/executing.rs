//! What an execution may know and use: the connector's files in scratch, the step's log, the machine.
//!
//! An action of class execute runs programs on this machine. It changes nothing in the repository and nothing outside
//! the machine; what it makes is in its scratch directory, in the machine's caches and engines, or kept with the run.

use std::fs;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tokio::time::Instant;

use crate::base::{Redactor, RunId, StepId};
use crate::container::Engines;
use crate::event::{Failure, FailureClass, StepResult};
use crate::process::{self, Cancel, Command, Exit, ProcessError, Status};
use crate::workflow::Limits;

use super::{BoxFuture, Outside, PreviewFunction, Subject};

/// Which limit of a workflow's `concurrency:` an action counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It builds.
    Build,
    /// It tests.
    Test,
}

/// The doing of an execution.
pub type ExecuteFunction =
    Arc<dyn for<'a> Fn(&Value, Executing<'a>) -> BoxFuture<'a, Result<Executed, ExecuteError>> + Send + Sync>;

/// An execution: what it would do and the doing.
#[derive(Clone)]
pub struct Execute {
    /// How much of the machine it takes.
    pub weight: Weight,
    /// What it would do, for the plan.
    pub preview: PreviewFunction,
    /// The doing.
    pub act: ExecuteFunction,
}

/// What came of an execution.
#[derive(Debug, Clone, PartialEq)]
pub enum Executed {
    /// It is done.
    Done(StepResult),
    /// There was nothing to do, and why: no tests, say. Not the same as done.
    Skipped(String),
}

/// Why nothing came of an execution.
#[derive(Debug)]
pub enum ExecuteError {
    /// It failed.
    Failed(Box<Failure>),
    /// It was stopped by the second Ctrl-C.
    Interrupted,
}

impl From<Failure> for ExecuteError {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl From<StepResult> for Executed {
    fn from(result: StepResult) -> Self {
        Self::Done(result)
    }
}

/// What all executions of one command share: what was found or fetched once is there for all connectors.
pub struct Machine {
    /// Where caches live that outlast a run: those of pip and the engines. Made by whoever uses it.
    pub cache: Utf8PathBuf,
    /// Container engines and base images.
    pub engines: Engines,
}

impl Machine {
    /// A machine whose caches are in this directory.
    pub fn new(cache: impl Into<Utf8PathBuf>) -> Self {
        Self { cache: cache.into(), engines: Engines::default() }
    }
}

/// The places of one step's execution.
#[derive(Debug, Clone)]
pub struct Places {
    /// The connector's directory.
    pub directory: Utf8PathBuf,
    /// The root of what is laid out of the repository: the connector, its documentation page, declared `paths:`.
    pub files: Utf8PathBuf,
    /// An empty directory of the step's own, beside `files`.
    pub scratch: Utf8PathBuf,
    /// What goes here is kept with the run. Made on first use.
    pub results: Utf8PathBuf,
    /// The step's log.
    pub log: Utf8PathBuf,
}

/// How far an execution may go.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// When its time is up.
    pub deadline: Option<Deadline>,
    /// What it may take of the machine.
    pub limits: Limits,
    /// What must not be written down.
    pub redactor: Redactor,
    /// Whether it is to stop.
    pub cancel: Cancel,
}

/// The end of a step's time.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    /// The time that begins now.
    pub fn after(limit: Duration) -> Self {
        let now = Instant::now();
        Self { at: now.checked_add(limit).unwrap_or(now), limit }
    }
}

/// One try of a step on one connector.
#[derive(Clone, Copy)]
pub struct Executing<'a> {
    /// The connector, the profile and the date.
    pub subject: Subject<'a>,
    /// The run.
    pub run: &'a RunId,
    /// The step.
    pub step: &'a StepId,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// Where it works.
    pub places: &'a Places,
    /// The step's declared `env:`, secrets included.
    pub env: &'a [(String, String)],
    /// What all executions share.
    pub machine: &'a Machine,
    /// Registries, for what is said of images.
    pub outside: &'a Outside,
    /// How far it may go.
    pub bounds: &'a Bounds,
}

impl Executing<'_> {
    /// The connector's directory, laid out in scratch.
    pub fn directory(&self) -> &Utf8Path {
        &self.places.directory
    }

    /// An empty directory of the step's own, which goes when the step has ended.
    pub fn scratch(&self) -> &Utf8Path {
        &self.places.scratch
    }

    /// What the step may take of the machine.
    pub fn limits(&self) -> Limits {
        self.bounds.limits
    }

    /// The directory of what is kept with the run, made if need be.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn results(&self) -> Result<&Utf8Path, Failure> {
        let results = &self.places.results;
        fs::create_dir_all(results).map_err(|error| disk(results, &error))?;
        Ok(results)
    }

    /// A command that writes to the step's log under a heading, with secrets masked, in the connector's directory, for
    /// as long as the step has time. It sees [`process::PASSED_VARIABLES`] only: the step's own are for the caller to
    /// give where they belong.
    pub fn command<Arg: Into<String>>(
        &self,
        heading: &str,
        program: &str,
        args: impl IntoIterator<Item = Arg>,
    ) -> Command {
        // The scratch directory may lie in the repository's own `.git`, which is none of a program's business.
        let above = self.places.files.parent().map(|above| ("GIT_CEILING_DIRECTORIES".to_owned(), above.to_string()));
        Command {
            env: above.into_iter().collect(),
            args: args.into_iter().map(Into::into).collect(),
            timeout: self.remaining(),
            redactor: self.bounds.redactor.clone(),
            heading: Some(heading.to_owned()),
            limits: self.bounds.limits,
            contained: true,
            ..Command::new(program, self.directory(), self.places.log.clone())
        }
    }

    /// What is left of the step's time; `None`: it has as much as it wants.
    pub fn remaining(&self) -> Option<Duration> {
        self.bounds.deadline.map(|deadline| deadline.at.saturating_duration_since(Instant::now()))
    }

    /// Runs a command. How it ended is for the caller to judge, but for two ends that are the same for all.
    ///
    /// # Errors
    /// A command that cannot be started, the end of the step's time, an interruption.
    pub async fn run(&self, command: Command) -> Result<Exit, ExecuteError> {
        let program = command.program.clone();
        let exit = process::run(command, self.bounds.cancel.clone()).await.map_err(|error| not_run(&error))?;
        match exit.status {
            Status::Cancelled => Err(ExecuteError::Interrupted),
            Status::TimedOut(_) if self.remaining().is_some_and(|left| left.is_zero()) => {
                let limit = self.bounds.deadline.map_or(Duration::ZERO, |deadline| deadline.limit);
                let status = Status::TimedOut(limit);
                let failure = Failure::new(FailureClass::Timeout, format!("its command `{program}` {status}"));
                Err(Failure { tail: exit.tail, ..failure }.into())
            }
            _ => Ok(exit),
        }
    }

    /// Waits for something that another connector is fetching or making, as long as the step has time.
    ///
    /// # Errors
    /// The end of the step's time, an interruption.
    pub async fn wait<T>(&self, what: &str, future: impl Future<Output = T>) -> Result<T, ExecuteError> {
        let mut cancel = self.bounds.cancel.clone();
        let expired = async {
            match self.remaining() {
                Some(left) => tokio::time::sleep(left).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            value = future => Ok(value),
            () = cancel.at_least(process::Stop::Gently) => Err(ExecuteError::Interrupted),
            () = expired => Err(Failure::new(FailureClass::Timeout, format!("its time was up while it waited for {what}")).into()),
        }
    }

    /// Writes a line to the step's log, secrets masked. A disk that refuses is met again by the next command.
    pub fn note(&self, line: &str) {
        let line = self.bounds.redactor.apply(line);
        if let Err(error) = append(&self.places.log, &line) {
            tracing::warn!(%error, log = %self.places.log, "failed to write to a step's log");
        }
    }
}

fn append(log: &Utf8Path, line: &str) -> io::Result<()> {
    if let Some(directory) = log.parent() {
        fs::create_dir_all(directory)?;
    }
    writeln!(fs::File::options().append(true).create(true).open(log)?, "{line}")
}

fn not_run(error: &ProcessError) -> Failure {
    Failure::new(FailureClass::Machine, error.to_string())
}

/// The failure of a disk that refuses.
pub(crate) fn disk(path: &Utf8Path, error: &io::Error) -> Failure {
    Failure::new(FailureClass::Machine, format!("failed to write {path}: {error}"))
        .cause("the disk refuses")
        .hint("check the free space and the permissions there; `cutover resume --retry-failed` takes it up")
}
