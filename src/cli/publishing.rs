//! Where a run publishes: decided when it is made, from the workflow, the command line and the remote's address.

use crate::git::{RemoteFacts, RemoteUrl, Repository};
use crate::plan::Frozen;
use crate::workflow::{ForgeKind, PublishOptions};

use super::arguments::Publishing;
use super::failed::Failed;

/// The remote that is pushed to where nobody names one.
const USUAL_REMOTE: &str = "origin";

/// Where GitHub itself is.
const GITHUB: &str = "github.com";

/// Where a run publishes, frozen into its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublishingPlace {
    pub(super) forge: ForgeKind,
    /// `owner/name` on the forge.
    pub(super) repository: Option<String>,
    /// The address of the forge's interface, where it is not GitHub's own.
    pub(super) api_url: Option<String>,
    /// The remote that commits are pushed to.
    pub(super) remote: Option<String>,
    /// The fork of it that they are pushed to instead.
    pub(super) fork: Option<String>,
}

impl PublishingPlace {
    /// The place that a run has frozen.
    pub(super) fn of(frozen: &Frozen) -> Self {
        let Frozen { forge, repository, api_url, remote, fork, .. } = frozen;
        let (repository, api_url, remote) = (repository.clone(), api_url.clone(), remote.clone());
        Self { forge: *forge, repository, api_url, remote, fork: fork.clone() }
    }
}

/// Decides it. The local forge pushes nowhere unless a remote is named: rehearsing never leaves the machine.
pub(super) fn place(
    repository: &Repository,
    workflow: &PublishOptions,
    given: &Publishing,
) -> Result<PublishingPlace, Failed> {
    let forge = given.forge.or(workflow.forge).unwrap_or_default();
    let named = given.remote.clone().or_else(|| workflow.remote.clone());
    if forge == ForgeKind::Local {
        // Pull requests in files come from no fork.
        return Ok(PublishingPlace { forge, repository: None, api_url: None, remote: named, fork: None });
    }
    let remote = named.unwrap_or_else(|| USUAL_REMOTE.to_owned());
    let address = address(repository, &remote)?;
    let of_address = address.owner_and_name().map(|(owner, name)| format!("{owner}/{name}"));
    let found = workflow.repository.clone().or(of_address).ok_or_else(|| {
        Failed::usage(format!("the remote {remote} does not tell which repository on GitHub it is"))
            .hint("say `publish: { repository: owner/name }` in the workflow, or name the remote with --remote")
    })?;
    let api_url = workflow.api_url.clone().or_else(|| std::env::var("GITHUB_API_URL").ok()).or_else(|| {
        let host = address.host().filter(|host| *host != GITHUB)?;
        Some(format!("https://{host}/api/v3"))
    });
    let fork = given.fork.clone().or_else(|| workflow.fork.clone());
    if let Some(fork) = fork.as_deref().filter(|fork| is_itself(fork, &found)) {
        return Err(Failed::usage(format!("{fork} has the repository {found} itself, and no fork of it"))
            .hint("name the account that has the fork, or leave the fork out to push to the repository"));
    }
    let place = PublishingPlace { forge, repository: Some(found), api_url, remote: Some(remote), fork };
    if place.fork.is_some() {
        fork_address(&place, repository)?;
    }
    Ok(place)
}

/// Where a remote lies that pushes go to, by its name or address.
fn address(repository: &Repository, remote: &str) -> Result<RemoteUrl, Failed> {
    let facts = repository.remotes()?.into_iter().find(|facts| facts.name == remote);
    Ok(facts.map_or_else(|| RemoteUrl::new(remote), |RemoteFacts { push_url, .. }| push_url))
}

/// Where the fork lies that is pushed to; `None` where there is none.
pub(super) fn fork_address(place: &PublishingPlace, repository: &Repository) -> Result<Option<RemoteUrl>, Failed> {
    let (Some(fork), Some(remote)) = (&place.fork, &place.remote) else { return Ok(None) };
    let found = address(repository, remote)?.fork_of(fork).ok_or_else(|| {
        Failed::usage(format!("the address of the remote {remote} does not tell where forks of it are"))
            .hint("name the repository by an address that ends in `owner/name` with --remote")
    })?;
    Ok(Some(found))
}

/// Whether a fork is named that is the repository.
fn is_itself(fork: &str, repository: &str) -> bool {
    let owner = repository.split('/').next().unwrap_or_default();
    fork.eq_ignore_ascii_case(repository) || fork.eq_ignore_ascii_case(owner)
}
