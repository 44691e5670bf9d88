//! How long pushes take against a remote of a monorepo's size; for a person to read, not for a verdict.

use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use cutover::git::{Changes, CommitRequest, PushOptions, PushRequest, Pushed, Remote, Repository, Signature, Written};

use crate::server::{everybody, no_fault};
use crate::world::{git, new};

/// `CUTOVER_CORPUS=REPOSITORY cargo test --test push -- --ignored --nocapture measure`
#[test]
#[ignore = "it measures, and needs a large repository"]
fn a_hundred_branches_in_one_push_and_in_a_hundred() {
    let Some(corpus) = std::env::var("CUTOVER_CORPUS").ok() else {
        println!("skipped: CUTOVER_CORPUS names no repository");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(scratch.path().to_owned()).unwrap();
    for name in ["remote.git", "work.git"] {
        git(&root, &["clone", "-q", "--shared", "--bare", &corpus, name]);
    }
    let server = crate::server::Server::start(scratch.path(), everybody, no_fault);
    let refs = git(root.join("remote.git"), &["for-each-ref"]).lines().count();
    let repository = Repository::open(&root.join("work.git")).unwrap();
    let remote = Remote::new(server.url("remote.git"));
    let mut took = Vec::new();
    for (name, chunk) in [("one", 100), ("each", 1)] {
        let requests = commits(&repository, &root.join("work.git"), name);
        let started = Instant::now();
        let options = PushOptions { chunk, ..PushOptions::default() };
        let report = repository.push(&remote, &requests, &options);
        took.push(started.elapsed());
        assert!(report.outcomes.iter().all(|outcome| matches!(outcome, Ok(Pushed::Done))));
        let started = Instant::now();
        let again = repository.push(&remote, &requests, &options);
        took.push(started.elapsed());
        assert!(again.outcomes.iter().all(|outcome| matches!(outcome, Ok(Pushed::AlreadyThere))));
    }
    println!(
        "remote with {refs} refs; 100 branches: one push {:?} (again {:?}), a hundred pushes {:?} (again {:?})",
        took[0], took[1], took[2], took[3]
    );
}

fn commits(repository: &Repository, directory: &Utf8Path, name: &str) -> Vec<PushRequest> {
    let parent = repository.resolve("HEAD").unwrap();
    let paths = git(directory, &["ls-tree", "-r", "--name-only", "HEAD"]);
    let paths: Vec<&str> = paths.lines().filter(|path| path.ends_with("/metadata.yaml")).take(100).collect();
    assert_eq!(paths.len(), 100);
    let requests = paths.iter().enumerate().map(|(at, path)| CommitRequest {
        branch: format!("cutover/{name}/{at}"),
        expected: None,
        parent,
        changes: Changes::from([(
            cutover::base::RepoPath::new(path).unwrap(),
            Some(cutover::base::TreeFile {
                bytes: format!("data: {{ {name}: {at} }}\n").into_bytes().into(),
                mode: cutover::base::FileMode::File,
            }),
        )]),
        message: format!("Move {at}"),
        author: Signature::new("Ada", "ada@example.com").unwrap(),
        time: jiff::Timestamp::UNIX_EPOCH,
    });
    let requests: Vec<CommitRequest> = requests.collect();
    let written = repository.write_commits(&requests).unwrap();
    let pushes = written.iter().zip(&requests).map(|(written, request)| match written {
        Written::Committed { commit, .. } => new(&request.branch, *commit),
        other => panic!("{other:?}"),
    });
    pushes.collect()
}
