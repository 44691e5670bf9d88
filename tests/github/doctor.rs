//! What `cutover doctor` says of GitHub.

use std::fmt::Write as _;

use cutover::forge::{Credential, Finding, Forge, GitHubForge, GitHubSettings, Secret, TokenSource};

use crate::github::access::Token;
use crate::github::model::{Method, Protection, Role};
use crate::stage::{Stage, own};

fn told(stage: &Stage, forge: &GitHubForge, base: &str) -> String {
    let mut text = String::new();
    for Finding { what, state, says, hint } in stage.wait(forge.examine(base)) {
        // Directories and minutes differ from run to run.
        let says =
            says.split(" (counted in").next().unwrap().replace("60 minutes", "1 hour").replace("61 minutes", "1 hour");
        let _ = writeln!(text, "{state:?} {what}: {says}");
        if let Some(hint) = hint {
            let _ = writeln!(text, "    {hint}");
        }
    }
    text
}

#[test]
fn all_is_well() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.world().repositories[0].delete_branch_on_merge = true;
    insta::assert_snapshot!(told(&stage, &forge, "main"), @r"
    Fine token: the token in GITHUB_TOKEN is ada's (a classic token)
    Fine scopes: read:org, repo, workflow
    Fine writes: 0 of 100000 in the last minute and 0 of 100000 in the last hour
    Fine REST calls: 4999 of 5000 left, all again in 1 hour
    Fine GraphQL points: 4999 of 5000 left, all again in 1 hour
    Fine repository: acme/connectors
    Fine push: ada may push (write)
    Fine base branch: `main` is there
    Fine rules: `main` has none that this credential can see
    Fine merge methods: squash, merge and rebase
    Fine merged branches: GitHub deletes them
    ");
    assert_eq!(stage.double.writes(), 0);
    stage.judged();
}

#[test]
fn much_is_amiss() {
    let stage = Stage::new(1);
    stage.double.grant("ghp_weak", Token::classic("eve", &["read:org"]), Role::Read);
    stage.double.allow_methods(&[Method::Merge]);
    stage.double.archive(true);
    let rules = Protection {
        required_checks: own(&["ci", "lint"]),
        required_approvals: 2,
        linear_history: true,
        ruleset: true,
        ..Protection::default()
    };
    stage.double.protect("main", rules);
    stage.double.rename("sources");
    let credential = Credential::Token { secret: Secret::new("ghp_weak"), from: TokenSource::Gh };
    let forge = GitHubForge::new(GitHubSettings { credential, ..stage.settings() }).unwrap();
    insta::assert_snapshot!(told(&stage, &forge, "main"), @r"
    Fine token: the token of `gh` is eve's (a classic token)
    Problem scopes: read:org
        Give the token the scope `public_repo` or `repo`, or: Type `gh auth login --hostname 127.0.0.1`.
    Fine writes: 0 of 100000 in the last minute and 0 of 100000 in the last hour
    Fine REST calls: 4998 of 5000 left, all again in 1 hour
    Fine GraphQL points: 4999 of 5000 left, all again in 1 hour
    Problem repository: acme/connectors is called acme/sources now; writes to the old name are refused
        Point the remote to it: git remote set-url origin …/acme/sources.git
    Problem repository: acme/sources is archived: nothing in it can be changed
        Ask an administrator to unarchive it.
    Problem push: eve may not push (read)
        Ask for write access, or push to a fork (`--fork OWNER`).
    Fine base branch: `main` is there
    Fine rules: `main` asks for the checks ci and lint, 2 approving reviews and a linear history
        Let the workflow ask somebody (`reviewers:`) and wait (`pull-request.wait-for-review`).
    Problem merge methods: merge, but the history is to be linear
        Allow squash or rebase in the repository's settings.
    Notice merged branches: they stay
        Tick “Automatically delete head branches” in the repository's settings to be rid of them.
    ");
    insta::assert_snapshot!(told(&stage, &forge, "mian").lines().filter(|line| line.contains("ase")).collect::<Vec<_>>().join("\n"), @r"
    Problem base branch: `mian` is not there
        Correct the base, or take `main`.
    ");
}

#[test]
fn a_token_that_is_not_accepted_is_all_there_is_to_say() {
    let stage = Stage::new(1);
    let credential = Credential::Token { secret: Secret::new("ghp_wrong"), from: TokenSource::Gh };
    let forge = GitHubForge::new(GitHubSettings { credential, ..stage.settings() }).unwrap();
    insta::assert_snapshot!(told(&stage, &forge, "main"), @r"
    Problem token: GitHub does not accept the token of `gh`: Bad credentials
        It has expired, was revoked, or is cut off. Type `gh auth login --hostname 127.0.0.1`.
    Fine writes: 0 of 100000 in the last minute and 0 of 100000 in the last hour
    ");
}

#[test]
fn a_merge_queue_and_a_classic_protection_are_seen() {
    let stage = Stage::new(1);
    let rules = Protection { required_checks: own(&["ci"]), required_approvals: 1, ..Protection::default() };
    stage.double.protect("main", rules.clone());
    let forge = stage.forge();
    let classic = told(&stage, &forge, "main");
    stage.double.protect("main", Protection { ruleset: true, merge_queue: true, ..rules });
    let queue = told(&stage, &forge, "main");
    let lines = |text: &str| {
        text.lines().filter(|line| line.contains("rules") || line.contains("methods")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(format!("{}\n\n{}", lines(&classic), lines(&queue)), @r"
    Fine rules: `main` asks for the check ci and 1 approving review
    Fine merge methods: squash, merge and rebase

    Fine rules: `main` asks for the check ci, 1 approving review and the merge queue
    Fine merge methods: the merge queue's own
    ");
}
