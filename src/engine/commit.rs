//! Commits: many units' edits as one pack and one ref transaction, on one thread.
//!
//! Requests that come while a batch is written form the next batch, as in the journal.

use std::sync::mpsc;
use std::thread;

use crate::base::{RunId, StepId, sentence_list};
use crate::event::{
    Checkpoint, Failure, FailureClass, Ground, Held, StepIndex, StepResult, StepState, UnitIndex, UnitState,
};
use crate::git::{CommitId, CommitRequest, GitError, ObjectIdError, Repository, Written};
use crate::overlay::Overlay;
use crate::plan::{Migration, text};
use crate::workflow::{Scope, Workflow};

use super::edits::Bench;

/// The longest subject line that is not cut.
const LONGEST_SUBJECT: usize = 72;

/// What GitHub Actions, GitLab and others look for in a commit's message
/// (<https://docs.github.com/en/actions/managing-workflow-runs/skipping-workflow-runs>).
const SKIP_CI: &str = "[skip ci]";

/// What became of a unit's commit.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is on its branch.
    Committed(Option<Checkpoint>),
    /// The unit cannot go on.
    Failed(Failure),
    /// A person has the branch.
    Held(Held),
    /// Nothing can be committed: the repository itself refuses.
    Fatal(GitError),
}

/// The thread that commits.
pub(super) struct Committer {
    queue: mpsc::Sender<(UnitIndex, CommitRequest)>,
}

impl Committer {
    /// Starts the thread; `answer` is called on it, once for each request.
    pub(super) fn start(
        repository: Repository,
        answer: impl Fn(UnitIndex, Outcome) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (queue, requests) = mpsc::channel();
        thread::Builder::new().name("commits".into()).spawn(move || commit_all(&repository, &requests, &answer))?;
        Ok(Self { queue })
    }

    /// Asks for a commit.
    pub(super) fn request(&self, unit: UnitIndex, request: CommitRequest) {
        // The thread ends only when this sender does.
        let _ = self.queue.send((unit, request));
    }
}

fn commit_all(
    repository: &Repository,
    requests: &mpsc::Receiver<(UnitIndex, CommitRequest)>,
    answer: &impl Fn(UnitIndex, Outcome),
) {
    while let Ok(first) = requests.recv() {
        let batch: Vec<(UnitIndex, CommitRequest)> = std::iter::once(first).chain(requests.try_iter()).collect();
        let (units, batch): (Vec<UnitIndex>, Vec<CommitRequest>) = batch.into_iter().unzip();
        match repository.write_commits(&batch) {
            Ok(written) => {
                for ((unit, request), written) in units.iter().zip(&batch).zip(written) {
                    answer(*unit, judge(repository, request, written));
                }
            }
            Err(error) => {
                // One error for the whole batch; everybody who waits must be told.
                for unit in units {
                    answer(unit, Outcome::Fatal(error.clone()));
                }
            }
        }
    }
}

fn judge(repository: &Repository, request: &CommitRequest, written: Written) -> Outcome {
    match written {
        Written::Committed { commit, tree } | Written::AlreadyThere { commit, tree } => {
            let checkpoint = Checkpoint::new(commit.to_string(), tree.to_string());
            Outcome::Committed(Some(checkpoint.skipping_ci(hides(&request.message))))
        }
        Written::Unchanged => Outcome::Committed(None),
        Written::Refused(error) => Outcome::Failed(failure(&error)),
        Written::Diverged { found, facts } => {
            let branch = &request.branch;
            let place = found.map_or_else(|| "nothing".to_owned(), |found| found.short());
            let same_work = match (&facts, repository.compute_tree(&request.parent, &request.changes)) {
                (Some(facts), Ok(tree)) => {
                    facts.run().is_some() && facts.tree == tree && facts.parents == [request.parent]
                }
                _ => false,
            };
            if let (true, Some(found), Some(facts)) = (same_work, found, &facts) {
                // An earlier run of the same migration made the same change on the same base.
                let checkpoint = Checkpoint::new(found.to_string(), facts.tree.to_string());
                let checkpoint = checkpoint.skipping_ci(hides(&facts.message));
                return Outcome::Committed(Some(checkpoint));
            }
            if request.expected.is_some() {
                return Outcome::Held(Held::EditedByHuman { branch: branch.clone(), found: place });
            }
            let whose = facts.and_then(|facts| facts.run());
            Outcome::Failed(occupied(branch, &place, whose.as_ref()))
        }
    }
}

/// The failure of a unit whose branch exists with commits that are not its own.
pub(super) fn occupied(branch: &str, place: &str, run: Option<&RunId>) -> Failure {
    let (message, hint) = match run {
        Some(run) => (
            format!("branch {branch} exists already, at {place} of run {run}"),
            format!("go on with that run (`cutover resume {run}`), or give it up first (`cutover close {run}`)"),
        ),
        None => (
            format!("branch {branch} exists already, at {place}, with commits that cutover did not make"),
            "delete or rename the branch, give the workflow another `branch:`, or take it as the unit's work with \
             `cutover resume --adopt NAME`"
                .to_owned(),
        ),
    };
    Failure::new(FailureClass::Conflict, message).cause("the branch exists already").hint(hint)
}

fn failure(error: &GitError) -> Failure {
    Failure { hint: error.hint(), ..Failure::new(FailureClass::Conflict, error.to_string()) }
}

/// The request for a unit's next commit.
pub(super) fn request(
    migration: &Migration,
    repository: &Repository,
    unit: UnitIndex,
    state: &UnitState,
    bench: &Bench,
) -> Result<CommitRequest, Failure> {
    let frozen = &migration.frozen;
    let broken = |error: ObjectIdError| Failure::new(FailureClass::Machine, error.to_string());
    let (parent, expected) = match &state.checkpoint {
        Some(checkpoint) => {
            let commit: CommitId = checkpoint.commit.parse().map_err(broken)?;
            (commit, Some(commit))
        }
        None => match &bench.ground {
            Some(ground) => (ground.base.parse().map_err(broken)?, None),
            None => (frozen.base, None),
        },
    };
    let Some(overlay) = &bench.overlay else {
        return Err(Failure::new(FailureClass::Machine, "the run itself has no files to commit"));
    };
    keep_promise(migration, repository, unit, (bench.ground.as_deref(), overlay))?;
    let (parent, message) = match expected.filter(|_| state.uncommitted.is_empty()) {
        Some(head) => once_more(repository, &head)?,
        None => (parent, message(migration, (unit, state), bench, &uncommitted(state), state.checkpoint.is_none())?),
    };
    Ok(CommitRequest {
        branch: frozen.unit(unit).branch.clone(),
        expected,
        parent,
        changes: overlay.touched()?,
        message,
        author: frozen.author.clone(),
        time: frozen.created_at,
    })
}

/// The last commit in place of itself, for continuous integration to see: what was to follow it has changed nothing.
fn once_more(repository: &Repository, head: &CommitId) -> Result<(CommitId, String), Failure> {
    let facts = repository.commit_facts(head).map_err(|error| failure(&error))?;
    let parent = facts.parents.first().copied().ok_or_else(|| {
        Failure::new(FailureClass::Machine, format!("the commit {} of this run follows none", head.short()))
    })?;
    Ok((parent, shown(&facts.message)))
}

/// A run that carries out a plan makes the trees that the plan promised, or stops.
fn keep_promise(
    migration: &Migration,
    repository: &Repository,
    unit: UnitIndex,
    (ground, overlay): (Option<&Ground>, &Overlay),
) -> Result<(), Failure> {
    let Some(promised) = &migration.frozen.unit(unit).promised_tree else { return Ok(()) };
    if ground.is_some() {
        // The plan knew nothing of the base that came after it.
        return Ok(());
    }
    let tree = repository.compute_tree(&migration.frozen.base, overlay.changes()).map_err(|error| failure(&error))?;
    if tree.to_string() == *promised {
        return Ok(());
    }
    let message = format!("its edits make the tree {}, and the plan promised {promised}", tree.short());
    Err(Failure::new(FailureClass::Conflict, message).cause("its edits are not those of the plan").hint("plan again"))
}

/// What a commit of a unit's open edits tells of: the steps, and what each did.
fn uncommitted(state: &UnitState) -> Vec<(StepIndex, &StepResult)> {
    let steps = state.uncommitted.iter();
    steps.filter_map(|step| state.result(*step).map(|result| (*step, result))).collect()
}

/// The message: a subject, a line for each step that changed something, the trailers. The first commit of a unit is
/// named by the workflow, those that follow by their steps.
pub(super) fn message(
    migration: &Migration,
    (unit, state): (UnitIndex, &UnitState),
    bench: &Bench,
    steps: &[(StepIndex, &StepResult)],
    is_first: bool,
) -> Result<String, Failure> {
    let message = said(migration, unit, bench, steps, is_first)?;
    Ok(if skips_ci(migration, state) { skipping_ci(&message) } else { message })
}

/// What the one commit says, below its title, that a unit's commits become when they are squashed: what each step did,
/// and whose it is. `None` where a person has a part in them.
pub(super) fn squash_text(
    migration: &Migration,
    (unit, state): (UnitIndex, &UnitState),
    bench: &Bench,
) -> Result<Option<String>, Failure> {
    if state.adopted.is_some() {
        return Ok(None);
    }
    let graph = &migration.compiled.graph;
    let steps: Vec<(StepIndex, &StepResult)> = graph
        .of_scope(Scope::Unit)
        .filter(|step| graph.node(*step).writes)
        .filter_map(|step| state.result(step).filter(|result| result.changed).map(|result| (step, result)))
        .collect();
    let whole = said(migration, unit, bench, &steps, true)?;
    Ok(whole.split_once('\n').map(|(_, text)| text.trim().to_owned()))
}

/// A message without what is for machines to act on.
fn said(
    migration: &Migration,
    unit: UnitIndex,
    bench: &Bench,
    steps: &[(StepIndex, &StepResult)],
    is_first: bool,
) -> Result<String, Failure> {
    let name = &migration.frozen.unit(unit).connector.name;
    let details = steps.iter().map(|(_, result)| result.detail.as_str()).filter(|detail| !detail.is_empty());
    let workflow = &migration.frozen.workflow;
    let subject = if let Some(template) = &migration.compiled.message {
        let handle = bench.unit(migration, unit);
        let reads = crate::plan::Reads { metadata: true, anything: true };
        text(template, &handle.scope(reads, bench.overlay.as_ref(), &bench.outputs)?)?
    } else {
        let what = if is_first {
            title(workflow, name.as_str().len())
        } else {
            // What follows the pull request is named by its steps: `changelog`.
            sentence_list(&titles(migration, steps))
        };
        cut(&format!("{name}: {what}"))
    };
    let mut body = String::new();
    for detail in details {
        body.extend(["- ", detail, "\n"]);
    }
    if !body.is_empty() {
        body.push('\n');
    }
    let trailers =
        format!("{}: {}\n{}: {name}", crate::git::RUN_TRAILER, migration.frozen.run, crate::git::CONNECTOR_TRAILER);
    Ok(format!("{}\n\n{body}{trailers}\n", subject.trim_end()))
}

/// Whether continuous integration is to leave a commit of this unit alone, because another will follow: a step that may
/// change files is still open, and nothing keeps it from being done.
fn skips_ci(migration: &Migration, state: &UnitState) -> bool {
    let nodes = migration.compiled.graph.nodes();
    let dead = |at: usize| {
        let mut needs: Vec<usize> = vec![at];
        while let Some(at) = needs.pop() {
            if matches!(state.steps[at], StepState::Failed(_)) && !nodes[at].continue_on_error {
                return true;
            }
            needs.extend(nodes[at].needs.iter().map(|need| need.position()));
        }
        false
    };
    let follows =
        |at: usize| nodes[at].writes && nodes[at].scope == Scope::Unit && !state.steps[at].is_settled() && !dead(at);
    migration.frozen.workflow.commit.skip_ci_until_last && (0..nodes.len()).any(follows)
}

/// Whether a message of ours tells continuous integration to leave its commit alone.
pub(super) fn hides(message: &str) -> bool {
    message.lines().any(|line| line == SKIP_CI)
}

/// The message without that line: what [`skipping_ci`] has made of it, undone.
pub(super) fn shown(message: &str) -> String {
    message.replacen(&format!("\n\n{SKIP_CI}\n"), "\n", 1)
}

/// The message with the line that continuous integration looks for, above the trailers.
fn skipping_ci(message: &str) -> String {
    match message.trim_end().rsplit_once("\n\n") {
        Some((body, trailers)) => format!("{body}\n\n{SKIP_CI}\n\n{trailers}\n"),
        None => format!("{}\n\n{SKIP_CI}\n", message.trim_end()),
    }
}

/// The titles, or ids, of the steps whose changes are committed now.
fn titles(migration: &Migration, steps: &[(StepIndex, &StepResult)]) -> Vec<String> {
    let all = &migration.frozen.workflow.steps;
    let ids = steps.iter().map(|(step, _)| &migration.compiled.step(*step).id);
    let title = |id: &StepId| {
        let named = all.iter().find(|step| step.id == *id).and_then(|step| step.name.clone());
        named.unwrap_or_else(|| id.as_str().replace(['-', '_'], " "))
    };
    ids.map(title).collect()
}

/// The workflow's description where it fits on the line, its name otherwise.
fn title(workflow: &Workflow, taken: usize) -> String {
    let description = workflow.description.as_deref().unwrap_or_default().trim().trim_end_matches('.');
    let room = LONGEST_SUBJECT.saturating_sub(taken + 2);
    let fits = !description.is_empty() && !description.contains('\n') && description.chars().count() <= room;
    if fits { description.to_owned() } else { workflow.name.replace(['-', '_'], " ") }
}

fn cut(subject: &str) -> String {
    let subject = subject.lines().next().unwrap_or_default();
    if subject.chars().count() <= LONGEST_SUBJECT {
        return subject.to_owned();
    }
    let mut short: String = subject.chars().take(LONGEST_SUBJECT - 1).collect();
    short.push('…');
    short
}
