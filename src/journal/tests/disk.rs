//! Real small disks: full ones, and one that is mounted read-only. They need root and loop devices.

use std::fs;
use std::io::Write;
use std::process::Command;

use camino::Utf8PathBuf;

use super::child::*;
use super::*;

/// A file system of its own, unmounted when dropped.
struct Disk {
    place: Place,
    mounted: bool,
}

impl Disk {
    /// ext4 with blocks of 1 KiB, where a hole in a mapped file is most easily met; `None`, with a printed
    /// line, where it cannot be had.
    fn ext4(megabytes: u64) -> Option<Self> {
        let disk = Self { place: Place::new(), mounted: false };
        let image = disk.place.path().join("image");
        fs::File::create(&image).unwrap().set_len(megabytes << 20).unwrap();
        let made = quietly("mkfs.ext4", &["-q", "-O", "^has_journal", "-b", "1024", image.as_str()]);
        disk.mount(made, &["-o", "loop", image.as_str()])
    }

    fn tmpfs(kilobytes: u64) -> Option<Self> {
        Self { place: Place::new(), mounted: false }
            .mount(true, &["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "tmpfs"])
    }

    fn mount(mut self, ready: bool, arguments: &[&str]) -> Option<Self> {
        let point = self.path();
        fs::create_dir(&point).unwrap();
        self.mounted = ready && quietly("mount", &[arguments, &[point.as_str()]].concat());
        if !self.mounted {
            println!("skipped: needs root, loop devices and mkfs.ext4");
            return None;
        }
        Some(self)
    }

    fn path(&self) -> Utf8PathBuf {
        self.place.path().join("disk")
    }

    /// Writes a file until not another byte fits.
    fn fill(&self) {
        let mut file = fs::File::create(self.path().join("filler")).unwrap();
        for size in [65_536, 4096, 512, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        file.sync_all().ok();
    }

    /// Gives this much of the filler back.
    fn give_back(&self, kilobytes: u64) {
        let file = fs::File::options().write(true).open(self.path().join("filler")).unwrap();
        file.set_len(file.metadata().unwrap().len() - kilobytes * 1024).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            quietly("umount", &["-l", self.path().as_str()]);
        }
    }
}

fn quietly(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// A child writes until the disk is full: it says so, and everything acknowledged is there, also when the
/// rest of the disk is filled, and when there is room again it goes on.
fn a_full_disk_is_survived(disk: &Disk) {
    let state = disk.path().join("cutover");
    let (acknowledged, peaceful, text) = run_to_end(command(&[], &state, u32::MAX, None));
    assert!(peaceful, "the child died: {text}");
    let error = text.lines().find_map(|line| line.strip_prefix("error ")).unwrap();
    assert!(error.contains("is full; free at least"), "{error}");
    assert!(acknowledged > 10, "{acknowledged}");

    disk.fill();
    let journal = Journal::open(&state).unwrap();
    assert_eq!(appends(&journal), acknowledged);
    let lock = Lock::acquire(&state, &run_id("r2"), noon()).unwrap();
    assert!(matches!(journal.create_run(&record("r2"), &lock), Err(JournalError::DiskFull { .. })));
    drop((journal, lock));

    let grown = quietly("mount", &["-o", "remount,size=8m", disk.path().as_str()]);
    assert!(grown || disk.path().join("filler").exists());
    disk.make_room();
    let (more, _, text) = run_to_end(command(&[], &state, 5, None));
    assert!(more >= acknowledged, "{text}");
}

#[test]
fn a_full_tmpfs_is_survived() {
    if let Some(disk) = Disk::tmpfs(4096) {
        a_full_disk_is_survived(&disk);
        let (more, peaceful, text) = run_to_end(command(&[], &disk.path().join("cutover"), 5, None));
        assert!(peaceful && more > 0 && !text.contains("error"), "{text}");
    }
}

#[test]
fn a_full_ext4_is_survived() {
    if let Some(disk) = Disk::ext4(6) {
        a_full_disk_is_survived(&disk);
    }
}

#[test]
fn the_wal_of_a_killed_process_is_read_on_a_disk_that_others_have_filled() {
    let Some(disk) = Disk::ext4(16) else { return };
    let state = disk.path().join("cutover");
    let acknowledged = killed_after(&state, 30, std::time::Duration::ZERO);
    assert!(fs::metadata(state.join("journal.db-wal")).unwrap().len() > 0);
    let wreck =
        ["journal.db", "journal.db-wal", "journal.mark"].map(|name| (name, fs::read(state.join(name)).unwrap()));
    // With not a byte free, and with so little that an index of 32 KiB can be made but not filled; each
    // time in a process of its own, because what is feared is SIGBUS.
    for kilobytes in (0..40).step_by(4) {
        for (name, bytes) in &wreck {
            fs::write(state.join(name), bytes).unwrap();
        }
        fs::remove_file(state.join("journal.db-shm")).ok();
        disk.fill();
        disk.give_back(kilobytes);
        let found = read_elsewhere(&state);
        assert!(found.is_some_and(|found| found >= acknowledged), "{kilobytes} KiB: {found:?} of {acknowledged}");
        disk.make_room();
    }
    let (more, peaceful, text) = run_to_end(command(&[], &state, 5, None));
    assert!(peaceful && more >= acknowledged + 5, "{text}");
}

#[test]
fn a_disk_filled_by_others_under_a_running_writer_is_an_error_not_a_signal() {
    let Some(disk) = Disk::ext4(16) else { return };
    let state = disk.path().join("cutover");
    let journal = Journal::open(&state).unwrap();
    let lock = Lock::acquire(&state, &run_id(RUN), noon()).unwrap();
    journal.create_run(&record(RUN), &lock).unwrap();
    let writer = journal.writer(lock, clock()).unwrap();
    writer.append(&[event(1)], Vec::new()).wait().unwrap();
    disk.fill();
    let error = writer.append(&[event(2)], Vec::new()).wait().unwrap_err();
    assert!(error.to_string().contains("is full"), "{error}");
    // Others can still look.
    assert_eq!(numbers(&Journal::open_existing(&state).unwrap().unwrap(), RUN), [1]);
    disk.make_room();
    let error = writer.append(&[event(3)], Vec::new()).wait().unwrap_err();
    assert!(error.to_string().contains("is full"), "the writer went on after a failure: {error}");
    drop(writer);
    assert_eq!(numbers(&journal, RUN), [1]);
}

#[test]
fn a_journal_is_read_where_nothing_may_be_written() {
    let Some(disk) = Disk::tmpfs(8192) else { return };
    let state = disk.path().join("cutover");
    assert_eq!(run_to_end(command(&[], &state, 5, None)).0, 5);
    assert!(quietly("mount", &["-o", "remount,ro", disk.path().as_str()]));
    let journal = Journal::open_existing(&state).unwrap().unwrap();
    assert_eq!(appends(&journal), 5);
    drop(journal);

    assert!(quietly("mount", &["-o", "remount,rw", disk.path().as_str()]));
    let acknowledged = killed_after(&state, 3, std::time::Duration::ZERO);
    assert!(quietly("mount", &["-o", "remount,ro", disk.path().as_str()]));
    let journal = Journal::open_existing(&state).unwrap().unwrap();
    assert!(appends(&journal) >= acknowledged, "the WAL of a killed process was left out");
    drop(journal);
    let error = Journal::open(&state).map(drop).unwrap_err();
    assert!(matches!(error, JournalError::NotWritable { .. }), "{error}");

    assert!(quietly("mount", &["-o", "remount,rw", disk.path().as_str()]));
    fs::remove_file(state.join("journal.db-shm")).unwrap();
    assert!(quietly("mount", &["-o", "remount,ro", disk.path().as_str()]));
    let error = Journal::open_existing(&state).map(drop).unwrap_err();
    assert!(matches!(error, JournalError::UnfinishedReadOnly { .. }), "{error}");
}
