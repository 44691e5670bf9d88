//! Secrets for tests: where they come from, and their way into the connector's `secrets` directory and out again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::event::{Failure, FailureClass};

use super::masking::secret_values;

/// The directory of a connector where its tests look for secrets.
pub(super) const DIRECTORY: &str = "secrets";

/// More than this is no configuration.
const LARGEST: u64 = 1 << 20;
const MOST: usize = 100;

/// Where secrets come from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::action) enum SecretsFrom {
    /// A directory of this machine, by its absolute path: every file in it. It need not be there.
    Directory(String),
    /// Files, each with the variable of the step's `env:` that has its content.
    Files(BTreeMap<String, String>),
}

/// Files of secrets that are laid out for a connector. They go when this is dropped, even where the scratch directory
/// is kept.
#[derive(Debug, Default)]
pub(super) struct SecretFiles {
    /// Their names, sorted, as the tests know them: `secrets/config.json`.
    pub(super) names: Vec<String>,
    /// The values in them that must not be shown.
    pub(super) values: Vec<String>,
    places: Vec<Utf8PathBuf>,
}

impl SecretFiles {
    /// Lays them out in a connector's directory.
    ///
    /// # Errors
    /// A directory or variable that is named wrongly, or a disk that refuses.
    pub(super) fn lay_out(
        from: Option<&SecretsFrom>,
        env: &[(String, String)],
        directory: &Utf8Path,
    ) -> Result<Self, Failure> {
        let contents = match from {
            None => return Ok(Self::default()),
            Some(SecretsFrom::Directory(path)) => of_directory(path)?,
            Some(SecretsFrom::Files(files)) => of_variables(files, env)?,
        };
        let mut laid_out = Self::default();
        let place = directory.join(DIRECTORY);
        for (name, content) in contents {
            let path = place.join(&name);
            laid_out.places.push(path.clone());
            write(&place, &path, &content).map_err(|error| unwritten(&path, &error))?;
            laid_out.names.push(format!("{DIRECTORY}/{name}"));
            laid_out.values.extend(secret_values(&String::from_utf8_lossy(&content)));
        }
        Ok(laid_out)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl Drop for SecretFiles {
    fn drop(&mut self) {
        for path in &self.places {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, %path, "failed to remove a file of secrets");
                }
                _ => {}
            }
        }
    }
}

fn of_directory(path: &str) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let directory = Utf8Path::new(path);
    if !directory.is_absolute() {
        let message = format!("`secrets` names the directory {path}, which is no absolute path");
        let hint = "write the whole path; `~` and relative paths mean another place on every machine";
        return Err(Failure::new(FailureClass::Expression, message).hint(hint));
    }
    let unread = |error: io::Error| {
        let message = format!("failed to read the secrets in {path}: {error}");
        Failure::new(FailureClass::Permission, message)
            .cause("the secrets cannot be read")
            .hint("check who may read them")
    };
    let mut entries = match directory.read_dir_utf8() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unread)?,
    };
    entries.sort_by(|one, other| one.file_name().cmp(other.file_name()));
    let mut contents = Vec::new();
    for entry in entries {
        let facts = fs::metadata(entry.path()).map_err(unread)?;
        if !facts.is_file() || entry.file_name().starts_with('.') {
            continue;
        }
        if facts.len() > LARGEST || contents.len() == MOST {
            let message = format!("the secrets in {path} are more than {MOST} files of 1 MiB");
            return Err(
                Failure::new(FailureClass::Expression, message).hint("name a directory with nothing else in it")
            );
        }
        contents.push((entry.file_name().to_owned(), fs::read(entry.path()).map_err(unread)?));
    }
    Ok(contents)
}

fn of_variables(files: &BTreeMap<String, String>, env: &[(String, String)]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut contents = Vec::new();
    for (name, variable) in files {
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            let message = format!("`secrets` names the file `{name}`, which is no plain file name");
            return Err(Failure::new(FailureClass::Expression, message)
                .hint("files go into the connector's `secrets` directory: write `config.json`"));
        }
        let Some((_, value)) = env.iter().find(|(known, _)| known == variable) else {
            let message = format!("`secrets` takes {name} from {variable}, which is not in the step's `env:`");
            let hint = format!("declare it: `env: {{ {variable}: {{ secret: {variable} }} }}`");
            return Err(Failure::new(FailureClass::Expression, message).hint(hint));
        };
        if !value.is_empty() {
            contents.push((name.clone(), value.clone().into_bytes()));
        }
    }
    Ok(contents)
}

/// Nobody but us may read it, from its first moment on.
fn write(directory: &Utf8Path, path: &Utf8Path, content: &[u8]) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // What the repository has there may be a link to somewhere.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file: File = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)
}

fn unwritten(path: &Utf8Path, error: &io::Error) -> Failure {
    let message = format!("failed to write {path}: {error}");
    Failure::new(FailureClass::Machine, message)
        .cause("the scratch directory refuses")
        .hint("check the free space and the permissions of the state directory")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn place() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
        (directory, path)
    }

    #[test]
    fn files_are_laid_out_for_us_alone_and_go_again() {
        let (_guard, root) = place();
        let (from, connector) = (root.join("from"), root.join("connector"));
        fs::create_dir_all(from.join("deeper")).unwrap();
        fs::create_dir(&connector).unwrap();
        fs::write(from.join("config.json"), r#"{"api_key": "k-1"}"#).unwrap();
        fs::write(from.join(".hidden"), "x").unwrap();
        let secrets = SecretFiles::lay_out(Some(&SecretsFrom::Directory(from.into_string())), &[], &connector).unwrap();
        assert_eq!(
            (secrets.names.as_slice(), secrets.values.as_slice()),
            (&["secrets/config.json".to_owned()][..], &["k-1".to_owned()][..])
        );
        let laid_out = connector.join("secrets/config.json");
        assert_eq!(fs::metadata(&laid_out).unwrap().permissions().mode() & 0o777, 0o600);
        drop(secrets);
        assert!(!laid_out.exists());
    }

    #[test]
    fn a_directory_that_is_not_there_gives_none_and_a_relative_one_is_refused() {
        let (_guard, root) = place();
        let of = |path: &str| SecretFiles::lay_out(Some(&SecretsFrom::Directory(path.to_owned())), &[], &root);
        assert!(of(root.join("none").as_str()).unwrap().is_empty());
        assert!(of("~/secrets").unwrap_err().message.contains("no absolute path"));
    }

    #[test]
    fn a_link_of_the_repository_is_not_followed() {
        let (_guard, root) = place();
        let outside = root.join("outside");
        fs::write(&outside, "mine").unwrap();
        fs::create_dir(root.join("secrets")).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("secrets/config.json")).unwrap();
        let files = SecretsFrom::Files([("config.json".to_owned(), "TOKEN".to_owned())].into());
        let env = [("TOKEN".to_owned(), "abcd".to_owned())];
        let secrets = SecretFiles::lay_out(Some(&files), &env, &root).unwrap();
        assert_eq!(fs::read_to_string(root.join("secrets/config.json")).unwrap(), "abcd");
        drop(secrets);
        assert_eq!(fs::read_to_string(outside).unwrap(), "mine");
    }

    #[test]
    fn a_variable_that_is_not_declared_and_a_name_that_leads_away_are_refused() {
        let (_guard, root) = place();
        let of = |name: &str, variable: &str| {
            let files = SecretsFrom::Files([(name.to_owned(), variable.to_owned())].into());
            SecretFiles::lay_out(Some(&files), &[("HERE".to_owned(), "value".to_owned())], &root).unwrap_err()
        };
        assert!(of("config.json", "GONE").hint.unwrap().contains("secret: GONE"));
        assert!(of("../x.json", "HERE").message.contains("no plain file name"));
    }
}
