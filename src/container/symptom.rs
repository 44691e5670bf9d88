//! What the last lines of an engine mean: why a pull or a build failed.

use std::sync::LazyLock;

use regex::Regex;

use crate::event::{Failure, FailureClass};

/// A cause that a person can do something about, recognised by what was said at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Symptom {
    /// The disk is full.
    NoSpace,
    /// There was not enough memory.
    NoMemory,
    /// A registry or an index asks to come back later.
    RateLimit(String),
    /// A registry does not know us, or does not allow it.
    Denied(String),
    /// The registry answers that it has no such image.
    NoImage(String),
    /// The image is not built for this platform.
    NoPlatform(String),
    /// A program of the image is for another processor.
    Processor,
    /// The network, or a server on the other side of it.
    Network(String),
    /// Docker's client cannot build.
    NoBuildKit,
    /// The engine itself stumbled; the same again works.
    Stumbled,
}

type Words = &'static [&'static str];

/// Makes the symptom of the line that was found.
type Reading = fn(String) -> Symptom;

/// The words that each symptom is recognised by. The first that fits counts, and within a symptom the last line that has
/// any of its words.
const SYMPTOMS: [(Words, Reading); 10] = [
    (&["Close_Fd sealing memfd"], |_| Symptom::Stumbled),
    (&["no space left on device", "No space left on device", "disk quota exceeded", "Disk quota exceeded"], |_| {
        Symptom::NoSpace
    }),
    (&["cannot allocate memory", "Cannot allocate memory", "MemoryError", "exit status 137", "exit code: 137"], |_| {
        Symptom::NoMemory
    }),
    (&["buildx component is missing", "BuildKit is enabled but", "unknown flag: --build-context"], |_| {
        Symptom::NoBuildKit
    }),
    (&["toomanyrequests", "Too Many Requests", "429 Client Error"], Symptom::RateLimit),
    (
        &["no image found in manifest list", "no match for platform", "no image found in image index"],
        Symptom::NoPlatform,
    ),
    (&["exec format error", "Exec format error"], |_| Symptom::Processor),
    (
        &[
            "manifest unknown",
            "name unknown",
            "not found: manifest",
            "repository does not exist",
            "image not known",
            "failed to resolve source metadata",
            "manifest for ",
        ],
        Symptom::NoImage,
    ),
    (
        &[
            "unauthorized",
            "authentication required",
            "requested access to the resource is denied",
            "denied: ",
            "403 Forbidden",
        ],
        Symptom::Denied,
    ),
    (
        &[
            "dial tcp",
            "no such host",
            "i/o timeout",
            "TLS handshake timeout",
            "connection refused",
            "Connection refused",
            "connection reset by peer",
            "Connection reset by peer",
            "network is unreachable",
            "Network is unreachable",
            "NewConnectionError",
            "Max retries exceeded",
            "ReadTimeoutError",
            "Read timed out",
            "ConnectTimeoutError",
            "ProxyError",
            "RemoteDisconnected",
            "IncompleteRead",
            "Temporary failure in name resolution",
            "Could not resolve host",
            "Failed to establish a new connection",
            "All attempts to connect to",
            "503 Server Error",
            "502 Server Error",
            "received unexpected HTTP status: 5",
            "unexpected EOF",
            "certificate verify failed",
            "x509: certificate",
        ],
        Symptom::Network,
    ),
];

impl Symptom {
    /// The cause that these last lines name, if it is one of these.
    pub fn read(tail: &[String]) -> Option<Self> {
        SYMPTOMS.iter().find_map(|(words, symptom)| {
            let line = tail.iter().rev().find(|line| words.iter().any(|word| line.contains(word)))?;
            Some(symptom(line.trim().trim_start_matches("Error: ").to_owned()))
        })
    }

    /// The failure, which happened while `doing`.
    pub fn failure(&self, doing: &str, tail: &[String]) -> Failure {
        let (class, what, hint) = match self {
            Self::NoSpace => (
                FailureClass::Machine,
                "the disk is full".to_owned(),
                "free space where the engine keeps its images (`buildah rmi --prune`, `podman image prune`, `docker builder prune`), then `cutover resume --retry-failed`",
            ),
            Self::NoMemory => (
                FailureClass::Machine,
                "there was not enough memory".to_owned(),
                "build fewer at once (`concurrency: { build: 1 }`), or raise the step's `limits`",
            ),
            Self::RateLimit(line) => {
                (FailureClass::RateLimit, line.clone(), "wait, or log in to the registry with the engine's `login`")
            }
            Self::Denied(line) => (
                FailureClass::Permission,
                line.clone(),
                "log in to the registry with the engine's `login`; for packages, look at the index's credentials",
            ),
            Self::NoImage(line) => (
                FailureClass::Expression,
                line.clone(),
                "look at the address of the base image: the registry has no such image",
            ),
            Self::NoPlatform(line) => (
                FailureClass::Expression,
                line.clone(),
                "leave `platform` out, or name one that the base image is built for",
            ),
            Self::Processor => (
                FailureClass::Machine,
                "the image is for another processor".to_owned(),
                "install the emulation for it (`apt-get install qemu-user-static`), or leave `platform` out",
            ),
            Self::Network(line) => (
                FailureClass::Network,
                line.clone(),
                "look at the network and its proxies; `retry: { on: [network] }` tries again by itself",
            ),
            Self::NoBuildKit => (
                FailureClass::Machine,
                "docker has no BuildKit here".to_owned(),
                "install docker's plugin buildx (the package docker-buildx), or use buildah",
            ),
            Self::Stumbled => (
                FailureClass::Machine,
                "the engine could not start a process".to_owned(),
                "it passes by itself: `cutover resume --retry-failed`",
            ),
        };
        // A line of the engine's names what differs from connector to connector; the cause is the same for all.
        let cause = format!("{doing}: {}", self.cause().unwrap_or(&what));
        let failure = Failure::new(class, format!("{doing}: {what}")).cause(cause).hint(hint);
        Failure { tail: tail.to_vec(), ..failure }
    }

    fn cause(&self) -> Option<&'static str> {
        Some(match self {
            Self::RateLimit(_) => "asked to slow down",
            Self::Denied(_) => "not allowed",
            Self::Network(_) => "the network or a server failed",
            _ => return None,
        })
    }
}

/// The line in which pip, poetry or Python says what is wrong, among the last lines of a build that failed.
pub fn complaint(tail: &[String]) -> Option<String> {
    static COMPLAINT: LazyLock<Regex> = LazyLock::new(|| {
        let words = concat!(
            r"^(?:#\d+ [\d.]+ )?\s*(?:process failed to start with error: )?(",
            r"(?:ERROR: |error: |fatal: )\S.*",
            r"|\w+(?:Error|Exception): \S.*",
            r"|.*(?:command not found|: not found|No such file or directory)$",
            r"|exec: .*executable file not found in \$PATH",
            r")"
        );
        Regex::new(words).expect("a pattern that compiles")
    });
    // pip's last words say only that something failed above.
    let vague = [
        "metadata-generation-failed",
        "subprocess-exited-with-error",
        "building at STEP",
        "failed to solve",
        "legacy-install-failure",
        "Failed building wheel",
        "Could not build wheels",
        "Command errored out",
    ];
    let lines = || tail.iter().filter_map(|line| Some(COMPLAINT.captures(line)?.get(1)?.as_str().trim().to_owned()));
    let clear: Vec<String> = lines().filter(|line| !vague.iter().any(|word| line.contains(word))).collect();
    let last = clear.last().cloned().or_else(|| lines().next_back())?;
    Some(last.trim_start_matches("ERROR: ").trim_start_matches("error: ").to_owned())
}

/// The last line that says anything: for programs that complain in words of their own.
pub fn last_words(tail: &[String]) -> Option<&str> {
    const NOISE: [&str; 5] = ["exited with status", "exit status", "building at STEP", "failed to solve", "exit code:"];
    let says = |line: &&str| !line.is_empty() && !NOISE.iter().any(|noise| line.contains(noise));
    tail.iter().rev().map(|line| line.trim()).find(says)
}
