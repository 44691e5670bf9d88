//! Every route, walked once, and what GitHub's descriptions say of requests and answers.

use serde_json::{Value, json};

use crate::access::jwt;
use crate::client::{REPO, Stage};
use crate::github::checks::{After, CheckPlan};
use crate::github::judge::{Problem, judge};
use crate::github::model::{Method, Protection, Role, Verdict};
use crate::github::record::Exchange;

#[test]
fn every_answer_of_rest_is_as_described() {
    let stage = Stage::with_pulls(3);
    let Some(_) = judge(&[]) else { return };
    furnish(&stage);
    reads(&stage);
    writes(&stage);
    let verdict = judge(&stage.double.requests()).unwrap();
    verdict.assert_clean();
    assert_eq!(verdict.judged, stage.double.requests().len());
}

fn furnish(stage: &Stage) {
    let double = &stage.double;
    double.collaborator("bob", Role::Admin);
    double.team("owners", &["bob"]);
    double.label("migration");
    double.milestone("November");
    double.comment(1, "bob", "Looks good");
    double.set_checks_of(1, [CheckPlan::failing("test", "it broke\n"), CheckPlan::new("lint").by_status()]);
    double.set_checks_of(2, [CheckPlan::flaky("test"), CheckPlan::new("slow").after(After::Never)]);
    let rules = Protection {
        required_checks: vec!["test".to_owned()],
        required_approvals: 1,
        strict: true,
        ..Protection::default()
    };
    double.protect("main", rules.clone());
    double.protect("release", Protection { ruleset: true, merge_queue: true, linear_history: true, ..rules });
}

/// Success, each time.
fn fine(stage: &Stage, method: &str, path: &str, body: Option<Value>) -> Value {
    let reply = stage.send(method, path, body, &[]);
    assert!(reply.status < 400, "{method} {path}: {} {}", reply.status, reply.text);
    if reply.text.starts_with(['{', '[']) { reply.json() } else { Value::Null }
}

fn reads(stage: &Stage) {
    let sha = stage.double.pull(1).head;
    for path in
        ["/user", "/users/bob", "/rate_limit", "/orgs/acme/teams/owners", "/search/issues?q=is:pr+repo:acme/connectors"]
    {
        fine(stage, "GET", path, None);
    }
    let commits = format!("/commits/{sha}");
    for path in [
        "",
        "/branches",
        "/branches/main",
        "/branches/change-1",
        "/rules/branches/release",
        "/rules/branches/main",
        "/git/ref/heads/main",
        "/git/matching-refs/heads/change",
        "/pulls",
        "/pulls?state=all&per_page=1&page=2",
        "/pulls/1",
        "/pulls/1/files",
        "/pulls/1/commits",
        "/pulls/1/reviews",
        "/pulls/1/requested_reviewers",
        "/issues/1",
        "/issues/1/labels",
        "/issues/1/comments",
        "/labels",
        "/labels/migration",
        "/milestones",
        "/collaborators/bob",
        "/collaborators/bob/permission",
        "/teams",
        "/codeowners/errors",
        "/actions/runs",
        "/commits/main/check-runs",
        "/commits/change-1/status",
    ] {
        fine(stage, "GET", &format!("{REPO}{path}"), None);
    }
    for path in ["/check-runs", "/check-runs?filter=all", "/check-suites", "/status"] {
        fine(stage, "GET", &format!("{REPO}{commits}{path}"), None);
    }
    fine(stage, "GET", &format!("{REPO}/actions/runs?head_sha={sha}"), None);
    stage.double.world().repositories[0].collaborators.insert("ada".to_owned(), Role::Admin);
    fine(stage, "GET", &format!("{REPO}/branches/main/protection"), None);
}

fn writes(stage: &Stage) {
    let run = fine(stage, "GET", &format!("{REPO}/commits/change-1/check-runs"), None)["check_runs"][0].clone();
    let (id, suite) = (&run["id"], &run["check_suite"]["id"]);
    let workflow =
        fine(stage, "GET", &format!("{REPO}/actions/runs?branch=change-1"), None)["workflow_runs"][0]["id"].clone();
    fine(stage, "GET", &format!("{REPO}/actions/runs/{workflow}/jobs"), None);
    fine(stage, "GET", &format!("{REPO}/actions/jobs/{id}/logs"), None);
    fine(stage, "GET", &format!("{REPO}/check-runs/{id}"), None);
    for path in [
        format!("/check-runs/{id}/rerequest"),
        format!("/check-suites/{suite}/rerequest"),
        format!("/actions/runs/{workflow}/rerun-failed-jobs"),
        format!("/actions/jobs/{id}/rerun"),
    ] {
        fine(stage, "POST", &format!("{REPO}{path}"), None);
    }
    let sha = stage.git(&["rev-parse", "main"]);
    fine(stage, "GET", &format!("{REPO}/actions/runs/{workflow}"), None);
    fine(stage, "GET", &format!("{REPO}/actions/jobs/{id}"), None);
    fine(stage, "GET", &format!("{REPO}/check-suites/{suite}"), None);
    fine(stage, "GET", &format!("{REPO}/commits/{sha}"), None);
    fine(stage, "GET", &format!("{REPO}/commits/{}/pulls", stage.double.pull(1).head), None);
    for (method, path, body) in [
        ("POST", "/labels", json!({ "name": "new", "color": "00ff00", "description": "New" })),
        ("POST", "/git/refs", json!({ "ref": "refs/heads/made", "sha": sha })),
        ("PATCH", "/pulls/1", json!({ "title": "Other", "body": "Text", "state": "open", "base": "main" })),
        ("PATCH", "/issues/1", json!({ "labels": ["migration", "other"], "assignees": ["bob"], "milestone": 1 })),
        ("POST", "/issues/1/labels", json!({ "labels": ["third"] })),
        ("PUT", "/issues/1/labels", json!({ "labels": ["third", "migration"] })),
        ("POST", "/issues/1/assignees", json!({ "assignees": ["bob"] })),
        ("POST", "/issues/1/comments", json!({ "body": "A comment" })),
        ("POST", "/pulls/1/requested_reviewers", json!({ "reviewers": ["bob"], "team_reviewers": ["owners"] })),
        ("POST", "/pulls/1/reviews", json!({ "event": "COMMENT", "body": "Hm" })),
    ] {
        fine(stage, method, &format!("{REPO}{path}"), Some(body));
    }
    fine(stage, "GET", &format!("{REPO}/pulls/1/requested_reviewers"), None);
    let body = json!({ "reviewers": ["bob"], "team_reviewers": [] });
    fine(stage, "DELETE", &format!("{REPO}/pulls/1/requested_reviewers"), Some(body));
    fine(stage, "DELETE", &format!("{REPO}/issues/1/labels/third"), None);
    fine(stage, "DELETE", &format!("{REPO}/git/refs/heads/made"), None);
    let comment = stage.double.pull(1).comments[0].id;
    fine(stage, "PATCH", &format!("{REPO}/issues/comments/{comment}"), Some(json!({ "body": "Edited" })));
    stage.double.world().repositories[0].protections.clear();
    stage.double.set_checks_of(1, []);
    fine(
        stage,
        "PUT",
        &format!("{REPO}/pulls/1/merge"),
        Some(json!({ "merge_method": "squash", "commit_title": "T", "commit_message": "M" })),
    );
    fine(stage, "GET", &format!("{REPO}/pulls/1/merge"), None);
    fine(
        stage,
        "PUT",
        &format!("{REPO}/pulls/3/update-branch"),
        Some(json!({ "expected_head_sha": stage.double.pull(3).head })),
    );
    stage.double.world().repositories[0].collaborators.insert("ada".to_owned(), Role::Write);
    fine(stage, "POST", &format!("{REPO}/forks"), Some(json!({})));
    stage.double.rename("renamed");
    let moved = stage.get(REPO);
    assert_eq!(moved.status, 301);
    let place = moved.header("location").strip_prefix(&stage.double.api()).unwrap().to_owned();
    assert_eq!(fine(stage, "GET", &place, None)["full_name"], "acme/renamed");
    fine(stage, "GET", &format!("{place}/pulls/2"), None);
}

#[test]
fn whatever_state_it_is_in_it_is_told_as_described() {
    let stage = Stage::with_pulls(5);
    let Some(_) = judge(&[]) else { return };
    let double = &stage.double;
    stage.branches(6);
    fine(
        &stage,
        "POST",
        &format!("{REPO}/pulls"),
        Some(json!({ "title": "T", "head": "change-6", "base": "main", "draft": true })),
    );
    double.close(1, "bob");
    double.merge(2, "bob", Method::Rebase);
    double.set_checks_of(
        3,
        [CheckPlan::new("slow").after(After::Never), CheckPlan::new("other").after(After::Never).by_status()],
    );
    double.protect("main", Protection { required_approvals: 1, ..Protection::default() });
    let enable =
        "mutation($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id }) { pullRequest { number } } }";
    stage.graphql(enable, json!({ "id": double.pull(4).node_id() }));
    double.protect("main", Protection { merge_queue: true, ..Protection::default() });
    let enqueue = "mutation($id: ID!) { enqueuePullRequest(input: { pullRequestId: $id }) { mergeQueueEntry { position state pullRequest { number } } } }";
    stage.graphql(enqueue, json!({ "id": double.pull(5).node_id() }));
    double.delete_branch("change-1");
    for number in 1..=6 {
        for path in [format!("/pulls/{number}"), format!("/issues/{number}"), format!("/pulls/{number}/reviews")] {
            fine(&stage, "GET", &format!("{REPO}{path}"), None);
        }
        let answer = stage.graphql(EVERYTHING, json!({ "owner": "acme", "name": "connectors", "number": number }));
        assert_eq!(answer.get("errors"), None, "{answer}");
    }
    fine(&stage, "GET", &format!("{REPO}/pulls?state=all"), None);
    fine(&stage, "GET", &format!("{REPO}/commits/change-3/check-runs"), None);
    fine(&stage, "GET", &format!("{REPO}/commits/change-3/status"), None);
    judge(&double.requests()).unwrap().assert_clean();
}

#[test]
fn an_app_is_told_what_is_described() {
    let stage = Stage::new();
    let Some(_) = judge(&[]) else { return };
    let now = stage.double.world().now().as_second();
    let app = jwt(&json!({ "iss": "7", "iat": now - 60, "exp": now + 540 }));
    let ask = |method: &str, path: &str, body: Option<Value>, header: &str| {
        let reply = stage.send(method, path, body, &[("authorization", header)]);
        assert!(reply.status < 400, "{path}: {}", reply.text);
        reply.json()
    };
    ask("GET", "/app", None, &app);
    let installation = ask("GET", &format!("{REPO}/installation"), None, &app)["id"].clone();
    let path = format!("/app/installations/{installation}/access_tokens");
    let token = ask("POST", &path, Some(json!({ "permissions": { "contents": "write" } })), &app)["token"].clone();
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    ask("GET", "/installation/repositories", None, &bearer);
    judge(&stage.double.requests()).unwrap().assert_clean();
}

#[test]
fn refusals_are_as_described_too() {
    let stage = Stage::with_pulls(1);
    let Some(_) = judge(&[]) else { return };
    stage.open("change-1");
    stage.open("nowhere");
    for path in [
        "/pulls/9",
        "/labels/none",
        "/git/ref/heads/none",
        "/branches/none",
        "/commits/0123456789/check-runs",
        "/nothing",
    ] {
        assert!(stage.get(&format!("{REPO}{path}")).status >= 400, "{path}");
    }
    stage.patch(&format!("{REPO}/issues/1"), json!({ "assignees": ["nobody"] }));
    stage.patch(&format!("{REPO}/issues/1"), json!({ "milestone": 7 }));
    stage.post(&format!("{REPO}/pulls/1/requested_reviewers"), json!({ "reviewers": ["ada"] }));
    stage.put(&format!("{REPO}/pulls/1/merge"), json!({ "sha": "0000" }));
    stage.send("GET", "/user", None, &[("authorization", "Bearer wrong")]);
    stage.double.archive(true);
    stage.open("change-1");
    let log = stage.double.take_requests();
    assert!(log.iter().skip(1).all(|exchange| exchange.status().is_some_and(|status| status >= 400)));
    let verdict = judge(&log).unwrap();
    let nowhere = |problem: &&Problem| problem.path.ends_with("/nothing");
    assert_eq!(verdict.problems.iter().filter(nowhere).count(), 1, "a route that GitHub has not");
    verdict.assert_answers_clean();
}

#[test]
fn every_answer_of_graphql_is_one_that_the_schema_allows() {
    let stage = Stage::with_pulls(2);
    let Some(_) = judge(&[]) else { return };
    furnish(&stage);
    stage.double.review(1, "bob", Verdict::Approved);
    stage.post(
        &format!("{REPO}/pulls/1/requested_reviewers"),
        json!({ "reviewers": ["bob"], "team_reviewers": ["owners"] }),
    );
    stage.patch(&format!("{REPO}/issues/1"), json!({ "labels": ["migration"], "assignees": ["bob"], "milestone": 1 }));
    let variables = json!({ "owner": "acme", "name": "connectors", "number": 1 });
    let answer = stage.graphql(EVERYTHING, variables);
    assert_eq!(answer.get("errors"), None, "{answer}");
    stage.double.world().repositories[0].protections.clear();
    let id = stage.double.pull(2).node_id();
    let input = |more: Value| {
        let mut input = json!({ "pullRequestId": id });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "input": input })
    };
    for (name, more) in [
        ("convertPullRequestToDraft", json!({})),
        ("markPullRequestReadyForReview", json!({})),
        ("updatePullRequest", json!({ "title": "New", "body": "Text" })),
        ("enablePullRequestAutoMerge", json!({ "mergeMethod": "SQUASH" })),
        ("disablePullRequestAutoMerge", json!({})),
        ("closePullRequest", json!({ "clientMutationId": "x" })),
        ("reopenPullRequest", json!({})),
    ] {
        let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
        let document = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) {{ clientMutationId pullRequest {{ number state isDraft autoMergeRequest {{ mergeMethod enabledBy {{ login }} }} }} }} }}"
        );
        let answer = stage.graphql(&document, input(more));
        assert_eq!(answer.get("errors"), None, "{name}: {answer}");
    }
    judge(&stage.double.requests()).unwrap().assert_clean();
}

/// All that the double knows to tell of a pull request.
const EVERYTHING: &str = "
query($owner: String!, $name: String!, $number: Int!) {
  viewer { login id databaseId }
  rateLimit { cost limit remaining used resetAt nodeCount }
  search(type: ISSUE, query: \"repo:acme/connectors is:pr\", first: 5) { issueCount nodes { __typename ... on PullRequest { number } } }
  repository(owner: $owner, name: $name) {
    id databaseId name nameWithOwner url isArchived isPrivate isFork viewerPermission viewerDefaultMergeMethod
    mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed autoMergeAllowed deleteBranchOnMerge
    owner { login __typename }
    defaultBranchRef { id name prefix target { oid ... on Commit { message messageHeadline committedDate authoredDate url } }
      branchProtectionRule { pattern requiresApprovingReviews requiredApprovingReviewCount requiresStatusChecks
        requiredStatusCheckContexts requiresStrictStatusChecks dismissesStaleReviews requiresLinearHistory } }
    none: ref(qualifiedName: \"refs/heads/none\") { name }
    object(expression: \"main\") { oid }
    parent { name }
    label(name: \"migration\") { name }
    labels(first: 10) { totalCount nodes { id name color description } }
    milestones(first: 10) { nodes { id number title state } }
    pullRequests(first: 1, states: [OPEN, MERGED], baseRefName: \"main\", orderBy: { field: CREATED_AT, direction: DESC }) {
      totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor } edges { cursor node { number } } nodes { number }
    }
    pullRequest(number: $number) {
      ...standing
      id databaseId number url title body isDraft closed merged headRefName headRefOid baseRefName baseRefOid
      createdAt updatedAt closedAt mergedAt isCrossRepository maintainerCanModify locked additions deletions changedFiles
      author { login } mergedBy { login } headRepositoryOwner { login } headRepository { nameWithOwner }
      baseRepository { nameWithOwner } repository { name } mergeCommit { oid } milestone { title }
      headRef { name } baseRef { name }
      labels(first: 10) { nodes { name } } assignees(first: 10) { nodes { login } }
      reviewRequests(first: 10) { nodes { asCodeOwner requestedReviewer { __typename ... on User { login } ... on Team { slug name combinedSlug } } } }
      latestReviews(first: 10) { nodes { author { login } state submittedAt } }
      latestOpinionatedReviews(first: 10) { nodes { state onBehalfOf(first: 5) { nodes { slug } } } }
      reviews(last: 10, states: [APPROVED]) { nodes { id databaseId body state authorCanPushToRepository authorAssociation commit { oid } } }
      files(first: 10) { nodes { path additions deletions changeType } }
      comments(last: 10) { nodes { id databaseId body createdAt updatedAt author { login } } }
      commits(last: 1) { nodes { commit { oid statusCheckRollup { state contexts(first: 100) {
        pageInfo { hasNextPage endCursor }
        nodes { __typename
          ... on CheckRun { id databaseId name status conclusion startedAt completedAt detailsUrl url title summary text
            isRequired(pullRequestNumber: $number) checkSuite { databaseId workflowRun { databaseId url event runNumber workflow { name } } } }
          ... on StatusContext { id context state targetUrl description createdAt isRequired(pullRequestNumber: $number) } } } } } } }
    }
  }
}
fragment standing on PullRequest {
  state mergeable mergeStateStatus reviewDecision isInMergeQueue isMergeQueueEnabled
  mergeQueueEntry { id position state enqueuedAt } autoMergeRequest { mergeMethod enabledAt }
}";

#[test]
fn the_judges_find_what_is_wrong() {
    let stage = Stage::with_pulls(1);
    let Some(_) = judge(&[]) else { return };
    stage.post(&format!("{REPO}/pulls"), json!({ "title": "T", "head": "change-1", "base": 7, "drift": true }));
    stage.get(&format!("{REPO}/pulls?per_page=many&sorted=yes"));
    stage.graphql(
        "{ repository(owner: \"acme\", name: \"connectors\") { pullRequest(number: 1) { nubmer } } }",
        Value::Null,
    );
    stage.graphql(
        "query($n: Int!) { repository(owner: \"acme\", name: \"connectors\") { pullRequest(number: $n) { id } } }",
        json!({ "n": "1", "m": 2 }),
    );
    let mut log = stage.double.take_requests();
    stage.get(&format!("{REPO}/pulls/1"));
    stage.graphql("{ viewer { login } }", Value::Null);
    let mut wrong = stage.double.take_requests();
    let answer = |exchange: &mut Exchange| exchange.response.take().unwrap();
    let mut pull = answer(&mut wrong[0]);
    pull.body["number"] = "one".into();
    pull.body.as_object_mut().unwrap().remove("head");
    wrong[0].response = Some(pull);
    let mut viewer = answer(&mut wrong[1]);
    viewer.body["data"]["viewer"]["login"] = Value::Null;
    wrong[1].response = Some(viewer);
    log.extend(wrong);
    let verdict = judge(&log).unwrap();
    let said: Vec<String> =
        verdict.problems.iter().map(|problem| format!("{:?}: {}", problem.side, problem.message)).collect();
    for expected in [
        "Request: /base must be string",
        "Request: the field drift is not described",
        "Request: the query parameter per_page=many: the body must be integer",
        "Request: the query parameter sorted is not described",
        "Request: Cannot query field \"nubmer\" on type \"PullRequest\". Did you mean \"number\"?",
        "Request: Variable \"$n\" got invalid value \"1\"",
        "Request: the variable $m is not declared",
        "Response: /number must be integer",
        "Response: the body must have required property 'head'",
        "Response: viewer.login: Cannot return null for non-nullable field User.login.",
    ] {
        assert!(said.iter().any(|message| message.starts_with(expected)), "{expected}, in {said:#?}");
    }
}
