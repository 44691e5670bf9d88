//! Whether a connector's image runs: it must answer `spec`.

use std::time::Duration;

use serde_json::Value;

use super::engine::{engine_failure, invoke};
use super::{Built, Working};
use crate::action::{ExecuteError, Executing, disk};
use crate::container::{Network, Run, Symptom, complaint, container_name};
use crate::event::{Failure, FailureClass};
use crate::process::{Command, Exit, Status};
use crate::recipe::read_spec;
use crate::workflow::Limits;

/// The longest answer that is read, in bytes.
const ANSWER: usize = 16 << 20;

/// How much of an answer that is none is written to the log, in lines.
const SHOWN: usize = 20;

/// Runs `spec` in an image; the specification.
pub(crate) async fn ask_for_specification(
    executing: Executing<'_>,
    working: &Working,
    built: &Built,
    platform: Option<&str>,
    limit: Duration,
) -> Result<Value, ExecuteError> {
    let mut args = built.facts.entrypoint.clone();
    if args.is_empty() {
        let failure =
            Failure::new(FailureClass::Process, "its image has no entry point, so `spec` cannot be asked for");
        return Err(failure.hint("set one in the Dockerfile: ENTRYPOINT [\"python\", \"/airbyte/…/main.py\"]").into());
    }
    args.push("spec".to_owned());
    let name = container_name();
    let run = Run {
        image: &built.facts.id,
        name: &name,
        args: &args,
        env: &[],
        volumes: &[],
        workdir: None,
        user: None,
        // A connector knows by itself what it can be configured with.
        network: Network::None,
        limits: Limits { nice: None, ..executing.limits() },
        platform,
    };
    let mut exit = asked(executing, working, &run, limit).await?;
    if exit.status.is_success() && exit.output.is_empty() {
        // Asking costs nothing, and buildah 1.28 has been seen to lose the words of a short command on a busy machine.
        executing.note("it said nothing at all: once more");
        exit = asked(executing, working, &run, limit).await?;
    }
    let output = String::from_utf8_lossy(&exit.output);
    let read = read_spec(&output);
    if let (Ok(specification), true) = (&read, exit.status.is_success()) {
        executing.note("SPEC: valid");
        return Ok(specification.clone());
    }
    if matches!(exit.status, Status::TimedOut(_)) {
        // The container outlives its client, where there is one.
        let names = [name.clone()];
        invoke(executing, working.engine.remove_containers(&names), |command| command).await?;
    }
    for line in output.lines().take(SHOWN) {
        executing.note(line);
    }
    Err(failure(&exit, &output, limit, read.err()).into())
}

/// Asks once.
async fn asked(
    executing: Executing<'_>,
    working: &Working,
    run: &Run<'_>,
    limit: Duration,
) -> Result<Exit, ExecuteError> {
    let scratch = executing.scratch();
    let invocation = working.engine.run(run, scratch).map_err(|error| disk(scratch, &error))?;
    let shaped = |mut command: Command| {
        command.timeout = Some(command.timeout.map_or(limit, |left| left.min(limit)));
        command.capture = Some(ANSWER);
        // What hangs in a container hears no signal.
        command.grace = Duration::from_secs(1);
        command
    };
    invoke(executing, invocation, shaped).await
}

fn failure(exit: &Exit, output: &str, limit: Duration, error: Option<crate::recipe::SpecError>) -> Failure {
    let said: Vec<String> = output.lines().map(str::to_owned).collect();
    let said = said[said.len().saturating_sub(SHOWN)..].to_vec();
    let tail = if exit.tail.is_empty() { said } else { exit.tail.clone() };
    let failure = match (exit.status, error) {
        (Status::TimedOut(_), _) => {
            Failure::new(FailureClass::Timeout, format!("`spec` did not end within {} s", limit.as_secs()))
                .hint("a connector must answer `spec` without a network and without waiting for anything; `spec-timeout` gives it longer")
        }
        (Status::Code(0), Some(error)) => {
            let hint = error.hint();
            Failure::new(FailureClass::Process, format!("`spec` {error}")).hint(hint)
        }
        (Status::Code(125), _) => engine_failure("`spec` could not be run", exit),
        (status, error) => match (Symptom::read(&exit.tail), complaint(&exit.tail)) {
            (Some(symptom @ (Symptom::NoSpace | Symptom::NoMemory | Symptom::Processor | Symptom::Stumbled)), _) => {
                symptom.failure("`spec` could not be run", &exit.tail)
            }
            (_, Some(complaint)) => Failure::new(FailureClass::Process, format!("`spec` failed: {complaint}")),
            (_, None) => {
                let said = error.map_or_else(String::new, |error| format!(" and {error}"));
                Failure::new(FailureClass::Process, format!("`spec` {status}{said}"))
            }
        },
    };
    Failure { tail, ..failure }
}
