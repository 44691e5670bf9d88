//! Executions: processes in a scratch directory of a connector's files.
//!
//! `script` runs the shell commands of `run:` steps, whose changes come back as edits; `action` the actions of class
//! execute, which build and test and change no file.

mod action;
mod script;
mod variables;

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::action::{Machine, Outside};
use crate::base::Redactor;
use crate::event::{Failure, FailureClass, StepIndex, StepResult, UnitIndex};
use crate::expression::Scope;
use crate::overlay::Changes;
use crate::plan::{CompiledEnv, CompiledStep, Migration, StepDeed, Unit, text};
use crate::process::{Cancel, ProcessError};

use super::edits::Bench;
use super::workspace::WorkspaceError;

/// What executions are carried out with.
#[derive(Clone)]
pub struct Executor {
    /// What is carried out.
    pub migration: Arc<Migration>,
    /// Where step logs and results go.
    pub logs: Utf8PathBuf,
    /// Where scratch directories are made.
    pub scratch: Utf8PathBuf,
    /// The values of the environment variables that steps declare as secrets.
    pub secrets: Arc<BTreeMap<String, String>>,
    /// What must not be written down: the same values, and credentials.
    pub redactor: Redactor,
    /// Stops processes.
    pub cancel: Cancel,
    /// What builds and tests share.
    pub machine: Arc<Machine>,
    /// Whom steps may ask.
    pub outside: Arc<Outside>,
    /// Whether scratch directories stay for a look.
    pub keep: bool,
}

/// What came of it.
pub(super) enum Executed {
    /// It succeeded; the contents of the files named in the result.
    Done { result: StepResult, changes: Changes, contents: Vec<Arc<[u8]>> },
    /// There was nothing to do.
    Skipped(String),
    /// It failed.
    Failed(Failure),
    /// It was stopped by the second Ctrl-C.
    Interrupted,
}

impl From<Failure> for Executed {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Runs one try of a step that executes something.
pub(super) async fn execute(
    executor: &Executor,
    unit: UnitIndex,
    step: StepIndex,
    attempt: u32,
    bench: Bench,
) -> Executed {
    let attempt = Try { executor: executor.clone(), unit, step, attempt, bench };
    match &executor.migration.compiled.step(step).deed {
        StepDeed::Run(command) => script::run(attempt, command).await,
        StepDeed::Execute(execute, with) => action::run(attempt, execute, with).await,
        StepDeed::Edit(..) | StepDeed::Publish(..) | StepDeed::Resolve(..) => {
            Failure::new(FailureClass::Machine, "only steps of class execute come here").into()
        }
    }
}

/// One try of one step of one unit.
#[derive(Clone)]
struct Try {
    executor: Executor,
    unit: UnitIndex,
    step: StepIndex,
    attempt: u32,
    bench: Bench,
}

impl Try {
    fn migration(&self) -> &Migration {
        &self.executor.migration
    }

    fn compiled(&self) -> &CompiledStep {
        self.migration().compiled.step(self.step)
    }

    fn handle(&self) -> Unit<'_> {
        self.bench.unit(self.migration(), self.unit)
    }

    fn scope(&self) -> Result<Scope, Failure> {
        self.handle().scope(self.compiled().reads, self.bench.overlay.as_ref(), &self.bench.outputs)
    }

    /// The name of the unit in paths.
    fn owner(&self) -> String {
        self.handle().connector.map_or_else(|| "run".to_owned(), |connector| connector.name.file_name())
    }

    /// The name of its scratch directory.
    fn workspace(&self) -> String {
        format!("{}.{}", self.owner(), self.compiled().id)
    }

    fn log(&self) -> Utf8PathBuf {
        log_path(&self.executor.logs, &self.owner(), self.compiled().id.as_str(), self.attempt)
    }

    /// The step's declared `env:`.
    fn env(&self, scope: &Scope) -> Result<Vec<(String, String)>, Failure> {
        let values = self.compiled().env.iter().map(|(name, value)| {
            let value = match value {
                CompiledEnv::Text(template) => text(template, scope)?,
                CompiledEnv::Secret(variable) => self.executor.secrets.get(variable).cloned().unwrap_or_default(),
            };
            Ok((name.clone(), value))
        });
        values.collect()
    }
}

/// The log of a step's try.
pub(super) fn log_path(logs: &Utf8Path, unit: &str, step: &str, attempt: u32) -> Utf8PathBuf {
    let suffix = if attempt == 1 { String::new() } else { format!(".{attempt}") };
    logs.join(unit).join(format!("{step}{suffix}.log"))
}

/// Where a step keeps what outlasts it, besides its log: reports of tests and the like.
fn results_path(logs: &Utf8Path, unit: &str, step: &str) -> Utf8PathBuf {
    logs.join(unit).join(format!("{step}.results"))
}

fn process_failure(error: &ProcessError) -> Failure {
    Failure::new(FailureClass::Machine, error.to_string())
}

fn workspace_failure(error: &WorkspaceError) -> Failure {
    Failure::new(FailureClass::Machine, format!("its scratch directory failed: {error}"))
        .hint("check the free space and the permissions of the state directory")
}

fn lost_worker() -> Failure {
    Failure::new(FailureClass::Machine, "a worker thread of cutover has died")
}
