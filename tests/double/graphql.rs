//! GraphQL: batched reads, errors in GitHub's words, mutations.

use serde_json::{Value, json};

use crate::client::Stage;
use crate::github::checks::{After, CheckPlan};
use crate::github::model::{Protection, Role, Verdict};

#[test]
fn many_are_read_in_one_query_by_alias() {
    let stage = Stage::with_pulls(3);
    let answer = stage.graphql(
        "query($owner: String!, $name: String!) {
           viewer { login }
           repository(owner: $owner, name: $name) {
             a: pullRequest(number: 1) { ...seen }
             b: pullRequests(headRefName: \"change-2\", states: [OPEN], first: 1) { totalCount nodes { ...seen } }
             main: ref(qualifiedName: \"refs/heads/main\") { target { oid } }
             viewerPermission
           }
         }
         fragment seen on PullRequest { number state headRefName author { login __typename } }",
        json!({ "owner": "acme", "name": "connectors" }),
    );
    let seen = |n: u64| json!({ "number": n, "state": "OPEN", "headRefName": format!("change-{n}"), "author": { "login": "ada", "__typename": "User" } });
    let expected = json!({
        "viewer": { "login": "ada" },
        "repository": {
            "a": seen(1),
            "b": { "totalCount": 1, "nodes": [seen(2)] },
            "main": { "target": { "oid": stage.git(&["rev-parse", "main"]) } },
            "viewerPermission": "WRITE",
        },
    });
    assert_eq!(answer, json!({ "data": expected }));
}

#[test]
fn an_unknown_field_refuses_the_document() {
    let stage = Stage::with_pulls(1);
    let query = "{ repository(owner: \"acme\", name: \"connectors\") { pullRequest(number: 1) { nubmer } } }";
    let answer = stage.graphql(query, Value::Null);
    assert_eq!(answer["errors"][0]["message"], "Field 'nubmer' doesn't exist on type 'PullRequest'");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "undefinedField");
    assert!(answer.get("data").is_none(), "{answer}");
}

#[test]
fn what_is_not_there_is_null_with_an_error() {
    let stage = Stage::with_pulls(1);
    let query = "{ repository(owner: \"acme\", name: \"connectors\") { a: pullRequest(number: 1) { number } b: pullRequest(number: 9) { number } } }";
    let answer = stage.graphql(query, Value::Null);
    assert_eq!(answer["data"]["repository"], json!({ "a": { "number": 1 }, "b": null }));
    let error = &answer["errors"][0];
    assert_eq!((&error["type"], &error["path"]), (&json!("NOT_FOUND"), &json!(["repository", "b"])));
    assert_eq!(error["message"], "Could not resolve to a PullRequest with the number of 9.");
}

#[test]
fn too_many_nodes_are_refused() {
    let stage = Stage::new();
    let query = "{ repository(owner: \"acme\", name: \"connectors\") { pullRequests(first: 100) { nodes { commits(first: 100) { nodes { commit {
        statusCheckRollup { contexts(first: 100) { nodes { __typename } } } } } } } } } }";
    let answer = stage.graphql(query, Value::Null);
    let words = "This query requests up to 1010100 possible nodes which exceeds the maximum limit of 500000.";
    assert_eq!(answer["errors"][0]["message"], words);
}

const CHECKS: &str = "query($number: Int!) { repository(owner: \"acme\", name: \"connectors\") { pullRequest(number: $number) {
    mergeStateStatus reviewDecision
    commits(last: 1) { nodes { commit { statusCheckRollup { state contexts(first: 10) { nodes {
      __typename
      ... on CheckRun { name status conclusion isRequired(pullRequestNumber: $number) checkSuite { workflowRun { databaseId } } }
      ... on StatusContext { context state isRequired(pullRequestNumber: $number) }
    } } } } } } } } }";

fn rollup(answer: &Value) -> &Value {
    &answer["data"]["repository"]["pullRequest"]["commits"]["nodes"][0]["commit"]["statusCheckRollup"]
}

#[test]
fn checks_come_and_end_as_the_script_says() {
    let stage = Stage::new();
    stage.branches(1);
    let plans = [CheckPlan::new("test").after(After::Polls(1)), CheckPlan::new("lint").optional().by_status()];
    stage.double.set_checks(plans);
    stage.open("change-1");
    let first = stage.graphql(CHECKS, json!({ "number": 1 }));
    assert_eq!(rollup(&first)["state"], "PENDING");
    let second = stage.graphql(CHECKS, json!({ "number": 1 }));
    assert_eq!(rollup(&second)["state"], "SUCCESS");
    let nodes = rollup(&second)["contexts"]["nodes"].clone();
    assert_eq!((&nodes[0]["conclusion"], &nodes[0]["isRequired"]), (&json!("SUCCESS"), &json!(true)));
    assert_eq!(
        nodes[1],
        json!({ "__typename": "StatusContext", "context": "lint", "state": "SUCCESS", "isRequired": false })
    );
}

#[test]
fn a_review_decides_where_reviews_are_required() {
    let stage = Stage::with_pulls(1);
    let decision =
        || stage.graphql(CHECKS, json!({ "number": 1 }))["data"]["repository"]["pullRequest"]["reviewDecision"].clone();
    assert_eq!(decision(), Value::Null);
    stage.double.protect("main", Protection { required_approvals: 1, ..Protection::default() });
    stage.double.collaborator("bob", Role::Write);
    assert_eq!(decision(), "REVIEW_REQUIRED");
    stage.double.review(1, "bob", Verdict::ChangesRequested);
    assert_eq!(decision(), "CHANGES_REQUESTED");
    stage.double.review(1, "bob", Verdict::Approved);
    assert_eq!(decision(), "APPROVED");
}

#[test]
fn a_draft_is_made_ready() {
    let stage = Stage::new();
    stage.branches(1);
    let opened = stage.post(
        "/repos/acme/connectors/pulls",
        json!({ "title": "T", "head": "change-1", "base": "main", "draft": true }),
    );
    let id = opened.json()["node_id"].clone();
    let mutation =
        "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }";
    let answer = stage.graphql(mutation, json!({ "id": id }));
    assert_eq!(answer["data"]["markPullRequestReadyForReview"], json!({ "pullRequest": { "isDraft": false } }));
    assert!(!stage.double.pull(1).draft);
    let missing = stage.graphql(mutation, json!({}));
    assert_eq!(missing["errors"][0]["message"], "Variable $id of type ID! was provided invalid value");
}

#[test]
fn the_queue_merges_after_some_looks() {
    let stage = Stage::with_pulls(1);
    stage.double.protect("main", Protection { merge_queue: true, ..Protection::default() });
    let refused = stage.put("/repos/acme/connectors/pulls/1/merge", json!({}));
    assert_eq!(refused.status, 405);
    assert!(refused.message().contains("Changes must be made through the merge queue"), "{}", refused.text);
    let mutation =
        "mutation($id: ID!) { enqueuePullRequest(input: {pullRequestId: $id}) { mergeQueueEntry { position state } } }";
    let answer = stage.graphql(mutation, json!({ "id": stage.double.pull(1).node_id() }));
    assert_eq!(answer["data"]["enqueuePullRequest"]["mergeQueueEntry"]["state"], "AWAITING_CHECKS");
    let query = "{ repository(owner: \"acme\", name: \"connectors\") { pullRequest(number: 1) { state isInMergeQueue mergeCommit { oid } } } }";
    assert_eq!(stage.graphql(query, Value::Null)["data"]["repository"]["pullRequest"]["isInMergeQueue"], true);
    assert_eq!(stage.graphql(query, Value::Null)["data"]["repository"]["pullRequest"]["state"], "MERGED");
}

#[test]
fn a_mark_in_the_text_is_found() {
    let stage = Stage::with_pulls(2);
    stage.double.edit(2, None, Some("Words\n<!-- cutover: run=7 connector=source-faker -->"));
    let query = "query($q: String!) { search(type: ISSUE, first: 10, query: $q) { issueCount nodes { ... on PullRequest { number } } } }";
    let found = stage.graphql(query, json!({ "q": "repo:acme/connectors is:pr \"cutover:\" in:body" }));
    assert_eq!(found["data"]["search"], json!({ "issueCount": 1, "nodes": [{ "number": 2 }] }));
}
