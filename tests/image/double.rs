//! A server of our own that plays a registry, for what Debian's does not do: pages, tokens, limits, moods.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use camino::Utf8PathBuf;
use cutover::image::{DockerConfig, ImageError, Lock, Query, Resolved, Resolver};
use cutover::web::{Limits, Web};

/// What the server answers with.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type".into(), kind.into())], body: body.into() }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// An error in the words of the protocol.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::json(status, &serde_json::json!({ "errors": [{ "code": code, "message": code.to_lowercase() }] }))
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A manifest with this digest in the header.
    pub(crate) fn manifest(digest: &str) -> Self {
        Self::new(200, "application/vnd.oci.image.manifest.v1+json", "{}").header("docker-content-digest", digest)
    }
}

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) accept: String,
    pub(crate) body: String,
}

/// The server, as long as the test's runtime lives.
#[derive(Clone)]
pub(crate) struct Double {
    pub(crate) host: String,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Double {
    /// A server that answers with what `answer` makes of a question and its number, from 0.
    pub(crate) async fn start(answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::slow(Duration::ZERO, answer).await
    }

    /// One that takes its time.
    pub(crate) async fn slow(pause: Duration, answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let double = Self { host: listener.local_addr().unwrap().to_string(), log: Arc::default() };
        let (log, answer, number) = (Arc::clone(&double.log), Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        let host = double.host.clone();
        let handle = move |request: Request| {
            let (log, answer, host) = (Arc::clone(&log), Arc::clone(&answer), host.clone());
            let number = number.fetch_add(1, Ordering::SeqCst);
            async move {
                let asked = read(request).await;
                log.lock().unwrap().push(asked.clone());
                tokio::time::sleep(pause).await;
                written(answer(&asked, number), &host)
            }
        };
        let router = Router::new().fallback(handle);
        tokio::spawn(async move { axum::serve(listener, router).await });
        double
    }

    /// What was asked so far.
    pub(crate) fn log(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// That, as `GET /path`.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.log().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }
}

async fn read(request: Request) -> Asked {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (authorization, accept) = (header("authorization"), header("accept").unwrap_or_default());
    let (method, path) = (parts.method.to_string(), parts.uri.to_string());
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    Asked { method, path, authorization, accept, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// `HOST` in a header is the server itself.
fn written(reply: Reply, host: &str) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value.replace("HOST", host));
    }
    response.body(Body::from(reply.body)).unwrap()
}

/// Limits with which a test does not wait.
pub(crate) fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(2),
        read: Duration::from_millis(300),
        total: Duration::from_secs(5),
        attempts: 3,
        pause: Duration::from_millis(1),
        patience: Duration::from_millis(50),
    }
}

/// A resolver that nobody knows.
pub(crate) fn resolver() -> Resolver {
    known_as(DockerConfig::default())
}

/// A resolver with this configuration of docker.
pub(crate) fn known_by(file: Utf8PathBuf) -> Resolver {
    known_as(DockerConfig { file: Some(file) })
}

fn known_as(config: DockerConfig) -> Resolver {
    Resolver::new(Arc::new(Web::new(limits())), config, Lock::default())
}

/// Looks a version up.
pub(crate) async fn resolve(resolver: &Resolver, repository: &str, version: &str) -> Result<Resolved, ImageError> {
    resolver.resolve(&query(repository, version), 1).await
}

pub(crate) fn query(repository: &str, version: &str) -> Query {
    Query::new(repository, version, None, &[], None).unwrap()
}

/// Message and hint as people read them, with the server's name left out.
pub(crate) fn told(error: &ImageError, host: &str) -> String {
    format!("{error}\n  {}", error.hint()).replace(host, "HOST")
}
