//! The one task that owns the run's state. It asks [`next`] what may be done, hands the work to
//! executors, and turns their answers into events: into the journal first, then into what follows.
//!
//! What acts on the world ([`Deferred`]) waits until the events before it are durable. Pure edits
//! do not wait: they are computed again if they are lost.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::action::{Look, Outside, PublishError, Published};
use crate::event::{Event, Failure, Next, RunState, StepIndex, Stop, UnitIndex};
use crate::forge::Forge;
use crate::git::{CommitId, Repository};
use crate::journal::{WriteError, Writer};
use crate::overlay::Overlay;
use crate::plan::{Answers, Migration, Tried};
use crate::process::{Canceller, cancellation};
use crate::workflow::Effect;

use super::commit::{self, Committer};
use super::edits::Bench;
use super::execute::{Executed, Executor};
use super::progress::{Interrupt, Observer, Progress};
use super::push::{Pushes, Sent};
use super::resolve::{self, Resolved};
use super::restore::{NotReady, Source, restore, run_outputs};
use super::rollout::{Gate, Survey};
use super::turns::Turns;
use super::waiting::Round;
use super::{Ended, EngineError, Job};

/// Units under way at once where nobody says otherwise: enough to make commits in large batches.
const WINDOW: usize = 128;

/// Publications at once where the workflow does not say otherwise: forges pace their own writes, and answer many
/// questions at once.
const PUBLISH_AT_ONCE: usize = WINDOW;

/// Units that wait for a push or the forge and take nobody's place, at most.
const MOST_PUBLISHED: usize = 1024;

/// How often it is told what the forge's limits hold up.
const BEAT: Duration = Duration::from_secs(1);

/// Answers taken from the inbox at once.
const INBOX_BATCH: usize = 1024;

/// An executor's answer.
pub(super) enum Message {
    /// A unit is ready to go on, or not.
    Ready(UnitIndex, Box<Result<Bench, NotReady>>),
    /// An edit was computed.
    Edited(UnitIndex, StepIndex, Box<(Overlay, Tried)>),
    /// A process ended.
    Executed(UnitIndex, StepIndex, Box<Executed>),
    /// A publication ended.
    Published(UnitIndex, StepIndex, Box<Result<Published, PublishError>>),
    /// A publication has looked whether its time has come.
    Looked(UnitIndex, StepIndex, Box<Result<Look, PublishError>>),
    /// The forge has said where the pull requests of the rollout stand.
    Surveyed(Survey),
    /// A push of many units' commits ended.
    Pushed(Sent),
    /// The outside world answered, or not.
    Resolved(UnitIndex, StepIndex, Box<Resolved>),
    /// A commit was made, or not.
    Committed(UnitIndex, Box<commit::Outcome>),
    /// The definition of done was checked.
    Verified(UnitIndex, Vec<String>),
    /// The pause before a step's next try is over.
    RetryDue(UnitIndex, StepIndex),
    /// A batch of events is durable, or the journal has failed.
    Durable(u64, Result<(), WriteError>),
    /// A worker panicked.
    Died,
}

/// Work that waits until the events before it are durable.
pub(super) enum Deferred {
    Execute(UnitIndex, StepIndex, u32),
    Publish(UnitIndex, StepIndex),
    Commit(UnitIndex),
    Push(Vec<UnitIndex>),
}

/// A unit that is under way.
pub(super) struct Desk {
    /// Its files and outputs; none while they are prepared.
    pub(super) bench: Option<Bench>,
    /// What is being done for it.
    pub(super) busy: Vec<Next>,
}

/// How many of something may be done at once, and what waits for its turn.
pub(super) struct Pool {
    pub(super) places: usize,
    pub(super) free: usize,
    pub(super) queue: VecDeque<(UnitIndex, StepIndex)>,
}

pub(super) struct Dispatcher {
    pub(super) migration: Arc<Migration>,
    pub(super) state: RunState,
    pub(super) desks: HashMap<UnitIndex, Desk>,
    pub(super) observer: Observer,
    pub(super) writer: Writer,
    pub(super) forge: Arc<dyn Forge>,
    pub(super) outside: Arc<Outside>,
    /// What the outside world has answered in this run.
    pub(super) answers: Answers,
    pub(super) executor: Executor,
    pub(super) committer: Committer,
    pub(super) canceller: Canceller,
    pub(super) source: Option<Arc<Source>>,
    pub(super) job_parts: JobParts,
    pub(super) branches: Arc<BTreeMap<String, CommitId>>,
    pub(super) sender: mpsc::UnboundedSender<Message>,
    pub(super) inbox: mpsc::UnboundedReceiver<Message>,
    /// The next connector to be admitted.
    pub(super) upcoming: u32,
    pub(super) window: usize,
    /// Answers that are still to come.
    pub(super) in_flight: usize,
    /// Pauses before a next try.
    pub(super) timers: usize,
    pub(super) pending: Vec<Event>,
    pub(super) contents: Vec<Arc<[u8]>>,
    pub(super) deferred: Vec<Deferred>,
    pub(super) batches: VecDeque<(u64, Vec<Deferred>)>,
    pub(super) batch: u64,
    pub(super) processes: Pool,
    pub(super) publications: Pool,
    /// Commits that are to be pushed, and those on their way.
    pub(super) pushes: Pushes,
    /// Who has been looked at in this round.
    pub(super) round: Round,
    /// Whose pull requests are merged after whose.
    pub(super) turns: Turns,
    /// Whether units may be published already.
    pub(super) gate: Option<Gate>,
    /// How long after a round the next one begins; `None`: there is one round.
    watch: Option<Duration>,
    /// Units that failed in this process: whoever resumes a run has a fresh budget.
    pub(super) failures: usize,
    pub(super) fatal: Option<EngineError>,
}

/// What units are restored from, until the run's own steps are done.
pub(super) struct JobParts {
    pub(super) repository: Repository,
    base: Arc<dyn crate::base::Tree>,
    journal: crate::journal::Journal,
}

/// Carries a run out until nothing more can be done, or it is told to stop.
///
/// # Errors
/// Whatever keeps the run as a whole from going on. A unit's failure is no error: it is in the state.
pub async fn carry_out(
    job: Job,
    interrupts: watch::Receiver<Interrupt>,
    observer: Observer,
) -> Result<Ended, EngineError> {
    let repository = job.repository.clone();
    let branches = tokio::task::spawn_blocking(move || repository.branches("")).await;
    let branches = branches.map_err(|_| EngineError::Worker)??;
    Dispatcher::new(job, observer, branches)?.run(interrupts).await
}

impl Dispatcher {
    fn new(job: Job, observer: Observer, branches: BTreeMap<String, CommitId>) -> Result<Self, EngineError> {
        let (sender, inbox) = mpsc::unbounded_channel();
        let answers = sender.clone();
        let committer = Committer::start(job.repository.clone(), move |unit, outcome| {
            let _ = answers.send(Message::Committed(unit, Box::new(outcome)));
        });
        let migration = Arc::clone(&job.executor.migration);
        let gate = Gate::new(&migration, &job.state)?;
        let (canceller, cancel) = cancellation();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let options = &migration.frozen.options;
        let jobs = options.jobs.unwrap_or(cores).max(1);
        // A stop on failure is worth little if a hundred units are under way by then.
        let careful = options.fail_fast || options.max_failures.is_some();
        let window = if careful || options.jobs.is_some() { jobs } else { WINDOW.max(jobs) };
        let publish = migration.frozen.workflow.concurrency.publish.map_or(PUBLISH_AT_ONCE, std::num::NonZero::get);
        let executor = Executor { cancel, ..job.executor };
        let turns = Turns::in_run(&migration);
        Ok(Self {
            answers: resolve::known(&migration, &job.state),
            outside: Arc::clone(&executor.outside),
            migration,
            state: job.state,
            desks: HashMap::new(),
            observer,
            writer: job.writer,
            forge: job.forge,
            executor,
            committer: committer.map_err(|_| EngineError::Worker)?,
            canceller,
            source: None,
            job_parts: JobParts { repository: job.repository, base: job.base, journal: job.journal },
            branches: Arc::new(branches),
            sender,
            inbox,
            upcoming: 1,
            window,
            in_flight: 0,
            timers: 0,
            pending: Vec::new(),
            contents: Vec::new(),
            deferred: Vec::new(),
            batches: VecDeque::new(),
            batch: 0,
            processes: Pool { places: jobs, free: jobs, queue: VecDeque::new() },
            publications: Pool { places: publish, free: publish, queue: VecDeque::new() },
            pushes: Pushes::new(job.remote),
            round: Round::default(),
            turns,
            gate,
            watch: job.watch,
            failures: 0,
            fatal: None,
        })
    }

    async fn run(mut self, mut interrupts: watch::Receiver<Interrupt>) -> Result<Ended, EngineError> {
        self.open_run()?;
        let mut messages = Vec::new();
        let mut listening = true;
        loop {
            self.admit();
            self.serve_pushes();
            self.flush();
            let idle = self.in_flight == 0 && (self.timers == 0 || self.is_stopping());
            if idle && self.reconsider()? {
                continue;
            }
            let round = if idle { self.next_round() } else { None };
            if idle && round.is_none() {
                break;
            }
            let due = round.or(self.pushes.due());
            tokio::select! {
                count = self.inbox.recv_many(&mut messages, INBOX_BATCH) => {
                    if count == 0 {
                        return Err(EngineError::Worker);
                    }
                    for message in messages.drain(..) {
                        self.handle(message)?;
                    }
                }
                () = until(due), if due.is_some() => {
                    if idle {
                        self.look_again();
                    }
                }
                () = tokio::time::sleep(BEAT), if self.is_publishing() => self.tell_pace(),
                changed = interrupts.changed(), if listening => {
                    listening = changed.is_ok();
                    let interrupt = *interrupts.borrow_and_update();
                    self.interrupt(interrupt)?;
                }
            }
        }
        self.close().await
    }

    fn is_publishing(&self) -> bool {
        self.publications.free < self.publications.places
    }

    /// Says when the forge's limits let the next write go out, if that is not now.
    fn tell_pace(&self) {
        let Some(outlook) = self.forge.outlook(1) else { return };
        if outlook.next.duration_since(jiff::Timestamp::now()).as_secs() >= 1 {
            (self.observer)(Progress::Paced { until: outlook.next });
        }
    }

    /// When the next look at what waits is due, if this process stays for it.
    fn next_round(&self) -> Option<Instant> {
        let pause = self.watch.filter(|_| self.has_waiting() && !self.is_stopping() && !self.is_over_budget())?;
        Some(Instant::now() + pause)
    }

    async fn close(mut self) -> Result<Ended, EngineError> {
        if let Some(fatal) = self.fatal.take() {
            return Err(fatal);
        }
        self.stop_over_budget()?;
        let at = jiff::Timestamp::now();
        let stopped = self.state.stopping();
        self.record(Event::Closed { at })?;
        let events = std::mem::take(&mut self.pending);
        self.writer.append(&events, Vec::new()).await?;
        let Self { writer, state, .. } = self;
        tokio::task::spawn_blocking(move || writer.close()).await.map_err(|_| EngineError::Worker)?;
        Ok(Ended { state, stopped })
    }

    /// The run's own steps come first.
    fn open_run(&mut self) -> Result<(), EngineError> {
        let bench = Bench {
            fixed: self.migration.fixed(UnitIndex::RUN),
            ground: None,
            overlay: None,
            outputs: run_outputs(&self.migration, self.state.unit(UnitIndex::RUN)),
        };
        self.desks.insert(UnitIndex::RUN, Desk { bench: Some(bench), busy: Vec::new() });
        self.advance(UnitIndex::RUN)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.fatal.is_some() || self.state.stopping() == Some(Stop::Interrupted)
    }

    fn interrupt(&mut self, interrupt: Interrupt) -> Result<(), EngineError> {
        if interrupt >= Interrupt::Drain && self.state.stopping() != Some(Stop::Interrupted) {
            self.record(Event::Stopping { reason: Stop::Interrupted })?;
            self.give_up_queues();
        }
        if interrupt >= Interrupt::Kill {
            self.canceller.stop(crate::process::Stop::Gently);
        }
        Ok(())
    }

    /// Steps that wait for a place in a pool are not begun.
    pub(super) fn give_up_queues(&mut self) {
        let waiting = self.processes.queue.drain(..).chain(self.publications.queue.drain(..));
        for (unit, step) in waiting.collect::<Vec<_>>() {
            self.leave(unit, Next::Start(step));
        }
        for unit in self.pushes.give_up() {
            self.in_flight -= 1;
            self.leave(unit, Next::Push);
        }
        self.forge.stop();
    }

    /// Lets units in, in order, as far as there is room.
    fn admit(&mut self) {
        if self.desks.contains_key(&UnitIndex::RUN) || self.state.failed_step(UnitIndex::RUN).is_some() {
            return;
        }
        let source = self.source();
        let last = self.migration.frozen.units.len();
        // A unit that only waits for its next try takes nobody's place.
        let elsewhere = self.timers + self.published_by_others();
        while self.desks.len().saturating_sub(elsewhere) < self.window
            && (self.upcoming as usize <= last || !self.round.again.is_empty())
            && self.state.stopping().is_none()
            && self.fatal.is_none()
        {
            let unit = if let Some(unit) = self.round.again.pop_front() {
                unit
            } else {
                self.upcoming += 1;
                UnitIndex(self.upcoming - 1)
            };
            if self.state.outcome(unit).is_final() || self.desks.contains_key(&unit) {
                continue;
            }
            self.desks.insert(unit, Desk { bench: None, busy: Vec::new() });
            (self.observer)(Progress::Working { unit, step: None });
            let (migration, source, state) =
                (Arc::clone(&self.migration), Arc::clone(&source), self.state.unit(unit).clone());
            let branches = Arc::clone(&self.branches);
            self.compute(move || {
                let ready = match occupied(&migration, &source, unit, &state, &branches) {
                    Some(failure) => Err(NotReady::Failed(failure)),
                    None => restore(&migration, unit, &state, &source),
                };
                Message::Ready(unit, Box::new(ready))
            });
        }
    }

    /// How many units under way only wait for a push or the forge: they take nobody's place, up to a limit, so that
    /// pushes and questions are made for many at once.
    fn published_by_others(&self) -> usize {
        if self.window < WINDOW {
            return 0;
        }
        let graph = self.state.graph();
        let waits = |action: &Next| match action {
            Next::Push => true,
            Next::Start(step) => graph.node(*step).effect == Effect::Publish,
            Next::Commit | Next::Verify => false,
        };
        let waiting = |desk: &&Desk| !desk.busy.is_empty() && desk.busy.iter().all(waits);
        self.desks.values().filter(waiting).count().min(MOST_PUBLISHED)
    }

    fn source(&mut self) -> Arc<Source> {
        let outputs = run_outputs(&self.migration, self.state.unit(UnitIndex::RUN));
        let parts = &self.job_parts;
        let source = self.source.get_or_insert_with(|| {
            Arc::new(Source {
                repository: parts.repository.clone(),
                base: Arc::clone(&parts.base),
                journal: parts.journal.clone(),
                run_outputs: outputs,
            })
        });
        Arc::clone(source)
    }

    pub(super) fn bench(&self, unit: UnitIndex) -> Bench {
        self.desks.get(&unit).and_then(|desk| desk.bench.clone()).expect("a unit under way has its files")
    }

    pub(super) fn occupy(&mut self, unit: UnitIndex, action: Next) {
        if let Some(desk) = self.desks.get_mut(&unit) {
            desk.busy.push(action);
        }
    }

    pub(super) fn leave(&mut self, unit: UnitIndex, action: Next) {
        if let Some(desk) = self.desks.get_mut(&unit) {
            desk.busy.retain(|busy| *busy != action);
        }
    }

    /// Makes a step's outputs known to the steps after it.
    pub(super) fn give(
        &mut self,
        unit: UnitIndex,
        step: StepIndex,
        changed: bool,
        outputs: &BTreeMap<String, serde_json::Value>,
    ) {
        let compiled = self.migration.compiled.step(step);
        if let Some(bench) = self.desks.get_mut(&unit).and_then(|desk| desk.bench.as_mut()) {
            bench.outputs.add(compiled, changed, outputs);
        }
    }
}

async fn until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due.into()).await;
    }
}

/// Why a unit's branch cannot be used, if so: known before anything is done for it.
fn occupied(
    migration: &Migration,
    source: &Source,
    unit: UnitIndex,
    state: &crate::event::UnitState,
    branches: &BTreeMap<String, CommitId>,
) -> Option<Failure> {
    if state.checkpoint.is_some() {
        return None;
    }
    let branch = &migration.frozen.unit(unit).branch;
    let found = branches.get(branch)?;
    let facts = source.repository.commit_facts(found).ok()?;
    // A commit of this or another run may be the very one that this unit is about to make.
    if facts.run().is_some() { None } else { Some(commit::occupied(branch, &found.short(), None)) }
}
