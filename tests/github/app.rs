//! A GitHub App: its own signature, tokens of its installation, and their renewal.

use std::process::Command;
use std::time::Duration;

use cutover::forge::{App, Credential, Forge, GitHubForge, GitHubSettings, Secret};

use crate::stage::{Stage, head, mark, said, wanted};

/// A fresh private key, by OpenSSL.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn key(test: &str) -> Option<Secret> {
    let made = Command::new("openssl").args(["genrsa", "2048"]).output();
    let Some(output) = made.ok().filter(|output| output.status.success()) else {
        println!("skipped: {test} needs openssl");
        return None;
    };
    Some(Secret::new(&String::from_utf8(output.stdout).unwrap()))
}

fn app(stage: &Stage, private_key: Secret, installation: Option<u64>) -> GitHubForge {
    let credential = Credential::App(App { id: "7".to_owned(), installation, private_key });
    GitHubForge::new(GitHubSettings { credential, ..stage.settings() }).unwrap()
}

fn fetched(asked: &[String]) -> usize {
    asked.iter().filter(|line| line.contains("access_tokens 201")).count()
}

#[test]
fn an_installation_is_found_and_its_token_renewed_before_it_ends() {
    let Some(key) = key("an_installation_is_found_and_its_token_renewed_before_it_ends") else { return };
    let stage = Stage::new(3);
    let forge = app(&stage, key, None);
    stage.open(&forge, 1);
    assert_eq!(stage.double.pull(1).author, "cutover[bot]");
    let asked = stage.asked();
    assert_eq!(asked[0], "GET /installation 200", "{asked:?}");
    assert_eq!(fetched(&asked), 1, "{asked:?}");
    stage.double.advance(Duration::from_mins(50));
    stage.open(&forge, 2);
    assert_eq!(fetched(&stage.asked()), 0, "it lasts an hour");
    stage.double.advance(Duration::from_mins(7));
    stage.open(&forge, 3);
    let asked = stage.asked();
    assert_eq!(fetched(&asked), 1, "{asked:?}");
    assert!(asked.iter().all(|line| !line.contains("401")), "renewed before it was refused: {asked:?}");
}

#[test]
fn a_token_that_is_refused_is_renewed_once() {
    let Some(key) = key("a_token_that_is_refused_is_renewed_once") else { return };
    let stage = Stage::new(2);
    let installation = stage.double.world().installation;
    let forge = app(&stage, key, Some(installation));
    stage.open(&forge, 1);
    let tokens: Vec<String> =
        stage.double.world().tokens.keys().filter(|token| token.starts_with("ghs_")).cloned().collect();
    assert_eq!(tokens.len(), 1);
    stage.double.expire(&tokens[0], Duration::ZERO);
    stage.asked();
    stage.open(&forge, 2);
    let asked = stage.asked();
    assert_eq!(fetched(&asked), 1, "{asked:?}");
    assert_eq!(asked.iter().filter(|line| line.contains("401")).count(), 1, "{asked:?}");
    stage.judged();
}

#[test]
fn many_who_need_a_token_at_once_fetch_one() {
    let Some(key) = key("many_who_need_a_token_at_once_fetch_one") else { return };
    let stage = Stage::new(1);
    let forge = app(&stage, key, None);
    stage.wait(async {
        let (head, mark) = (head(1), mark(1));
        let (found, got, all) = tokio::join!(forge.find(&head, &mark), forge.standing(9), forge.list(None));
        assert!(found.unwrap().is_none() && got.is_err() && all.unwrap().is_empty());
    });
    assert_eq!(fetched(&stage.asked()), 1);
}

#[test]
fn an_app_that_is_not_installed_or_has_no_key() {
    let Some(key) = key("an_app_that_is_not_installed_or_has_no_key") else { return };
    let stage = Stage::new(1);
    let elsewhere = stage.try_open(&app(&stage, key, Some(999)), &wanted(1)).unwrap_err();
    let keyless = stage.try_open(&app(&stage, Secret::new("secret"), None), &wanted(1)).unwrap_err();
    insta::assert_snapshot!(format!("{}\n{}", said(&elsewhere), said(&keyless)), @r"
    GitHub App 7 is not installed on acme/connectors
      Install the App on the repository, then resume.
    the private key of GitHub App 7 cannot be used: it does not begin with `-----BEGIN RSA PRIVATE KEY-----`
      Use the .pem file that GitHub gave out in the App's settings.
    ");
}
