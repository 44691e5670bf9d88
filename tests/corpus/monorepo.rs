//! The history of the real monorepo, read by one git.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use cutover::edit::dockerfile::ConnectorFiles;

const ROOT: &str = "airbyte-integrations/connectors";

/// The monorepo's history.
pub(crate) struct Monorepo {
    repository: PathBuf,
    objects: RefCell<Objects>,
}

/// A process that gives objects by name.
struct Objects {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Objects {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Monorepo {
    /// The repository that `CUTOVER_AIRBYTE` names.
    pub(crate) fn open() -> Option<Self> {
        let Some(repository) = std::env::var_os("CUTOVER_AIRBYTE").map(PathBuf::from) else {
            println!("skipped: no real Dockerfiles (set CUTOVER_AIRBYTE to a clone of the monorepo)");
            return None;
        };
        let mut process = Command::new("git")
            .arg("-C")
            .arg(&repository)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        Some(Self { repository, objects: RefCell::new(Objects { process, input, output }) })
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").arg("-C").arg(&self.repository).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// An object's content, if it is there.
    fn object(&self, name: &str) -> Option<Vec<u8>> {
        let mut objects = self.objects.borrow_mut();
        writeln!(objects.input, "{name}").unwrap();
        let mut header = String::new();
        objects.output.read_line(&mut header).unwrap();
        let size: usize = header.trim().rsplit(' ').next()?.parse().ok()?;
        let mut content = vec![0; size + 1];
        objects.output.read_exact(&mut content).unwrap();
        content.pop();
        Some(content)
    }

    /// The Python and low-code connectors with a Dockerfile in a commit.
    pub(crate) fn connectors(&self, commit: &str) -> Vec<Connector<'_>> {
        let listed = self.git(&["ls-tree", "-r", "--name-only", commit, ROOT]);
        let mut directories: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let roots: BTreeSet<&str> = listed.lines().filter_map(|path| path.strip_suffix("/metadata.yaml")).collect();
        for path in listed.lines() {
            let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
            if let Some(root) = above.rfind(|above| roots.contains(above)) {
                directories.entry(root).or_default().push(path[root.len() + 1..].to_owned());
            }
        }
        let connector = |(root, files): (&str, Vec<String>)| {
            let name = root.rsplit('/').next().unwrap().to_owned();
            let has = |file: &str| files.iter().any(|path| path == file);
            let manifest = format!("{}/manifest.yaml", name.replace('-', "_"));
            let is_python = has("setup.py") || has("pyproject.toml") || has(&manifest);
            let is_one = is_python && has("Dockerfile") && !root.contains("-scaffold-");
            is_one.then(|| self.at(commit, root, name, files))
        };
        directories.into_iter().filter_map(connector).collect()
    }

    /// One connector in a commit.
    pub(crate) fn connector(&self, commit: &str, name: &str) -> Connector<'_> {
        let root = format!("{ROOT}/{name}");
        let listed = self.git(&["ls-tree", "-r", "--name-only", commit, &root]);
        let files = listed.lines().map(|path| path[root.len() + 1..].to_owned()).collect();
        self.at(commit, &root, name.to_owned(), files)
    }

    /// A file of a connector in a commit.
    pub(crate) fn file(&self, commit: &str, name: &str, path: &str) -> String {
        String::from_utf8(self.object(&format!("{commit}:{ROOT}/{name}/{path}")).unwrap()).unwrap()
    }

    fn at(&self, commit: &str, root: &str, name: String, files: Vec<String>) -> Connector<'_> {
        let package = name.replace('-', "_");
        let source = Source::Commit { monorepo: self, place: format!("{commit}:{root}") };
        Connector { name, package, files, source }
    }

    /// Every text that the Dockerfile of a connector of Python ever had, each once, with the connector's name.
    pub(crate) fn every_dockerfile(&self) -> Vec<(String, String)> {
        let raw = self.git(&[
            "log",
            "--all",
            "--format=",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--diff-filter=AM",
            "--",
            &format!("{ROOT}/*/Dockerfile"),
        ]);
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        for line in raw.lines() {
            let Some((change, path)) = line.split_once('\t') else { continue };
            let name =
                path.strip_prefix(ROOT).and_then(|rest| rest.trim_start_matches('/').strip_suffix("/Dockerfile"));
            if let (Some(blob), Some(name)) = (change.split(' ').nth(3), name.filter(|name| !name.contains('/'))) {
                names.insert(blob, name);
            }
        }
        let texts = names.into_iter().filter_map(|(blob, name)| {
            let text = String::from_utf8(self.object(blob)?).ok()?;
            text.to_lowercase().contains("python").then(|| (name.to_owned(), text))
        });
        texts.collect()
    }
}

enum Source<'m> {
    Commit {
        monorepo: &'m Monorepo,
        place: String,
    },
    /// Every file has this text.
    Dockerfile(String),
}

/// A connector in the history.
pub(crate) struct Connector<'m> {
    pub(crate) name: String,
    package: String,
    files: Vec<String>,
    source: Source<'m>,
}

impl Connector<'_> {
    /// One of which nothing but the Dockerfile is known.
    pub(crate) fn with_dockerfile(name: &str, text: &str) -> Self {
        let package = name.replace('-', "_");
        let files = ["Dockerfile", "main.py", "setup.py"].map(str::to_owned).into();
        Self { name: name.to_owned(), package, files, source: Source::Dockerfile(text.to_owned()) }
    }

    pub(crate) fn dockerfile(&self) -> String {
        self.text("Dockerfile").unwrap()
    }
}

impl ConnectorFiles for Connector<'_> {
    fn package(&self) -> &str {
        &self.package
    }

    fn text(&self, path: &str) -> Option<String> {
        if !self.files.iter().any(|file| file == path) {
            return None;
        }
        match &self.source {
            Source::Commit { monorepo, place } => String::from_utf8(monorepo.object(&format!("{place}/{path}"))?).ok(),
            Source::Dockerfile(text) if path == "Dockerfile" => Some(text.clone()),
            Source::Dockerfile(_) => Some(String::new()),
        }
    }

    fn below(&self, directory: &str) -> Vec<String> {
        let is_below = |path: &&String| {
            directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
        };
        self.files.iter().filter(is_below).cloned().collect()
    }
}
