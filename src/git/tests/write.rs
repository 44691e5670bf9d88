//! Writing commits: what git sees of them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::fixture::{Fixture, changes, committed, file, git, path};
use crate::base::{FileMode, Tree, TreeFile};
use crate::git::{Changes, CommitId, CommitRequest, GitError, Repository, Written};

#[test]
fn a_batch_is_one_pack_and_git_sees_every_commit() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let requests = [fixture.migration("source-a"), fixture.migration("source-b")];
    let written = repository.write_commits(&requests).unwrap();
    for (request, written) in requests.iter().zip(&written) {
        assert_eq!(fixture.git(&["rev-parse", &request.branch]), committed(written).to_string());
    }
    let changed = fixture.git(&["diff", "--name-status", "main", "cutover/test/source-a"]);
    assert_eq!(changed, "D\tconnectors/source-a/Dockerfile\nM\tconnectors/source-a/metadata.yaml\nM\tdocs/source-a.md");
    assert_eq!(packs(&fixture), 1);
    let read = repository.tree(&committed(&written[0])).unwrap().read(&path("docs/source-a.md")).unwrap().unwrap();
    assert_eq!(&*read.bytes, b"# Changelog\n1.0.1\n", "what was written can be read at once");
    fixture.assert_sound();
}

fn packs(fixture: &Fixture) -> usize {
    let files = fixture.root.join(".git/objects/pack").read_dir_utf8().unwrap().map(|entry| entry.unwrap());
    files.filter(|file| file.path().extension() == Some("pack")).count()
}

#[test]
fn the_second_time_everything_is_already_there() {
    let fixture = Fixture::new();
    let requests = [fixture.migration("source-a")];
    let first = committed(&fixture.open().write_commits(&requests).unwrap()[0]);
    let second = fixture.open().write_commits(&requests).unwrap();
    assert!(matches!(second[..], [Written::AlreadyThere { commit, .. }] if commit == first), "{second:?}");
    assert_eq!(packs(&fixture), 1);
}

#[test]
fn objects_without_a_branch_are_not_written_again() {
    let fixture = Fixture::new();
    let requests = [fixture.migration("source-a"), fixture.migration("source-b")];
    let first = fixture.open().write_commits(&requests).unwrap();
    fixture.git(&["branch", "-q", "-D", &requests[0].branch]);
    let second = fixture.open().write_commits(&requests).unwrap();
    assert_eq!(committed(&second[0]), committed(&first[0]));
    assert_eq!(packs(&fixture), 1);
}

#[test]
fn a_commit_is_what_git_itself_would_have_made() {
    let fixture = Fixture::new();
    let request = fixture.migration("source-a");
    let ours = committed(&fixture.open().write_commits(std::slice::from_ref(&request)).unwrap()[0]);
    let tree = fixture.git(&["rev-parse", &format!("{ours}^{{tree}}")]);
    let mut command = Command::new("git");
    command.args(["commit-tree", &tree, "-p", "HEAD", "-F", "-"]).current_dir(&fixture.root);
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
        command.env(format!("GIT_{role}_DATE"), "1700000000 +0000");
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(request.message.as_bytes()).unwrap();
    let theirs = child.wait_with_output().unwrap().stdout;
    assert_eq!(ours.to_string(), String::from_utf8(theirs).unwrap().trim());
    let facts = fixture.open().commit_facts(&ours).unwrap();
    assert_eq!((facts.tree.to_string(), facts.parents), (tree, vec![fixture.head()]));
    assert_eq!(facts.message, request.message);
}

#[test]
fn the_reflog_names_the_run() {
    let fixture = Fixture::new();
    fixture.open().write_commits(&[fixture.migration("source-a")]).unwrap();
    assert_eq!(fixture.git(&["reflog", "show", "--format=%gs", "cutover/test/source-a"]), "cutover: run-1");
}

#[test]
fn a_change_of_nothing_makes_nothing() {
    let fixture = Fixture::new();
    let same = [
        ("docs/source-a.md", Some("# Changelog\n")),
        ("docs/none.md", None),
        ("no/such/file", None),
        ("docs/source-a.md/x", None),
    ];
    for changes in [changes(&same), Changes::new()] {
        let written = fixture.open().write_commits(&[fixture.request("source-a", changes)]).unwrap();
        assert!(matches!(written[..], [Written::Unchanged]), "{written:?}");
    }
    assert_eq!(fixture.git(&["branch", "--list", "cutover/*"]), "");
    assert!(fixture.open().write_commits(&[]).unwrap().is_empty());
}

#[test]
fn a_directory_goes_with_its_last_file() {
    let fixture = Fixture::new();
    let gone = changes(&[("connectors/source-a/Dockerfile", None), ("connectors/source-a/metadata.yaml", None)]);
    let written = fixture.open().write_commits(&[fixture.request("source-a", gone)]).unwrap();
    let commit = committed(&written[0]).to_string();
    assert_eq!(fixture.git(&["ls-tree", "--name-only", &format!("{commit}:connectors")]), "source-b");
    let paths = fixture.git(&["ls-tree", "-r", "--name-only", "HEAD"]);
    let everything = paths.lines().map(|at| (path(at), None)).collect();
    let empty = fixture.open().compute_tree(&fixture.head(), &everything).unwrap();
    assert_eq!(empty.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    fixture.assert_sound();
}

#[test]
fn modes_and_links_are_kept_and_can_change() {
    let fixture = Fixture::new();
    fixture.put("tool", "#!/bin/sh\n");
    fixture.git(&["add", "."]);
    fixture.git(&["update-index", "--chmod=+x", "tool"]);
    fixture.git(&["commit", "-q", "-m", "tool"]);
    let of = |content: &str, mode: FileMode| Some(TreeFile { mode, ..file(content) });
    let changes = Changes::from([
        (path("link"), of("docs", FileMode::Symlink)),
        (path("new/deep/run"), of("x", FileMode::Executable)),
        (path("tool"), of("#!/bin/sh\n", FileMode::File)),
    ]);
    let written = fixture.open().write_commits(&[fixture.request("source-a", changes)]).unwrap();
    let listing = fixture.git(&["diff", "--raw", "--no-abbrev", "HEAD", &committed(&written[0]).to_string()]);
    let modes: Vec<&str> = listing.lines().map(|line| &line[1..14]).collect();
    assert_eq!(modes, ["000000 120000", "000000 100755", "100755 100644"]);
    fixture.assert_sound();
}

#[test]
fn what_stands_in_the_way_is_named_and_the_others_are_made() {
    let fixture = Fixture::new();
    std::os::unix::fs::symlink("connectors", fixture.root.join("link")).unwrap();
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "-m", "link"]);
    let cases = [
        (
            "link/source-a/metadata.yaml",
            Some("x"),
            "`link/source-a/metadata.yaml` cannot be written: `link` is a symbolic link",
        ),
        (
            "docs/source-a.md/deeper",
            Some("x"),
            "`docs/source-a.md/deeper` cannot be written: `docs/source-a.md` is a file",
        ),
        ("docs", Some("x"), "`docs` cannot be written: `docs` is a directory"),
        ("connectors/source-a", None, "`connectors/source-a` cannot be written: `connectors/source-a` is a directory"),
    ];
    for (at, content, message) in cases {
        let requests = [fixture.request("source-a", changes(&[(at, content)])), fixture.migration("source-b")];
        let written = fixture.open().write_commits(&requests).unwrap();
        let Written::Refused(error) = &written[0] else { panic!("{at}: {written:?}") };
        assert_eq!(error.to_string(), message);
        assert!(!matches!(written[1], Written::Refused(_)), "{written:?}");
    }
}

#[test]
fn a_file_and_a_directory_may_take_each_others_place_when_the_first_is_removed() {
    let fixture = Fixture::new();
    let turned = changes(&[
        ("docs/source-a.md", None),
        ("docs/source-a.md/index.md", Some("x")),
        ("connectors/source-a", Some("a file now")),
        ("connectors/source-a/Dockerfile", None),
        ("connectors/source-a/metadata.yaml", None),
    ]);
    let written = fixture.open().write_commits(&[fixture.request("source-a", turned)]).unwrap();
    let commit = committed(&written[0]).to_string();
    let listing = fixture.git(&["ls-tree", "-r", "--name-only", &commit]);
    assert!(listing.contains("connectors/source-a\n") && listing.contains("docs/source-a.md/index.md"), "{listing}");
    fixture.assert_sound();
}

#[test]
fn a_parent_that_is_not_there_is_refused() {
    let fixture = Fixture::new();
    let parent: CommitId = "0123456789012345678901234567890123456789".parse().unwrap();
    let request = CommitRequest { parent, ..fixture.migration("source-a") };
    let written = fixture.open().write_commits(&[request]).unwrap();
    assert!(matches!(written[..], [Written::Refused(GitError::MissingObject { kind: "commit", .. })]), "{written:?}");
}

/// A repository with 120 connectors in one directory, and a migration of each.
fn wide() -> (Fixture, Vec<CommitRequest>) {
    let fixture = Fixture::new();
    for number in 0..120 {
        fixture.put(&format!("connectors/source-{number:03}/metadata.yaml"), &format!("data: {number}\n"));
        fixture.put(&format!("connectors/source-{number:03}/Dockerfile"), "FROM scratch\n");
        fixture.put(&format!("docs/source-{number:03}.md"), "# Changelog\n");
    }
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "-m", "wide"]);
    let requests = (0..120).map(|number| fixture.migration(&format!("source-{number:03}"))).collect();
    (fixture, requests)
}

#[test]
fn many_versions_of_a_large_directory_take_little_room() {
    let (fixture, requests) = wide();
    let written = fixture.open().write_commits(&requests).unwrap();
    let branches = fixture.open().branches("cutover/").unwrap();
    for (request, written) in requests.iter().zip(&written) {
        assert_eq!(branches[&request.branch], committed(written));
    }
    let pack = fixture.root.join(".git/objects/pack").read_dir_utf8().unwrap().map(|entry| entry.unwrap());
    let pack = pack.into_iter().find(|file| file.path().extension() == Some("pack")).unwrap();
    // Whole, the 240 changed directories alone would be 1 MB.
    assert!(pack.metadata().unwrap().len() < 120_000, "{}", pack.metadata().unwrap().len());
    fixture.assert_sound();
    fixture.git(&["verify-pack", pack.path().as_str()]);
    fixture.git(&["gc", "-q", "--prune=now"]);
    fixture.assert_sound();
    let again = fixture.open().write_commits(&requests).unwrap();
    assert!(again.iter().all(|written| matches!(written, Written::AlreadyThere { .. })));
}

#[test]
fn the_same_requests_make_the_same_ids_in_any_repository_and_any_batches() {
    let (fixture, requests) = wide();
    let other = fixture.beside("other.git");
    git(&fixture.root, &["clone", "-q", "--bare", ".", other.as_str()]);
    let at_once = fixture.open().write_commits(&requests).unwrap();
    let repository = Repository::open(&other).unwrap();
    for (written, request) in at_once.iter().zip(&requests).step_by(37) {
        let alone = repository.write_commits(std::slice::from_ref(request)).unwrap();
        assert_eq!(committed(&alone[0]), committed(written));
    }
}

#[test]
fn a_computed_tree_is_the_written_one_and_writes_nothing() {
    let fixture = Fixture::new();
    let request = fixture.migration("source-a");
    let computed = fixture.open().compute_tree(&request.parent, &request.changes).unwrap();
    assert_eq!(packs(&fixture), 0);
    let written = fixture.open().write_commits(&[request]).unwrap();
    assert!(matches!(written[..], [Written::Committed { tree, .. }] if tree == computed));
}

#[test]
fn any_changes_make_the_tree_that_git_makes() {
    let fixture = Fixture::new();
    // A small generator of our own, so that a failure can be repeated.
    let mut state = 42_u32;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    let names = ["a", "a.b", "a-b", "a0", "ä", "A"];
    for round in 0..40 {
        let mut changes = Changes::new();
        for _ in 0..=next(6) {
            let depth = 1 + next(3);
            let mut parts: Vec<String> = (0..depth).map(|_| format!("{}-d", names[next(6) as usize])).collect();
            parts.push(names[next(6) as usize].to_owned());
            let content = (next(3) > 0).then(|| file(&format!("{}", next(5))));
            changes.insert(path(&parts.join("/")), content);
        }
        for (at, content) in &changes {
            let on_disk = fixture.root.join(at.as_str());
            match content {
                Some(_) => fixture.put(at.as_str(), std::str::from_utf8(&content.as_ref().unwrap().bytes).unwrap()),
                None => drop(std::fs::remove_file(on_disk)),
            }
        }
        let ours = fixture.open().compute_tree(&fixture.head(), &changes).unwrap();
        fixture.git(&["add", "-A"]);
        assert_eq!(ours.to_string(), fixture.git(&["write-tree"]), "round {round}: {changes:?}");
        fixture.git(&["commit", "-q", "--allow-empty", "-m", "next"]);
    }
}

#[test]
fn reftables_and_linked_work_trees_are_written_to_as_well() {
    let fixture = Fixture::empty(&["init", "-q", "-b", "main", "--ref-format=reftable", "repository"]);
    fixture.put("docs/source-a.md", "# Changelog\n");
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "-m", "first"]);
    let linked = fixture.beside("linked");
    fixture.git(&["worktree", "add", "-q", "--detach", linked.as_str()]);
    let changes = changes(&[("docs/source-a.md", Some("new\n"))]);
    let repository = Repository::open(&linked).unwrap();
    let written = repository.write_commits(&[fixture.request("source-a", changes)]).unwrap();
    assert_eq!(fixture.git(&["rev-parse", "cutover/test/source-a"]), committed(&written[0]).to_string());
    assert_eq!(repository.branches("cutover/").unwrap().len(), 1);
    fixture.assert_sound();
}
