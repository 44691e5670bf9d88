//! Answers that the double does not give: pages of proxies, single sign-on, scopes that some fields need, and logs on
//! another host. A server that says what it is told to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse as _, Response};
use cutover::forge::{Check, CheckState, Forge, ForgeError, GitHubForge, GitHubSettings};
use serde_json::json;

use crate::stage::{Stage, log, said, wanted};

/// A request, as far as it matters here: method, path, body, and whether a token came with it.
type Asked = (Method, String, String, bool);

type Says = Arc<dyn Fn(&Asked) -> Response + Send + Sync>;

/// A server on the loopback, and what it was asked.
struct Odd {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Odd {
    fn new(stage: &Stage, says: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let state: (Says, Arc<Mutex<Vec<Asked>>>) = (Arc::new(says), Arc::clone(&asked));
        let app = Router::new().fallback(answer).with_state(state);
        let url = stage.wait(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(async move { axum::serve(listener, app).await });
            url
        });
        Self { url, asked }
    }

    fn forge(&self, stage: &Stage) -> GitHubForge {
        GitHubForge::new(GitHubSettings { api_url: self.url.clone(), ..stage.settings() }).unwrap()
    }

    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

async fn answer(
    State((says, log)): State<(Says, Arc<Mutex<Vec<Asked>>>)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    let asked = (method, uri.path().to_owned(), body, headers.contains_key("authorization"));
    let response = says(&asked);
    log.lock().unwrap().push(asked);
    response
}

fn graphql(value: serde_json::Value) -> Response {
    axum::Json(value).into_response()
}

fn error(kind: &str, message: &str) -> Response {
    graphql(json!({ "errors": [{ "type": kind, "message": message }] }))
}

#[test]
fn what_is_not_github_is_said_to_be_something_else() {
    let stage = Stage::new(0);
    let proxy = Odd::new(&stage, |_| axum::response::Html("<html><body>Please sign in</body></html>").into_response());
    let told = said(&stage.wait(proxy.forge(&stage).get(1)).unwrap_err()).replace(&proxy.url[7..], "HOST");
    let sso = Odd::new(&stage, |_| {
        let header = [("x-github-sso", "required; url=https://github.com/orgs/acme/sso?authorization_request=A")];
        let body = json!({ "message": "Resource protected by organization SAML enforcement." });
        (axum::http::StatusCode::FORBIDDEN, header, axum::Json(body)).into_response()
    });
    let single = said(&stage.wait(sso.forge(&stage).get(1)).unwrap_err());
    let scopeless = Odd::new(&stage, |_| {
        error("INSUFFICIENT_SCOPES", "Your token has not been granted the required scopes to execute this query.")
    });
    let scopes = said(&stage.wait(scopeless.forge(&stage).get(1)).unwrap_err());
    insta::assert_snapshot!([told, single, scopes].join("\n"), @r"
    something that is not GitHub's interface answers at HOST (status 200): <html><body>Please sign in</body></html>
      A proxy or a sign-in page stands in between: look at the network.
    the token in GITHUB_TOKEN is not authorised for the single sign-on of the organisation
      Authorise it at https://github.com/orgs/acme/sso?authorization_request=A, then resume.
    the token in GITHUB_TOKEN may not do this: Your token has not been granted the required scopes to execute this query.
      It needs read access to the repository (a classic token: the scope `repo`). Give it that, then resume.
    ");
}

#[test]
fn a_token_without_the_scope_for_teams_is_asked_for_less() {
    let stage = Stage::new(0);
    let odd = Odd::new(&stage, |(_, _, body, _)| {
        if body.contains("slug") || body.contains("combinedSlug") {
            return error(
                "INSUFFICIENT_SCOPES",
                "Your token has not been granted the required scopes to execute this query. The 'slug' field requires \
                 one of the following scopes: ['read:org', 'read:discussion'], but your token has only been granted \
                 the: ['repo'] scopes.",
            );
        }
        graphql(json!({ "data": { "repository": { "q0": {
            "id": "PR_1", "number": 1, "url": "u", "state": "OPEN", "isDraft": false, "title": "t", "body": null,
            "headRefName": "h", "baseRefName": "b", "mergeable": "MERGEABLE", "mergeStateStatus": "CLEAN",
        } } } }))
    });
    let forge = odd.forge(&stage);
    assert_eq!(stage.wait(forge.standing(1)).unwrap().pull_request.number, 1);
    assert_eq!(odd.asked().len(), 2);
    stage.wait(forge.standing(1)).unwrap();
    assert_eq!(odd.asked().len(), 1, "and is not asked for more again");
}

#[test]
fn a_question_that_is_too_much_for_the_server_is_asked_in_halves() {
    let stage = Stage::new(0);
    let odd = Odd::new(&stage, |(_, _, body, _)| {
        let count = body.matches(": pullRequest(number").count();
        if count > 10 {
            return error("", "Something went wrong while executing your query. This may be the result of a timeout.");
        }
        let number =
            |alias: &str| alias.split("number: ").nth(1).unwrap().split(')').next().unwrap().parse::<u64>().unwrap();
        let nodes = body.split(": pullRequest(").skip(1).enumerate().map(|(index, alias)| {
            let node = json!({ "id": "PR", "number": number(alias), "url": "u", "state": "OPEN", "isDraft": false,
                "title": "t", "headRefName": "h", "baseRefName": "b" });
            (format!("q{index}"), node)
        });
        graphql(json!({ "data": { "repository": nodes.collect::<serde_json::Map<_, _>>() } }))
    });
    let forge = Arc::new(odd.forge(&stage));
    stage.wait(async {
        let mut set = tokio::task::JoinSet::new();
        for number in 1..=40 {
            let forge = Arc::clone(&forge);
            set.spawn(async move { assert_eq!(forge.get(number).await.unwrap().number, number) });
        }
        while let Some(done) = set.join_next().await {
            done.unwrap();
        }
    });
}

#[test]
fn a_log_is_fetched_from_where_it_lies_without_the_token() {
    let stage = Stage::new(0);
    let shelf = Odd::new(&stage, |_| log(20_000).into_response());
    let target = format!("{}/log", shelf.url);
    let odd =
        Odd::new(&stage, move |_| (axum::http::StatusCode::FOUND, [("location", target.clone())]).into_response());
    let check =
        Check { id: "job/7/9".to_owned(), name: "ci".to_owned(), state: CheckState::Failed, required: true, url: None };
    let lines = stage.wait(odd.forge(&stage).check_log(&check)).unwrap();
    assert_eq!((lines.len(), lines[39].as_str()), (40, "line 19999"));
    let (at_github, at_shelf) = (odd.asked(), shelf.asked());
    assert!(at_github[0].3, "GitHub is told who asks");
    assert!(!at_shelf[0].3, "nobody else is");
}

#[test]
fn a_write_is_never_redirected() {
    let stage = Stage::new(1);
    let odd = Odd::new(&stage, |(method, path, _, _)| match (method, path.as_str()) {
        (&Method::POST, "/graphql") => graphql(json!({ "data": {
            "viewer": { "login": "ada" },
            "repository": { "nameWithOwner": "acme/connectors", "mergeCommitAllowed": true,
                "squashMergeAllowed": true, "rebaseMergeAllowed": true },
        } })),
        (&Method::GET, "/repos/acme/connectors") => {
            (axum::http::StatusCode::MOVED_PERMANENTLY, [("location", "/repositories/7")]).into_response()
        }
        (&Method::GET, "/repositories/7") => axum::Json(json!({ "full_name": "acme/sources" })).into_response(),
        _ => {
            let status = axum::http::StatusCode::TEMPORARY_REDIRECT;
            (status, [("location", "/repositories/7/pulls")]).into_response()
        }
    });
    let error = stage.try_open(&odd.forge(&stage), &wanted(1)).unwrap_err();
    assert!(matches!(&error, ForgeError::GitHub(_)), "{error}");
    assert_eq!(error.to_string(), "the repository acme/connectors is called acme/sources now");
    let posts: Vec<Asked> =
        odd.asked().into_iter().filter(|asked| asked.0 == Method::POST && asked.1 != "/graphql").collect();
    assert_eq!(posts.len(), 1, "{posts:?}");
}

/// A server whose certificate it has signed itself, by OpenSSL.
struct SelfSigned(std::process::Child);

impl SelfSigned {
    fn start(directory: &std::path::Path, port: u16) -> Option<Self> {
        let (key, certificate) = (directory.join("key.pem"), directory.join("certificate.pem"));
        let openssl = |arguments: &[&str]| {
            let mut command = std::process::Command::new("openssl");
            command.args(arguments).arg("-keyout").arg(&key).arg("-out").arg(&certificate);
            command.stderr(std::process::Stdio::null()).status().is_ok_and(|status| status.success())
        };
        let made = openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ]);
        let mut server = std::process::Command::new("openssl");
        server
            .args(["s_server", "-quiet", "-accept", &port.to_string(), "-key"])
            .arg(&key)
            .arg("-cert")
            .arg(&certificate);
        let server = server.stdin(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        made.then(|| server.spawn().ok().map(Self)).flatten()
    }
}

impl Drop for SelfSigned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let stage = Stage::new(0);
    let scratch = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(_server) = SelfSigned::start(scratch.path(), port) else {
        println!("skipped: a_certificate_that_nobody_vouches_for_is_not_trusted needs openssl");
        return;
    };
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let api_url = format!("https://127.0.0.1:{port}/api/v3");
    let forge = GitHubForge::new(GitHubSettings { api_url, ..stage.settings() }).unwrap();
    let told = said(&stage.wait(forge.get(1)).unwrap_err()).replace(&format!("127.0.0.1:{port}"), "HOST");
    assert!(told.starts_with("the connection to HOST cannot be trusted: "), "{told}");
    assert!(told.contains("ertificate"), "it says what to do about the certificate: {told}");
}
