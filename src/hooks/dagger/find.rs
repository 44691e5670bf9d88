//! Whether dagger's own engine is at hand.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::super::HookError;

/// A docker daemon that does not answer by then is not there.
const PROBE_LIMIT: Duration = Duration::from_secs(20);

/// Prints the SDK's version, if it is there.
const SDK_VERSION: &str = "import dagger, importlib.metadata; print(importlib.metadata.version('dagger-io'))";

/// The programs that make up dagger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// The interpreter that has the SDK.
    pub python: String,
    /// Dagger's command.
    pub dagger: String,
    /// The client of the daemon in which dagger's engine runs.
    pub docker: String,
}

impl Default for Programs {
    fn default() -> Self {
        Self { python: "python3".to_owned(), dagger: "dagger".to_owned(), docker: "docker".to_owned() }
    }
}

/// Dagger's SDK, command and daemon, found to be there and of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dagger {
    pub(super) programs: Programs,
    version: String,
}

impl Dagger {
    /// Looks for all three.
    ///
    /// # Errors
    /// [`HookError::NoDagger`], which says what is missing and how to get it.
    pub async fn find(programs: Programs) -> Result<Self, HookError> {
        let Some(version) = said(&programs.python, &["-c", SDK_VERSION]).await else {
            return Err(missing(
                format!("`{}` has no dagger SDK", programs.python),
                "install it with `python3 -m pip install dagger-io`, or choose buildah, podman or docker as engine",
            ));
        };
        let Some(said_version) = said(&programs.dagger, &["version"]).await else {
            return Err(missing(
                format!("the command `{}` was not found, or does not work", programs.dagger),
                &format!(
                    "install dagger {version} and put it into PATH, or choose buildah, podman or docker as engine"
                ),
            ));
        };
        let command = command_version(&said_version).unwrap_or(&said_version);
        if command != version {
            return Err(missing(
                format!("its SDK has the version {version}, and the command `{}` {command}", programs.dagger),
                &format!("install the SDK of the same version: `python3 -m pip install dagger-io=={command}`"),
            ));
        }
        if said(&programs.docker, &["version", "--format", "{{.Server.Version}}"]).await.is_none() {
            return Err(missing(
                format!("`{}` reaches no daemon for it to run in", programs.docker),
                "start docker, or set DOCKER_HOST, or choose buildah or podman as engine",
            ));
        }
        Ok(Self { programs, version })
    }

    /// The version of the SDK and of the command.
    pub fn version(&self) -> &str {
        &self.version
    }
}

fn missing(missing: String, hint: &str) -> HookError {
    HookError::NoDagger { missing, hint: hint.to_owned() }
}

/// The version in what `dagger version` prints: `dagger v0.6.4 (registry.dagger.io/engine) linux/amd64`.
fn command_version(said: &str) -> Option<&str> {
    said.split_whitespace().find_map(|word| word.strip_prefix('v'))
}

/// What a program prints on its first line, if it ends well and says anything.
async fn said(program: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PROBE_LIMIT, command.output()).await.ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default().trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::command_version;

    #[test]
    fn the_version_is_found_in_what_the_command_says() {
        assert_eq!(command_version("dagger v0.6.4 (registry.dagger.io/engine) linux/amd64"), Some("0.6.4"));
        assert_eq!(command_version("dagger v0.13.3 (registry.dagger.io/engine:v0.13.3)"), Some("0.13.3"));
        assert_eq!(command_version("nothing"), None);
    }
}
