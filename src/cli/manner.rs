//! How a run is carried out in this process: what `run`, `resume` and `refresh` take besides what they carry out.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;

use crate::action::{Machine, Outside};
use crate::engine::Executor;
use crate::plan::Migration;
use crate::process::Cancel;

use super::failed::Failed;
use super::secrets;

/// How to carry a run out.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Manner {
    /// Stay while pull requests wait for checks and reviews, and look again every so often.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "60")]
    watch: Option<NonZeroUsize>,
    /// Keep the scratch directories of builds, tests and scripts for a look.
    #[arg(long)]
    pub(super) keep: bool,
}

impl Manner {
    /// The pause between two looks; `None`: do not stay.
    pub(super) fn watch(self) -> Option<Duration> {
        self.watch.map(|seconds| Duration::from_secs(seconds.get() as u64))
    }
}

/// What the steps of a migration are executed with, with these directories for logs and for scratch.
pub(super) fn executor(
    migration: Arc<Migration>,
    (logs, scratch): (Utf8PathBuf, Utf8PathBuf),
    outside: Arc<Outside>,
    cancel: Cancel,
    keep: bool,
) -> Result<Executor, Failed> {
    let (secrets, redactor) = secrets::read(&migration)?;
    let machine = Arc::new(Machine::new(cache()));
    Ok(Executor { migration, logs, scratch, secrets: Arc::new(secrets), redactor, cancel, machine, outside, keep })
}

/// Where caches live: one directory for all repositories.
pub(super) fn cache() -> Utf8PathBuf {
    let of = |name: &str| std::env::var(name).ok().filter(|value| value.starts_with('/')).map(Utf8PathBuf::from);
    let cache = of("XDG_CACHE_HOME").or_else(|| of("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(|| Utf8PathBuf::from("/tmp")).join("cutover")
}
