//! A server on loopback, and who may push to it.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::git_http::{Call, Fault, Gate, GitHttp};

/// The token that opens the server.
pub(crate) const TOKEN: &str = "ghp_0123456789abcdefTOKEN";

/// git over HTTP on a free port. It ends with the value.
pub(crate) struct Server {
    address: SocketAddr,
    git: GitHttp,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    /// Serves the repositories below a directory to whom `judge` lets in.
    pub(crate) fn start(
        root: &Path,
        judge: impl Fn(&HeaderMap, &Call) -> Gate + Send + Sync + 'static,
        faults: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        let git = GitHttp::new(root, judge, faults);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let served = git.clone();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(move |request: Request| {
            let git = served.clone();
            async move { git.respond(request).await }
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { address, git, _runtime: runtime }
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address of a repository.
    pub(crate) fn url(&self, repository: &str) -> String {
        format!("{}/{repository}", self.base())
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.git.calls()
    }

    /// How many pushes came in.
    pub(crate) fn pushes(&self) -> usize {
        self.calls().iter().filter(|call| call.pushes()).count()
    }
}

/// Lets everybody in.
pub(crate) fn everybody(_: &HeaderMap, _: &Call) -> Gate {
    Gate::Open("anybody")
}

/// Lets in who has the token as the password of `x-access-token`, as GitHub does.
pub(crate) fn token_only(headers: &HeaderMap, _: &Call) -> Gate {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let right = format!("Basic {}", BASE64_STANDARD.encode(format!("x-access-token:{TOKEN}")));
    if given == right { Gate::Open("app") } else { Gate::Ask }
}

/// Everything goes well.
pub(crate) fn no_fault(_: &Call) -> Option<Fault> {
    None
}
