//! Units made anew on a base that has moved: their edits computed again there, as one commit in place of the old ones.
//!
//! [`propose`] only computes. [`write_anew`] writes the commits and says what to put into the journal; pushing them and
//! bringing the pull requests up to date is then the run's ordinary work, because the fold has put those steps back.
//! Everything is deterministic: a process that died between commit and journal makes the same commit again.

mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::{RepoPath, Tree, UnitName};
use crate::connector::{Connector, DiscoverError, discover};
use crate::event::{
    Checkpoint, Event, Failure, FailureClass, Ground, Held, Redone, Refresh, RunState, StepIndex, StepState, UnitIndex,
    UnitState,
};
use crate::git::{CommitFacts, CommitId, CommitRequest, GitError, ObjectIdError, Repository, Written};
use crate::journal::Journal;
use crate::overlay::Overlay;
use crate::plan::Migration;
use crate::workflow::{Effect, Scope};

use super::edits::Bench;
use super::restore::{NotReady, Source, restore, run_outputs};
use way::Way;

/// Publications that say something of the head of the branch, and so have to be done again for a new one.
const OF_THE_HEAD: [&str; 4] =
    ["git.push", "pull-request.open", "pull-request.wait-for-checks", "pull-request.wait-for-review"];

/// A commit that units are to be made anew on.
pub struct NewBase {
    commit: CommitId,
    tree: Arc<dyn Tree>,
    connectors: BTreeMap<UnitName, Connector>,
}

impl NewBase {
    /// Reads which connectors a commit has.
    pub fn read(migration: &Migration, commit: CommitId, tree: Arc<dyn Tree>) -> Result<Self, DiscoverError> {
        let connectors = discover(&migration.profile, tree.as_ref())?;
        let connectors = connectors.into_iter().map(|connector| (connector.name.clone(), connector)).collect();
        Ok(Self { commit, tree, connectors })
    }

    /// The connector of this name, if the commit has one.
    pub fn connector(&self, name: &UnitName) -> Option<&Connector> {
        self.connectors.get(name)
    }

    /// The commit.
    pub fn commit(&self) -> CommitId {
        self.commit
    }
}

/// A run whose units may be made anew.
pub struct Refresher<'a> {
    migration: &'a Migration,
    source: Source,
}

/// What a refresh would do for a unit.
#[derive(Debug)]
pub enum Proposal {
    /// Its work is made anew.
    Anew(Box<Anew>),
    /// Nothing that it touches has changed.
    Current,
    /// It is left as it is.
    Left(Left),
}

/// A unit's work on the new base.
#[derive(Debug)]
pub struct Anew {
    unit: UnitIndex,
    ground: Ground,
    redone: Vec<(StepIndex, Redone)>,
    again: Vec<StepIndex>,
    request: CommitRequest,
}

impl Anew {
    /// Whose work it is.
    pub fn unit(&self) -> UnitIndex {
        self.unit
    }

    /// The files that it changes there.
    pub fn files(&self) -> impl Iterator<Item = &RepoPath> {
        self.request.changes.keys()
    }
}

/// Why a unit is left as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    /// There is nothing of it yet that could be made anew.
    NoCommit,
    /// It is merged.
    Merged,
    /// It is in a person's hands, closed, or failed: as its outcome says.
    NotOurs(&'static str),
    /// The new base does not have the connector any more.
    Gone,
    /// On the new base there is nothing left to change.
    InBase,
    /// A file that a process made, and that the base has changed since.
    MadeByProcess(StepIndex, RepoPath),
    /// An edit cannot be made on the new base.
    Impossible(Option<StepIndex>, Failure),
}

impl Left {
    /// Whether a person has to do something about it that the run's own outcomes do not tell.
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::Gone | Self::InBase | Self::MadeByProcess(..) | Self::Impossible(..))
    }

    /// The reason for people.
    pub fn reason(&self, migration: &Migration) -> String {
        let id = |step: &StepIndex| migration.compiled.step(*step).id.clone();
        match self {
            Self::NoCommit => "it has no branch yet".to_owned(),
            Self::Merged => "it is merged".to_owned(),
            Self::NotOurs(why) => (*why).to_owned(),
            Self::Gone => "the connector is not there any more".to_owned(),
            Self::InBase => "the base has its changes already".to_owned(),
            Self::MadeByProcess(step, path) => {
                format!("step {} made {path} by a command, and the base has changed the file since", id(step))
            }
            Self::Impossible(Some(step), failure) => format!("step {} cannot be done there: {failure}", id(step)),
            Self::Impossible(None, failure) => failure.to_string(),
        }
    }
}

/// What became of a unit that was to be made anew.
#[derive(Debug)]
pub enum Renewal {
    /// The events that say so; the last one is [`Event::Refreshed`].
    Done(Vec<Event>),
    /// A person has its branch: the event that says so.
    Held(Event),
    /// It is left as it is.
    Left(Left),
}

impl<'a> Refresher<'a> {
    /// For the units of this run. `base` has the files of the run's own base.
    pub fn new(
        migration: &'a Migration,
        state: &RunState,
        repository: Repository,
        journal: Journal,
        base: Arc<dyn Tree>,
    ) -> Self {
        let run_outputs = run_outputs(migration, state.unit(UnitIndex::RUN));
        Self { migration, source: Source { repository, base, journal, run_outputs } }
    }

    /// What a refresh would do for these units, computed on all cores. With `all`, units are made anew also where
    /// nothing that they touch has changed.
    pub fn propose(&self, state: &RunState, units: &[UnitIndex], base: &NewBase, all: bool) -> Vec<Proposal> {
        let propose = |unit: &UnitIndex| self.one(*unit, state.unit(*unit), base, all);
        units.par_iter().map(|unit| propose(unit).unwrap_or_else(Proposal::Left)).collect()
    }

    fn one(&self, unit: UnitIndex, state: &UnitState, base: &NewBase, all: bool) -> Result<Proposal, Left> {
        let checkpoint = may_be_made_anew(state)?;
        let commit = base.commit.to_string();
        let stands_on =
            state.ground.as_ref().map_or_else(|| self.migration.frozen.base.to_string(), |g| g.base.clone());
        if stands_on == commit {
            return Ok(Proposal::Current);
        }
        let frozen = self.migration.frozen.unit(unit);
        let connector = base.connectors.get(&frozen.connector.name).ok_or(Left::Gone)?.clone();
        let old = restore(self.migration, unit, state, &self.source).map_err(|not_ready| match not_ready {
            NotReady::Refused(step, failure) => Left::Impossible(Some(step), failure),
            NotReady::Failed(failure) => Left::Impossible(None, failure),
        })?;
        let ground = Arc::new(Ground { base: commit, connector });
        let mut way = Way::new(self.migration, unit, Arc::clone(&ground), &old, self.source.run_outputs.clone());
        way.walk(state, &base.tree, &self.source.journal)?;
        let message = way.message(state).map_err(broken)?;
        let Way { redone, bench, .. } = way;
        let overlay = bench.overlay.as_ref().ok_or_else(|| broken(no_files()))?;
        if overlay.changes().is_empty() {
            return Err(Left::InBase);
        }
        if !all && is_the_same(&old, overlay).map_err(broken)? {
            return Ok(Proposal::Current);
        }
        let request = CommitRequest {
            branch: frozen.branch.clone(),
            expected: Some(parsed(&checkpoint.commit).map_err(broken)?),
            parent: base.commit,
            changes: overlay.changes().clone(),
            message,
            author: self.migration.frozen.author.clone(),
            time: self.migration.frozen.created_at,
        };
        let (again, ground) = (again(self.migration, state), Ground::clone(&ground));
        Ok(Proposal::Anew(Box::new(Anew { unit, ground, redone, again, request })))
    }

    /// Writes the commits and moves the branches. The events that come back have to be in the journal before anything
    /// else is done.
    ///
    /// # Errors
    /// What keeps the repository as a whole from being written; then no branch was moved.
    pub fn write(
        &self,
        state: &RunState,
        base: &NewBase,
        all: bool,
        anew: Vec<Anew>,
    ) -> Result<Vec<(UnitIndex, Renewal)>, GitError> {
        let requests: Vec<CommitRequest> = anew.iter().map(|anew| anew.request.clone()).collect();
        let written = self.source.repository.write_commits(&requests)?;
        let mut lost = Lost { refresher: self, state, known: BTreeMap::new() };
        let renewed = anew.into_iter().zip(written).map(|(anew, written)| {
            let unit = anew.unit;
            Ok((unit, lost.judge(anew, written, (base, all))?))
        });
        renewed.collect()
    }
}

/// The unit's last commit, if its work may be made anew.
fn may_be_made_anew(state: &UnitState) -> Result<&Checkpoint, Left> {
    match &state.held {
        Some(Held::EditedByHuman { .. }) => return Err(Left::NotOurs("a person has committed to its branch")),
        Some(Held::ClosedByHuman { .. }) => return Err(Left::NotOurs("a person has closed its pull request")),
        Some(Held::Closed { .. }) => return Err(Left::NotOurs("it was closed")),
        None => {}
    }
    if state.merged.is_some() {
        return Err(Left::Merged);
    }
    if state.adopted.is_some() {
        return Err(Left::NotOurs("its branch is a person's work, taken with --adopt"));
    }
    if state.refused.is_some() {
        return Err(Left::NotOurs("it has failed; `cutover resume --retry-failed` comes first"));
    }
    state.checkpoint.as_ref().ok_or(Left::NoCommit)
}

/// Publications that a new head asks for again: what says something of it, and what had not gone well.
fn again(migration: &Migration, state: &UnitState) -> Vec<StepIndex> {
    let graph = &migration.compiled.graph;
    let asks = |step: &StepIndex| match &state.steps[step.position()] {
        StepState::Succeeded(_) => OF_THE_HEAD.contains(&migration.compiled.step(*step).action.as_str()),
        StepState::Waiting(_) | StepState::Failed(_) | StepState::Retrying { .. } => true,
        StepState::Pending | StepState::Running { .. } | StepState::Skipped { .. } => false,
    };
    let publications = graph.of_scope(Scope::Unit).filter(|step| graph.node(*step).effect == Effect::Publish);
    publications.filter(asks).collect()
}

/// Whether every path that either touches has the same content in both bases, and comes out the same.
fn is_the_same(old: &Bench, new: &Overlay) -> Result<bool, Failure> {
    let Some(old) = &old.overlay else { return Ok(false) };
    let paths: BTreeSet<RepoPath> = old.touched()?.into_keys().chain(new.touched()?.into_keys()).collect();
    for path in &paths {
        if old.read_base(path)? != new.read_base(path)? || old.read(path)? != new.read(path)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn broken(failure: Failure) -> Left {
    Left::Impossible(None, failure)
}

fn no_files() -> Failure {
    Failure::new(FailureClass::Machine, "the run itself has no files")
}

fn parsed(commit: &str) -> Result<CommitId, Failure> {
    commit.parse().map_err(|error: ObjectIdError| Failure::new(FailureClass::Machine, error.to_string()))
}

/// Tells a person's commit on a unit's branch from one of a refresh whose process died before it was written down.
struct Lost<'a> {
    refresher: &'a Refresher<'a>,
    state: &'a RunState,
    /// Bases of such commits that were read already.
    known: BTreeMap<String, NewBase>,
}

impl Lost<'_> {
    fn judge(&mut self, anew: Anew, written: Written, (base, all): (&NewBase, bool)) -> Result<Renewal, GitError> {
        Ok(match written {
            Written::Committed { commit, tree } | Written::AlreadyThere { commit, tree } => {
                Renewal::Done(vec![anew.into_event(commit, &tree.to_string())])
            }
            Written::Unchanged => Renewal::Left(Left::InBase),
            Written::Refused(error) => {
                let failure = Failure::new(FailureClass::Conflict, error.to_string());
                Renewal::Left(Left::Impossible(None, Failure { hint: error.hint(), ..failure }))
            }
            Written::Diverged { found: None, .. } if self.state.unit(anew.unit).pushed.is_some() => {
                // The branch was tidied away here; what counts is the remote's, and that push has a lease of its own.
                self.once_more(Anew { request: CommitRequest { expected: None, ..anew.request }, ..anew })?
            }
            Written::Diverged { found, facts } => match (found, facts) {
                (Some(found), Some(facts)) => match self.of_a_dead_process(anew.unit, found, &facts) {
                    Some(event) => self.on_from(anew.unit, event, (base, all))?,
                    None => held(&anew, &found.short()),
                },
                _ => held(&anew, "nothing"),
            },
        })
    }

    fn once_more(&self, anew: Anew) -> Result<Renewal, GitError> {
        let written = self.refresher.source.repository.write_commits(std::slice::from_ref(&anew.request))?;
        Ok(match written.into_iter().next() {
            Some(Written::Committed { commit, tree } | Written::AlreadyThere { commit, tree }) => {
                Renewal::Done(vec![anew.into_event(commit, &tree.to_string())])
            }
            _ => held(&anew, "something else"),
        })
    }

    /// The refresh that made this commit, if one of this run did: made once more it has the same id.
    fn of_a_dead_process(&mut self, unit: UnitIndex, found: CommitId, facts: &CommitFacts) -> Option<Event> {
        let Refresher { migration, source } = self.refresher;
        let ours = facts.run().as_ref() == Some(&migration.frozen.run)
            && facts.connector().as_ref() == Some(&migration.frozen.unit(unit).connector.name);
        let [parent] = facts.parents.as_slice() else { return None };
        if !ours {
            return None;
        }
        let key = parent.to_string();
        if !self.known.contains_key(&key) {
            let tree = Arc::new(source.repository.tree(parent).ok()?);
            self.known.insert(key.clone(), NewBase::read(migration, *parent, tree).ok()?);
        }
        let base = &self.known[&key];
        let Ok(Proposal::Anew(anew)) = self.refresher.one(unit, self.state.unit(unit), base, true) else { return None };
        let same = source.repository.compute_commit(&anew.request).is_ok_and(|commit| commit == found);
        same.then(|| anew.into_event(found, &facts.tree.to_string()))
    }

    /// Goes on from what the dead process had made.
    fn on_from(&self, unit: UnitIndex, event: Event, (base, all): (&NewBase, bool)) -> Result<Renewal, GitError> {
        let mut state = self.state.clone();
        let mut events = vec![event];
        if events.iter().all(|event| state.apply(event).is_ok())
            && let Ok(Proposal::Anew(anew)) = self.refresher.one(unit, state.unit(unit), base, all)
            && let Renewal::Done(more) = self.once_more(*anew)?
        {
            events.extend(more);
        }
        Ok(Renewal::Done(events))
    }
}

fn held(anew: &Anew, found: &str) -> Renewal {
    let by = Held::EditedByHuman { branch: anew.request.branch.clone(), found: found.to_owned() };
    Renewal::Held(Event::Held { unit: anew.unit, by })
}

impl Anew {
    fn into_event(self, commit: CommitId, tree: &str) -> Event {
        let Self { unit, ground, redone, again, request } = self;
        let checkpoint = Checkpoint::new(commit.to_string(), tree).skipping_ci(super::commit::hides(&request.message));
        Event::Refreshed { unit, refresh: Box::new(Refresh { ground, redone, again, checkpoint }) }
    }
}
