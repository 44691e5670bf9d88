//! Finds the credential in the places where people keep it. What is in those places is handed in.

use std::io;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::{App, Credential, Secret, TokenSource};

/// The places, in the order in which they are looked at.
#[derive(Clone, Copy)]
pub struct CredentialPlaces<'a> {
    /// The host as people call it, such as `github.com`.
    pub host: &'a str,
    /// A file with a token that the settings name.
    pub token_file: Option<&'a Utf8Path>,
    /// The value of an environment variable.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a file.
    pub read: &'a dyn Fn(&Utf8Path) -> io::Result<String>,
    /// The token that the GitHub command line keeps for a host, if it does: [`gh_auth_token`].
    pub gh: &'a dyn Fn(&str) -> Option<String>,
    /// An App that the settings name.
    pub app: Option<&'a App>,
}

/// No credential. The text reads on after "failed to …: "; [`CredentialError::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// There is none in any place.
    #[error("there is no token for {host}")]
    None {
        /// The host.
        host: String,
        /// The environment variables that were looked at.
        variables: Vec<&'static str>,
    },
    /// The token's file cannot be read.
    #[error("`{path}` cannot be read: {message}")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// The system's words.
        message: String,
    },
    /// What is there is not a token.
    #[error("{place} does not hold a token: {message}")]
    NotAToken {
        /// Where.
        place: String,
        /// What is wrong with it.
        message: &'static str,
    },
}

impl CredentialError {
    /// What to do now, as a sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::None { host, variables } => {
                let variables = variables.join(" or ");
                format!("Set {variables}, or type `gh auth login --hostname {host}`.")
            }
            Self::Unreadable { .. } => "Let the settings name a file with a token that you may read.".to_owned(),
            Self::NotAToken { .. } => "Put the token there, and nothing else.".to_owned(),
        }
    }
}

impl CredentialPlaces<'_> {
    /// The credential: the file of the settings, else the environment, else the GitHub command line's, else the App.
    pub fn find(&self) -> Result<Credential, CredentialError> {
        if let Some(path) = self.token_file {
            let unreadable =
                |error: io::Error| CredentialError::Unreadable { path: path.to_owned(), message: error.to_string() };
            let text = (self.read)(path).map_err(unreadable)?;
            return token(&text, TokenSource::File(path.to_owned()));
        }
        for name in self.variables() {
            if let Some(text) = (self.environment)(name).filter(|text| !text.trim().is_empty()) {
                return token(&text, TokenSource::Environment(name));
            }
        }
        if let Some(text) = (self.gh)(self.host).filter(|text| !text.trim().is_empty()) {
            return token(&text, TokenSource::Gh);
        }
        let none = || CredentialError::None { host: self.host.to_owned(), variables: self.variables() };
        self.app.cloned().map(Credential::App).ok_or_else(none)
    }

    /// The variables that hold a token for this host. A token for github.com is not sent to any other host: only
    /// inside of GitHub Actions on such a host is `GITHUB_TOKEN` one for it.
    fn variables(&self) -> Vec<&'static str> {
        if self.host == "github.com" || self.host.ends_with(".ghe.com") {
            return vec!["GITHUB_TOKEN", "GH_TOKEN"];
        }
        let server = (self.environment)("GITHUB_SERVER_URL").unwrap_or_default();
        let own = server.split_once("://").is_some_and(|(_, rest)| rest.trim_end_matches('/') == self.host);
        let enterprise = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];
        if own { [&enterprise[..], &["GITHUB_TOKEN"]].concat() } else { enterprise.to_vec() }
    }
}

fn token(text: &str, from: TokenSource) -> Result<Credential, CredentialError> {
    let secret = Secret::new(text);
    let message = match secret.expose() {
        "" => "it is empty",
        token if token.contains("-----BEGIN") => "it is a key; a key belongs to an App",
        token if token.chars().any(char::is_whitespace) => "there is more than one word",
        token if !token.chars().all(|character| character.is_ascii_graphic()) => "there are characters no token has",
        _ => return Ok(Credential::Token { secret, from }),
    };
    let place = match from {
        TokenSource::File(path) => format!("`{path}`"),
        TokenSource::Environment(name) => name.to_owned(),
        TokenSource::Gh => "`gh auth token`".to_owned(),
    };
    Err(CredentialError::NotAToken { place, message })
}

/// The token that the GitHub command line (`program`, by default `gh`) keeps for a host; `None` if it has none or is
/// not installed. Waits for the program.
pub fn gh_auth_token(program: &str, host: &str) -> Option<String> {
    let mut command = Command::new(program);
    command.args(["auth", "token", "--hostname", host]).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().inspect_err(|error| tracing::debug!(program, %error, "gh is not asked")).ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
