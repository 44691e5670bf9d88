//! What changed since a commit, and in the work tree.

use super::fixture::{Fixture, git, path};
use crate::base::RepoPath;
use crate::git::{GitError, Repository};

fn texts<'a>(paths: impl IntoIterator<Item = &'a RepoPath>) -> Vec<&'a str> {
    paths.into_iter().map(RepoPath::as_str).collect()
}

#[test]
fn modified_is_what_this_side_changed_since_the_sides_parted() {
    let fixture = Fixture::new();
    fixture.git(&["branch", "base"]);
    fixture.git(&["switch", "-q", "-c", "work"]);
    fixture.put("docs/source-a.md", "changed here\n");
    fixture.git(&["commit", "-q", "-a", "-m", "here"]);
    fixture.git(&["switch", "-q", "base"]);
    fixture.put("docs/source-b.md", "changed there\n");
    fixture.git(&["commit", "-q", "-a", "-m", "there"]);
    fixture.git(&["switch", "-q", "work"]);
    let head = fixture.head();
    assert_eq!(texts(&fixture.open().modified_since("base", &head).unwrap()), ["docs/source-a.md"]);

    fixture.put("connectors/source-b/metadata.yaml", "dirty\n");
    fixture.put("new file ä.md", "untracked\n");
    let repository = fixture.open();
    let modified = repository.modified_since("base", &head).unwrap();
    assert_eq!(texts(&modified), ["connectors/source-b/metadata.yaml", "docs/source-a.md", "new file ä.md"]);
    let elsewhere = repository.resolve("base").unwrap();
    assert_eq!(texts(&repository.modified_since("work", &elsewhere).unwrap()), ["docs/source-b.md"], "not checked out");
}

#[test]
fn a_moved_file_counts_at_both_ends() {
    let fixture = Fixture::new();
    fixture.git(&["branch", "base"]);
    fixture.git(&["mv", "docs/source-a.md", "docs/moved.md"]);
    fixture.git(&["commit", "-q", "-m", "move"]);
    let modified = fixture.open().modified_since("base", &fixture.head()).unwrap();
    assert_eq!(texts(&modified), ["docs/moved.md", "docs/source-a.md"]);
}

#[test]
fn histories_without_a_common_commit_are_said_so() {
    let fixture = Fixture::new();
    fixture.git(&["switch", "-q", "--orphan", "island"]);
    fixture.git(&["commit", "-q", "--allow-empty", "-m", "alone"]);
    let error = fixture.open().modified_since("main", &fixture.head()).unwrap_err();
    assert!(matches!(error, GitError::NoMergeBase(..)), "{error}");
    assert!(matches!(fixture.open().modified_since("mian", &fixture.head()), Err(GitError::UnknownRevision { .. })));
}

#[test]
fn dirty_is_whatever_a_write_would_destroy() {
    let fixture = Fixture::new();
    fixture.put(".gitignore", "*.secret\n");
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "-m", "ignore"]);
    fixture.put("docs/source-a.md", "not staged\n");
    fixture.put("docs/source-b.md", "staged\n");
    fixture.git(&["add", "docs/source-b.md"]);
    fixture.put("docs/untracked.md", "");
    fixture.put("docs/my.secret", "");
    std::fs::remove_file(fixture.root.join("connectors/source-a/Dockerfile")).unwrap();
    let repository = Repository::open(&fixture.root.join("docs")).unwrap();
    let asked = [
        "docs/source-a.md",
        "docs/source-b.md",
        "docs/untracked.md",
        "docs/my.secret",
        "docs/none.md",
        "docs/*",
        "connectors/source-a/Dockerfile",
        "connectors/source-b/Dockerfile",
    ]
    .map(path);
    let expected = [
        "connectors/source-a/Dockerfile",
        "docs/my.secret",
        "docs/source-a.md",
        "docs/source-b.md",
        "docs/untracked.md",
    ];
    assert_eq!(texts(&repository.dirty(&asked).unwrap()), expected);
    assert_eq!(texts(&repository.dirty(&[path("connectors")]).unwrap()), ["connectors/source-a/Dockerfile"]);
    assert_eq!(repository.dirty(&[]).unwrap(), []);
}

#[test]
fn looking_takes_no_lock() {
    let fixture = Fixture::new();
    std::fs::write(fixture.root.join(".git/index.lock"), "").unwrap();
    assert_eq!(fixture.open().dirty(&[path("docs")]).unwrap(), []);
    git(&fixture.root, &["status"]);
}
