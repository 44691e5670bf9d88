//! GitHub as the command line reaches it: credentials from the environment, budgets in the user's state directory.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::forge::{
    App, Credential, CredentialPlaces, Forge, GitHubForge, GitHubSettings, PUBLIC_API, Secret, gh_auth_token, host_of,
};
use crate::git::{Remote, Repository};
use crate::workflow::{ForgeKind, PublishOptions};

use super::failed::Failed;
use super::publishing::{PublishingPlace, fork_address};

/// The file with a token that comes before everything else.
const TOKEN_FILE: &str = "CUTOVER_GITHUB_TOKEN_FILE";

/// The id of a GitHub App.
const APP: &str = "CUTOVER_GITHUB_APP_ID";

/// The file with its private key.
const APP_KEY_FILE: &str = "CUTOVER_GITHUB_APP_KEY_FILE";

/// The id of its installation; asked for if not given.
const APP_INSTALLATION: &str = "CUTOVER_GITHUB_APP_INSTALLATION";

/// The forge of a repository on GitHub.
pub(super) fn forge(place: &PublishingPlace, options: &PublishOptions) -> Result<Arc<dyn Forge>, Failed> {
    let api_url = api_url(place);
    let whole = place.repository.as_deref().unwrap_or_default();
    let (owner, name) = whole
        .split_once('/')
        .ok_or_else(|| Failed::usage(format!("`{whole}` is no repository on GitHub")).hint("it is `owner/name`"))?;
    let mut settings = GitHubSettings::new(owner, name, credential(api_url)?, budgets());
    api_url.clone_into(&mut settings.api_url);
    settings.fork.clone_from(&place.fork);
    let number = |given: Option<std::num::NonZeroUsize>, usual: u32| {
        given.map_or(usual, |given| u32::try_from(given.get()).unwrap_or(u32::MAX))
    };
    settings.limits.per_minute = number(options.writes_per_minute, settings.limits.per_minute);
    settings.limits.per_hour = number(options.writes_per_hour, settings.limits.per_hour);
    if options.writes_per_minute.is_some_and(|given| given.get() > 80) {
        // Whoever lifts the limits knows the server; GitHub's second between two writes is for GitHub.
        settings.limits.spacing = std::time::Duration::ZERO;
    }
    Ok(Arc::new(GitHubForge::new(settings)?))
}

/// The remote that holds a run's branches: the fork where it pushes to one, and else the remote that it is based on.
pub(super) fn branches(place: &PublishingPlace, repository: &Repository) -> Result<Option<Remote>, Failed> {
    match fork_address(place, repository)? {
        Some(address) => with_token(place, Remote::at(address)).map(Some),
        None => remote(place),
    }
}

/// The remote that a run is based on. The forge's token serves for HTTPS where the user's git is not let in by itself.
pub(super) fn remote(place: &PublishingPlace) -> Result<Option<Remote>, Failed> {
    let Some(name) = &place.remote else { return Ok(None) };
    with_token(place, Remote::new(name)).map(Some)
}

fn with_token(place: &PublishingPlace, remote: Remote) -> Result<Remote, Failed> {
    if place.forge != ForgeKind::Github {
        return Ok(remote);
    }
    Ok(match credential(api_url(place))? {
        Credential::Token { secret, .. } => remote.with_token(&web_address(api_url(place))?, secret.expose()),
        Credential::App(_) => remote,
    })
}

/// What must not be written down.
pub(super) fn secret(place: &PublishingPlace) -> Option<String> {
    match (place.forge, credential(api_url(place))) {
        (ForgeKind::Github, Ok(Credential::Token { secret, .. })) => Some(secret.expose().to_owned()),
        (ForgeKind::Github, Ok(Credential::App(app))) => Some(app.private_key.expose().to_owned()),
        _ => None,
    }
}

fn api_url(place: &PublishingPlace) -> &str {
    place.api_url.as_deref().unwrap_or(PUBLIC_API)
}

/// The address under which git reaches the host of an interface.
fn web_address(api_url: &str) -> Result<String, Failed> {
    let host = host_of(api_url).map_err(|error| Failed::from(crate::forge::ForgeError::from(error)))?;
    let scheme = if api_url.starts_with("http://") { "http" } else { "https" };
    let port = api_url.split("://").nth(1).and_then(|rest| rest.split('/').next()?.split_once(':'));
    Ok(port.map_or_else(|| format!("{scheme}://{host}"), |(_, port)| format!("{scheme}://{host}:{port}")))
}

fn credential(api_url: &str) -> Result<Credential, Failed> {
    let host = host_of(api_url).map_err(|error| Failed::from(crate::forge::ForgeError::from(error)))?;
    let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let read = |path: &Utf8Path| std::fs::read_to_string(path);
    let token_file = environment(TOKEN_FILE).map(Utf8PathBuf::from);
    let app = app(&environment)?;
    let places = CredentialPlaces {
        host: &host,
        token_file: token_file.as_deref(),
        environment: &environment,
        read: &read,
        gh: &|host| gh_auth_token("gh", host),
        app: app.as_ref(),
    };
    places.find().map_err(|error| {
        let hint = error.hint();
        Failed::new(super::Exit::Permission, error.to_string()).hint(hint)
    })
}

fn app(environment: &dyn Fn(&str) -> Option<String>) -> Result<Option<App>, Failed> {
    let Some(id) = environment(APP) else { return Ok(None) };
    let file = environment(APP_KEY_FILE).ok_or_else(|| {
        Failed::usage(format!("{APP} is set, and {APP_KEY_FILE} is not"))
            .hint("name the file with the App's private key")
    })?;
    let key = std::fs::read_to_string(&file).map_err(|error| {
        Failed::new(super::Exit::Permission, format!("{APP_KEY_FILE} names {file}, which cannot be read: {error}"))
    })?;
    let installation = environment(APP_INSTALLATION)
        .map(|text| {
            text.parse().map_err(|_| Failed::usage(format!("{APP_INSTALLATION} is `{text}`, which is no number")))
        })
        .transpose()?;
    Ok(Some(App { id, installation, private_key: Secret::new(&key) }))
}

/// Where budgets are kept: one directory for all repositories, since a forge counts by credential.
fn budgets() -> Utf8PathBuf {
    let of = |name: &str| std::env::var(name).ok().filter(|value| value.starts_with('/')).map(Utf8PathBuf::from);
    let state = of("XDG_STATE_HOME").or_else(|| of("HOME").map(|home| home.join(".local/state")));
    state.unwrap_or_else(|| Utf8PathBuf::from("/tmp")).join("cutover/budget")
}
