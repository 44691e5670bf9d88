//! `--in-place`: one developer's working tree. The files change; nothing is committed, published
//! or journaled, and a file with changes of the developer's own is left alone.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{FileMode, RepoPath, StepId, Tree, TreeFile, sentence_list};
use crate::event::{Failure, FailureClass, StepIndex, StepResult, UnitIndex, UnitOutcome};
use crate::git::{GitError, Repository};
use crate::overlay::{Changes, LayeredTree, Overlay};
use crate::plan::{Asked, Migration, Outputs, StepDeed, Tried, rehearse};
use crate::workflow::Scope;

use super::edits::Bench;
use super::execute::{Executed, Executor, execute};
use super::resolve::{Resolved, put};

/// What became of a connector in the working tree.
#[derive(Debug)]
pub struct InPlaceUnit {
    /// Which.
    pub unit: UnitIndex,
    /// What became of it.
    pub outcome: UnitOutcome,
    /// Its steps: what came of each.
    pub steps: Vec<(StepId, &'static str, String)>,
    /// The files that were written or removed.
    pub files: Vec<RepoPath>,
}

/// Why nothing can be done in place.
#[derive(Debug, thiserror::Error)]
pub enum InPlaceError {
    /// A bare repository.
    #[error("{0} is a bare repository; --in-place needs a working tree")]
    Bare(Utf8PathBuf),
    /// git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file could not be written; files written before it stay.
    #[error("failed to write {path}: {source}")]
    Io {
        /// Which.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What is done in place, and with what.
pub struct InPlace {
    /// The repository with the working tree.
    pub repository: Repository,
    /// The files of HEAD.
    pub head: Arc<dyn Tree>,
    /// What is carried out, and what with.
    pub executor: Executor,
}

/// Carries the migration out in the working tree, one connector after the other. A connector's files
/// are written only when all of its steps succeeded.
pub async fn carry_out_in_place(job: InPlace) -> Result<Vec<InPlaceUnit>, InPlaceError> {
    let Some(work_tree) = job.repository.work_tree().map(Utf8Path::to_owned) else {
        return Err(InPlaceError::Bare(job.repository.common_dir().to_owned()));
    };
    let run_outputs = match run_steps(&job).await {
        Ok(outputs) => outputs,
        Err((step, failure)) => return Ok(blocked(&job.executor.migration, step, &failure)),
    };
    let mut written = Changes::new();
    let mut units = Vec::new();
    for position in 1..=job.executor.migration.frozen.units.len() {
        let unit = UnitIndex(u32::try_from(position).unwrap_or(u32::MAX));
        let tree: Arc<dyn Tree> = Arc::new(LayeredTree::new(Arc::clone(&job.head), written.clone()));
        let mut way = Way { job: &job, unit, run_outputs: &run_outputs, steps: Vec::new() };
        let worked = way.work(tree).await;
        let steps = std::mem::take(&mut way.steps);
        let done = match worked {
            Err((step, failure)) => (UnitOutcome::Failed { step, failure }, Vec::new()),
            Ok(overlay) => settle(&job, &work_tree, &overlay, &mut written, &steps)?,
        };
        units.push(InPlaceUnit { unit, outcome: done.0, steps, files: done.1 });
    }
    Ok(units)
}

/// The steps of the run itself, before any connector; their outputs.
async fn run_steps(job: &InPlace) -> Result<Outputs, (StepIndex, Failure)> {
    let migration = &job.executor.migration;
    let fixed = migration.fixed(UnitIndex::RUN);
    let handle = migration.unit(UnitIndex::RUN, &fixed);
    let mut bench = Bench { fixed: fixed.clone(), ground: None, overlay: None, outputs: Outputs::default() };
    for step in migration.compiled.graph.of_scope(Scope::Run) {
        let compiled = migration.compiled.step(step);
        let stuck = |failure| (step, failure);
        let scope = handle.scope(compiled.reads, None, &bench.outputs).map_err(stuck)?;
        if handle.skip_reason(step, &scope).map_err(stuck)?.is_some() {
            bench.outputs.add(compiled, false, &BTreeMap::new());
            continue;
        }
        if matches!(compiled.deed, StepDeed::Resolve(..)) {
            let result = resolve(job, UnitIndex::RUN, step, &bench).await.map_err(stuck)?;
            bench.outputs.add(compiled, result.changed, &result.outputs);
            continue;
        }
        match execute(&job.executor, UnitIndex::RUN, step, 1, bench.clone()).await {
            Executed::Done { result, .. } => bench.outputs.add(compiled, result.changed, &result.outputs),
            Executed::Skipped(_) => bench.outputs.add(compiled, false, &BTreeMap::new()),
            Executed::Failed(failure) => return Err((step, failure)),
            Executed::Interrupted => return Err((step, interrupted())),
        }
    }
    Ok(bench.outputs)
}

/// The answer to a step that asks the outside world and whose `if` holds. What was asked once is not asked again.
async fn resolve(job: &InPlace, unit: UnitIndex, step: StepIndex, bench: &Bench) -> Result<StepResult, Failure> {
    let migration = &job.executor.migration;
    let handle = migration.unit(unit, &bench.fixed);
    let question = match handle.asked(step, bench.overlay.as_ref(), &bench.outputs, &migration.frozen.answers) {
        Asked::Answered(result) => return Ok(result),
        Asked::Open(question) => question,
        Asked::Failed(failure) => return Err(failure),
        Asked::Undecided(reason) | Asked::Skipped(reason) => {
            return Err(Failure::new(FailureClass::Expression, reason));
        }
    };
    match put(migration.compiled.step(step), &question, &job.executor.outside, job.executor.cancel.clone(), 1).await {
        Resolved::Done(result) => Ok(result),
        Resolved::Failed(failure) => Err(failure),
        Resolved::Interrupted => Err(interrupted()),
    }
}

/// Every connector, when a step of the run has failed: nothing is done for any of them.
fn blocked(migration: &Migration, step: StepIndex, failure: &Failure) -> Vec<InPlaceUnit> {
    let units = (1..=migration.frozen.units.len()).map(|position| InPlaceUnit {
        unit: UnitIndex(u32::try_from(position).unwrap_or(u32::MAX)),
        outcome: UnitOutcome::Failed { step: Some(step), failure: failure.clone() },
        steps: Vec::new(),
        files: Vec::new(),
    });
    units.collect()
}

fn interrupted() -> Failure {
    Failure::new(FailureClass::Interrupted, "it was interrupted")
}

/// Writes a unit's files, unless one of them has changes of the developer's own.
fn settle(
    job: &InPlace,
    work_tree: &Utf8Path,
    overlay: &Overlay,
    written: &mut Changes,
    steps: &[(StepId, &'static str, String)],
) -> Result<(UnitOutcome, Vec<RepoPath>), InPlaceError> {
    let changes = overlay.changes();
    if changes.is_empty() {
        let skipped = steps.first().filter(|_| steps.iter().all(|(_, outcome, _)| *outcome == "skipped"));
        let outcome = match skipped {
            Some((_, _, reason)) => UnitOutcome::Skipped { reason: reason.clone() },
            None => UnitOutcome::Unchanged,
        };
        return Ok((outcome, Vec::new()));
    }
    let fresh: Vec<RepoPath> = changes.keys().filter(|path| !written.contains_key(*path)).cloned().collect();
    let dirty = job.repository.dirty(&fresh)?;
    if !dirty.is_empty() {
        let names: Vec<&str> = dirty.iter().map(RepoPath::as_str).collect();
        let message = format!(
            "{} {} changes that are not committed",
            sentence_list(&names),
            if names.len() == 1 { "has" } else { "have" }
        );
        let failure = Failure::new(FailureClass::Conflict, message)
            .cause("files in the way have changes that are not committed")
            .hint("commit, stash or discard them first; nothing of this connector was written");
        return Ok((UnitOutcome::Failed { step: None, failure }, Vec::new()));
    }
    for (path, file) in changes {
        write(&work_tree.join(path.as_str()), file.as_ref())?;
    }
    let files: Vec<RepoPath> = changes.keys().cloned().collect();
    written.extend(changes.clone());
    Ok((UnitOutcome::Changed, files))
}

/// One file, whole or not at all.
fn write(place: &Utf8Path, file: Option<&TreeFile>) -> Result<(), InPlaceError> {
    let failed = |source: io::Error| InPlaceError::Io { path: place.to_owned(), source };
    let Some(file) = file else {
        match fs::remove_file(place) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        // git keeps no empty directories; one that is not empty stays.
        let _ = place.parent().map(fs::remove_dir);
        return Ok(());
    };
    let directory = place.parent().unwrap_or(place);
    fs::create_dir_all(directory).map_err(failed)?;
    let temporary = directory.join(format!(".{}.cutover", place.file_name().unwrap_or("file")));
    if file.mode == FileMode::Symlink {
        let _ = fs::remove_file(&temporary);
        symlink(String::from_utf8_lossy(&file.bytes).as_ref(), &temporary).map_err(failed)?;
    } else {
        fs::write(&temporary, &file.bytes).map_err(failed)?;
        let mode = if file.mode == FileMode::Executable { 0o755 } else { 0o644 };
        fs::set_permissions(&temporary, fs::Permissions::from_mode(mode)).map_err(failed)?;
    }
    fs::rename(&temporary, place).map_err(failed)
}

/// One unit on its way.
struct Way<'a> {
    job: &'a InPlace,
    unit: UnitIndex,
    run_outputs: &'a Outputs,
    steps: Vec<(StepId, &'static str, String)>,
}

type Stuck = (Option<StepIndex>, Failure);

impl Way<'_> {
    async fn work(&mut self, tree: Arc<dyn Tree>) -> Result<Overlay, Stuck> {
        let migration = Arc::clone(&self.job.executor.migration);
        let fixed = migration.fixed(self.unit);
        let handle = migration.unit(self.unit, &fixed);
        // Decide before anything runs: an edit that cannot be made is known now.
        let rehearsal =
            rehearse(&handle, Arc::clone(&tree), self.run_outputs.clone()).map_err(|failure| (None, failure))?;
        if let Some((step, failure)) = rehearsal.refusal() {
            return Err((Some(step), failure.clone()));
        }
        let Some(overlay) = handle.overlay(tree) else { return Err((None, no_files())) };
        let mut bench =
            Bench { fixed: fixed.clone(), ground: None, overlay: Some(overlay), outputs: self.run_outputs.clone() };
        for step in migration.compiled.graph.of_scope(Scope::Unit) {
            let compiled = migration.compiled.step(step);
            let result = match &compiled.deed {
                StepDeed::Edit(..) => {
                    let overlay = bench.overlay.as_mut().ok_or_else(|| (None, no_files()))?;
                    match handle.edit(step, overlay, &bench.outputs) {
                        Tried::Done(result) => Ok(result),
                        Tried::Skipped(reason) | Tried::Undecided(reason) => Err(reason),
                        Tried::Failed(failure) => return Err((Some(step), failure)),
                    }
                }
                StepDeed::Run(_) | StepDeed::Execute(..) | StepDeed::Resolve(..) => {
                    self.act(step, &mut bench).await.map_err(|failure| (Some(step), failure))?
                }
                StepDeed::Publish(..) => Err("--in-place publishes nothing".to_owned()),
            };
            match result {
                Ok(result) => {
                    bench.outputs.add(compiled, result.changed, &result.outputs);
                    let outcome = if result.changed { "changed" } else { "unchanged" };
                    self.steps.push((compiled.id.clone(), outcome, result.detail));
                }
                Err(reason) => {
                    bench.outputs.add(compiled, false, &BTreeMap::new());
                    self.steps.push((compiled.id.clone(), "skipped", reason));
                }
            }
        }
        bench.overlay.ok_or_else(|| (None, no_files()))
    }

    /// A process or a question; the reason if its `if` is false.
    async fn act(&self, step: StepIndex, bench: &mut Bench) -> Result<Result<StepResult, String>, Failure> {
        let migration = &self.job.executor.migration;
        let compiled = migration.compiled.step(step);
        let handle = migration.unit(self.unit, &bench.fixed);
        let scope = handle.scope(compiled.reads, bench.overlay.as_ref(), &bench.outputs)?;
        if let Some(reason) = handle.skip_reason(step, &scope)? {
            return Ok(Err(reason));
        }
        if matches!(compiled.deed, StepDeed::Resolve(..)) {
            return resolve(self.job, self.unit, step, bench).await.map(Ok);
        }
        match execute(&self.job.executor, self.unit, step, 1, bench.clone()).await {
            Executed::Done { result, changes, .. } => {
                if let Some(overlay) = bench.overlay.as_mut() {
                    overlay.take(changes)?;
                }
                Ok(Ok(result))
            }
            Executed::Skipped(reason) => Ok(Err(reason)),
            Executed::Failed(failure) => Err(failure),
            Executed::Interrupted => Err(interrupted()),
        }
    }
}

fn no_files() -> Failure {
    Failure::new(FailureClass::Machine, "the run itself has no files")
}
