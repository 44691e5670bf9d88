//! Carrying a run out in this process: signals, progress, the summary, the exit code. The same for
//! `run`, `resume` and `demo`.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::action::Outside;
use crate::base::SystemClock;
use crate::engine::{Ended, Interrupt, Job, Observer, carry_out};
use crate::event::{RunState, Stop};
use crate::journal::{Journal, Lock};
use crate::plan::Migration;
use crate::process::Cancel;
use crate::report;

use super::context::Context;
use super::failed::Failed;
use super::manner::{Manner, executor};
use super::publishing::PublishingPlace;
use super::state::State;
use super::{Exit, github, next, terminal};

/// A run that this process has taken.
pub(super) struct Taken {
    pub(super) migration: Arc<Migration>,
    pub(super) context: Context,
    /// Whom steps may ask.
    pub(super) outside: Arc<Outside>,
    pub(super) journal: Journal,
    pub(super) lock: Lock,
    pub(super) state: RunState,
    /// Events to be written before anything else: what a resumed run begins with.
    pub(super) first: Vec<crate::event::Event>,
    /// The contents that these events name.
    pub(super) contents: Vec<Arc<[u8]>>,
    pub(super) manner: Manner,
}

/// How it ended, for the summary.
pub(super) struct Carried {
    pub(super) migration: Arc<Migration>,
    pub(super) state: RunState,
    pub(super) stopped: Option<Stop>,
    pub(super) elapsed: Duration,
}

/// Carries a run out, with progress on standard error.
pub(super) fn carry(taken: Taken) -> Result<Carried, Failed> {
    let runtime = runtime()?;
    let started = Instant::now();
    let run = taken.migration.frozen.run.clone();
    let directories = State::of(&taken.context.repository);
    let migration = Arc::clone(&taken.migration);
    let ended_before = taken.state.counts().ended();
    let writer = taken.journal.writer(taken.lock, Arc::new(SystemClock))?;
    if !taken.first.is_empty() {
        writer
            .append(&taken.first, taken.contents)
            .wait()
            .map_err(|error| Failed::new(Exit::SomeFailed, error.to_string()))?;
    }
    let (scratch, keep) = (directories.scratch(&run), taken.manner.keep);
    if !keep {
        // What a killed process left of its builds may be large, and this one has the lock.
        let _ = std::fs::remove_dir_all(&scratch);
    }
    let places = (directories.logs(&run), scratch.clone());
    let executor = executor(Arc::clone(&migration), places, taken.outside, Cancel::never(), keep)?;
    let remote = github::branches(&PublishingPlace::of(&migration.frozen), &taken.context.repository)?;
    let job = Job {
        executor,
        base: taken.context.files(),
        repository: taken.context.repository,
        state: taken.state,
        writer,
        journal: taken.journal,
        forge: directories.forge(&migration.frozen)?,
        remote,
        watch: taken.manner.watch(),
    };
    let ended = watched(&migration, ended_before, |observer, say| {
        runtime.block_on(async {
            let interrupts = listen(run.as_str(), say)?;
            Ok::<Ended, Failed>(carry_out(job, interrupts, observer).await?)
        })
    });
    // Empty unless something is kept there for a look.
    if std::fs::remove_dir(&scratch).is_err() && keep && scratch.exists() {
        terminal::say(&format!("cutover: scratch directories are kept in {scratch}"));
    }
    let ended = ended.map_err(|failed| failed.while_doing(&format!("go on with run {run}")))?;
    Ok(Carried { migration, state: ended.state, stopped: ended.stopped, elapsed: started.elapsed() })
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failed> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.map_err(|error| Failed::new(Exit::SomeFailed, format!("failed to start: {error}")))
}

/// Writes a line on standard error beside the progress.
pub(super) type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// Progress on standard error while `work` goes on: a live display on a terminal, plain lines elsewhere.
pub(super) fn watched<T>(migration: &Arc<Migration>, ended_before: usize, work: impl FnOnce(Observer, Say) -> T) -> T {
    if terminal::is_interactive() {
        let live = report::progress::live(Arc::clone(migration), ended_before, &terminal::stderr_style());
        let done = work(live.observer(), live.speaker());
        live.finish();
        return done;
    }
    work(
        report::progress::plain(Arc::clone(migration), Arc::new(Mutex::new(std::io::stderr()))),
        Arc::new(|line: &str| terminal::say(line)),
    )
}

/// The first Ctrl-C or SIGTERM finishes what is running, the second stops it.
fn listen(run: &str, say: Say) -> Result<watch::Receiver<Interrupt>, Failed> {
    let failed =
        |error: std::io::Error| Failed::new(Exit::SomeFailed, format!("failed to listen for signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let (sender, receiver) = watch::channel(Interrupt::None);
    let run = run.to_owned();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => if terminal::is_interactive() && terminal::can_ask() {
                    report::progress::Live::step_back();
                },
                _ = terminate.recv() => {}
            }
            let next = match *sender.borrow() {
                Interrupt::None => Interrupt::Drain,
                Interrupt::Drain | Interrupt::Kill => Interrupt::Kill,
            };
            if next == Interrupt::Drain {
                say("cutover: finishing what is running; press Ctrl-C again to stop that too");
                say(&format!("cutover: go on later with `cutover resume {run}`"));
            }
            if sender.send(next).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

/// Prints the summary and says how it went.
pub(super) fn conclude(carried: &Carried, verb: &str, json: bool, repo: &str) -> Result<Exit, Failed> {
    conclude_with(carried, verb, json, repo, None)
}

/// The same, with something of the verb's own in the answer for programs.
pub(super) fn conclude_with(
    carried: &Carried,
    verb: &str,
    json: bool,
    repo: &str,
    own: Option<(&str, serde_json::Value)>,
) -> Result<Exit, Failed> {
    let Carried { migration, state, stopped, elapsed } = carried;
    let next = next::commands(migration, state, *stopped, repo);
    let facts = report::run::Facts {
        migration,
        state,
        stopped: *stopped,
        elapsed: Some(*elapsed),
        running: false,
        next: &next,
    };
    if json {
        let mut answer = report::run::json(verb, &facts);
        if let (Some((key, value)), Some(answer)) = (own, answer.as_object_mut()) {
            answer.insert(key.to_owned(), value);
        }
        terminal::answer_json(&answer)?;
    } else {
        terminal::answer(&report::run::text(&facts, &terminal::stdout_style()))?;
    }
    Ok(exit(state, *stopped))
}

/// The exit code that says where a run stands.
pub(super) fn exit(state: &RunState, stopped: Option<Stop>) -> Exit {
    let counts = state.counts();
    match stopped {
        Some(Stop::Interrupted) => Exit::Interrupted,
        Some(Stop::FailFast | Stop::FailureBudget) => Exit::Budget,
        None if counts.failed + counts.blocked - counts.waiting + counts.edited_by_human + counts.closed_by_human
            > 0 =>
        {
            Exit::SomeFailed
        }
        None if counts.waiting > 0 => Exit::Blocked,
        None => Exit::Done,
    }
}
