//! Where a run publishes: decided when it is made, from the workflow, the command line and the remote's address.

use crate::git::{RemoteFacts, Repository};
use crate::plan::Frozen;
use crate::workflow::{ForgeKind, PublishOptions};

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
}

impl PublishingPlace {
    /// The place that a run has frozen.
    pub(super) fn of(frozen: &Frozen) -> Self {
        let Frozen { forge, repository, api_url, remote, .. } = frozen;
        let (repository, api_url, remote) = (repository.clone(), api_url.clone(), remote.clone());
        Self { forge: *forge, repository, api_url, remote }
    }
}

/// Decides it. The local forge pushes nowhere unless a remote is named: rehearsing never leaves the machine.
pub(super) fn place(
    repository: &Repository,
    workflow: &PublishOptions,
    forge: Option<ForgeKind>,
    remote: Option<&str>,
) -> Result<PublishingPlace, Failed> {
    let forge = forge.or(workflow.forge).unwrap_or_default();
    let named = remote.map(str::to_owned).or_else(|| workflow.remote.clone());
    if forge == ForgeKind::Local {
        return Ok(PublishingPlace { forge, repository: None, api_url: None, remote: named });
    }
    let remote = named.unwrap_or_else(|| USUAL_REMOTE.to_owned());
    let facts = repository.remotes()?.into_iter().find(|facts| facts.name == remote);
    let address = facts.map(|RemoteFacts { push_url, .. }| push_url);
    let address = address.unwrap_or_else(|| crate::git::RemoteUrl::new(remote.clone()));
    let of_address = address.owner_and_name().map(|(owner, name)| format!("{owner}/{name}"));
    let found = workflow.repository.clone().or(of_address).ok_or_else(|| {
        Failed::usage(format!("the remote {remote} does not tell which repository on GitHub it is"))
            .hint("say `publish: { repository: owner/name }` in the workflow, or name the remote with --remote")
    })?;
    let api_url = workflow.api_url.clone().or_else(|| std::env::var("GITHUB_API_URL").ok()).or_else(|| {
        let host = address.host().filter(|host| *host != GITHUB)?;
        Some(format!("https://{host}/api/v3"))
    });
    Ok(PublishingPlace { forge, repository: Some(found), api_url, remote: Some(remote) })
}
