//! Carrying a migration out: what may be done next, done; each transition in the journal first.
//!
//! The `dispatcher` owns all state of the run and puts events in order; executors (edits,
//! processes, publications, commits) only answer it. Nothing here prints: whoever wants to see
//! what happens is told [`Progress`].

mod answers;
mod close;
mod commit;
mod dispatcher;
mod edits;
mod execute;
mod in_place;
mod leaving;
mod ledger;
mod outputs;
mod progress;
mod publish;
mod push;
mod rebuild;
mod recover;
mod refresh;
mod resolve;
mod restore;
mod retry;
mod revert;
mod rollout;
mod steps;
mod sync;
mod trial;
mod turns;
mod waiting;
mod workspace;
mod world;

use std::sync::Arc;
use std::time::Duration;

use crate::base::Tree;
use crate::event::{IllegalEvent, RunState, Stop};
use crate::forge::Forge;
use crate::git::{GitError, Remote, Repository};
use crate::journal::{Journal, JournalError, WriteError, Writer};
use crate::rollout::RolloutError;

pub use close::{Closed, Closing};
pub use dispatcher::carry_out;
pub use execute::Executor;
pub use in_place::{InPlace, InPlaceError, InPlaceUnit, carry_out_in_place};
pub use progress::{Interrupt, Observer, Progress};
pub use rebuild::{Rebuilding, Rebuilt, Trace, Trail};
pub use recover::{RecoverError, Recovery, recover};
pub use refresh::{Anew, Left, NewBase, Proposal, Refresher, Renewal};
pub use revert::{Inverse, MergedUnit, NoInverse, invert, prepared};
pub use sync::{Sync, Synced, sync};
pub use trial::{Trial, try_out};
pub use world::{World, WorldError};

/// Everything that a run is carried out with.
pub struct Job {
    /// What is carried out, and what with. Its processes are stopped by this run's own interrupts.
    pub executor: Executor,
    /// Where.
    pub repository: Repository,
    /// The files of the base commit.
    pub base: Arc<dyn Tree>,
    /// The state so far: new, or folded from the journal.
    pub state: RunState,
    /// Where transitions are written before anything acts on them.
    pub writer: Writer,
    /// Where contents that processes made are read back.
    pub journal: Journal,
    /// Where pull requests live.
    pub forge: Arc<dyn Forge>,
    /// Where commits are pushed before they are published; `None`: nowhere.
    pub remote: Option<Remote>,
    /// Whether to stay and ask again while units wait for the world, and how often.
    pub watch: Option<Duration>,
}

/// How a run ended, as far as this process is concerned.
#[derive(Debug)]
pub struct Ended {
    /// The state it left.
    pub state: RunState,
    /// Why it stopped before its end, if it did.
    pub stopped: Option<Stop>,
}

/// Why a run cannot go on. What is in the journal stays true: `resume` takes it from there.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The repository could not be written, for a reason that concerns every unit.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A transition that is not legal: a bug in cutover.
    #[error("a transition is not legal, which is a bug in cutover: {0}")]
    Illegal(#[from] IllegalEvent),
    /// The rollout of the workflow cannot be made ready.
    #[error("the run cannot go on: {0}")]
    Rollout(#[from] RolloutError),
    /// A part of the engine died.
    #[error("a worker of the engine has died, which is a bug in cutover")]
    Worker,
}

impl EngineError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Git(error) => error.hint(),
            Self::Write(_) | Self::Journal(_) => Some(
                "free space or restore access, then go on with `cutover resume`: nothing that was done is lost"
                    .to_owned(),
            ),
            Self::Rollout(_) => {
                Some("go on with the version of cutover that made the run, or make a new one".to_owned())
            }
            Self::Illegal(_) | Self::Worker => {
                Some("please report it with the output of `cutover status --format json`".to_owned())
            }
        }
    }
}
