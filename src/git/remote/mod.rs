//! Remotes: which there are, what branches they have, and how the user's git talks to them.
//!
//! Every command is the user's own git, with the user's credentials, `url.insteadOf`, hooks and SSH settings. Nothing
//! here asks a question: what would prompt fails instead. A token of cutover's comes in only where the user's git is
//! not let in. Pushing is [`super::push`]'s.

mod error;
mod fetch;
mod listing;
mod talk;
mod url;
mod words;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::base::Redactor;
use crate::process::Cancel;

use super::command::words as text;
use super::{GitError, Repository};

pub use error::{RemoteError, RemoteTrouble};
pub(super) use talk::Talk;
pub use url::RemoteUrl;
#[cfg(test)]
pub(super) use words::clean;
pub(super) use words::{last, moved_to, one_line, remote_lines};

/// How long one command may take, unless something else is said.
const TIMEOUT: Duration = Duration::from_mins(10);

/// A remote that the repository knows by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFacts {
    /// Its name: `origin`.
    pub name: String,
    /// Where fetches come from, after `url.insteadOf`.
    pub url: RemoteUrl,
    /// Where pushes go to: the first place, if the user has several.
    pub push_url: RemoteUrl,
}

/// A remote to talk to, and how: by name or address; cutover's own token, if there is one; how long a command may
/// take, and who can stop it. Clones share the knowledge whether the token is needed.
#[derive(Debug, Clone)]
pub struct Remote {
    place: RemoteUrl,
    token: Option<Token>,
    timeout: Duration,
    cancel: Cancel,
}

/// A token, and the only server that ever gets it.
#[derive(Clone)]
struct Token {
    base: String,
    value: String,
    /// Whether the user's own git was not let in.
    needed: Arc<AtomicBool>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token(for {})", self.base)
    }
}

impl Remote {
    /// The remote with this name (`origin`) or address.
    pub fn new(name_or_url: impl Into<String>) -> Self {
        Self::at(RemoteUrl::new(name_or_url))
    }

    /// The remote at this address.
    pub fn at(place: RemoteUrl) -> Self {
        Self { place, token: None, timeout: TIMEOUT, cancel: Cancel::never() }
    }

    /// A token for HTTP on this server (`https://github.com`), as the password of `x-access-token`. It is used only
    /// when the user's git is not let in there by itself, and reaches no other server, whatever redirects say.
    #[must_use]
    pub fn with_token(mut self, base: &str, token: &str) -> Self {
        let (base, value) = (base.trim_end_matches('/').to_owned(), token.trim().to_owned());
        self.token = Some(Token { base, value, needed: Arc::default() });
        self
    }

    /// How long each command may take; ten minutes if nothing is said.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Who can stop the commands.
    #[must_use]
    pub fn with_cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// What to call it: its name, or its address without a password.
    pub fn name(&self) -> String {
        self.place.to_string()
    }

    /// What must not appear in any message.
    fn redactor(&self) -> Redactor {
        use base64::Engine as _;
        let value = self.token.as_ref().map(|token| token.value.clone());
        let encoded = value.as_ref().map(|value| {
            let pair = format!("x-access-token:{value}");
            base64::prelude::BASE64_STANDARD.encode(pair)
        });
        Redactor::new(value.into_iter().chain(encoded))
    }

    /// A trouble with this remote.
    pub(super) fn trouble(&self, trouble: RemoteTrouble, message: impl Into<String>) -> GitError {
        GitError::Remote(RemoteError { remote: self.name(), trouble, message: message.into() })
    }
}

impl Repository {
    /// The remotes that the repository knows by name.
    pub fn remotes(&self) -> Result<Vec<RemoteFacts>, GitError> {
        let listing = text(&self.git().expect(&["remote", "-v"], b"")?);
        let mut remotes: Vec<RemoteFacts> = Vec::new();
        for line in listing.lines() {
            let Some((name, rest)) = line.split_once('\t') else { continue };
            // A partial clone's filter stands behind: `URL (fetch) [blob:none]`.
            let fetch = rest.rfind(" (fetch)");
            let Some(end) = fetch.or_else(|| rest.rfind(" (push)")) else { continue };
            let url = RemoteUrl::new(&rest[..end]);
            match remotes.iter_mut().find(|remote| remote.name == name) {
                None => remotes.push(RemoteFacts { name: name.to_owned(), push_url: url.clone(), url }),
                Some(_) if fetch.is_some() => {}
                Some(known) => {
                    // The line for fetches comes first, and the first line for pushes right after it.
                    if known.push_url == known.url {
                        known.push_url = url;
                    }
                }
            }
        }
        Ok(remotes)
    }
}
