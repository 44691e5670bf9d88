//! Reading the files of commits.

use rayon::prelude::*;

use super::fixture::{Fixture, git, path};
use crate::base::{FileMode, Tree};
use crate::git::{CommitTree, GitError, Repository};

fn text(tree: &CommitTree, at: &str) -> Option<String> {
    tree.read(&path(at)).unwrap().map(|file| String::from_utf8(file.bytes.to_vec()).unwrap())
}

#[test]
fn every_file_is_what_git_shows() {
    let fixture = Fixture::new();
    fixture.put("bin/tool", "#!/bin/sh\n");
    fixture.put("bin.txt", "sorts between bin and bin0\n");
    fixture.put("bin0", "");
    fixture.git(&["add", "."]);
    fixture.git(&["update-index", "--chmod=+x", "bin/tool"]);
    fixture.git(&["commit", "-q", "-m", "second"]);
    let tree = fixture.open().tree(&fixture.head()).unwrap();
    let listing = fixture.git(&["ls-tree", "-r", "HEAD"]);
    assert_eq!(listing.lines().count(), 9);
    for line in listing.lines() {
        let (facts, at) = line.split_once('\t').unwrap();
        let file = tree.read(&path(at)).unwrap().unwrap();
        assert_eq!(facts.split(' ').next().unwrap(), file.mode.as_octal(), "{at}");
        assert_eq!(facts.split(' ').nth(2).unwrap(), crate::git::ObjectId::of("blob", &file.bytes).to_string(), "{at}");
    }
    let names: Vec<String> = tree.entries(None).unwrap().unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["bin", "bin.txt", "bin0", "connectors", "docs"]);
    assert_eq!(tree.id().to_string(), fixture.git(&["rev-parse", "HEAD^{tree}"]));
}

#[test]
fn a_file_that_was_read_a_moment_ago_is_not_read_again_and_older_ones_are_forgotten() {
    let fixture = Fixture::new();
    (0..100).for_each(|number| fixture.put(&format!("many/{number}"), &format!("file {number}\n")));
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "-m", "many"]);
    let tree = fixture.open().tree(&fixture.head()).unwrap();
    let read = |number: u32| tree.read(&path(&format!("many/{number}"))).unwrap().unwrap().bytes;
    let first = read(0);
    assert!(std::sync::Arc::ptr_eq(&first, &read(0)), "the same bytes, not the same again");
    (1..100).for_each(|number| assert_eq!(&*read(number), format!("file {number}\n").as_bytes()));
    let again = read(0);
    assert_eq!(first, again);
    assert!(!std::sync::Arc::ptr_eq(&first, &again), "memory does not grow with the number of files");
}

#[test]
fn what_is_not_there_is_none_and_not_an_error() {
    let fixture = Fixture::new();
    std::os::unix::fs::symlink("connectors", fixture.root.join("link")).unwrap();
    let commit = fixture.head().to_string();
    fixture.git(&["add", "."]);
    fixture.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},module")]);
    fixture.git(&["commit", "-q", "-m", "second"]);
    let tree = fixture.open().tree(&fixture.head()).unwrap();
    assert_eq!(text(&tree, "link").as_deref(), Some("connectors"));
    assert_eq!(tree.mode(&path("link")).unwrap(), Some(FileMode::Symlink));
    assert_eq!(tree.mode(&path("module")).unwrap(), Some(FileMode::Submodule));
    assert_eq!(tree.mode(&path("docs")).unwrap(), Some(FileMode::Directory));
    for at in ["nothing", "docs", "module", "module/a", "link/source-a/metadata.yaml", "docs/source-a.md/deeper"] {
        assert_eq!(text(&tree, at), None, "{at}");
    }
    for at in ["nothing", "docs/source-a.md", "link", "module", "link/source-a"] {
        assert_eq!(tree.entries(Some(&path(at))).unwrap(), None, "{at}");
    }
}

#[test]
fn many_threads_read_at_once() {
    let fixture = Fixture::new();
    for number in 0..200 {
        fixture.put(&format!("many/{number}/file"), &format!("content {number}"));
    }
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "-m", "many"]);
    let tree = fixture.open().tree(&fixture.head()).unwrap();
    (0..2000).into_par_iter().for_each(|turn| {
        let number = turn % 200;
        assert_eq!(text(&tree, &format!("many/{number}/file")), Some(format!("content {number}")));
    });
}

/// The loose object's file.
fn loose(fixture: &Fixture, revision: &str) -> camino::Utf8PathBuf {
    let id = fixture.git(&["rev-parse", revision]);
    fixture.root.join(".git/objects").join(&id[..2]).join(&id[2..])
}

fn overwrite(file: &camino::Utf8Path, content: &[u8]) {
    std::fs::remove_file(file).unwrap();
    std::fs::write(file, content).unwrap();
}

#[test]
fn a_damaged_object_is_named_with_its_path() {
    let fixture = Fixture::new();
    overwrite(&loose(&fixture, "HEAD:docs/source-a.md"), b"nonsense");
    let other = std::fs::read(loose(&fixture, "HEAD:docs/source-b.md")).unwrap();
    overwrite(&loose(&fixture, "HEAD:connectors/source-a/Dockerfile"), &other);
    let tree = fixture.open().tree(&fixture.head()).unwrap();
    for at in ["docs/source-a.md", "connectors/source-a/Dockerfile"] {
        let error = tree.read(&path(at)).unwrap_err();
        assert!(error.to_string().contains(at) && error.to_string().contains("git fsck"), "{error}");
    }
    assert!(tree.read(&path("connectors/source-b/metadata.yaml")).unwrap().is_some(), "the rest can be read");
}

#[test]
fn a_lost_object_is_named() {
    let fixture = Fixture::new();
    std::fs::remove_file(loose(&fixture, "HEAD:docs")).unwrap();
    let tree = fixture.open().tree(&fixture.head()).unwrap();
    let error = tree.entries(Some(&path("docs"))).unwrap_err();
    assert!(error.to_string().contains("is missing from the repository"), "{error}");
    std::fs::remove_file(loose(&fixture, "HEAD^{tree}")).unwrap();
    assert!(matches!(fixture.open().tree(&fixture.head()), Err(GitError::MissingObject { kind: "tree", .. })));
}

/// A clone that left all files with its remote.
fn partial_clone(fixture: &Fixture) -> camino::Utf8PathBuf {
    fixture.git(&["config", "uploadpack.allowFilter", "true"]);
    fixture.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let partial = fixture.beside("partial.git");
    let url = format!("file://{}", fixture.root);
    git(&fixture.root, &["clone", "-q", "--bare", "--filter=blob:none", &url, partial.as_str()]);
    partial
}

#[test]
fn a_partial_clone_fetches_what_is_read() {
    let fixture = Fixture::new();
    let partial = partial_clone(&fixture);
    let tree = Repository::open(&partial).unwrap().tree(&fixture.head()).unwrap();
    assert_eq!(text(&tree, "docs/source-a.md").as_deref(), Some("# Changelog\n"));
}

#[test]
fn a_partial_clone_takes_commits_without_fetching_the_rest() {
    let fixture = Fixture::new();
    let partial = partial_clone(&fixture);
    let request = fixture.migration("source-a");
    std::fs::rename(&fixture.root, fixture.beside("gone")).unwrap();
    let repository = Repository::open(&partial).unwrap();
    let written = repository.write_commits(&[request]).unwrap();
    let commit = super::fixture::committed(&written[0]).to_string();
    let message = git(&partial, &["log", "-1", "--format=%s", &commit]);
    assert_eq!(message, "Move source-a");
    let missing = repository.tree(&written_commit(&written)).unwrap().read(&path("docs/source-b.md")).unwrap_err();
    assert!(missing.to_string().contains("is missing"), "{missing}");
}

fn written_commit(written: &[crate::git::Written]) -> crate::git::CommitId {
    super::fixture::committed(&written[0])
}
