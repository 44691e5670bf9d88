//! The token of the moment: the one that was given, or an App's, fetched when it is needed and again before it ends.

use std::sync::OnceLock;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::super::ForgeError;
use super::client::{Client, Voice};
use super::credential::{App, Credential, Secret, Signer};
use super::http::{Reply, Request};
use super::refusal::GitHubError;

/// A token is not used in its last minutes: a request may be under way for some time.
const SPARE: SignedDuration = SignedDuration::from_mins(5);

/// Gives out the token of the moment.
pub(super) struct Tokens {
    credential: Credential,
    signer: OnceLock<Signer>,
    issued: tokio::sync::Mutex<Issued>,
}

#[derive(Default)]
struct Issued {
    installation: Option<u64>,
    token: Option<(Secret, Timestamp)>,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

#[derive(Deserialize)]
struct AccessToken {
    token: String,
    expires_at: Timestamp,
}

impl Tokens {
    pub(super) fn new(credential: Credential) -> Self {
        Self { credential, signer: OnceLock::new(), issued: tokio::sync::Mutex::default() }
    }

    pub(super) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The token to send now.
    pub(super) async fn current(&self, client: &Client) -> Result<Secret, ForgeError> {
        let app = match &self.credential {
            Credential::Token { secret, .. } => return Ok(secret.clone()),
            Credential::App(app) => app,
        };
        // Whoever else needs one waits here, and finds it.
        let mut issued = self.issued.lock().await;
        if let Some((token, end)) = &issued.token
            && client.now() + SPARE < *end
        {
            return Ok(token.clone());
        }
        let installation = match app.installation.or(issued.installation) {
            Some(installation) => installation,
            None => self.installation(client, app).await?,
        };
        issued.installation = Some(installation);
        let found = self.issue(client, app, installation).await?;
        let token = Secret::new(&found.token);
        issued.token = Some((token.clone(), found.expires_at));
        Ok(token)
    }

    /// A token was not accepted: whether there may be a better one.
    pub(super) async fn discard(&self, refused: &Secret) -> bool {
        if matches!(self.credential, Credential::Token { .. }) {
            return false;
        }
        let mut issued = self.issued.lock().await;
        if issued.token.as_ref().is_some_and(|(token, _)| token == refused) {
            issued.token = None;
        }
        true
    }

    async fn installation(&self, client: &Client, app: &App) -> Result<u64, ForgeError> {
        let request = Request::get(format!("/repos/{}/installation", client.repository()));
        let reply = self.ask(client, app, &request).await?;
        if reply.status == 404 {
            let (id, repository) = (app.id.clone(), client.repository().to_owned());
            return Err(GitHubError::NotInstalled { id, repository }.into());
        }
        client.parse::<Installation>(&reply, METADATA).map(|found| found.id)
    }

    /// Asks for a token that reaches this repository and no other. Asking twice does no harm: the other one just ends.
    async fn issue(&self, client: &Client, app: &App, installation: u64) -> Result<AccessToken, ForgeError> {
        let target = format!("/app/installations/{installation}/access_tokens");
        let body = json!({ "repositories": [client.repository_name()] });
        let reply = self.ask(client, app, &Request::new(Method::POST, target, body)).await?;
        if matches!(reply.status, 404 | 422) {
            let (id, repository) = (app.id.clone(), client.repository().to_owned());
            return Err(GitHubError::NotInstalled { id, repository }.into());
        }
        client.parse(&reply, METADATA)
    }

    async fn ask(&self, client: &Client, app: &App, request: &Request) -> Result<Reply, ForgeError> {
        let unusable = |message| GitHubError::Key { id: app.id.clone(), message };
        let signer = if let Some(signer) = self.signer.get() {
            signer
        } else {
            let signer = Signer::new(app).map_err(unusable)?;
            self.signer.get_or_init(|| signer)
        };
        let signed = Secret::new(&signer.sign(client.now()).map_err(unusable)?);
        client.repeat(request, Voice::App(signed)).await
    }
}

const METADATA: &str = "an installation on the repository";
