//! Faults on demand: what each does to the client, and to the world.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{REPO, Reply, Stage};
use crate::github::fault::{Calls, Effect, Fault};

fn stage() -> Stage {
    let stage = Stage::new();
    stage.branches(3);
    stage
}

/// An attempt to open a pull request that this effect meets.
fn struck(stage: &Stage, effect: Effect) -> Option<Reply> {
    stage.double.fault(Fault::new(Calls::rest("POST", "/pulls$"), effect));
    let body = json!({ "title": "T", "head": "change-1", "base": "main" });
    stage.attempt("POST", &format!("{REPO}/pulls"), Some(body), &[])
}

#[test]
fn a_status_comes_before_the_effect_or_after_it() {
    for (effect, opened) in [(Effect::Status(502), 0), (Effect::StatusAfter(502), 1)] {
        let stage = stage();
        let reply = struck(&stage, effect).unwrap();
        assert_eq!((reply.status, stage.double.pulls().len()), (502, opened));
        assert_eq!(stage.open("change-2").status, 201, "once is once");
    }
}

#[test]
fn a_connection_ends_before_the_effect_after_it_or_within_the_answer() {
    for (effect, opened) in [(Effect::HangUp, 0), (Effect::HangUpAfter, 1), (Effect::HangUpWithin, 1)] {
        let stage = stage();
        assert!(struck(&stage, effect.clone()).is_none(), "{effect:?}");
        assert_eq!(stage.double.pulls().len(), opened, "{effect:?}");
        assert_eq!(stage.double.requests()[0].fault.as_deref(), Some(format!("{effect:?}").as_str()));
    }
}

#[test]
fn limits_are_told_as_github_tells_them() {
    let stage = stage();
    let patient = struck(&stage, Effect::Secondary(Some(30))).unwrap();
    assert_eq!((patient.status, patient.header("retry-after")), (403, "30"));
    let mute = struck(&stage, Effect::Secondary(None)).unwrap();
    assert_eq!((mute.status, mute.header("retry-after")), (403, ""));
    assert!(mute.message().starts_with("You have exceeded a secondary rate limit. Please wait a few minutes"));
    assert_ne!(mute.header("x-ratelimit-remaining"), "0");
    let primary = struck(&stage, Effect::Primary(90)).unwrap();
    assert_eq!((primary.status, primary.header("x-ratelimit-remaining")), (403, "0"));
    let reset: i64 = primary.header("x-ratelimit-reset").parse().unwrap();
    assert!((80..=90).contains(&(reset - stage.double.world().now().as_second())));
    assert_eq!(struck(&stage, Effect::Unauthorized).unwrap().message(), "Bad credentials");
    let words = "Base branch was modified. Review and try the merge again.";
    assert_eq!(struck(&stage, Effect::Refuse(405, words.to_owned())).unwrap().message(), words);
    assert!(stage.double.pulls().is_empty());
}

#[test]
fn an_answer_is_slow_short_or_empty() {
    let stage = Stage::with_pulls(2);
    let list = format!("{REPO}/pulls");
    stage.double.fault(Fault::new(Calls::rest("GET", "/pulls$"), Effect::Slow(200)));
    let before = Instant::now();
    assert_eq!(stage.get(&list).status, 200);
    assert!(before.elapsed() >= Duration::from_millis(200));
    let late = Fault::new(Calls::rest("POST", "/labels$"), Effect::SlowAfter(200));
    stage.double.fault(late);
    let before = Instant::now();
    assert_eq!(stage.post(&format!("{REPO}/labels"), json!({ "name": "late" })).status, 201);
    assert!(before.elapsed() >= Duration::from_millis(200));
    stage.double.fault(Fault::new(Calls::rest("GET", "/pulls$"), Effect::EmptyPage));
    assert_eq!(stage.get(&format!("{list}?per_page=1")).json(), json!([]));
    stage.double.fault(Fault::new(Calls::rest("GET", "/pulls$"), Effect::Truncated));
    let cut = stage.get(&list);
    assert!(cut.status == 200 && serde_json::from_str::<Value>(&cut.text).is_err());
    stage.double.fault(Fault::new(Calls::graphql("pullRequests"), Effect::EmptyPage));
    let query = "{ repository(owner: \"acme\", name: \"connectors\") { pullRequests(first: 5) { nodes { number } } } }";
    assert_eq!(stage.graphql(query, Value::Null)["data"]["repository"]["pullRequests"]["nodes"], json!([]));
}

#[test]
fn the_nth_call_or_write_is_met_and_no_other() {
    let stage = stage();
    stage.double.fail_call(2, Effect::Status(500));
    assert_eq!([stage.get(REPO).status, stage.get(REPO).status, stage.get(REPO).status], [200, 500, 200]);
    stage.double.fail_write(2, Effect::Status(503));
    let statuses = [stage.open("change-1").status, stage.get(REPO).status, stage.open("change-2").status];
    assert_eq!(statuses, [201, 200, 503]);
    let label = json!({ "name": "x" });
    stage.double.fault(Fault::new(Calls::reads(), Effect::Status(500)).times(2));
    let path = format!("{REPO}/labels");
    assert_eq!([stage.get(REPO).status, stage.post(&path, label).status, stage.get(REPO).status], [500, 201, 500]);
    assert_eq!(stage.double.clear_faults(), 4);
}

#[test]
fn a_fault_without_end_ends_when_it_is_taken_away() {
    let stage = stage();
    stage.double.fault(Fault::new(Calls::any(), Effect::Status(500)).always());
    assert_eq!([stage.get(REPO).status, stage.get(REPO).status], [500, 500]);
    stage.double.clear_faults();
    assert_eq!(stage.get(REPO).status, 200);
}

#[test]
fn a_mutation_is_a_write_and_a_query_is_none() {
    let stage = Stage::with_pulls(1);
    stage.double.take_requests();
    stage.double.fail_write(1, Effect::Status(502));
    stage.graphql("# mutation\nquery { viewer { login } }", Value::Null);
    assert_eq!((stage.double.writes(), stage.double.queries()), (0, 1));
    let document = "mutation($id: ID!) { closePullRequest(input: {pullRequestId: $id}) { pullRequest { number } } }";
    let body = json!({ "query": document, "variables": { "id": stage.double.pull(1).node_id() } });
    let reply = stage.send("POST", "/graphql", Some(body), &[]);
    assert_eq!((reply.status, stage.double.writes()), (502, 1));
    assert!(stage.double.pull(1).open);
}

#[test]
fn the_log_has_everything_but_the_token() {
    let stage = stage();
    stage.open("change-1");
    stage.get(&format!("{REPO}/pulls?head=acme:change-1&state=all"));
    let file = stage.repository.with_file_name("log");
    stage.double.write_log(&file).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(crate::github::TOKEN), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["headers"]["authorization"], "Bearer ***");
    assert_eq!(
        (&lines[0]["path"], &lines[0]["body"]["head"]),
        (&json!("/repos/acme/connectors/pulls"), &json!("change-1"))
    );
    assert_eq!((&lines[0]["response"]["status"], &lines[0]["writes"]), (&json!(201), &json!(true)));
    assert_eq!(lines[1]["query"], json!({ "head": "acme:change-1", "state": "all" }));
}
