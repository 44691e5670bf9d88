//! `cutover doctor`: whether a run would have what it needs: git, the remote, the forge, the registry, an engine that
//! builds images.

use clap::Args;

use crate::base::count;
use crate::cli::arguments::{Base, Output, Place, Publishing, Selection, WorkflowArguments};
use crate::cli::carry::runtime;
use crate::cli::context::Context;
use crate::cli::failed::Failed;
use crate::cli::outside::OutsideArguments;
use crate::cli::prepare::{Wishes, prepare};
use crate::cli::publishing::PublishingPlace;
use crate::cli::state::State;
use crate::cli::{Exit, engines, github, publishing, terminal, workflow_file};
use crate::event::Failure;
use crate::forge::{Finding, FindingState};
use crate::git::{GitError, Repository};
use crate::journal::Journal;
use crate::plan::{StepDeed, ask_run_steps, run_steps};
use crate::report;
use crate::workflow::PublishOptions;

/// The oldest git with everything that `revert` asks of it (`merge-tree --write-tree --merge-base`).
const GIT_FOR_ALL: (u32, u32) = (2, 40);

/// The oldest git with ref transactions (`update-ref --stdin` with `start` and `commit`).
const GIT_AT_LEAST: (u32, u32) = (2, 28);

/// What `doctor` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// A workflow: its forge, its remote and the registries that it asks and the engine that builds are looked at.
    workflow: Option<String>,
    /// An input of the workflow (may be repeated).
    #[arg(long, value_name = "KEY=VALUE")]
    input: Vec<String>,
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    outside: OutsideArguments,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    base: Base,
    #[command(flatten)]
    output: Output,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let context = Context::open(&arguments.place, &arguments.base)?;
    let workflow = arguments.workflow.as_deref();
    let workflow = workflow.map(|workflow| workflow_file::load(&workflow_file::find(workflow, Some(&context))?));
    let workflow = workflow.transpose()?;
    let options = workflow.as_ref().map_or_else(PublishOptions::default, |workflow| workflow.publish.clone());
    let mut findings = vec![git(&context.repository), author(&context.repository), journal(&context.repository)];
    match publishing::place(&context.repository, &options, &arguments.publishing) {
        Ok(place) => findings.extend(outside(&context, &place, &options)?),
        Err(failed) => findings.push(problem("forge", failed.message(), None)),
    }
    if let Some(workflow) = &arguments.workflow {
        match registry(&context, workflow, arguments) {
            Ok(found) => findings.extend(found),
            Err(failed) => findings.push(problem("workflow", failed.message(), None)),
        }
    }
    if let Some(workflow) = &workflow {
        findings.extend(engines::examine(workflow)?);
    }
    if arguments.output.is_json() {
        terminal::answer_json(&report::doctor::json(&findings))?;
    } else {
        terminal::answer(&report::doctor::text(&findings, &terminal::stdout_style()))?;
    }
    let stands = findings.iter().any(|finding| finding.state == FindingState::Problem);
    Ok(if stands { Exit::Permission } else { Exit::Done })
}

fn fine(what: &str, says: impl Into<String>) -> Finding {
    Finding { what: what.to_owned(), state: FindingState::Fine, says: says.into(), hint: None }
}

fn problem(what: &str, says: impl Into<String>, hint: Option<String>) -> Finding {
    Finding { what: what.to_owned(), state: FindingState::Problem, says: says.into(), hint }
}

fn trouble(what: &str, error: &GitError) -> Finding {
    problem(what, error.to_string(), error.hint())
}

fn git(repository: &Repository) -> Finding {
    let version = match repository.git_version() {
        Ok(version) => version,
        Err(error) => return trouble("git", &error),
    };
    let says = format!("version {}.{}", version.0, version.1);
    let hint = Some("install a newer git; cutover uses the one that is found first".to_owned());
    let state = match version {
        version if version >= GIT_FOR_ALL => return fine("git", says),
        version if version >= GIT_AT_LEAST => FindingState::Notice,
        _ => FindingState::Problem,
    };
    let says = format!("{says}; `cutover revert` needs {}.{}", GIT_FOR_ALL.0, GIT_FOR_ALL.1);
    Finding { what: "git".to_owned(), state, says, hint }
}

fn author(repository: &Repository) -> Finding {
    match repository.identity() {
        Ok(author) => fine("author", format!("commits are by {} <{}>", author.name(), author.email())),
        Err(error) => trouble("author", &error),
    }
}

fn journal(repository: &Repository) -> Finding {
    let state = State::of(repository);
    match Journal::open(state.directory()) {
        Ok(_) => fine("state", format!("the journal is in {}", state.directory())),
        Err(error) => {
            let failed = Failed::from(error);
            problem("state", failed.message(), None)
        }
    }
}

/// The remote and the forge.
fn outside(context: &Context, place: &PublishingPlace, options: &PublishOptions) -> Result<Vec<Finding>, Failed> {
    let mut findings = Vec::new();
    let what = if place.fork.is_some() { "fork" } else { "remote" };
    if let Some(remote) = github::branches(place, &context.repository)? {
        let found = context.repository.remote_branches(&remote, &["cutover/".to_owned()]);
        findings.push(match found {
            Ok(branches) => {
                fine(what, format!("{} answers; it has {} of cutover", remote.name(), count(branches.len(), "branch")))
            }
            Err(error) => trouble(what, &error),
        });
    }
    let state = State::of(&context.repository);
    match state.forge_at(place, options) {
        Ok(forge) => findings.extend(runtime()?.block_on(forge.examine(&context.base_branch))),
        Err(failed) => findings.push(problem("forge", failed.message(), None)),
    }
    Ok(findings)
}

/// What the run's own steps ask: registries, web servers.
fn registry(context: &Context, workflow: &str, arguments: &Arguments) -> Result<Vec<Finding>, Failed> {
    let Arguments { input, publishing, .. } = arguments;
    let whole = WorkflowArguments {
        workflow: workflow.to_owned(),
        input: input.clone(),
        date: None,
        publishing: publishing.clone(),
    };
    // The run's own steps do not depend on the connectors; none has to be looked at.
    let nobody = Selection { limit: Some(0), ..Selection::default() };
    let mut migration = prepare(context, &whole, &nobody, &Wishes::default())?;
    if !migration.compiled.asks() {
        return Ok(Vec::new());
    }
    let asked = runtime()?.block_on(ask_run_steps(&mut migration, &arguments.outside.open()?));
    if let Err((step, Failure { message, hint, .. })) = asked {
        let id = &migration.compiled.step(step).id;
        return Ok(vec![problem("registry", format!("step {id}: {message}"), hint)]);
    }
    let steps = run_steps(&migration).steps.into_iter();
    let asking = |step| matches!(migration.compiled.step(step).deed, StepDeed::Resolve(..));
    Ok(steps.filter(|planned| asking(planned.step)).map(|planned| fine("registry", planned.detail)).collect())
}
