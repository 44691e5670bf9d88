//! What people read when something goes wrong.

use super::fixture::path;
use crate::git::{GitError, ObjectId, PushRejection, RemoteError, RemoteTrouble};

#[test]
fn every_error_says_what_to_do() {
    let id = ObjectId::of("blob", b"");
    let text = |text: &str| text.to_owned();
    let errors = [
        GitError::NoGit(text("No such file or directory")),
        GitError::NotARepository("/home/ada".into()),
        GitError::NoDirectory("/home/adda".into()),
        GitError::UntrustedOwner("/srv/monorepo".into()),
        GitError::ObjectFormat(text("sha256")),
        GitError::Empty,
        GitError::UnbornHead { head: text("main"), branches: vec![text("master")] },
        GitError::UnknownRevision { revision: text("mian"), suggestion: Some(text("main")) },
        GitError::UnknownRevision { revision: text("v9"), suggestion: None },
        GitError::NotACommit { revision: text("HEAD:docs"), message: text("it is a tree") },
        GitError::NoMergeBase(text("main"), text("1a2b3c4d5e")),
        GitError::NoIdentity("user.email"),
        GitError::Signature(text("Ada <")),
        GitError::BranchName { name: text("a."), reason: "it ends with a dot" },
        GitError::BranchTwice(text("cutover/x")),
        GitError::CheckedOut { branch: text("cutover/x"), work_tree: "/home/ada/x".into() },
        GitError::NameTaken { branch: text("cutover/x"), other: text("cutover") },
        GitError::MissingObject { kind: "blob", id },
        GitError::CorruptObject { kind: "tree", id, message: text("it is not made like a tree") },
        GitError::PathInTheWay { path: path("docs/a.md"), reason: text("`docs` is a symbolic link") },
        GitError::Locked("/srv/monorepo/.git/refs/heads/x.lock".into()),
        GitError::DiskFull("/srv/monorepo/.git/objects".into()),
        GitError::ReadOnly("/srv/monorepo/.git/objects".into()),
        GitError::PermissionDenied("/srv/monorepo/.git/objects".into()),
        GitError::Hook(text("only on Mondays")),
        GitError::Io { path: "/srv/monorepo".into(), message: text("input/output error") },
        GitError::Command { command: text("update-ref"), message: text("fatal: something new") },
    ];
    let shown: Vec<String> =
        errors.iter().map(|error| format!("{error}\n  {}", error.hint().unwrap_or_default())).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn every_trouble_with_a_remote_says_what_to_do() {
    let unknown = |near: Option<&str>| RemoteTrouble::Unknown { suggestion: near.map(str::to_owned) };
    let troubles = [
        (RemoteTrouble::Unreachable, "Could not resolve host: github.com"),
        (RemoteTrouble::TimedOut(std::time::Duration::from_mins(10)), ""),
        (RemoteTrouble::TooMany, "The requested URL returned error: 429"),
        (RemoteTrouble::Cancelled, ""),
        (RemoteTrouble::Authentication, "could not read Username for 'https://github.com': terminal prompts disabled"),
        (
            RemoteTrouble::Permission,
            "Permission to acme/connectors.git denied to ada.\nThe requested URL returned error: 403",
        ),
        (RemoteTrouble::Permission, "The 'acme' organization has enabled or enforced SAML SSO."),
        (RemoteTrouble::NotThere, "Repository not found."),
        (RemoteTrouble::Archived, "This repository was archived so it is read-only."),
        (unknown(Some("upstream")), ""),
        (unknown(None), ""),
        (RemoteTrouble::Untrusted, "Host key verification failed."),
        (RemoteTrouble::NoPushOptions, ""),
        (RemoteTrouble::LocalHook, "run the linter first"),
        (RemoteTrouble::Incomplete, "bad object 1111111111111111111111111111111111111111"),
        (RemoteTrouble::Other, "something new"),
    ];
    let shown = troubles.map(|(trouble, message)| {
        let error = RemoteError { remote: "origin".to_owned(), trouble, message: message.to_owned() };
        format!("{error}\n  {}", error.hint().unwrap_or_default())
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn every_rejection_of_a_branch_says_what_to_do() {
    let found = "4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse().unwrap();
    let text = |text: &str| text.to_owned();
    let rejections = [
        PushRejection::Moved { found: Some(found) },
        PushRejection::Moved { found: None },
        PushRejection::Hook { message: text("only on Mondays\nand not on the first") },
        PushRejection::Protected { message: text("GH006: Protected branch update failed for refs/heads/main.") },
        PushRejection::Secret { message: text("GH009: Secrets detected! This push failed.") },
        PushRejection::TooLarge { message: text("File big is 123.00 MB") },
        PushRejection::Permission { message: text("refusing to allow it without `workflow` scope") },
        PushRejection::Permission { message: text("no") },
        PushRejection::NameTaken { other: text("cutover") },
        PushRejection::Shallow,
        PushRejection::Other { message: text("something new") },
    ];
    let shown = rejections.map(|rejection| format!("{rejection}\n  {}", rejection.hint().unwrap_or_default()));
    insta::assert_snapshot!(shown.join("\n"));
}
