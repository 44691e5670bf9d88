//! From arguments to a frozen migration: the same for `plan`, `run` and `verify`.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value};

use crate::base::{Clock, RunId, SystemClock, UnitName};
use crate::connector::Connector;
use crate::expression::Scope;
use crate::git::{Signature, check_branch_name};
use crate::plan::{Answers, Compiled, FROZEN_VERSION, Frozen, FrozenUnit, Migration, RunOptions, fixed_scope, text};
use crate::select::Filters;
use crate::workflow::{MaxFailures, Workflow, input_values};

use super::arguments::{Selection, WorkflowArguments};
use super::context::{Context, inputs};
use super::failed::Failed;
use super::publishing::PublishingPlace;
use super::{publishing, terminal, workflow_file};

/// How a run is carried out, as the command line says it.
#[derive(Default)]
pub(super) struct Wishes {
    pub(super) jobs: Option<usize>,
    pub(super) fail_fast: bool,
    pub(super) max_failures: Option<MaxFailures>,
    /// A plan needs no author.
    pub(super) needs_author: bool,
}

/// Loads the workflow, selects the connectors, freezes everything.
pub(super) fn prepare(
    context: &Context,
    arguments: &WorkflowArguments,
    selection: &Selection,
    wishes: &Wishes,
) -> Result<Migration, Failed> {
    let draft = Draft::read(context, arguments)?;
    let connectors = draft.selected(context, selection)?;
    let (date, created_at) = moment(arguments.date);
    let run = new_run_id(created_at, arguments.date.is_some())?;
    let author = author(context, wishes.needs_author)?;
    let migration = draft.freeze(context, connectors, Origin { run, date, created_at, author }, wishes)?;
    terminal::warn(&migration.rollout_warnings());
    Ok(migration)
}

/// A workflow with its inputs and the place where it publishes.
pub(super) struct Draft {
    pub(super) workflow: Workflow,
    pub(super) inputs: Map<String, Value>,
    pub(super) place: PublishingPlace,
}

/// When a run was made, by whom, and what it is called.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) run: RunId,
    pub(super) date: Date,
    pub(super) created_at: Timestamp,
    pub(super) author: Signature,
}

impl Draft {
    /// What the command line says of a workflow.
    pub(super) fn read(context: &Context, arguments: &WorkflowArguments) -> Result<Self, Failed> {
        let workflow = workflow_file::load(&workflow_file::find(&arguments.workflow, Some(context))?)?;
        let inputs = input_values(&workflow, &inputs(&arguments.input)?).map_err(Failed::diagnostics)?;
        let place = publishing::place(&context.repository, &workflow.publish, &arguments.publishing)?;
        Ok(Self { workflow, inputs, place })
    }

    /// The connectors that the workflow and the command line select.
    pub(super) fn selected(&self, context: &Context, selection: &Selection) -> Result<Vec<Connector>, Failed> {
        let filters =
            Filters::of_workflow(&self.workflow.connectors).map_err(|wrong| Failed::diagnostics(vec![*wrong]))?;
        let listing = context.select(Some(filters), selection, &Scope::new().with("inputs", &self.inputs))?;
        terminal::warn(&listing.warnings);
        Ok(listing.selected().cloned().collect())
    }

    /// Freezes everything for these connectors.
    pub(super) fn freeze(
        &self,
        context: &Context,
        connectors: Vec<Connector>,
        origin: Origin,
        wishes: &Wishes,
    ) -> Result<Migration, Failed> {
        let (workflow, place) = (self.workflow.clone(), self.place.clone());
        let Origin { run, date, created_at, author } = origin;
        let frozen = Frozen {
            version: FROZEN_VERSION,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            run,
            created_at,
            date,
            inputs: self.inputs.clone(),
            base: context.base,
            base_branch: context.base_branch.clone(),
            author,
            forge: place.forge,
            repository: place.repository,
            api_url: place.api_url,
            remote: place.remote,
            fork: place.fork,
            options: options(&workflow, wishes, connectors.len()),
            answers: Answers::default(),
            units: Vec::new(),
            workflow: workflow.clone(),
        };
        let compiled = Compiled::new(workflow)?.pushing(frozen.remote.is_some());
        let units = units(&compiled, &frozen, connectors)?;
        Ok(Migration { compiled, frozen: Frozen { units, ..frozen }, profile: context.profile.clone() })
    }
}

/// Today and the time of commits: now, or the day that was given.
pub(super) fn moment(date: Option<Date>) -> (Date, Timestamp) {
    let now = SystemClock.now();
    let whole_second = Timestamp::from_second(now.as_second()).unwrap_or(now);
    match date {
        None => (SystemClock.today(), whole_second),
        Some(date) => (date, date.to_zoned(TimeZone::UTC).map_or(whole_second, |day| day.timestamp())),
    }
}

/// An id that sorts by time and that nobody has yet.
pub(super) fn new_run_id(created_at: Timestamp, given_date: bool) -> Result<RunId, Failed> {
    let now = if given_date { SystemClock.now() } else { created_at };
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let seed = format!("{}/{nanoseconds}", std::process::id());
    let hash = Frozen::hash(&seed);
    let id = format!("{}-{}", now.strftime("%Y%m%d-%H%M%S"), &hash[..4]);
    RunId::new(&id).map_err(|error| Failed::usage(error.to_string()))
}

/// Who the commits are by: the variables that git itself reads, then its configuration.
pub(super) fn author(context: &Context, needed: bool) -> Result<Signature, Failed> {
    let of_environment = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let found = match (of_environment("GIT_AUTHOR_NAME"), of_environment("GIT_AUTHOR_EMAIL")) {
        (Some(name), Some(email)) => Signature::new(&name, &email),
        (name, email) => context.repository.identity().and_then(|configured| {
            let name = name.unwrap_or_else(|| configured.name().to_owned());
            Signature::new(&name, &email.unwrap_or_else(|| configured.email().to_owned()))
        }),
    };
    match found {
        Ok(author) => Ok(author),
        Err(error) if needed => Err(error.into()),
        Err(_) => Ok(Signature::new("cutover", "cutover@localhost")?),
    }
}

/// How the run is carried out: the command line wins over the workflow.
pub(super) fn options(workflow: &Workflow, wishes: &Wishes, connectors: usize) -> RunOptions {
    let max_failures = wishes.max_failures.or(workflow.max_failures).map(|most| match most {
        MaxFailures::Count(count) => count.get(),
        MaxFailures::Percent(percent) => connectors * usize::from(percent) / 100,
    });
    RunOptions {
        jobs: wishes.jobs.or(workflow.concurrency.jobs.map(std::num::NonZero::get)),
        fail_fast: wishes.fail_fast || workflow.fail_fast,
        max_failures,
    }
}

/// Each connector with its branch; two connectors on one branch would undo each other.
fn units(compiled: &Compiled, frozen: &Frozen, connectors: Vec<Connector>) -> Result<Vec<FrozenUnit>, Failed> {
    let mut taken: BTreeMap<String, UnitName> = BTreeMap::new();
    let mut units = Vec::with_capacity(connectors.len());
    for connector in connectors {
        let branch = text(&compiled.branch, &fixed_scope(frozen, Some(&connector)))?;
        check_branch_name(&branch)?;
        if let Some(other) = taken.insert(branch.clone(), connector.name.clone()) {
            return Err(Failed::usage(format!("{other} and {} would both have the branch {branch}", connector.name))
                .hint("use `${{ connector.name }}` in `branch:`, which is different for each connector"));
        }
        units.push(FrozenUnit { connector, branch, promised_tree: None });
    }
    Ok(units)
}
