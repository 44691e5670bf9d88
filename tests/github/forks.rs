//! Runs of somebody who may not push to the repository, and pushes to a fork.

use crate::github::model::{Method, Role};
use crate::monorepo::{Files, git, utf8};
use crate::place::outcomes;
use crate::site::{Site, branch, by_an_outsider};

/// A repository that ada may only read.
fn outside() -> Site {
    let site = Site::new(&Files::default().python("source-a").python("source-b"));
    site.double.collaborator("ada", Role::Read);
    site
}

/// The branches of a repository that are ours.
fn ours(at: &camino::Utf8Path) -> String {
    git(at, &["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/cutover/"])
}

#[test]
fn who_may_not_push_is_told_of_forks() {
    let site = outside();
    let said = site.run(&by_an_outsider()).exits(1);
    let failure = &said.json()["failures"][0];
    assert_eq!(failure["class"], "permission", "{failure:#}");
    assert!(failure["hint"].as_str().unwrap().contains("--fork OWNER"), "{failure:#}");
    site.cutover(&["doctor", "--forge", "github"]).exits(8).answers(&["ada may not push (read)", "--fork OWNER"]);

    // No such fork: what to do is said, and can be done afterwards.
    let workflow = site.place.workflow(&by_an_outsider());
    site.cutover(&["doctor", "--forge", "github", "--fork", "ada"])
        .exits(8)
        .answers(&["there is no fork ada/connectors", "gh repo fork acme/connectors --clone=false"]);
    let said = site.cutover(&["run", &workflow, "--fork", "ada", "--format", "json"]).exits(1);
    let hint = said.json()["failures"][0]["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("gh repo fork acme/connectors"), "{hint}");
    site.double.fork("ada", "connectors");
    site.cutover(&["resume", "--retry-failed"]).exits(0);
    assert_eq!(site.pull("source-a").head_owner, "ada");
    site.cutover(&["run", &workflow, "--fork", "acme"]).exits(2).complains(&["acme has the repository"]);
}

#[test]
fn a_run_from_a_fork_is_opened_refreshed_rebuilt_and_closed() {
    let site = outside();
    let fork = utf8(&site.double.fork("ada", "mine"));
    let workflow = site.place.workflow(&by_an_outsider().replace("forge: github", "forge: github, fork: ada/mine"));
    site.cutover(&["doctor", &workflow]).exits(0).answers(&["ada may push to the fork ada/mine", "fork"]);
    let said = site.cutover(&["run", &workflow, "--format", "json"]).exits(0).json();
    assert!(outcomes(&said).iter().all(|(_, outcome)| outcome == "changed"), "{said:#}");
    assert_eq!(ours(&site.remote), "", "nothing is pushed to the repository");
    assert_eq!(ours(&fork), site.place.branches());
    for name in ["source-a", "source-b"] {
        let pull = site.pull(name);
        assert_eq!((pull.head_label(), pull.draft), (format!("ada:{}", branch(name)), false));
        let page = git(&fork, &["show", &format!("{}:docs/{}.md", branch(name), crate::monorepo::page_of(name))]);
        assert!(page.contains(&format!("/pull/{})", pull.number)), "{page}");
    }

    // Nothing is opened twice, and what moved is made anew in the fork.
    site.release("source-b");
    site.cutover(&["refresh"]).exits(0);
    assert_eq!(site.double.pulls().len(), 2);
    let head = git(&fork, &["rev-parse", &branch("source-b")]);
    assert_eq!(site.pull("source-b").head, head);
    assert_eq!(
        git(&fork, &["merge-base", &head, &site.there(&["rev-parse", "main"])]),
        site.there(&["rev-parse", "main"])
    );

    // Without its journal the run is found in the fork.
    std::fs::remove_dir_all(site.place.state()).unwrap();
    let said = site.cutover(&["adopt", &workflow, "--format", "json"]).exits(0).json();
    let rows = said["connectors"].as_array().unwrap();
    let outcomes: Vec<&str> = rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    // What was made anew is one commit, which is taken as it is.
    assert_eq!(outcomes, ["adopted", "as-it-is"], "{said:#}");
    site.cutover(&["resume"]).exits(0);
    assert_eq!(site.double.pulls().len(), 2, "nothing is opened twice");

    // One is merged by a maintainer; the other is given up, its branch in the fork too.
    site.double.merge(site.pull("source-a").number, "grace", Method::Squash);
    let said = site.cutover(&["close", "--yes", "--format", "json"]).exits(0).json();
    assert_eq!(said["connectors"][1]["outcome"], "closed", "{said:#}");
    assert!(!site.pull("source-b").open);
    assert!(!ours(&fork).contains("source-b"), "{}", ours(&fork));
    assert_eq!(site.cutover(&["status", "--format", "json"]).unit("source-a")["outcome"], "merged");
}

#[test]
fn a_persons_push_to_the_fork_is_left_alone() {
    let site = outside();
    let fork = utf8(&site.double.fork("ada", "connectors"));
    let workflow = site.place.workflow(&by_an_outsider());
    site.cutover(&["run", &workflow, "--fork", "ada"]).exits(0);
    let tree = git(&fork, &["rev-parse", &format!("{}^{{tree}}", branch("source-b"))]);
    for (key, value) in [("user.name", "Grace"), ("user.email", "grace@example.com")] {
        git(&fork, &["config", key, value]);
    }
    let theirs = git(&fork, &["commit-tree", "-m", "Mine", "-p", &branch("source-b"), &tree]);
    git(&fork, &["update-ref", &format!("refs/heads/{}", branch("source-b")), &theirs]);
    site.release("source-b");
    let said = site.cutover(&["refresh", "--format", "json"]).exits(1);
    assert_eq!(said.unit("source-b")["outcome"], "edited-by-human");
    assert_eq!(git(&fork, &["rev-parse", &branch("source-b")]), theirs);
}
