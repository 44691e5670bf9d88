//! What a child process does: begins the run or takes it on, exactly as the command line does.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use cutover::action::{Machine, Outside};
use cutover::base::{Redactor, RunId, SystemClock};
use cutover::connector::{Profile, discover};
use cutover::engine::{Executor, Interrupt, Job, Recovery, carry_out, recover};
use cutover::event::{Event, Holder, RunState};
use cutover::forge::{Credential, Forge, GitHubForge, GitHubSettings, Limits, LocalForge, Secret, TokenSource};
use cutover::git::{Remote, Repository, Signature};
use cutover::journal::{Journal, Lock, RunRecord, WriteObserver, WritePoint};
use cutover::plan::{Compiled, FROZEN_VERSION, Frozen, FrozenUnit, Migration, RunOptions, fixed_scope, text};
use cutover::process::Cancel;
use cutover::workflow::{ForgeKind, load_bytes};
use jiff::Timestamp;
use tokio::sync::watch;

use super::monorepo::utf8;

/// The repository.
pub(crate) const SITE: &str = "CUTOVER_CRASH_SITE";
/// The workflow file.
pub(crate) const WORKFLOW: &str = "CUTOVER_CRASH_WORKFLOW";
/// How many units at once; not set: as many as the engine likes.
pub(crate) const JOBS: &str = "CUTOVER_CRASH_JOBS";
/// The address of a double of GitHub and its token, with a blank between them; not set: the local forge.
pub(crate) const GITHUB: &str = "CUTOVER_CRASH_GITHUB";
/// Whether what failed is tried again.
pub(crate) const RETRY: &str = "CUTOVER_CRASH_RETRY";
/// At which commit of the journal the process kills itself: `Before(3)`.
pub(crate) const KILL: &str = "CUTOVER_CRASH_KILL";

/// The run of every test.
pub(crate) const RUN: &str = "crash-1";

/// The repository on GitHub.
const OWNER_AND_NAME: (&str, &str) = ("acme", "connectors");

/// What a child cannot do is said and ends it.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[test]
fn carries_a_run_out() {
    let Ok(site) = std::env::var(SITE) else { return };
    match carry(&utf8(site.as_ref())) {
        Ok(()) => println!("ended"),
        Err(error) => {
            println!("error: {error}");
            process::exit(3);
        }
    }
}

/// Where a repository's state is.
pub(crate) fn state_of(repository: &Repository) -> Utf8PathBuf {
    repository.common_dir().join("cutover")
}

fn carry(root: &Utf8Path) -> Outcome<()> {
    let repository = Repository::open(root)?;
    let directory = state_of(&repository);
    let (journal, run) = (Journal::open(&directory)?, RunId::new(RUN)?);
    let commits = Arc::new(AtomicU64::new(0));
    let journal = journal.observed(observer(Arc::clone(&commits), std::env::var(KILL).ok()));
    let lock = Lock::acquire(&directory, &run, Timestamp::now())?;
    let (migration, state, first) = match journal.find(RUN) {
        Ok(_) => take_on(&repository, &journal, &lock)?,
        Err(_) => begin(&repository, &journal, &lock)?,
    };
    let (forge, remote) = outside(&migration.frozen, &directory)?;
    let writer = journal.writer(lock, Arc::new(SystemClock))?;
    writer.append(&first, Vec::new()).wait()?;
    let base = Arc::new(repository.tree(&migration.frozen.base)?);
    let executor = Executor {
        migration: Arc::new(migration),
        logs: directory.join("logs").join(RUN),
        scratch: directory.join("scratch").join(RUN),
        secrets: Arc::default(),
        redactor: Redactor::default(),
        cancel: Cancel::never(),
        machine: Arc::new(Machine::new(directory.join("cache"))),
        outside: Arc::new(Outside::offline()),
        keep: false,
    };
    let job = Job { executor, base, repository, state, writer, journal, forge, remote, watch: None };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (_sender, interrupts) = watch::channel(Interrupt::None);
    runtime.block_on(carry_out(job, interrupts, Arc::new(|_| ())))?;
    println!("commits {}", commits.load(Ordering::Relaxed));
    Ok(())
}

/// The forge of the run, and where its commits are pushed.
fn outside(frozen: &Frozen, directory: &Utf8Path) -> Outcome<(Arc<dyn Forge>, Option<Remote>)> {
    let Ok(github) = std::env::var(GITHUB) else {
        return Ok((Arc::new(LocalForge::new(&directory.join("forge"), Arc::new(SystemClock))?), None));
    };
    let (url, token) = github.split_once(' ').ok_or("no token is given")?;
    let credential = Credential::Token { secret: Secret::new(token), from: TokenSource::Environment("GITHUB_TOKEN") };
    let (owner, name) = OWNER_AND_NAME;
    let mut settings = GitHubSettings::new(owner, name, credential, directory.join("budget"));
    settings.api_url = frozen.api_url.clone().ok_or("the run knows no address")?;
    settings.limits = Limits { per_minute: u32::MAX, per_hour: u32::MAX, spacing: Duration::ZERO, ..Limits::default() };
    let remote = Remote::new(frozen.remote.clone().ok_or("the run knows no remote")?).with_token(url, token);
    Ok((Arc::new(GitHubForge::new(settings)?), Some(remote)))
}

/// Kills this process at the point that is named, and counts the others.
fn observer(commits: Arc<AtomicU64>, kill: Option<String>) -> WriteObserver {
    Arc::new(move |point: WritePoint| {
        if let WritePoint::After(number) = point {
            commits.store(number, Ordering::Relaxed);
        }
        if kill.as_deref() == Some(&format!("{point:?}")) {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
            std::thread::sleep(std::time::Duration::from_mins(1));
        }
    })
}

fn begin(repository: &Repository, journal: &Journal, lock: &Lock) -> Outcome<(Migration, RunState, Vec<Event>)> {
    let migration = migration(repository)?;
    let frozen = &migration.frozen;
    let plan = frozen.to_json()?;
    let name = &frozen.workflow.name;
    let record = RunRecord::new(frozen.run.clone(), name, frozen.created_at, &frozen.base.to_string(), plan);
    journal.create_run(&record, lock)?;
    let mut state = RunState::new(Arc::clone(&migration.compiled.graph), frozen.units.len());
    let opened = Event::Opened { holder: holder(lock), at: Timestamp::now() };
    state.apply(&opened)?;
    Ok((migration, state, vec![opened]))
}

fn take_on(repository: &Repository, journal: &Journal, lock: &Lock) -> Outcome<(Migration, RunState, Vec<Event>)> {
    let (migration, mut state) = load(journal)?;
    let wish = Recovery { retry_failed: std::env::var_os(RETRY).is_some(), ..Recovery::default() };
    let first = recover(&migration, repository, &mut state, &wish, (holder(lock), Timestamp::now()))?;
    Ok((migration, state, first))
}

/// The run as the journal has it.
pub(crate) fn load(journal: &Journal) -> Outcome<(Migration, RunState)> {
    let run = RunId::new(RUN)?;
    let frozen = Frozen::from_json(&journal.run(&run)?.plan)?;
    let compiled = Compiled::new(frozen.workflow.clone())?.pushing(frozen.remote.is_some());
    let mut state = RunState::new(Arc::clone(&compiled.graph), frozen.units.len());
    for record in journal.events(&run)? {
        state.apply(&record?.event)?;
    }
    Ok((Migration { compiled, frozen, profile: Profile::airbyte() }, state))
}

/// The same in every process: run, date and time are given.
fn migration(repository: &Repository) -> Outcome<Migration> {
    let bytes = std::fs::read(std::env::var(WORKFLOW)?)?;
    let loaded = load_bytes("crash.yaml", &bytes, &cutover::action::specs());
    let workflow = loaded.workflow.ok_or_else(|| format!("{:?}", loaded.diagnostics))?;
    let base = repository.resolve("HEAD")?;
    let connectors = discover(&Profile::airbyte(), &repository.tree(&base)?)?;
    let created_at = "2026-11-22T12:00:00Z".parse()?;
    let jobs = std::env::var(JOBS).ok().map(|jobs| jobs.parse()).transpose()?;
    let github = std::env::var(GITHUB).ok();
    let url = github.as_deref().and_then(|github| Some(github.split_once(' ')?.0));
    let (owner, name) = OWNER_AND_NAME;
    let mut frozen = Frozen {
        version: FROZEN_VERSION,
        tool: "crash".to_owned(),
        run: RunId::new(RUN)?,
        created_at,
        date: "2026-11-22".parse()?,
        inputs: serde_json::Map::new(),
        base,
        base_branch: "main".to_owned(),
        author: Signature::new("Ada", "ada@example.com")?,
        forge: if url.is_some() { ForgeKind::Github } else { ForgeKind::Local },
        repository: url.map(|_| format!("{owner}/{name}")),
        api_url: url.map(|url| format!("{url}/api/v3")),
        remote: url.map(|url| format!("{url}/{owner}/{name}.git")),
        fork: None,
        options: RunOptions { jobs, ..RunOptions::default() },
        answers: cutover::plan::Answers::default(),
        units: Vec::new(),
        workflow: workflow.clone(),
    };
    let compiled = Compiled::new(workflow)?.pushing(frozen.remote.is_some());
    for connector in connectors {
        let branch =
            text(&compiled.branch, &fixed_scope(&frozen, Some(&connector))).map_err(|failure| failure.message)?;
        frozen.units.push(FrozenUnit { connector, branch, promised_tree: None });
    }
    Ok(Migration { compiled, frozen, profile: Profile::airbyte() })
}

fn holder(lock: &Lock) -> Holder {
    Holder { pid: lock.facts().pid, host: lock.facts().host.clone() }
}
