//! git over HTTP as a real server speaks it: git's own `http-backend` as a CGI program behind axum, with
//! authentication, a list of the calls that came in, and faults on demand.
//!
//! Knows nothing of forges; a server that has other routes sends the paths that [`is_git`] names to [`GitHttp::respond`].

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, Uri};
use http_body_util::{BodyDataStream, BodyExt as _, Full};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

/// The last part of the path of a call that asks what a repository has.
const LISTING: &str = "/info/refs";

/// The last parts of the paths that are git's.
const ENDS: [&str; 3] = [LISTING, "/git-upload-pack", "/git-receive-pack"];

/// Whether somebody may come in.
pub(crate) enum Gate {
    /// Under this name.
    Open(&'static str),
    /// Only with other credentials: 401.
    Ask,
    /// This status with these words as the body, which git shows as the remote's.
    Refuse(u16, &'static str),
}

/// What goes wrong with a call.
pub(crate) enum Fault {
    /// This status; git is not asked.
    Status(u16, &'static str),
    /// The repository is at this address now.
    Redirect(String),
    /// The connection breaks while the request is read; git never sees the whole of it.
    CutBefore,
    /// git does all that was asked, and the connection breaks in the middle of its answer.
    CutAfter,
    /// git does all that was asked, and its answer ends in the middle as if that were its end: a careless proxy.
    ShortAnswer,
    /// Nothing happens for so long, then git is asked.
    Wait(Duration),
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// `git-receive-pack` or `git-upload-pack`.
    pub(crate) service: String,
    /// Whether it asks what the remote has (`info/refs`), and does nothing.
    pub(crate) listing: bool,
    /// The repository, `acme/connectors.git`.
    pub(crate) repository: String,
    /// Whether it carries credentials.
    pub(crate) authorized: bool,
    /// How many such calls (same service, same kind, credentials or not) have come in, this one included.
    pub(crate) count: usize,
}

impl Call {
    /// Whether it moves references.
    pub(crate) fn pushes(&self) -> bool {
        self.service == "git-receive-pack" && !self.listing
    }
}

type Judge = dyn Fn(&HeaderMap, &Call) -> Gate + Send + Sync;
type Faults = dyn Fn(&Call) -> Option<Fault> + Send + Sync;

/// The bare repositories of a directory, served over HTTP. Clones share the list of calls.
#[derive(Clone)]
pub(crate) struct GitHttp {
    root: PathBuf,
    judge: Arc<Judge>,
    faults: Arc<Faults>,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// Whether a path is git's (`/acme/connectors.git/info/refs`) and not another route's.
pub(crate) fn is_git(path: &str) -> bool {
    ENDS.iter().any(|end| path.ends_with(end))
}

impl GitHttp {
    /// Serves what lies below `root` (`root/acme/connectors.git`); the suffix `.git` may be left out of addresses.
    pub(crate) fn new(
        root: &Path,
        judge: impl Fn(&HeaderMap, &Call) -> Gate + Send + Sync + 'static,
        faults: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        Self { root: root.to_owned(), judge: Arc::new(judge), faults: Arc::new(faults), calls: Arc::default() }
    }

    /// Every call so far, in the order in which they came in.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// Answers one request.
    pub(crate) async fn respond(&self, request: Request) -> Response<Body> {
        if !is_git(request.uri().path()) {
            return plain(404, "not a path of git");
        }
        let Some((call, path)) = self.call(&request) else { return plain(403, "only smart HTTP is spoken here") };
        let user = match (self.judge)(request.headers(), &call) {
            Gate::Open(user) => user,
            Gate::Ask => return ask(),
            Gate::Refuse(status, words) => return plain(status, words),
        };
        match (self.faults)(&call) {
            Some(Fault::Status(status, words)) => plain(status, words),
            Some(Fault::Redirect(to)) => redirect(&to, request.uri()),
            Some(Fault::CutBefore) => {
                let _ = request.into_body().frame().await;
                broken(Bytes::from_static(b"00"))
            }
            Some(Fault::CutAfter) => broken(self.half(request, &path, user).await),
            Some(Fault::ShortAnswer) => Response::new(Body::from(self.half(request, &path, user).await)),
            Some(Fault::Wait(duration)) => {
                tokio::time::sleep(duration).await;
                self.backend(request, &path, user).await
            }
            None => self.backend(request, &path, user).await,
        }
    }

    /// Writes the call down, and finds the path below the root.
    fn call(&self, request: &Request) -> Option<(Call, String)> {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        let (repository, rest) =
            ENDS.iter().find_map(|rest| Some((path.strip_suffix(rest)?.trim_start_matches('/'), *rest)))?;
        let listing = rest == LISTING;
        let service = if listing { query.strip_prefix("service=")? } else { rest.trim_start_matches('/') };
        let bare = format!("{}.git", repository.strip_suffix(".git").unwrap_or(repository));
        let mut calls = self.calls.lock().unwrap();
        let before = calls.iter().filter(|call| call.service == service && call.listing == listing).count();
        let authorized = request.headers().contains_key("authorization");
        let (service, count) = (service.to_owned(), before + 1);
        let call = Call { service, listing, repository: bare.clone(), authorized, count };
        calls.push(call.clone());
        Some((call, format!("/{bare}{rest}")))
    }

    /// git's own answer.
    async fn backend(&self, request: Request, path: &str, user: &str) -> Response<Body> {
        let mut command = self.command(&request, path, user);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut body = request.into_body();
        let feed = async move {
            while let Some(Ok(frame)) = body.frame().await {
                // A backend that ends early does not want the rest.
                let Ok(data) = frame.into_data() else { continue };
                if stdin.write_all(&data).await.is_err() {
                    break;
                }
            }
        };
        let ((), output) = tokio::join!(feed, read(&mut child));
        child.wait().await.unwrap();
        from_cgi(&output)
    }

    /// The first half of git's own answer.
    async fn half(&self, request: Request, path: &str, user: &str) -> Bytes {
        let answer = self.backend(request, path, user).await.into_body().collect().await.unwrap().to_bytes();
        answer.slice(..answer.len() / 2)
    }

    /// The CGI program with what the request says (RFC 3875, section 4.1; git-http-backend(1)).
    fn command(&self, request: &Request, path: &str, user: &str) -> Command {
        let mut command = Command::new("git");
        command
            .arg("http-backend")
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_HTTP_EXPORT_ALL", "1")])
            .envs([("GIT_CONFIG_COUNT", "2"), ("GIT_CONFIG_KEY_0", "http.receivepack"), ("GIT_CONFIG_VALUE_0", "true")])
            .envs([("GIT_CONFIG_KEY_1", "safe.directory"), ("GIT_CONFIG_VALUE_1", "*")])
            .env("GIT_PROJECT_ROOT", &self.root)
            .envs([("PATH_INFO", path), ("REMOTE_USER", user), ("REQUEST_METHOD", request.method().as_str())])
            .envs([("QUERY_STRING", request.uri().query().unwrap_or_default()), ("REMOTE_ADDR", "127.0.0.1")]);
        let passed = [
            ("content-type", "CONTENT_TYPE"),
            ("content-length", "CONTENT_LENGTH"),
            ("content-encoding", "HTTP_CONTENT_ENCODING"),
            ("git-protocol", "GIT_PROTOCOL"),
        ];
        for (header, variable) in passed {
            if let Some(value) = request.headers().get(header) {
                command.env(variable, value.to_str().unwrap());
            }
        }
        command
    }
}

async fn read(child: &mut Child) -> Vec<u8> {
    let mut output = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut output).await.unwrap();
    output
}

/// The response in what a CGI program wrote: header lines, `Status` among them, an empty line, the body.
fn from_cgi(output: &[u8]) -> Response<Body> {
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").expect("a CGI program writes headers");
    let head = String::from_utf8_lossy(&output[..end]);
    let mut response = Response::builder();
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        response = match name {
            "Status" => response.status(&value[..3]),
            _ => response.header(name, value),
        };
    }
    response.body(Body::from(output[end + 4..].to_vec())).unwrap()
}

fn plain(status: u16, words: &'static str) -> Response<Body> {
    let response = Response::builder().status(status).header("content-type", "text/plain; charset=utf-8");
    response.body(Body::from(words)).unwrap()
}

/// To the same part of a repository at another address.
fn redirect(to: &str, asked: &Uri) -> Response<Body> {
    let part = ENDS.iter().find(|end| asked.path().ends_with(*end)).unwrap();
    let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
    let response = Response::builder().status(301).header("location", format!("{to}{part}{query}"));
    response.body(Body::empty()).unwrap()
}

fn ask() -> Response<Body> {
    let challenge = ("www-authenticate", "Basic realm=\"git\"");
    Response::builder().status(401).header(challenge.0, challenge.1).body(Body::empty()).unwrap()
}

/// An answer of which only the beginning arrives, because the connection ends there.
fn broken(beginning: Bytes) -> Response<Body> {
    let cut = async {
        // Without a byte of an answer curl would try again by itself.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Some(Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)))
    };
    let body = Full::new(beginning).map_err(|never: Infallible| match never {}).with_trailers(cut);
    // As a stream, whose length is unknown: else the beginning would pass for the whole.
    Response::new(Body::from_stream(BodyDataStream::new(body)))
}
