//! Asking a registry: the parts of the distribution protocol that name tags and digests
//! (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md>).

use std::collections::BTreeSet;
use std::sync::Arc;

use oci_client::errors::{OciEnvelope, OciErrorCode};
use serde::Deserialize;

use crate::web::{Answer, Request, Web};

use super::address::Repository;
use super::authorisation::Authorisation;
use super::credentials::DockerConfig;
use super::error::ImageError;
use super::manifest::{ACCEPTED, Contents, contents, digest_like, is_digest, platform_of};
use super::pages;
use super::platform::Platform;

/// Tags asked for at once. Registries give fewer if they want to.
const PAGE: u32 = 1000;

/// Pages of tags that are read before something must be wrong.
const MOST_PAGES: usize = 1000;

/// The longest page of tags, in bytes.
const LARGEST_PAGE: usize = 8 << 20;

/// The longest manifest or configuration, in bytes; registries take none above four.
const LARGEST_MANIFEST: usize = 4 << 20;

/// Times that a challenge is answered: to the first one, and when a token has run out.
const MOST_CHALLENGES: usize = 2;

/// Registries, asked through one client.
pub(super) struct Registry {
    web: Arc<Web>,
    authorisation: Authorisation,
}

#[derive(Deserialize)]
struct TagPage {
    /// `null` where a repository has lost its last tag.
    tags: Option<Vec<String>>,
}

impl Registry {
    pub(super) fn new(web: Arc<Web>, config: DockerConfig) -> Self {
        Self { web, authorisation: Authorisation::new(config) }
    }

    /// Every tag of a repository, page by page.
    pub(super) async fn tags(&self, repository: &Repository) -> Result<Vec<String>, ImageError> {
        let list = format!("{}/v2/{}/tags/list", repository.endpoint(), repository.path());
        let mut answer = self.ask(repository, &Request::get(format!("{list}?n={PAGE}"), LARGEST_PAGE)).await?;
        if answer.status == 400 {
            // Some have a lower limit and do not just give less.
            answer = self.ask(repository, &Request::get(&list, LARGEST_PAGE)).await?;
        }
        let mut tags = Vec::new();
        let mut read = BTreeSet::from([answer.url.clone()]);
        loop {
            if !answer.is_success() {
                return Err(self.refusal(repository, &answer).await);
            }
            let page: TagPage = serde_json::from_slice(&answer.body).map_err(|_| odd(&answer))?;
            tags.extend(page.tags.unwrap_or_default());
            let Some(next) = pages::next(answer.headers_named("link")) else { return Ok(tags) };
            let endless = |got: &str| ImageError::NotARegistry { host: answer.host(), got: got.to_owned() };
            // What is said to one host is not said to another.
            let next = answer.link(&next).ok_or_else(|| endless("its next page of tags is on another host"))?;
            if !read.insert(next.clone()) || read.len() > MOST_PAGES {
                return Err(endless("its pages of tags have no end"));
            }
            answer = self.ask(repository, &Request::get(next, LARGEST_PAGE)).await?;
        }
    }

    /// The digest of what a tag names: of the index where there is one.
    pub(super) async fn digest(&self, repository: &Repository, tag: &str) -> Result<String, ImageError> {
        let url = manifest_url(repository, tag);
        let accept = ACCEPTED.join(", ");
        // Headers cost nothing where pulls are counted, but only a body says what is wrong.
        let short = self.ask(repository, &Request::head(&url).header("accept", &accept)).await?;
        if short.is_success() {
            named(repository, tag, &short)?;
            if let Some(digest) = short.header("docker-content-digest").filter(|digest| is_digest(digest)) {
                return Ok(digest.to_owned());
            }
        } else if short.status == 429 {
            return Err(self.refusal(repository, &short).await);
        }
        let full = self.ask(repository, &Request::get(&url, LARGEST_MANIFEST).header("accept", &accept)).await?;
        if !full.is_success() {
            return Err(match self.refusal(repository, &full).await {
                ImageError::NoTag { repository, near, .. } => {
                    ImageError::NoTag { repository, tag: tag.to_owned(), near }
                }
                other => other,
            });
        }
        named(repository, tag, &full)?;
        if contents(&full.body).is_none() {
            return Err(odd(&full));
        }
        let said = full.header("docker-content-digest").filter(|digest| is_digest(digest)).unwrap_or("sha256:");
        let found = digest_like(said, &full.body);
        if said != "sha256:" && said != found {
            return Err(corrupt(repository, tag, &full, said, found));
        }
        Ok(found)
    }

    /// The platforms of the image or index with this digest, which is that of the tag.
    pub(super) async fn platforms(
        &self,
        repository: &Repository,
        tag: &str,
        digest: &str,
    ) -> Result<Vec<Platform>, ImageError> {
        let url = manifest_url(repository, digest);
        let request = Request::get(url, LARGEST_MANIFEST).header("accept", ACCEPTED.join(", "));
        let answer = self.content(repository, tag, digest, &request).await?;
        match contents(&answer.body) {
            Some(Contents::Platforms(platforms)) => Ok(platforms),
            Some(Contents::Configuration(digest)) if is_digest(&digest) => {
                let url = format!("{}/v2/{}/blobs/{digest}", repository.endpoint(), repository.path());
                let answer = self.content(repository, tag, &digest, &Request::get(url, LARGEST_MANIFEST)).await?;
                Ok(platform_of(&answer.body).into_iter().collect())
            }
            _ => Err(odd(&answer)),
        }
    }

    /// A content that must have this digest.
    async fn content(
        &self,
        repository: &Repository,
        tag: &str,
        digest: &str,
        request: &Request,
    ) -> Result<Answer, ImageError> {
        let answer = self.ask(repository, request).await?;
        if !answer.is_success() {
            return Err(self.refusal(repository, &answer).await);
        }
        let found = digest_like(digest, &answer.body);
        if found == digest { Ok(answer) } else { Err(corrupt(repository, tag, &answer, digest, found)) }
    }

    /// Asks, and says who we are where that is wanted. Any other status is an answer.
    async fn ask(&self, repository: &Repository, request: &Request) -> Result<Answer, ImageError> {
        let mut said = self.authorisation.header(repository);
        let mut challenges = 0;
        loop {
            let request = match &said {
                Some(header) => request.clone().header("authorization", header),
                None => request.clone(),
            };
            let answer = self.web.send(&request).await?;
            if answer.status != 401 || challenges == MOST_CHALLENGES {
                return Ok(answer);
            }
            challenges += 1;
            let new = self.authorisation.answer(&self.web, repository, &answer).await?;
            if new.is_none() || new == said {
                return Ok(answer);
            }
            said = new;
        }
    }

    /// What an answer that is no success means.
    async fn refusal(&self, repository: &Repository, answer: &Answer) -> ImageError {
        let envelope: Option<OciEnvelope> = serde_json::from_slice(&answer.body).ok();
        let first = envelope.as_ref().and_then(|envelope| envelope.errors.first());
        let why = first.map(|error| error.message.clone()).filter(|message| !message.is_empty());
        let host = repository.host().to_owned();
        match (answer.status, first.map(|error| &error.code)) {
            (429, _) | (_, Some(OciErrorCode::Toomanyrequests)) => {
                let known = self.authorisation.found(&host).await.login.is_some();
                ImageError::RateLimit { host, retry_after: answer.retry_after(), known }
            }
            (401 | 403, _) | (_, Some(OciErrorCode::Denied | OciErrorCode::Unauthorized)) => {
                let found = self.authorisation.found(&host).await;
                let user = found.login.map(|login| login.user());
                ImageError::Refused { host, path: repository.path().to_owned(), user, why: found.trouble.or(why) }
            }
            (404, Some(OciErrorCode::NameUnknown)) => {
                ImageError::NoRepository { host, path: repository.path().to_owned() }
            }
            (404, Some(_)) => {
                ImageError::NoTag { repository: repository.to_string(), tag: String::new(), near: Vec::new() }
            }
            (status @ 500.., _) => ImageError::Server { host, status, why },
            _ => odd(answer),
        }
    }
}

fn manifest_url(repository: &Repository, reference: &str) -> String {
    format!("{}/v2/{}/manifests/{reference}", repository.endpoint(), repository.path())
}

/// Checks that an answer about a tag is about an image.
fn named(repository: &Repository, tag: &str, answer: &Answer) -> Result<(), ImageError> {
    match answer.media_type() {
        Some(kind) if ACCEPTED.contains(&kind.as_str()) || kind == "application/json" => Ok(()),
        None => Ok(()),
        Some(kind) if kind.starts_with("text/") => Err(odd(answer)),
        Some(media_type) => Err(ImageError::NotAnImage { image: format!("{repository}:{tag}"), media_type }),
    }
}

fn corrupt(repository: &Repository, tag: &str, answer: &Answer, said: &str, found: String) -> ImageError {
    let image = format!("{repository}:{tag}");
    ImageError::Corrupt { host: answer.host(), image, said: said.to_owned(), found }
}

/// An answer that no registry gives.
fn odd(answer: &Answer) -> ImageError {
    let kind = match answer.media_type() {
        None => "a document of no kind".to_owned(),
        Some(kind) if kind.contains("json") => format!("{kind} that says something else"),
        Some(kind) => kind,
    };
    ImageError::NotARegistry { host: answer.host(), got: format!("status {} with {kind}", answer.status) }
}
