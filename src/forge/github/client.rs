//! Requests as they should be made: reads are repeated, writes never; both keep to the budget; an App's token is
//! renewed; redirects are followed by reads and by nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::base::Clock;

use super::super::ForgeError;
use super::super::budget::{Budget, Resource, Told};
use super::super::meter::waiting;
use super::credential::Secret;
use super::http::{Http, Lost, Reply, Request};
use super::limit;
use super::refusal::GitHubError;
use super::refuse::{Asker, not_github, refuse};
use super::tokens::Tokens;

/// How often a read that failed is made again.
const REPEATS: u32 = 3;

/// How often a request that was refused because of a limit is made again, after its wait.
const PATIENT_REPEATS: u32 = 8;

/// How many redirects one after another are followed.
const MOST_REDIRECTS: u32 = 5;

/// How many reads are under way at a time: GitHub asks for few.
const READS: usize = 6;

/// Whose token a request carries.
#[derive(Debug, Clone)]
pub(super) enum Voice {
    /// The credential's.
    Own,
    /// An App's own signature.
    App(Secret),
}

/// A client for one repository.
pub(super) struct Client {
    http: Http,
    tokens: Tokens,
    budget: Budget,
    clock: Arc<dyn Clock>,
    owner: String,
    name: String,
    repository: String,
    described: String,
    renewal: String,
    reads: Semaphore,
    /// Whether the repository has been seen: then a 404 is not about it.
    sees: AtomicBool,
    teams_hidden: AtomicBool,
}

/// What there is to say about a request that has to be made again.
#[derive(Default)]
struct Tries {
    failures: u32,
    limits: u32,
    redirects: u32,
    renewed: bool,
}

impl Client {
    pub(super) fn new(
        http: Http,
        tokens: Tokens,
        budget: Budget,
        clock: Arc<dyn Clock>,
        owner: &str,
        name: &str,
    ) -> Self {
        let described = tokens.credential().describe();
        let renewal = tokens.credential().renewal(&http.address().host);
        let (owner, name, repository) = (owner.to_owned(), name.to_owned(), format!("{owner}/{name}"));
        let reads = Semaphore::new(READS);
        Self {
            http,
            tokens,
            budget,
            clock,
            owner,
            name,
            repository,
            described,
            renewal,
            reads,
            sees: AtomicBool::new(false),
            teams_hidden: AtomicBool::new(false),
        }
    }

    /// `OWNER/NAME`, as it was given.
    pub(super) fn repository(&self) -> &str {
        &self.repository
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn repository_name(&self) -> &str {
        &self.name
    }

    pub(super) fn credential(&self) -> &str {
        &self.described
    }

    pub(super) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Whether the token may see teams, as far as is known.
    pub(super) fn sees_teams(&self) -> bool {
        !self.teams_hidden.load(Ordering::Relaxed)
    }

    pub(super) fn hide_teams(&self) {
        self.teams_hidden.store(true, Ordering::Relaxed);
    }

    /// The repository was in an answer.
    pub(super) fn has_seen(&self) {
        self.sees.store(true, Ordering::Relaxed);
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whoever asks, for messages.
    pub(super) fn asker<'a>(&'a self, needs: &'a str) -> Asker<'a> {
        Asker {
            credential: &self.described,
            renewal: &self.renewal,
            repository: &self.repository,
            host: &self.http.address().authority,
            needs,
            sees: self.sees.load(Ordering::Relaxed),
        }
    }

    /// What a successful answer says; any other as an error.
    pub(super) fn parse<T: DeserializeOwned>(&self, reply: &Reply, needs: &str) -> Result<T, ForgeError> {
        if !(200..300).contains(&reply.status) {
            return Err(refuse(reply, &self.asker(needs)).into());
        }
        serde_json::from_slice(&reply.body)
            .map_err(|error| ForgeError::Network(format!("its answer is cut off or unknown: {error}")))
    }

    /// Asks something that changes nothing. Any status that is not about limits, the token or the server comes back.
    pub(super) async fn read(&self, request: &Request) -> Result<Reply, ForgeError> {
        self.repeat(request, Voice::Own).await
    }

    /// Like [`Client::read`], with the token of this voice.
    pub(super) async fn repeat(&self, request: &Request, voice: Voice) -> Result<Reply, ForgeError> {
        let mut request = request.clone();
        let mut tries = Tries::default();
        loop {
            self.budget.read(resource(&request)).await?;
            let token = match &voice {
                // Boxed, because fetching a token is a request like this one.
                Voice::Own => Box::pin(self.tokens.current(self)).await?,
                Voice::App(signed) => signed.clone(),
            };
            let answered = {
                let _permit = waiting(self.reads.acquire()).await.expect("nobody closes the semaphore");
                self.http.send(&request, Some(token.expose())).await
            };
            let reply = match answered.map(|reply| Self::sound(&request, reply)) {
                Ok(Ok(reply)) => reply,
                Ok(Err(lost)) | Err(lost) => {
                    self.pause_after(&mut tries, lost).await?;
                    continue;
                }
            };
            if self.is_limited(&reply, &mut tries).await? {
                continue;
            }
            let own = matches!(voice, Voice::Own);
            if own && reply.status == 401 && !tries.renewed && self.tokens.discard(&token).await {
                tries.renewed = true;
                continue;
            }
            match reply.location() {
                Some(location) if tries.redirects < MOST_REDIRECTS && request.method == Method::GET => {
                    tries.redirects += 1;
                    request.target = self.follow(location);
                }
                _ => return self.readable(&request, reply),
            }
        }
    }

    /// Makes a change, once: the answer, whatever its status, unless that leaves open whether the change was made.
    pub(super) async fn write(&self, request: &Request) -> Result<Reply, ForgeError> {
        let mut tries = Tries::default();
        loop {
            let token = self.tokens.current(self).await?;
            let turn = self.budget.turn(resource(request)).await?;
            let answered = self.http.send(request, Some(token.expose())).await;
            let limited = answered.as_ref().is_ok_and(|reply| limit::refused(reply, self.now()).is_some());
            if let Err(error) = self.budget.settle(turn, !limited).await {
                // What was done is done; the count is one behind at most.
                tracing::warn!(%error, "failed to write down that a write has ended");
            }
            let reply = match answered {
                Ok(reply) => reply,
                Err(lost) if lost.untrusted => return Err(self.untrusted(lost)),
                Err(lost) if lost.may_have_arrived => return Err(ForgeError::Unanswered(lost.message)),
                Err(lost) => return Err(ForgeError::Network(lost.message)),
            };
            // Neither of these was carried out, so that it may be sent again.
            if self.is_limited(&reply, &mut tries).await? {
                continue;
            }
            if reply.status == 401 && !tries.renewed && self.tokens.discard(&token).await {
                tries.renewed = true;
                continue;
            }
            return match reply.status {
                500.. => Err(ForgeError::Unanswered(failure(&reply))),
                200..300 if reply.status != 204 && reply.json().is_none() => {
                    Err(ForgeError::Unanswered("its answer is cut off".to_owned()))
                }
                _ if reply.location().is_some() => Err(self.renamed().await),
                _ => Ok(reply),
            };
        }
    }

    /// An answer that is worth reading; a server's failure counts as none.
    fn sound(request: &Request, reply: Reply) -> Result<Reply, Lost> {
        let lost = |message| Lost { may_have_arrived: true, untrusted: false, message };
        if reply.status >= 500 {
            return Err(lost(failure(&reply)));
        }
        let is_json = request.tail.is_some() || reply.status != 200 || reply.json().is_some() || is_markup(&reply);
        if is_json { Ok(reply) } else { Err(lost("its answer is cut off".to_owned())) }
    }

    fn readable(&self, request: &Request, reply: Reply) -> Result<Reply, ForgeError> {
        if request.tail.is_none() && is_markup(&reply) {
            return Err(not_github(&reply, &self.asker("")).into());
        }
        Ok(reply)
    }

    /// Waits longer each time; after the last, the failure is one.
    async fn pause_after(&self, tries: &mut Tries, lost: Lost) -> Result<(), ForgeError> {
        if lost.untrusted {
            return Err(self.untrusted(lost));
        }
        if tries.failures >= REPEATS {
            return Err(ForgeError::Network(lost.message));
        }
        tracing::debug!(failure = lost.message, "a read failed and is made again");
        self.budget.pause().pause(Duration::from_secs(1 << tries.failures)).await;
        tries.failures += 1;
        Ok(())
    }

    /// Whether an answer only says that it is too much; what it says is kept for everybody.
    async fn is_limited(&self, reply: &Reply, tries: &mut Tries) -> Result<bool, ForgeError> {
        let now = self.now();
        if let Some(told) = limit::refused(reply, now) {
            self.budget.note(told).await?;
            tries.limits += 1;
            if tries.limits > PATIENT_REPEATS {
                let retry_after = match told {
                    Told::Slower(wait) => wait,
                    Told::Spent(_, wait) => Some(wait),
                };
                return Err(ForgeError::RateLimit { retry_after });
            }
            return Ok(true);
        }
        if let Some(told) = limit::spent(reply, now) {
            self.budget.note(told).await?;
        }
        Ok(false)
    }

    fn untrusted(&self, lost: Lost) -> ForgeError {
        let host = self.http.address().authority.clone();
        GitHubError::Untrusted { host, message: lost.message }.into()
    }

    /// The whole address that a redirect leads to.
    fn follow(&self, location: &str) -> String {
        if location.contains("://") {
            return location.to_owned();
        }
        // Relative addresses come from GitHub itself; those of others are whole.
        format!("{}{location}", self.http.address().origin())
    }

    /// The repository has another name: which?
    pub(super) async fn renamed(&self) -> ForgeError {
        let reply = self.read(&Request::get(format!("/repos/{}", self.repository))).await;
        let name = |reply: Reply| reply.json()?.get("full_name").and_then(Value::as_str).map(str::to_owned);
        match reply.map(name) {
            Ok(Some(new)) => GitHubError::Renamed { old: self.repository.clone(), new }.into(),
            Ok(None) => GitHubError::Renamed { old: self.repository.clone(), new: "otherwise".to_owned() }.into(),
            Err(error) => error,
        }
    }
}

/// What GitHub counts a request to.
fn resource(request: &Request) -> Resource {
    if request.target.ends_with("/graphql") { Resource::Graphql } else { Resource::Core }
}

fn is_markup(reply: &Reply) -> bool {
    reply.body.trim_ascii_start().starts_with(b"<")
}

fn failure(reply: &Reply) -> String {
    let message = reply.json().map(|body| super::refuse::message(&body)).filter(|message| !message.is_empty());
    match message {
        Some(message) => format!("status {}, {message}", reply.status),
        None => format!("status {}", reply.status),
    }
}
