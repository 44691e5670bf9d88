//! The control port, for those who use the double as a program.

use serde_json::{Value, json};

use crate::client::{REPO, Stage};

fn told(stage: &Stage, verb: &str, body: Value) -> Value {
    let reply = stage.post(&format!("/_double/{verb}"), body);
    assert_eq!(reply.status, 200, "{verb}: {}", reply.text);
    reply.json()
}

#[test]
fn each_command_does_what_its_method_does() {
    let stage = Stage::with_pulls(3);
    told(&stage, "collaborator", json!({ "login": "bob", "role": "write" }));
    told(&stage, "team", json!({ "slug": "owners", "members": ["bob"] }));
    told(&stage, "label", json!({ "name": "migration" }));
    assert_eq!(told(&stage, "milestone", json!({ "title": "November" })), json!({ "number": 1 }));
    told(&stage, "checks", json!({ "checks": [{ "name": "test", "required": true, "after": { "seconds": 60 } }] }));
    let sha =
        told(&stage, "push", json!({ "branch": "change-1", "login": "bob", "path": "file-1", "content": "new\n" }));
    told(&stage, "advance", json!({ "seconds": 59 }));
    let checks = stage.get(&format!("{REPO}/commits/{}/check-runs", sha["sha"].as_str().unwrap())).json();
    assert_eq!(checks["check_runs"][0]["status"], "in_progress");
    told(
        &stage,
        "checks",
        json!({ "number": 2, "checks": [{ "name": "other", "conclusions": ["failure", "success"] }] }),
    );
    assert_eq!(
        stage.get(&format!("{REPO}/commits/change-2/check-runs")).json()["check_runs"][0]["conclusion"],
        "failure"
    );
    told(&stage, "review", json!({ "number": 1, "login": "bob", "state": "CHANGES_REQUESTED" }));
    told(&stage, "comment", json!({ "number": 1, "login": "bob", "body": "Why?" }));
    told(&stage, "edit", json!({ "number": 1, "title": "Theirs" }));
    told(&stage, "close", json!({ "number": 1, "login": "bob" }));
    let first = stage.double.pull(1);
    assert_eq!((first.title.as_str(), first.open, first.comments.len(), first.reviews.len()), ("Theirs", false, 1, 1));
    told(&stage, "protect", json!({ "branch": "main", "rules": { "required_approvals": 1 } }));
    assert_eq!(stage.put(&format!("{REPO}/pulls/3/merge"), json!({})).status, 405);
    told(&stage, "merge", json!({ "number": 3, "login": "bob", "method": "squash" }));
    assert!(stage.double.pull(3).merge.is_some());
    told(&stage, "methods", json!({ "methods": ["rebase"] }));
    assert_eq!(stage.get(REPO).json()["allow_merge_commit"], false);
    told(&stage, "token", json!({ "token": "ghp_new", "login": "eve", "scopes": ["repo"], "role": "admin" }));
    told(&stage, "expire", json!({ "token": "ghp_new", "seconds": 0 }));
    assert_eq!(stage.send("GET", "/user", None, &[("authorization", "Bearer ghp_new")]).status, 401);
    told(&stage, "archive", json!({ "archived": true }));
    assert_eq!(stage.get(REPO).json()["archived"], true);
    told(&stage, "rename", json!({ "name": "adapters" }));
    assert_eq!(stage.get(REPO).status, 301);
}

#[test]
fn faults_and_limits_are_set_and_the_log_is_read() {
    let stage = Stage::with_pulls(1);
    let fault =
        json!({ "method": "GET", "path": "/pulls/1$", "effect": { "status_after": 502 }, "nth": 2, "times": 1 });
    told(&stage, "fault", fault);
    let path = format!("{REPO}/pulls/1");
    assert_eq!([stage.get(&path).status, stage.get(&path).status, stage.get(&path).status], [200, 502, 200]);
    told(&stage, "fault", json!({ "writes": true, "effect": "hang_up" }));
    assert!(stage.attempt("POST", &format!("{REPO}/labels"), Some(json!({ "name": "x" })), &[]).is_none());
    told(&stage, "fault", json!({ "graphql": "viewer", "effect": { "secondary": 5 } }));
    assert_eq!(told(&stage, "clear-faults", json!({})), json!({ "happened": 2 }));
    told(&stage, "limit", json!({ "minute": 0, "hour": 10 }));
    assert_eq!(stage.post(&format!("{REPO}/labels"), json!({ "name": "x" })).status, 403);
    let log = stage.get("/_double/log").text;
    assert_eq!(log.lines().count(), stage.double.requests().len());
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line["method"].is_string())));
}

#[test]
fn a_command_that_is_wrong_is_told_in_words() {
    let stage = Stage::new();
    for (verb, body, says) in [
        ("dance", json!({}), "there is no command `dance`"),
        ("review", json!({ "number": 1, "login": "bob", "state": "MAYBE" }), "`state`: unknown variant `MAYBE`"),
        ("close", json!({ "number": 7, "login": "bob" }), "there is no pull request 7"),
        ("fault", json!({ "effect": "explode" }), "unknown variant `explode`"),
        ("fault", json!({ "effect": "hang_up", "path": "(" }), "regex parse error"),
    ] {
        let reply = stage.post(&format!("/_double/{verb}"), body);
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(reply.status == 400 && message.contains(says), "{verb}: {message}");
    }
}
