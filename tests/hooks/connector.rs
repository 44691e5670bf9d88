//! A connector with hooks, laid out as an execution has it.

use std::fs;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use cutover::hooks::{BaseFacts, Customization, HookError, Hooks, Installed, Recording, Sandbox};
use cutover::process::{self, Cancel, Command, Exit};
use cutover::recipe::Protocol;

/// Where it lies in its repository.
pub(crate) const HOME: &str = "airbyte-integrations/connectors/source-quarry";

/// A connector in a directory of its own.
pub(crate) struct Connector {
    place: tempfile::TempDir,
    pub(crate) base: BaseFacts,
    pub(crate) time_limit: Duration,
    pub(crate) python: String,
}

impl Connector {
    /// One with these hooks.
    pub(crate) fn with(hooks: &str) -> Self {
        let mut base = BaseFacts::new("docker.io/example/base:1.0.0", "linux/amd64");
        base.env = vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()), ("LANG".into(), "C.UTF-8".into())];
        base.labels = vec![("io.example.base".into(), "1.0.0".into())];
        base.default_args = vec!["python3".into()];
        base.ports = vec![(8080, Protocol::Tcp)];
        let place = tempfile::tempdir().unwrap();
        let connector = Self { place, base, time_limit: Duration::from_secs(20), python: "python3".into() };
        connector.file("build_customization.py", hooks);
        connector.file("main.py", "print('quarry')\n");
        connector.outside("docs/quarry.md", "# Quarry\n");
        connector
    }

    /// Adds a file to its directory.
    pub(crate) fn file(&self, path: &str, text: &str) {
        self.outside(&format!("{HOME}/{path}"), text);
    }

    /// Adds a file to the repository.
    pub(crate) fn outside(&self, path: &str, text: &str) {
        let path = self.files().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.place.path()).unwrap()
    }

    pub(crate) fn files(&self) -> Utf8PathBuf {
        self.root().join("files")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.root().join("log")).unwrap()
    }

    /// Records its hooks in this sandbox, and says how the process ended.
    pub(crate) async fn process(&self, sandbox: &Sandbox) -> (Exit, Result<Customization, HookError>) {
        let (files, scratch) = (self.files(), self.root().join("scratch"));
        let installed = Installed {
            code_directory: "/airbyte/integration_code".into(),
            labels: vec![("io.airbyte.name".into(), "example/source-quarry".into())],
        };
        let hooks = Hooks {
            files: &files,
            directory: &files.join(HOME),
            scratch: &scratch,
            base: &self.base,
            installed: &installed,
            python: &self.python,
            time_limit: self.time_limit,
        };
        let recording = Recording::prepare(&hooks, sandbox).unwrap();
        let mut command = recording.within(Command::new(recording.program(), self.root(), self.root().join("log")));
        command.args = recording.args().to_vec();
        command.env = vec![("API_TOKEN".into(), "hunter22".into())];
        let exit = process::run(command, Cancel::never()).await.unwrap();
        let read = recording.read(&exit);
        (exit, read)
    }

    /// Records its hooks.
    pub(crate) async fn record(&self) -> Result<Customization, HookError> {
        self.process(Sandbox::of_this_machine().await).await.1
    }
}

/// What these hooks ask for, as JSON.
pub(crate) async fn recorded(hooks: &str) -> String {
    let connector = Connector::with(hooks);
    match connector.record().await {
        Ok(customization) => written(&customization),
        Err(error) => panic!("{error}\n{}", connector.log()),
    }
}

/// A customization, one instruction a line.
pub(crate) fn written(customization: &Customization) -> String {
    let mut lines = vec![format!("main file {}", customization.main_file)];
    for (name, instructions) in [("pre", &customization.pre), ("post", &customization.post)] {
        lines.extend(instructions.iter().map(|one| format!("{name} {}", serde_json::to_string(one).unwrap())));
    }
    lines.extend(customization.mounts.iter().map(|one| format!("mounted {}", serde_json::to_string(one).unwrap())));
    lines.extend(customization.notes.iter().map(|note| format!("note {note}")));
    lines.join("\n")
}

/// The message and the hint that these hooks give.
pub(crate) async fn refusal(hooks: &str) -> String {
    let connector = Connector::with(hooks);
    match connector.record().await {
        Ok(customization) => format!("recorded: {}", written(&customization)),
        Err(error) => independent(&format!("{error}\n  hint: {}", error.hint())),
    }
}

/// A message without what this machine's Python brings into it: its version and its place.
fn independent(message: &str) -> String {
    let version = regex::Regex::new(r"Python 3[.0-9]+").unwrap().replace_all(message, "Python 3");
    regex::Regex::new(r"install it for .*").unwrap().replace_all(&version, "install it for python3").into_owned()
}
