//! What a connector's hooks do to its image: recorded before it is built.

use std::fs;
use std::time::Duration;

use crate::action::{ExecuteError, Executing, disk};
use crate::container::BaseImage;
use crate::event::{Failure, FailureClass};
use crate::hooks::{BaseFacts, Customization, HookError, HookErrorClass, Hooks, Installed, Recording, Sandbox};
use crate::recipe::CODE;

/// How long hooks may take: they only say what is to be done.
const HOOKS: Duration = Duration::from_mins(1);

/// The platform of an image that was built for this machine.
pub(super) const HERE: &str = if cfg!(target_arch = "aarch64") { "linux/arm64" } else { "linux/amd64" };

/// What the connector's hooks want; nothing of a connector without any.
pub(super) async fn customization(
    executing: Executing<'_>,
    base: &BaseImage,
    labels: &[(&'static str, String)],
    platform: Option<&str>,
) -> Result<Customization, ExecuteError> {
    if !Recording::is_needed(executing.directory()) {
        return Ok(Customization::default());
    }
    let scratch = executing.scratch().join("hooks");
    fs::create_dir_all(&scratch).map_err(|error| disk(&scratch, &error))?;
    let facts = &base.facts;
    let told = BaseFacts {
        env: facts.env.clone(),
        labels: facts.labels.clone().into_iter().collect(),
        entrypoint: facts.entrypoint.clone(),
        default_args: facts.command.clone(),
        workdir: facts.workdir.clone().unwrap_or_default(),
        user: facts.user.clone().unwrap_or_default(),
        ..BaseFacts::new(&base.address, platform.unwrap_or(HERE))
    };
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let hooks = Hooks {
        files: &executing.places.files,
        directory: executing.directory(),
        scratch: &scratch,
        base: &told,
        installed: &Installed { code_directory: CODE.to_owned(), labels },
        python: "python3",
        time_limit: HOOKS,
    };
    let recording = Recording::prepare(&hooks, Sandbox::of_this_machine().await).map_err(|error| failure(&error))?;
    let command =
        executing.command("$ the hooks of build_customization.py", recording.program(), recording.args().to_vec());
    let exit = executing.run(recording.within(command)).await?;
    let customization =
        recording.read(&exit).map_err(|error| Failure { tail: exit.tail.clone(), ..failure(&error) })?;
    for note in &customization.notes {
        executing.note(note);
    }
    Ok(customization)
}

fn failure(error: &HookError) -> Failure {
    let class = match error.class() {
        HookErrorClass::Connector => FailureClass::Process,
        HookErrorClass::Timeout => FailureClass::Timeout,
        HookErrorClass::Machine => FailureClass::Machine,
    };
    Failure::new(class, error.to_string()).cause(error.cause()).hint(error.hint())
}
