//! One git command that talks to a remote: without prompts, without waiting for ever, and with cutover's token where the
//! user's own git is not let in.

use std::process::{Command, ExitStatus};
use std::sync::atomic::Ordering;

use crate::base::{Redactor, closest};

use super::words::{clean, reasons};
use super::{Remote, RemoteFacts, RemoteTrouble, Token};
use crate::git::command::Git;
use crate::git::guarded::{Ended, run_guarded};
use crate::git::{GitError, Repository};

/// A transfer slower than a byte a second for a minute is broken (git-config(1), `http.lowSpeedLimit`).
const NEVER_FOR_EVER: [&str; 4] = ["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60"];

/// The variable that carries the token to the helper below: neither arguments nor files may have it.
const TOKEN_VARIABLE: &str = "CUTOVER_GIT_TOKEN";

/// A credential helper (gitcredentials(7), "Custom helpers") that answers with the token.
const HELPER: &str = "!f() { if test \"$1\" = get; then echo username=x-access-token; \
                      echo \"password=$CUTOVER_GIT_TOKEN\"; fi; }; f";

/// What a command said before it ended by itself.
pub(in crate::git) struct Spoken {
    pub(in crate::git) status: ExitStatus,
    pub(in crate::git) stdout: String,
    /// Standard error, cleaned.
    pub(in crate::git) lines: Vec<String>,
}

/// A conversation with one remote.
pub(in crate::git) struct Talk<'a> {
    repository: &'a Repository,
    git: &'a Git,
    pub(in crate::git) remote: &'a Remote,
    redactor: Redactor,
}

impl<'a> Talk<'a> {
    pub(in crate::git) fn new(repository: &'a Repository, remote: &'a Remote) -> Self {
        Self { repository, git: repository.git(), remote, redactor: remote.redactor() }
    }

    /// The name or address, as git takes it.
    pub(in crate::git) fn place(&self) -> &'a str {
        self.remote.place.exposed()
    }

    /// Runs a command to its end; whether it went well is the caller's to judge. `Err` is for a command that was
    /// stopped, took too long, or could not be started.
    pub(in crate::git) fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Spoken, GitError> {
        let Some(token) = &self.remote.token else { return self.once(arguments, input, None) };
        if token.needed.load(Ordering::Relaxed) {
            return self.once(arguments, input, Some(token));
        }
        let spoken = self.once(arguments, input, None)?;
        if spoken.status.success() || !RemoteTrouble::in_words(&spoken.lines.join("\n")).is_about_credentials() {
            return Ok(spoken);
        }
        let with_token = self.once(arguments, input, Some(token))?;
        // The token is kept to once it was better than what the user has.
        let trouble = RemoteTrouble::in_words(&with_token.lines.join("\n"));
        let better = with_token.status.success() || !trouble.is_about_credentials();
        token.needed.store(better, Ordering::Relaxed);
        Ok(with_token)
    }

    fn once(&self, arguments: &[&str], input: &[u8], token: Option<&Token>) -> Result<Spoken, GitError> {
        let mut command = self.command(arguments, token);
        let Remote { timeout, cancel, .. } = self.remote;
        match run_guarded(&mut command, input, Some(*timeout), cancel)? {
            Ended::Exited(output) => Ok(Spoken {
                status: output.status,
                stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
                lines: clean(&output.stderr, &self.redactor),
            }),
            Ended::TimedOut(limit) => Err(self.remote.trouble(RemoteTrouble::TimedOut(limit), "")),
            Ended::Cancelled => Err(self.remote.trouble(RemoteTrouble::Cancelled, "")),
        }
    }

    fn command(&self, arguments: &[&str], token: Option<&Token>) -> Command {
        let mut command = self.git.command(NEVER_FOR_EVER);
        if let Some(Token { base, value, .. }) = token {
            // An empty value takes the user's out of the way, here alone: helpers, which would otherwise be given the
            // token to keep, and a header with credentials that did not work, as CI systems set it.
            for setting in [
                format!("credential.{base}.helper="),
                format!("credential.{base}.helper={HELPER}"),
                format!("http.{base}.extraHeader="),
            ] {
                command.arg("-c").arg(setting);
            }
            command.env(TOKEN_VARIABLE, value);
        }
        // SSH and credential managers would ask the terminal, which belongs to cutover: they fail instead.
        command.env("SSH_ASKPASS_REQUIRE", "force").env("GCM_INTERACTIVE", "never");
        command.args(arguments);
        command
    }

    /// The command's words as an error: what the remote as a whole has against us.
    pub(in crate::git) fn failed(&self, lines: &[String]) -> GitError {
        let trouble = match RemoteTrouble::in_words(&lines.join("\n")) {
            RemoteTrouble::NotThere if !self.is_an_address() => self.unknown_name(),
            trouble => trouble,
        };
        self.remote.trouble(trouble, reasons(lines))
    }

    /// What the repository knows of the remote, if it is given by name.
    pub(super) fn known(&self) -> Result<Option<RemoteFacts>, GitError> {
        Ok(self.repository.remotes()?.into_iter().find(|remote| remote.name == self.place()))
    }

    fn is_an_address(&self) -> bool {
        self.place().contains([':', '/'])
    }

    fn unknown_name(&self) -> RemoteTrouble {
        let known = self.repository.remotes().unwrap_or_default();
        let names: Vec<&str> = known.iter().map(|remote| remote.name.as_str()).collect();
        if names.contains(&self.place()) {
            return RemoteTrouble::NotThere;
        }
        let suggestion = closest(self.place(), names.iter().copied()).or_else(|| names.first().copied());
        RemoteTrouble::Unknown { suggestion: suggestion.map(str::to_owned) }
    }
}
