//! Being let in: the answer to a registry's challenge, kept as long as the registry takes it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::web::{Answer, Method, Request, Web};

use super::address::Repository;
use super::challenge::{Challenge, best};
use super::credentials::{DockerConfig, Found, Login};
use super::error::ImageError;

/// Who asks a token server.
const CLIENT: &str = "cutover";

/// The longest answer of a token server, in bytes.
const LARGEST_TOKEN: usize = 256 << 10;

/// What is said to each repository, and who we are to each registry.
#[derive(Default)]
pub(super) struct Authorisation {
    config: DockerConfig,
    headers: Mutex<BTreeMap<Repository, String>>,
    /// One look-up at a time: a helper may open a key ring.
    known: tokio::sync::Mutex<BTreeMap<String, Found>>,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
}

impl Authorisation {
    pub(super) fn new(config: DockerConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// What the repository took last.
    pub(super) fn header(&self, repository: &Repository) -> Option<String> {
        self.headers.lock().unwrap_or_else(PoisonError::into_inner).get(repository).cloned()
    }

    /// Who we are to a registry.
    pub(super) async fn found(&self, host: &str) -> Found {
        let mut known = self.known.lock().await;
        if let Some(found) = known.get(host) {
            return found.clone();
        }
        let found = self.config.login(host).await;
        known.insert(host.to_owned(), found.clone());
        found
    }

    /// What to say to a repository that answered with a challenge; `None` if we have nothing to say.
    pub(super) async fn answer(
        &self,
        web: &Web,
        repository: &Repository,
        challenged: &Answer,
    ) -> Result<Option<String>, ImageError> {
        let Some(challenge) = best(challenged.headers_named("www-authenticate")) else { return Ok(None) };
        let found = self.found(repository.host()).await;
        let header = match challenge {
            Challenge::Basic => match &found.login {
                Some(Login::Password { user, password }) => basic(user, password),
                _ => return Ok(None),
            },
            Challenge::Bearer { realm, service, scope } => {
                let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", repository.path()));
                let request = request(&realm, service, scope, found.login.as_ref())?;
                format!("Bearer {}", token(web, repository, &request, &found).await?)
            }
        };
        let mut headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        headers.insert(repository.clone(), header.clone());
        Ok(Some(header))
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// The request for a token. With an identity token it is that of OAuth2, else a plain one, signed if we are somebody.
fn request(realm: &str, service: Option<String>, scope: String, login: Option<&Login>) -> Result<Request, ImageError> {
    let mut parameters = vec![("scope".to_owned(), scope)];
    parameters.extend(service.map(|service| ("service".to_owned(), service)));
    if let Some(Login::Identity { token }) = login {
        let more = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", CLIENT)];
        parameters.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        return Ok(Request { method: Method::Post, form: parameters, ..Request::get(realm, LARGEST_TOKEN) });
    }
    let request = Request::get(realm, LARGEST_TOKEN).query(&parameters)?;
    Ok(match login {
        Some(Login::Password { user, password }) => request.header("authorization", basic(user, password)),
        _ => request,
    })
}

async fn token(web: &Web, repository: &Repository, request: &Request, found: &Found) -> Result<String, ImageError> {
    let answer = web.send(request).await?;
    let host = answer.host();
    match answer.status {
        200..300 => {}
        400 | 401 | 403 => {
            return Err(ImageError::Refused {
                host: repository.host().to_owned(),
                path: repository.path().to_owned(),
                user: found.login.as_ref().map(Login::user),
                why: found.trouble.clone().or_else(|| Some(format!("{host} gives no token"))),
            });
        }
        429 => {
            let (retry_after, known) = (answer.retry_after(), found.login.is_some());
            return Err(ImageError::RateLimit { host, retry_after, known });
        }
        status => return Err(ImageError::Server { host, status, why: Some("it was asked for a token".to_owned()) }),
    }
    let token: Option<Token> = serde_json::from_slice(&answer.body).ok();
    let token = token.and_then(|token| token.token.or(token.access_token)).filter(|token| !token.is_empty());
    token.ok_or_else(|| ImageError::NotARegistry { host, got: "it was asked for a token and gave none".to_owned() })
}
