//! Hooks as others see them: Python's own parser, the formatter black, and the recorder that builds read them by.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use camino::Utf8Path;
use cutover::edit::dockerfile::hooks::FILE;
use cutover::hooks::{BaseFacts, Hooks, Installed, Recording, Sandbox};
use cutover::process;

/// Asserts that Python's parser reads each of these.
pub(crate) fn are_python(texts: &[String]) {
    let script = "import ast, json, sys\nfor text in json.load(sys.stdin):\n    ast.parse(text)\n";
    let Ok(mut python) = Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).spawn() else {
        println!("skipped: no python3");
        return;
    };
    python.stdin.take().unwrap().write_all(&serde_json::to_vec(texts).unwrap()).unwrap();
    assert!(python.wait().unwrap().success());
}

/// Asserts that black would change none of these, in its own line length and in the monorepo's.
pub(crate) fn are_formatted(texts: &[String]) {
    let Some(black) = black() else { return };
    let directory = tempfile::tempdir().unwrap();
    for (text, number) in texts.iter().zip(0..) {
        std::fs::write(directory.path().join(format!("hooks_{number}.py")), text).unwrap();
    }
    for length in ["88", "140"] {
        let output = Command::new(&black).args(["-q", "--diff", "-l", length]).arg(directory.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "black -l {length}");
        assert!(output.status.success());
    }
}

/// The machine's black, or one in a virtual environment below the target directory.
fn black() -> Option<PathBuf> {
    let works = |black: &Path| Command::new(black).arg("--version").output().is_ok_and(|run| run.status.success());
    let system = PathBuf::from("black");
    if works(&system) {
        return Some(system);
    }
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("black");
    let black = environment.join("bin/black");
    if !works(&black) {
        let _ = Command::new("python3").args(["-m", "venv"]).arg(&environment).output();
        let _ = Command::new(environment.join("bin/pip")).args(["install", "--quiet", "black"]).output();
    }
    if works(&black) {
        return Some(black);
    }
    println!("skipped: no black, and it cannot be installed");
    None
}

/// Asserts that the recorder accepts some of these, call by call.
pub(crate) fn are_recorded(texts: &[String]) {
    if !Command::new("python3").arg("--version").output().is_ok_and(|run| run.status.success()) {
        println!("skipped: no python3");
        return;
    }
    let step = (texts.len() / 40).max(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for text in texts.iter().step_by(step).filter(|text| !text.contains("read_text")) {
        runtime.block_on(recorded(text));
    }
}

async fn recorded(text: &str) {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap();
    let (files, scratch) = (root.join("files"), root.join("scratch"));
    std::fs::create_dir_all(&files).unwrap();
    std::fs::create_dir_all(&scratch).unwrap();
    std::fs::write(files.join(FILE), text).unwrap();
    if let Some((_, rest)) = text.split_once("MAIN_FILE_NAME = \"") {
        std::fs::write(files.join(rest.split('"').next().unwrap()), "").unwrap();
    }
    let base = BaseFacts::new("docker.io/airbyte/python-connector-base:1.0.0", "linux/amd64");
    let installed = Installed { code_directory: "/airbyte/integration_code".to_owned(), labels: vec![] };
    let hooks = Hooks {
        files: &files,
        directory: &files,
        scratch: &scratch,
        base: &base,
        installed: &installed,
        python: "python3",
        time_limit: Duration::from_secs(20),
    };
    let recording = Recording::prepare(&hooks, &Sandbox::none()).unwrap();
    let mut command = process::Command::new(recording.program(), &scratch, root.join("log"));
    command.args = recording.args().to_vec();
    let (_canceller, cancel) = process::cancellation();
    let exit = process::run(recording.within(command), cancel).await.unwrap();
    let customization = recording.read(&exit).unwrap_or_else(|error| panic!("{error}: {}\n{text}", error.hint()));
    let calls = text.matches("    container = container.with_").count();
    let done = customization.pre.len() + customization.post.len();
    assert!(done >= calls, "{done} of {calls} calls\n{text}");
}
