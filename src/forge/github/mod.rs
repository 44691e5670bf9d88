//! Pull requests on GitHub, its own host or an Enterprise one.
//!
//! Reads that are asked for at the same time go out as one GraphQL document; writes go out one after another, as fast
//! as GitHub's limits for content allow, and none is sent a second time while its fate is unknown. Whether something
//! should be written is decided above; branches are [`crate::git`]'s.
//!
//! One request and its answer are `http`; repeating, limits and redirects `client`; what is asked together `gather`.

mod address;
mod checks;
mod client;
mod credential;
mod examine;
mod facts;
mod find;
mod fork;
mod gather;
mod graphql;
mod http;
mod limit;
mod log;
mod merge;
mod open;
mod pull;
mod refusal;
mod refuse;
mod standing;
mod tokens;
mod update;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::base::{Clock, SystemClock};

use super::budget::{Budget, Limits, Pause, RealPause};
use super::{
    Answer, BoxFuture, Check, Finding, Forge, ForgeError, Mark, MergeRequest, Merged, NewPullRequest, Outlook,
    PullRequest, Standing,
};
use address::Address;
use client::Client;
use facts::Known;
use fork::Fork;
use gather::{Gather, Question};
use pull::Part;
use tokens::Tokens;

pub use address::{PUBLIC_API, api_url_of, host_of};
pub use credential::{App, Credential, CredentialError, CredentialPlaces, Secret, TokenSource, gh_auth_token};
pub use refusal::GitHubError;

/// What a repository on GitHub is reached with.
#[derive(Clone)]
pub struct GitHubSettings {
    /// The REST interface: [`PUBLIC_API`], or `https://HOST/api/v3`; plain HTTP only on this machine.
    pub api_url: String,
    /// The user or organisation.
    pub owner: String,
    /// The repository's name.
    pub repository: String,
    /// The fork that has the branches of pull requests, by its owner or as `owner/name`; `None`: the repository itself.
    pub fork: Option<String>,
    /// Who speaks.
    pub credential: Credential,
    /// How fast writes may follow on each other.
    pub limits: Limits,
    /// Where budgets are kept. One directory for all repositories of a person: GitHub counts by credential.
    pub budget_directory: Utf8PathBuf,
    /// How long one request may take.
    pub timeout: Duration,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// How time is let pass.
    pub pause: Arc<dyn Pause>,
}

impl GitHubSettings {
    /// A repository on github.com with its documented limits and the machine's clock.
    pub fn new(owner: &str, repository: &str, credential: Credential, budget_directory: Utf8PathBuf) -> Self {
        Self {
            api_url: PUBLIC_API.to_owned(),
            owner: owner.to_owned(),
            repository: repository.to_owned(),
            fork: None,
            credential,
            limits: Limits::default(),
            budget_directory,
            timeout: Duration::from_mins(1),
            clock: Arc::new(SystemClock),
            pause: Arc::new(RealPause),
        }
    }
}

/// Pull requests of one repository on GitHub. Nothing is sent until something is asked; its calls need a running
/// tokio.
pub struct GitHubForge {
    inner: Arc<Inner>,
}

/// What all calls share.
struct Inner {
    client: Arc<Client>,
    gather: Arc<Gather>,
    known: Known,
    fork: Option<Fork>,
    /// The checks that a branch's rules require.
    required: tokio::sync::Mutex<HashMap<String, Vec<String>>>,
}

impl GitHubForge {
    /// The forge for a repository; an error only for an address that cannot be GitHub's.
    pub fn new(settings: GitHubSettings) -> Result<Self, ForgeError> {
        let address = Address::parse(&settings.api_url)?;
        let name = budget_name(&address.authority, &settings.credential);
        let fork = settings.fork.as_deref().map(|fork| Fork::new(fork, &settings.repository));
        let GitHubSettings { owner, repository, credential, limits, budget_directory, timeout, clock, pause, .. } =
            settings;
        let budget = Budget::new(&budget_directory, &name, limits, Arc::clone(&clock), pause);
        let http = http::Http::new(address, timeout);
        let client = Arc::new(Client::new(http, Tokens::new(credential), budget, clock, &owner, &repository));
        let (gather, known, required) = (Arc::default(), Known::default(), tokio::sync::Mutex::default());
        let inner = Inner { client, gather, known, fork, required };
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl std::fmt::Debug for GitHubForge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GitHubForge").field(&self.inner.client.repository()).finish()
    }
}

/// The budget's name: host and credential, of which nothing can be read back.
fn budget_name(authority: &str, credential: &Credential) -> String {
    let host: String = authority.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect();
    let digest = Sha256::digest(credential.identity().as_bytes());
    digest.iter().take(6).fold(format!("{host}-"), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

impl Inner {
    async fn ask(&self, question: Question) -> Result<Value, ForgeError> {
        self.gather.ask(&self.client, question).await
    }

    fn read_as<T: DeserializeOwned>(value: Value) -> Result<T, ForgeError> {
        serde_json::from_value(value).map_err(|error| Self::unreadable(&error))
    }

    fn unreadable(error: &serde_json::Error) -> ForgeError {
        ForgeError::Network(format!("its answer is cut off or unknown: {error}"))
    }
}

impl Forge for GitHubForge {
    fn name(&self) -> &'static str {
        "github"
    }

    fn find<'a>(&'a self, head: &'a str, mark: &'a Mark) -> Answer<'a, Option<PullRequest>> {
        Box::pin(self.inner.find(head, mark))
    }

    fn open<'a>(&'a self, new: &'a NewPullRequest) -> Answer<'a, PullRequest> {
        Box::pin(self.inner.open(new))
    }

    fn update<'a>(&'a self, found: &'a PullRequest, wanted: &'a NewPullRequest) -> Answer<'a, PullRequest> {
        Box::pin(self.inner.update(found, wanted))
    }

    fn list<'a>(&'a self, head: Option<&'a str>) -> Answer<'a, Vec<PullRequest>> {
        match head {
            Some(head) => Box::pin(self.inner.of_head(head)),
            None => Box::pin(self.inner.all_marked()),
        }
    }

    fn get(&self, number: u64) -> Answer<'_, PullRequest> {
        Box::pin(async move { self.inner.pull(number, Part::Brief).await.map(|node| self.inner.told(node)) })
    }

    fn standing(&self, number: u64) -> Answer<'_, Standing> {
        Box::pin(self.inner.standing(number))
    }

    fn ready(&self, number: u64) -> Answer<'_, ()> {
        Box::pin(self.inner.ready(number))
    }

    fn ask_for_reviews<'a>(&'a self, number: u64, people: &'a [String], teams: &'a [String]) -> Answer<'a, ()> {
        Box::pin(self.inner.ask_for_reviews(number, people, teams))
    }

    fn rerun<'a>(&'a self, _number: u64, check: &'a Check) -> Answer<'a, ()> {
        Box::pin(self.inner.rerun(check))
    }

    fn check_log<'a>(&'a self, check: &'a Check) -> Answer<'a, Vec<String>> {
        Box::pin(self.inner.check_log(check))
    }

    fn merge<'a>(&'a self, request: &'a MergeRequest) -> Answer<'a, Merged> {
        Box::pin(self.inner.merge(request))
    }

    fn close<'a>(&'a self, number: u64, comment: Option<&'a str>) -> Answer<'a, ()> {
        Box::pin(self.inner.close(number, comment))
    }

    fn stop(&self) {
        self.inner.client.budget().stop();
    }

    fn outlook(&self, writes: u64) -> Option<Outlook> {
        Some(self.inner.client.budget().outlook(writes))
    }

    fn examine<'a>(&'a self, base: &'a str) -> BoxFuture<'a, Vec<Finding>> {
        Box::pin(self.inner.examine(base))
    }
}
