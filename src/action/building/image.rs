//! From a connector to its image.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use camino::Utf8Path;

use super::connector::{Directory, Subject};
use super::customize::customization;
use super::engine::{answer, engine_failure, invoke};
use super::lay_out::LaidOut;
use super::{Built, Wanted, Working};
use crate::action::{ExecuteError, Executing, disk};
use crate::container::{BaseImage, Build, EngineKind, ImageFacts, Symptom, complaint, last_words, variables_script};
use crate::event::{Failure, FailureClass};
use crate::process::{Exit, Status};
use crate::recipe::{FILES, Packaging, Recipe, RecipeError, SIDE, Sources, VARIABLES, WHEELS};

impl From<RecipeError> for Failure {
    fn from(error: RecipeError) -> Self {
        Self::new(FailureClass::Edit, error.to_string()).hint(error.hint())
    }
}

/// Builds a connector from a base image.
pub(super) async fn from_base(
    executing: Executing<'_>,
    working: &Working,
    wanted: &Wanted,
    subject: &Subject,
    base: Arc<BaseImage>,
) -> Result<Built, ExecuteError> {
    let connector = executing.subject.connector;
    let sources =
        Sources::read(&connector.path, &connector.technical_name, &Directory(executing.directory().to_owned()))
            .map_err(Failure::from)?;
    let hooks = customization(executing, &base, &subject.labels, wanted.platform.as_deref()).await?;
    let files = &executing.places.files;
    for project in &sources.local {
        if !files.join(project.as_str()).exists() {
            let what = format!("it is installed with {project}, which a build does not see");
            return Err(Failure::new(FailureClass::Edit, what)
                .hint(format!("give the step `paths: [{project}]`"))
                .into());
        }
    }
    if !executing.directory().join(&hooks.main_file).is_file() {
        let what = format!("there is no {}, which is to start it", hooks.main_file);
        let hint = "add the file, or name another one as MAIN_FILE_NAME in build_customization.py";
        return Err(Failure::new(FailureClass::Edit, what).hint(hint).into());
    }
    let recipe = Recipe {
        base: &base.name,
        user: base.facts.user.as_deref(),
        home: &connector.path,
        sources: &sources,
        main_file: &hooks.main_file,
        pre: &hooks.pre,
        mounts: &hooks.mounts,
        post: &hooks.post,
        labels: &subject.labels,
        wheels: wanted.wheels.is_some(),
        no_index: wanted.no_index,
        variables: !executing.env.is_empty(),
    };
    let containerfile = recipe.containerfile().map_err(Failure::from)?;
    if working.engine.kind == EngineKind::Docker
        && let Some(name) = containerfile.unset_env.first()
    {
        let what = format!("build_customization.py takes the variable {name} away, which docker cannot");
        return Err(Failure::new(FailureClass::Machine, what).hint("build with buildah or podman").into());
    }
    let laid_out = LaidOut::empty(executing.scratch())?;
    laid_out.fill(&containerfile, files)?;
    let mut contexts: Vec<(&str, &Utf8Path)> = vec![(SIDE, &laid_out.side), (FILES, files)];
    contexts.extend(wanted.wheels.as_deref().map(|wheels| (WHEELS, wheels)));
    let secrets = secrets(executing, &laid_out)?;
    let build = Build {
        ignore_file: Some(&laid_out.ignore_file),
        contexts: &contexts,
        secrets: &secrets,
        reproducible: true,
        unset_env: &containerfile.unset_env,
        offline: true,
        ..usual(executing, wanted, subject, &laid_out, &laid_out.file)
    };
    let facts = built(executing, working, &build, Some(&sources)).await?;
    let mut warnings = base.warnings.clone();
    warnings.extend(hooks.notes);
    warnings.extend(no_package(executing, &sources, &hooks.main_file));
    Ok(Built { image: working.engine.known_as(&subject.tag), facts, base: Some(base), warnings })
}

/// What a person should know of a connector that has no package.
pub(super) fn no_package(executing: Executing<'_>, sources: &Sources, main_file: &str) -> Option<String> {
    let package = executing.subject.connector.technical_name.replace('-', "_");
    let what = || format!("there is no {package}/: of the connector's code only {main_file} is in the image");
    sources.package.is_none().then(what)
}

/// Builds a connector from its own Dockerfile, as `docker build` in its directory does.
pub(super) async fn from_dockerfile(
    executing: Executing<'_>,
    working: &Working,
    wanted: &Wanted,
    subject: &Subject,
) -> Result<Built, ExecuteError> {
    let laid_out = LaidOut::empty(executing.scratch())?;
    let file = executing.directory().join("Dockerfile");
    let build = usual(executing, wanted, subject, &laid_out, &file);
    let facts = built(executing, working, &build, None).await?;
    let warning = "it is built from its own Dockerfile, for its metadata names no base image".to_owned();
    Ok(Built { image: working.engine.known_as(&subject.tag), facts, base: None, warnings: vec![warning] })
}

fn usual<'a>(
    executing: Executing<'a>,
    wanted: &'a Wanted,
    subject: &'a Subject,
    laid_out: &'a LaidOut,
    file: &'a Utf8Path,
) -> Build<'a> {
    Build {
        tag: &subject.tag,
        file,
        context: &executing.places.directory,
        ignore_file: None,
        contexts: &[],
        secrets: &[],
        platform: wanted.platform.as_deref(),
        network: wanted.network,
        cache: wanted.cache,
        reproducible: false,
        unset_env: &[],
        offline: false,
        memory: executing.limits().memory,
        identity_file: &laid_out.identity,
    }
}

/// The step's variables as a secret of the build: they are seen while dependencies are installed, and are in no layer.
fn secrets<'a>(executing: Executing<'_>, laid_out: &'a LaidOut) -> Result<Vec<(&'static str, &'a Utf8Path)>, Failure> {
    if executing.env.is_empty() {
        return Ok(Vec::new());
    }
    let file = laid_out.variables.as_path();
    fs::write(file, variables_script(executing.env))
        .and_then(|()| fs::set_permissions(file, fs::Permissions::from_mode(0o600)))
        .map_err(|error| disk(file, &error))?;
    Ok(vec![(VARIABLES, file)])
}

/// Builds; once more where the engine itself stumbled.
async fn built(
    executing: Executing<'_>,
    working: &Working,
    build: &Build<'_>,
    sources: Option<&Sources>,
) -> Result<ImageFacts, ExecuteError> {
    let mut exit = invoke(executing, working.engine.build(build), |command| command).await?;
    if !exit.status.is_success() && Symptom::read(&exit.tail) == Some(Symptom::Stumbled) {
        executing.note("the engine could not start a process, which passes by itself: once more");
        exit = invoke(executing, working.engine.build(build), |command| command).await?;
    }
    if !exit.status.is_success() {
        return Err(failure(&exit, sources).into());
    }
    let identity = fs::read_to_string(build.identity_file).map_err(|error| disk(build.identity_file, &error))?;
    facts_of(executing, working, identity.trim()).await
}

/// What the engine knows of an image that is there.
pub(super) async fn facts_of(
    executing: Executing<'_>,
    working: &Working,
    image: &str,
) -> Result<ImageFacts, ExecuteError> {
    let facts = answer(executing, working.engine.inspect(image)).await?.and_then(|said| ImageFacts::read(&said));
    let unknown = || Failure::new(FailureClass::Machine, "the engine does not know the image that it has just built");
    Ok(facts.ok_or_else(unknown)?)
}

/// Why a build failed: what the machine or the network did, else what pip or poetry say.
fn failure(exit: &Exit, sources: Option<&Sources>) -> Failure {
    let doing = "its image could not be built";
    if matches!(exit.status, Status::Code(_))
        && Symptom::read(&exit.tail).is_none()
        && let Some(complaint) = complaint(&exit.tail).or_else(|| last_words(&exit.tail).map(str::to_owned))
    {
        let failure = Failure::new(FailureClass::Process, format!("{doing}: {complaint}"));
        let failure = Failure { tail: exit.tail.clone(), ..failure };
        return match sources.and_then(|sources| hint(&complaint, sources)) {
            Some(hint) => failure.hint(hint),
            None => failure,
        };
    }
    engine_failure(doing, exit)
}

/// What to do about a complaint that comes from how connectors are built rather than from the connector.
fn hint(complaint: &str, sources: &Sources) -> Option<String> {
    if complaint.contains("\"poetry\"") || complaint.contains("poetry: ") {
        return Some(
            "the base image has no poetry: take one that has, or install it in `pre_connector_install`".to_owned(),
        );
    }
    if complaint.starts_with("FileNotFoundError") && sources.packaging == Packaging::SetupPy {
        let seen = crate::base::sentence_list(&sources.descriptions);
        return Some(format!("the installation sees {seen}, as in the reference, and not the connector's code"));
    }
    if complaint.contains("No matching distribution") || complaint.contains("requires a different Python") {
        return Some("the base image's Python may be another one than the connector was made for; raise or loosen the requirement".to_owned());
    }
    None
}
