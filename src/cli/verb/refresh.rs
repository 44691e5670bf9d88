//! `cutover refresh`: makes open units anew on a base that has moved, and goes on with the run.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;

use crate::base::{Clock, SystemClock, UnitName, count};
use crate::cli::arguments::{RunTarget, Selection};
use crate::cli::carry::{Carried, Taken, carry, conclude_with, runtime};
use crate::cli::failed::Failed;
use crate::cli::github;
use crate::cli::manner::Manner;
use crate::cli::outside::OutsideArguments;
use crate::cli::publishing::PublishingPlace;
use crate::cli::state::{Loaded, State, find_run};
use crate::cli::{Exit, terminal};
use crate::engine::{Anew, NewBase, Proposal, Recovery, Refresher, Renewal, World, recover};
use crate::event::{Event, Holder, RunState, UnitIndex};
use crate::expression::Scope;
use crate::git::{CommitId, GitError, Remote, Repository};
use crate::journal::{Journal, Lock};
use crate::plan::Migration;
use crate::report;
use crate::report::each::Row;

/// What `refresh` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The commit to stand on; the base branch as the remote has it if not given, or this repository's where the run
    /// has no remote.
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Only say what would be done.
    #[arg(long, visible_alias = "dry-run")]
    plan: bool,
    /// Also make units anew for which nothing has changed that they touch.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    outside: OutsideArguments,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    target: RunTarget,
}

/// The outcomes of a refresh.
const OUTCOMES: [(&str, &str); 5] = [
    ("refreshed", "Refreshed"),
    ("to-refresh", "To refresh"),
    ("current", "Up to date"),
    ("left", "Left as they are"),
    ("later", "Beyond --limit"),
];

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let repository = Repository::open(&arguments.target.place.repo)?;
    let state = State::of(&repository);
    let journal = state.journal()?;
    let header = find_run(&journal, arguments.target.run.as_deref())?;
    if arguments.plan {
        let loaded = state.load(&repository, &journal, &header.id)?;
        return plan(arguments, &state, &journal, loaded);
    }
    let now = SystemClock.now();
    let lock = Lock::acquire(state.directory(), &header.id, now)?;
    let mut loaded = state.load(&repository, &journal, &header.id)?;
    let holder = Holder { pid: lock.facts().pid, host: lock.facts().host.clone() };
    let mut first = recover(&loaded.migration, &repository, &mut loaded.state, &Recovery::default(), (holder, now))?;
    let wave = Wave::look(arguments, &state, &journal, &mut loaded, &mut first)?;
    let rows = wave.carry_out(&mut loaded.state, &loaded.migration, arguments.all, &mut first)?;
    let told = tell(&rows);
    let Loaded { migration, context, state: folded, .. } = loaded;
    let (json, repo) = (arguments.target.output.is_json(), arguments.target.place.repo.as_str());
    let migration = Arc::new(migration);
    let carried = if folded.counts().open() == 0 && first.iter().all(is_housekeeping) {
        // Nothing is written for a run in which nothing has changed.
        Carried { migration, state: folded, stopped: None, elapsed: std::time::Duration::ZERO }
    } else {
        let (outside, contents, manner) = (arguments.outside.open()?, Vec::new(), arguments.manner);
        carry(Taken { migration, context, outside, journal, lock, state: folded, first, contents, manner })?
    };
    let exit = conclude_with(&carried, "refresh", json, repo, Some(("refresh", report::each::rows(&rows))))?;
    Ok(if told && exit == Exit::Done { Exit::SomeFailed } else { exit })
}

/// Events that taking a run on makes, whatever happens to it then.
fn is_housekeeping(event: &Event) -> bool {
    matches!(event, Event::Opened { .. } | Event::Reset { .. })
}

fn plan(arguments: &Arguments, state: &State, journal: &Journal, mut loaded: Loaded) -> Result<Exit, Failed> {
    let wave = Wave::look(arguments, state, journal, &mut loaded, &mut Vec::new())?;
    let Wave { base, rows, anew, .. } = wave;
    let names = anew.iter().map(|anew| loaded.migration.frozen.unit(anew.unit()).connector.name.clone());
    let made = names.map(|name| Row { name, outcome: "to-refresh", reason: None, is_trouble: false });
    let mut rows: Vec<Row> = rows.into_iter().chain(made).collect();
    in_order(&loaded.migration, &mut rows);
    let run = &loaded.migration.frozen.run;
    if arguments.target.output.is_json() {
        terminal::answer_json(&report::each::json("refresh-plan", run, &base.commit().to_string(), &rows))?;
    } else {
        let heading = format!("Refresh of run {run} onto {}, as it would be", base.commit().short());
        terminal::answer(&report::each::text(&heading, &OUTCOMES, &rows, &terminal::stdout_style()))?;
    }
    Ok(Exit::Done)
}

/// Says in a few lines what was done before the run goes on; whether something needs a person.
fn tell(rows: &[Row]) -> bool {
    let number = |outcome: &str| rows.iter().filter(|row| row.outcome == outcome).count();
    terminal::say(&format!(
        "cutover: {} refreshed, {} up to date, {} left as they are",
        count(number("refreshed"), "connector"),
        number("current"),
        number("left"),
    ));
    for row in rows.iter().filter(|row| row.is_trouble) {
        terminal::say(&format!("cutover: {}: {}", row.name, row.reason.as_deref().unwrap_or_default()));
    }
    rows.iter().any(|row| row.is_trouble)
}

/// The connectors in the order of the run.
fn in_order(migration: &Migration, rows: &mut [Row]) {
    let place = |row: &Row| migration.frozen.units.iter().position(|unit| unit.connector.name == row.name);
    rows.sort_by_key(place);
}

/// What one refresh is about.
struct Wave<'a> {
    base: NewBase,
    repository: Repository,
    journal: &'a Journal,
    tree: Arc<dyn crate::base::Tree>,
    anew: Vec<Anew>,
    /// The units that stay as they are.
    rows: Vec<Row>,
}

impl<'a> Wave<'a> {
    /// Looks at the world and computes what is to be done. What the world has to tell goes into `first`.
    fn look(
        arguments: &Arguments,
        state: &State,
        journal: &'a Journal,
        loaded: &mut Loaded,
        first: &mut Vec<Event>,
    ) -> Result<Self, Failed> {
        let Loaded { migration, context, state: folded, .. } = loaded;
        let repository = context.repository.clone();
        let commit = new_base(&repository, migration, arguments.base.as_deref())?;
        let base = NewBase::read(migration, commit, Arc::new(repository.tree(&commit)?))?;
        let selected = selected(arguments, context)?;
        let name = |unit: UnitIndex| &migration.frozen.unit(unit).connector.name;
        let units: Vec<UnitIndex> = folded.connectors().map(|(unit, _)| unit).collect();
        let units: Vec<UnitIndex> = units
            .into_iter()
            .filter(|unit| selected.as_ref().is_none_or(|names| names.contains(name(*unit))))
            .collect();
        let forge = state.forge(&migration.frozen)?;
        let remote = github::branches(&PublishingPlace::of(&migration.frozen), &repository)?;
        let asked = World::look(migration, folded, &units, &forge, (&repository, remote.as_ref()));
        let world = runtime()?.block_on(asked)?;
        for unit in &units {
            for event in world.news(migration, folded, *unit) {
                folded.apply(&event)?;
                first.push(event);
            }
        }
        let tree = context.files();
        let refresher = Refresher::new(migration, folded, repository.clone(), journal.clone(), Arc::clone(&tree));
        let proposals = refresher.propose(folded, &units, &base, arguments.all);
        let mut wave = Self { base, repository, journal, tree, anew: Vec::new(), rows: Vec::new() };
        for (unit, proposal) in units.iter().zip(proposals) {
            let row = |outcome, reason, is_trouble| Row { name: name(*unit).clone(), outcome, reason, is_trouble };
            wave.rows.push(match proposal {
                Proposal::Anew(_) if world.is_gone(migration, folded, *unit) => {
                    let reason = "its branch is not in the remote repository any more".to_owned();
                    row("left", Some(reason), true)
                }
                Proposal::Anew(_) if arguments.selection.limit.is_some_and(|limit| wave.anew.len() >= limit) => {
                    row("later", None, false)
                }
                Proposal::Anew(anew) => {
                    wave.anew.push(*anew);
                    continue;
                }
                Proposal::Current => row("current", None, false),
                Proposal::Left(left) => row("left", Some(left.reason(migration)), left.is_trouble()),
            });
        }
        Ok(wave)
    }

    /// Writes the commits; what the journal has to know goes into `first`.
    fn carry_out(
        self,
        folded: &mut RunState,
        migration: &Migration,
        all: bool,
        first: &mut Vec<Event>,
    ) -> Result<Vec<Row>, Failed> {
        let Self { base, repository, journal, tree, anew, mut rows } = self;
        let refresher = Refresher::new(migration, folded, repository, journal.clone(), tree);
        for (unit, renewal) in refresher.write(folded, &base, all, anew)? {
            let name = migration.frozen.unit(unit).connector.name.clone();
            let (outcome, reason, is_trouble, events) = match renewal {
                Renewal::Done(events) => ("refreshed", None, false, events),
                Renewal::Held(event) => {
                    ("left", Some("a person has committed to its branch".to_owned()), false, vec![event])
                }
                Renewal::Left(left) => ("left", Some(left.reason(migration)), left.is_trouble(), Vec::new()),
            };
            for event in events {
                folded.apply(&event)?;
                first.push(event);
            }
            rows.push(Row { name, outcome, reason, is_trouble });
        }
        in_order(migration, &mut rows);
        Ok(rows)
    }
}

/// The commit to stand on.
pub(in crate::cli) fn new_base(
    repository: &Repository,
    migration: &Migration,
    given: Option<&str>,
) -> Result<CommitId, Failed> {
    let frozen = &migration.frozen;
    let branch = &frozen.base_branch;
    let found = match (given, &frozen.remote) {
        (Some(revision), _) => repository.resolve(revision)?,
        (None, Some(name)) => {
            let remote = github::remote(&PublishingPlace::of(frozen))?.unwrap_or_else(|| Remote::new(name));
            let fetched = repository.fetch(&remote, std::slice::from_ref(branch))?;
            fetched.get(branch).copied().ok_or_else(|| {
                Failed::usage(format!("the remote {name} has no branch {branch}, which the run is based on"))
                    .hint("name the commit to stand on with --base")
            })?
        }
        (None, None) => repository.branch(branch)?.ok_or_else(|| {
            Failed::usage(format!("there is no branch {branch} here, which the run is based on"))
                .hint("name the commit to stand on with --base")
        })?,
    };
    if found != frozen.base && is_older(repository, &found, &frozen.base)? {
        let (found, base) = (found.short(), frozen.base.short());
        return Err(Failed::usage(format!("{found} is older than {base}, which the run is based on"))
            .hint("bring the branch up to date first (git fetch, git pull), or name a newer commit with --base"));
    }
    Ok(found)
}

fn is_older(repository: &Repository, found: &CommitId, base: &CommitId) -> Result<bool, GitError> {
    repository.is_ancestor(found, base)
}

/// The connectors that the command line selects; `None`: all of them.
fn selected(
    arguments: &Arguments,
    context: &crate::cli::context::Context,
) -> Result<Option<BTreeSet<UnitName>>, Failed> {
    // The limit counts what is made anew, not what is looked at.
    let selection = Selection { limit: None, ..arguments.selection.clone() };
    if !selection.is_given() {
        return Ok(None);
    }
    let listing = context.select(None, &selection, &Scope::new())?;
    terminal::warn(&listing.warnings);
    Ok(Some(listing.selected().map(|connector| connector.name.clone()).collect()))
}
