//! Waiting for a review asks those for it who have not been asked.

use crate::github::model::{Role, Verdict};
use crate::monorepo::Files;
use crate::place::step;
use crate::site::{MIGRATION, Site};

/// A connector whose files ada and the team `owners` own, and which gets hooks.
fn site() -> Site {
    let files = Files::default().python("source-a").file(".github/CODEOWNERS", "* @ada @acme/owners\n/docs/ @hugo\n");
    let site = Site::new(&files);
    site.double.collaborator("hugo", Role::Write);
    site.double.collaborator("ivy", Role::Write);
    site.double.team("owners", &["hugo"]);
    site.double.team("hooks", &["ivy"]);
    site
}

/// The migration, waiting for a review by this `with`.
fn workflow(with: &str) -> String {
    let hooks = "  hooks: { uses: file.write, with: { path: build_customization.py, content: \"# hooks\\n\" } }\n  pull-request:\n";
    let text = MIGRATION.replace(", reviewers: [grace]", "").replace("  pull-request:\n", hooks);
    let text =
        text.replace("needs: [remove-dockerfile, bump-version]", "needs: [remove-dockerfile, bump-version, hooks]");
    format!("{text}  review:\n    needs: ready\n    uses: pull-request.wait-for-review\n    with: {with}\n")
}

fn writes(site: &Site) -> Vec<String> {
    let asked = site.double.take_requests();
    let writes = asked.into_iter().filter(|exchange| exchange.writes && exchange.path.contains("/pulls/"));
    writes.map(|exchange| format!("{} {}", exchange.path.rsplit('/').next().unwrap(), exchange.body)).collect()
}

#[test]
fn owners_and_the_team_of_the_gate_are_asked_once_and_the_author_never() {
    let site = site();
    let with = "{ code-owners: true, when-added: [{ path: build_customization.py, teams: [acme/hooks] }] }";
    site.run(&workflow(with)).exits(5);
    let asked = r#"requested_reviewers {"reviewers":["hugo"],"team_reviewers":["hooks","owners"]}"#;
    let first = writes(&site);
    assert_eq!(first, [asked], "{first:#?}");
    let pull = site.pull("source-a");
    assert_eq!((pull.reviewers, pull.teams), (vec!["hugo".to_owned()], vec!["hooks".to_owned(), "owners".to_owned()]));

    // Nobody is asked again: not those who wait, nor who has taken themselves off.
    site.double.world().pull_mut(0, pull.number).unwrap().reviewers.clear();
    site.cutover(&["resume"]).exits(5);
    assert_eq!(writes(&site), [""; 0]);

    site.double.review(pull.number, "hugo", Verdict::Approved);
    let said = site.cutover(&["resume", "--format", "json"]).exits(5);
    let waits = step(&said.unit("source-a"), "review")["detail"].as_str().unwrap().to_owned();
    assert!(waits.contains("acme/hooks, because build_customization.py is new"), "{waits}");
    site.double.review(pull.number, "ivy", Verdict::Approved);
    site.cutover(&["resume"]).exits(0);
}

#[test]
fn nobody_is_asked_where_the_workflow_says_so_or_somebody_was() {
    let site = site();
    site.run(&workflow("{ people: [ivy], ask: false }")).exits(5);
    assert_eq!(writes(&site), [""; 0]);

    let site = self::site();
    let open = workflow("{ people: [ivy], approvals: 0 }").replace("draft: true", "draft: true, reviewers: [IVY]");
    site.run(&open).exits(5);
    assert_eq!(writes(&site).len(), 1, "the step that opens it has asked");
}

#[test]
fn who_opened_it_cannot_be_the_one_to_approve() {
    let site = site();
    let said = site.run(&workflow("{ people: [ada] }")).exits(1);
    let unit = said.unit("source-a");
    assert!(
        unit["reason"].as_str().unwrap().contains("ada has opened pull request 1 and cannot approve it"),
        "{unit:#}"
    );
    assert_eq!(writes(&site), [""; 0]);
}
