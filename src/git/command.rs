//! Starting the user's `git` executable: always in English, never with a prompt, and never led astray by
//! the variables that a hook or an alias sets for another repository.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Output, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::GitError;

/// Variables that would make git look at another repository than the one that was named.
const LEADING_ASTRAY: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
];

/// The git executable, at work on one repository.
#[derive(Debug, Clone)]
pub(super) struct Git {
    /// Where it runs: the root of the work tree, or the bare repository itself.
    pub(super) root: Utf8PathBuf,
    /// The repository's own directory, `.git` or one below `.git/worktrees`.
    pub(super) git_dir: Utf8PathBuf,
}

impl Git {
    /// A command on this repository.
    pub(super) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = bare_command(&self.root);
        command.arg("--git-dir").arg(&self.git_dir).args(arguments);
        command
    }

    /// Runs a command to its end; its status is the caller's to judge.
    pub(super) fn output<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Result<Output, GitError> {
        run(&mut self.command(arguments), input)
    }

    /// Runs a command that must succeed and returns what it wrote.
    pub(super) fn expect(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        let output = self.output(arguments, input)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(GitError::from_stderr(&arguments.join(" "), &self.git_dir, &words(&output.stderr)))
    }
}

/// A git command that finds its repository from a directory.
pub(super) fn bare_command(directory: &Utf8Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(directory).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
    for name in LEADING_ASTRAY {
        command.env_remove(name);
    }
    // A group of its own: Ctrl-C at the terminal is for cutover, which finishes what is under way.
    command.process_group(0);
    command
}

/// Runs a command with this input and waits for it.
pub(super) fn run(command: &mut Command, input: &[u8]) -> Result<Output, GitError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    loop {
        let output = run_once(command, input)?;
        if !never_began(output.status) {
            return Ok(output);
        }
    }
}

/// Whether Ctrl-C hit the command before it had a process group of its own, and so before it did anything: after
/// that no Ctrl-C reaches it.
pub(super) fn never_began(status: ExitStatus) -> bool {
    status.signal() == Some(rustix::process::Signal::INT.as_raw())
}

fn run_once(command: &mut Command, input: &[u8]) -> Result<Output, GitError> {
    let no_git = |error: std::io::Error| GitError::NoGit(error.to_string());
    let mut child = command.spawn().map_err(no_git)?;
    let mut stdin = child.stdin.take().expect("standard input is piped");
    std::thread::scope(|scope| {
        // Written beside the reading: both pipes are shorter than what may go through them.
        // A child that ends early closes its end; its status and words tell the story then.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().map_err(no_git)
    })
}

/// What a command wrote, as text.
pub(super) fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_from_the_terminal_does_not_reach_git() {
        let mut command = bare_command(Utf8Path::new("/"));
        command.args(["-c", "alias.group=!ps -o pgid= -p $$", "group"]);
        let output = run(&mut command, b"").unwrap();
        let group: i32 = words(&output.stdout).parse().unwrap();
        assert_ne!(group, rustix::process::getpgrp().as_raw_nonzero().get());
    }
}
