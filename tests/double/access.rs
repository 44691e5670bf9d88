//! Who may do what: tokens of each kind, their ends, budgets, and repositories that were moved or closed down.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::client::{REPO, Reply, Stage};
use crate::github::TOKEN;
use crate::github::access::Token;
use crate::github::model::Role;

/// A wish of somebody with this token to open a pull request for `change-1`.
fn open_as(stage: &Stage, secret: &str) -> Reply {
    let body = json!({ "title": "T", "head": "change-1", "base": "main" });
    stage.send("POST", &format!("{REPO}/pulls"), Some(body), &[("authorization", &format!("Bearer {secret}"))])
}

fn with_branch() -> Stage {
    let stage = Stage::new();
    stage.branches(1);
    stage
}

#[test]
fn a_wrong_token_is_told_so_even_where_nobody_needs_one() {
    let stage = Stage::new();
    for path in ["/user", REPO] {
        let reply = stage.send("GET", path, None, &[("authorization", "Bearer ghp_wrong")]);
        assert_eq!((reply.status, reply.message().as_str()), (401, "Bad credentials"), "{path}");
    }
    let anonymous = stage.send("GET", REPO, None, &[("authorization", "")]);
    assert_eq!((anonymous.status, anonymous.header("x-ratelimit-limit")), (200, "60"));
    let write = stage.send("POST", &format!("{REPO}/labels"), Some(json!({ "name": "x" })), &[("authorization", "")]);
    assert_eq!((write.status, write.message().as_str()), (401, "Requires authentication"));
}

#[test]
fn a_token_is_taken_in_each_manner() {
    let stage = Stage::new();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{TOKEN}"));
    for header in [format!("token {TOKEN}"), format!("Bearer {TOKEN}"), format!("Basic {basic}")] {
        assert_eq!(stage.send("GET", "/user", None, &[("authorization", &header)]).json()["login"], "ada", "{header}");
    }
}

#[test]
fn a_token_ends() {
    let stage = Stage::new();
    stage.double.expire(TOKEN, Duration::from_hours(1));
    assert_eq!(stage.get("/user").status, 200);
    stage.double.advance(Duration::from_hours(1));
    assert_eq!(stage.get("/user").message(), "Bad credentials");
}

#[test]
fn a_classic_token_names_its_scopes_and_hides_what_they_do_not_reach() {
    let stage = with_branch();
    assert_eq!(stage.get("/user").header("x-oauth-scopes"), "read:org, repo, workflow");
    stage.double.grant("ghp_none", Token::classic("bob", &[]), Role::Write);
    let reply = open_as(&stage, "ghp_none");
    assert_eq!((reply.status, reply.message().as_str(), reply.header("x-oauth-scopes")), (404, "Not Found", ""));
}

#[test]
fn a_fine_grained_token_is_told_what_it_lacks() {
    let stage = with_branch();
    stage.double.grant("github_pat_1", Token::fine_grained("bob", &[("contents", "write")]), Role::Write);
    let reply = open_as(&stage, "github_pat_1");
    assert_eq!((reply.status, reply.message().as_str()), (403, "Resource not accessible by personal access token"));
    assert_eq!(reply.header("x-accepted-github-permissions"), "pull_requests=write");
    stage.double.grant("github_pat_2", Token::fine_grained("bob", &[("pull_requests", "write")]), Role::Write);
    assert_eq!(open_as(&stage, "github_pat_2").status, 201);
}

#[test]
fn a_reader_may_not_merge() {
    let stage = Stage::with_pulls(1);
    stage.double.grant("ghp_reader", Token::classic("eve", &["repo"]), Role::Read);
    let reply =
        stage.send("PUT", &format!("{REPO}/pulls/1/merge"), Some(json!({})), &[("authorization", "Bearer ghp_reader")]);
    assert_eq!((reply.status, reply.message().as_str()), (403, "Must have admin rights to Repository."));
}

#[test]
fn what_is_private_is_not_there_for_strangers() {
    let stage = Stage::new();
    stage.double.world().repositories[0].private = true;
    assert_eq!(stage.get(REPO).status, 200);
    stage.double.world().add_token("ghp_stranger", Token::classic("eve", &["repo"]));
    assert_eq!(stage.send("GET", REPO, None, &[("authorization", "Bearer ghp_stranger")]).status, 404);
}

/// A JWT as an app signs it; nobody here looks at the signature.
pub(crate) fn jwt(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("Bearer {}.{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(claims), "c2lnbmVk")
}

#[test]
fn an_app_gets_tokens_that_end() {
    let stage = with_branch();
    let now = stage.double.world().now().as_second();
    let path = "/app/installations/42/access_tokens";
    let ask = |header: &str| stage.send("POST", path, Some(json!({})), &[("authorization", header)]);
    let good = ask(&jwt(&json!({ "iss": "7", "iat": now - 60, "exp": now + 540 })));
    assert_eq!(good.status, 201, "{}", good.text);
    let token = good.json()["token"].as_str().unwrap().to_owned();
    let opened = open_as(&stage, &token);
    assert_eq!(opened.json()["user"]["login"], "cutover[bot]");
    assert_eq!(opened.json()["user"]["type"], "Bot");
    stage.double.advance(Duration::from_hours(1));
    assert_eq!(open_as(&stage, &token).message(), "Bad credentials");
}

#[test]
fn an_apps_own_token_is_looked_at() {
    let stage = Stage::new();
    let now = stage.double.world().now().as_second();
    for (claims, says) in [
        (
            json!({ "iss": "7", "iat": now, "exp": now + 3600 }),
            "'Expiration time' claim ('exp') is too far in the future",
        ),
        (json!({ "iat": now, "exp": now + 60 }), "'Issuer' claim ('iss') must be an Integer or a String"),
    ] {
        let reply = stage.send("GET", "/app", None, &[("authorization", &jwt(&claims))]);
        assert_eq!((reply.status, reply.message().as_str()), (401, says));
    }
    let reply = stage.post("/app/installations/42/access_tokens", json!({}));
    assert_eq!((reply.status, reply.message().as_str()), (401, "A JSON web token could not be decoded"));
}

#[test]
fn an_archived_repository_is_only_read() {
    let stage = with_branch();
    stage.double.archive(true);
    assert_eq!(stage.get(REPO).json()["archived"], true);
    let reply = stage.open("change-1");
    assert_eq!((reply.status, reply.message().as_str()), (403, "Repository was archived so is read-only."));
}

#[test]
fn an_old_name_leads_to_the_new() {
    let stage = with_branch();
    stage.double.rename("adapters");
    let id = stage.double.world().repositories[0].id;
    let read = stage.get(&format!("{REPO}/pulls?state=all"));
    let to = format!("{}/repositories/{id}/pulls?state=all", stage.double.api());
    assert_eq!((read.status, read.header("location")), (301, to.as_str()));
    assert_eq!(stage.open("change-1").status, 307, "a write is to be sent again as it is");
    let query = "{ repository(owner: \"acme\", name: \"connectors\") { nameWithOwner } }";
    assert_eq!(stage.graphql(query, Value::Null)["data"]["repository"]["nameWithOwner"], "acme/adapters");
}

#[test]
fn a_budget_is_told_and_ends() {
    let stage = Stage::new();
    stage.double.world().limits.core = 2;
    assert_eq!(stage.get(REPO).header("x-ratelimit-remaining"), "1");
    let tag = stage.get(REPO).header("etag").to_owned();
    let over = stage.get(REPO);
    assert_eq!((over.status, over.header("x-ratelimit-remaining")), (403, "0"));
    assert!(over.message().starts_with("API rate limit exceeded for user ID "), "{}", over.text);
    assert_eq!(stage.get("/rate_limit").json()["resources"]["core"]["remaining"], 0, "asking for it costs nothing");
    stage.double.advance(Duration::from_hours(1));
    let unchanged = stage.send("GET", REPO, None, &[("if-none-match", &tag)]);
    assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""));
    assert_eq!(unchanged.header("x-ratelimit-remaining"), "2", "nor does what has not changed");
}

#[test]
fn whoever_creates_too_quickly_is_stopped_and_told_for_how_long() {
    let stage = Stage::with_pulls(1);
    stage.double.limit_content(2, 3);
    let path = format!("{REPO}/issues/1/comments");
    let write = || stage.post(&path, json!({ "body": "Text" }));
    assert_eq!([write().status, write().status], [201, 201]);
    let stopped = write();
    assert_eq!(stopped.status, 403);
    assert!(stopped.message().starts_with("You have exceeded a secondary rate limit"), "{}", stopped.text);
    let wait: u64 = stopped.header("retry-after").parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    assert_eq!(stage.get(REPO).status, 200, "reading goes on");
    stage.double.advance(Duration::from_mins(1));
    assert_eq!([write().status, write().status], [201, 403], "now the hour's limit is reached");
    assert_eq!(stage.double.too_early(), 2);
}

#[test]
fn the_clock_may_run_faster() {
    let stage = Stage::new();
    stage.double.run_clock_at(3600.0);
    let before = stage.double.world().now();
    std::thread::sleep(Duration::from_millis(50));
    assert!((60..7200).contains(&stage.double.world().now().duration_since(before).as_secs()));
}

#[test]
fn nobody_who_does_not_say_who_they_are_is_answered() {
    let stage = Stage::new();
    assert_eq!(stage.send("GET", REPO, None, &[("user-agent", "")]).status, 403);
}
