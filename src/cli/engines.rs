//! Whether this machine can build images, for `doctor`.

use std::time::Duration;

use crate::cli::failed::Failed;
use crate::container::{Engine, EngineChoice, EngineError, Engines, probe_error};
use crate::event::Failure;
use crate::forge::{Finding, FindingState};
use crate::process::{self, Cancel, Command};
use crate::workflow::{Step, StepAction, Workflow};

use super::carry::runtime;

/// The action that needs an engine.
const BUILDS: &str = "image.build";

/// How long an engine may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Whether there is an engine for the steps of a workflow that build; `None` if none does.
pub(super) fn examine(workflow: &Workflow) -> Result<Option<Finding>, Failed> {
    let Some(step) = workflow.steps.iter().find(|step| step.action.name() == BUILDS) else { return Ok(None) };
    let what = "engine".to_owned();
    Ok(Some(match runtime()?.block_on(find(choice(step))) {
        Ok(engine) => Finding { what, state: FindingState::Fine, says: format!("{} works", engine.kind), hint: None },
        Err(error) => {
            let failure = Failure::from(error);
            // A step with an `if` may never take place.
            let state = if step.if_.is_some() { FindingState::Notice } else { FindingState::Problem };
            Finding { what, state, says: format!("step {}: {}", step.id, failure.message), hint: failure.hint }
        }
    }))
}

/// What the step says; where an expression stands, any engine will do.
fn choice(step: &Step) -> EngineChoice {
    let StepAction::Uses { with, .. } = &step.action else { return EngineChoice::Auto };
    with.get("engine").and_then(|engine| serde_json::from_value(engine.clone()).ok()).unwrap_or_default()
}

async fn find(choice: EngineChoice) -> Result<Engine, EngineError> {
    let engines = Engines::default();
    let mut errors = Vec::new();
    for kind in choice.kinds() {
        let Some(program) = engines.program(*kind) else {
            errors.push(EngineError::NotFound(*kind));
            continue;
        };
        let isolation = engines.isolation(*kind);
        let engine = Engine { kind: *kind, program, contained: false, isolation, run_root: None };
        match tail(&engine).await {
            None => return Ok(engine),
            Some(tail) => errors.push(probe_error(*kind, &tail)),
        }
    }
    Err(if errors.len() == 1 { errors.remove(0) } else { EngineError::None(errors) })
}

/// What an engine says that does not work; `None` if it works.
async fn tail(engine: &Engine) -> Option<Vec<String>> {
    let failed = |error: &dyn std::fmt::Display| Some(vec![error.to_string()]);
    let directory = match tempfile::tempdir() {
        Ok(directory) => directory,
        Err(error) => return failed(&error),
    };
    let place = directory.path().to_string_lossy().into_owned();
    let probe = engine.probe();
    let mut command = Command::new(probe.program, place.as_str(), format!("{place}/log"));
    (command.args, command.env, command.timeout) = (probe.args, probe.env, Some(PATIENCE));
    match process::run(command, Cancel::never()).await {
        Ok(exit) if exit.status.is_success() => None,
        Ok(exit) => Some(exit.tail),
        Err(error) => failed(&error),
    }
}
