//! What can be wrong with the workflow, the token and the repository, through the binary: who it concerns fails, the
//! others go on, and the message says what to do.

use std::time::Duration;

use crate::github::TOKEN;
use crate::github::access::Token;
use crate::github::fault::{Calls, Effect, Fault};
use crate::github::model::Role;
use crate::place::{Said, outcomes};
use crate::site::{MIGRATION, Site};

/// What went wrong, and what to do about it, in one text.
fn failures(said: &Said) -> String {
    let answer = said.json();
    let all = answer["units"].as_array().unwrap().iter().filter(|unit| unit["outcome"] == "failed");
    let words: Vec<String> = all.map(|unit| format!("{}\n{}\n", unit["reason"], unit["hint"])).collect();
    words.concat().replace('\\', "")
}

fn has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in:\n{text}");
    }
}

/// Only `source-b` has failed, with these words; after `mend` it goes well.
fn concerns_one(site: &Site, workflow: &str, words: &[&str], mend: impl Fn(&Site)) {
    let said = site.run(workflow).exits(1);
    let changed = outcomes(&said.json()).into_iter().filter(|(_, outcome)| outcome == "changed");
    assert_eq!(changed.map(|(name, _)| name).collect::<Vec<_>>(), ["source-a", "source-c"], "{:#}", said.json());
    has(&failures(&said), words);
    mend(site);
    let said = site.cutover(&["resume", "--retry-failed", "--format", "json"]).exits(0).json();
    assert!(outcomes(&said).iter().all(|(_, outcome)| outcome == "changed"), "{said:#}");
    assert_eq!(site.double.pulls().len(), 3);
}

/// Every connector fails for one reason, in these words; after `mend` all go well.
fn concerns_all(site: &Site, workflow: &str, words: &[&str], mend: impl Fn(&Site)) {
    let said = site.run(workflow).exits(1);
    let answer = said.json();
    assert!(outcomes(&answer).iter().all(|(_, outcome)| outcome == "failed"), "{answer:#}");
    has(&failures(&said), words);
    assert_eq!(answer["failures"].as_array().unwrap().len(), 1, "it is one cause: {answer:#}");
    mend(site);
    site.cutover(&["resume", "--retry-failed"]).exits(0);
    assert_eq!(site.double.pulls().len(), 3);
}

#[test]
fn a_label_that_is_not_there() {
    let site = Site::usual();
    for label in ["source-a", "source-c", "source-bb"] {
        site.double.label(label);
    }
    let workflow = MIGRATION.replace("[migration]", "[\"${{ connector.name }}\"]");
    let words = ["the repository has no label `source-b`", "Did you mean `source-bb`?", "make the label"];
    concerns_one(&site, &workflow, &words, |site| site.double.label("source-b"));
}

#[test]
fn a_reviewer_who_is_the_author_or_nobody_here() {
    let reviewer = |who: &str| {
        let who = format!("[\"${{{{ '{who}' if connector.name == 'source-b' else 'grace' }}}}\"]");
        MIGRATION.replace("[grace]", &who)
    };
    let site = Site::usual();
    let said = site.run(&reviewer("ada")).exits(1);
    assert_eq!(outcomes(&said.json()).iter().filter(|(_, outcome)| outcome == "changed").count(), 2);
    has(&failures(&said), &["ada opens the pull request and cannot be asked to review it"]);
    assert_eq!(site.double.pulls().len(), 2, "none is opened that could not be completed");

    let site = Site::usual();
    let words = ["ivy cannot be asked for a review"];
    concerns_one(&site, &reviewer("ivy"), &words, |site| site.double.collaborator("ivy", Role::Write));
}

#[test]
fn a_token_that_has_ended() {
    let site = Site::usual();
    // It ends in the middle of the run: what is open stays, what is not fails.
    site.double.fault(Fault::new(Calls::rest("POST", "/pulls$"), Effect::Unauthorized).always());
    let words = ["GitHub does not accept the token in GH_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN"];
    concerns_all(&site, MIGRATION, &words, |site| {
        site.double.clear_faults();
    });

    let site = Site::usual();
    site.double.expire(TOKEN, Duration::ZERO);
    let said = site.run(MIGRATION).exits(1);
    has(&failures(&said), &["does not accept git's credentials", "a token that is valid"]);
    assert!(site.double.pulls().is_empty());
}

#[test]
fn a_token_without_what_it_needs() {
    const OTHER: &str = "github_pat_11AAAAAAA0000000000000";
    let token = || {
        let permissions = [("contents", "write"), ("issues", "write"), ("metadata", "read"), ("pull_requests", "read")];
        Token::fine_grained("ada", &permissions)
    };
    let site = Site::usual();
    site.double.grant(OTHER, token(), Role::Write);
    let workflow = site.place.workflow(MIGRATION);
    let arguments = ["run", &workflow, "--format", "json"];
    let output = site.command(&arguments).env("GH_ENTERPRISE_TOKEN", OTHER).output().unwrap();
    let said = Said::of(&output, &arguments).exits(1);
    has(&failures(&said), &["may not do this", "the permission pull_requests: write"]);
    assert!(site.double.pulls().is_empty());
    site.cutover(&["resume", "--retry-failed"]).exits(0);
    assert_eq!(site.double.pulls().len(), 3, "with another token it goes on");
}

#[test]
fn a_repository_that_is_archived() {
    let site = Site::usual();
    site.double.archive(true);
    concerns_all(&site, MIGRATION, &["archived", "unarchive it"], |site| site.double.archive(false));
}

#[test]
fn a_repository_that_has_another_name_now() {
    let site = Site::usual();
    site.double.rename("integrations");
    let said = site.run(MIGRATION).exits(1);
    has(
        &failures(&said),
        &["the repository of the remote `origin` is at another address now", "git remote set-url origin"],
    );
    assert!(site.double.pulls().is_empty());
    // Where only git is asked, it is led to the new place, and that is said.
    let local =
        site.place.workflow(&MIGRATION.replace("forge: github, ", "").replace("name: published", "name: local"));
    let address = site.double.clone_url().replace("http://", &format!("http://ada:{TOKEN}@"));
    let said = site.cutover(&["run", &local, "--remote", &address]);
    said.exits(0).complains(&["the remote repository is at", "acme/integrations", "now; pushes are led there"]);
}

#[test]
fn a_base_branch_that_is_gone() {
    let site = Site::usual();
    let main = site.there(&["rev-parse", "main"]);
    site.there(&["branch", "trunk", "main"]);
    site.there(&["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    site.there(&["update-ref", "-d", "refs/heads/main"]);
    let words = ["the repository has no branch `main` to merge into"];
    concerns_all(&site, MIGRATION, &words, |site| {
        site.there(&["update-ref", "refs/heads/main", &main]);
    });
    site.cutover(&["refresh"]).exits(0);
    site.there(&["update-ref", "-d", "refs/heads/main"]);
    site.cutover(&["refresh"]).exits(2).complains(&["has no branch main, which the run is based on", "--base"]);
}

#[test]
fn a_registry_that_is_down() {
    let site = Site::usual();
    let image = "  base:\n    scope: run\n    uses: image.resolve\n    with: { repository: \"127.0.0.1:1/example/base\", version: \
                 latest }\n  remove-dockerfile:\n    if: steps.base.version != ''\n";
    let workflow = MIGRATION.replace("  remove-dockerfile:\n", image);
    let said = site.run(&workflow);
    assert_eq!(said.code, 1, "{said:?}");
    has(&said.err.replace('\n', " "), &["127.0.0.1:1"]);
    assert!(site.double.pulls().is_empty() && site.place.branches().is_empty(), "nothing was begun");
}

#[test]
fn a_time_limit_is_for_the_work_and_not_for_the_turn() {
    let site = Site::usual();
    // GitHub asks to wait for longer than the step may take.
    site.double.fault(Fault::new(Calls::rest("POST", "/pulls$"), Effect::Secondary(Some(4))));
    let limited = MIGRATION.replace("    uses: pull-request.open\n", "    timeout: 3s\n    uses: pull-request.open\n");
    let said = site.run(&limited).exits(0).json();
    assert!(outcomes(&said).iter().all(|(_, outcome)| outcome == "changed"), "{said:#}");

    // An answer that does not come is another matter.
    let site = Site::usual();
    site.double.fault(Fault::new(Calls::rest("POST", "/pulls$"), Effect::Slow(6000)));
    let limited = limited.replace("    timeout: 3s\n", "    timeout: 2s\n");
    let said = site.run(&limited).exits(1);
    has(&failures(&said), &["the forge did not answer within 2 s"]);
}

#[test]
fn a_run_over_nobody_says_so_in_json_too() {
    let site = Site::usual();
    let workflow = site.place.workflow(MIGRATION);
    let said = site.cutover(&["run", &workflow, "--name", "nobody-*", "--format", "json"]).exits(0).json();
    assert_eq!(said["schema"], "cutover.run/1");
    assert_eq!((&said["run"], &said["units"]), (&serde_json::Value::Null, &serde_json::json!([])), "{said:#}");
}
