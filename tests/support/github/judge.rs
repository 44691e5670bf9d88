//! The judges: GitHub's own descriptions of its API, asked by `tests/judge` in Node what they think of a log.
//!
//! The packages come from npm, once for all test processes of a build directory. Where that cannot be, a line
//! says `skipped:` and there is no verdict.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

use super::record::Exchange;

/// Which side of an exchange does not agree with the description.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// What the client sent.
    Request,
    /// What the double answered.
    Response,
}

/// A place where an exchange does not agree with GitHub's description.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Problem {
    /// The exchange's number in the log.
    pub(crate) number: u64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) side: Side,
    /// The status of the answer, if there was one.
    pub(crate) status: Option<u16>,
    pub(crate) message: String,
}

/// What the judges found.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Verdict {
    /// How many exchanges were held against a description.
    pub(crate) judged: usize,
    pub(crate) problems: Vec<Problem>,
}

impl Verdict {
    /// Panics with all problems, if there are some.
    pub(crate) fn assert_clean(&self) {
        self.assert_without(|_| true);
    }

    /// The same for what refused requests were answered: those are wrong on purpose.
    pub(crate) fn assert_answers_clean(&self) {
        self.assert_without(|problem| problem.side == Side::Response);
    }

    fn assert_without(&self, counts: impl Fn(&Problem) -> bool) {
        let mut told = String::new();
        for problem in self.problems.iter().filter(|problem| counts(problem)) {
            let Problem { number, method, path, side, status, message } = problem;
            let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            let _ = writeln!(told, "{number}: {method} {path} ({status}), {side:?}: {message}");
        }
        assert!(told.is_empty(), "GitHub's description of its API does not allow:\n{told}");
    }
}

/// What GitHub's descriptions say of these exchanges; nothing where they cannot be had.
#[expect(clippy::print_stdout, reason = "a test that cannot do its work says so")]
pub(crate) fn judge(requests: &[Exchange]) -> Option<Verdict> {
    static PACKAGES: OnceLock<Option<PathBuf>> = OnceLock::new();
    let packages = PACKAGES.get_or_init(|| packages().map_err(|why| println!("skipped: {why}")).ok()).as_ref()?;
    let mut judge = Command::new("node")
        .arg(sources().join("judge.mjs"))
        .current_dir(packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node has been run before");
    let mut input = judge.stdin.take().expect("stdin is piped");
    for exchange in requests {
        let line = serde_json::to_string(exchange).expect("an exchange is JSON");
        writeln!(input, "{line}").expect("the judge reads all before it speaks");
    }
    drop(input);
    let output = judge.wait_with_output().expect("the judge ends");
    assert!(output.status.success(), "the judge itself failed; what it said is above");
    Some(serde_json::from_slice(&output.stdout).expect("a verdict is JSON"))
}

/// Where the judges' code is.
fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judge")
}

/// The directory with the packages, installed if this is the first to ask.
fn packages() -> Result<PathBuf, String> {
    let tested = |tool: &str| Command::new(tool).arg("--version").output().is_ok_and(|told| told.status.success());
    for tool in ["node", "npm"] {
        if !tested(tool) {
            return Err(format!("{tool} is not installed; nothing is held against GitHub's descriptions"));
        }
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tmp");
    let place = option_env!("CARGO_TARGET_TMPDIR").map_or(own, PathBuf::from).join("judge");
    fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    // Test processes run beside each other; the first installs, the others wait for it.
    let lock = File::create(place.join("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let wanted = read(&sources().join("package-lock.json"));
    let done = place.join("installed.json");
    if read(&done) != wanted {
        install(&place)?;
        fs::write(&done, wanted).map_err(|error| error.to_string())?;
    }
    Ok(place)
}

fn install(place: &Path) -> Result<(), String> {
    for name in ["package.json", "package-lock.json"] {
        fs::copy(sources().join(name), place.join(name)).map_err(|error| format!("{name}: {error}"))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=120000"]);
    let output = npm.current_dir(place).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().find(|line| line.contains("error") || line.contains("ERR")).unwrap_or_default();
        return Err(format!("npm cannot install the descriptions of GitHub's API ({first})"));
    }
    prune(&place.join("node_modules/@octokit/openapi/generated"))
}

/// Of 400 MB of descriptions, for every version of the server, one is asked.
fn prune(generated: &Path) -> Result<(), String> {
    for entry in fs::read_dir(generated).map_err(|error| error.to_string())?.flatten() {
        if entry.file_name() != "api.github.com.json" {
            fs::remove_file(entry.path()).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
