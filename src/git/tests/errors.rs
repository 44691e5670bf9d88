//! What people read when something goes wrong.

use super::fixture::path;
use crate::git::{GitError, ObjectId};

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
