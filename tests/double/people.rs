//! What hangs on a pull request: people, labels, checks; and what people do to it behind a client's back.

use serde_json::{Value, json};

use crate::client::{REPO, Stage};
use crate::github::checks::{After, CheckPlan};
use crate::github::model::{Method, Protection, Role, Verdict};

fn stage() -> Stage {
    let stage = Stage::with_pulls(1);
    stage.double.collaborator("bob", Role::Write);
    stage.double.team("owners", &["bob"]);
    stage
}

#[test]
fn reviewers_are_people_who_can() {
    let stage = stage();
    let ask = |reviewers: &[&str], teams: &[&str]| {
        stage.post(
            &format!("{REPO}/pulls/1/requested_reviewers"),
            json!({ "reviewers": reviewers, "team_reviewers": teams }),
        )
    };
    let author = ask(&["ada"], &[]);
    assert_eq!(
        (author.status, author.message().as_str()),
        (422, "Review cannot be requested from pull request author.")
    );
    for stranger in [ask(&["mallory"], &[]), ask(&[], &["nobody"])] {
        assert_eq!(stranger.status, 422);
        assert!(
            stranger.message().starts_with("Reviews may only be requested from collaborators."),
            "{}",
            stranger.text
        );
    }
    let good = ask(&["bob"], &["owners"]).json();
    assert_eq!(
        (&good["requested_reviewers"][0]["login"], &good["requested_teams"][0]["slug"]),
        (&json!("bob"), &json!("owners"))
    );
    stage.double.review(1, "bob", Verdict::Approved);
    assert_eq!(stage.get(&format!("{REPO}/pulls/1/requested_reviewers")).json()["users"], json!([]), "he has");
}

#[test]
fn a_label_that_is_not_there_is_made() {
    let stage = stage();
    assert_eq!(stage.get(&format!("{REPO}/labels/migration")).status, 404);
    let labels = stage.post(&format!("{REPO}/issues/1/labels"), json!({ "labels": ["migration"] })).json();
    assert_eq!((&labels[0]["name"], &labels[0]["color"]), (&json!("migration"), &json!("ededed")));
    assert_eq!(stage.get(&format!("{REPO}/labels/Migration")).status, 200, "its case does not matter");
    let again = stage.post(&format!("{REPO}/labels"), json!({ "name": "MIGRATION" }));
    assert_eq!(again.message(), "Validation Failed: name already_exists");
}

#[test]
fn what_cannot_be_assigned_changes_nothing() {
    let stage = stage();
    let path = format!("{REPO}/issues/1");
    let reply = stage.patch(&path, json!({ "assignees": ["mallory"], "labels": ["x"] }));
    assert_eq!((reply.status, reply.message().as_str()), (422, "Validation Failed: assignees invalid"));
    let reply = stage.patch(&path, json!({ "milestone": 3, "labels": ["x"] }));
    assert_eq!((reply.status, reply.message().as_str()), (422, "Validation Failed: milestone invalid"));
    assert_eq!(stage.get(&path).json()["labels"], json!([]));
    let milestone = stage.double.milestone("November");
    let good = stage.patch(&path, json!({ "assignees": ["bob"], "milestone": milestone })).json();
    assert_eq!((&good["assignees"][0]["login"], &good["milestone"]["title"]), (&json!("bob"), &json!("November")));
    let silent = stage.post(&format!("{path}/assignees"), json!({ "assignees": ["mallory"] }));
    assert_eq!((silent.status, silent.json()["assignees"].as_array().unwrap().len()), (201, 1));
}

#[test]
fn nobody_approves_their_own() {
    let stage = stage();
    let reply = stage.post(&format!("{REPO}/pulls/1/reviews"), json!({ "event": "APPROVE" }));
    assert_eq!(
        (reply.status, reply.json()["errors"][0].as_str()),
        (422, Some("Can not approve your own pull request"))
    );
}

#[test]
fn people_edit_comment_close_and_merge() {
    let stage = Stage::with_pulls(2);
    stage.double.edit(1, Some("Their title"), Some("Their text"));
    stage.double.comment(1, "bob", "Why?");
    stage.double.close(1, "bob");
    let issue = stage.get(&format!("{REPO}/issues/1")).json();
    assert_eq!(
        (&issue["title"], &issue["body"], &issue["comments"]),
        (&json!("Their title"), &json!("Their text"), &json!(1))
    );
    assert_eq!((&issue["state"], &issue["closed_by"]["login"]), (&json!("closed"), &json!("bob")));
    stage.double.reopen(1);
    stage.double.protect("main", Protection { required_approvals: 2, merge_queue: true, ..Protection::default() });
    let merged = stage.double.merge(2, "bob", Method::Squash);
    let pull = stage.get(&format!("{REPO}/pulls/2")).json();
    assert_eq!((&pull["merge_commit_sha"], &pull["merged_by"]["login"]), (&json!(merged), &json!("bob")));
}

#[test]
fn a_push_dismisses_approvals_where_the_rules_say_so() {
    let stage = stage();
    let rules = Protection { required_approvals: 1, dismiss_stale_reviews: true, ..Protection::default() };
    stage.double.protect("main", rules);
    stage.double.review(1, "bob", Verdict::Approved);
    stage.double.push("change-1", "ada", "file-1", "again\n");
    let reviews = stage.get(&format!("{REPO}/pulls/1/reviews")).json();
    assert_eq!(reviews[0]["state"], "DISMISSED");
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).status, 405);
}

fn runs(stage: &Stage, query: &str) -> Vec<Value> {
    let answer = stage.get(&format!("{REPO}/commits/change-1/check-runs{query}")).json();
    answer["check_runs"].as_array().unwrap().clone()
}

#[test]
fn a_flaky_check_passes_when_it_is_run_again() {
    let stage = stage();
    stage.double.set_checks_of(1, [CheckPlan::flaky("test"), CheckPlan::new("lint")]);
    assert_eq!(
        stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).message(),
        "Required status check \"test\" is failing."
    );
    let failed = runs(&stage, "?check_name=test")[0].clone();
    let log = stage.get(&format!("{REPO}/actions/jobs/{}/logs", failed["id"]));
    let to = log.header("location").strip_prefix(&stage.double.api()).unwrap().to_owned();
    assert_eq!((log.status, stage.get(&to).text.as_str()), (302, "flaked\n"));
    let sha = stage.double.pull(1).head;
    let list = stage.get(&format!("{REPO}/actions/runs?head_sha={sha}")).json();
    let id = &list["workflow_runs"][0]["id"];
    assert_eq!((&list["total_count"], &list["workflow_runs"][0]["conclusion"]), (&json!(1), &json!("failure")));
    let again = format!("{REPO}/actions/runs/{id}/rerun-failed-jobs");
    assert_eq!(stage.post(&again, json!({})).status, 201);
    let now = runs(&stage, "?check_name=test");
    assert_eq!((now.len(), &now[0]["conclusion"]), (1, &json!("success")));
    assert_ne!(now[0]["id"], failed["id"]);
    assert_eq!(runs(&stage, "?filter=all").len(), 3, "former attempts are kept");
    assert_eq!(stage.post(&again, json!({})).message(), "This workflow run has no failed jobs");
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).status, 200);
}

#[test]
fn checks_take_their_time() {
    let stage = stage();
    let plans =
        [CheckPlan::new("fast").after(After::Seconds(60)), CheckPlan::new("never").after(After::Never).optional()];
    stage.double.set_checks_of(1, plans);
    assert!(runs(&stage, "").iter().all(|run| run["status"] == "in_progress" && run["conclusion"].is_null()));
    assert_eq!(
        stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).message(),
        "Required status check \"fast\" is pending."
    );
    stage.double.advance(std::time::Duration::from_mins(1));
    let done: Vec<_> = runs(&stage, "").iter().map(|run| run["status"].clone()).collect();
    assert_eq!(done, ["completed", "in_progress"]);
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).status, 200);
}

#[test]
fn a_new_head_has_new_checks_and_one_that_asks_for_none_has_none() {
    let stage = stage();
    stage.double.set_checks([CheckPlan::new("test"), CheckPlan::new("status").by_status()]);
    assert!(runs(&stage, "").is_empty(), "it was there before");
    stage.double.push("change-1", "ada", "file-1", "more\n");
    assert_eq!(runs(&stage, "").len(), 1);
    let tree = stage.git(&["rev-parse", "change-1^{tree}"]);
    let commit = stage.git(&[
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.com",
        "commit-tree",
        &tree,
        "-p",
        "change-1",
        "-m",
        "More [skip ci]",
    ]);
    stage.git(&["update-ref", "refs/heads/change-1", &commit]);
    assert!(runs(&stage, "").is_empty());
    let combined = stage.get(&format!("{REPO}/commits/{commit}/status")).json();
    assert_eq!(
        (&combined["state"], &combined["total_count"]),
        (&json!("success"), &json!(1)),
        "statuses are not workflows"
    );
}

#[test]
fn a_check_that_is_not_for_drafts_comes_when_it_is_ready() {
    let stage = Stage::new();
    stage.branches(1);
    stage.double.set_checks([CheckPlan::new("test").ready_only()]);
    let body = json!({ "title": "T", "head": "change-1", "base": "main", "draft": true });
    let id = stage.post(&format!("{REPO}/pulls"), body).json()["node_id"].clone();
    assert!(runs(&stage, "").is_empty());
    let ready =
        "mutation($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { clientMutationId } }";
    stage.graphql(ready, json!({ "id": id }));
    assert_eq!(runs(&stage, "").len(), 1);
}

#[test]
fn what_merges_by_itself_does_when_it_may() {
    let stage = stage();
    stage.double.protect("main", Protection { required_approvals: 1, ..Protection::default() });
    let enable = "mutation($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: SQUASH }) { clientMutationId } }";
    let answer = stage.graphql(enable, json!({ "id": stage.double.pull(1).node_id() }));
    assert_eq!(answer.get("errors"), None, "{answer}");
    assert_eq!(stage.get(&format!("{REPO}/pulls/1")).json()["state"], "open");
    stage.double.review(1, "bob", Verdict::Approved);
    assert_eq!(stage.get(&format!("{REPO}/pulls/1")).json()["merged"], true);
}

#[test]
fn a_merged_branch_is_deleted_where_the_repository_says_so() {
    let stage = stage();
    stage.double.world().repositories[0].delete_branch_on_merge = true;
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).status, 200);
    assert_eq!(stage.git(&["branch", "--list", "change-1"]), "");
    assert_eq!(stage.get(&format!("{REPO}/pulls/1")).json()["merged"], true);
}

#[test]
fn a_head_that_is_behind_is_brought_up_to_date() {
    let stage = stage();
    stage.double.protect("main", Protection { strict: true, ..Protection::default() });
    stage.double.push("main", "bob", "other", "file\n");
    let words = "Head branch is out of date. Review and try the merge again.";
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).message(), words);
    let update = format!("{REPO}/pulls/1/update-branch");
    assert_eq!(stage.put(&update, json!({ "expected_head_sha": "0000" })).status, 422);
    assert_eq!(stage.put(&update, json!({})).status, 202);
    assert_eq!(stage.git(&["show", "change-1:other"]), "file");
    assert_eq!(stage.put(&update, json!({})).message(), "There are no new commits on the base branch.");
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).status, 200);
}
