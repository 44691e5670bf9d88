//! The process that records a connector's hooks: what it is given, how it is started, what it left.

use std::time::Duration;
use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::facts::{BaseFacts, Installed};
use super::fault::{Fault, Place, Stage};
use super::{Customization, FILE, HookError, Sandbox, answer};
use crate::process::{Command, Exit, Status};

/// The recorder: a directory with a `__main__.py` is a program for Python.
const RECORDER: [(&str, &str); 13] = [
    ("__main__.py", include_str!("recorder/__main__.py")),
    ("calls.py", include_str!("recorder/calls.py")),
    ("container.py", include_str!("recorder/container.py")),
    ("entries.py", include_str!("recorder/entries.py")),
    ("faults.py", include_str!("recorder/faults.py")),
    ("hooks.py", include_str!("recorder/hooks.py")),
    ("recording.py", include_str!("recorder/recording.py")),
    ("refusals.py", include_str!("recorder/refusals.py")),
    ("sdk.py", include_str!("recorder/sdk.py")),
    ("shut_in.py", include_str!("recorder/shut_in.py")),
    ("sources.py", include_str!("recorder/sources.py")),
    ("state.py", include_str!("recorder/state.py")),
    ("watch.py", include_str!("recorder/watch.py")),
];

/// What recorder and hooks may use together.
const MEBIBYTES: u64 = 1024;

/// The recorder watches the time itself, so that it can say on which line a hook hangs; after this much more it is
/// stopped from outside.
const MARGIN: Duration = Duration::from_secs(3);

/// What the recorder has to clean up on a SIGTERM takes no time.
const GRACE: Duration = Duration::from_millis(500);

/// A connector with hooks, and what they need to know.
#[derive(Debug, Clone)]
pub struct Hooks<'a> {
    /// The root of what is laid out of the repository.
    pub files: &'a Utf8Path,
    /// The connector's directory in it.
    pub directory: &'a Utf8Path,
    /// An empty directory for the recorder, outside of `files`.
    pub scratch: &'a Utf8Path,
    /// The image that the pre hook is given.
    pub base: &'a BaseFacts,
    /// What the build sets between the hooks.
    pub installed: &'a Installed,
    /// The interpreter, such as `python3`.
    pub python: &'a str,
    /// How long the hooks may take.
    pub time_limit: Duration,
}

#[derive(Serialize)]
struct Request<'a> {
    files: &'a Utf8Path,
    /// The connector's directory below `files`.
    connector: &'a Utf8Path,
    /// The copy of `files` that the hooks see.
    copy: Utf8PathBuf,
    answer: &'a Utf8Path,
    base: &'a BaseFacts,
    installed: &'a Installed,
    seconds: u64,
    mebibytes: u64,
    /// Whether the kernel keeps the network away.
    shut_in: bool,
}

/// A process that is ready to record hooks.
#[derive(Debug)]
pub struct Recording {
    program: String,
    args: Vec<String>,
    python: String,
    scratch: Utf8PathBuf,
    answer: Utf8PathBuf,
    time_limit: Duration,
}

impl Recording {
    /// Whether the connector in this directory has hooks.
    pub fn is_needed(directory: &Utf8Path) -> bool {
        directory.join(FILE).symlink_metadata().is_ok()
    }

    /// Lays the recorder and its request out in the scratch directory.
    pub fn prepare(hooks: &Hooks<'_>, sandbox: &Sandbox) -> Result<Self, HookError> {
        if !Self::is_needed(hooks.directory) {
            return Err(HookError::NoHooks { path: hooks.directory.join(FILE) });
        }
        let answer = hooks.scratch.join("answer.json");
        let copy = hooks.scratch.join("files");
        clear(&answer, |path| fs::remove_file(path))?;
        clear(&copy, |path| fs::remove_dir_all(path))?;
        let request = Request {
            files: hooks.files,
            connector: hooks.directory.strip_prefix(hooks.files).unwrap_or(hooks.directory),
            copy,
            answer: &answer,
            base: hooks.base,
            installed: hooks.installed,
            seconds: hooks.time_limit.as_secs().max(1),
            mebibytes: MEBIBYTES,
            shut_in: sandbox.has_no_network(),
        };
        let recorder = hooks.scratch.join("recorder");
        for (name, text) in RECORDER {
            place(&recorder, name, text)?;
        }
        let request = place_request(hooks.scratch, &request)?;
        // -I: nothing of the user's own Python environment. -B: no bytecode beside anybody's files.
        let args = ["-I", "-B", "-X", "utf8", "-X", "faulthandler", recorder.as_str(), request.as_str()]
            .map(str::to_owned)
            .to_vec();
        let (program, args) = sandbox.around(hooks.python, args);
        Ok(Self {
            program,
            args,
            python: hooks.python.to_owned(),
            scratch: hooks.scratch.to_owned(),
            answer,
            time_limit: hooks.time_limit,
        })
    }

    /// The program to start.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Its arguments.
    pub fn args(&self) -> &[String] {
        &self.args
    }

    /// Sets what a command that starts [`Self::program`] needs beside it: its directory and its time limit, unless
    /// less time is left anyway.
    #[must_use]
    pub fn within(&self, mut command: Command) -> Command {
        let limit = self.time_limit + MARGIN;
        command.directory.clone_from(&self.scratch);
        command.timeout = Some(command.timeout.map_or(limit, |left| left.min(limit)));
        command.grace = GRACE;
        command
    }

    /// Makes of what the process left what the hooks want, or what is wrong with them.
    pub fn read(&self, exit: &Exit) -> Result<Customization, HookError> {
        if let Some(customization) = answer::read(&self.answer)? {
            return Ok(customization);
        }
        match exit.status {
            Status::TimedOut(limit) => Err(HookError::Hook {
                place: Place { stage: Stage::Import, line: None },
                fault: Fault::Hung { seconds: limit.as_secs().max(1) },
            }),
            Status::Code(126 | 127) => {
                Err(HookError::NoPython { program: self.python.clone(), why: "was not found".to_owned() })
            }
            status => Err(HookError::Died { how: status.to_string() }),
        }
    }
}

/// Takes away what an earlier recording left.
fn clear(path: &Utf8Path, remove: impl Fn(&Utf8Path) -> io::Result<()>) -> Result<(), HookError> {
    match remove(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(HookError::Prepare { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Writes what a script of ours is to do.
pub(super) fn place_request(scratch: &Utf8Path, request: &impl Serialize) -> Result<Utf8PathBuf, HookError> {
    place(scratch, "request.json", &serde_json::to_string(request).expect("a request is strings and numbers"))
}

/// Writes a file of ours, in a directory that is made if need be.
pub(super) fn place(directory: &Utf8Path, name: &str, text: &str) -> Result<Utf8PathBuf, HookError> {
    let path = directory.join(name);
    let written = fs::create_dir_all(directory).and_then(|()| fs::write(&path, text));
    match written {
        Ok(()) => Ok(path),
        Err(source) => Err(HookError::Prepare { path, source }),
    }
}
