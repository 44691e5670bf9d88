//! Finding repositories and revisions.

use camino::Utf8Path;

use super::fixture::{Fixture, git};
use crate::git::{GitError, Repository};

#[test]
fn a_directory_of_the_work_tree_opens_the_repository() {
    let fixture = Fixture::new();
    let repository = Repository::open(&fixture.root.join("connectors/source-a")).unwrap();
    assert_eq!(repository.work_tree(), Some(fixture.root.as_path()));
    assert_eq!(repository.common_dir(), fixture.root.join(".git"));
    assert!(!repository.is_bare());
    assert_eq!(repository.resolve("HEAD").unwrap(), fixture.head());
}

#[test]
fn a_bare_repository_serves_too() {
    let fixture = Fixture::new();
    let bare = fixture.beside("bare.git");
    git(&fixture.root, &["clone", "-q", "--bare", ".", bare.as_str()]);
    let repository = Repository::open(&bare).unwrap();
    assert_eq!((repository.work_tree(), repository.common_dir()), (None, bare.as_path()));
    assert!(repository.is_bare());
    assert_eq!(repository.resolve("main").unwrap(), fixture.head());
    assert_eq!(repository.dirty(&[]).unwrap(), []);
}

#[test]
fn a_linked_work_tree_shares_the_common_directory() {
    let fixture = Fixture::new();
    let linked = fixture.beside("linked");
    fixture.git(&["worktree", "add", "-q", "-b", "side", linked.as_str()]);
    git(&linked, &["commit", "-q", "--allow-empty", "-m", "on the side"]);
    let repository = Repository::open(&linked).unwrap();
    assert_eq!(repository.work_tree(), Some(linked.as_path()));
    assert_eq!(repository.common_dir(), fixture.root.join(".git"));
    assert_ne!(repository.resolve("HEAD").unwrap(), fixture.head(), "its HEAD is its own");
}

#[test]
fn what_is_no_repository_is_said_so() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = Utf8Path::from_path(scratch.path()).unwrap();
    let error = Repository::open(directory).unwrap_err();
    assert!(matches!(&error, GitError::NotARepository(at) if at == directory), "{error}");
    assert!(error.hint().unwrap().contains("--repo"));
    assert!(matches!(Repository::open(&directory.join("none")), Err(GitError::NoDirectory(_))));
}

#[test]
fn a_repository_with_other_ids_is_refused() {
    let fixture = Fixture::empty(&["init", "-q", "--object-format=sha256", "repository"]);
    assert!(matches!(Repository::open(&fixture.root), Err(GitError::ObjectFormat(format)) if format == "sha256"));
}

#[test]
fn an_unknown_revision_suggests_a_branch() {
    let fixture = Fixture::new();
    fixture.git(&["branch", "release-2"]);
    fixture.git(&["tag", "v1"]);
    let repository = fixture.open();
    assert_eq!(repository.resolve("v1").unwrap(), fixture.head());
    assert_eq!(repository.resolve(&fixture.head().short()).unwrap(), fixture.head());
    let suggestion = |revision: &str| match repository.resolve(revision) {
        Err(GitError::UnknownRevision { suggestion, .. }) => suggestion,
        other => panic!("{revision}: {other:?}"),
    };
    assert_eq!(suggestion("relase-2").as_deref(), Some("release-2"));
    for revision in ["", "zzz", "--all", "0000000000000000000000000000000000000001", "HEAD~5", "a b"] {
        assert_eq!(suggestion(revision), None, "{revision}");
    }
}

#[test]
fn what_is_not_a_commit_is_said_so() {
    let fixture = Fixture::new();
    let error = fixture.open().resolve("HEAD:docs").unwrap_err();
    assert_eq!(error.to_string(), "`HEAD:docs` does not name one commit: it is a tree");
}

#[test]
fn an_empty_repository_is_said_so() {
    let fixture = Fixture::empty(&["init", "-q", "-b", "main", "repository"]);
    for revision in ["HEAD", "main", "v1"] {
        assert!(matches!(fixture.open().resolve(revision), Err(GitError::Empty)), "{revision}");
    }
}

#[test]
fn a_head_without_commits_beside_branches_that_have_some_names_them() {
    let fixture = Fixture::new();
    fixture.git(&["symbolic-ref", "HEAD", "refs/heads/nothing"]);
    let error = fixture.open().resolve("HEAD").unwrap_err();
    assert!(matches!(&error, GitError::UnbornHead { head, .. } if head == "nothing"), "{error}");
    assert!(error.hint().unwrap().contains("--base main"));
}

#[test]
fn the_author_is_the_one_of_the_configuration() {
    let fixture = Fixture::new();
    let author = fixture.open().identity().unwrap();
    assert_eq!((author.name(), author.email()), ("Ada", "ada@example.com"));
    fixture.git(&["config", "author.name", "Ada for cutover"]);
    assert_eq!(fixture.open().identity().unwrap().name(), "Ada for cutover");
    fixture.git(&["config", "author.email", ""]);
    fixture.git(&["config", "user.email", ""]);
    let error = fixture.open().identity().unwrap_err();
    assert!(matches!(error, GitError::NoIdentity("user.email")), "{error}");
    assert!(error.hint().unwrap().contains("git config --global user.email"));
}

#[test]
fn branches_are_listed_by_the_beginning_of_their_names() {
    let fixture = Fixture::new();
    for branch in ["cutover/a/one", "cutover/a/two", "cutover/ab", "other"] {
        fixture.git(&["branch", branch]);
    }
    let repository = fixture.open();
    let names = |prefix: &str| repository.branches(prefix).unwrap().into_keys().collect::<Vec<_>>();
    assert_eq!(names("cutover/a/"), ["cutover/a/one", "cutover/a/two"]);
    assert_eq!(names("cutover/a"), ["cutover/a/one", "cutover/a/two", "cutover/ab"]);
    assert_eq!(names("").len(), 5);
    assert_eq!(repository.branch("other").unwrap(), Some(fixture.head()));
    assert_eq!(repository.branch("cutover/a").unwrap(), None);
}

#[test]
fn a_name_is_legal_here_exactly_if_it_is_for_git() {
    let fixture = Fixture::new();
    let names = [
        "a",
        "a/b",
        "a.b",
        "a-b",
        "ä",
        "a@b",
        "@",
        "@a",
        "HEAD",
        "a/HEAD",
        "",
        "-a",
        "a-",
        "/a",
        "a/",
        "a//b",
        ".a",
        "a/.b",
        "a..b",
        "a.",
        "a./b",
        "a.lock",
        "a.lock/b",
        "a.LOCK",
        "a b",
        "a~b",
        "a^b",
        "a:b",
        "a?b",
        "a*b",
        "a[b",
        "a\\b",
        "a@{b",
        "a\tb",
        "a\u{7f}b",
        "\"a\"",
        "a{b}",
        "refs/heads/a",
    ];
    for name in names {
        let git = std::process::Command::new("git")
            .args(["check-ref-format", "--branch", name])
            .current_dir(&fixture.root)
            .output()
            .unwrap();
        let ours = crate::git::check_branch_name(name);
        // Stricter in two things: on some disks `.LOCK` is git's `.lock`, and `@` is another word for HEAD.
        let ours_alone = ["a.LOCK", "@"].contains(&name);
        assert_eq!(ours.is_ok(), git.status.success() && !ours_alone, "{name}: {ours:?}");
    }
}

#[test]
fn variables_that_hooks_set_do_not_lead_to_another_repository() {
    let command = crate::git::command::bare_command(Utf8Path::new("/"));
    let removed: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).map(|(key, _)| key).collect();
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        assert!(removed.contains(&std::ffi::OsStr::new(name)), "{name}");
    }
}
