//! `run:` steps: a shell command in a scratch directory; the files it changes come back as edits.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Redactor, count};
use crate::event::{Failure, FailureClass, FileRecord, StepIndex, StepResult, UnitIndex};
use crate::journal::content_hash;
use crate::overlay::Changes;
use crate::plan::{CompiledEnv, Migration, StepDeed, Unit, text};
use crate::process::{self, Cancel, Command, Exit, ProcessError, Status};

use super::edits::Bench;
use super::outputs;
use super::workspace::{Workspace, WorkspaceError};

/// The largest file that a process may hand back, in bytes.
const LARGEST_FILE: usize = 64 << 20;

/// What a process is run with.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) migration: Arc<Migration>,
    pub(super) logs: Utf8PathBuf,
    pub(super) scratch: Utf8PathBuf,
    pub(super) secrets: Arc<BTreeMap<String, String>>,
    pub(super) redactor: Redactor,
    pub(super) cancel: Cancel,
}

/// What came of it.
pub(super) enum Executed {
    /// It succeeded; the contents of the files named in the result.
    Done { result: StepResult, changes: Changes, contents: Vec<Arc<[u8]>> },
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

/// Runs one try of a `run:` step.
pub(super) async fn execute(
    setting: &Setting,
    unit: UnitIndex,
    step: StepIndex,
    attempt: u32,
    bench: Bench,
) -> Executed {
    let (setting, bench) = (setting.clone(), Arc::new(bench));
    let prepared = {
        let (setting, bench) = (setting.clone(), Arc::clone(&bench));
        tokio::task::spawn_blocking(move || prepare(&setting, unit, step, attempt, &bench)).await
    };
    let (workspace, command) = match prepared {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(failure)) => return failure.into(),
        Err(_) => return lost_worker().into(),
    };
    let exit = match process::run(command, setting.cancel.clone()).await {
        Ok(exit) => exit,
        Err(error) => return process_failure(&error).into(),
    };
    if exit.status == Status::Cancelled {
        return Executed::Interrupted;
    }
    if !exit.status.is_success() {
        return failed(&exit).into();
    }
    let declared = setting.migration.compiled.step(step).outputs.clone();
    let collected = tokio::task::spawn_blocking(move || collect(&workspace, &declared, &setting.redactor)).await;
    collected.unwrap_or_else(|_| lost_worker().into())
}

/// The log of a step's try.
pub(super) fn log_path(logs: &Utf8Path, unit: &str, step: &str, attempt: u32) -> Utf8PathBuf {
    let suffix = if attempt == 1 { String::new() } else { format!(".{attempt}") };
    logs.join(unit).join(format!("{step}{suffix}.log"))
}

fn prepare(
    setting: &Setting,
    unit: UnitIndex,
    step: StepIndex,
    attempt: u32,
    bench: &Bench,
) -> Result<(Workspace, Command), Failure> {
    let migration = &setting.migration;
    let compiled = migration.compiled.step(step);
    let handle = bench.unit(migration, unit);
    let scope = handle.scope(compiled.reads, bench.overlay.as_ref(), &bench.outputs)?;
    let StepDeed::Run(command) = &compiled.deed else {
        return Err(Failure::new(FailureClass::Machine, "only `run:` steps are executed here"));
    };
    let script = text(command, &scope)?;
    let owner = handle.connector.map_or_else(|| "run".to_owned(), |connector| connector.name.file_name());
    let name = format!("{owner}.{}", compiled.id);
    let workspace = Workspace::lay_out(&setting.scratch, &name, bench.overlay.as_ref())
        .map_err(|error| workspace_failure(&error))?;
    let log = log_path(&setting.logs, &owner, compiled.id.as_str(), attempt);
    let mut command = Command::shell(&script, workspace.directory(), log);
    command.timeout = compiled.timeout;
    command.redactor = setting.redactor.clone();
    command.env = variables(&handle, bench, step, &workspace);
    for (name, value) in &compiled.env {
        let value = match value {
            CompiledEnv::Text(template) => text(template, &scope)?,
            CompiledEnv::Secret(variable) => setting.secrets.get(variable).cloned().unwrap_or_default(),
        };
        command.env.push((name.clone(), value));
    }
    Ok((workspace, command))
}

/// The variables that describe the connector and the run.
fn variables(unit: &Unit<'_>, bench: &Bench, step: StepIndex, workspace: &Workspace) -> Vec<(String, String)> {
    let frozen = &unit.migration.frozen;
    let base = bench.ground.as_ref().map_or_else(|| frozen.base.to_string(), |ground| ground.base.clone());
    let mut variables = vec![
        ("CUTOVER".to_owned(), "true".to_owned()),
        ("CUTOVER_RUN".to_owned(), frozen.run.to_string()),
        ("CUTOVER_WORKFLOW".to_owned(), frozen.workflow.name.clone()),
        ("CUTOVER_STEP".to_owned(), unit.migration.compiled.step(step).id.to_string()),
        ("CUTOVER_DATE".to_owned(), frozen.date.to_string()),
        ("CUTOVER_BASE".to_owned(), base),
        ("CUTOVER_OUTPUT".to_owned(), workspace.output_file().into_string()),
    ];
    for (name, value) in &frozen.inputs {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        variables.push((format!("CUTOVER_INPUT_{}", name.to_uppercase()), value));
    }
    let Some(connector) = unit.connector else { return variables };
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    let page = connector.documentation.as_ref().map(|page| workspace.place(page).into_string());
    variables.extend([
        ("CUTOVER_CONNECTOR_NAME".to_owned(), connector.name.to_string()),
        ("CUTOVER_CONNECTOR_PATH".to_owned(), connector.path.to_string()),
        ("CUTOVER_CONNECTOR_TYPE".to_owned(), optional(&connector.connector_type)),
        ("CUTOVER_CONNECTOR_LANGUAGE".to_owned(), optional(&connector.language)),
        ("CUTOVER_CONNECTOR_SUPPORT_LEVEL".to_owned(), optional(&connector.support_level)),
        ("CUTOVER_CONNECTOR_VERSION".to_owned(), optional(&connector.version)),
        ("CUTOVER_CONNECTOR_REPOSITORY".to_owned(), optional(&connector.repository)),
        ("CUTOVER_CONNECTOR_DOCUMENTATION".to_owned(), page.unwrap_or_default()),
    ]);
    variables
}

/// What the process left: outputs and changed files.
fn collect(workspace: &Workspace, declared: &[String], redactor: &Redactor) -> Executed {
    let given = match std::fs::read(workspace.output_file()) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => String::new(),
    };
    let mut outputs = match outputs::parse(&redactor.apply(&given)) {
        Ok(outputs) => outputs,
        Err(error) => return Failure::new(FailureClass::Process, error.to_string()).into(),
    };
    if let Some(missing) = declared.iter().find(|name| !outputs.contains_key(*name)) {
        let message = format!("it did not give its output `{missing}`");
        let hint = format!("write `{missing}=value` to the file named by $CUTOVER_OUTPUT");
        return Failure::new(FailureClass::Process, message).hint(hint).into();
    }
    outputs.retain(|name, _| declared.contains(name));
    let changes = match workspace.changes() {
        Ok(changes) => changes,
        Err(error) => return workspace_failure(&error).into(),
    };
    let mut files = Vec::new();
    let mut contents: Vec<Arc<[u8]>> = Vec::new();
    for (path, file) in &changes {
        if let Some(file) = file {
            if file.bytes.len() > LARGEST_FILE {
                let message = format!("it left {path}, which has {} bytes", file.bytes.len());
                return Failure::new(FailureClass::Process, message)
                    .hint("remove what is not to be committed, or name it in a .gitignore")
                    .into();
            }
            contents.push(Arc::clone(&file.bytes));
        }
        let content = file.as_ref().map(|file| (file.mode, content_hash(&file.bytes)));
        files.push(FileRecord { path: path.clone(), content });
    }
    // It stands in the commit's message, and a run that is resumed makes the same commit: no durations.
    let detail = match files.len() {
        0 => "run, changing nothing".to_owned(),
        changed => format!("run, changing {}", count(changed, "file")),
    };
    let result = StepResult { changed: !files.is_empty(), detail, outputs, warnings: vec![], files, question: None };
    Executed::Done { result, changes, contents }
}

fn failed(exit: &Exit) -> Failure {
    let class = match exit.status {
        Status::TimedOut(_) => FailureClass::Timeout,
        _ => FailureClass::Process,
    };
    // Where the whole output is depends on who asks; the report says it.
    Failure { tail: exit.tail.clone(), ..Failure::new(class, format!("its command {}", exit.status)) }
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
