//! What GitHub refuses, and what a person is told to do about it.

use cutover::forge::{
    Credential, Forge, ForgeError, GitHubForge, GitHubSettings, MergeMethod, MergeRequest, NewPullRequest, Secret,
    TokenSource,
};

use crate::github::TOKEN;
use crate::github::access::Token;
use crate::github::model::{Method, Role};
use crate::stage::{Stage, own, said, wanted};

/// A forge with another token, from a file.
fn with_token(stage: &Stage, token: &str) -> GitHubForge {
    let credential = Credential::Token { secret: Secret::new(token), from: TokenSource::File("/etc/token".into()) };
    GitHubForge::new(GitHubSettings { credential, ..stage.settings() }).unwrap()
}

/// What opening says, and that nothing was opened.
fn refused(stage: &Stage, forge: &GitHubForge, new: &NewPullRequest) -> String {
    let before = stage.double.pulls().len();
    let error = stage.try_open(forge, new).unwrap_err();
    assert_eq!(stage.double.pulls().len(), before, "{error}");
    said(&error)
}

#[test]
fn a_token_that_is_wrong_or_over_or_reaches_too_little() {
    let stage = Stage::new(1);
    let new = wanted(1);
    stage.double.grant("ghp_weak", Token::classic("ada", &["read:org"]), Role::Write);
    stage.double.grant("github_pat_r", Token::fine_grained("ada", &[("pull_requests", "read")]), Role::Write);
    let mut told = vec![refused(&stage, &with_token(&stage, "ghp_wrong"), &new)];
    told.push(refused(&stage, &with_token(&stage, "github_pat_r"), &new));
    told.push(refused(&stage, &with_token(&stage, "ghp_weak"), &new));
    let forge = stage.forge();
    stage.double.expire(TOKEN, std::time::Duration::ZERO);
    told.push(refused(&stage, &forge, &new));
    assert!(told.iter().all(|text| !text.contains("ghp_") && !text.contains("github_pat_")), "{told:?}");
    insta::assert_snapshot!(told.join("\n"), @r"
    GitHub does not accept the token in `/etc/token`: Bad credentials
      It has expired, was revoked, or is cut off. Put a new token into `/etc/token`.
    the token in `/etc/token` may not do this: Resource not accessible by personal access token
      It needs the permission pull_requests: write. Give it that, then resume.
    the token in `/etc/token` may not do this: GitHub answers as if it were not there (404)
      It needs one of the scopes `repo`; it has `read:org`. Give it that, then resume.
    GitHub does not accept the token in GITHUB_TOKEN: Bad credentials
      It has expired, was revoked, or is cut off. Set GITHUB_TOKEN to a new token.
    ");
}

#[test]
fn a_repository_that_is_not_there_or_archived_or_has_another_name() {
    let stage = Stage::new(2);
    let nowhere = GitHubSettings { repository: "connectorz".to_owned(), ..stage.settings() };
    let mut told = vec![refused(&stage, &GitHubForge::new(nowhere).unwrap(), &wanted(1))];
    let known = stage.forge();
    stage.open(&known, 2);
    stage.double.archive(true);
    told.push(refused(&stage, &stage.forge(), &wanted(1)));
    stage.double.archive(false);
    stage.double.rename("sources");
    stage.asked();
    let forge = stage.forge();
    assert_eq!(stage.wait(forge.get(1)).unwrap().number, 1, "reads follow");
    told.push(refused(&stage, &forge, &wanted(1)));
    assert!(stage.asked().iter().all(|line| line.starts_with("query")), "no write went out");
    told.push(refused(&stage, &known, &wanted(1)));
    insta::assert_snapshot!(told.join("\n"), @r"
    there is no repository acme/connectorz, or the token in GITHUB_TOKEN cannot see it
      Look at the remote's address, and whether the token's access covers this repository.
    the repository acme/connectors is archived: nothing in it can be changed
      Ask an administrator to unarchive it.
    the repository acme/connectors is called acme/sources now
      Point the remote to it (git remote set-url origin …/acme/sources.git), then resume.
    the repository acme/connectors is called acme/sources now
      Point the remote to it (git remote set-url origin …/acme/sources.git), then resume.
    ");
}

#[test]
fn branches_that_are_not_there_or_have_nothing_new() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    let main = |head: &str| NewPullRequest { head: head.to_owned(), ..wanted(1) };
    let mut told = vec![refused(&stage, &forge, &main("cutover/move/none"))];
    told.push(refused(&stage, &forge, &NewPullRequest { base: "mian".to_owned(), ..wanted(1) }));
    stage.double.push("ahead", "bob", "y.txt", "y");
    let behind = NewPullRequest { head: "main".to_owned(), base: "ahead".to_owned(), ..wanted(1) };
    told.push(refused(&stage, &forge, &behind));
    insta::assert_snapshot!(told.join("\n"), @r"
    the repository has no branch `cutover/move/none` to open a pull request from
      Push the branch first: `pull-request.open` needs `git.push` before it.
    the repository has no branch `mian` to merge into
      It was renamed or deleted, or `mian` is misspelt: correct `base:`, then resume.
    `main` has no commits that `ahead` has not
      The change has been merged already, or the branch was reset.
    ");
}

#[test]
fn labels_people_and_milestones_that_are_not_there_stop_before_anything_is_opened() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.label("migration");
    stage.double.milestone("November");
    let cases = [
        NewPullRequest { labels: own(&["migratoin"]), ..wanted(1) },
        NewPullRequest { labels: own(&["migration", "wave-1"]), ..wanted(1) },
        NewPullRequest { milestone: Some("Novembre".to_owned()), ..wanted(1) },
        NewPullRequest { reviewers: own(&["Ada"]), ..wanted(1) },
        NewPullRequest { title: "x".repeat(257), ..wanted(1) },
        NewPullRequest { body: "x".repeat(65_536), ..wanted(1) },
    ];
    let told: Vec<String> = cases.iter().map(|new| refused(&stage, &forge, new)).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    the repository has no label `migratoin`
      Did you mean `migration`? Otherwise make the label in the repository first.
    the repository has no label `wave-1`
      Make the label in the repository first, or leave it out of the workflow.
    the repository has no open milestone `Novembre`
      Did you mean `November`? Otherwise make the milestone in the repository first.
    Ada opens the pull request and cannot be asked to review it
      Take Ada out of `reviewers:`, or run with another token, such as an App's.
    a pull request cannot be opened: its title has more than 256 characters
      Change the `with:` of the step that opens it.
    a pull request cannot be opened: its text has more than 65536 characters
      Change the `with:` of the step that opens it.
    ");
    let lists = stage.asked().iter().filter(|line| line.starts_with("GET /labels")).count();
    assert_eq!(lists, 1, "one listing for all");
}

#[test]
fn people_who_cannot_look_at_it_are_named() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.collaborator("bob", Role::Write);
    stage.double.team("owners", &["bob"]);
    let opened = stage.open(&forge, 1);
    let updated = |new: &NewPullRequest| match stage.wait(forge.update(&opened, new)) {
        Ok(_) => panic!("it is refused"),
        Err(error) => said(&error),
    };
    let mut told = vec![updated(&NewPullRequest { reviewers: own(&["bob", "eve"]), ..wanted(1) })];
    told.push(updated(&NewPullRequest { teams: own(&["owners", "strangers"]), ..wanted(1) }));
    told.push(updated(&NewPullRequest { assignees: own(&["eve"]), ..wanted(1) }));
    insta::assert_snapshot!(told.join("\n"), @r"
    eve cannot be asked for a review: Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the acme/connectors repository.
      Correct the names, or give them access to the repository.
    team strangers cannot be asked for a review: Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the acme/connectors repository.
      Correct the names, or give them access to the repository.
    eve cannot be assigned: not a member of the repository
      Correct the names, or give them access to the repository.
    ");
}

#[test]
fn a_method_that_is_not_allowed_is_an_error_and_not_a_wait() {
    let stage = Stage::new(1);
    stage.double.allow_methods(&[Method::Merge, Method::Rebase]);
    let forge = stage.forge();
    stage.open(&forge, 1);
    stage.wait(forge.ready(1)).unwrap();
    let head = stage.double.pull(1).head;
    let request = MergeRequest { number: 1, head, methods: vec![MergeMethod::Squash], squash_text: None };
    let error = stage.wait(forge.merge(&request)).unwrap_err();
    insta::assert_snapshot!(said(&error), @r"
    the repository does not allow to merge by squash; it allows merge and rebase
      Name an allowed one in the step's `methods:`, or allow it in the repository's settings.
    ");
}

#[test]
fn a_number_that_is_not_there() {
    let stage = Stage::new(0);
    let forge = stage.forge();
    for error in [
        stage.wait(forge.get(7)).unwrap_err(),
        stage.wait(forge.standing(7)).unwrap_err(),
        stage.wait(forge.ready(7)).unwrap_err(),
        stage.wait(forge.close(7, Some("x"))).unwrap_err(),
    ] {
        assert!(matches!(error, ForgeError::NotFound(7)), "{error}");
    }
}
