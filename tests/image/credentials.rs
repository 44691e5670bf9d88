//! Being known to a registry: passwords and helpers of docker's configuration, and tokens.

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use cutover::image::ImageErrorClass;
use serde_json::{Value, json};

use super::debian::{Debian, PASSWORD, USER};
use super::double::{Asked, Double, Reply, known_by, resolve, resolver, told};

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn config(directory: &Utf8Path, content: &Value) -> Utf8PathBuf {
    let file = directory.join("config.json");
    std::fs::write(&file, content.to_string()).unwrap();
    file
}

fn password(user: &str, password: &str) -> Value {
    json!({ "auth": STANDARD.encode(format!("{user}:{password}")) })
}

fn scratch() -> (tempfile::TempDir, Utf8PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
    (directory, path)
}

#[tokio::test]
async fn a_password_in_dockers_configuration_opens_the_registry() {
    let Some(registry) = Debian::closed() else { return };
    let digest = registry.image("a/base", "1.0.0", "x");
    let repository = registry.repository("a/base");
    for auths in [
        json!({ registry.host(): password(USER, PASSWORD) }),
        json!({ format!("http://{}/v2/", registry.host()): { "username": USER, "password": PASSWORD } }),
    ] {
        let file = config(&registry.scratch(), &json!({ "auths": auths }));
        assert_eq!(resolve(&known_by(file), &repository, "latest").await.unwrap().digest, digest);
    }
}

#[tokio::test]
async fn who_is_not_let_in_is_told_what_to_do() {
    let Some(registry) = Debian::closed() else { return };
    registry.image("a/base", "1.0.0", "x");
    let scratch = registry.scratch();
    let mut messages = Vec::new();
    for content in [
        json!({}),
        json!({ "auths": { registry.host(): password(USER, "wrong") } }),
        json!({ "auths": { registry.host(): { "auth": "no base64" } } }),
        json!({ "credsStore": "nobody-has-this" }),
        json!({ "credHelpers": { registry.host(): "../../bin/sh" } }),
    ] {
        let error = resolve(&known_by(config(&scratch, &content)), &registry.repository("a/base"), "latest").await;
        let error = error.unwrap_err();
        assert_eq!(error.class(), ImageErrorClass::Permission);
        messages.push(told(&error, registry.host()));
    }
    std::fs::write(scratch.join("config.json"), "{ broken").unwrap();
    let broken = known_by(scratch.join("config.json"));
    let error = resolve(&broken, &registry.repository("a/base"), "latest").await.unwrap_err();
    messages.push(told(&error, registry.host()).replace(scratch.as_str(), "DOCKER"));
    insta::assert_snapshot!(messages.join("\n"));
}

/// A program `docker-credential-NAME` on the path of this process. The path is the process's, so one test has them all.
fn helper(directory: &Utf8Path, name: &str, script: &str) {
    let file = directory.join(format!("docker-credential-{name}"));
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn credential_helpers_are_asked_as_docker_asks_them() {
    let Some(registry) = Debian::closed() else { return };
    let digest = registry.image("a/base", "1.0.0", "x");
    let (_kept, bin) = scratch();
    let answer = format!("{{ \"ServerURL\": \"x\", \"Username\": \"{USER}\", \"Secret\": \"{PASSWORD}\" }}");
    // Only the host itself is known to it, and only by `get`.
    let known = format!("read host; [ \"$1 $host\" = 'get {}' ] && echo '{answer}'", registry.host());
    helper(&bin, "knows", &format!("read_all=$(cat); set -- \"$1\"; echo \"$read_all\" | {{ {known}; }}"));
    helper(&bin, "knows-nobody", "echo 'credentials not found in native keychain'; exit 1");
    helper(&bin, "fails", "echo 'the key ring is locked'; exit 1");
    helper(&bin, "babbles", "echo 'hunter2'");
    let own = |name: &str| json!({ "credHelpers": { registry.host(): name } });
    let both = |name: &str| json!({ "credsStore": name, "auths": { registry.host(): password(USER, PASSWORD) } });
    for content in [own("knows"), json!({ "credsStore": "knows" }), both("knows-nobody"), both("fails")] {
        assert_eq!(in_process(&registry, &bin, &content), Ok(digest.clone()), "{content}");
    }
    for (content, why) in [
        (own("knows-nobody"), "anybody without a name read a/base"),
        (own("fails"), "(docker-credential-fails failed: the key ring is locked)"),
        (own("babbles"), "(docker-credential-babbles did not answer with a name and a secret)"),
    ] {
        let told = in_process(&registry, &bin, &content).unwrap_err();
        assert!(told.contains(why) && !told.contains("hunter2"), "{told}");
    }
}

/// What the binary finds with this configuration and these helpers: the digest, or what it says.
fn in_process(registry: &Debian, bin: &Utf8Path, content: &Value) -> Result<String, String> {
    let docker = registry.scratch().join("docker");
    std::fs::create_dir_all(&docker).unwrap();
    config(&docker, content);
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap());
    super::binary::address_found(&registry.repository("a/base"), &[("DOCKER_CONFIG", docker.as_str()), ("PATH", &path)])
}

/// A registry that wants a token, and the server that gives it out.
async fn with_tokens(lifetime: usize) -> Double {
    Double::start(move |asked, number| {
        let host = "http://HOST";
        let challenge =
            format!("Bearer realm=\"{host}/token\",service=\"the registry\",scope=\"repository:a/base:pull\"");
        if asked.path.starts_with("/token") {
            return Reply::json(200, &json!({ "token": format!("t{number}") }));
        }
        let given =
            asked.authorization.as_deref().and_then(|given| given.strip_prefix("Bearer t")?.parse::<usize>().ok());
        match given {
            Some(given) if number - given <= lifetime => registry(asked),
            _ => Reply::error(401, "UNAUTHORIZED").header("www-authenticate", challenge),
        }
    })
    .await
}

fn registry(asked: &Asked) -> Reply {
    if asked.path.contains("/tags/list") {
        return Reply::json(200, &json!({ "tags": ["1.0.0"] }));
    }
    Reply::manifest(DIGEST)
}

#[tokio::test]
async fn a_token_is_fetched_once_and_again_when_it_has_run_out() {
    let long = with_tokens(100).await;
    assert_eq!(resolve(&resolver(), &format!("{}/a/base", long.host), "latest").await.unwrap().digest, DIGEST);
    let token = "GET /token?scope=repository%3Aa%2Fbase%3Apull&service=the+registry";
    let (list, look) = ("GET /v2/a/base/tags/list?n=1000", "HEAD /v2/a/base/manifests/1.0.0");
    assert_eq!(long.lines(), [list, token, list, look]);
    let short = with_tokens(1).await;
    assert_eq!(resolve(&resolver(), &format!("{}/a/base", short.host), "latest").await.unwrap().digest, DIGEST);
    assert_eq!(short.lines(), [list, token, list, look, token, look]);
}

#[tokio::test]
async fn a_token_server_is_told_who_asks() {
    let (_kept, directory) = scratch();
    let double = with_tokens(100).await;
    let repository = format!("{}/a/base", double.host);
    let file = config(&directory, &json!({ "auths": { &double.host: password("me", "secret") } }));
    resolve(&known_by(file), &repository, "1.0.0").await.unwrap();
    let login = format!("Basic {}", STANDARD.encode("me:secret"));
    assert_eq!(double.log()[1].authorization.as_deref(), Some(login.as_str()));
    assert_eq!(double.log()[0].authorization, None, "nothing is said before it is asked for");
}

#[tokio::test]
async fn an_identity_token_is_exchanged() {
    let (_kept, directory) = scratch();
    let double = with_tokens(100).await;
    let repository = format!("{}/a/base", double.host);
    let file = config(&directory, &json!({ "auths": { &double.host: { "identitytoken": "i d" } } }));
    resolve(&known_by(file), &repository, "1.0.0").await.unwrap();
    let exchanged = &double.log()[1];
    assert_eq!((exchanged.method.as_str(), exchanged.path.as_str()), ("POST", "/token"));
    assert_eq!(
        exchanged.body,
        "scope=repository%3Aa%2Fbase%3Apull&service=the+registry&grant_type=refresh_token&refresh_token=i+d&client_id=cutover"
    );
}

#[tokio::test]
async fn a_token_server_that_refuses_or_limits_is_understood() {
    let (_kept, directory) = scratch();
    let mut messages = Vec::new();
    for (status, class) in
        [(401, ImageErrorClass::Permission), (429, ImageErrorClass::RateLimit), (500, ImageErrorClass::Network)]
    {
        let double = Double::start(move |asked, _| {
            if asked.path.starts_with("/token") {
                return Reply::error(status, "X").header("retry-after", "77");
            }
            Reply::error(401, "UNAUTHORIZED").header("www-authenticate", "Bearer realm=\"http://HOST/token\"")
        })
        .await;
        let file = config(&directory, &json!({ "auths": { &double.host: password("me", "secret") } }));
        let error = resolve(&known_by(file), &format!("{}/a/base", double.host), "latest").await.unwrap_err();
        assert_eq!(error.class(), class);
        messages.push(told(&error, &double.host));
    }
    insta::assert_snapshot!(messages.join("\n"));
}

#[tokio::test]
async fn a_token_is_not_fetched_from_where_a_password_could_be_overheard() {
    let double = Double::start(|_, _| {
        Reply::error(401, "UNAUTHORIZED").header("www-authenticate", "Bearer realm=\"http://tokens.example.com/t\"")
    })
    .await;
    let error = resolve(&resolver(), &format!("{}/a/base", double.host), "latest").await.unwrap_err();
    assert!(error.to_string().contains("would be asked without encryption"), "{error}");
}
