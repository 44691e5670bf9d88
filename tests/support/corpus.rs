//! The real connector monorepo, where this machine has it, and PyYAML to judge what was done to it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::monorepo::{git, utf8};

/// A bare clone at this place that shares the corpus's objects and has somebody to commit as.
pub(crate) fn bare_clone(place: &Utf8Path) -> Option<Utf8PathBuf> {
    let corpus = corpus()?;
    git(Utf8Path::new("/"), &["clone", "-q", "--shared", "--bare", corpus.as_str(), place.as_str()]);
    git(place, &["config", "user.name", "Ada"]);
    git(place, &["config", "user.email", "ada@example.com"]);
    Some(place.to_owned())
}

/// Tests run beside each other in one process: the first lays the corpus out, the others find it.
static LAYING_OUT: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// The corpus as a repository, if this machine has it; with a printed line where it has not.
fn corpus() -> Option<Utf8PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/make-monorepo");
    let given = std::env::var_os("CUTOVER_CORPUS").map_or(beside, PathBuf::from);
    if given.join(".git").exists() {
        return Some(utf8(&given));
    }
    let script = if given.is_dir() { given.join("make-monorepo") } else { given };
    if !script.is_file() {
        println!("skipped: no corpus (set CUTOVER_CORPUS to its directory or to make-monorepo)");
        return None;
    }
    let _alone = LAYING_OUT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Kept for the next time; made under another name, so that what has the name is complete.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus-plan");
    if !target.join(".git").exists() {
        let making = target.with_extension(std::process::id().to_string());
        let made = Command::new(&script).arg(&making).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if std::fs::rename(&making, &target).is_err() {
            std::fs::remove_dir_all(&making).unwrap();
        }
    }
    Some(utf8(&target))
}

/// A Python that has PyYAML: the system's, or one in a virtual environment below the target directory.
fn python() -> Option<PathBuf> {
    let has_yaml =
        |python: &Path| Command::new(python).args(["-c", "import yaml"]).output().is_ok_and(|run| run.status.success());
    let system = PathBuf::from("python3");
    if has_yaml(&system) {
        return Some(system);
    }
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pyyaml");
    let python = environment.join("bin/python");
    if !has_yaml(&python) {
        let _ = Command::new(&system).args(["-m", "venv"]).arg(&environment).output();
        let _ = Command::new(&python).args(["-m", "pip", "install", "--quiet", "pyyaml"]).output();
    }
    if has_yaml(&python) {
        return Some(python);
    }
    println!("skipped: no python3 with PyYAML, and it cannot be installed");
    None
}

/// What PyYAML finds wrong with these cases; nothing, with a printed line, where there is no PyYAML.
pub(crate) fn faults(cases: &[Value]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/pyyaml_plan.py");
    let Some(python) = python() else { return Vec::new() };
    let mut judge = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    judge.stdin.take().unwrap().write_all(&serde_json::to_vec(cases).unwrap()).unwrap();
    let judged = judge.wait_with_output().unwrap();
    assert!(judged.status.success());
    serde_json::from_slice(&judged.stdout).unwrap()
}
