//! What registries on the internet do: pages, limits, moods, and answers that are none.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cutover::image::{ImageErrorClass, Query};
use serde_json::json;

use super::debian::digest;
use super::double::{Asked, Double, Reply, query, resolve, resolver, told};

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// What is wrong, what class of failure that is, and what the registry answers.
type Fault = (&'static str, ImageErrorClass, fn() -> Reply);

fn is_list(asked: &Asked) -> bool {
    asked.path.contains("/tags/list")
}

fn tags(tags: &[&str]) -> Reply {
    Reply::json(200, &json!({ "name": "a/base", "tags": tags }))
}

/// A registry whose first answers are these, and which then works.
async fn after(replies: Vec<fn() -> Reply>) -> Double {
    Double::start(move |asked, number| match replies.get(number) {
        Some(reply) => reply(),
        None if is_list(asked) => tags(&["1.0.0"]),
        None => Reply::manifest(DIGEST),
    })
    .await
}

#[tokio::test]
async fn every_page_of_tags_is_read() {
    let double = Double::start(|asked, _| {
        let page = |these: &[&str], next: &str| tags(these).header("link", format!("<{next}>; rel=\"next\""));
        match asked.path.as_str() {
            "/v2/a/base/tags/list?n=1000" => page(&["1.0.0", "1.1.0"], "/v2/a/base/tags/list?last=1.1.0&n=2"),
            "/v2/a/base/tags/list?last=1.1.0&n=2" => page(&["1.2.0"], "http://HOST/v2/a/base/tags/list?token=x%2Fy"),
            "/v2/a/base/tags/list?token=x%2Fy" => tags(&["1.10.0", "latest"]),
            _ => Reply::manifest(DIGEST),
        }
    })
    .await;
    assert_eq!(resolve(&resolver(), &format!("{}/a/base", double.host), "latest").await.unwrap().tag, "1.10.0");
    assert_eq!(double.lines().len(), 4);
}

#[tokio::test]
async fn pages_without_end_and_pages_elsewhere_are_refused() {
    let mut messages = Vec::new();
    for next in ["/v2/a/base/tags/list?n=1000", "https://elsewhere.example.com/v2/a/base/tags/list"] {
        let double = Double::start(move |_, _| tags(&["1.0.0"]).header("link", format!("<{next}>; rel=next"))).await;
        let error = resolve(&resolver(), &format!("{}/a/base", double.host), "latest").await.unwrap_err();
        messages.push(told(&error, &double.host));
    }
    insta::assert_snapshot!(messages.join("\n"));
}

#[tokio::test]
async fn a_registry_with_a_lower_limit_is_asked_without_one() {
    let double = after(vec![|| Reply::error(400, "PAGINATION_NUMBER_INVALID")]).await;
    assert!(resolve(&resolver(), &format!("{}/a/base", double.host), "latest").await.is_ok());
    assert_eq!(double.lines()[..2], ["GET /v2/a/base/tags/list?n=1000", "GET /v2/a/base/tags/list"]);
}

#[tokio::test]
async fn all_four_kinds_of_manifest_are_asked_for() {
    let double = after(vec![]).await;
    resolve(&resolver(), &format!("{}/a/base", double.host), "1.0.0").await.unwrap();
    assert_eq!(double.lines(), ["HEAD /v2/a/base/manifests/1.0.0"], "a version that is named needs no list");
    assert_eq!(double.log()[0].accept.split(", ").count(), 4);
}

#[tokio::test]
async fn hundreds_who_ask_at_once_make_one_listing_and_one_look() {
    let double = Double::slow(Duration::from_millis(30), |asked, _| {
        if is_list(asked) { tags(&["1.0.0", "1.0.0-slim"]) } else { Reply::manifest(DIGEST) }
    })
    .await;
    let resolver = std::sync::Arc::new(resolver());
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..300 {
        let suffix = if number % 2 == 0 { "" } else { "-slim" };
        let query = Query::new(&format!("{}/a/base", double.host), "latest", Some(suffix), &[], None).unwrap();
        let resolver = std::sync::Arc::clone(&resolver);
        asking.spawn(async move { resolver.resolve(&query, 1).await.unwrap().digest });
    }
    assert!(asking.join_all().await.iter().all(|digest| digest == DIGEST));
    assert_eq!(double.lines().len(), 3, "{:?}", double.lines());
}

#[tokio::test]
async fn one_failure_is_enough_for_all_and_a_second_try_asks_again() {
    let trouble: fn() -> Reply = || Reply::error(500, "UNKNOWN");
    let double = after(vec![trouble]).await;
    let (resolver, query) = (resolver(), query(&format!("{}/a/base", double.host), "latest"));
    let error = resolver.resolve(&query, 1).await.unwrap_err();
    assert_eq!(resolver.resolve(&query, 1).await.unwrap_err(), error);
    assert_eq!(double.lines().len(), 1);
    assert_eq!(resolver.resolve(&query, 2).await.unwrap().tag, "1.0.0");
}

#[tokio::test]
async fn a_tag_that_moves_with_every_look_is_looked_at_once() {
    let looks = AtomicUsize::new(0);
    let double = Double::start(move |asked, _| {
        let look = || digest(&looks.fetch_add(1, Ordering::SeqCst).to_le_bytes());
        if is_list(asked) { tags(&["1.0.0"]) } else { Reply::manifest(&look()) }
    })
    .await;
    let (resolver, repository) = (resolver(), format!("{}/a/base", double.host));
    let first = resolve(&resolver, &repository, "latest").await.unwrap();
    assert_eq!(resolve(&resolver, &repository, "1.0.0").await.unwrap(), first);
    assert_eq!(resolve(&resolver, &repository, "<2").await.unwrap(), first);
}

#[tokio::test]
async fn a_tag_that_is_gone_after_the_listing_is_told() {
    let double =
        Double::start(|asked, _| if is_list(asked) { tags(&["1.0.0"]) } else { Reply::error(404, "MANIFEST_UNKNOWN") })
            .await;
    let error = resolve(&resolver(), &format!("{}/a/base", double.host), "latest").await.unwrap_err();
    assert!(error.to_string().ends_with("/a/base has no tag 1.0.0"), "{error}");
}

#[tokio::test]
async fn a_digest_that_is_not_in_the_header_is_that_of_the_content() {
    let body = r#"{ "manifests": [] }"#;
    let double = Double::start(move |_, _| Reply::new(200, "application/vnd.oci.image.index.v1+json", body)).await;
    let found = resolve(&resolver(), &format!("{}/a/base", double.host), "1.0.0").await.unwrap();
    assert_eq!(found.digest, digest(body.as_bytes()));
    assert_eq!(double.lines().len(), 2);
}

#[tokio::test]
async fn gateways_are_asked_again_and_a_short_wait_is_waited_for() {
    let gateway: fn() -> Reply = || Reply::new(502, "text/html", "<html>");
    let wait: fn() -> Reply = || Reply::error(429, "TOOMANYREQUESTS").header("retry-after", "0");
    let double = after(vec![gateway, gateway]).await;
    assert!(resolve(&resolver(), &format!("{}/a/base", double.host), "latest").await.is_ok());
    let double = after(vec![wait]).await;
    assert!(resolve(&resolver(), &format!("{}/a/base", double.host), "latest").await.is_ok());
}

#[tokio::test]
async fn what_is_no_answer_is_told_with_its_class_and_what_to_do() {
    let replies: [Fault; 9] = [
        ("limit", ImageErrorClass::RateLimit, || Reply::error(429, "TOOMANYREQUESTS").header("retry-after", "120")),
        ("limit of an endpoint without a time", ImageErrorClass::RateLimit, || Reply::error(403, "TOOMANYREQUESTS")),
        ("refused", ImageErrorClass::Permission, || Reply::error(403, "DENIED")),
        ("a challenge that nobody knows", ImageErrorClass::Permission, || {
            Reply::error(401, "UNAUTHORIZED").header("www-authenticate", "Negotiate")
        }),
        ("a page for people", ImageErrorClass::Network, || Reply::new(200, "text/html", "<html>Log in</html>")),
        ("a web server", ImageErrorClass::Network, || Reply::new(404, "text/html", "<html>Not found</html>")),
        ("broken", ImageErrorClass::Network, || Reply::new(200, "application/json", "{ \"tags\": [")),
        ("down", ImageErrorClass::Network, || Reply::error(503, "UNAVAILABLE")),
        ("redirected to nowhere", ImageErrorClass::Network, || Reply::new(302, "", "").header("location", "/v2/")),
    ];
    let mut messages = Vec::new();
    for (what, class, reply) in replies {
        let double = Double::start(move |_, _| reply()).await;
        let error = resolve(&resolver(), &format!("{}/a/base", double.host), "latest").await.unwrap_err();
        assert_eq!(error.class(), class, "{what}: {error}");
        messages.push(format!("{what}:\n{}", told(&error, &double.host)));
    }
    insta::assert_snapshot!(messages.join("\n"));
}

#[tokio::test]
async fn what_a_tag_names_must_be_an_image() {
    let mut messages = Vec::new();
    let replies: [fn() -> Reply; 3] = [
        || Reply::new(200, "text/html; charset=utf-8", "<html>").header("docker-content-digest", DIGEST),
        || Reply::new(200, "application/vnd.docker.distribution.manifest.v1+prettyjws", "{}"),
        || Reply::new(200, "application/vnd.oci.image.manifest.v1+json", "{ \"config\": { \"digest\": \"x\" } }"),
    ];
    for (at, reply) in replies.into_iter().enumerate() {
        let double = Double::start(move |asked, _| match asked.method.as_str() {
            // The last one lies about its content.
            "GET" if at == 2 => reply().header("docker-content-digest", DIGEST),
            _ => reply(),
        })
        .await;
        let error = resolve(&resolver(), &format!("{}/a/base", double.host), "1.0.0").await.unwrap_err();
        messages.push(told(&error, &double.host));
    }
    insta::assert_snapshot!(messages.join("\n"));
}

#[tokio::test]
async fn an_index_whose_content_is_not_that_of_its_digest_is_refused() {
    let double = Double::start(|asked, _| {
        if asked.path.ends_with(DIGEST) {
            Reply::json(200, &json!({ "manifests": [] }))
        } else {
            Reply::manifest(DIGEST)
        }
    })
    .await;
    let platforms = ["linux/amd64".to_owned()];
    let query = Query::new(&format!("{}/a/base", double.host), "1.0.0", None, &platforms, None).unwrap();
    let error = resolver().resolve(&query, 1).await.unwrap_err();
    assert!(error.to_string().contains("but what it sends has sha256:"), "{error}");
}

#[tokio::test]
async fn nobody_waits_for_a_registry_for_ever() {
    let silent = Double::slow(Duration::from_mins(5), |_, _| tags(&[])).await;
    let error = resolve(&resolver(), &format!("{}/a/base", silent.host), "latest").await.unwrap_err();
    assert_eq!(error.class(), ImageErrorClass::Network);
    insta::assert_snapshot!(told(&error, &silent.host));
}

#[tokio::test]
async fn a_whole_address_is_taken_as_it_is_where_its_registry_says_nothing() {
    for reply in [|| Reply::error(429, "TOOMANYREQUESTS"), || Reply::new(500, "text/html", "<html>")] {
        let double = Double::start(move |_, _| reply()).await;
        let given = format!("{}/a/base:1.0.0@{DIGEST}", double.host);
        let found = resolve(&resolver(), "unused", &given).await.unwrap();
        assert_eq!(found.to_string(), given);
        assert!(found.warnings[0].contains("could not be checked"), "{:?}", found.warnings);
    }
    let refusing = Double::start(|_, _| Reply::error(403, "DENIED")).await;
    let given = format!("{}/a/base:1.0.0@{DIGEST}", refusing.host);
    assert_eq!(resolve(&resolver(), "unused", &given).await.unwrap_err().class(), ImageErrorClass::Permission);
}

#[tokio::test]
async fn a_redirect_is_followed_and_no_password_with_it_to_another_host() {
    let other = Double::start(|asked, _| if is_list(asked) { tags(&["1.0.0"]) } else { Reply::manifest(DIGEST) }).await;
    let target = other.host.clone();
    let double = Double::start(move |asked, _| match asked.authorization {
        None if !asked.path.starts_with("/token") => {
            Reply::error(401, "UNAUTHORIZED").header("www-authenticate", "Bearer realm=\"http://HOST/token\"")
        }
        _ if asked.path.starts_with("/token") => Reply::json(200, &json!({ "access_token": "secret" })),
        _ => Reply::new(307, "text/plain", "").header("location", format!("http://{target}{}", asked.path)),
    })
    .await;
    resolve(&resolver(), &format!("{}/a/base", double.host), "latest").await.unwrap();
    assert_eq!(other.log().len(), 2);
    assert!(other.log().iter().all(|asked| asked.authorization.is_none()));
}
