//! Limits on content, kept between processes: a double that enforces them is never asked too early.

use std::process::Command;
use std::time::Duration;

use cutover::forge::{Forge, ForgeError, GitHubForge, GitHubSettings, Limits, RealPause};

use crate::stage::{Stage, wanted};

#[test]
fn two_clients_with_one_token_stay_below_what_github_allows() {
    let stage = Stage::new(120);
    stage.double.limit_content(80, 500);
    let limits = Limits { spacing: Duration::ZERO, ..Limits::default() };
    let forge = || GitHubForge::new(GitHubSettings { limits, ..stage.settings() }).unwrap();
    let (first, second) = (forge(), forge());
    let begin = stage.double.world().clock.precise();
    assert_eq!(first.outlook(1).unwrap().next.duration_since(begin).as_secs(), 0);
    for number in 1..=120 {
        let forge = if number % 2 == 0 { &first } else { &second };
        stage.open(forge, number);
    }
    assert_eq!(stage.double.too_early(), 0);
    let took = stage.double.world().clock.precise().duration_since(begin);
    assert!(took.as_secs() >= 60, "{took}");
    assert!(took.as_secs() < 120, "and no slower than that: {took}");
    let outlook = first.outlook(500).unwrap();
    assert!(outlook.last.duration_since(outlook.next).as_secs() > 3000, "{outlook:?}");
}

#[test]
fn a_limit_that_others_have_used_up_is_waited_out() {
    let stage = Stage::new(6);
    let forge = stage.forge();
    // Our own count says that all is well; something else uses the same credential.
    stage.double.limit_content(2, 100);
    for number in 1..=6 {
        stage.open(&forge, number);
    }
    assert_eq!(stage.double.pulls().len(), 6);
    assert!(stage.double.too_early() >= 2);
}

#[test]
fn a_run_that_is_told_to_stop_does_not_wait_for_its_turn() {
    let stage = Stage::new(2);
    let limits = Limits { per_minute: 1, ..Limits::default() };
    let settings = GitHubSettings { limits, pause: std::sync::Arc::new(RealPause), ..stage.settings() };
    let forge = GitHubForge::new(settings).unwrap();
    stage.open(&forge, 1);
    stage.wait(async {
        let new = wanted(2);
        let opening = forge.open(&new);
        tokio::pin!(opening);
        assert!(tokio::time::timeout(Duration::from_millis(300), &mut opening).await.is_err(), "it waits");
        forge.stop();
        let error = opening.await.unwrap_err();
        assert!(matches!(error, ForgeError::Stopped), "{error}");
    });
    assert_eq!(stage.double.pulls().len(), 1);
}

const CHILD: &str = "CUTOVER_TEST_CHILD";

/// Not a test of its own: the second process of the test below.
#[test]
fn child() {
    let Ok(api_url) = std::env::var(CHILD) else { return };
    let directory = std::env::var("CUTOVER_TEST_BUDGET").unwrap();
    let half: u64 = std::env::var("CUTOVER_TEST_HALF").unwrap().parse().unwrap();
    let credential = cutover::forge::Credential::Token {
        secret: cutover::forge::Secret::new(crate::github::TOKEN),
        from: cutover::forge::TokenSource::Gh,
    };
    let limits = Limits { spacing: Duration::from_millis(100), ..Limits::default() };
    let settings = GitHubSettings::new("acme", "connectors", credential, directory.into());
    let forge = GitHubForge::new(GitHubSettings { api_url, limits, ..settings }).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for number in (1..=20).filter(|number| number % 2 == half) {
        runtime.block_on(forge.open(&wanted(number))).unwrap();
    }
}

#[test]
fn two_processes_take_turns() {
    let stage = Stage::new(20);
    let directory = stage.settings().budget_directory;
    let begin = std::time::Instant::now();
    let children: Vec<_> = ["0", "1"]
        .iter()
        .map(|half| {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "pacing::child"]).env(CHILD, stage.double.api());
            command.env("CUTOVER_TEST_BUDGET", &directory).env("CUTOVER_TEST_HALF", half).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(stage.double.pulls().len(), 20);
    assert!(begin.elapsed() >= Duration::from_millis(1900), "{:?}", begin.elapsed());
    let file = std::fs::read_dir(&directory)
        .unwrap()
        .flatten()
        .find(|entry| entry.path().extension().is_some_and(|extension| extension == "json"));
    let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
    let content: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(content["writes"].as_array().unwrap().len(), 20, "{text}");
    assert!(!text.contains("ghp_"), "{text}");
}
