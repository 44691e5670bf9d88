//! `run:` steps: a shell command in a scratch directory; the files it changes come back as edits.

use std::sync::Arc;

use crate::base::{Redactor, count};
use crate::event::{Failure, FailureClass, FileRecord, StepResult};
use crate::expression::Template;
use crate::journal::content_hash;
use crate::plan::text;
use crate::process::{self, Command, Exit, Status};

use super::super::outputs;
use super::super::workspace::Workspace;
use super::{Executed, Try, lost_worker, process_failure, variables, workspace_failure};

/// The largest file that a process may hand back, in bytes.
const LARGEST_FILE: usize = 64 << 20;

/// Runs one try of a `run:` step.
pub(super) async fn run(attempt: Try, script: &Template) -> Executed {
    let executor = attempt.executor.clone();
    let declared = attempt.compiled().outputs.clone();
    let script = script.clone();
    let prepared = tokio::task::spawn_blocking(move || prepare(&attempt, &script)).await;
    let (workspace, command) = match prepared {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(failure)) => return failure.into(),
        Err(_) => return lost_worker().into(),
    };
    let exit = match process::run(command, executor.cancel.clone()).await {
        Ok(exit) => exit,
        Err(error) => return process_failure(&error).into(),
    };
    if exit.status == Status::Cancelled {
        return Executed::Interrupted;
    }
    if !exit.status.is_success() {
        return failed(&exit).into();
    }
    let collected = tokio::task::spawn_blocking(move || collect(&workspace, &declared, &executor.redactor)).await;
    collected.unwrap_or_else(|_| lost_worker().into())
}

fn prepare(attempt: &Try, script: &Template) -> Result<(Workspace, Command), Failure> {
    let (executor, compiled) = (&attempt.executor, attempt.compiled());
    let scope = attempt.scope()?;
    let script = text(script, &scope)?;
    let overlay = attempt.bench.overlay.as_ref();
    let workspace =
        Workspace::lay_out(&executor.scratch, &attempt.workspace(), overlay, &compiled.paths, executor.keep)
            .map_err(|error| workspace_failure(&error))?;
    let mut command = Command::shell(&script, workspace.directory(), attempt.log());
    command.timeout = compiled.timeout;
    command.redactor = executor.redactor.clone();
    command.limits = compiled.limits;
    command.env = variables::describe(attempt, &workspace);
    command.env.extend(attempt.env(&scope)?);
    Ok((workspace, command))
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
