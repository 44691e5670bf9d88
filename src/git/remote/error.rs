//! What keeps a remote from doing what it is asked, as a whole: told from git's own words, which are English because
//! every command runs with `LC_ALL=C`.

use std::fmt;
use std::time::Duration;

use super::words::one_line;

/// A command that talked to a remote and failed as a whole. Reads on after "failed to …: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteError {
    /// The remote: its name, or its address without a password.
    pub remote: String,
    /// What kind of trouble it is.
    pub trouble: RemoteTrouble,
    /// What git, or the other side, says about it; lines, secrets masked.
    pub message: String,
}

/// Why a remote as a whole does not do what it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteTrouble {
    /// It was not reached, or the connection broke, or the server has a bad moment (5xx). Safe to try again: each
    /// branch is moved only from where it is expected.
    Unreachable,
    /// It took longer than this.
    TimedOut(Duration),
    /// It asks us to slow down (429).
    TooMany,
    /// The command was stopped because cutover was asked to.
    Cancelled,
    /// It does not know who we are: no credentials, or wrong or expired ones.
    Authentication,
    /// It knows who we are, and we may not (403).
    Permission,
    /// There is no such repository, or none that we may see.
    NotThere,
    /// The repository is archived: it can be read only.
    Archived,
    /// The repository is at another address now, and git is not led there.
    Moved,
    /// No remote of this repository has the name; the nearest of those that there are.
    Unknown {
        /// The name that was probably meant.
        suggestion: Option<String>,
    },
    /// Its key (SSH) or its certificate (HTTPS) is not trusted here.
    Untrusted,
    /// It takes no push options.
    NoPushOptions,
    /// A hook of this repository (`pre-push`) refused.
    LocalHook,
    /// What is to be pushed is not complete here: a shallow or damaged clone, or a partial one whose source is away.
    Incomplete,
    /// Something else.
    Other,
}

impl RemoteTrouble {
    /// Whether trying again later may help without anybody doing something.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unreachable | Self::TimedOut(_) | Self::TooMany)
    }

    /// Whether other credentials may help.
    pub(in crate::git) fn is_about_credentials(&self) -> bool {
        matches!(self, Self::Authentication | Self::Permission | Self::NotThere)
    }

    /// The first kind of trouble that these words of git tell of.
    pub(in crate::git) fn in_words(words: &str) -> Self {
        let lower = words.to_ascii_lowercase();
        let found = SIGNS.iter().find(|(_, signs)| signs.iter().any(|sign| lower.contains(sign)));
        found.map_or(Self::Other, |(trouble, _)| trouble.clone())
    }
}

/// Words by which trouble is known, in lower case. The first row that fits counts: SSH ends every failure with the same
/// words, and a server that refuses often hangs up as well.
const SIGNS: &[(RemoteTrouble, &[&str])] = &[
    (RemoteTrouble::Archived, &["archived so it is read-only", "repository is archived"]),
    // git follows a redirect of the first question only, and not once it was asked for credentials.
    (
        RemoteTrouble::Moved,
        &["returned error: 301", "returned error: 302", "returned error: 307", "returned error: 308"],
    ),
    (RemoteTrouble::Untrusted, &UNTRUSTED),
    (RemoteTrouble::Permission, &PERMISSION),
    (RemoteTrouble::Authentication, &AUTHENTICATION),
    (RemoteTrouble::NotThere, &NOT_THERE),
    (RemoteTrouble::TooMany, &["returned error: 429", "too many requests"]),
    (RemoteTrouble::NoPushOptions, &["does not support push options"]),
    (RemoteTrouble::Incomplete, &INCOMPLETE),
    (RemoteTrouble::Unreachable, &UNREACHABLE),
];

const UNTRUSTED: [&str; 6] = [
    "host key verification failed",
    "certificate problem",
    "certificate verification failed",
    "certificate verify failed",
    "server certificate",
    "ssl: no alternative certificate",
];

const PERMISSION: [&str; 9] = [
    "returned error: 403",
    "write access to repository not granted",
    "permission to ",
    "not allowed to push",
    "not allowed to upload",
    "marked as read only",
    "is read-only",
    "saml sso",
    "service not enabled",
];

const AUTHENTICATION: [&str; 8] = [
    "authentication failed",
    "could not read username",
    "could not read password",
    "permission denied (",
    "returned error: 401",
    "access denied",
    "invalid username or",
    "too many authentication failures",
];

const NOT_THERE: [&str; 5] = [
    "repository not found",
    "returned error: 404",
    "does not appear to be a git repository",
    "' not found",
    "project you were looking for could not be found",
];

const INCOMPLETE: [&str; 5] =
    ["bad object", "unable to read", "from promisor remote", "pack-objects died", "did not receive expected object"];

const UNREACHABLE: [&str; 27] = [
    "could not resolve",
    "failed to connect",
    "couldn't connect",
    "connection refused",
    "connection reset",
    "connection closed",
    "connection timed out",
    "operation timed out",
    "operation too slow",
    "timed out",
    "network is unreachable",
    "no route to host",
    "broken pipe",
    "early eof",
    "rpc failed",
    "empty reply",
    "unexpected disconnect",
    "hung up",
    "transfer closed",
    "recv failure",
    "send failure",
    "ssl_connect",
    "ssl_read",
    "tls connect",
    "handshake",
    "http/2 stream",
    "returned error: 5",
];

impl RemoteError {
    /// What to do now.
    pub fn hint(&self) -> Option<String> {
        let remote = &self.remote;
        let hint = match &self.trouble {
            RemoteTrouble::Unreachable | RemoteTrouble::TimedOut(_) => {
                format!(
                    "Look at the connection (git ls-remote --heads {remote}), then resume; nothing is pushed twice."
                )
            }
            RemoteTrouble::TooMany => "Resume later.".to_owned(),
            RemoteTrouble::Cancelled => "Resume: what was pushed already is found.".to_owned(),
            RemoteTrouble::Authentication => format!(
                "Let git log in (`gh auth login` and `gh auth setup-git`, a credential helper, or ssh-add for SSH) \
                 until `git ls-remote {remote}` answers without asking, or give cutover a token that is valid."
            ),
            RemoteTrouble::Permission if self.message.to_ascii_lowercase().contains("saml") => {
                "Authorize the token or the SSH key for the organization's single sign-on, then resume.".to_owned()
            }
            RemoteTrouble::Permission => {
                "Use credentials that may write there (a token needs `Contents: write`), or run it again so that it pushes to \
                 a fork (`--fork OWNER`)."
                    .to_owned()
            }
            RemoteTrouble::NotThere => {
                format!("Check the address (git remote -v) and that the account may see {remote}.")
            }
            RemoteTrouble::Archived => "Ask an owner to unarchive it, or name another remote.".to_owned(),
            RemoteTrouble::Moved => {
                format!(
                    "Look where the repository is now, and point the remote there (git remote set-url {remote} URL), then \
                     resume."
                )
            }
            RemoteTrouble::Unknown { suggestion: Some(near) } => format!("Did you mean `{near}`?"),
            RemoteTrouble::Unknown { suggestion: None } => {
                format!("Look at `git remote -v`, or add it: git remote add {remote} URL")
            }
            RemoteTrouble::Untrusted => {
                format!("Check the server's key or certificate once by hand: git ls-remote {remote}")
            }
            RemoteTrouble::NoPushOptions => {
                "Remove the push options, also `push.pushOption` in git's settings.".to_owned()
            }
            RemoteTrouble::LocalHook => {
                "Look at the `pre-push` hook in the repository's `hooks` directory or `core.hooksPath`.".to_owned()
            }
            RemoteTrouble::Incomplete => {
                "Complete the clone (git fetch --unshallow, or `git fetch --refetch` in a partial clone), or look for \
                 damage with `git fsck`."
                    .to_owned()
            }
            RemoteTrouble::Other => return None,
        };
        Some(hint)
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { remote, trouble, .. } = self;
        match trouble {
            RemoteTrouble::Unreachable => write!(f, "the remote `{remote}` was not reached")?,
            RemoteTrouble::TimedOut(limit) => {
                return write!(f, "the remote `{remote}` took longer than {} seconds", limit.as_secs_f64().round());
            }
            RemoteTrouble::TooMany => write!(f, "the remote `{remote}` asks to slow down")?,
            RemoteTrouble::Cancelled => return write!(f, "the push to `{remote}` was stopped"),
            RemoteTrouble::Authentication => write!(f, "the remote `{remote}` does not accept git's credentials")?,
            RemoteTrouble::Permission => write!(f, "the remote `{remote}` does not allow it")?,
            RemoteTrouble::NotThere => write!(f, "there is no repository at the remote `{remote}` that we may see")?,
            RemoteTrouble::Archived => write!(f, "the repository of the remote `{remote}` is archived")?,
            RemoteTrouble::Moved => write!(f, "the repository of the remote `{remote}` is at another address now")?,
            RemoteTrouble::Unknown { .. } => return write!(f, "there is no remote `{remote}`"),
            RemoteTrouble::Untrusted => write!(f, "the remote `{remote}` is not trusted")?,
            RemoteTrouble::NoPushOptions => return write!(f, "the remote `{remote}` takes no push options"),
            RemoteTrouble::LocalHook => write!(f, "the `pre-push` hook refused the push to `{remote}`")?,
            RemoteTrouble::Incomplete => write!(f, "this clone lacks objects that `{remote}` needs")?,
            RemoteTrouble::Other => write!(f, "git failed to talk to the remote `{remote}`")?,
        }
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", one_line(&self.message)) }
    }
}

impl std::error::Error for RemoteError {}
