//! Who we are to a registry: the configuration file of docker and its credential helpers.
//!
//! As docker does it: a helper for this registry, then the helper for all, then what stands in the file
//! (<https://docs.docker.com/reference/cli/docker/login/>). Whatever is wrong there does not end the look-up, since most
//! images are public: it is told where the registry then refuses.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8PathBuf;
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// The name under which docker keeps who we are to Docker Hub.
const HUB: &str = "https://index.docker.io/v1/";

/// The user name that says that the password is a token to be exchanged.
const TOKEN_USER: &str = "<token>";

/// A helper may have to ask a key ring, but no person.
const HELPER_PATIENCE: Duration = Duration::from_secs(20);

/// Who we are.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Login {
    /// A name and a password.
    Password { user: String, password: String },
    /// A token that is exchanged for others.
    Identity { token: String },
}

impl Login {
    /// What to call it.
    pub(super) fn user(&self) -> String {
        match self {
            Self::Password { user, .. } => user.clone(),
            Self::Identity { .. } => "the owner of the identity token".to_owned(),
        }
    }
}

/// What was found out about who we are to one registry.
#[derive(Clone, Default)]
pub(super) struct Found {
    /// Who we are, if we are anybody.
    pub(super) login: Option<Login>,
    /// Why it could not be found out, if so.
    pub(super) trouble: Option<String>,
}

/// Where docker's configuration is.
#[derive(Debug, Clone, Default)]
pub struct DockerConfig {
    /// The file `config.json`; `None` where nobody is known to any registry.
    pub file: Option<Utf8PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ConfigFile {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    username: String,
    secret: String,
}

impl DockerConfig {
    /// Who we are to a registry, named as people do: `docker.io`.
    pub(super) async fn login(&self, host: &str) -> Found {
        let config = match self.read().await {
            Ok(config) => config,
            Err(trouble) => return Found { login: None, trouble: Some(trouble) },
        };
        let keys = keys(host);
        let mut trouble = None;
        let own = keys.iter().find_map(|key| config.cred_helpers.get(key).map(|helper| (helper, key)));
        let general = config.creds_store.as_ref().map(|helper| (helper, &keys[0]));
        if let Some((helper, key)) = own.or(general) {
            match ask(helper, key).await {
                Ok(Some(login)) => return Found { login: Some(login), trouble: None },
                Ok(None) => {}
                Err(error) => trouble = Some(error),
            }
        }
        let entry = keys.iter().find_map(|key| config.auths.get(key));
        match entry.map(Entry::login).transpose() {
            Ok(login) => Found { login: login.flatten(), trouble },
            Err(error) => Found { login: None, trouble: trouble.or(Some(error)) },
        }
    }

    async fn read(&self) -> Result<ConfigFile, String> {
        let Some(file) = &self.file else { return Ok(ConfigFile::default()) };
        match tokio::fs::read(file).await {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| format!("{file} cannot be read: {error}")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(ConfigFile::default()),
            Err(error) => Err(format!("{file} cannot be read: {error}")),
        }
    }
}

/// The names that a registry may have in the file, the usual one first.
fn keys(host: &str) -> Vec<String> {
    let hosts: &[&str] =
        if host == "docker.io" { &["index.docker.io", "docker.io", "registry-1.docker.io"] } else { &[host] };
    let usual = if host == "docker.io" { HUB.to_owned() } else { host.to_owned() };
    let others = hosts.iter().flat_map(|host| {
        ["", "https://", "http://"].into_iter().flat_map(move |scheme| {
            ["", "/", "/v1/", "/v2/", "/v1", "/v2"].into_iter().map(move |path| format!("{scheme}{host}{path}"))
        })
    });
    std::iter::once(usual).chain(others).collect()
}

impl Entry {
    fn login(&self) -> Result<Option<Login>, String> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = filled(&self.identitytoken) {
            return Ok(Some(Login::Identity { token }));
        }
        if let Some(auth) = filled(&self.auth) {
            let text = STANDARD.decode(auth.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let pair = text.as_deref().and_then(|text| text.trim_end_matches('\0').split_once(':'));
            let (user, password) =
                pair.ok_or("an `auth` in docker's configuration is not Base64 of `name:password`")?;
            return Ok(Some(login(user.to_owned(), password.to_owned())));
        }
        Ok(match (filled(&self.username), filled(&self.password)) {
            (Some(user), Some(password)) => Some(login(user, password)),
            _ => None,
        })
    }
}

fn login(user: String, password: String) -> Login {
    if user == TOKEN_USER { Login::Identity { token: password } } else { Login::Password { user, password } }
}

/// Asks `docker-credential-NAME get`; `None` if it knows nobody.
async fn ask(helper: &str, key: &str) -> Result<Option<Login>, String> {
    let program = format!("docker-credential-{helper}");
    if helper.is_empty() || helper.contains(['/', '\\']) {
        return Err(format!("`{program}` in docker's configuration is no name of a credential helper"));
    }
    let mut command = Command::new(&program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| format!("{program} cannot be run: {error}"))?;
    let asking = async {
        if let Some(mut input) = child.stdin.take() {
            // One that does not read is judged by its answer.
            let _ = input.write_all(key.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    let output = match tokio::time::timeout(HELPER_PATIENCE, asking).await {
        Err(_) => return Err(format!("{program} did not answer within {} s", HELPER_PATIENCE.as_secs())),
        Ok(Err(error)) => return Err(format!("{program} cannot be run: {error}")),
        Ok(Ok(output)) => output,
    };
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let said = said.trim();
        if said.contains("credentials not found") || said.contains("no credentials server URL") {
            return Ok(None);
        }
        return Err(format!("{program} failed: {}", said.lines().next().unwrap_or("it said nothing")));
    }
    // What it said is a secret, and no part of a message.
    let given: Given =
        serde_json::from_str(&said).map_err(|_| format!("{program} did not answer with a name and a secret"))?;
    Ok((!given.secret.is_empty()).then(|| login(given.username, given.secret)))
}
