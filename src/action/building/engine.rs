//! Finding an engine that works, and running it.

use std::time::Duration;

use camino::Utf8PathBuf;

use crate::action::{ExecuteError, Executing, disk};
use crate::container::{
    Container, Engine, EngineChoice, EngineError, EngineKind, Halt, Hold, ImageFacts, Invocation, is_marked,
    probe_error, run_root,
};
use crate::event::{Failure, FailureClass};
use crate::process::{Command, Exit};

/// How long an engine may take to say whether it works.
const PROBING: Duration = Duration::from_mins(1);

/// How much of an engine's answer is read, in bytes.
const ANSWER: usize = 4 << 20;

impl From<Halt> for ExecuteError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Failed(failure) => Self::Failed(failure),
            Halt::Interrupted => Self::Interrupted,
        }
    }
}

impl From<ExecuteError> for Halt {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Failed(failure) => Self::Failed(failure),
            ExecuteError::Interrupted => Self::Interrupted,
        }
    }
}

/// An engine to work with. As long as it is held, nobody clears up after others.
#[derive(Debug)]
pub(crate) struct Working {
    /// The engine.
    pub(crate) engine: Engine,
    _hold: Hold,
}

/// The engine that a choice means, found and tried once for a command.
pub(crate) async fn engine(executing: Executing<'_>, choice: EngineChoice) -> Result<Working, ExecuteError> {
    let engines = &executing.machine.engines;
    let finding = engines.chosen(choice, executing.attempt, || async { Ok(find(executing, choice).await?) });
    let engine = executing.wait("a container engine", finding).await??;
    if engines.is_untidy() {
        tidy(executing, &engine).await?;
    }
    let place = meeting_place(executing, &engine);
    let held = tokio::task::spawn_blocking({
        let place = place.clone();
        move || Hold::with_others(&place)
    });
    let held = held.await.unwrap_or_else(|lost| Err(std::io::Error::other(lost)));
    let hold = held.map_err(|error| disk(&place, &error))?;
    Ok(Working { engine, _hold: hold })
}

/// Where all meet who share this engine's containers.
fn meeting_place(executing: Executing<'_>, engine: &Engine) -> Utf8PathBuf {
    engine.run_root.clone().unwrap_or_else(|| executing.machine.cache.clone())
}

async fn find(executing: Executing<'_>, choice: EngineChoice) -> Result<Engine, ExecuteError> {
    let mut errors = Vec::new();
    for kind in choice.kinds() {
        let Some(program) = executing.machine.engines.program(*kind) else {
            errors.push(EngineError::NotFound(*kind));
            continue;
        };
        match tried(executing, *kind, program).await? {
            Ok(engine) => {
                tidy(executing, &engine).await?;
                return Ok(engine);
            }
            Err(error) => errors.push(error),
        }
    }
    let error = if errors.len() == 1 { errors.remove(0) } else { EngineError::None(errors) };
    Err(Failure::from(error).into())
}

/// Whether an engine works for this user.
async fn tried(
    executing: Executing<'_>,
    kind: EngineKind,
    program: Utf8PathBuf,
) -> Result<Result<Engine, EngineError>, ExecuteError> {
    let shortly = |mut command: Command| {
        command.timeout = Some(command.timeout.map_or(PROBING, |left| left.min(PROBING)));
        command.capture = Some(ANSWER);
        command
    };
    let contained = match kind {
        EngineKind::Buildah => {
            // Where there is no such program, there are no such namespaces.
            match invoke(executing, Engine::probe_namespaces(), shortly).await {
                Ok(exit) => exit.status.is_success(),
                Err(ExecuteError::Failed(_)) => false,
                Err(interrupted) => return Err(interrupted),
            }
        }
        EngineKind::Podman | EngineKind::Docker => false,
    };
    let isolation = executing.machine.engines.isolation(kind);
    let engine = Engine { kind, program, contained, isolation, run_root: None };
    let probed = invoke(executing, engine.probe(), shortly).await?;
    if !probed.status.is_success() {
        return Ok(Err(probe_error(kind, &probed.tail)));
    }
    Ok(Ok(Engine { run_root: run_root(&probed.output), ..engine }))
}

/// Removes the containers that killed builds of ours have left, unless somebody may still work with them. What cannot
/// be removed now stays for the next time.
async fn tidy(executing: Executing<'_>, engine: &Engine) -> Result<(), ExecuteError> {
    let place = meeting_place(executing, engine);
    let alone = tokio::task::spawn_blocking(move || Hold::alone(&place)).await;
    let Ok(Ok(Some(_alone))) = alone else { return Ok(()) };
    let Some(listed) = answer(executing, engine.containers()).await? else { return Ok(()) };
    let mut ours = Vec::new();
    for container in engine.read_containers(&listed) {
        if is_ours(executing, engine, &container).await? {
            ours.push(container.id);
        }
    }
    if !ours.is_empty() {
        executing
            .note(&format!("removing {} that a killed build has left", crate::base::count(ours.len(), "container")));
        invoke(executing, engine.remove_containers(&ours), |command| command).await?;
    }
    Ok(())
}

async fn is_ours(executing: Executing<'_>, engine: &Engine, container: &Container) -> Result<bool, ExecuteError> {
    if let Some(known) = container.is_ours() {
        return Ok(known);
    }
    let facts = answer(executing, engine.inspect(&container.image)).await?.and_then(|said| ImageFacts::read(&said));
    Ok(facts.is_some_and(|facts| is_marked(&facts)))
}

/// What a command answers on its standard output; `None` if it fails.
pub(crate) async fn answer(executing: Executing<'_>, invocation: Invocation) -> Result<Option<Vec<u8>>, ExecuteError> {
    let exit = invoke(executing, invocation, |mut command| {
        command.capture = Some(ANSWER);
        command
    });
    let exit = exit.await?;
    Ok(exit.status.is_success().then_some(exit.output))
}

/// Runs an engine's command, with its words above its output in the log.
pub(crate) async fn invoke(
    executing: Executing<'_>,
    invocation: Invocation,
    shape: impl FnOnce(Command) -> Command,
) -> Result<Exit, ExecuteError> {
    let heading = format!("$ {}", invocation.line());
    let Invocation { program, args, env } = invocation;
    let mut command = executing.command(&heading, &program, args);
    command.env.extend(env);
    let ended = executing.run(shape(command)).await;
    if ended.as_ref().map_or(true, |exit| !matches!(exit.status, crate::process::Status::Code(_))) {
        executing.machine.engines.left_something();
    }
    ended
}

/// The failure of a command of the engine, by what it said last.
pub(super) fn engine_failure(doing: &str, exit: &Exit) -> Failure {
    if let Some(symptom) = crate::container::Symptom::read(&exit.tail) {
        symptom.failure(doing, &exit.tail)
    } else {
        let failure = Failure::new(FailureClass::Process, format!("{doing}: the engine {}", exit.status));
        Failure { tail: exit.tail.clone(), ..failure }
    }
}
