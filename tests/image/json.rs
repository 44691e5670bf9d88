//! `http.get-json`, against a server of our own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use cutover::action::{Outside, find};
use cutover::event::{Failure, FailureClass, StepResult};
use cutover::image::{DockerConfig, Lock, Resolver};
use cutover::web::Web;
use serde_json::{Value, json};

use super::double::{Double, Reply, limits};

fn outside() -> Outside {
    let web = Arc::new(Web::new(limits()));
    Outside { images: Resolver::new(Arc::clone(&web), DockerConfig::default(), Lock::default()), web }
}

async fn read(outside: &Outside, with: Value) -> Result<StepResult, Failure> {
    let cutover::action::Deed::Resolve(resolve) = &find("http.get-json").unwrap().deed else { panic!("no question") };
    resolve.answer(&resolve.question(&with)?, outside, 1).await
}

#[tokio::test]
async fn a_value_is_read_once_however_many_ask() {
    let double = Double::start(|_, _| Reply::json(200, &json!({ "python": { "latest": "4.0.0" } }))).await;
    let outside = outside();
    let with = |path: &str| json!({ "url": double.url("/releases.json"), "path": path });
    let result = read(&outside, with("python.latest")).await.unwrap();
    assert_eq!(result.outputs, BTreeMap::from([("value".to_owned(), json!("4.0.0"))]));
    let whole = read(&outside, json!({ "url": double.url("/releases.json") })).await.unwrap();
    assert_eq!(whole.outputs["value"], json!({ "python": { "latest": "4.0.0" } }));
    assert_eq!(read(&outside, with("python.lowest")).await.unwrap_err().class, FailureClass::Expression);
    assert_eq!(double.lines(), ["GET /releases.json"]);
}

#[tokio::test]
async fn what_is_no_document_is_told_with_its_class_and_what_to_do() {
    let double = Double::start(|asked, _| match asked.path.as_str() {
        "/html" => Reply::new(200, "text/html", "<html>"),
        "/half" => Reply::new(200, "application/json", "{"),
        "/large" => Reply::new(200, "application/json", format!("\"{}\"", "x".repeat(2 << 20))),
        "/private" => Reply::new(403, "text/plain", "no"),
        "/limited" => Reply::new(429, "text/plain", "no").header("retry-after", "30"),
        "/down" => Reply::new(500, "text/plain", "no"),
        "/around" => Reply::new(302, "", "").header("location", "/around"),
        _ => Reply::new(404, "text/plain", "no"),
    })
    .await;
    let outside = outside();
    let mut told = String::new();
    let local =
        ["/html", "/half", "/large", "/private", "/limited", "/down", "/around", "/none"].map(|path| double.url(path));
    let others = ["http://example.com/x", "file:///etc/passwd", "https://me:secret@example.com/", "nonsense"];
    for url in local.iter().map(String::as_str).chain(others) {
        let failure = read(&outside, json!({ "url": url })).await.unwrap_err();
        let _ = writeln!(told, "{}: {failure}\n  {}", failure.class, failure.hint.as_deref().unwrap());
    }
    insta::assert_snapshot!(told.replace(&double.host, "HOST"));
}

#[tokio::test]
async fn headers_are_sent_and_not_to_where_one_is_redirected() {
    let other = Double::start(|_, _| Reply::json(200, &json!(1))).await;
    let target = other.url("/there");
    let double = Double::start(move |_, _| Reply::new(302, "", "").header("location", target.clone())).await;
    let with = json!({ "url": double.url("/here"), "headers": { "Authorization": "Bearer x" } });
    assert_eq!(read(&outside(), with).await.unwrap().outputs["value"], 1);
    assert_eq!(double.log()[0].authorization.as_deref(), Some("Bearer x"));
    assert_eq!(other.log()[0].authorization, None);
}
