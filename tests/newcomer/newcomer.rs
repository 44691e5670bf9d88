//! Somebody who meets cutover for the first time, on a machine where git has no configuration.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_cutover");

/// What stands before a block of commands that tests type.
const TESTED: &str = "<!-- tested -->\n```sh\n";

/// A directory of a newcomer who has cutover on the path.
pub(crate) struct Newcomer {
    home: TempDir,
}

impl Newcomer {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// One who ran the demo, and what it printed.
    pub(crate) fn after_the_demo() -> (Self, String) {
        let newcomer = Self::new();
        let output = newcomer.cutover(&["demo"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        (newcomer, String::from_utf8(output.stdout).unwrap())
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    /// A program in the newcomer's directory.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = std::env::join_paths(
            std::iter::once(Path::new(BINARY).parent().unwrap().to_owned())
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        command.current_dir(self.home.path()).env("HOME", self.home.path()).env("PATH", path.unwrap());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn cutover(&self, arguments: &[&str]) -> Output {
        self.command(BINARY).args(arguments).output().unwrap()
    }

    pub(crate) fn shell(&self, line: &str) -> Output {
        self.shell_in("", line)
    }

    /// A line in the shell, typed in a directory below the newcomer's.
    pub(crate) fn shell_in(&self, directory: &str, line: &str) -> Output {
        self.command("sh").args(["-c", line]).current_dir(self.at(directory)).output().unwrap()
    }

    /// Types the tested lines of a Markdown page one after the other. Each must exit as its comment says
    /// (`# exits with 3`), else with 0.
    pub(crate) fn types(&self, page: &str, directory: &str) {
        for line in tested_lines(page) {
            let output = self.shell_in(directory, line);
            let wanted = line.split_once("# exits with ").map_or(0, |(_, code)| {
                code.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
            });
            let code = output.status.code().or(output.status.signal().map(|signal| 128 + signal));
            let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
            assert_eq!(code, Some(wanted), "{line}\n{said}");
        }
    }

    pub(crate) fn git(&self, repository: &str, arguments: &[&str]) -> String {
        let output = self.command("git").args(["-C", repository]).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The newest run's outcomes by connector.
    pub(crate) fn outcomes(&self) -> BTreeMap<String, String> {
        let output = self.cutover(&["status", "--repo", "cutover-demo/monorepo", "--format", "json"]);
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        status["units"].as_array().unwrap().iter().map(|unit| (text(&unit["name"]), text(&unit["outcome"]))).collect()
    }
}

/// A file of this repository.
pub(crate) fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn tested_lines(page: &str) -> impl Iterator<Item = &str> {
    let blocks = page.split(TESTED).skip(1).map(|rest| rest.split_once("```").unwrap().0);
    blocks.flat_map(str::lines).filter(|line| !line.trim().is_empty())
}
