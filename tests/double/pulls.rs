//! Pull requests through REST: opened, listed, changed, merged, and refused as GitHub refuses.

use serde_json::{Value, json};

use crate::client::{REPO, Stage};
use crate::github::model::{Method, Protection, Role, Verdict};

#[test]
fn a_pull_request_is_opened_once_for_a_branch() {
    let stage = Stage::with_pulls(1);
    let again = stage.open("change-1");
    assert_eq!(
        (again.status, again.message().as_str()),
        (422, "Validation Failed: A pull request already exists for acme:change-1.")
    );
}

#[test]
fn a_branch_that_is_not_there_cannot_be_opened() {
    let stage = Stage::new();
    assert_eq!(stage.open("nowhere").message(), "Validation Failed: head invalid");
    let reply = stage.post(&format!("{REPO}/pulls"), json!({ "title": "T", "head": "main", "base": "gone" }));
    assert_eq!((reply.status, reply.message().as_str()), (422, "Validation Failed: base invalid"));
}

#[test]
fn nothing_to_merge_cannot_be_opened() {
    let stage = Stage::new();
    stage.git(&["branch", "same", "main"]);
    assert_eq!(stage.open("same").message(), "Validation Failed: No commits between main and same");
}

#[test]
fn a_list_is_found_by_its_head_and_told_in_pages() {
    let stage = Stage::with_pulls(7);
    let found = stage.get(&format!("{REPO}/pulls?head=acme:change-3&state=all")).json();
    assert_eq!(numbers(&found), [3]);
    let page = stage.get(&format!("{REPO}/pulls?per_page=3&page=2"));
    assert_eq!(numbers(&page.json()), [4, 3, 2]);
    let at = format!("{}{REPO}/pulls?per_page=3&page=", stage.double.api());
    assert_eq!(
        page.header("link"),
        format!("<{at}1>; rel=\"prev\", <{at}3>; rel=\"next\", <{at}3>; rel=\"last\", <{at}1>; rel=\"first\"")
    );
}

fn numbers(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|pull| pull["number"].as_u64().unwrap()).collect()
}

#[test]
fn each_method_merges_in_the_repository() {
    let stage = Stage::with_pulls(3);
    for (number, method, parents) in [(1, "merge", 2), (2, "squash", 1), (3, "rebase", 1)] {
        let reply = stage.put(&format!("{REPO}/pulls/{number}/merge"), json!({ "merge_method": method }));
        assert_eq!(reply.status, 200, "{}", reply.text);
        let sha = reply.json()["sha"].as_str().unwrap().to_owned();
        assert_eq!(stage.git(&["rev-parse", "main"]), sha, "{method} moves the base");
        assert_eq!(stage.git(&["show", "-s", "--format=%P", "main"]).split(' ').count(), parents, "{method}");
        assert_eq!(stage.git(&["show", &format!("main:file-{number}")]), number.to_string());
        assert_eq!(stage.get(&format!("{REPO}/pulls/{number}")).json()["merged"], true);
    }
}

#[test]
fn what_is_merged_cannot_be_merged_again() {
    let stage = Stage::with_pulls(1);
    stage.put(&format!("{REPO}/pulls/1/merge"), json!({}));
    let again = stage.put(&format!("{REPO}/pulls/1/merge"), json!({}));
    assert_eq!((again.status, again.message().as_str()), (405, "Pull Request is not mergeable"));
}

#[test]
fn a_head_that_moved_is_not_merged_by_its_old_name() {
    let stage = Stage::with_pulls(1);
    let before = stage.double.pull(1).head;
    let pushed = stage.double.push("change-1", "bob", "file-1", "more\n");
    let reply = stage.put(&format!("{REPO}/pulls/1/merge"), json!({ "sha": before }));
    assert_eq!(
        (reply.status, reply.message().as_str()),
        (409, "Head branch was modified. Review and try the merge again.")
    );
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({ "sha": pushed })).status, 200);
}

#[test]
fn a_conflict_is_told_and_not_merged() {
    let stage = Stage::new();
    stage.double.push("one", "bob", "README.md", "one\n");
    stage.double.push("two", "bob", "README.md", "two\n");
    stage.open("one");
    assert_eq!(stage.open("two").json()["mergeable"], Value::Null, "GitHub computes it when asked");
    assert_eq!(stage.get(&format!("{REPO}/pulls/2")).json()["mergeable"], true);
    stage.double.merge(1, "bob", Method::Merge);
    assert_eq!(stage.get(&format!("{REPO}/pulls/2")).json()["mergeable"], Value::Null, "the base has moved");
    let now = stage.get(&format!("{REPO}/pulls/2")).json();
    assert_eq!((&now["mergeable"], &now["mergeable_state"]), (&json!(false), &json!("dirty")));
    assert_eq!(stage.put(&format!("{REPO}/pulls/2/merge"), json!({})).status, 405);
}

#[test]
fn a_draft_and_a_method_that_is_not_allowed_are_not_merged() {
    let stage = Stage::with_pulls(1);
    stage.double.allow_methods(&[Method::Squash]);
    let reply = stage.put(&format!("{REPO}/pulls/1/merge"), json!({ "merge_method": "merge" }));
    assert_eq!((reply.status, reply.message().as_str()), (405, "Merge commits are not allowed on this repository."));
    stage.branches(2);
    stage.post(&format!("{REPO}/pulls"), json!({ "title": "T", "head": "change-2", "base": "main", "draft": true }));
    let reply = stage.put(&format!("{REPO}/pulls/2/merge"), json!({ "merge_method": "squash" }));
    assert_eq!((reply.status, reply.message().as_str()), (405, "Pull Request is still a draft"));
}

#[test]
fn the_rules_of_the_base_are_kept() {
    let stage = Stage::with_pulls(1);
    stage.double.collaborator("bob", Role::Write);
    stage.double.protect("main", Protection { required_approvals: 1, ..Protection::default() });
    let reply = stage.put(&format!("{REPO}/pulls/1/merge"), json!({}));
    let words = "At least 1 approving review is required by reviewers with write access.";
    assert_eq!((reply.status, reply.message().as_str()), (405, words));
    stage.double.review(1, "mallory", Verdict::Approved);
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).status, 405, "a stranger's word does not count");
    stage.double.review(1, "bob", Verdict::Approved);
    assert_eq!(stage.put(&format!("{REPO}/pulls/1/merge"), json!({})).status, 200);
}

#[test]
fn a_pull_request_follows_its_branches() {
    let stage = Stage::with_pulls(3);
    let sha = stage.double.push("change-1", "bob", "file-1", "pushed\n");
    assert_eq!(stage.get(&format!("{REPO}/pulls/1")).json()["head"]["sha"], sha.as_str());
    stage.git(&["branch", "-D", "change-2"]);
    let second = stage.get(&format!("{REPO}/pulls/2")).json();
    assert_eq!((&second["state"], &second["merged"]), (&json!("closed"), &json!(false)), "its branch is gone");
    stage.git(&["update-ref", "refs/heads/main", "change-3"]);
    let third = stage.get(&format!("{REPO}/pulls/3")).json();
    assert_eq!((&third["state"], &third["merged"]), (&json!("closed"), &json!(true)), "its head is in the base");
}

#[test]
fn a_closed_one_is_opened_again_while_its_branch_is_there() {
    let stage = Stage::with_pulls(1);
    let path = format!("{REPO}/pulls/1");
    assert_eq!(stage.patch(&path, json!({ "state": "closed" })).json()["state"], "closed");
    assert_eq!(stage.open("change-1").status, 201, "a closed one does not stand in the way");
    assert_eq!(stage.patch(&path, json!({ "state": "open" })).status, 422, "but an open one does");
    stage.patch(&format!("{REPO}/pulls/2"), json!({ "state": "closed" }));
    assert_eq!(stage.patch(&path, json!({ "state": "open" })).json()["state"], "open");
    stage.patch(&path, json!({ "state": "closed" }));
    stage.double.delete_branch("change-1");
    let reply = stage.patch(&path, json!({ "state": "open" }));
    assert_eq!(reply.message(), "Validation Failed: state cannot be changed. The change-1 branch has been deleted.");
}
