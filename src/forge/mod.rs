//! Where pull requests live: one interface, and the forge that needs nothing but a directory.
//!
//! A forge finds, opens and reads pull requests. When to do so, and what to do when a person closed one,
//! is decided above. Branches are [`crate::git`]'s.

mod body;
mod budget;
mod error;
mod github;
mod local;
mod mark;
mod meter;
mod pull_request;
mod standing;

use std::future::Future;
use std::pin::Pin;

pub use budget::{Limits, Pause, RealPause};
pub use error::{ForgeError, ForgeErrorClass};
pub use github::{
    App, Credential, CredentialError, CredentialPlaces, GitHubError, GitHubForge, GitHubSettings, PUBLIC_API, Secret,
    TokenSource, api_url_of, gh_auth_token, host_of,
};
pub use local::LocalForge;
pub use mark::Mark;
pub use meter::timed;
pub use pull_request::{NewPullRequest, PullRequest, PullRequestState};
pub use standing::{
    Check, CheckState, Finding, FindingState, MergeMethod, MergeRequest, Mergeable, Merged, Outlook, Review, Standing,
    Verdict,
};

/// A future that can be named: what a method of a trait object returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a call comes to.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, ForgeError>>;

/// A place for pull requests. Every call may be repeated: [`Forge::find`] comes before [`Forge::open`], `open`
/// never makes a second pull request for a branch that has an open one, and the other writes ask first whether there
/// is anything to do. No implementation repeats a write whose fate it does not know: that is an error of class
/// network, and whoever repeats the call finds what the first one did.
///
/// Reads that are asked for at the same time may be answered by one question to the server.
pub trait Forge: Send + Sync {
    /// What to call it: `local`, `github`.
    fn name(&self) -> &'static str;

    /// The pull request from branch `head` whose mark names the same run and connector, whatever its state;
    /// the newest if there are several.
    fn find<'a>(&'a self, head: &'a str, mark: &'a Mark) -> Answer<'a, Option<PullRequest>>;

    /// Opens a pull request; [`ForgeError::AlreadyOpen`] if its branch has an open one. When it returns, a crash of the
    /// machine no longer loses it. Labels and people may be left to [`Forge::update`].
    fn open<'a>(&'a self, new: &'a NewPullRequest) -> Answer<'a, PullRequest>;

    /// Brings an open pull request to what `wanted` says, with as few writes as that takes: labels, reviewers, teams
    /// and assignees are added and never taken away, and of title and text only what cutover wrote is changed.
    /// Whether it is a draft stays as it is.
    fn update<'a>(&'a self, found: &'a PullRequest, wanted: &'a NewPullRequest) -> Answer<'a, PullRequest>;

    /// All pull requests with a mark, or all from this branch, by number.
    fn list<'a>(&'a self, head: Option<&'a str>) -> Answer<'a, Vec<PullRequest>>;

    /// The pull request with this number.
    fn get(&self, number: u64) -> Answer<'_, PullRequest>;

    /// Where the pull request with this number stands.
    fn standing(&self, number: u64) -> Answer<'_, Standing>;

    /// Makes a draft ready for review; nothing is done to one that is ready.
    fn ready(&self, number: u64) -> Answer<'_, ()>;

    /// Asks people, and teams by their short names, for a review of an open pull request: those of them who have neither
    /// been asked nor looked yet. Whoever opened it is not to be among them.
    fn ask_for_reviews<'a>(&'a self, number: u64, people: &'a [String], teams: &'a [String]) -> Answer<'a, ()>;

    /// Runs a failed check of this pull request again.
    fn rerun<'a>(&'a self, number: u64, check: &'a Check) -> Answer<'a, ()>;

    /// The last lines of a check's log; none where the forge keeps none.
    fn check_log<'a>(&'a self, check: &'a Check) -> Answer<'a, Vec<String>>;

    /// Merges a pull request, or puts it into the merge queue where the base branch has one.
    fn merge<'a>(&'a self, request: &'a MergeRequest) -> Answer<'a, Merged>;

    /// Closes a pull request without merging it, saying why if a comment is given.
    fn close<'a>(&'a self, number: u64, comment: Option<&'a str>) -> Answer<'a, ()>;

    /// Lets no further write go out: those that wait for their turn end with [`ForgeError::Stopped`].
    fn stop(&self);

    /// When so many writes could go out from now on; `None` where nothing limits them. Asks nobody.
    fn outlook(&self, writes: u64) -> Option<Outlook>;

    /// What `cutover doctor` says of it: credentials, permissions, limits, rules of this base branch.
    fn examine<'a>(&'a self, base: &'a str) -> BoxFuture<'a, Vec<Finding>>;
}
