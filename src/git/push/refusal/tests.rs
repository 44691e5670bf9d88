//! Servers' own words, as they come over the wire.

use super::*;
use crate::base::Redactor;

fn read(branch: &str, reason: &str, stderr: &str) -> Refusal {
    let lines = crate::git::remote::clean(stderr.as_bytes(), &Redactor::default());
    refusal(branch, &Verdict::RemoteRejected(reason.to_owned()), &lines)
}

#[test]
fn an_update_hook_gives_each_branch_its_own_words() {
    let stderr = "remote: only on Mondays        \nremote: error: hook declined to update refs/heads/a        \n\
                  remote: too long        \nremote: by far        \nremote: error: hook declined to update refs/heads/a2        \n\
                  error: failed to push some refs to 'http://h/x'\n";
    let hook = |message: &str| Refusal::Certain(PushRejection::Hook { message: message.to_owned() });
    assert_eq!(read("a", "hook declined", stderr), hook("only on Mondays"));
    assert_eq!(read("a2", "hook declined", stderr), hook("too long\nby far"));
}

#[test]
fn a_hook_before_all_branches_refuses_them_together() {
    let stderr = "remote: the server rests        \nerror: failed to push some refs to 'http://h/x'\n";
    let expected = PushRejection::Hook { message: "the server rests".to_owned() };
    assert_eq!(read("a", "pre-receive hook declined", stderr), Refusal::Together(expected));
}

#[test]
fn github_protection_is_told_with_its_rule() {
    let stderr = "remote: error: GH006: Protected branch update failed for refs/heads/main.        \n\
                  remote: error: At least 1 approving review is required by reviewers with write access.        \n";
    let Refusal::Certain(PushRejection::Protected { message }) = read("main", "protected branch hook declined", stderr)
    else {
        panic!()
    };
    assert!(message.contains("GH006") && message.ends_with("with write access."), "{message}");
}

#[test]
fn github_rules_are_told_for_the_branch_that_broke_them() {
    let stderr = "remote: error: GH013: Repository rule violations found for refs/heads/a.        \n\
                  remote: Review all repository rules at https://github.com/acme/x/rules?ref=refs%2Fheads%2Fa        \n\
                  remote:         \nremote: - Changes must be made through a pull request.        \nremote:         \n\
                  remote: error: GH013: Repository rule violations found for refs/heads/b.        \n\
                  remote: - Commits must have verified signatures.        \n";
    let of = |branch: &str| match read(branch, "push declined due to repository rule violations", stderr) {
        Refusal::Certain(PushRejection::Protected { message }) => message,
        other => panic!("{other:?}"),
    };
    assert!(of("a").contains("through a pull request") && !of("a").contains("signatures"), "{}", of("a"));
    assert!(of("b").contains("signatures") && !of("b").contains("pull request"), "{}", of("b"));
}

#[test]
fn a_secret_is_no_rule() {
    let stderr = "remote: error: GH013: Repository rule violations found for refs/heads/a.        \nremote:         \n\
                  remote: - GITHUB PUSH PROTECTION        \nremote:     - Push cannot contain secrets        \n\
                  remote:       locations:        \nremote:         - commit: 1a2b3c        \n\
                  remote:           path: .env:1        \n\
                  remote:         https://github.com/acme/x/security/secret-scanning/unblock-secret/2ab        \n";
    let Refusal::Certain(PushRejection::Secret { message }) =
        read("a", "push declined due to repository rule violations", stderr)
    else {
        panic!()
    };
    assert!(message.contains(".env:1") && message.contains("unblock-secret"), "{message}");
}

#[test]
fn other_refusals_are_told_apart() {
    let is = |reason: &str, stderr: &str| match read("a", reason, stderr) {
        Refusal::Certain(rejection) | Refusal::Together(rejection) => rejection,
        Refusal::Ask(message) => panic!("{message}"),
    };
    let large = "remote: error: GH001: Large files detected.        \nremote: error: File big is 123.00 MB; this exceeds \
                 GitHub's file size limit of 100.00 MB        \n";
    assert!(matches!(is("pre-receive hook declined", large), PushRejection::TooLarge { .. }));
    let scope = "refusing to allow an OAuth App to create or update workflow `.github/workflows/x.yml` without `workflow` scope";
    assert!(matches!(is(scope, ""), PushRejection::Permission { .. }));
    assert_eq!(is("shallow update not allowed", ""), PushRejection::Shallow);
    assert!(matches!(is("deletion prohibited", ""), PushRejection::Protected { .. }));
    assert!(matches!(is("non-fast-forward", ""), PushRejection::Protected { .. }));
    let gitlab = "remote: GitLab: You are not allowed to push code to protected branches on this project.        \n";
    assert!(matches!(is("pre-receive hook declined", gitlab), PushRejection::Protected { .. }));
    let unpack = "error: remote unpack failed: No space left on device\n";
    let PushRejection::Other { message } = is("unpacker error", unpack) else { panic!() };
    assert_eq!(message, "No space left on device");
}

#[test]
fn whoever_may_have_come_in_between_is_asked_for() {
    for reason in ["failed to update ref", "incorrect old value provided", "remote failed to report status"] {
        assert!(matches!(read("a", reason, ""), Refusal::Ask(_)), "{reason}");
    }
    let stale = refusal("a", &Verdict::Rejected("stale info".to_owned()), &[]);
    assert_eq!(stale, Refusal::Ask("stale info".to_owned()));
}

#[test]
fn a_branch_is_not_taken_for_a_longer_one() {
    assert!(names_branch("denying ref deletion for refs/heads/a", "a"));
    assert!(names_branch("found for refs/heads/a.", "a"));
    assert!(!names_branch("found for refs/heads/a-b.", "a"));
    assert!(!names_branch("found for refs/heads/a/b.", "a"));
}
