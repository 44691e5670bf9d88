//! Building with dagger's own SDK and engine, where they are at hand: for hooks that ask a container what only a running
//! engine can say. The image is handed to docker, in whose daemon dagger's engine runs.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::connector::{Directory, Subject};
use super::engine::{answer, engine_failure, invoke};
use super::image::{facts_of, no_package};
use super::{Built, Wanted, Working};
use crate::action::{ExecuteError, Executing};
use crate::container::{BaseImage, loaded};
use crate::event::{Failure, FailureClass};
use crate::hooks::dagger::{Build, Dagger, Handover, Programs};
use crate::hooks::{Installed, MAIN_FILE};
use crate::recipe::{CODE, Recipe, Sources};

use super::customize::HERE;

/// Dagger as it is on this machine; asked for once by all connectors, and again after it was not there.
static FOUND: OnceCell<Dagger> = OnceCell::const_new();

/// Builds a connector from a base image.
pub(super) async fn from_base(
    executing: Executing<'_>,
    working: &Working,
    wanted: &Wanted,
    subject: &Subject,
    base: Arc<BaseImage>,
) -> Result<Built, ExecuteError> {
    refuse(executing, wanted)?;
    let connector = executing.subject.connector;
    let sources =
        Sources::read(&connector.path, &connector.technical_name, &Directory(executing.directory().to_owned()))
            .map_err(Failure::from)?;
    let finding = FOUND.get_or_try_init(|| Dagger::find(Programs::default()));
    let dagger = executing.wait("dagger", finding).await?.map_err(Failure::from)?;
    let recipe = Recipe {
        base: &base.name,
        user: None,
        home: &connector.path,
        sources: &sources,
        main_file: MAIN_FILE,
        pre: &[],
        mounts: &[],
        post: &[],
        labels: &[],
        wheels: false,
        no_index: false,
        variables: false,
    };
    let installation = recipe.installation_as_instructions();
    let labels = subject.labels.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let scratch = executing.scratch().join("dagger");
    let build = Build {
        files: &executing.places.files,
        directory: executing.directory(),
        scratch: &scratch,
        base: &base.address,
        platform: wanted.platform.as_deref().unwrap_or(HERE),
        install: &installation.instructions,
        taken: &installation.taken,
        package: sources.package.as_deref(),
        installed: &Installed { code_directory: CODE.to_owned(), labels },
        archive: &scratch.join("image.tar"),
    };
    let customization = hand_over(executing, &build, dagger).await?;
    let facts = load(executing, working, &build, &subject.tag).await?;
    let mut warnings = base.warnings.clone();
    warnings.extend(no_package(executing, &sources, &customization.main_file));
    Ok(Built { image: working.engine.known_as(&subject.tag), facts, base: Some(base), warnings })
}

/// What a build by dagger does not know; silence would leave it out.
fn refuse(executing: Executing<'_>, wanted: &Wanted) -> Result<(), Failure> {
    let unknown = if wanted.wheels.is_some() || wanted.no_index {
        "`wheels` and `no-index`"
    } else if !executing.env.is_empty() {
        "the step's `env:`"
    } else {
        return Ok(());
    };
    let what = format!("a build by dagger does not know {unknown}");
    Err(Failure::new(FailureClass::Machine, what).hint("leave it out, or take another `engine`"))
}

async fn hand_over(
    executing: Executing<'_>,
    build: &Build<'_>,
    dagger: &Dagger,
) -> Result<crate::hooks::Customization, ExecuteError> {
    let handover = Handover::prepare(build, dagger).map_err(Failure::from)?;
    let heading = format!("$ a build by dagger {}", dagger.version());
    let mut command = executing.command(&heading, handover.program(), handover.args().to_vec());
    command.env.extend(handover.env().iter().cloned());
    let exit = executing.run(command).await?;
    Ok(handover.read(&exit).map_err(|error| Failure { tail: exit.tail.clone(), ..Failure::from(error) })?)
}

/// Gives the image to docker, under its name.
async fn load(
    executing: Executing<'_>,
    working: &Working,
    build: &Build<'_>,
    tag: &str,
) -> Result<crate::container::ImageFacts, ExecuteError> {
    let unknown = || Failure::new(FailureClass::Machine, "docker does not say which image dagger has built");
    let said = answer(executing, working.engine.load(build.archive)).await?;
    let image = said.as_deref().and_then(loaded).ok_or_else(unknown)?;
    let exit = invoke(executing, working.engine.tag(&image, tag), |command| command).await?;
    if !exit.status.is_success() {
        return Err(engine_failure("its image could not be named", &exit).into());
    }
    facts_of(executing, working, &image).await
}
