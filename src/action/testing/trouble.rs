//! What an installation that failed says of its cause, and whether another try could help.

use crate::event::FailureClass;

/// A cause of failed installations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The kind, which decides about another try.
    pub(super) class: FailureClass,
    /// What happened, the same for all connectors.
    pub(super) cause: &'static str,
    /// What to do.
    pub(super) hint: &'static str,
}

/// Words by which causes are told, most certain first. All words are in lower case.
const CAUSES: [(&[&str], Trouble); 7] = [
    (
        &["no space left on device", "disk quota exceeded", "[errno 28]"],
        Trouble {
            class: FailureClass::Machine,
            cause: "the disk is full",
            hint: "free some space, where pip's cache and the state of runs are; `cutover resume --retry-failed` takes it up",
        },
    ),
    (
        &["requires a different python", "does not satisfy python", "requires-python"],
        Trouble {
            class: FailureClass::Process,
            cause: "a dependency does not support this version of Python",
            hint: "name an interpreter that fits with `python:`, or mend the dependency's version",
        },
    ),
    (
        &[
            "temporary failure in name resolution",
            "name or service not known",
            "nodename nor servname",
            "failed to resolve",
            "dns error",
            "newconnectionerror",
            "failed to establish a new connection",
            "connection refused",
            "connection reset",
            "connection aborted",
            "connection broken",
            "connecttimeout",
            "readtimeout",
            "read timed out",
            "operation timed out",
            "max retries exceeded",
            "incompleteread",
            "protocolerror",
            "remote end closed connection",
            "network is unreachable",
            "error sending request",
            "http error 429",
            "http error 500",
            "http error 502",
            "http error 503",
            "http error 504",
            "too many 502 error responses",
            "429 client error",
            "500 server error",
            "502 server error",
            "503 server error",
            "504 server error",
            "service unavailable",
            "bad gateway",
            "gateway time-out",
            "ssl: unexpected_eof",
        ],
        Trouble {
            class: FailureClass::Network,
            cause: "the package index cannot be reached",
            hint: "check the network and the proxy, or give the wheels with `wheels:`; then `cutover resume --retry-failed`",
        },
    ),
    (
        &["resolutionimpossible", "conflicting dependencies", "no solution found", "dependency conflicts"],
        Trouble {
            class: FailureClass::Process,
            cause: "the dependencies contradict each other",
            hint: "compare the versions that the connector and its test tools ask for",
        },
    ),
    (
        &[
            "no matching distribution found",
            "could not find a version that satisfies",
            "was not found in the package registry",
            "was not found in the provided package locations",
            "invalid requirement",
        ],
        Trouble {
            class: FailureClass::Process,
            cause: "a dependency is not to be had",
            hint: "check its name and version, and whether this version of Python still has it; with `wheels:`, whether it is among them",
        },
    ),
    (
        &[
            "failed building wheel",
            "failed to build",
            "metadata-generation-failed",
            "subprocess-exited-with-error",
            "could not build wheels",
            "build backend returned an error",
        ],
        Trouble {
            class: FailureClass::Process,
            cause: "the connector or a dependency cannot be built",
            hint: "the end of the log says why: a faulty setup.py, a missing compiler or system library, or a version that this Python has no wheel for",
        },
    ),
    (
        &["memoryerror", "cannot allocate memory"],
        Trouble {
            class: FailureClass::Machine,
            cause: "the memory does not suffice",
            hint: "let fewer tests run at once (`concurrency: { test: 1 }`), or raise the step's limit",
        },
    ),
];

/// What is said of the causes that nobody knows.
const UNKNOWN: Trouble = Trouble {
    class: FailureClass::Process,
    cause: "the dependencies cannot be installed",
    hint: "the end of the log says why",
};

/// The cause that the last lines of an installation tell.
pub(super) fn of(tail: &[String]) -> Trouble {
    let said = tail.join("\n").to_lowercase();
    let known = CAUSES.iter().find(|(words, _)| words.iter().any(|word| said.contains(word)));
    known.map_or(UNKNOWN, |(_, trouble)| *trouble)
}

/// Errors that only say that there was one.
const EMPTY_WORDS: [&str; 5] = [
    "subprocess-exited-with-error",
    "metadata-generation-failed",
    "failed to build",
    "failed building wheel",
    "could not build wheels",
];

/// The line that says most: the first error that names a cause, else the exception of a build, else the last line.
pub(super) fn line(tail: &[String]) -> Option<&str> {
    let is_error = |line: &&String| {
        let line = line.trim_start().to_lowercase();
        let says = line.strip_prefix("error:").map(str::trim);
        says.is_some_and(|says| !says.is_empty() && !EMPTY_WORDS.iter().any(|words| says.starts_with(words)))
    };
    let is_exception = |line: &&String| {
        let name = line.trim_start().split(": ").next().unwrap_or_default();
        !name.contains(' ') && (name.ends_with("Error") || name.ends_with("Exception"))
    };
    let found = tail.iter().find(is_error).or_else(|| tail.iter().rfind(is_exception)).or(tail.last())?;
    Some(found.trim().trim_start_matches("ERROR:").trim_start_matches("error:").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(text: &str) -> (FailureClass, &'static str) {
        let tail: Vec<String> = text.lines().map(str::to_owned).collect();
        let Trouble { class, cause, .. } = of(&tail);
        (class, cause)
    }

    #[test]
    fn a_lost_network_is_told_from_a_package_that_is_not_there() {
        let offline = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip._vendor>: Failed to \
                       establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/pytest/\n\
                       ERROR: Could not find a version that satisfies the requirement pytest (from versions: none)\n\
                       ERROR: No matching distribution found for pytest";
        assert_eq!(cause(offline).0, FailureClass::Network);
        let missing = "ERROR: Could not find a version that satisfies the requirement nope==9 (from versions: none)\n\
                       ERROR: No matching distribution found for nope==9";
        assert_eq!(cause(missing), (FailureClass::Process, "a dependency is not to be had"));
        let uv = "error: Failed to fetch: `simple/pytest/`\n  Caused by: client error (Connect)\n  Caused by: dns error: failed to lookup";
        assert_eq!(cause(uv).0, FailureClass::Network);
    }

    #[test]
    fn a_full_disk_a_wrong_python_and_a_build_that_fails_are_told() {
        assert_eq!(
            cause("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device").0,
            FailureClass::Machine
        );
        let python = "ERROR: Package 'source-a' requires a different Python: 3.11.7 not in '<3.11'";
        assert_eq!(cause(python).1, "a dependency does not support this version of Python");
        let build = "error: subprocess-exited-with-error\n× python setup.py egg_info did not run successfully.\nRuntimeError: sorry";
        assert_eq!(cause(build).1, "the connector or a dependency cannot be built");
        assert_eq!(cause("killed").1, "the dependencies cannot be installed");
    }

    #[test]
    fn the_line_that_says_most_is_the_first_error() {
        let tail: Vec<String> = ["Collecting a", "ERROR: first", "ERROR: second"].map(str::to_owned).to_vec();
        assert_eq!(line(&tail), Some("first"));
        assert_eq!(line(&["only".to_owned()]), Some("only"));
        let build =
            ["error: subprocess-exited-with-error", "  RuntimeError: sorry", "note: This error originates from"];
        assert_eq!(line(&build.map(str::to_owned)), Some("RuntimeError: sorry"));
        assert_eq!(line(&[]), None);
    }
}
