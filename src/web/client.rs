//! The client: limits, redirects, and the tries that a broken connection deserves.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Client, Response, Url, header, redirect};
use serde_json::Value;

use super::error::WebError;
use super::flights::Flights;
use super::host::is_loopback;
use super::message::{Answer, Method, Request};

/// Who asks.
const USER_AGENT: &str = concat!("cutover/", env!("CARGO_PKG_VERSION"));

/// Redirects that are followed for one question.
const MOST_REDIRECTS: usize = 5;

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until the next part of an answer comes.
    pub read: Duration,
    /// Until all of it is there.
    pub total: Duration,
    /// Tries in total where the host was not reached, the connection broke or a gateway says so; at least 1.
    pub attempts: u32,
    /// The pause before the second try; it doubles from there.
    pub pause: Duration,
    /// The longest `Retry-After` that is waited for here.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(20),
            total: Duration::from_mins(1),
            attempts: 3,
            pause: Duration::from_millis(500),
            patience: Duration::from_secs(5),
        }
    }
}

/// An address with the headers that it is asked with.
type Address = (String, Vec<(String, String)>);

/// Asks hosts. One serves a whole command: it keeps connections open, and the documents that it has read.
pub struct Web {
    limits: Limits,
    offline: bool,
    /// For everybody; built when it is needed first, since it reads the system's certificates.
    secure: OnceLock<Result<Client, WebError>>,
    /// For this machine.
    plain: OnceLock<Result<Client, WebError>>,
    pub(super) documents: Flights<Address, Value, WebError>,
}

impl Web {
    /// A client with these limits.
    pub fn new(limits: Limits) -> Self {
        let documents = Flights::new();
        Self { limits, offline: false, secure: OnceLock::new(), plain: OnceLock::new(), documents }
    }

    /// A client that asks nobody: each question fails with [`WebError::Offline`].
    pub fn offline() -> Self {
        Self { offline: true, ..Self::new(Limits::default()) }
    }

    /// Whether nobody is asked.
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// Asks, and asks again where that may help. Any status is an answer.
    ///
    /// # Errors
    /// Whatever keeps an answer from coming.
    pub async fn send(&self, request: &Request) -> Result<Answer, WebError> {
        let mut attempt = 1;
        loop {
            let outcome = self.follow(request).await;
            let Some(pause) = self.pause_after(&outcome, attempt) else { return outcome };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// The pause before another try, if there is to be one.
    fn pause_after(&self, outcome: &Result<Answer, WebError>, attempt: u32) -> Option<Duration> {
        if attempt >= self.limits.attempts {
            return None;
        }
        let pause = self.limits.pause * 2u32.saturating_pow(attempt - 1);
        match outcome {
            Err(WebError::Unreachable { .. } | WebError::Broken { .. }) => Some(pause),
            Ok(answer) if matches!(answer.status, 429 | 502 | 503 | 504) => match answer.retry_after() {
                Some(wait) => (wait <= self.limits.patience).then_some(wait.max(pause)),
                // One who counts calls and does not say how long to wait is not asked three times in two seconds.
                None => (answer.status != 429).then_some(pause),
            },
            _ => None,
        }
    }

    /// Asks, and follows redirects: never from https to http, and with no header of ours to another host.
    async fn follow(&self, request: &Request) -> Result<Answer, WebError> {
        let mut url = parse(&request.url)?;
        let mut headers = request.headers.as_slice();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.once(request, &url, headers).await?;
            let Some(next) = redirected(&response, &url)? else { return read(response, request.largest).await };
            if next.origin() != url.origin() {
                headers = &[];
            }
            url = next;
        }
        Err(WebError::Redirect { host: authority(&url), why: "again and again".to_owned() })
    }

    async fn once(&self, request: &Request, url: &Url, headers: &[(String, String)]) -> Result<Response, WebError> {
        let client = self.client(url)?;
        let mut builder = match request.method {
            Method::Get => client.get(url.clone()),
            Method::Head => client.head(url.clone()),
            Method::Post => {
                let mut form = url.clone();
                form.query_pairs_mut().clear().extend_pairs(&request.form);
                let body = form.query().unwrap_or_default().to_owned();
                client.post(url.clone()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
            }
        };
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        builder.send().await.map_err(|error| failed(&error, url))
    }

    fn client(&self, url: &Url) -> Result<&Client, WebError> {
        let host = authority(url);
        let local = url.host_str().is_some_and(is_loopback);
        if url.scheme() != "https" && !local {
            return Err(WebError::Insecure { url: url.to_string() });
        }
        if self.offline {
            return Err(WebError::Offline { host });
        }
        let client = if url.scheme() == "https" {
            self.secure.get_or_init(|| build(self.limits, |builder| builder))
        } else {
            // No proxy stands between a machine and itself, and nothing is encrypted.
            self.plain.get_or_init(|| build(self.limits, |builder| builder.no_proxy().tls_certs_only([])))
        };
        client.as_ref().map_err(WebError::clone)
    }
}

fn build(
    limits: Limits,
    finish: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<Client, WebError> {
    // Whoever is first in this process sets it; all mean the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .connect_timeout(limits.connect)
        .read_timeout(limits.read)
        .timeout(limits.total);
    finish(builder).build().map_err(|error| WebError::Tls { why: deepest(&error) })
}

pub(super) fn parse(url: &str) -> Result<Url, WebError> {
    let wrong = |why: String| WebError::Url { url: url.to_owned(), why };
    let parsed = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(wrong(format!("`{}` is neither https nor http", parsed.scheme())));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        // It would stand in plans and reports, and already in this message.
        let url = format!("{}://…@{}{}", parsed.scheme(), authority(&parsed), parsed.path());
        return Err(WebError::Url { url, why: "it carries a name or a password".to_owned() });
    }
    Ok(parsed)
}

fn redirected(response: &Response, url: &Url) -> Result<Option<Url>, WebError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(header::LOCATION) else { return Ok(None) };
    let refused = |why: &str| WebError::Redirect { host: authority(url), why: why.to_owned() };
    let location = location.to_str().map_err(|_| refused("to what is no address"))?;
    let next = url.join(location).map_err(|_| refused("to what is no address"))?;
    if url.scheme() == "https" && next.scheme() != "https" {
        return Err(refused("to an address without encryption"));
    }
    Ok(Some(next))
}

async fn read(mut response: Response, largest: usize) -> Result<Answer, WebError> {
    let url = response.url().clone();
    let too_large = || WebError::TooLarge { host: authority(&url), limit: largest };
    let mut body = Vec::new();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let headers = headers.collect();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error, &url))? {
        if body.len() + chunk.len() > largest {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status: response.status().as_u16(), url: url.to_string(), headers, body })
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn failed(error: &reqwest::Error, url: &Url) -> WebError {
    let (host, why) = (authority(url), deepest(error));
    if error.is_timeout() {
        WebError::TimedOut { host }
    } else if error.is_builder() {
        WebError::Url { url: url.to_string(), why }
    } else if why.contains("certificate") {
        WebError::Certificate { host, why }
    } else if error.is_connect() {
        WebError::Unreachable { host, why }
    } else {
        WebError::Broken { host, why }
    }
}

/// The cause of the causes: what is above it only says that a request failed.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
