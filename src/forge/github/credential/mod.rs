//! Who speaks to GitHub: a token, or an App by its private key. Secrets show themselves to nobody.

mod app;
mod find;
#[cfg(test)]
mod tests;

use camino::Utf8PathBuf;

pub(super) use app::Signer;
pub use find::{CredentialError, CredentialPlaces, gh_auth_token};

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a value; blanks and line ends around it are left out.
    pub fn new(value: &str) -> Self {
        Self(value.trim().to_owned())
    }

    /// The value, to be sent and not to be shown.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What cutover proves to GitHub who it is with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token: a person's, or one that a workflow of GitHub Actions was given.
    Token {
        /// The token.
        secret: Secret,
        /// Where it is from, for messages.
        from: TokenSource,
    },
    /// A GitHub App; tokens for its installation are fetched and renewed.
    App(App),
}

/// A GitHub App that is installed on the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The App's id or client id.
    pub id: String,
    /// The installation's id; asked for if not given.
    pub installation: Option<u64>,
    /// The private key in PEM, as GitHub gives it out (PKCS#1) or PKCS#8.
    pub private_key: Secret,
}

/// Where a token is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// A file that the settings name.
    File(Utf8PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// The GitHub command line's store.
    Gh,
}

impl Credential {
    /// What to call it in a sentence: `the token in GITHUB_TOKEN`.
    pub fn describe(&self) -> String {
        match self {
            Self::Token { from: TokenSource::File(path), .. } => format!("the token in `{path}`"),
            Self::Token { from: TokenSource::Environment(name), .. } => format!("the token in {name}"),
            Self::Token { from: TokenSource::Gh, .. } => "the token of `gh`".to_owned(),
            Self::App(app) => format!("the private key of GitHub App {}", app.id),
        }
    }

    /// How to put another one in its place, as a sentence.
    pub fn renewal(&self, host: &str) -> String {
        match self {
            Self::Token { from: TokenSource::File(path), .. } => format!("Put a new token into `{path}`."),
            Self::Token { from: TokenSource::Environment(name), .. } => format!("Set {name} to a new token."),
            Self::Token { from: TokenSource::Gh, .. } => format!("Type `gh auth login --hostname {host}`."),
            Self::App(_) => "Make a new private key in the App's settings.".to_owned(),
        }
    }

    /// What tells this credential from others without giving it away: the limits of GitHub are counted by it.
    pub(super) fn identity(&self) -> String {
        match self {
            Self::Token { secret, .. } => format!("token {}", secret.expose()),
            Self::App(App { id, installation, .. }) => format!("app {id} {installation:?}"),
        }
    }
}
