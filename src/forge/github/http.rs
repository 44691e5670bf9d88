//! One request and its answer over HTTP, and nothing of what they mean. The only file that knows octocrab.

use std::sync::OnceLock;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, RANGE};
use http::{HeaderMap, Method, Uri};
use http_body_util::BodyExt;
use octocrab::{OctoBody, Octocrab};
use serde_json::Value;

use super::address::Address;

/// Which version of the interface is asked for: <https://docs.github.com/en/rest/about-the-rest-api/api-versions>.
const VERSION: &str = "2022-11-28";

/// More of an answer is never read: the largest honest one, a page of a hundred pull requests, has some 7 MB.
const LARGEST_ANSWER: usize = 64 << 20;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Below the REST interface (`/repos/…`), or a whole address.
    pub(super) target: String,
    pub(super) body: Option<Value>,
    /// Only the last so many bytes of the answer are wanted.
    pub(super) tail: Option<usize>,
}

impl Request {
    /// A question.
    pub(super) fn get(target: impl Into<String>) -> Self {
        Self { method: Method::GET, target: target.into(), body: None, tail: None }
    }

    /// A request with a body.
    pub(super) fn new(method: Method, target: impl Into<String>, body: Value) -> Self {
        Self { method, target: target.into(), body: Some(body), tail: None }
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// A header's value, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where a redirect leads.
    pub(super) fn location(&self) -> Option<&str> {
        matches!(self.status, 301 | 302 | 303 | 307 | 308).then(|| self.headers.get(LOCATION)?.to_str().ok()).flatten()
    }

    /// The body, if it is JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lost {
    /// Whether the request may have arrived.
    pub(super) may_have_arrived: bool,
    /// Whether it is the encryption that failed.
    pub(super) untrusted: bool,
    /// What happened.
    pub(super) message: String,
}

/// The connection to one host.
pub(super) struct Http {
    address: Address,
    timeout: Duration,
    client: OnceLock<Octocrab>,
}

impl Http {
    /// A connection that is made with the first request, which is given so much time, as each is.
    pub(super) fn new(address: Address, timeout: Duration) -> Self {
        Self { address, timeout, client: OnceLock::new() }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Sends a request once. The token goes to this host only; redirects are not followed.
    pub(super) async fn send(&self, request: &Request, token: Option<&str>) -> Result<Reply, Lost> {
        let unsent = |message: String| Lost { may_have_arrived: false, untrusted: false, message };
        let http = self.request(request, token).map_err(unsent)?;
        let client = self.client().map_err(unsent)?;
        let tail = request.tail;
        let answered = tokio::time::timeout(self.timeout, async {
            let response = client.send(http).await.map_err(|error| lost(&error))?;
            let (parts, body) = response.into_parts();
            let body = read(body, tail).await?;
            Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
        });
        answered.await.unwrap_or_else(|_| {
            let message = format!("no answer within {} s", self.timeout.as_secs());
            Err(Lost { may_have_arrived: true, untrusted: false, message })
        })
    }

    fn request(&self, request: &Request, token: Option<&str>) -> Result<http::Request<OctoBody>, String> {
        let target = match request.target.strip_prefix('/') {
            Some(path) => format!("{}/{path}", self.address.rest),
            None => request.target.clone(),
        };
        let uri: Uri = target.parse().map_err(|_| format!("`{target}` is not an address"))?;
        let own = self.address.is_own(&target);
        let mut builder = http::Request::builder().method(request.method.clone()).uri(uri);
        if own {
            builder = builder.header(ACCEPT, "application/vnd.github+json").header("X-GitHub-Api-Version", VERSION);
        }
        if let Some(token) = token.filter(|_| own) {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| "the token has characters that no token has".to_owned())?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        if let Some(tail) = request.tail {
            builder = builder.header(RANGE, format!("bytes=-{tail}"));
        }
        let body = match &request.body {
            Some(body) => {
                builder = builder.header(CONTENT_TYPE, "application/json");
                OctoBody::from(body.to_string())
            }
            None => OctoBody::empty(),
        };
        builder.body(body).map_err(|error| error.to_string())
    }

    /// Made late, because it needs a running tokio.
    fn client(&self) -> Result<&Octocrab, String> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Only the origin: octocrab puts the path of its base in front of whole addresses too.
        let built = Octocrab::builder()
            .base_uri(self.address.origin())
            .map(|builder| {
                builder
                    .set_connect_timeout(Some(self.timeout.min(Duration::from_secs(20))))
                    .set_read_timeout(Some(self.timeout))
                    .set_write_timeout(Some(self.timeout))
            })
            .map_err(|error| words(&error).join(": "))?
            .build()
            .map_err(|error| words(&error).join(": "))?;
        Ok(self.client.get_or_init(|| built))
    }
}

/// Reads an answer to its end; of a long one of which the tail is wanted, keeps that.
async fn read<B>(mut body: B, tail: Option<usize>) -> Result<Vec<u8>, Lost>
where
    B: BodyExt + Unpin,
    B::Data: AsRef<[u8]>,
    B::Error: std::error::Error + 'static,
{
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| lost(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        bytes.extend_from_slice(data.as_ref());
        match tail {
            Some(tail) if bytes.len() > 2 * tail.max(1 << 16) => drop(bytes.drain(..bytes.len() - tail)),
            None if bytes.len() > LARGEST_ANSWER => {
                let message = format!("the answer is larger than {} MB", LARGEST_ANSWER >> 20);
                return Err(Lost { may_have_arrived: true, untrusted: false, message });
            }
            _ => {}
        }
    }
    if let Some(tail) = tail {
        bytes.drain(..bytes.len().saturating_sub(tail));
    }
    Ok(bytes)
}

/// What an error of the HTTP client means for the request.
fn lost(error: &(dyn std::error::Error + 'static)) -> Lost {
    let words = words(error);
    let mut untrusted = false;
    let mut next = Some(error);
    while let Some(error) = next {
        untrusted |= is_rustls(error);
        next = error.source();
    }
    // The client has no other way to tell that it did not get as far as sending.
    let unconnected = words.iter().any(|word| word.contains("(Connect)"));
    let message = words.last().cloned().unwrap_or_default();
    Lost { may_have_arrived: !unconnected, untrusted, message }
}

/// Whether it is an error of the encryption. Errors of input and output hide what they wrap from `source`, and wrap
/// each other.
fn is_rustls(error: &(dyn std::error::Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inner.is_some_and(|inner| is_rustls(inner))
}

/// What an error and its causes say, from the outermost in.
fn words(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect()
}
