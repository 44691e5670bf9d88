//! Full and read-only disks, locks, hooks that say no, and death in the middle.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::fixture::{Fixture, changes, committed, git};
use crate::git::{CommitRequest, GitError, Repository, Written};

/// A mount that goes away with its end.
struct Mount(Utf8PathBuf);

impl Mount {
    /// `None`, with a printed line, where mounting is not allowed.
    fn new(test: &str, options: &[&str], at: &Utf8Path) -> Option<Self> {
        let status = Command::new("mount").args(options).arg(at).output();
        if status.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        println!("skipped: {test} needs the right to mount");
        None
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l", self.0.as_str()]).status();
    }
}

fn error(repository: &Repository, requests: &[CommitRequest]) -> GitError {
    repository.write_commits(requests).unwrap_err()
}

/// A bare clone on a small disk in memory.
fn on_small_disk(test: &str, fixture: &Fixture, size: &str) -> Option<(Mount, Utf8PathBuf)> {
    let disk = fixture.beside("disk");
    std::fs::create_dir(&disk).unwrap();
    let mount = Mount::new(test, &["-t", "tmpfs", "-o", size, "tmpfs"], &disk)?;
    let clone = disk.join("clone.git");
    git(&fixture.root, &["clone", "-q", "--bare", "--shared", ".", clone.as_str()]);
    Some((mount, clone))
}

#[test]
fn a_full_disk_leaves_nothing_behind_and_work_goes_on_when_there_is_room() {
    let fixture = Fixture::new();
    let test = "a_full_disk_leaves_nothing_behind_and_work_goes_on_when_there_is_room";
    let Some((mount, clone)) = on_small_disk(test, &fixture, "size=1m") else { return };
    let noise: String = (0..300_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_string()).collect();
    let request = fixture.request("source-a", changes(&[("docs/noise", Some(&noise))]));
    let repository = Repository::open(&clone).unwrap();
    let full = error(&repository, std::slice::from_ref(&request));
    assert!(matches!(full, GitError::DiskFull(_)), "{full}");
    assert!(full.hint().unwrap().contains("resume"));
    let left = |directory: &str| clone.join(directory).read_dir_utf8().unwrap().count();
    assert_eq!((left("objects"), left("objects/pack")), (2, 0), "only `info` and `pack`");
    assert_eq!(repository.branches("cutover/").unwrap().len(), 0);
    assert!(Command::new("mount").args(["-o", "remount,size=16m", mount.0.as_str()]).status().unwrap().success());
    committed(&repository.write_commits(&[request]).unwrap()[0]);
    git(&clone, &["fsck", "--strict"]);
}

#[test]
fn a_disk_that_is_full_when_the_branches_move_is_said_so() {
    let fixture = Fixture::new();
    let test = "a_disk_that_is_full_when_the_branches_move_is_said_so";
    let Some((mount, clone)) = on_small_disk(test, &fixture, "size=16m") else { return };
    let repository = Repository::open(&clone).unwrap();
    let requests = [fixture.migration("source-a"), fixture.migration("source-b")];
    // The objects are there from an earlier attempt; then somebody fills the disk.
    repository.write_commits(&requests).unwrap();
    for request in &requests {
        git(&clone, &["update-ref", "-d", &format!("refs/heads/{}", request.branch)]);
    }
    let filler = mount.0.join("filler");
    let status = Command::new("dd").args(["if=/dev/zero", "bs=4k", &format!("of={filler}")]).output().unwrap();
    assert!(!status.status.success());
    let full = error(&repository, &requests);
    assert!(matches!(full, GitError::DiskFull(_)), "{full}");
    assert_eq!(repository.branches("cutover/").unwrap().len(), 0);
    std::fs::remove_file(filler).unwrap();
    for written in repository.write_commits(&requests).unwrap() {
        committed(&written);
    }
}

#[test]
fn a_read_only_repository_is_said_so() {
    let fixture = Fixture::new();
    let root = fixture.root.clone();
    let Some(_bound) = Mount::new("a_read_only_repository_is_said_so", &["--bind", root.as_str()], &root) else {
        return;
    };
    let status = Command::new("mount").args(["-o", "remount,bind,ro", root.as_str()]).status().unwrap();
    assert!(status.success());
    let repository = Repository::open(&fixture.root).unwrap();
    let read_only = error(&repository, &[fixture.migration("source-a")]);
    assert!(matches!(read_only, GitError::ReadOnly(_)), "{read_only}");
    assert!(read_only.hint().unwrap().contains("git clone"));
    assert!(repository.dirty(&[]).unwrap().is_empty(), "reading goes on");
}

#[test]
fn a_lock_that_a_killed_git_left_is_named() {
    let fixture = Fixture::new();
    fixture.put(".git/refs/heads/cutover/test/source-a.lock", "");
    let locked = error(&fixture.open(), &[fixture.migration("source-a"), fixture.migration("source-b")]);
    assert!(matches!(&locked, GitError::Locked(path) if path.ends_with("cutover/test/source-a.lock")), "{locked}");
    assert_eq!(fixture.open().branches("cutover/").unwrap().len(), 0, "all or nothing");
    std::fs::remove_file(fixture.root.join(".git/refs/heads/cutover/test/source-a.lock")).unwrap();
    committed(&fixture.open().write_commits(&[fixture.migration("source-a")]).unwrap()[0]);
    fixture.assert_sound();
}

#[test]
fn a_hook_may_refuse_the_branches() {
    let fixture = Fixture::new();
    fixture.hook("#!/bin/sh\n[ \"$1\" = prepared ] || exit 0\necho only on Mondays >&2\nexit 1\n");
    let refused = error(&fixture.open(), &[fixture.migration("source-a")]);
    assert!(matches!(&refused, GitError::Hook(words) if words.contains("only on Mondays")), "{refused}");
    assert!(!fixture.root.join(".git/refs/heads/cutover/test/source-a.lock").exists());
}

/// Names the repository to the child of the test below.
const VICTIM: &str = "CUTOVER_TEST_VICTIM";

#[test]
fn child_that_writes_until_it_is_killed() {
    let Ok(fixture_root) = std::env::var(VICTIM) else { return };
    let fixture_root = Utf8PathBuf::from(fixture_root);
    let fixture = Fixture::at(&fixture_root);
    let repository = Repository::open(&fixture_root).unwrap();
    let _ = repository.write_commits(&[fixture.migration("source-a"), fixture.migration("source-b")]);
}

#[test]
fn death_at_any_stage_of_the_transaction_is_mended_by_doing_it_again() {
    let untouched = Fixture::new();
    let expected =
        untouched.open().write_commits(&[untouched.migration("source-a"), untouched.migration("source-b")]).unwrap();
    for stage in ["prepared", "committed"] {
        let fixture = Fixture::new();
        // $PPID is git; git's parent is the process to kill.
        fixture.hook(&format!(
            "#!/bin/sh\n[ \"$1\" = {stage} ] || exit 0\nrm \"$0\"\nkill -9 $(ps -o ppid= -p $PPID)\nsleep 0.2\n"
        ));
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "git::tests::failure::child_that_writes_until_it_is_killed"])
            .env(VICTIM, &fixture.root)
            .output()
            .unwrap()
            .status;
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{stage}");
        std::thread::sleep(std::time::Duration::from_millis(500));
        let requests = [fixture.migration("source-a"), fixture.migration("source-b")];
        let written = fixture.open().write_commits(&requests).unwrap();
        for (written, expected) in written.iter().zip(&expected) {
            match written {
                Written::Committed { commit, .. } if stage == "prepared" => assert_eq!(*commit, committed(expected)),
                Written::AlreadyThere { commit, .. } if stage == "committed" => {
                    assert_eq!(*commit, committed(expected));
                }
                other => panic!("{stage}: {other:?}"),
            }
        }
        fixture.assert_sound();
    }
}
