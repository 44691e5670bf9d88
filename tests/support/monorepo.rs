//! Small monorepos of our own making, committed by one `git fast-import`, and git to look at them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

/// Where the built-in profile has connectors.
pub(crate) const CONNECTORS: &str = "airbyte-integrations/connectors";

/// The base image that the tests migrate to.
pub(crate) const IMAGE: &str =
    "docker.io/example/base:1.2.0@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A changelog as most pages have it.
pub(crate) const CHANGELOG: &str = "\
# A connector

## Changelog

| Version | Date       | Pull Request                                             | Subject         |
|:--------|:-----------|:---------------------------------------------------------|:----------------|
| 0.1.0   | 2023-01-01 | [11](https://github.com/airbytehq/airbyte/pull/11)       | Initial release |
";

/// Files that are going to be a commit.
#[derive(Default)]
pub(crate) struct Files(BTreeMap<String, (&'static str, Vec<u8>)>);

impl Files {
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.with(path, "100644", content.as_ref())
    }

    pub(crate) fn executable(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.with(path, "100755", content.as_ref())
    }

    pub(crate) fn symlink(self, path: &str, target: &str) -> Self {
        self.with(path, "120000", target.as_bytes())
    }

    /// A Python connector with a Dockerfile and a page of its own.
    pub(crate) fn python(self, name: &str) -> Self {
        let page = page_of(name);
        self.python_with_page(name, &page).file(&format!("docs/{page}.md"), CHANGELOG)
    }

    /// A Python connector that names this page, which may be another's or none at all.
    pub(crate) fn python_with_page(self, name: &str, page: &str) -> Self {
        let directory = format!("{CONNECTORS}/{name}");
        self.file(&format!("{directory}/metadata.yaml"), metadata(name, page))
            .file(&format!("{directory}/setup.py"), "# set up\n")
            .file(&format!("{directory}/Dockerfile"), "FROM python:3.9\nLABEL io.airbyte.version=0.1.0\n")
    }

    fn with(mut self, path: &str, mode: &'static str, content: &[u8]) -> Self {
        self.0.insert(path.to_owned(), (mode, content.to_vec()));
        self
    }

    /// What `git fast-import` reads.
    fn stream(&self) -> Vec<u8> {
        let mut stream = b"commit refs/heads/main\ncommitter Ada <ada@example.com> 1600000000 +0000\n".to_vec();
        stream.extend_from_slice(b"data 5\nfirst\n");
        for (path, (mode, content)) in &self.0 {
            stream.extend_from_slice(format!("M {mode} inline {path}\ndata {}\n", content.len()).as_bytes());
            stream.extend_from_slice(content);
            stream.push(b'\n');
        }
        stream
    }
}

/// The page of a connector, as its documentation URL names it.
pub(crate) fn page_of(name: &str) -> String {
    format!("integrations/sources/{}", name.strip_prefix("source-").unwrap_or(name))
}

/// A metadata file with what real ones have: a comment, a list, quotes.
pub(crate) fn metadata(name: &str, page: &str) -> String {
    format!(
        "data:\n  connectorSubtype: api\n  connectorType: source\n  dockerImageTag: 0.1.0 # as released\n  \
         dockerRepository: airbyte/{name}\n  documentationUrl: https://docs.airbyte.com/{page}\n  license: MIT\n  \
         name: \"{name}\"\n  supportLevel: certified\n  tags:\n    - language:python\nmetadataSpecVersion: \"1.0\"\n"
    )
}

/// Makes a repository with these files on the branch `main`.
pub(crate) fn make(root: &Utf8Path, files: &Files, init: &[&str]) {
    let above = root.parent().unwrap();
    std::fs::create_dir_all(above).unwrap();
    git(above, &[&["init", "-q", "-b", "main"], init, &[root.as_str()]].concat());
    git(root, &["config", "user.name", "Ada"]);
    git(root, &["config", "user.email", "ada@example.com"]);
    let mut import = git_command(root, &["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(&files.stream()).unwrap();
    assert!(import.wait().unwrap().success());
}

/// A directory that goes when it is dropped; in memory where that can be had, since the tests kill processes, not power.
pub(crate) fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = tempfile::Builder::new().prefix("cutover-test-").tempdir_in(memory);
    made.unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

pub(crate) fn utf8(path: &Path) -> Utf8PathBuf {
    Utf8PathBuf::from_path_buf(path.canonicalize().unwrap()).unwrap()
}

/// What a git command prints; it must succeed.
pub(crate) fn git(directory: &Utf8Path, arguments: &[&str]) -> String {
    let output = git_command(directory, arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?} in {directory}: {stderr}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// git as the tests run it: no configuration but the repository's own has a say.
pub(crate) fn git_command(directory: &Utf8Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(directory).envs(ENVIRONMENT).env_remove("GIT_DIR");
    command
}

/// The environment of every program that the tests start.
pub(crate) const ENVIRONMENT: [(&str, &str); 6] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_AUTHOR_DATE", "1600000000 +0000"),
    ("GIT_COMMITTER_DATE", "1600000000 +0000"),
    ("LC_ALL", "C.UTF-8"),
    ("TZ", "UTC"),
];
