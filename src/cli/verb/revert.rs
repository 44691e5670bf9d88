//! `cutover revert`: closes what a run has open, and opens the inverse of what it has merged, as a run of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use tokio::task::JoinSet;

use crate::base::{Clock, SystemClock, count};
use crate::cli::arguments::RunTarget;
use crate::cli::carry::{Taken, carry, conclude_with, runtime};
use crate::cli::context::Context;
use crate::cli::failed::Failed;
use crate::cli::outside::OutsideArguments;
use crate::cli::prepare::{moment, new_run_id};
use crate::cli::publishing::PublishingPlace;
use crate::cli::state::{Loaded, State, find_run};
use crate::cli::verb::close::{OUTCOMES, give_up};
use crate::cli::verb::refresh::new_base;
use crate::cli::verb::run::begin;
use crate::cli::{Exit, github, terminal, workflow_file};
use crate::engine::{Inverse, MergedUnit, NewBase, World, invert, prepared};
use crate::event::{Event, RunState, StepIndex, UnitIndex, UnitOutcome};
use crate::forge::{Forge, PullRequestState, Standing};
use crate::git::{CommitId, Repository};
use crate::journal::{Journal, Lock, RunHeader};
use crate::plan::{Compiled, Frozen, FrozenUnit, Migration, PlannedOutcome, PlannedStep, PlannedUnit, UnitPlan, diff};
use crate::report;
use crate::report::each::Row;

/// The workflow of the run that undoes another.
const WORKFLOW: &str = include_str!("revert.yaml");

/// The name of that workflow.
const NAME: &str = "revert";

/// Its first step: the one whose result is prepared.
const STEP: StepIndex = StepIndex(0);

/// What `revert` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The commit to stand on; the base branch as the remote has it if not given, or this repository's where the run
    /// has no remote.
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Only show what would be done to the files of what is merged.
    #[arg(long, visible_alias = "dry-run")]
    plan: bool,
    /// With `--plan`: show every diff.
    #[arg(long)]
    diff: bool,
    /// Do not ask before anything is done.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    outside: OutsideArguments,
    #[command(flatten)]
    target: RunTarget,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let repository = Repository::open(&arguments.target.place.repo)?;
    let state = State::of(&repository);
    let journal = state.journal()?;
    let header = undone_run(&journal, arguments.target.run.as_deref())?;
    if arguments.plan {
        let loaded = state.load(&repository, &journal, &header.id)?;
        return plan(arguments, &state, &loaded);
    }
    refuse_twice(&state, &repository, &journal, &header)?;
    let lock = Lock::acquire(state.directory(), &header.id, SystemClock.now())?;
    let loaded = state.load(&repository, &journal, &header.id)?;
    let question = format!("Close what run {} has open, and open the inverse of what it has merged?", header.id);
    if !arguments.yes && terminal::can_ask() && !terminal::ask(&question) {
        terminal::say("cutover: nothing was done");
        return Ok(Exit::Done);
    }
    // Known before anything is closed: a base that cannot be had ends the command here.
    let commit = new_base(&repository, &loaded.migration, arguments.base.as_deref())?;
    let given_up =
        give_up(&state, (&journal, lock), loaded, format!("Closed by `cutover revert` (run {}).", header.id), true)?;
    let (json, repo) = (arguments.target.output.is_json(), arguments.target.place.repo.as_str());
    let undoing = Undoing::look(&state, &repository, &given_up.migration, &given_up.state, commit)?;
    let mut rows: Vec<Row> = given_up.rows.into_iter().filter(|row| row.outcome != "merged").collect();
    rows.extend(undoing.rows.iter().cloned());
    let trouble = rows.iter().any(|row| row.is_trouble);
    for row in rows.iter().filter(|row| row.is_trouble) {
        terminal::say(&format!("cutover: {}: {}", row.name, row.reason.as_deref().unwrap_or_default()));
    }
    if undoing.units.is_empty() {
        let (run, base) = (&header.id, commit.to_string());
        if json {
            terminal::answer_json(&report::each::json("close", run, &base, &rows))?;
        } else {
            let heading = format!("Run {run} has nothing merged that could be undone");
            let titles: Vec<(&str, &str)> = OUTCOMES.into_iter().chain([("left", "Left as they are")]).collect();
            terminal::answer(&report::each::text(&heading, &titles, &rows, &terminal::stdout_style()))?;
        }
        return Ok(if trouble { Exit::SomeFailed } else { Exit::Done });
    }
    let closed = rows.iter().filter(|row| row.outcome == "closed").count();
    terminal::say(&format!("cutover: {} closed, {} to undo", count(closed, "connector"), undoing.units.len()));
    let taken = undoing.begin(&given_up.migration, arguments)?;
    let own = json!({ "run": header.id, "connectors": report::each::rows(&rows) });
    let exit = conclude_with(&carry(taken)?, "revert", json, repo, Some(("reverted", own)))?;
    Ok(if trouble && exit == Exit::Done { Exit::SomeFailed } else { exit })
}

/// The run to undo: the newest that does not itself undo another, if none is named.
fn undone_run(journal: &Journal, named: Option<&str>) -> Result<RunHeader, Failed> {
    if named.is_some() {
        return find_run(journal, named);
    }
    let newest = journal.runs()?.into_iter().find(|header| header.workflow != NAME);
    newest.map_or_else(|| find_run(journal, None), Ok)
}

/// A run is undone by one run at a time.
fn refuse_twice(state: &State, repository: &Repository, journal: &Journal, undone: &RunHeader) -> Result<(), Failed> {
    for header in journal.runs()?.into_iter().filter(|header| header.workflow == NAME) {
        let Loaded { migration, state: folded, .. } = state.load(repository, journal, &header.id)?;
        let same = migration.frozen.inputs.get("run").and_then(serde_json::Value::as_str) == Some(undone.id.as_str());
        let given_up = |(unit, _): (UnitIndex, _)| {
            matches!(folded.outcome(unit), UnitOutcome::Closed { .. } | UnitOutcome::ClosedByHuman { .. })
        };
        if same && !folded.connectors().all(given_up) {
            let (run, other) = (&undone.id, &header.id);
            return Err(Failed::usage(format!("run {run} is being undone already, by run {other}"))
                .hint(format!("go on with it (`cutover resume {other}`), or give it up (`cutover close {other}`)")));
        }
    }
    Ok(())
}

fn plan(arguments: &Arguments, state: &State, loaded: &Loaded) -> Result<Exit, Failed> {
    let Loaded { migration, context, state: folded, .. } = loaded;
    let repository = &context.repository;
    let commit = new_base(repository, migration, arguments.base.as_deref())?;
    let undoing = Undoing::look(state, repository, migration, folded, commit)?;
    let undo = undoing.migration(migration)?;
    let tree = repository.tree(&commit)?;
    let planned: Result<Vec<PlannedUnit>, Failed> =
        undoing.units.iter().zip(1..).map(|(unit, at)| unit.planned(UnitIndex(at), &tree)).collect();
    for row in undoing.rows.iter().filter(|row| row.is_trouble) {
        terminal::say(&format!("cutover: {}: {}", row.name, row.reason.as_deref().unwrap_or_default()));
    }
    let planned = planned?;
    if arguments.target.output.is_json() {
        terminal::answer_json(&report::plan::json(&undo, &planned, None))?;
    } else {
        let options = report::plan::Options { diff: arguments.diff };
        terminal::answer(&report::plan::text(&undo, &planned, None, &options, &terminal::stdout_style()))?;
    }
    Ok(Exit::Done)
}

/// What is undone, and on what.
struct Undoing {
    base: CommitId,
    repository: Repository,
    units: Vec<Undone>,
    /// The merged units that are left as they are.
    rows: Vec<Row>,
}

/// A merged unit and its inverse.
struct Undone {
    frozen: FrozenUnit,
    inverse: Inverse,
    standing: Standing,
}

impl Undoing {
    /// Asks as what everything was merged, and computes the inverse of each.
    fn look(
        state: &State,
        repository: &Repository,
        migration: &Migration,
        folded: &RunState,
        commit: CommitId,
    ) -> Result<Self, Failed> {
        let forge = state.forge(&migration.frozen)?;
        let remote = github::branches(&PublishingPlace::of(&migration.frozen), repository)?;
        let runtime = runtime()?;
        let units: Vec<UnitIndex> = folded.connectors().map(|(unit, _)| unit).collect();
        let asked = World::look(migration, folded, &units, &forge, (repository, remote.as_ref()));
        let world = runtime.block_on(asked)?;
        let merged: Vec<(UnitIndex, u64)> = units
            .into_iter()
            .filter_map(|unit| {
                let found = world.pull_request(unit).filter(|found| found.state == PullRequestState::Merged);
                Some((unit, folded.unit(unit).merged.or(found.map(|found| found.number))?))
            })
            .collect();
        let standings = runtime.block_on(standings(&forge, &merged))?;
        let base = NewBase::read(migration, commit, Arc::new(repository.tree(&commit)?))?;
        let by_message = repository.commits_of_run(&migration.frozen.run, &migration.frozen.base, &commit)?;
        let mut undoing = Self { base: commit, repository: repository.clone(), units: Vec::new(), rows: Vec::new() };
        for ((unit, _), standing) in merged.into_iter().zip(standings) {
            let frozen = migration.frozen.unit(unit);
            let name = frozen.connector.name.clone();
            let merged = MergedUnit {
                frozen,
                state: folded.unit(unit),
                merge_commit: standing.merge_commit.as_ref().and_then(|commit| commit.parse().ok()),
                by_message: by_message.get(&name).copied(),
            };
            match invert(migration, repository, &merged, &commit)? {
                Ok(inverse) => {
                    let connector = base.connector(&name).unwrap_or(&frozen.connector).clone();
                    let branch = format!("cutover/revert/{}/{name}", migration.frozen.run);
                    let frozen = FrozenUnit { connector, branch, promised_tree: None };
                    undoing.units.push(Undone { frozen, inverse, standing });
                }
                Err(why) => {
                    let reason = format!("pull request {} cannot be undone: {why}", standing.pull_request.number);
                    undoing.rows.push(Row { name, outcome: "left", reason: Some(reason), is_trouble: true });
                }
            }
        }
        Ok(undoing)
    }

    /// The run that undoes the other.
    fn migration(&self, undone: &Migration) -> Result<Migration, Failed> {
        let found = workflow_file::Found { name: format!("{NAME} (built in)"), bytes: WORKFLOW.as_bytes().to_vec() };
        let workflow = workflow_file::load(&found)?;
        let compiled = Compiled::new(workflow.clone())?.pushing(undone.frozen.remote.is_some());
        let (date, created_at) = moment(None);
        let mut inputs = serde_json::Map::new();
        inputs.insert("run".to_owned(), undone.frozen.run.as_str().into());
        let frozen = Frozen {
            run: new_run_id(created_at, false)?,
            created_at,
            date,
            workflow,
            inputs,
            base: self.base,
            options: crate::plan::RunOptions::default(),
            answers: crate::plan::Answers::default(),
            units: self.units.iter().map(|unit| unit.frozen.clone()).collect(),
            ..undone.frozen.clone()
        };
        Ok(Migration { compiled, frozen, profile: undone.profile.clone() })
    }

    /// Makes the run, with what it undoes written down as done.
    fn begin(&self, undone: &Migration, arguments: &Arguments) -> Result<Taken, Failed> {
        let migration = self.migration(undone)?;
        let context = Context::at(self.repository.clone(), self.base, undone.frozen.base_branch.clone())?;
        let mut taken = begin(context, migration, arguments.outside.open()?)?;
        for (unit, at) in self.units.iter().zip(1..) {
            let (result, contents) = prepared(&unit.inverse, &unit.standing.pull_request);
            let unit = UnitIndex(at);
            let done = [Event::Started { unit, step: STEP, attempt: 1 }, Event::Succeeded { unit, step: STEP, result }];
            for event in done {
                taken.state.apply(&event)?;
                taken.first.push(event);
            }
            taken.contents.extend(contents);
        }
        Ok(taken)
    }
}

impl Undone {
    /// The same in a plan.
    fn planned(&self, unit: UnitIndex, tree: &dyn crate::base::Tree) -> Result<PlannedUnit, Failed> {
        let (result, _) = prepared(&self.inverse, &self.standing.pull_request);
        let files = self.inverse.changes.iter().map(|(path, after)| {
            let before = tree.read(path).map_err(|error| Failed::usage(error.to_string()))?;
            Ok(diff(path, before.as_ref(), after.as_ref()))
        });
        let files: Result<Vec<_>, Failed> = files.collect();
        let title = &self.standing.pull_request.title;
        let step = |step, outcome, detail, warnings| PlannedStep { step, outcome, detail, warnings };
        Ok(PlannedUnit {
            unit,
            outcome: UnitPlan::Changed,
            steps: vec![
                step(STEP, PlannedOutcome::Changed, result.detail, result.warnings),
                step(
                    StepIndex(1),
                    PlannedOutcome::InTheRun,
                    format!("open a pull request: Revert: {title}"),
                    Vec::new(),
                ),
            ],
            files: files?,
            changes: self.inverse.changes.clone(),
            is_final: true,
            questions: Vec::new(),
        })
    }
}

/// Where each of these stands, in their order.
async fn standings(forge: &Arc<dyn Forge>, merged: &[(UnitIndex, u64)]) -> Result<Vec<Standing>, Failed> {
    let mut asked = JoinSet::new();
    for (unit, number) in merged {
        let (unit, number, forge) = (*unit, *number, Arc::clone(forge));
        asked.spawn(async move { (unit, forge.standing(number).await) });
    }
    let mut found = BTreeMap::new();
    while let Some(answer) = asked.join_next().await {
        let (unit, standing) = answer.map_err(|_| Failed::from(crate::engine::WorldError::Worker))?;
        found.insert(unit, standing?);
    }
    Ok(found.into_values().collect())
}
