//! `cutover adopt`: writes the journal of a run anew from what the world shows of it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use jiff::civil::Date;
use tokio::task::JoinSet;

use crate::base::{Clock, RunId, SystemClock, UnitName, count};
use crate::cli::arguments::{Base, Output, Place, Selection, WorkflowArguments};
use crate::cli::carry::runtime;
use crate::cli::context::Context;
use crate::cli::failed::Failed;
use crate::cli::outside::{self, OutsideArguments};
use crate::cli::prepare::{Draft, Origin, Wishes, author, moment, new_run_id};
use crate::cli::state::State;
use crate::cli::verb::run::begin;
use crate::cli::{Exit, github, shell, terminal};
use crate::engine::{NewBase, Rebuilding, Rebuilt, Trace, Trail};
use crate::event::{Event, Ground, RunState, UnitIndex, UnitOutcome};
use crate::forge::{Forge, ForgeError, PullRequest};
use crate::git::{CommitId, Placement, Repository, Signature};
use crate::journal::Journal;
use crate::plan::{Compiled, Frozen, Migration};
use crate::report;
use crate::report::each::Row;

/// What `adopt` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    workflow: WorkflowArguments,
    /// The run to rebuild; the newest that is found if not given.
    #[arg(long, value_name = "RUN", value_parser = run_id)]
    run: Option<RunId>,
    #[command(flatten)]
    outside: OutsideArguments,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    base: Base,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    output: Output,
}

fn run_id(text: &str) -> Result<RunId, String> {
    RunId::new(text).map_err(|error| error.to_string())
}

/// The outcomes of adopting.
const OUTCOMES: [(&str, &str); 6] = [
    ("merged", "Merged"),
    ("adopted", "Found as the run had left them"),
    ("as-it-is", "Taken as their branches are"),
    ("held", "Left to the person who has them"),
    ("gone", "Not in the base"),
    ("pending", "Not begun"),
];

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let context = Context::open(&arguments.place, &arguments.base)?;
    let draft = Draft::read(&context, &arguments.workflow)?;
    let state = State::of(&context.repository);
    let sight = Sight::look(arguments, &context, &draft, &state)?;
    refuse_known(&state, &sight.run)?;
    let rebuilt = sight.rebuild(arguments, &context, &draft)?;
    let rows = rebuilt.rows();
    let (run, base) = (sight.run.clone(), rebuilt.migration.frozen.base);
    rebuilt.write(arguments)?;
    if arguments.output.is_json() {
        terminal::answer_json(&report::each::json("adopt", &run, &base.to_string(), &rows))?;
    } else {
        let heading = format!("Run {run}, as far as the world shows it");
        let mut text = report::each::text(&heading, &OUTCOMES, &rows, &terminal::stdout_style());
        let repo = arguments.place.repo.as_str();
        let place = if repo == "." { String::new() } else { format!(" --repo {}", shell::quoted(repo)) };
        let _ =
            write!(text, "\nnext:\n  cutover resume{place} {run}  # go on with it\n  cutover status{place} {run}\n");
        terminal::answer(&text)?;
    }
    Ok(Exit::Done)
}

fn refuse_known(state: &State, run: &RunId) -> Result<(), Failed> {
    let journal = Journal::open_existing(state.directory())?;
    let known =
        journal.map_or(Ok(false), |journal| journal.runs().map(|runs| runs.iter().any(|known| known.id == *run)));
    if known? {
        return Err(Failed::usage(format!("run {run} is in the journal: there is nothing to rebuild"))
            .hint(format!("go on with it (`cutover resume {run}`), or name another one with --run")));
    }
    Ok(())
}

/// What the world shows of a run.
struct Sight {
    run: RunId,
    repository: Repository,
    /// What there is of each connector.
    found: BTreeMap<UnitName, (Option<Trail>, Option<PullRequest>)>,
    remote: bool,
}

impl Sight {
    /// Finds the branches and pull requests that a run of this workflow would have made.
    fn look(arguments: &Arguments, context: &Context, draft: &Draft, state: &State) -> Result<Self, Failed> {
        let repository = context.repository.clone();
        let trial = trial(arguments, context, draft)?;
        let remote = github::branches(&draft.place, &repository)?;
        let names: Vec<String> = trial.frozen.units.iter().map(|unit| unit.branch.clone()).collect();
        let heads = match &remote {
            Some(remote) => repository.fetch(remote, &names)?,
            None => repository.branches("")?,
        };
        let forge = state.forge_at(&draft.place, &draft.workflow.publish)?;
        let mut requests = runtime()?.block_on(pull_requests(&forge, &names))?;
        let mut traces = Vec::new();
        for unit in &trial.frozen.units {
            let name = &unit.connector.name;
            let head = heads.get(&unit.branch);
            let trail = head.map(|head| Trail::follow(&repository, *head, name)).transpose()?.flatten();
            let mut of_unit = requests.remove(&unit.branch).unwrap_or_default();
            of_unit.retain(|found| found.mark.as_ref().is_some_and(|mark| mark.connector == *name));
            traces.push((name.clone(), trail, of_unit));
        }
        let of_trails = traces.iter().filter_map(|(_, trail, _)| trail.as_ref().map(|trail| trail.run.clone()));
        let of_marks = traces.iter().flat_map(|(.., requests)| requests);
        let of_marks = of_marks.filter_map(|found| found.mark.as_ref().map(|mark| mark.run.clone()));
        let runs: BTreeSet<RunId> = of_trails.chain(of_marks).collect();
        let run = chosen(arguments, &runs, names.first())?;
        let found = traces.into_iter().filter_map(|(name, trail, requests)| {
            let trail = trail.filter(|trail| trail.run == run);
            let ours = |found: &PullRequest| found.mark.as_ref().is_some_and(|mark| mark.run == run);
            // The newest, if there are several.
            let request = requests.into_iter().rev().find(ours);
            (trail.is_some() || request.is_some()).then_some((name, (trail, request)))
        });
        let found = found.collect();
        Ok(Self { run, found, repository, remote: remote.is_some() })
    }

    /// The newest base that the branches begin at.
    fn base(&self) -> Result<Option<CommitId>, Failed> {
        let mut newest: Option<CommitId> = None;
        let bases: BTreeSet<CommitId> =
            self.found.values().filter_map(|(trail, _)| trail.as_ref().map(|trail| trail.base)).collect();
        for base in bases {
            newest = match newest {
                Some(known) if !self.repository.is_ancestor(&known, &base)? => Some(known),
                _ => Some(base),
            };
        }
        Ok(newest)
    }

    fn rebuild(&self, arguments: &Arguments, context: &Context, draft: &Draft) -> Result<Whole, Failed> {
        let base_branch = self.found.values().find_map(|(_, request)| request.as_ref().map(|found| found.base.clone()));
        let base_branch = base_branch.unwrap_or_else(|| context.base_branch.clone());
        let context = Context::at(self.repository.clone(), self.base()?.unwrap_or(context.base), base_branch)?;
        let selected = draft.selected(&context, &arguments.selection)?;
        let selected: BTreeSet<&UnitName> = selected.iter().map(|connector| &connector.name).collect();
        let mut connectors = context.connectors()?;
        connectors.retain(|one| selected.contains(&one.name) || self.found.contains_key(&one.name));
        let (origin, dates) = self.origin(arguments, &context)?;
        let mut migration = draft.freeze(&context, connectors, origin, &Wishes::default())?;
        if migration.compiled.asks() {
            outside::plan(&mut migration, &context.files(), &arguments.outside)?;
        }
        let traces = self.traces(&migration)?;
        let mut best: Option<Whole> = None;
        for date in dates {
            let frozen = Frozen { date, ..migration.frozen.clone() };
            let compiled = Compiled::new(frozen.workflow.clone())?.pushing(frozen.remote.is_some());
            let dated = Migration { compiled, frozen, profile: migration.profile.clone() };
            let whole = Whole::of(dated, &context, &traces, self)?;
            let exact = whole.exact();
            let done = exact == whole.with_trail;
            if best.as_ref().is_none_or(|best| best.exact() < exact) {
                best = Some(whole);
            }
            if done {
                break;
            }
        }
        best.ok_or_else(|| Failed::usage("no date is possible"))
    }

    /// What the commits say of when and by whom the run was made. A changelog's date is the one of the place where it was
    /// made, which a commit's time does not tell: the days around it are tried too.
    fn origin(&self, arguments: &Arguments, context: &Context) -> Result<(Origin, Vec<Date>), Failed> {
        let first = self.found.values().find_map(|(trail, _)| trail.as_ref()?.ours.first().map(|(_, facts)| facts));
        let (today, now) = moment(arguments.workflow.date);
        let created_at = first.and_then(|facts| facts.author_time).unwrap_or(now);
        let author = match first {
            Some(facts) => Signature::new(&facts.author_name, &facts.author_email)?,
            None => author(context, true)?,
        };
        let day = created_at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let dates = match arguments.workflow.date {
            Some(date) => vec![date],
            None if first.is_some() => {
                let around = [Ok(day), day.yesterday(), day.tomorrow()];
                around.into_iter().filter_map(Result::ok).collect()
            }
            None => vec![today],
        };
        Ok((Origin { run: self.run.clone(), date: dates[0], created_at, author }, dates))
    }

    /// What there is of each unit of the run.
    fn traces(&self, migration: &Migration) -> Result<Vec<Trace>, Failed> {
        let mut bases: BTreeMap<CommitId, NewBase> = BTreeMap::new();
        let mut traces = Vec::new();
        for unit in &migration.frozen.units {
            let (trail, pull_request) = self.found.get(&unit.connector.name).cloned().unwrap_or_default();
            let mut ground = None;
            if let Some(base) = trail.as_ref().map(|trail| trail.base).filter(|base| *base != migration.frozen.base) {
                let there = match bases.entry(base) {
                    Entry::Occupied(there) => there.into_mut(),
                    Entry::Vacant(place) => {
                        let tree = Arc::new(self.repository.tree(&base)?);
                        place.insert(NewBase::read(migration, base, tree)?)
                    }
                };
                let connector = there.connector(&unit.connector.name).cloned();
                ground = connector.map(|connector| Arc::new(Ground { base: base.to_string(), connector }));
            }
            traces.push(Trace { trail, pull_request, ground });
        }
        Ok(traces)
    }
}

/// Every connector with the branch that it would have.
fn trial(arguments: &Arguments, context: &Context, draft: &Draft) -> Result<Migration, Failed> {
    let (date, created_at) = moment(arguments.workflow.date);
    let run = match &arguments.run {
        Some(run) => run.clone(),
        None => new_run_id(created_at, false)?,
    };
    let author = Signature::new("cutover", "cutover@localhost")?;
    let trial =
        draft.freeze(context, context.connectors()?, Origin { run, date, created_at, author }, &Wishes::default())?;
    let references = trial.compiled.branch.references();
    if arguments.run.is_none()
        && references.iter().any(|reference| reference.path.first().is_some_and(|root| root == "run"))
    {
        return Err(Failed::usage("the names of this workflow's branches hold the run's id or date")
            .hint("say which run it is with --run, and its --date"));
    }
    Ok(trial)
}

fn chosen(arguments: &Arguments, runs: &BTreeSet<RunId>, example: Option<&String>) -> Result<RunId, Failed> {
    let listed = || runs.iter().map(RunId::as_str).collect::<Vec<_>>().join(", ");
    match &arguments.run {
        Some(run) if runs.contains(run) => Ok(run.clone()),
        Some(run) if runs.is_empty() => Err(Failed::usage(format!("nothing of run {run} is found"))),
        Some(run) => Err(Failed::usage(format!("nothing of run {run} is found")).hint(format!("found: {}", listed()))),
        None => {
            let newest = runs.last().cloned().ok_or_else(|| {
                let example = example.map_or("", String::as_str);
                Failed::usage("no branch and no pull request of a run of this workflow is found").hint(format!(
                    "branches such as {example} were looked for; give the inputs, the remote and the forge that the run had"
                ))
            })?;
            if runs.len() > 1 {
                terminal::say(&format!("cutover: found runs {}; taking the newest (--run names another)", listed()));
            }
            Ok(newest)
        }
    }
}

/// The pull requests of each branch, asked for all at once.
async fn pull_requests(
    forge: &Arc<dyn Forge>,
    branches: &[String],
) -> Result<BTreeMap<String, Vec<PullRequest>>, Failed> {
    let mut asked = JoinSet::new();
    for branch in branches {
        let (branch, forge) = (branch.clone(), Arc::clone(forge));
        asked.spawn(async move {
            let found: Result<Vec<PullRequest>, ForgeError> = forge.list(Some(&branch)).await;
            (branch, found)
        });
    }
    let mut found = BTreeMap::new();
    while let Some(answer) = asked.join_next().await {
        let (branch, requests) = answer.map_err(|_| Failed::from(crate::engine::WorldError::Worker))?;
        found.insert(branch, requests?);
    }
    Ok(found)
}

/// A run that is rebuilt, and not yet written down.
struct Whole {
    migration: Migration,
    context: Context,
    state: RunState,
    events: Vec<Event>,
    units: Vec<Rebuilt>,
    with_trail: usize,
    placements: Vec<Placement>,
    gone: Vec<UnitName>,
}

impl Whole {
    fn of(migration: Migration, context: &Context, traces: &[Trace], sight: &Sight) -> Result<Self, Failed> {
        let state = RunState::new(Arc::clone(&migration.compiled.graph), migration.frozen.units.len());
        let mut rebuilding = Rebuilding {
            migration: &migration,
            repository: &sight.repository,
            base: context.files(),
            state,
            events: Vec::new(),
        };
        rebuilding.run_steps()?;
        let mut units = Vec::with_capacity(traces.len());
        let mut placements = Vec::new();
        for (trace, at) in traces.iter().zip(1..) {
            let unit = UnitIndex(at);
            units.push(rebuilding.unit(unit, trace)?);
            let last = trace.trail.as_ref().and_then(|trail| trail.ours.last()).map(|(commit, _)| *commit);
            if let (Some(to), true) = (last, sight.remote) {
                placements.push(Placement { branch: migration.frozen.unit(unit).branch.clone(), from: None, to });
            }
        }
        let Rebuilding { state, events, .. } = rebuilding;
        let known: BTreeSet<&UnitName> = migration.frozen.units.iter().map(|unit| &unit.connector.name).collect();
        let gone = sight.found.keys().filter(|name| !known.contains(name)).cloned().collect();
        let with_trail = traces.iter().filter(|trace| trace.trail.is_some()).count();
        let context = Context::at(context.repository.clone(), context.base, context.base_branch.clone())?;
        Ok(Self { migration, context, state, events, units, with_trail, placements, gone })
    }

    /// How many branches came out commit by commit.
    fn exact(&self) -> usize {
        let exact = |(unit, rebuilt): &(UnitIndex, &Rebuilt)| {
            **rebuilt == Rebuilt::Exactly && self.state.unit(*unit).checkpoint.is_some()
        };
        let units = (1..).map(UnitIndex).zip(&self.units);
        units.filter(exact).count()
    }

    fn rows(&self) -> Vec<Row> {
        let row = |(unit, rebuilt): (UnitIndex, &Rebuilt)| {
            let name = self.migration.frozen.unit(unit).connector.name.clone();
            let outcome = self.state.outcome(unit);
            let word = match (&outcome, rebuilt) {
                (UnitOutcome::Merged { .. }, _) => "merged",
                (UnitOutcome::EditedByHuman { .. } | UnitOutcome::ClosedByHuman { .. }, _) => "held",
                (_, Rebuilt::Nothing) => "pending",
                (_, Rebuilt::Exactly) => "adopted",
                (_, Rebuilt::AsItIs) => "as-it-is",
            };
            let reason = (word == "as-it-is").then(|| {
                "what is on them cannot be computed again: a command made it, or the run had other inputs".to_owned()
            });
            Row { name, outcome: word, reason, is_trouble: false }
        };
        let mut rows: Vec<Row> = (1..).map(UnitIndex).zip(&self.units).map(row).collect();
        rows.extend(self.gone.iter().map(|name| Row {
            name: name.clone(),
            outcome: "gone",
            reason: None,
            is_trouble: true,
        }));
        rows
    }

    /// Puts the branches here where they are known to be, and writes the journal.
    fn write(self, arguments: &Arguments) -> Result<(), Failed> {
        let Self { migration, context, events, placements, .. } = self;
        let repository = context.repository.clone();
        let placed = repository.place_branches(&placements)?;
        let elsewhere = placed.iter().filter(|placed| !**placed).count();
        if elsewhere > 0 {
            let branches = count(elsewhere, "branch");
            terminal::say(&format!("cutover: {branches} of this repository had other commits and stayed as they were"));
        }
        let taken = begin(context, migration, arguments.outside.open()?)?;
        let writer = taken.journal.writer(taken.lock, Arc::new(SystemClock))?;
        let closed = Event::Closed { at: SystemClock.now() };
        let events: Vec<Event> = taken.first.into_iter().chain(events).chain([closed]).collect();
        let written = writer.append(&events, Vec::new()).wait();
        written.map_err(|error| Failed::new(Exit::SomeFailed, error.to_string()))?;
        writer.close();
        Ok(())
    }
}
