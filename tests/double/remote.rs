//! git over HTTP against the double: pushes that move pull requests, credentials, forks, old names.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use tempfile::TempDir;

use crate::client::{REPO, Stage, git};
use crate::github::TOKEN;
use crate::github::access::Token;
use crate::github::fault::{Calls, Effect, Fault};
use crate::github::model::Role;

/// A clone with one more commit on `branch`, not yet pushed.
fn clone_with(stage: &Stage, branch: &str) -> TempDir {
    let clone = TempDir::new().unwrap();
    let place = clone.path().to_str().unwrap();
    git(&["clone", "-q", &stage.double.clone_url(), place], "");
    let stream = format!(
        "commit refs/heads/{branch}\ncommitter Ada <ada@example.com> 1600000002 +0000\ndata 5\nlocal\n\
         from refs/remotes/origin/main^0\nM 100644 inline local\ndata 5\nlocal\n\n"
    );
    git(&["-C", place, "fast-import", "--quiet"], &stream);
    clone
}

/// Pushes with this token as the password, as git itself does.
fn push(clone: &Path, url: &str, token: &str, refspec: &str) -> Output {
    let with_token = url.replacen("http://", &format!("http://x-access-token:{token}@"), 1);
    let mut command = Command::new("git");
    command.arg("-C").arg(clone).args(["push", "--porcelain", &with_token, refspec]);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_push_opens_the_way_for_a_pull_request_and_moves_it() {
    let stage = Stage::new();
    let clone = clone_with(&stage, "pushed");
    let done = push(clone.path(), &stage.double.clone_url(), TOKEN, "pushed");
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(stage.open("pushed").status, 201);
    let before = stage.double.pull(1).head;
    git(&["-C", clone.path().to_str().unwrap(), "update-ref", "refs/heads/pushed", "refs/remotes/origin/main"], "");
    let stream = "commit refs/heads/pushed\ncommitter Ada <ada@example.com> 1600000003 +0000\ndata 5\nother\n\
                  from refs/remotes/origin/main^0\nM 100644 inline local\ndata 5\nother\n\n";
    git(&["-C", clone.path().to_str().unwrap(), "fast-import", "--quiet", "--force"], stream);
    assert!(push(clone.path(), &stage.double.clone_url(), TOKEN, "+pushed").status.success());
    let after = stage.get(&format!("{REPO}/pulls/1")).json()["head"]["sha"].as_str().unwrap().to_owned();
    assert_ne!(after, before);
    assert_eq!(after, git(&["-C", clone.path().to_str().unwrap(), "rev-parse", "pushed"], ""));
    let pushes = stage.double.requests().iter().filter(|exchange| exchange.path.ends_with("/git-receive-pack")).count();
    assert_eq!((pushes, stage.double.writes()), (2, 1), "pushes are in the log, but are no calls of the API");
}

#[test]
fn a_push_needs_a_token_that_may() {
    let stage = Stage::new();
    let clone = clone_with(&stage, "pushed");
    stage.double.grant("ghp_reader", Token::classic("eve", &["repo"]), Role::Read);
    stage.double.grant("github_pat_pulls", Token::fine_grained("bob", &[("pull_requests", "write")]), Role::Write);
    for (token, says) in [
        ("ghp_wrong", "Authentication failed"),
        ("ghp_reader", "Write access to repository not granted."),
        ("github_pat_pulls", "Write access to repository not granted."),
    ] {
        let refused = push(clone.path(), &stage.double.clone_url(), token, "pushed");
        assert!(!refused.status.success() && said(&refused).contains(says), "{token}: {}", said(&refused));
    }
    stage.double.archive(true);
    let refused = push(clone.path(), &stage.double.clone_url(), TOKEN, "pushed");
    assert!(said(&refused).contains("This repository was archived so it is read-only."), "{}", said(&refused));
    assert_eq!(stage.git(&["branch", "--list", "pushed"]), "");
}

#[test]
fn what_is_private_is_not_fetched_without_a_token() {
    let stage = Stage::new();
    stage.double.world().repositories[0].private = true;
    let mut command = Command::new("git");
    command.args(["ls-remote", &stage.double.clone_url()]).env("GIT_TERMINAL_PROMPT", "0");
    let refused = command.output().unwrap();
    assert!(!refused.status.success() && said(&refused).contains("could not read Username"), "{}", said(&refused));
}

#[test]
fn git_follows_a_repository_to_its_new_name() {
    let stage = Stage::new();
    let (old, clone) = (stage.double.clone_url(), clone_with(&stage, "pushed"));
    stage.double.rename("adapters");
    let done = push(clone.path(), &old, TOKEN, "pushed");
    assert!(done.status.success(), "{}", said(&done));
    assert_ne!(stage.git(&["branch", "--list", "pushed"]), "");
}

#[test]
fn a_connection_that_breaks_leaves_the_push_undone_or_done() {
    for (effect, arrived) in [(Effect::HangUp, false), (Effect::HangUpAfter, true)] {
        let stage = Stage::new();
        let clone = clone_with(&stage, "pushed");
        // Once is not enough: curl sends again what got no answer on a connection that was used before.
        stage.double.fault(Fault::new(Calls::rest("POST", "/git-receive-pack$"), effect.clone()).always());
        let broken = push(clone.path(), &stage.double.clone_url(), TOKEN, "pushed");
        assert!(!broken.status.success(), "{effect:?}");
        assert_eq!(!stage.git(&["branch", "--list", "pushed"]).is_empty(), arrived, "{effect:?}");
    }
}

#[test]
fn a_fork_is_made_pushed_to_and_merged_from() {
    let stage = Stage::new();
    stage.double.grant("ghp_outsider", Token::classic("eve", &["repo"]), Role::Read);
    let as_eve = [("authorization", "Bearer ghp_outsider")];
    let forked = stage.send("POST", &format!("{REPO}/forks"), Some(json!({})), &as_eve);
    let fork = forked.json();
    assert_eq!(
        (forked.status, &fork["full_name"], &fork["parent"]["full_name"]),
        (202, &json!("eve/connectors"), &json!("acme/connectors"))
    );
    let clone = clone_with(&stage, "theirs");
    let done = push(clone.path(), fork["clone_url"].as_str().unwrap(), "ghp_outsider", "theirs");
    assert!(done.status.success(), "{}", said(&done));
    let body = json!({ "title": "T", "head": "eve:theirs", "base": "main" });
    let opened = stage.send("POST", &format!("{REPO}/pulls"), Some(body), &as_eve);
    assert_eq!(
        (opened.status, &opened.json()["head"]["repo"]["full_name"]),
        (201, &json!("eve/connectors")),
        "{}",
        opened.text
    );
    let found = stage.get(&format!("{REPO}/pulls?head=eve:theirs")).json();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).status, 200);
    assert_eq!(stage.git(&["show", "main:local"]), "local");
}

#[test]
fn a_push_is_known_to_the_api_as_soon_as_it_is_done() {
    const PUSHERS: usize = 6;
    let stage = Stage::new();
    std::thread::scope(|scope| {
        for n in 0..PUSHERS {
            let stage = &stage;
            scope.spawn(move || {
                let branch = format!("pusher-{n}");
                let clone = clone_with(stage, &branch);
                for round in 0..3 {
                    let commit = |place: &str| {
                        let stream = format!(
                            "commit refs/heads/{branch}\ncommitter Ada <ada@example.com> 160000000{round} +0000\ndata 0\n\
                             from refs/heads/{branch}^0\nM 100644 inline local\ndata 2\n{round}\n\n"
                        );
                        git(&["-C", place, "fast-import", "--quiet"], &stream);
                        git(&["-C", place, "rev-parse", &branch], "")
                    };
                    let tip = commit(clone.path().to_str().unwrap());
                    let done = push(clone.path(), &stage.double.clone_url(), TOKEN, &branch);
                    assert!(done.status.success(), "{}", said(&done));
                    if round == 0 {
                        let opened = stage.open(&branch);
                        assert_eq!(opened.status, 201, "{}", opened.text);
                    }
                    let found = stage.get(&format!("{REPO}/pulls?head=acme:{branch}")).json();
                    assert_eq!(found[0]["head"]["sha"], tip.as_str());
                }
            });
        }
    });
    assert_eq!(stage.double.pulls().len(), PUSHERS);
}
