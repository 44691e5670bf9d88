//! Actions of class execute: they get the connector's files, a log, a place for results, and give back outputs.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;

use crate::action::{Bounds, Deadline, Execute, ExecuteError, Executed as Done, Executing, Places};
use crate::event::{Failure, FailureClass};
use crate::expression::Scope;
use crate::plan::{WithValue, render};

use super::super::workspace::Workspace;
use super::{Executed, Try, lost_worker, results_path, workspace_failure};

/// Runs one try of an action.
pub(super) async fn run(attempt: Try, execute: &Execute, with: &WithValue) -> Executed {
    let (with, env) = match prepare(&attempt, with) {
        Ok(prepared) => prepared,
        Err(failure) => return failure.into(),
    };
    let attempt = Arc::new(attempt);
    let laid_out = {
        let attempt = Arc::clone(&attempt);
        tokio::task::spawn_blocking(move || lay_out(&attempt)).await
    };
    let (workspace, places) = match laid_out {
        Ok(Ok(laid_out)) => laid_out,
        Ok(Err(failure)) => return failure.into(),
        Err(_) => return lost_worker().into(),
    };
    let executed = act(&attempt, execute, &with, &env, &places).await;
    // Virtual environments have thousands of files.
    let _ = tokio::task::spawn_blocking(move || drop(workspace)).await;
    match executed {
        Ok(Done::Done(result)) => Executed::Done { result, changes: BTreeMap::default(), contents: Vec::new() },
        Ok(Done::Skipped(reason)) => Executed::Skipped(reason),
        Err(ExecuteError::Failed(failure)) => Executed::Failed(*failure),
        Err(ExecuteError::Interrupted) => Executed::Interrupted,
    }
}

type Prepared = (serde_json::Value, Vec<(String, String)>);

fn prepare(attempt: &Try, with: &WithValue) -> Result<Prepared, Failure> {
    let scope: Scope = attempt.scope()?;
    Ok((render(with, &scope)?, attempt.env(&scope)?))
}

/// A build or a test that begins with less free space than this ends in the middle with a worse message, in bytes.
const LEAST_SPACE: u64 = 256 << 20;

fn check_space(directory: &Utf8Path) -> Result<(), Failure> {
    let existing = directory.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(directory);
    // A file system that does not say is tried.
    let Ok(facts) = rustix::fs::statvfs(existing.as_std_path()) else { return Ok(()) };
    let free = facts.f_bavail.saturating_mul(facts.f_frsize);
    if free >= LEAST_SPACE {
        return Ok(());
    }
    let (free, least) = (free >> 20, LEAST_SPACE >> 20);
    Err(Failure::new(
        FailureClass::Machine,
        format!("{existing} has {free} MiB left, and a build or test needs {least}"),
    )
    .cause("there is too little disk space for builds and tests")
    .hint("free some space, then `cutover resume --retry-failed`"))
}

fn lay_out(attempt: &Try) -> Result<(Workspace, Places), Failure> {
    let executor = &attempt.executor;
    let overlay = attempt.bench.overlay.as_ref();
    let paths = &attempt.compiled().paths;
    check_space(&executor.scratch)?;
    let workspace = Workspace::lay_out(&executor.scratch, &attempt.workspace(), overlay, paths, executor.keep)
        .map_err(|error| workspace_failure(&error))?;
    let log = attempt.log();
    // The action writes its log piece by piece; what an interrupted try left there is none of it.
    match std::fs::remove_file(&log) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(crate::action::disk(&log, &error)),
    }
    let places = Places {
        directory: workspace.directory(),
        files: workspace.files(),
        scratch: workspace.spare().map_err(|error| workspace_failure(&error))?,
        results: results_path(&executor.logs, &attempt.owner(), attempt.compiled().id.as_str()),
        log,
    };
    Ok((workspace, places))
}

async fn act(
    attempt: &Try,
    execute: &Execute,
    with: &serde_json::Value,
    env: &[(String, String)],
    places: &Places,
) -> Result<Done, ExecuteError> {
    let compiled = attempt.compiled();
    let Some(subject) = attempt.handle().subject() else {
        let message = format!("{} works on a connector, and this step is the run's own", compiled.action);
        return Err(Failure::new(FailureClass::Expression, message).hint("leave out `scope: run`").into());
    };
    let bounds = Bounds {
        deadline: compiled.timeout.map(Deadline::after),
        limits: compiled.limits,
        redactor: attempt.executor.redactor.clone(),
        cancel: attempt.executor.cancel.clone(),
    };
    let executing = Executing {
        subject,
        run: &attempt.migration().frozen.run,
        step: &compiled.id,
        attempt: attempt.attempt,
        places,
        env,
        machine: &attempt.executor.machine,
        outside: &attempt.executor.outside,
        bounds: &bounds,
    };
    (execute.act)(with, executing).await
}
