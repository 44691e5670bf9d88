//! A client of few lines, so that what is tested is the double and not a library's idea of GitHub.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::github::{Double, TOKEN};

/// The repository's part of most paths.
pub(crate) const REPO: &str = "/repos/acme/connectors";

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// What GitHub says, with what it says of the first field.
    pub(crate) fn message(&self) -> String {
        let body = self.json();
        let first = &body["errors"][0];
        let detail = first["message"].as_str().map(str::to_owned);
        let field = || Some(format!("{} {}", first["field"].as_str()?, first["code"].as_str()?));
        match detail.or_else(field) {
            Some(detail) => format!("{}: {detail}", body["message"].as_str().unwrap()),
            None => body["message"].as_str().unwrap().to_owned(),
        }
    }

    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A bare repository with one commit on `main`, and its double.
pub(crate) struct Stage {
    pub(crate) double: Double,
    pub(crate) repository: PathBuf,
    _directory: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let repository = directory.path().join("connectors.git");
        git(&["init", "-q", "--bare", "-b", "main", repository.to_str().unwrap()], "");
        let commit = "commit refs/heads/main\ncommitter Ada <ada@example.com> 1600000000 +0000\ndata 6\nfirst\n\n\
                      M 100644 inline README.md\ndata 6\nhello\n\n";
        git(&["--git-dir", repository.to_str().unwrap(), "fast-import", "--quiet"], commit);
        let double = Double::start(&repository);
        Self { double, repository, _directory: directory }
    }

    /// With pull requests for so many branches `change-1`…, opened by their heads.
    pub(crate) fn with_pulls(count: u64) -> Self {
        let stage = Self::new();
        stage.branches(count);
        for n in 1..=count {
            let reply = stage.open(&format!("change-{n}"));
            assert_eq!(reply.status, 201, "{}", reply.text);
        }
        stage
    }

    /// So many branches with a file each, in one go.
    pub(crate) fn branches(&self, count: u64) {
        let mut stream = String::new();
        for n in 1..=count {
            let _ = write!(
                stream,
                "commit refs/heads/change-{n}\ncommitter Ada <ada@example.com> 1600000001 +0000\ndata 7\nchange\n\n\
                 from refs/heads/main^0\nM 100644 inline file-{n}\ndata 2\n{}\n\n",
                n % 10
            );
        }
        git(&["--git-dir", self.repository.to_str().unwrap(), "fast-import", "--quiet"], &stream);
    }

    pub(crate) fn open(&self, branch: &str) -> Reply {
        self.post(&format!("{REPO}/pulls"), json!({ "title": branch, "head": branch, "base": "main", "body": "Text" }))
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut all = vec!["--git-dir", self.repository.to_str().unwrap()];
        all.extend(arguments);
        git(&all, "")
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None, &[])
    }

    pub(crate) fn post(&self, path: &str, body: impl Into<Value>) -> Reply {
        self.send("POST", path, Some(body.into()), &[])
    }

    pub(crate) fn patch(&self, path: &str, body: impl Into<Value>) -> Reply {
        self.send("PATCH", path, Some(body.into()), &[])
    }

    pub(crate) fn put(&self, path: &str, body: impl Into<Value>) -> Reply {
        self.send("PUT", path, Some(body.into()), &[])
    }

    /// The answer to a GraphQL document.
    pub(crate) fn graphql(&self, query: &str, variables: impl Into<Value>) -> Value {
        let body = json!({ "query": query, "variables": variables.into() });
        let reply = self.send("POST", "/graphql", Some(body), &[]);
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// Sends, with Ada's token unless another header says so; panics where no answer comes.
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Reply {
        self.attempt(method, path, body, headers).expect("an answer")
    }

    /// Sends; nothing where the connection ends before the answer does.
    pub(crate) fn attempt(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Option<Reply> {
        let address = self.double.url().strip_prefix("http://").unwrap();
        let path = match path {
            "/graphql" => "/api/graphql".to_owned(),
            path if path.starts_with("/_double") => path.to_owned(),
            path => format!("/api/v3{path}"),
        };
        let bearer = format!("Bearer {TOKEN}");
        let mut all = BTreeMap::from([("user-agent", "double-test"), ("authorization", bearer.as_str())]);
        all.extend([("accept", "application/vnd.github+json"), ("connection", "close"), ("host", address)]);
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        let length = text.len().to_string();
        if !text.is_empty() {
            all.extend([("content-type", "application/json"), ("content-length", length.as_str())]);
        }
        all.extend(headers.iter().copied());
        // An empty value takes a header away.
        let lines: Vec<String> =
            all.iter().filter(|(_, value)| !value.is_empty()).map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream.write_all(format!("{method} {path} HTTP/1.1\r\n{}\r\n{text}", lines.concat()).as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        parse(&String::from_utf8(answer).unwrap())
    }
}

fn parse(answer: &str) -> Option<Reply> {
    let (head, text) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let pairs = lines.filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<String, String> = pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let length = headers.get("content-length").map(|length| length.parse().unwrap());
    // Less than was announced is no answer.
    length.is_none_or(|length: usize| text.len() >= length).then(|| Reply { status, headers, text: text.to_owned() })
}

/// Runs git with an input; what it printed.
pub(crate) fn git(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new("git");
    command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}
