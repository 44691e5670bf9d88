//! Whom steps may ask: what the command line and the environment say about it.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::action::Outside;
use crate::action::resolve::image_resolve::answered;
use crate::base::Tree;
use crate::event::{Failure, StepIndex};
use crate::image::{DockerConfig, LOCK_FILE, Lock, Resolver};
use crate::plan::{Migration, Outputs, PlannedUnit, ask, ask_to_verify, plan as plan_only, unknown_outputs};
use crate::web::{Limits, Web};

use super::carry::runtime;
use super::failed::Failed;
use super::out_file;

/// What of the outside world may be asked.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is asked of the outside world")]
pub(super) struct OutsideArguments {
    /// Ask no registry and no web server. Answers are in the plan, in the file of --images-lock, or in the whole address of
    /// an image; a step that needs another one fails.
    #[arg(long)]
    offline: bool,
    /// Take versions and digests of images from this file instead of asking the registry. `plan --out` writes one, called
    /// images.lock, beside the plan.
    #[arg(long, value_name = "FILE")]
    images_lock: Option<Utf8PathBuf>,
}

impl OutsideArguments {
    /// Whom steps ask.
    pub(super) fn open(&self) -> Result<Arc<Outside>, Failed> {
        let web = Arc::new(if self.offline { Web::offline() } else { Web::new(Limits::default()) });
        let images = Resolver::new(Arc::clone(&web), docker_config(), self.lock()?);
        Ok(Arc::new(Outside { web, images }))
    }

    /// The answers that are given; none if no file is.
    pub(super) fn lock(&self) -> Result<Lock, Failed> {
        self.images_lock.as_deref().map_or_else(|| Ok(Lock::default()), read)
    }
}

fn read(file: &Utf8Path) -> Result<Lock, Failed> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failed::usage(format!("failed to read {file}: {error}")).hint("`plan --out` writes one"))?;
    Lock::parse(&text).map_err(|error| Failed::usage(format!("failed to read {file}: {error}")).hint(error.hint()))
}

/// Docker's configuration, where docker itself looks for it.
fn docker_config() -> DockerConfig {
    let of_environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty()).map(Utf8PathBuf::from);
    let home = || Some(of_environment("HOME")?.join(".docker"));
    DockerConfig { file: of_environment("DOCKER_CONFIG").or_else(home).map(|directory| directory.join("config.json")) }
}

/// Plans every unit, asking what has to be asked.
pub(super) fn plan(
    migration: &mut Migration,
    base: &Arc<dyn Tree>,
    arguments: &OutsideArguments,
) -> Result<Vec<PlannedUnit>, Failed> {
    if !migration.compiled.asks() {
        return Ok(plan_only(migration, base));
    }
    let outside = arguments.open()?;
    let planned = runtime()?.block_on(ask(migration, base, &outside));
    planned.map_err(|unanswered| unplanned(migration, unanswered))
}

/// What is known of each unit's steps for the definition of done, asking what has to be asked.
pub(super) fn verify(
    migration: &mut Migration,
    base: &Arc<dyn Tree>,
    arguments: &OutsideArguments,
) -> Result<Vec<Outputs>, Failed> {
    // Nobody is asked for what no criterion reads.
    if !migration.compiled.asks() || !migration.compiled.success_reads_steps() {
        return Ok(vec![unknown_outputs(&migration.compiled); migration.frozen.units.len()]);
    }
    let outside = arguments.open()?;
    let asked = runtime()?.block_on(ask_to_verify(migration, base, &outside));
    asked.map_err(|unanswered| unplanned(migration, unanswered))
}

fn unplanned(migration: &Migration, (step, failure): (StepIndex, Failure)) -> Failed {
    Failed::from(failure).while_doing(&format!("carry out the step {}", migration.compiled.step(step).id))
}

/// Writes down which images a plan has found, beside the plan; a plan without images has no such file. What the given lock
/// had stays in it.
pub(super) fn write_lock(plan: &Utf8Path, migration: &Migration, arguments: &OutsideArguments) -> Result<(), Failed> {
    let mut lock = arguments.lock()?;
    let found = migration.frozen.answers.results().filter_map(answered);
    // A whole address says itself what it is.
    for (query, resolved) in found.filter(|(query, _)| query.digest.is_none()) {
        lock.insert(&query, &resolved);
    }
    if lock.is_empty() {
        return Ok(());
    }
    out_file::write(&plan.with_file_name(LOCK_FILE), &lock.text())
}
