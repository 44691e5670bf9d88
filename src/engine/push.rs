//! Pushes: the commits of many units in one push, each branch with a lease.
//!
//! A push that the process did not live to write down is made again: a branch that the remote has already as it was
//! asked for is no news to it.

use std::time::{Duration, Instant};

use crate::event::{Event, Failure, FailureClass, Held, Next, StepIndex, UnitIndex, UnitState};
use crate::git::{CommitId, GitError, PushOptions, PushRejection, PushRequest, Pushed as Outcome, Remote, Repository};
use crate::workflow::Effect;

use super::EngineError;
use super::dispatcher::{Deferred, Dispatcher, Message};
use super::progress::Progress;

/// Branches that go out in one push, at most.
const AT_ONCE: usize = 100;

/// How long a commit waits for others that could go with it.
const LINGER: Duration = Duration::from_secs(30);

/// Tries in total where the remote is not reached.
const TRIES: u32 = 3;

/// The pause before the second try; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// What became of a unit's push.
pub(super) struct Pushed {
    unit: UnitIndex,
    commit: CommitId,
    outcome: Result<Outcome, GitError>,
}

/// What came of a push of many commits.
pub(super) struct Sent {
    all: Vec<Pushed>,
    /// Where the repository is now, if it says that it has moved.
    moved_to: Option<String>,
}

/// Commits that are to be pushed.
pub(super) struct Pushes {
    remote: Option<Remote>,
    asked: Vec<UnitIndex>,
    since: Instant,
    under_way: bool,
}

impl Pushes {
    pub(super) fn new(remote: Option<Remote>) -> Self {
        Self { remote, asked: Vec::new(), since: Instant::now(), under_way: false }
    }

    /// Takes a unit's wish.
    pub(super) fn ask(&mut self, unit: UnitIndex) {
        if self.asked.is_empty() {
            self.since = Instant::now();
        }
        self.asked.push(unit);
    }

    /// When what has been asked for goes out at the latest, if anything waits.
    pub(super) fn due(&self) -> Option<Instant> {
        (!self.asked.is_empty() && !self.under_way).then(|| self.since + LINGER)
    }

    /// The units of the next push, if it is time: enough of them, nobody who could still join, or one that has waited
    /// long enough. `in_flight` counts every answer that is still to come, theirs too.
    fn take(&mut self, in_flight: usize) -> Option<Vec<UnitIndex>> {
        let due = self.due()?;
        if self.asked.len() < AT_ONCE && in_flight > self.asked.len() && Instant::now() < due {
            return None;
        }
        self.under_way = true;
        let rest = self.asked.split_off(self.asked.len().min(AT_ONCE));
        Some(std::mem::replace(&mut self.asked, rest))
    }

    /// Nothing more goes out.
    pub(super) fn give_up(&mut self) -> Vec<UnitIndex> {
        std::mem::take(&mut self.asked)
    }
}

impl Dispatcher {
    /// Sends out what is to be pushed, if it is time.
    pub(super) fn serve_pushes(&mut self) {
        let Some(units) = self.pushes.take(self.in_flight) else { return };
        // From here on they are one answer.
        self.in_flight -= units.len();
        self.in_flight += 1;
        self.deferred.push(Deferred::Push(units));
    }

    /// Pushes the commits of these units.
    pub(super) fn push(&mut self, units: &[UnitIndex]) {
        let mut commits = Vec::with_capacity(units.len());
        let mut requests = Vec::with_capacity(units.len());
        for unit in units {
            let state = self.state.unit(*unit);
            if let Some((request, commit)) = request(&self.migration.frozen.unit(*unit).branch, state) {
                requests.push(request);
                commits.push((*unit, commit));
            }
        }
        let repository = self.job_parts.repository.clone();
        let remote = self.pushes.remote.clone().expect("a run that pushes has a remote");
        self.answer(async move {
            let (outcomes, moved_to) = push_all(&repository, &remote, &requests).await;
            let pushed = commits.into_iter().zip(outcomes);
            let pushed = pushed.map(|((unit, commit), outcome)| Pushed { unit, commit, outcome });
            Message::Pushed(Sent { all: pushed.collect(), moved_to })
        });
    }

    /// What became of a push.
    pub(super) fn pushed(&mut self, Sent { all, moved_to }: Sent) -> Result<(), EngineError> {
        self.pushes.under_way = false;
        if let Some(to) = moved_to {
            (self.observer)(Progress::Moved { to });
        }
        let fork_of = self.migration.frozen.fork.is_some().then(|| self.migration.frozen.repository.clone()).flatten();
        for Pushed { unit, commit, outcome } in all {
            self.leave(unit, Next::Push);
            let state = self.state.unit(unit);
            let branch = &self.migration.frozen.unit(unit).branch;
            match judge(branch, state, outcome, fork_of.as_deref()) {
                Verdict::There => self.record(Event::Pushed { unit, commit: commit.to_string() })?,
                Verdict::Held(by) => self.record(Event::Held { unit, by })?,
                Verdict::Failed(failure) => {
                    let step = self.publishes_next(unit);
                    self.record(Event::Refused { unit, step, failure })?;
                }
                Verdict::Stopped => {}
            }
            self.advance(unit)?;
        }
        Ok(())
    }

    /// The step that the push is for: the first publication that is still to come.
    fn publishes_next(&self, unit: UnitIndex) -> Option<StepIndex> {
        let steps = &self.state.unit(unit).steps;
        let publishes = |step: &StepIndex| self.state.graph().node(*step).effect == Effect::Publish;
        self.state.steps_of(unit).find(|step| publishes(step) && !steps[step.position()].is_settled())
    }
}

fn request(branch: &str, state: &UnitState) -> Option<(PushRequest, CommitId)> {
    let commit: CommitId = state.checkpoint.as_ref()?.commit.parse().ok()?;
    let expected = state.pushed.as_ref().and_then(|pushed| pushed.parse().ok());
    Some((PushRequest { branch: branch.to_owned(), commit: Some(commit), expected }, commit))
}

/// Pushes, and pushes again what met a remote that could not be reached.
async fn push_all(
    repository: &Repository,
    remote: &Remote,
    requests: &[PushRequest],
) -> (Vec<Result<Outcome, GitError>>, Option<String>) {
    let mut moved_to = None;
    let mut outcomes: Vec<Option<Result<Outcome, GitError>>> = requests.iter().map(|_| None).collect();
    let mut pause = FIRST_PAUSE;
    for attempt in 1..=TRIES {
        let open: Vec<usize> = (0..requests.len()).filter(|at| outcomes[*at].is_none()).collect();
        let batch: Vec<PushRequest> = open.iter().map(|at| requests[*at].clone()).collect();
        let (repository, remote) = (repository.clone(), remote.clone());
        let report =
            tokio::task::spawn_blocking(move || repository.push(&remote, &batch, &PushOptions::default())).await;
        let Ok(report) = report else { break };
        moved_to = report.moved_to.or(moved_to);
        for (at, outcome) in open.into_iter().zip(report.outcomes) {
            let again = matches!(&outcome, Err(GitError::Remote(error)) if error.trouble.passes());
            if !again || attempt == TRIES {
                outcomes[at] = Some(outcome);
            }
        }
        if outcomes.iter().all(Option::is_some) {
            break;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    let lost = || Err(GitError::NoGit("the push has died, which is a bug in cutover".to_owned()));
    (outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(lost)).collect(), moved_to)
}

/// What an outcome means for the unit.
enum Verdict {
    There,
    Held(Held),
    Failed(Failure),
    Stopped,
}

/// `fork_of`: the repository whose fork is pushed to, if it is one.
fn judge(branch: &str, state: &UnitState, outcome: Result<Outcome, GitError>, fork_of: Option<&str>) -> Verdict {
    let rejection = match outcome {
        Ok(Outcome::Done | Outcome::AlreadyThere) => return Verdict::There,
        Ok(Outcome::Rejected(rejection)) => rejection,
        Err(error) => return trouble(&error, fork_of),
    };
    let failed = |class, message: String| {
        let failure = Failure::new(class, message);
        Verdict::Failed(Failure { hint: rejection.hint(), ..failure })
    };
    match &rejection {
        PushRejection::Moved { found: Some(found) } if state.pushed.is_some() => {
            Verdict::Held(Held::EditedByHuman { branch: branch.to_owned(), found: found.short() })
        }
        PushRejection::Moved { found: Some(found) } => {
            Verdict::Failed(super::commit::occupied(&format!("{branch} of the remote"), &found.short(), None))
        }
        PushRejection::Moved { found: None } => {
            failed(FailureClass::Conflict, format!("somebody has deleted branch {branch} in the remote repository"))
        }
        PushRejection::Permission { .. } | PushRejection::Protected { .. } => {
            failed(FailureClass::Permission, format!("failed to push {branch}: {rejection}"))
        }
        _ => failed(FailureClass::Conflict, format!("failed to push {branch}: {rejection}")),
    }
}

/// A push that failed as a whole: the same cause for every unit in it.
fn trouble(error: &GitError, fork_of: Option<&str>) -> Verdict {
    use crate::git::RemoteTrouble;
    let class = match error {
        GitError::Remote(remote) => match remote.trouble {
            RemoteTrouble::Cancelled => return Verdict::Stopped,
            RemoteTrouble::TooMany => FailureClass::RateLimit,
            _ if remote.trouble.passes() => FailureClass::Network,
            RemoteTrouble::LocalHook | RemoteTrouble::Incomplete | RemoteTrouble::Other => FailureClass::Conflict,
            _ => FailureClass::Permission,
        },
        _ => FailureClass::Machine,
    };
    let is_missing = matches!(error, GitError::Remote(remote) if remote.trouble == RemoteTrouble::NotThere);
    let hint = match fork_of.filter(|_| is_missing) {
        Some(repository) => Some(format!(
            "make the fork (`gh repo fork {repository} --clone=false`), or look whether it has another name (`--fork \
             OWNER/NAME`); then `cutover resume --retry-failed`"
        )),
        None => error.hint(),
    };
    Verdict::Failed(Failure { hint, ..Failure::new(class, format!("failed to push: {error}")) })
}
