//! Pushes over real smart HTTP: the user's git on one side, git's own `http-backend` on the other.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/git_http.rs"]
mod git_http;
mod server;

use std::process::Command;

use server::{Server, TOKEN, everybody, no_fault, token_only};

fn git(directory: &std::path::Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")])
        .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.com")])
        .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.com")])
        .output()
        .unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(words).unwrap())
}

#[test]
fn the_server_is_one_that_git_itself_can_work_with() {
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path();
    assert!(git(root, &["init", "-q", "--bare", "acme/connectors.git"]).0);
    assert!(git(root, &["init", "-q", "-b", "main", "work"]).0);
    let work = root.join("work");
    std::fs::write(work.join("big"), vec![7; 3_000_000]).unwrap();
    assert!(git(&work, &["add", "."]).0 && git(&work, &["commit", "-qm", "first"]).0);
    let open = Server::start(root, everybody, no_fault);
    let (ok, words) = git(&work, &["push", &open.url("acme/connectors"), "main"]);
    assert!(ok, "{words}");
    assert_eq!(open.pushes(), 1);
    let closed = Server::start(root, token_only, no_fault);
    assert!(!git(&work, &["ls-remote", &closed.url("acme/connectors.git")]).0);
    let with_token = closed.url("acme/connectors.git").replace("http://", &format!("http://x-access-token:{TOKEN}@"));
    let (ok, words) = git(&work, &["clone", "-q", &with_token, "copy"]);
    assert!(ok, "{words}");
    assert!(closed.calls().iter().any(|call| call.authorized) && closed.calls().iter().any(|call| !call.authorized));
}
