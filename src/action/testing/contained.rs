//! Programs in containers, each in one of its own, which goes with it.

use std::fs;
use std::time::Duration;

use camino::Utf8Path;

use crate::action::building::{Working, invoke};
use crate::action::{ExecuteError, Executing, disk};
use crate::base::Redactor;
use crate::container::{EngineKind, Network, Run, Symptom, Volume, container_name};
use crate::event::{Failure, FailureClass};
use crate::process::{Exit, Status};
use crate::workflow::Limits;

use super::installer::Call;

/// The engine's own failure, rather than that of what it ran.
const ENGINE_FAILED: i32 = 125;

/// What is run in a container.
#[derive(Clone, Copy)]
pub(super) struct Contained<'a> {
    /// The line above its output.
    pub(super) heading: &'a str,
    /// The program.
    pub(super) call: &'a Call,
    /// Its variables.
    pub(super) env: &'a [(String, String)],
    /// Its working directory.
    pub(super) workdir: &'a str,
    /// What must not be shown.
    pub(super) redactor: &'a Redactor,
    /// How long it may take; `None`: as long as the step has.
    pub(super) timeout: Option<Duration>,
}

/// A container for it.
pub(super) struct Container<'a> {
    pub(super) image: &'a str,
    pub(super) args: Vec<String>,
    pub(super) volumes: &'a [Volume],
    pub(super) user: &'a str,
}

/// Runs a container to its end. What fails for the engine's sake rather than for that of the program is an error.
pub(super) async fn run_container(
    executing: Executing<'_>,
    working: &Working,
    container: &Container<'_>,
    job: &Contained<'_>,
    capture: Option<usize>,
) -> Result<Exit, ExecuteError> {
    let name = container_name();
    let run = Run {
        image: container.image,
        name: &name,
        args: &container.args,
        env: job.env,
        volumes: container.volumes,
        workdir: Some(job.workdir),
        user: Some(container.user),
        network: Network::Default,
        limits: Limits { nice: None, ..executing.limits() },
        platform: None,
    };
    let scratch = executing.scratch();
    let invocation = working.engine.run(&run, scratch).map_err(|error| disk(scratch, &error))?;
    executing.note(job.heading);
    let ended = invoke(executing, invocation, |mut command| {
        if let Some(limit) = job.timeout {
            command.timeout = Some(command.timeout.map_or(limit, |left| left.min(limit)));
        }
        command.capture = capture;
        command.redactor = job.redactor.clone();
        // What hangs in a container hears no signal.
        command.grace = Duration::from_secs(1);
        command
    });
    let ended = ended.await;
    forget_variables(scratch, &name);
    let exit = ended?;
    if matches!(exit.status, Status::TimedOut(_) | Status::Signal(_)) {
        // The container outlives its client, where there is one.
        invoke(executing, working.engine.remove_containers(&[name]), |command| command).await?;
    }
    if exit.status == Status::Code(ENGINE_FAILED) { Err(not_run(exit).into()) } else { Ok(exit) }
}

/// Removes the file in which an engine was given variables: they may be secrets, and scratch directories may be kept.
fn forget_variables(scratch: &Utf8Path, name: &str) {
    for entry in scratch.read_dir_utf8().into_iter().flatten().flatten() {
        if entry.file_name().starts_with(name)
            && let Err(error) = fs::remove_file(entry.path())
        {
            tracing::warn!(%error, path = %entry.path(), "failed to remove a file of variables");
        }
    }
}

/// As whom tests run: as root, where that is us; a daemon would leave files that we could not remove.
pub(super) fn user(kind: EngineKind) -> String {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    match kind {
        EngineKind::Docker if !user.is_root() => format!("{}:{}", user.as_raw(), group.as_raw()),
        _ => "0:0".to_owned(),
    }
}

fn not_run(exit: Exit) -> Failure {
    let doing = "its image cannot be run";
    if let Some(symptom) = Symptom::read(&exit.tail) {
        return symptom.failure(doing, &exit.tail);
    }
    let failure = Failure::new(FailureClass::Machine, format!("{doing}: the engine {}", exit.status));
    Failure { tail: exit.tail, ..failure.cause(doing).hint("the end of the log says why") }
}
