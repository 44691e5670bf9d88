//! Which variables of our own environment a command sees.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};

/// The variables that are passed on to commands; every name that begins with `LC_` or `XDG_` too. All
/// others, tokens above all, reach a command only when the workflow declares them.
pub const PASSED_VARIABLES: &[&str] = &[
    // Who and where.
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    // Language and time.
    "LANG",
    "LANGUAGE",
    "TZ",
    // The way out, and whom to trust there.
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "GIT_SSL_CAINFO",
    "SSH_AUTH_SOCK",
    // Tool chains that live in unusual places.
    "JAVA_HOME",
    "GRADLE_USER_HOME",
    "PYENV_ROOT",
    "NVM_DIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
    // Container engines.
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST",
    "REGISTRY_AUTH_FILE",
    "CONTAINERS_CONF",
    "CONTAINERS_REGISTRIES_CONF",
    "CONTAINERS_STORAGE_CONF",
    "BUILDAH_ISOLATION",
    "STORAGE_DRIVER",
];

/// Whether a variable of this name is passed on.
pub(super) fn is_passed(name: &str) -> bool {
    PASSED_VARIABLES.contains(&name) || name.starts_with("LC_") || name.starts_with("XDG_")
}

/// The `PATH` that has this directory before all others; nothing where there is none.
pub(super) fn path_with(first: Option<&Utf8Path>) -> Option<(&'static str, OsString)> {
    let first = first?.as_std_path().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let joined = std::env::join_paths(std::iter::once(first).chain(std::env::split_paths(&others)));
    // A directory with a colon in its name cannot stand in PATH.
    Some(("PATH", joined.ok()?))
}

/// Whether bash is in `PATH`; looked up once.
pub(super) fn has_bash() -> bool {
    static HAS_BASH: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|directory| directory.join("bash").is_file())
    });
    *HAS_BASH
}

/// Where a program of this name is in `PATH`.
pub fn find_program(name: &str) -> Option<Utf8PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).map(|directory| directory.join(name));
    places.filter(|place| is_executable(place)).find_map(|place| Utf8PathBuf::from_path_buf(place).ok())
}

fn is_executable(place: &Path) -> bool {
    place.metadata().is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

/// Whether commands see a variable of this name.
pub fn is_passed_variable(name: &str) -> bool {
    is_passed(name) && std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_comes_before_the_path() {
        let (name, path) = path_with(Some("/venv/bin".into())).unwrap();
        assert_eq!(name, "PATH");
        assert!(path.to_string_lossy().starts_with("/venv/bin:"), "{path:?}");
        assert_eq!(path_with(None), None);
    }

    #[test]
    fn tokens_are_not_passed_on() {
        assert!(is_passed("PATH") && is_passed("LC_ALL"));
        assert!(!is_passed("GITHUB_TOKEN") && !is_passed("AWS_SECRET_ACCESS_KEY") && !is_passed("PATHS"));
    }
}
