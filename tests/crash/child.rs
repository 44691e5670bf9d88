//! What a child process does: begins the run or takes it on, exactly as the command line does.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use cutover::action::Outside;
use cutover::base::{Redactor, RunId, SystemClock};
use cutover::connector::{Profile, discover};
use cutover::engine::{Interrupt, Job, Recovery, carry_out, recover};
use cutover::event::{Event, Holder, RunState};
use cutover::forge::LocalForge;
use cutover::git::{Repository, Signature};
use cutover::journal::{Journal, Lock, RunRecord, WriteObserver, WritePoint};
use cutover::plan::{Compiled, FROZEN_VERSION, Frozen, FrozenUnit, Migration, RunOptions, fixed_scope, text};
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
/// At which commit of the journal the process kills itself: `Before(3)`.
pub(crate) const KILL: &str = "CUTOVER_CRASH_KILL";

/// The run of every test.
pub(crate) const RUN: &str = "crash-1";

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
    let forge = LocalForge::new(&directory.join("forge"), Arc::new(SystemClock))?;
    let writer = journal.writer(lock, Arc::new(SystemClock))?;
    writer.append(&first, Vec::new()).wait()?;
    let job = Job {
        base: Arc::new(repository.tree(&migration.frozen.base)?),
        migration: Arc::new(migration),
        repository,
        state,
        writer,
        journal,
        forge: Arc::new(forge),
        outside: Arc::new(Outside::offline()),
        logs: directory.join("logs").join(RUN),
        scratch: directory.join("scratch").join(RUN),
        remote: None,
        watch: None,
        secrets: [].into(),
        redactor: Redactor::default(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (_sender, interrupts) = watch::channel(Interrupt::None);
    runtime.block_on(carry_out(job, interrupts, Arc::new(|_| ())))?;
    println!("commits {}", commits.load(Ordering::Relaxed));
    Ok(())
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
    let wish = Recovery::default();
    let first = recover(&migration, repository, &mut state, &wish, (holder(lock), Timestamp::now()))?;
    Ok((migration, state, first))
}

/// The run as the journal has it.
pub(crate) fn load(journal: &Journal) -> Outcome<(Migration, RunState)> {
    let run = RunId::new(RUN)?;
    let frozen = Frozen::from_json(&journal.run(&run)?.plan)?;
    let compiled = Compiled::new(frozen.workflow.clone())?;
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
        forge: ForgeKind::Local,
        repository: None,
        api_url: None,
        remote: None,
        options: RunOptions { jobs, ..RunOptions::default() },
        answers: cutover::plan::Answers::default(),
        units: Vec::new(),
        workflow: workflow.clone(),
    };
    let compiled = Compiled::new(workflow)?;
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
