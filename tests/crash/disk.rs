//! Disks that fill up under a run: the one with the journal, and the one with git's objects. They need root.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::monorepo::{git, scratch, utf8};
use super::result::Left;
use super::site::{End, PUBLISHED, Template, monorepo};
use super::sweep::Undisturbed;

/// A small file system in memory, unmounted when it is dropped.
struct Disk {
    path: Utf8PathBuf,
}

impl Disk {
    /// `None`, with a printed line, where nothing can be mounted.
    fn mounted_at(path: &Utf8Path, kilobytes: u32) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let size = format!("size={kilobytes}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs", path.as_str()]).output();
        if !mounted.is_ok_and(|mounted| mounted.status.success()) {
            println!("skipped: mounting a file system needs root");
            return None;
        }
        Some(Self { path: path.to_owned() })
    }

    /// Leaves only so much free.
    fn fill_up_to(&self, kilobytes: u64) {
        let mut filler = fs::File::create(self.path.join("filler")).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        let length = filler.metadata().unwrap().len();
        filler.set_len(length.saturating_sub(kilobytes << 10)).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.path.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l", self.path.as_str()]).output();
    }
}

fn error_of(end: End) -> String {
    match end {
        End::Error(error) => error,
        other => panic!("the disk was not full: {other:?}"),
    }
}

#[test]
fn a_journal_on_a_disk_that_fills_up_loses_nothing_and_goes_on() {
    let template = Template::new(&monorepo(34), PUBLISHED, Some(1));
    let undisturbed = Undisturbed::of(&template);
    let above = scratch();
    let Some(disk) = Disk::mounted_at(&utf8(above.path()).join("disk"), 8192) else { return };
    let site = template.site_at(&disk.path.join("repository"));
    let mut errors = Vec::new();
    // The journal keeps a reserve of 1 MiB: at first not even the run can be written down, then a part of it.
    let mut branches = 0;
    for free in [0, 900, 1100, 1200, 1400, 1600, 1800, 2000, 2400] {
        disk.fill_up_to(free);
        match site.carry(None) {
            End::Error(error) => errors.push(error),
            End::Killed => panic!("{free} KiB: killed"),
            End::Peaceful { .. } => break,
        }
        disk.make_room();
        let now = git(&site.root, &["for-each-ref", "refs/heads/cutover/"]).lines().count();
        assert!(now >= branches, "{free} KiB: branches are gone");
        branches = now;
    }
    println!("{} runs ended on a full disk, the last one after {branches} branches", errors.len());
    assert!(errors.len() >= 3, "{errors:?}");
    for error in &errors {
        assert!(error.contains("full") || error.contains("No space left"), "{error}");
    }
    let _ = fs::remove_file(disk.path.join("filler"));
    site.finish();
    Left::by(&site).assert_exactly(&undisturbed.left, "a full disk");
}

#[test]
fn objects_on_a_disk_that_fills_up_leave_no_branch_without_its_commit_and_the_run_goes_on() {
    let template = Template::new(&monorepo(34), PUBLISHED, Some(1));
    let undisturbed = Undisturbed::of(&template);
    let site = template.site("objects-full");
    let objects = site.root.join("objects");
    fs::rename(&objects, site.root.join("objects-before")).unwrap();
    let Some(disk) = Disk::mounted_at(&objects, 4096) else { return };
    let before = site.root.join("objects-before");
    let copied = Command::new("cp").args(["-r", &format!("{before}/."), objects.as_str()]).status().unwrap();
    assert!(copied.success());
    fs::remove_dir_all(&before).unwrap();
    disk.fill_up_to(48);
    let error = error_of(site.carry(None));
    assert!(error.contains("full") || error.contains("No space left"), "{error}");
    disk.make_room();
    assert_eq!(git(&site.root, &["fsck", "--strict", "--no-dangling"]), "");
    site.finish();
    Left::by(&site).assert_exactly(&undisturbed.left, "full of objects");
}
