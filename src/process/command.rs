//! What to run, and how it ended.

use std::fmt;
use std::time::Duration;

use camino::Utf8PathBuf;

use super::environment::has_bash;
use super::log::LogLimit;
use crate::base::Redactor;
use crate::workflow::Limits;

/// How long a command may take to end after SIGTERM, unless it says otherwise.
const GRACE: Duration = Duration::from_secs(10);

/// A program to run, with everything around it.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program: a name to be found in `PATH`, or a path (a relative one counts from `directory`).
    pub program: String,
    /// Its arguments, passed as they are; no shell reads them.
    pub args: Vec<String>,
    /// The working directory.
    pub directory: Utf8PathBuf,
    /// Variables added to the cleaned environment (see [`super::PASSED_VARIABLES`]); they win over it.
    pub env: Vec<(String, String)>,
    /// A directory that stands before all others in its `PATH`: that of a virtual environment, say.
    pub path_first: Option<Utf8PathBuf>,
    /// How long it may run before its group is stopped; `None` is for ever.
    pub timeout: Option<Duration>,
    /// How long it may take to end after SIGTERM before SIGKILL.
    pub grace: Duration,
    /// The file that takes its output, made anew unless there is a heading; its directory is made if need be.
    pub log: Utf8PathBuf,
    /// How much of the output the log keeps.
    pub log_limit: LogLimit,
    /// What must not appear in the log or in the exit's tail.
    pub redactor: Redactor,
    /// A line above its output; with it the log is continued, not made anew.
    pub heading: Option<String>,
    /// How many bytes of its standard output are kept for the caller, in [`Exit::output`]. They are not in the log then.
    pub capture: Option<usize>,
    /// What it may take of the machine, as far as the system lets us say so.
    pub limits: Limits,
    /// Whether processes that leave its group are ended with it, too.
    pub contained: bool,
}

impl Command {
    /// A command without arguments, extra variables, timeout or secrets.
    pub fn new(program: impl Into<String>, directory: impl Into<Utf8PathBuf>, log: impl Into<Utf8PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            directory: directory.into(),
            env: Vec::new(),
            path_first: None,
            timeout: None,
            grace: GRACE,
            log: log.into(),
            log_limit: LogLimit::default(),
            redactor: Redactor::default(),
            heading: None,
            capture: None,
            limits: Limits::default(),
            contained: false,
        }
    }

    /// A script, which stops at the first failing line: for bash where there is one, as in GitHub Actions, else for
    /// `/bin/sh`.
    pub fn shell(script: &str, directory: impl Into<Utf8PathBuf>, log: impl Into<Utf8PathBuf>) -> Self {
        let program = if has_bash() { "bash" } else { "/bin/sh" };
        Self { args: vec!["-e".into(), "-c".into(), script.into()], ..Self::new(program, directory, log) }
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It exited by itself with this code.
    Code(i32),
    /// A signal that did not come from us ended it.
    Signal(i32),
    /// It ran longer than this and was stopped.
    TimedOut(Duration),
    /// It was stopped because the caller asked for it.
    Cancelled,
}

impl Status {
    /// Whether it exited with code 0.
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(126) => write!(f, "exited with code 126 (a program was found but is not executable)"),
            Self::Code(127) => write!(f, "exited with code 127 (a program was not found)"),
            Self::Code(137) => write!(f, "exited with code 137 (a program in it was killed, often for lack of memory)"),
            Self::Code(code) => write!(f, "exited with code {code}"),
            Self::Signal(9) => write!(f, "was killed by signal 9, often for lack of memory"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
            Self::TimedOut(limit) => write!(f, "was stopped after its timeout of {}", seconds(*limit)),
            Self::Cancelled => write!(f, "was cancelled"),
        }
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        whole if whole >= 60 && whole.is_multiple_of(60) => format!("{} min", whole / 60),
        whole => format!("{whole} s"),
    }
}

/// A command's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// How it ended.
    pub status: Status,
    /// From its start to the end of its group.
    pub duration: Duration,
    /// The last lines of output, masked, without control characters; for error messages.
    pub tail: Vec<String>,
    /// Its standard output, if it was asked for: as it is, secrets and all, up to the limit.
    pub output: Vec<u8>,
    /// Bytes of output that the log left out in its middle.
    pub omitted: u64,
    /// Why the log is not complete, if writing it failed (a full disk). The command ran on regardless.
    pub log_error: Option<String>,
}
