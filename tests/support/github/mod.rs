//! A double of GitHub over a real bare repository: REST, GraphQL and git over HTTP on one address, with
//! faults on demand and a log of everything that was asked.
//!
//! [`Double::start`] serves until the handle is dropped; the handle's methods are what people, machines and
//! time do (`review`, `push`, `set_checks`, `advance`, `fault` …, all in `people`), and [`Double::requests`] is
//! what was asked. What is only a setting is a field: `double.world().repositories[0].private = true`,
//! `double.world().limits.core = 10`, `double.world().queue_looks = 3`, `double.world().lazy_mergeability = false`.
//!
//! Its answers are held against GitHub's published descriptions by `judge`, so that it agrees with those and
//! not with us; a client's test does the same with what it sent: `judge(&double.requests())`. It shares no code
//! with the crate. Where GitHub's manner matters to a client, it is the default: whether a pull request merges
//! is unknown in the first request after a tip moved, a classic token without scopes gets 404, and lists are
//! told in pages of 30.
//!
//! What it does not have: a refusal of git pushes to protected branches, CODEOWNERS, pending reviews, and
//! checks of a branch that no pull request is from.

pub(crate) mod access;
mod answer;
mod call;
pub(crate) mod checks;
mod clock;
mod command;
mod control;
mod cut;
pub(crate) mod fault;
mod follow;
mod git;
#[path = "../git_http.rs"]
mod git_http;
mod graphql;
pub(crate) mod judge;
mod limits;
mod merge;
pub(crate) mod model;
mod open;
mod people;
pub(crate) mod record;
mod rest;
mod search;
mod server;
mod stamp;
mod store;
mod world;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use access::Token;
use cut::{Cut, Cutting};
use model::Role;
use record::Exchange;
use server::{Shared, router};
use world::World;

/// The token that is good from the start: `ada`'s, who may write, with all that pull requests need.
pub(crate) const TOKEN: &str = "ghp_0000000000000000000000000000000000ada";

/// A running double. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Double {
    shared: Arc<Shared>,
    full_name: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _shelf: TempDir,
}

impl Double {
    /// Serves a bare repository as `acme/connectors`.
    pub(crate) fn start(repository: &Path) -> Self {
        Self::start_as(repository, "acme", "connectors")
    }

    /// Serves a bare repository under this name, at a free port of the loopback.
    pub(crate) fn start_as(repository: &Path, owner: &str, name: &str) -> Self {
        Self::start_at(repository, owner, name, 0).expect("the loopback has a free port")
    }

    /// Serves it at this port.
    pub(crate) fn start_at(repository: &Path, owner: &str, name: &str, port: u16) -> io::Result<Self> {
        let shelf = TempDir::new()?;
        let mut world = World::new(repository, owner, name, shelf.path());
        world.add_collaborator("ada", Role::Write);
        world.add_token(TOKEN, Token::classic("ada", &["repo", "read:org", "workflow"]));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))))?;
        let origin = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared::new(world, origin));
        let routes = router(Arc::clone(&shared)).into_make_service_with_connect_info::<Cut>();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    served = axum::serve(Cutting(listener), routes) => drop(served),
                    _ = stopped => {}
                }
            });
            // What is still being answered is answered to nobody.
            runtime.shutdown_background();
        });
        let full_name = format!("{owner}/{name}");
        Ok(Self { shared, full_name, stop: Some(stop), thread: Some(thread), _shelf: shelf })
    }

    /// `http://127.0.0.1:port`, for git and the web.
    pub(crate) fn url(&self) -> &str {
        self.shared.origin()
    }

    /// Where REST is, as a server of one's own company has it.
    pub(crate) fn api(&self) -> String {
        format!("{}/api/v3", self.url())
    }

    /// The address to push to.
    pub(crate) fn clone_url(&self) -> String {
        format!("{}/{}.git", self.url(), self.full_name)
    }

    /// Every request so far with its answer.
    pub(crate) fn requests(&self) -> Vec<Exchange> {
        self.shared.log().clone()
    }

    /// Forgets the requests so far; those.
    pub(crate) fn take_requests(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.shared.log())
    }

    /// How many requests asked the API for a change.
    pub(crate) fn writes(&self) -> usize {
        self.shared.log().iter().filter(|exchange| exchange.writes && !git::is_git(&exchange.path)).count()
    }

    /// How many requests went to GraphQL.
    pub(crate) fn queries(&self) -> usize {
        self.shared.log().iter().filter(|exchange| exchange.is_graphql()).count()
    }

    /// Writes the requests so far as JSON lines, for whoever reads them with other tools.
    pub(crate) fn write_log(&self, path: &Path) -> io::Result<()> {
        let lines =
            self.requests().into_iter().map(|exchange| serde_json::to_string(&exchange).map(|line| line + "\n"));
        std::fs::write(path, lines.collect::<Result<String, _>>()?)
    }

    /// Waits until the process is told to end.
    pub(crate) fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Deref for Double {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
