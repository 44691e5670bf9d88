//! What a publication may know and do: the unit's branch, commit and files, and the forge.

use jiff::{SignedDuration, Timestamp};

use crate::base::{RunId, UnitName};
use crate::event::{Failure, Held, StepResult, Waiting, WaitsFor};
use crate::forge::{Forge, ForgeError};
use crate::overlay::Overlay;

pub use crate::forge::BoxFuture;

use super::Subject;

/// The unit that is published, and where. Its commits are on its branch already, and in the remote repository if there
/// is one.
#[derive(Clone, Copy)]
pub struct Publishing<'a> {
    /// The connector, the profile and the date.
    pub subject: Subject<'a>,
    /// The run: part of the mark by which what it published is found again.
    pub run: &'a RunId,
    /// The unit: the other part of the mark.
    pub unit: &'a UnitName,
    /// The branch that carries the unit's commits.
    pub branch: &'a str,
    /// The branch that it is to be merged into.
    pub base_branch: &'a str,
    /// The remote repository that the branch was pushed to; `None` where nothing leaves this one.
    pub remote: Option<&'a str>,
    /// The fork of it that the branch was pushed to instead.
    pub fork: Option<&'a str>,
    /// The head of the unit's branch, in hexadecimal; `None` if the unit has no commit.
    pub head: Option<&'a str>,
    /// What the one commit says, below its title, that the unit's commits become when they are squashed; `None` where the
    /// forge is to say it.
    pub squash_text: Option<&'a str>,
    /// The unit's pull request, if an earlier step opened one.
    pub pull_request: Option<u64>,
    /// The unit's files as they are in that head.
    pub files: &'a Overlay,
    /// The present moment.
    pub now: Timestamp,
    /// What the step waited for when it last looked at the world; `None` if it did not, or has acted since.
    pub waiting: Option<&'a Waiting>,
    /// How often the step has acted and went on to wait for what came of it.
    pub acted: u32,
    /// The unit whose pull request is to be merged before this one's, because both change one page.
    pub turn_of: Option<&'a UnitName>,
    /// Where pull requests live.
    pub forge: &'a dyn Forge,
}

impl Publishing<'_> {
    /// The unit's pull request, where the step cannot do without one.
    pub fn number(&self) -> Result<u64, Failure> {
        self.pull_request.ok_or_else(|| {
            Failure::new(crate::event::FailureClass::Conflict, "the unit has no pull request yet")
                .hint("let the step need the `pull-request.open` step")
        })
    }

    /// Waits for what should come by itself soon. `None`: it has been waited for longer than that.
    pub(crate) fn patience(&self, on: WaitsFor, detail: String, most: SignedDuration) -> Option<Waiting> {
        match self.waiting {
            Some(before) if before.on == on && before.detail.starts_with(&detail) => {
                before.until.filter(|until| *until > self.now)?;
                Some(before.clone())
            }
            _ => Some(Waiting::new(on, detail).until(self.now.checked_add(most).unwrap_or(Timestamp::MAX))),
        }
    }
}

/// What came of publishing.
#[derive(Debug)]
pub enum Published {
    /// It is done.
    Done(StepResult),
    /// It is done, and the unit's pull request is merged.
    Merged {
        /// What was done.
        result: StepResult,
        /// The pull request's number.
        number: u64,
    },
    /// Its time has not come.
    Waits(Waiting),
}

/// What a look at the world says before anything is written.
#[derive(Debug)]
pub enum Look {
    /// Act now.
    Act,
    /// There is nothing to act on: this is what came of it.
    Settled(Published),
}

/// Why nothing was published.
#[derive(Debug)]
pub enum PublishError {
    /// It failed.
    Failed(Failure),
    /// A person has taken the unit over.
    Held(Held),
}

impl From<ForgeError> for PublishError {
    fn from(error: ForgeError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for PublishError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StepResult> for Published {
    fn from(result: StepResult) -> Self {
        Self::Done(result)
    }
}

impl From<Waiting> for Published {
    fn from(waiting: Waiting) -> Self {
        Self::Waits(waiting)
    }
}
