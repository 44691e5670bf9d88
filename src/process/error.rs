//! Why a command could not be run at all.

use std::io;

use camino::Utf8PathBuf;

/// A command that could not be started, logged or ended. An exit code other than 0 is not among these.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program is not there.
    #[error("`{program}` was not found; install it, or put its directory into PATH")]
    NotFound {
        /// As the command names it.
        program: String,
    },
    /// The program is a script, and what its first line names is not there.
    #[error("the interpreter that the first line of `{program}` names was not found; install it or correct that line")]
    NoInterpreter {
        /// As the command names it.
        program: String,
    },
    /// The program is there but may not be run.
    #[error("`{program}` may not be executed; make it executable (`chmod +x`) or run it through its interpreter")]
    NotExecutable {
        /// As the command names it.
        program: String,
    },
    /// The working directory is not there.
    #[error("the directory {directory} to run `{program}` in is not there")]
    NoDirectory {
        /// As the command names it.
        program: String,
        /// The missing directory.
        directory: Utf8PathBuf,
    },
    /// The operating system refused in another way.
    #[error("failed to start `{program}`: {source}")]
    Start {
        /// As the command names it.
        program: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The log file could not be made.
    #[error("failed to write the log {path}: {source}; free some space or check the permissions of its directory")]
    Log {
        /// The log file.
        path: Utf8PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The end of the process could not be observed.
    #[error("failed to wait for `{program}`: {source}")]
    Wait {
        /// As the command names it.
        program: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The process does not end even after SIGKILL; it hangs in the kernel.
    #[error(
        "`{program}` (process {pid}) did not end after SIGKILL; it hangs in the kernel, often on a network file system"
    )]
    Unkillable {
        /// As the command names it.
        program: String,
        /// Its process id.
        pid: u32,
    },
}
