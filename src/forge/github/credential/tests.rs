use std::collections::HashMap;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use camino::Utf8Path;
use jiff::Timestamp;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::*;

fn app(private_key: &str) -> App {
    App { id: "4711".to_owned(), installation: None, private_key: Secret::new(private_key) }
}

/// What stands in the places.
#[derive(Default)]
struct Desk {
    host: &'static str,
    environment: HashMap<&'static str, &'static str>,
    file: Option<&'static str>,
    gh: Option<&'static str>,
    app: Option<App>,
}

impl Desk {
    fn find(&self) -> Result<Credential, CredentialError> {
        let places = CredentialPlaces {
            host: if self.host.is_empty() { "github.com" } else { self.host },
            token_file: self.file.map(|_| Utf8Path::new("/etc/token")),
            environment: &|name| self.environment.get(name).map(|value| (*value).to_owned()),
            read: &|_| match self.file {
                Some("missing") => Err(std::io::Error::from_raw_os_error(2)),
                text => Ok(text.unwrap_or_default().to_owned()),
            },
            gh: &|_| self.gh.map(str::to_owned),
            app: self.app.as_ref(),
        };
        places.find()
    }

    fn described(&self) -> String {
        self.find().unwrap().describe()
    }
}

#[test]
fn the_nearest_place_wins() {
    let mut desk = Desk { app: Some(app("")), ..Desk::default() };
    assert_eq!(desk.described(), "the private key of GitHub App 4711");
    desk.gh = Some("gho_1\n");
    assert_eq!(desk.described(), "the token of `gh`");
    desk.environment.insert("GH_TOKEN", "t2");
    assert_eq!(desk.described(), "the token in GH_TOKEN");
    desk.environment.insert("GITHUB_TOKEN", "t1");
    assert_eq!(desk.described(), "the token in GITHUB_TOKEN");
    desk.file = Some("  filed \n");
    assert_eq!(desk.described(), "the token in `/etc/token`");
    let Credential::Token { secret, .. } = desk.find().unwrap() else { panic!("a token") };
    assert_eq!(secret.expose(), "filed");
}

#[test]
fn an_empty_variable_is_none() {
    let environment = HashMap::from([("GITHUB_TOKEN", " "), ("GH_TOKEN", "t")]);
    assert_eq!(Desk { environment, ..Desk::default() }.described(), "the token in GH_TOKEN");
}

#[test]
fn a_token_for_github_com_is_sent_to_no_other_host() {
    let environment = HashMap::from([("GITHUB_TOKEN", "t"), ("GH_TOKEN", "t")]);
    let mut desk = Desk { host: "git.acme.example", environment, ..Desk::default() };
    insta::assert_snapshot!(said(&desk.find().unwrap_err()), @r"
    there is no token for git.acme.example
    Set GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN, or type `gh auth login --hostname git.acme.example`.
    ");
    desk.environment.insert("GITHUB_SERVER_URL", "https://git.acme.example");
    assert_eq!(desk.described(), "the token in GITHUB_TOKEN", "in GitHub Actions on that host");
    desk.environment.insert("GH_ENTERPRISE_TOKEN", "e");
    assert_eq!(desk.described(), "the token in GH_ENTERPRISE_TOKEN");
    desk.host = "acme.ghe.com";
    assert_eq!(desk.described(), "the token in GITHUB_TOKEN");
}

fn said(error: &CredentialError) -> String {
    format!("{error}\n{}", error.hint())
}

#[test]
fn what_is_no_token_is_said_and_not_shown() {
    let nothing = Desk::default().find().unwrap_err();
    insta::assert_snapshot!(said(&nothing), @r"
    there is no token for github.com
    Set GITHUB_TOKEN or GH_TOKEN, or type `gh auth login --hostname github.com`.
    ");
    let mut told = Vec::new();
    for file in ["missing", "", "two words", "tökén", "-----BEGIN RSA PRIVATE KEY-----\nsecret"] {
        told.push(said(&Desk { file: Some(file), ..Desk::default() }.find().unwrap_err()));
    }
    insta::assert_snapshot!(told.join("\n\n"), @r"
    `/etc/token` cannot be read: No such file or directory (os error 2)
    Let the settings name a file with a token that you may read.

    `/etc/token` does not hold a token: it is empty
    Put the token there, and nothing else.

    `/etc/token` does not hold a token: there is more than one word
    Put the token there, and nothing else.

    `/etc/token` does not hold a token: there are characters no token has
    Put the token there, and nothing else.

    `/etc/token` does not hold a token: it is a key; a key belongs to an App
    Put the token there, and nothing else.
    ");
}

#[test]
fn a_secret_shows_itself_to_nobody() {
    let app = app("key-material");
    let token = Credential::Token { secret: Secret::new("ghp_hidden"), from: TokenSource::Gh };
    let shown = format!("{:?} {:?} {}", Credential::App(app), token, token.describe());
    assert!(!shown.contains("key-material") && !shown.contains("ghp_hidden"), "{shown}");
}

#[test]
fn gh_is_asked_for_the_host_and_may_be_missing() {
    let scratch = tempfile::tempdir().unwrap();
    let gh = Utf8Path::from_path(scratch.path()).unwrap().join("gh");
    std::fs::write(&gh, "#!/bin/sh\n[ \"$*\" = 'auth token --hostname github.com' ] && echo gho_1\n").unwrap();
    Command::new("chmod").args(["+x", gh.as_str()]).status().unwrap();
    assert_eq!(gh_auth_token(gh.as_str(), "github.com").as_deref(), Some("gho_1\n"));
    assert_eq!(gh_auth_token(gh.as_str(), "other.example"), None);
    assert_eq!(gh_auth_token("/nonexistent/gh", "github.com"), None);
}

/// A fresh RSA key in both forms, PKCS#1 and PKCS#8, by OpenSSL.
fn keys(test: &str) -> Option<[String; 2]> {
    let openssl = |arguments: &[&str], input: &str| {
        use std::io::Write as _;
        let mut command = Command::new("openssl");
        command.args(arguments).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.stderr(std::process::Stdio::null()).spawn().ok()?;
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    let keys = openssl(&["genrsa", "2048"], "").and_then(|key| {
        let first = openssl(&["rsa", "-traditional"], &key)?;
        let second = openssl(&["pkcs8", "-topk8", "-nocrypt"], &key)?;
        Some([first, second])
    });
    if keys.is_none() {
        println!("skipped: {test} needs openssl 3");
    }
    keys
}

#[test]
fn an_app_signs_what_its_public_key_confirms() {
    let Some([first, second]) = keys("an_app_signs_what_its_public_key_confirms") else { return };
    assert!(first.contains("BEGIN RSA PRIVATE KEY") && second.contains("BEGIN PRIVATE KEY"));
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    for key in [&first, &second, &first.replace('\n', "\\n"), &second.replace('\n', "\r\n")] {
        let signer = Signer::new(&app(key)).unwrap();
        let token = signer.sign(now).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, signer.public_key());
        key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let decoded = |part| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!(decoded(header), r#"{"alg":"RS256","typ":"JWT"}"#);
        let claims: serde_json::Value = serde_json::from_str(&decoded(claims)).unwrap();
        let second = now.as_second();
        assert_eq!(claims, serde_json::json!({"iat": second - 60, "exp": second + 540, "iss": "4711"}));
    }
}

#[test]
fn a_key_that_is_none_is_said_and_not_shown() {
    let broken = [
        "",
        "c2VjcmV0",
        "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0",
        "-----BEGIN RSA PRIVATE KEY-----\n?secret\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nc2VjcmV0\n-----END PUBLIC KEY-----",
    ];
    let told: Vec<String> = broken.iter().map(|key| Signer::new(&app(key)).err().unwrap()).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    it does not begin with `-----BEGIN RSA PRIVATE KEY-----`
    it does not begin with `-----BEGIN RSA PRIVATE KEY-----`
    its last line is missing
    what is between its first and last line is not Base64
    it is not an RSA key of 2048 bits or more (InvalidEncoding)
    it is encrypted; GitHub gives keys out unencrypted
    it is the public key
    ");
}
