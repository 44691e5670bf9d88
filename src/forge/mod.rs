//! Where pull requests live: one interface, and the forge that needs nothing but a directory.
//!
//! A forge finds, opens and reads pull requests. When to do so, and what to do when a person closed one,
//! is decided above. Branches are [`crate::git`]'s.

mod error;
mod local;
mod mark;
mod pull_request;

use std::future::Future;
use std::pin::Pin;

pub use error::{ForgeError, ForgeErrorClass};
pub use local::LocalForge;
pub use mark::Mark;
pub use pull_request::{NewPullRequest, PullRequest, PullRequestState};

/// A future that can be named: what a method of a trait object returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A place for pull requests. Every call may be repeated: [`Forge::find`] comes before [`Forge::open`], and `open`
/// never makes a second pull request for a branch that has an open one.
pub trait Forge: Send + Sync {
    /// What to call it: `local`, `github`.
    fn name(&self) -> &'static str;

    /// The pull request from branch `head` whose mark names the same run and connector, whatever its state;
    /// the newest if there are several.
    fn find<'a>(&'a self, head: &'a str, mark: &'a Mark) -> BoxFuture<'a, Result<Option<PullRequest>, ForgeError>>;

    /// Opens a pull request; [`ForgeError::AlreadyOpen`] if its branch has an open one. When it returns, a crash of the
    /// machine no longer loses it.
    fn open<'a>(&'a self, new: &'a NewPullRequest) -> BoxFuture<'a, Result<PullRequest, ForgeError>>;

    /// All pull requests, or all from this branch, by number.
    fn list<'a>(&'a self, head: Option<&'a str>) -> BoxFuture<'a, Result<Vec<PullRequest>, ForgeError>>;

    /// The pull request with this number.
    fn get(&self, number: u64) -> BoxFuture<'_, Result<PullRequest, ForgeError>>;
}
